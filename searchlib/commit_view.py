"""One commit, pinned and ready to be searched: what :class:`Snapshot` and :class:`Archive` ask.

A view owns the :class:`IndexReader` of its commit. Results hold the view, so its files stay open
as long as any of its results are in use, and are released when none is.
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from time import perf_counter, time
from typing import Any, Protocol

import numpy as np
from whoosh import query as wq

from searchlib import suggest, why_not
from searchlib.cached_property import cached_property
from searchlib.commit_stories import CommitStories
from searchlib.commit_words import CommitWords
from searchlib.dates import DateSettings
from searchlib.errors import CorruptArchive, NotSupported, QueryError
from searchlib.explaining import explain_product, explain_tree
from searchlib.highlight_terms import Highlight
from searchlib.index.damage import DamageGuard, damage_behind, damage_in, guarded
from searchlib.index.doc_tokens import doc_tokens
from searchlib.index.index_reader import IndexReader
from searchlib.ingest.record import stored_fields
from searchlib.query import Limits, Parsed, highlight_terms_of, parse
from searchlib.query.ast import AndExpr, NotExpr, walk
from searchlib.query.filter_trees import filter_trees
from searchlib.requests import Collapse, FacetRequest, Match, Ranking, SearchRequest, SortKey
from searchlib.results import (
    CopiedStories,
    Copies,
    Explanation,
    FacetCounts,
    Facets,
    Hit,
    Results,
    tiers_note,
)
from searchlib.schema import Schema
from searchlib.search.docset import DocSet
from searchlib.search.facets import StoryCounts
from searchlib.search.plan_boolean import PlanNode
from searchlib.search.plan_factors import factors_of
from searchlib.search.searcher import Factors, IndexSearcher, SearchResult, narrowed
from searchlib.search.word_forms import WordForms
from searchlib.similar import similar_query
from searchlib.stats import Stats, collect_stats
from searchlib.synonyms import Synonyms
from searchlib.whoosh_backend.fallback import MatcherFallback

__all__ = ["CommitView", "Commits"]

_PREPARED = 2048  # queries that are remembered


_PreparedKey = tuple[str, Match, Ranking | None, Synonyms | None, int]


class Commits(Protocol):
    """An archive's directory, or whatever else gives a reader of a commit."""

    def reader(self) -> IndexReader:
        """A reader of the last commit."""


