"""Searches the archive of a cluster: what CommitView is to that of a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from searchlib.dates import DateSettings
from searchlib.errors import QueryError
from searchlib.highlight_terms import Highlight
from searchlib.opensearch.candidates import CandidateCheck
from searchlib.opensearch.cluster import Cluster
from searchlib.opensearch.dictionary import ClusterWords
from searchlib.opensearch.facets import FacetCounter
from searchlib.opensearch.gaps import not_supported
from searchlib.opensearch.translation import Translator
from searchlib.query import Limits, Parsed, highlight_terms_of, parse
from searchlib.query.filter_trees import filter_trees
from searchlib.requests import FacetRequest, Match, SearchRequest, SortKey
from searchlib.results import FacetCounts, Facets, Hit, Results
from searchlib.schema import Date, Field, Schema, Text
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
        started = perf_counter()
        for option in ("recency", "boost_by", "ranking"):
            if getattr(request, option) is not None:
                raise not_supported(option)
        sort = [key.resolve(self.schema) for key in request.sort]
        facets = [facet.resolve(self.schema) for facet in request.facets]
        query, filters = self._prepare(request), self._filters(request)
        tiers = self._tiers(query, list(filters.values()))
        totals, hits = self._pages(tiers, request, sort)
        counter = FacetCounter(self._cluster, self.schema, self.dates.week_start)
        counts = {}
        for asked, facet in zip(request.facets, facets, strict=True):
            # What other values would find: all filters count but its own.
            own = facet.field if request.sideways else None
            others = [dsl for name, dsl in filters.items() if name != own]
            result = counter.count(facet, _narrowed(query.dsl, others))
            counts[str(asked)] = FacetCounts(str(asked), *result)
        parsed, tree = query.parsed, query.tree
        return Results(
            self._hits(hits, request, tree),
            request=request,
            total=sum(totals),
            took=perf_counter() - started,
            query=lambda: str(tree) if parsed is None else parsed.canonical,
            notes=lambda: [] if parsed is None else list(parsed.notes),
            facets=Facets(counts),
            page=self.search,
            complete=totals[0] if request.match == "best" and parsed is not None else None,
            schema=self.schema,
            zone=self.dates.zone,
        )

    def counts(self, request: SearchRequest, facet: FacetRequest) -> FacetCounts:
        """How many of the articles that a request finds have each value, filters of the same field
        included."""
        facet = facet.resolve(self.schema)
        dsl = _narrowed(self._prepare(request).dsl, self._filters(request).values())
        counter = FacetCounter(self._cluster, self.schema, self.dates.week_start)
        return FacetCounts(str(facet), *counter.count(facet, dsl))

    def find(self, key: str) -> tuple[dict[str, Any]] | None:
        """The article with this key, as ``load`` takes it; RecordError if it cannot be a key."""
        term = {"term": {"f." + self.schema.key + ".value": self.schema.normalize_key(key)}}
        answer = self._cluster.search({"query": term, "size": 1, "_source": ["article"]})
        hits = answer["hits"]["hits"]
        return (self._record(hits[0]),) if hits else None

    def load(self, record: dict[str, Any]) -> dict[str, Any]:
        """The stored fields of an article that was found."""
        return record

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
        body = {"query": dsl, "sort": [_BY_ARRIVAL], "_source": False}
        return [hit["_id"] for hit in self._scroll(body)]

    def _prepare(self, request: SearchRequest) -> _Query:
        text = request.query
        if not isinstance(text, str):
            return _Query(None, *self._translated(text))
        parsed = self.parse(text, request.match, request.lenient, request.synonyms)
        first = None
        try:
            tree, dsl = self._translated(parsed.query)
            if request.match == "best":
                every = self.parse(text, "all", request.lenient, request.synonyms)
                first = self._translated(every.query)[1]
        except QueryError as error:
            raise parsed.locate_error(error) if error.span == (0, 0) else error from None
        return _Query(parsed, tree, dsl, first)

    def _translated(self, tree: Any) -> tuple[Any, dict[str, Any]]:
        """A tree with the words of the archive in it, and for OpenSearch."""
        plain = ClusterWords(self._cluster, self.schema).plain(tree)
        check = CandidateCheck(self._cluster, self.schema, self.dates, self._limits, self._settings)
        return plain, Translator(self.schema, check)(plain)

    def _filters(self, request: SearchRequest) -> dict[str, dict[str, Any]]:
        """A query for each field that is filtered; ArgumentError for one that cannot be."""
        trees = filter_trees(request.filters, self.schema, self._parse_filter)
        return {name: self._translated(tree)[1] for name, tree in trees.items()}

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
        if sort and len(tiers) > 1:
            tiers = [{"bool": {"should": list(tiers), "minimum_should_match": 1}}]
        for dsl in tiers:
            body = {"query": dsl, "sort": self._order(sort), "_source": ["article"]}
            total, found = self._page(body, offset, request.limit - len(hits))
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
        params = {"keep_alive": _KEEP_ALIVE, "allow_partial_pit_creation": "false"}
        pit = self._cluster.call("POST", "/_search/point_in_time", params=params)["pit_id"]
        seen, after = 0, None
        try:
            while limit is None or seen < limit:
                size = _PAGE if limit is None else min(_PAGE, limit - seen)
                page = {**body, "size": size, "pit": {"id": pit, "keep_alive": _KEEP_ALIVE}}
                if after is not None:
                    page["search_after"] = after
                hits = self._cluster.search_pit(page)["hits"]["hits"]
                yield from hits
                seen += len(hits)
                if len(hits) < size:
                    return
                after = hits[-1]["sort"]
        finally:
            self._cluster.delete_pit(pit)

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
        record: dict[str, Any] = json.loads(hit["_source"]["article"])
        ordered = {name: record[name] for name in self.schema.fields if name in record}
        return ordered | record


def _narrowed(dsl: dict[str, Any], filters: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A query with what these find alone; they have no part in the score."""
    filters = list(filters)
    return {"bool": {"must": [dsl], "filter": filters}} if filters else dsl
