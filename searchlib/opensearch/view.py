"""Searches the archive of a cluster: what CommitView is to that of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from searchlib import suggest, why_not
from searchlib.dates import DateSettings, from_micros
from searchlib.errors import NotSupported, QueryError
from searchlib.explaining import explain_product, explain_tree
from searchlib.highlight_terms import Highlight
from searchlib.ingest.record import stored_fields
from searchlib.opensearch.candidates import CandidateCheck
from searchlib.opensearch.cluster import Cluster, PinnedCluster
from searchlib.opensearch.dictionary import ClusterWords
from searchlib.opensearch.explanation import ArticleScores
from searchlib.opensearch.facets import FacetCounter
from searchlib.opensearch.gaps import GAPS
from searchlib.opensearch.index_words import IndexWords
from searchlib.opensearch.mapping import path_of
from searchlib.opensearch.patterns import check_pattern_count
from searchlib.opensearch.scoring import Scorer, multiplied, unscored
from searchlib.opensearch.translation import Translator
from searchlib.query import Limits, Parsed, highlight_terms_of, parse
from searchlib.query.filter_trees import filter_trees
from searchlib.requests import FacetRequest, Match, Ranking, SearchRequest, SortKey
from searchlib.results import Explanation, FacetCounts, Facets, Hit, Results, tiers_note
from searchlib.schema import Date, Field, Keyword, Number, Schema, Text
from searchlib.search.plan_factors import factors_of
from searchlib.similar import similar_query
from searchlib.stats import FieldStats
from searchlib.synonyms import Synonyms

__all__ = ["ClusterView"]

_WINDOW = 10_000  # hits that a cluster finds without a point in time
_PAGE = 1000  # hits that are read at once from a point in time
_KEEP_ALIVE = "2m"
_ALL: dict[str, Any] = {"match_all": {}}
_BY_ARRIVAL = {"seq": "asc"}
_SORTED_BY: dict[type[Field], str] = {Date: "start", Text: "sort"}


@dataclass(frozen=True)
class _Query:
    """A query ready to run: as text was understood, its tree, and for OpenSearch."""

    parsed: Parsed | None
    tree: Any
    dsl: dict[str, Any]
    #: For the articles with all words, where those come before the others.
    first: dict[str, Any] | None = None


class ClusterView:
    """Searches one index. ``settings`` are those that the archive was made with."""

    def __init__(
        self, cluster: Cluster, schema: Schema, dates: DateSettings, limits: Limits,
        settings: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.schema = schema
        self.dates = dates
        self._cluster = cluster
        self._limits = limits
        self._settings = settings

    def parse(
        self, text: str, match: Match, lenient: bool, synonyms: Synonyms | None = None
    ) -> Parsed:
        """Parse a query text with the schema, the date settings and the limits of the archive."""
        return parse(
            text, self.schema, match=match, dates=self.dates, limits=self._limits,
            lenient=lenient, synonyms=synonyms,
        )  # fmt: skip

    def search(self, request: SearchRequest) -> Results:
        """One page of results."""
        if request.collapse is not None:
            raise NotSupported("collapse", *GAPS["copies"])
        started = perf_counter()
        sort = [key.resolve(self.schema) for key in request.sort]
        facets = [facet.resolve(self.schema) for facet in request.facets]
        query, filters = self._prepare(request), self._filters(request)
        factors = factors_of(request, self.schema, self.dates)
        tiers = [multiplied(tier, factors) for tier in self._tiers(query, [*filters.values()])]
        totals, hits = self._pages(tiers, request, sort)
        counter = FacetCounter(self._cluster, self.schema, self.dates.week_start)
        counts = {}
        for asked, facet in zip(request.facets, facets, strict=True):
            # What other values would find: all filters count but its own.
            own = facet.field if request.sideways else None
            others = [dsl for name, dsl in filters.items() if name != own]
            result = counter.count(facet, unscored(_narrowed(query.dsl, others)))
            counts[str(asked)] = FacetCounts(str(asked), *result)
        parsed, tree, words = query.parsed, query.tree, self._words()
        complete = totals[0] if request.match == "best" and parsed is not None else None
        return Results(
            self._hits(hits, request, tree),
            request=request,
            total=sum(totals),
            took=perf_counter() - started,
            query=lambda: str(tree) if parsed is None else parsed.canonical,
            notes=lambda: [
                *tiers_note(complete, sum(totals)),
                *([] if parsed is None else parsed.notes),
                *([] if parsed is None else suggest.archive_notes(words, parsed.node)),
                *suggest.missing_filters(words, request.filters),
            ],
            facets=Facets(counts),
            page=self.search,
            complete=complete,
            schema=self.schema,
            zone=self.dates.zone,
        )

    def counts(self, request: SearchRequest, facet: FacetRequest) -> FacetCounts:
        """How many of the articles that a request finds have each value, filters of the same field
        included."""
        if request.collapse is not None:
            raise NotSupported("collapse", *GAPS["copies"])
        facet = facet.resolve(self.schema)
        dsl = _narrowed(self._prepare(request).dsl, self._filters(request).values())
        counter = FacetCounter(self._cluster, self.schema, self.dates.week_start)
        return FacetCounts(str(facet), *counter.count(facet, unscored(dsl)))

    def completions(self, start: str, limit: int) -> list[str]:
        """The surface forms that begin with ``start``, those in the most articles first."""
        return suggest.completions(self._words(), start, limit)

    def corrected_query(self, query: str) -> str | None:
        """The query with its unknown words replaced by near ones, or None if it has none."""
        return suggest.corrected_query(self._words(), query, self.parse(query, "all", False).node)

    def similar_query(self, place: tuple[dict[str, Any]]) -> Any:
        """The query for articles that share the most distinctive terms (tf-idf) of one."""
        scorer = self._scorer("whoosh")
        translate = self._translator(scorer)

        def frequencies(queries: Sequence[Any]) -> list[int]:
            return scorer.frequencies([unscored(translate(query)) for query in queries])

        return similar_query(self.schema, place[0], self.live_count(), frequencies)

    def explain(
        self, request: SearchRequest, place: tuple[dict[str, Any]] | None, key: str
    ) -> Explanation:
        """How the score of the article with this key comes about; None if there is no such."""
        text = request.query
        parsed = self._parsed(request) if isinstance(text, str) else None
        tree = text if parsed is None else parsed.query
        if place is None:
            return Explanation(f"no article has the key {key!r}", 0.0, False)
        ranking = request.ranking or ("whoosh" if parsed is None else "bm25f")
        scores = self._scores(place[0], ranking)
        whole = explain_tree(tree, self.schema, scores.score, scores.parts_of_word)
        factors = factors_of(request, self.schema, self.dates)
        values = (scores.score_of(multiplied(_ALL, [factor])) or 0.0 for factor in factors)
        canonical = str(tree) if parsed is None else parsed.canonical
        return explain_product(canonical, whole, zip(factors, values, strict=True))

    def why_not(self, request: SearchRequest, place: tuple[dict[str, Any]]) -> list[str]:
        """Which parts of a query, and which filters, an article fails."""
        scores = self._scores(place[0], "whoosh")
        return why_not.failures(
            request, filter_trees(request.filters, self.schema, self._parse_filter),
            lambda tree: scores.score(tree) is not None, place[0], self.dates.zone,
            lambda text: self._parsed(request),
        )  # fmt: skip

    @property
    def names(self) -> tuple[str, ...]:
        """None: it is one archive."""
        return ()

    def find(self, key: str, archive: str | None = None) -> tuple[dict[str, Any]] | None:
        """The article with this key, as ``load`` takes it; RecordError if it cannot be a key."""
        term = {"term": {"f." + self.schema.key + ".value": self.schema.normalize_key(key)}}
        answer = self._cluster.search({"query": term, "size": 1, "_source": ["article"]})
        hits = answer["hits"]["hits"]
        return (self._record(hits[0]),) if hits else None

    def load(self, record: dict[str, Any]) -> dict[str, Any]:
        """The stored fields of an article that was found."""
        return record

    def field_stats(self) -> tuple[FieldStats, ...]:
        """What each field holds."""
        asked: dict[str, Any] = {}
        for name, field in self.schema:
            if isinstance(field, Text):
                asked[name] = {"stats": {"field": f"f.{name}.length"}}
            elif isinstance(field, (Date, Number)):
                path = path_of(self.schema, name)
                asked[name] = {"stats": {"field": path}}
        answer = self._cluster.search({"size": 0, "aggs": asked}) if asked else {}
        found = answer.get("aggregations", {})
        return tuple(self._field_stats(name, found.get(name)) for name in self.schema.fields)

    def _field_stats(self, name: str, found: Mapping[str, Any] | None) -> FieldStats:
        field = self.schema.fields[name]
        if isinstance(field, Text) and found is not None:
            return FieldStats(name, field.kind, int(found["sum"]), 0)
        if isinstance(field, Keyword):
            counter = FacetCounter(self._cluster, self.schema, self.dates.week_start)
            return FieldStats(name, field.kind, 0, len(counter.values(f"f.{name}.value", _ALL)[0]))
        if found is None or not found["count"]:
            return FieldStats(name, field.kind, 0, 0)
        first, last = found["min"], found["max"]
        if isinstance(field, Date):
            first, last = (
                f"{from_micros(int(n)).astimezone(self.dates.zone):%Y-%m-%d}" for n in (first, last)
            )
        return FieldStats(name, field.kind, 0, 0, first, last)

    def unpin(self) -> None:
        """Let go of what it sees, if that is the archive of one moment."""
        if isinstance(self._cluster, PinnedCluster):
            self._cluster.unpin()

    def live_count(self) -> int:
        """How many articles there are."""
        answer = self._cluster.search({"size": 0, "track_total_hits": True})
        count: int = answer["hits"]["total"]["value"]
        return count

    def records(self) -> Iterator[dict[str, Any]]:
        """The stored fields of all articles, in the order in which they were added."""
        body = {"query": _ALL, "sort": [_BY_ARRIVAL], "_source": ["article"]}
        return map(self._record, self._scroll(body))

    def keys(self) -> Iterator[str]:
        """The keys of all articles, in the order in which they were added."""
        body = {"query": _ALL, "sort": [_BY_ARRIVAL], "_source": False}
        return (hit["_id"] for hit in self._scroll(body))

    def matching_keys(self, request: SearchRequest) -> list[str]:
        """The keys of all articles that a request finds."""
        dsl = _narrowed(self._prepare(request).dsl, self._filters(request).values())
        body = {"query": unscored(dsl), "sort": [_BY_ARRIVAL], "_source": False}
        return [hit["_id"] for hit in self._scroll(body)]

    def _parsed(self, request: SearchRequest, match: Match | None = None) -> Parsed:
        text, words = str(request.query), ClusterWords(self._cluster, self.schema)
        match = match or request.match
        parsed = self.parse(text, match, request.lenient, request.synonyms)
        parsed.plain = words.plain
        return parsed

    def _prepare(self, request: SearchRequest) -> _Query:
        text = request.query
        scorer = self._scorer(request.ranking or ("bm25f" if isinstance(text, str) else "whoosh"))
        translate = self._translator(scorer)
        if not isinstance(text, str):
            check_pattern_count(text)
            query = _Query(None, translate.words.plain(text), translate(text), None)
            scorer.complete()
            return query
        parsed = self._parsed(request)
        with_all = self._parsed(request, "all") if request.match == "best" else None
        try:
            check_pattern_count(parsed.query)
            dsl = translate(parsed.query)
            first = None if with_all is None else translate(with_all.query)
            scorer.complete()
        except QueryError as error:
            raise parsed.locate_error(error) from None
        return _Query(parsed, translate.words.plain(parsed.query), dsl, first)

    def _words(self) -> IndexWords:
        return IndexWords(self._cluster, self.schema, ClusterWords(self._cluster, self.schema))

    def _scorer(self, ranking: Ranking) -> Scorer:
        return Scorer(self._cluster, self.schema, ranking)

    def _scores(self, record: Mapping[str, Any], ranking: Ranking) -> ArticleScores:
        key = record[self.schema.key]
        return ArticleScores(self._cluster, self.schema, key, ranking, self._translator)

    def _translator(self, scorer: Scorer) -> Translator:
        check = CandidateCheck(self._cluster, self.schema, self.dates, self._limits, self._settings)
        return Translator(self.schema, ClusterWords(self._cluster, self.schema), scorer, check)

    def _filters(self, request: SearchRequest) -> dict[str, dict[str, Any]]:
        """A query for each field that is filtered; ArgumentError for one that cannot be."""
        trees = filter_trees(request.filters, self.schema, self._parse_filter)
        translate = self._translator(self._scorer("whoosh"))
        return {name: translate(tree) for name, tree in trees.items()}

    def _parse_filter(self, text: str) -> Any:
        return self.parse(text, "all", False).query

    def _tiers(self, query: _Query, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The queries whose articles come one after the other."""
        if query.first is None:
            return [_narrowed(query.dsl, filters)]
        rest = {"bool": {"must": [query.dsl], "must_not": [query.first]}}
        return [_narrowed(query.first, filters), _narrowed(rest, filters)]

    def _pages(
        self, tiers: Sequence[dict[str, Any]], request: SearchRequest, sort: Sequence[SortKey]
    ) -> tuple[list[int], list[dict[str, Any]]]:
        """How many articles each tier has, and the hits of the page over all of them."""
        totals: list[int] = []
        hits: list[dict[str, Any]] = []
        offset = request.offset
        body = {"sort": self._order(sort), "_source": ["article"]}
        for dsl in tiers:
            total, found = self._page({**body, "query": dsl}, offset, request.limit - len(hits))
            totals.append(total)
            hits += found
            offset = max(0, offset - total)
        return totals, hits

    def _page(
        self, body: dict[str, Any], offset: int, limit: int
    ) -> tuple[int, list[dict[str, Any]]]:
        end = offset + limit
        counted = {**body, "track_total_hits": True, "track_scores": True}
        if end <= _WINDOW:
            found = self._cluster.search({**counted, "from": offset, "size": limit})["hits"]
            return found["total"]["value"], found["hits"]
        total: int = self._cluster.search({**counted, "size": 0})["hits"]["total"]["value"]
        hits = [] if offset >= total else [
            hit for n, hit in enumerate(self._scroll({**body, "track_scores": True}, end))
            if n >= offset
        ]  # fmt: skip
        return total, hits

    def _scroll(self, body: dict[str, Any], limit: int | None = None) -> Iterator[dict[str, Any]]:
        """The hits of a search one by one, all of one state of the archive."""
        pinned = self._cluster.pinned(_KEEP_ALIVE)
        seen, after = 0, None
        try:
            while limit is None or seen < limit:
                size = _PAGE if limit is None else min(_PAGE, limit - seen)
                page = {**body, "size": size}
                if after is not None:
                    page["search_after"] = after
                hits = pinned.search(page)["hits"]["hits"]
                yield from hits
                seen += len(hits)
                if len(hits) < size:
                    return
                after = hits[-1]["sort"]
        finally:
            if pinned is not self._cluster:
                pinned.unpin()

    def _order(self, sort: Sequence[SortKey]) -> list[dict[str, Any]]:
        if not sort:
            return [{"_score": "desc"}, _BY_ARRIVAL]
        keys = []
        for key in sort:
            part = _SORTED_BY.get(type(self.schema.fields[key.field]), "value")
            order = "desc" if key.descending else "asc"
            options = {"order": order, "missing": f"_{key.missing}"}
            keys.append({f"f.{key.field}.{part}": options})
        return [*keys, _BY_ARRIVAL]

    def _hits(self, hits: list[dict[str, Any]], request: SearchRequest, tree: Any) -> list[Hit]:
        known: list[Sequence[Highlight]] = []

        def highlights() -> Sequence[Highlight]:
            if not known:
                known.append(highlight_terms_of(tree, self.schema))
            return known[0]

        terms: Callable[[], Sequence[Highlight]] = highlights if request.highlight else tuple
        return [
            Hit(hit["_id"], hit["_score"] or 0.0, rank, self.load, (self._record(hit),), terms,
                self.schema, self.dates.zone)
            for rank, hit in enumerate(hits, request.offset + 1)
        ]  # fmt: skip

    def _record(self, hit: Mapping[str, Any]) -> dict[str, Any]:
        return stored_fields(hit["_source"]["article"], self.schema)


def _narrowed(dsl: dict[str, Any], filters: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A query with what these find alone; they have no part in the score."""
    filters = list(filters)
    return {"bool": {"must": [dsl], "filter": filters}} if filters else dsl