class CommitView:
    """Searches one commit until it is closed."""

    def __init__(self, store: Commits, dates: DateSettings, limits: Limits) -> None:
        self.reader = store.reader()
        self.schema: Schema = self.reader.schema
        self.dates = dates
        self._limits = limits
        self._searcher = self._new_searcher()
        self._stories = CommitStories(self.reader)
        self._keys: list[Callable[[int], str]] | None = None  # document -> key, by segment
        self._prepared: dict[_PreparedKey, _PreparedQuery] = {}
        self._finalizer = weakref.finalize(self, type(self.reader).close, self.reader)
        #: What is said of archives that are left out, where several are asked as one.
        self.partial_notes: tuple[str, ...] = ()

    def close(self) -> None:
        """Release the files. A second call does nothing."""
        self._finalizer()
        # Both cache arrays, each of which keeps a file mapped.
        self._searcher = self._new_searcher()
        self._stories = CommitStories(self.reader)
        self._keys = None
        self._prepared.clear()

    def find_damage(self) -> CorruptArchive | None:
        """The first damage in the files of the commit, or None: for :func:`guarded`."""
        return damage_in(self.reader)

    def _new_searcher(self) -> IndexSearcher:
        searcher = IndexSearcher(
            self.reader, self.dates.zone, fallback=MatcherFallback(self.reader),
            week_start=self.dates.week_start,
        )  # fmt: skip
        limits = self._limits
        searcher.planner.set_limits(limits.expansions, limits.articles_read, limits.seconds)
        return searcher

    def parse(
        self, text: str, match: Match, lenient: bool, synonyms: Synonyms | None = None
    ) -> Parsed:
        """Parse a query text with the schema, the date settings and the limits of the archive."""
        parsed = parse(
            text, self.schema, match=match, dates=self.dates, limits=self._limits,
            lenient=lenient, synonyms=synonyms,
        )  # fmt: skip
        parsed.plain = self._searcher.planner.word_forms.plain
        return parsed

    def search(self, request: SearchRequest) -> Results:
        """One page of results."""
        started = perf_counter()
        try:
            query = self._prepare(request)
            plan = query.plan
            try:
                if plan is None or plan.compiled is None or not request.is_plain:
                    return self._search(request, query, started)
                # A query that is asked again: nothing but to run its plan.
                total, best = self._searcher.run_again(plan, request.offset + request.limit)
                return _CommitResults(self, request, query, total, best, started)
            except QueryError as error:
                raise query.located(error) from None
        except Exception as error:
            damage = damage_behind(error, self.find_damage)
            if damage is None:
                raise
            raise damage from error

    def _search(self, request: SearchRequest, query: _PreparedQuery, started: float) -> Results:
        """One page of the results of a query, in any order, with facets, filters and stories."""
        limit = request.offset + request.limit
        sort: Sequence[SortKey] = ()
        facets: Sequence[FacetRequest] = ()
        if request.sort:
            sort = [key.resolve(self.schema) for key in request.sort]
        if request.facets:
            facets = [facet.resolve(self.schema) for facet in request.facets]
        filters = self._filters(request) if request.filters else {}
        sideways = filters if request.sideways else {}
        narrow = query.narrowed(filters.values()) if filters else query
        direct = [facet for facet in facets if facet.field not in sideways]
        factors, stories = self._factors(request), None
        if request.collapse is None:
            result, complete = self._run(narrow, limit, sort, direct, factors)
        else:
            result, complete, stories = self._run_by_story(
                narrow, limit, sort, direct, factors, request.collapse
            )
        for facet in facets:
            if facet.field in sideways:
                # What other values would find: all filters count but its own.
                others = [tree for name, tree in filters.items() if name != facet.field]
                counted, _ = self._run(query.narrowed(others), 0, (), [facet], ())
                result.facets.update(counted.facets)
        in_stories = {
            str(facet): self._stories_of_facet(
                query.narrowed([t for n, t in filters.items()
                                if n != facet.field or n not in sideways]), facet,
            )
            for facet in facets if request.collapse is not None
        }  # fmt: skip
        results = _CommitResults(self, request, query, result.total, result.best, started)
        results.complete, results.stories = complete, stories
        if facets:
            results.facets = _facets(request.facets, facets, result, in_stories)
        return results

    def _run_by_story(
        self, query: _PreparedQuery, limit: int, sort: Sequence[SortKey],
        facets: Sequence[FacetRequest], factors: Factors, which: Collapse,
    ) -> tuple[SearchResult, int | None, int]:  # fmt: skip
        """What a query finds, but one article of each story; and how many stories there are."""
        counted, complete = self._run(query, 0, (), facets, ())
        matches = self._stories.matches(self._matches(query))

        def ranked(number: int) -> list[tuple[int, int, float]]:
            return list(self._run(query, number, sort, (), factors)[0].best)

        def score(segment: int, document: int) -> float | None:
            found = self._searcher.score(query.tree, segment, document, query.ranking)
            return found and found * prod(self._factor_values(factors, (segment, document)))

        best = matches.shown(matches.heads(ranked, limit), which, score)
        return counted._replace(best=best), complete, matches.count

    def _matches(self, query: _PreparedQuery) -> list[DocSet]:
        return self._searcher.matches(query.tree, is_parsed=query.is_parsed)

    def _stories_of_facet(self, query: _PreparedQuery, facet: FacetRequest) -> StoryCounts:
        """How many of the stories that a query finds have each value of a facet."""
        matches = self._matches(query)
        story_of = self._stories.stories.story_of
        return self._searcher.count_stories(facet, matches, story_of)

    @guarded()
    def copies(self, place: tuple[int, int]) -> list[Hit]:
        """The articles of the story of one, the first one first."""
        return self._as_hits([(*one, 0.0) for one in self._stories.members(place)])

    @guarded()
    def most_copied(self, request: SearchRequest) -> CopiedStories:
        """The stories that have copies, by the first of their articles among those found."""
        query = self._prepare(request)
        try:
            narrow = query.narrowed(self._filters(request).values())
            matches = self._stories.matches(self._matches(narrow))
        except QueryError as error:
            raise query.located(error) from None
        stories = matches.most_copied(request.limit)
        hits = self._as_hits([(*matches.place(document), 0.0) for document, _ in stories])
        for hit, (_, found) in zip(hits, stories, strict=True):
            hit._copies = partial(self._copies, found=found)
        return CopiedStories(hits, self.partial_notes)

    @guarded()
    def complete_stories(self, request: SearchRequest) -> int:
        """How many of the stories that a query finds have an article with all of its words: with
        ``match="best"`` they come first."""
        query = self._prepare(request)
        query = query.narrowed(self._filters(request).values())
        tree = query.tree if query.first is None else query.first
        matches = self._searcher.matches(tree, is_parsed=query.is_parsed)
        return self._stories.matches(matches).count

    def _as_hits(self, best: list[tuple[int, int, float]]) -> list[Hit]:
        request = SearchRequest("*")
        return self.hits(best, request, self._prepare(request), self.key_readers())

    def _copies(self, segment: int, document: int, found: int | None = None) -> Copies | None:
        self.reader.check_open()
        return self._stories.copies(segment, document, self.load, found)

    @guarded()
    def counts(self, request: SearchRequest, facet: FacetRequest) -> FacetCounts:
        """How many of the articles that a request finds have each value, filters of the same field
        included."""
        query, facet = self._prepare(request), facet.resolve(self.schema)
        try:
            filters = self._filters(request).values()
            narrow = query.narrowed(filters)
            stories: StoryCounts | tuple[None, None] = (None, None)
            result, _ = self._run(narrow, 0, (), [facet], ())
            if request.collapse is not None:
                stories = self._stories_of_facet(narrow, facet)
        except QueryError as error:
            raise query.located(error) from None
        return FacetCounts(str(facet), *result.facets[str(facet)], *stories)

    def _run(
        self, query: _PreparedQuery, limit: int, sort: Sequence[SortKey],
        facets: Sequence[FacetRequest], factors: Factors,
    ) -> tuple[SearchResult, int | None]:  # fmt: skip
        """What a query finds, and how many have all words, if those come before others."""
        searcher, ranking = self._searcher, query.ranking
        if query.first is not None and query.first != query.tree:
            return searcher.search_tiers(
                query.first, query.tree, limit, sort=sort, facets=facets, ranking=ranking,
                factors=factors, keep=query.is_cached,
            )  # fmt: skip
        result = searcher.search(
            query.tree, limit, sort=sort, facets=facets, is_parsed=query.is_parsed, ranking=ranking,
            factors=factors, keep=query.is_cached,
        )  # fmt: skip
        if query.is_cached and query.first is None:
            query.plan = searcher.cached_plan(query.tree, ranking)
        return result, None if query.first is None else result.total

    def _factor_values(self, factors: Factors, place: tuple[int, int]) -> list[float]:
        docs = np.array([place[1]])
        return [float(factor.values(self.reader, place[0], docs)[0]) for factor in factors]

    def _filters(self, request: SearchRequest) -> dict[str, Any]:
        """A tree for each field that is filtered; ArgumentError for one that cannot be."""
        return filter_trees(request.filters, self.schema, self._parse_filter)

    def _parse_filter(self, text: str) -> Any:
        return self.parse(text, "all", False).query

    def _factors(self, request: SearchRequest) -> Factors:
        """What multiplies the scores; ArgumentError if the schema has no such field."""
        return factors_of(request, self.schema, self.dates)

    @property
    def names(self) -> tuple[str, ...]:
        """The archives that it shows, if it shows several as one."""
        return tuple(self.reader.generations)

    @guarded()
    def find(self, key: str, archive: str | None = None) -> tuple[int, int] | None:
        """(segment, document) of the article with this key, of several archives in the one that is
        named; RecordError if it cannot be a key."""
        key = self.schema.normalize_key(key)
        return self.reader.find(key) if archive is None else self.reader.find_in(key, archive)

    @guarded()
    def load(self, segment: int, document: int) -> dict[str, Any]:
        """The stored fields of a document, those of the schema first."""
        self.reader.check_open()
        data = self.reader.segments[segment].core.doc_store[document]
        return stored_fields(data, self.schema)

    def check_complete(self, key: str, record: Mapping[str, Any]) -> None:
        """NotSupported if the article with this key has a text that is not stored and is not among
        these fields either: they are not all of it."""
        place = self.find(key)
        core = None if place is None else self.reader.segments[place[0]].core
        for name in self.schema.unstored:
            text = None if core is None or name in record else core.text(name)
            if text is not None and place is not None and text.lengths[place[1]]:
                why = f"the text of {name} is not stored, and would be lost"
                raise NotSupported("update", why, "add the whole article anew")

    def records(self) -> Iterator[dict[str, Any]]:
        """The stored fields of all live documents, in the order in which they were added."""
        return (record for _, record in self._numbered_records())

    def named_records(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The same, each with the archive that it is in, where several are read as one."""
        origins = self.reader.origins
        return ((origins[segment], record) for segment, record in self._numbered_records())

    def _numbered_records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The same, each with the number of its segment."""
        with DamageGuard(self.find_damage):
            for number, segment in enumerate(self.reader.segments):
                for document, data in enumerate(segment.core.doc_store):
                    if segment.live_docs is None or segment.live_docs[document]:
                        yield number, stored_fields(data, self.schema)

    def keys(self) -> Iterator[str]:
        """The keys of all live documents, in the order in which they were added."""
        with DamageGuard(self.find_damage):
            for segment in self.reader.segments:
                key_of = segment.core.keys.keys.text
                for document in range(segment.documents):
                    if segment.live_docs is None or segment.live_docs[document]:
                        yield key_of(document)

    @guarded()
    def completions(self, start: str, limit: int) -> list[str]:
        """The surface forms that begin with ``start``, those in the most articles first."""
        return suggest.completions(self._words, start, limit)

    @guarded()
    def corrected_query(self, query: str) -> str | None:
        """The query with its unknown words replaced by near ones, or None if it has none."""
        node = self.parse(query, "all", False).node
        return suggest.corrected_query(self._words, query, node)

    @guarded()
    def stats(self) -> Stats:
        """What the commit holds, in numbers."""
        return collect_stats(self.reader, self.dates.zone)

    @guarded()
    def explain(
        self, request: SearchRequest, place: tuple[int, int] | None, key: str
    ) -> Explanation:
        """How the score of the article with this key, found at ``place``, comes about."""
        query = self._prepare(request)
        if place is None:
            return Explanation(f"no article has the key {key!r}", 0.0, False)
        searcher, ranking = self._searcher, query.ranking
        whole = explain_tree(
            query.tree, self.schema, lambda tree: searcher.score(tree, *place, ranking),
            lambda tree: searcher.explain_word(tree, *place, ranking),
        )  # fmt: skip
        factors = self._factors(request)
        values = self._factor_values(factors, place)
        return explain_product(query.canonical(), whole, zip(factors, values, strict=True))

    @guarded()
    def why_not(self, request: SearchRequest, place: tuple[int, int]) -> list[str]:
        """Which parts of a query, and which filters, the document at a place fails."""

        def matches(tree: Any) -> bool:
            return self._searcher.score(tree, *place) is not None

        return why_not.failures(
            request, self._filters(request), matches, self.load(*place), self.dates.zone,
            lambda text: self.parse(text, request.match, request.lenient, request.synonyms),
        )  # fmt: skip

    @guarded()
    def score(self, request: SearchRequest, place: tuple[int, int]) -> float | None:
        """The score of the document at a place, without the factors of the request; None if the
        request does not find it."""
        query = self._prepare(request)
        try:
            tree = query.narrowed(self._filters(request).values()).tree
            return self._searcher.score(tree, *place, query.ranking)
        except QueryError as error:
            raise query.located(error) from None

    @guarded()
    def similar_query(self, place: tuple[int, int]) -> Any:
        """The query for documents that share the most distinctive terms (tf-idf) of one."""
        record = self.load(*place)
        core = self.reader.segments[place[0]].core
        fields = {name: core.text(name) for name in self.schema.unstored}
        indexed = {name: doc_tokens(text, place[1]) for name, text in fields.items() if text}
        return similar_query(self.schema, record, self.reader.documents, self._frequencies, indexed)

    def _frequencies(self, queries: Sequence[Any]) -> list[int]:
        """How many documents have each of these terms, deleted ones included, or phrases."""
        counts = []
        for query in queries:
            if isinstance(query, wq.Term):
                lists = self._searcher.planner.posting_lists(query.fieldname, query.text.encode())
                counts.append(sum(postings.count for postings in lists if postings is not None))
            else:
                counts.append(self._searcher.search(query, 0).total)
        return counts

    @property
    def _words(self) -> CommitWords:
        return CommitWords(self._searcher.planner.word_forms)

    def _prepare(self, request: SearchRequest) -> _PreparedQuery:
        text, word_forms = request.query, self._searcher.planner.word_forms
        if not isinstance(text, str):
            return _PreparedQuery(text, None, request.ranking or "whoosh", word_forms)
        # A text means the same for a minute: dates relative to the present are in whole minutes.
        key = (text, request.match, request.ranking, request.synonyms, int(time() / 60))
        prepared = self._prepared.get(key)
        if prepared is None:
            parsed = self.parse(text, request.match, request.lenient, request.synonyms)
            prepared = _PreparedQuery(parsed.query, parsed, request.ranking or "bm25f", word_forms)
            if request.match == "best":
                strict = self.parse(text, "all", request.lenient, request.synonyms)
                # To exclude all of some words excludes less than to exclude any of them does.
                excludes_several = any(
                    isinstance(node, NotExpr) and isinstance(node.part, AndExpr)
                    for node in walk(strict.node)
                )
                wider = [parsed.query] if excludes_several else []
                prepared.first = narrowed(strict.query, wider)
            if not parsed.changes:
                if len(self._prepared) >= _PREPARED:
                    self._prepared.clear()
                self._prepared[key] = prepared
                prepared.is_cached = True
        return prepared

    @guarded()
    def notes(self, query: _PreparedQuery, request: SearchRequest) -> list[str]:
        """The notes of a query, with what the archive has to say to it and to the filters: words
        and values that it lacks, common words."""
        self.reader.check_open()
        words = self._words
        return [
            *query.notes(lambda parsed: suggest.archive_notes(words, parsed.node)),
            *suggest.missing_filters(words, request.filters),
        ]

    def key_readers(self) -> list[Callable[[int], str]]:
        """For each segment the function that gives the key of a document."""
        keys = self._keys
        if keys is None:
            keys = self._keys = [segment.core.keys.keys.text for segment in self.reader.segments]
        return keys

    @guarded()
    def hits(
        self, best: Sequence[tuple[int, int, float]], request: SearchRequest,
        query: _PreparedQuery, keys: Sequence[Callable[[int], str]],
    ) -> list[Hit]:  # fmt: skip
        load, schema = self.load, self.schema
        terms: Callable[[], Sequence[Highlight]] = (
            query.highlight_terms if request.highlight else tuple
        )
        hits, rank, zone = [], request.offset, self.dates.zone
        copies = None if self._stories.field is None else self._copies
        origins = self.reader.origins
        for at in range(rank, len(best)):
            segment, document, score = best[at]
            rank += 1
            place = (segment, document)
            key = keys[segment](document)
            hit = Hit(key, score, rank, load, place, terms, schema, zone, copies)
            if origins:
                hit.archive = origins[segment]
            hits.append(hit)
        return hits


class _CommitResults(Results):
    """Results that ask their view for what is not always needed, when it is asked for."""

    complete: int | None = None
    stories: int | None = None
    _listed: list[Hit] | None = None

    def __init__(
        self, view: CommitView, request: SearchRequest, query: _PreparedQuery, total: int,
        best: Sequence[tuple[int, int, float]], started: float,
    ) -> None:  # fmt: skip
        self.request = request
        self.total = total
        self._view = view
        self._prepared = query
        self._best = best
        self._keys = view.key_readers()
        self.took = perf_counter() - started

    # What few ask of their results is made when it is asked for.

    @cached_property
    def facets(self) -> dict[str, FacetCounts]:
        return Facets()

    @cached_property
    def _page(self) -> Callable[[SearchRequest], Results]:
        return self._view.search

    @cached_property
    def _schema(self) -> Schema:
        return self._view.schema

    @cached_property
    def _zone(self) -> dt.tzinfo:
        return self._view.dates.zone

    @property
    def hits(self) -> list[Hit]:
        if self._listed is None:
            self._listed = self._view.hits(self._best, self.request, self._prepared, self._keys)
        return self._listed

    @property
    def query(self) -> str:
        return self._prepared.canonical()

    @property
    def notes(self) -> list[str]:
        return [
            *self._view.partial_notes,
            *tiers_note(self.complete, self.total),
            *self._view.notes(self._prepared, self.request),
        ]


def _facets(
    asked: Sequence[FacetRequest], facets: Sequence[FacetRequest], result: SearchResult,
    in_stories: Mapping[str, StoryCounts],
) -> Facets:  # fmt: skip
    """The counts of the facets, by the names that they were asked for with."""
    return Facets(
        {
            str(one): FacetCounts(
                str(one), *result.facets[str(facet)], *in_stories.get(str(facet), (None, None))
            )
            for one, facet in zip(asked, facets, strict=True)
        }
    )


class _PreparedQuery:
    """A query ready to run: its tree, and what was parsed if it came as text.

    The view keeps it, so it must not hold the view: only then is a view that is no longer used
    closed at once, and not by the garbage collector.
    """

    __slots__ = (
        "_parsed", "_terms", "_word_forms", "first", "is_cached", "plan", "ranking", "tree",
    )  # fmt: skip

    def __init__(
        self, tree: Any, parsed: Parsed | None, ranking: Ranking, word_forms: WordForms
    ) -> None:
        self.tree = tree
        self.ranking: Ranking = ranking
        #: What finds the articles that come before the others that ``tree`` finds.
        self.first: Any = None
        #: Whether it is going to be asked again, with the same trees.
        self.is_cached = False
        #: Its plan, if that was kept and the query needs no other.
        self.plan: PlanNode | None = None
        self._parsed = parsed
        self._word_forms = word_forms
        self._terms: Sequence[Highlight] | None = None

    def narrowed(self, filters: Iterable[Any]) -> _PreparedQuery:
        """The same query with what these trees find alone; they have no part in the score."""
        filters = list(filters)
        if not filters:
            return self
        tree = narrowed(self.tree, filters)
        query = _PreparedQuery(tree, self._parsed, self.ranking, self._word_forms)
        if self.first is not None:
            query.first = narrowed(self.first, filters)
        return query

    @property
    def is_parsed(self) -> bool:
        """Whether it came as text."""
        return self._parsed is not None

    def canonical(self) -> str:
        """The query as it was understood, written out in full."""
        return str(self.tree) if self._parsed is None else self._parsed.canonical

    def notes(self, archive_notes: Callable[[Parsed], list[str]]) -> list[str]:
        """The notes of parsing it, and then those of ``archive_notes``."""
        if self._parsed is None:
            return []
        return [*self._parsed.notes, *archive_notes(self._parsed)]

    def located(self, error: QueryError) -> QueryError:
        """An error of running the query, with its span in the query text."""
        if self._parsed is None or error.span != (0, 0):
            return error
        return self._parsed.locate_error(error)

    def highlight_terms(self) -> Sequence[Highlight]:
        """What to highlight in the articles it finds, its words as this archive has them; worked
        out at the first call."""
        if self._terms is None:
            tree, forms = self.tree, self._word_forms
            is_tree = isinstance(tree, wq.Query)
            self._terms = highlight_terms_of(forms.plain(tree), forms.schema) if is_tree else ()
        return self._terms
