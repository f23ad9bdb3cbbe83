"""``whoosh.searching.Searcher`` over an archive, whose plain searches the engine answers."""

from __future__ import annotations

import time
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

import numpy as np
from whoosh import query as wq
from whoosh.query.qcore import Query
from whoosh.scoring import BM25F
from whoosh.searching import Results, Searcher
from whoosh.sorting import FieldFacet

from searchlib.errors import CorruptArchive, QueryError
from searchlib.index.damage import DamageGuard, damage_in, guarded
from searchlib.search.plan_boolean import PlanNode
from searchlib.search.searcher import IndexSearcher, SearchResult, narrowed
from searchlib.search.top_k import live_matches
from searchlib.whoosh_backend.answered_query import AnsweredQuery, innermost
from searchlib.whoosh_backend.archive_results import ArchiveResults, HitList
from searchlib.whoosh_backend.arrangement import (
    Arrangement,
    Groups,
    added_documents,
    counts_of,
    facets_to_group,
    facets_to_sort,
    first_of_groups,
    keys_of,
)
from searchlib.whoosh_backend.fallback import MatcherFallback
from searchlib.whoosh_backend.field_caches import FieldCaches
from searchlib.whoosh_backend.field_order import FieldOrder, field_groups, field_order
from searchlib.whoosh_backend.matched_terms import can_tell_terms, matched_terms
from searchlib.whoosh_backend.reader import PASSED

__all__ = ["ArchiveSearcher", "Orders"]

# Arguments of a search by which its results are arranged otherwise than by score.
_ARRANGED = ("sortedby", "reverse", "groupedby", "maptype", "collapse")

_KNOWN = {*_ARRANGED, "optimize", "terms"}

# What the arguments of a search are, besides those that the engine knows, if they are not given.
_DEFAULTS: dict[str, Any] = {
    "collapse_limit": 1, "collapse_order": None, "scored": True,
}  # fmt: skip


class ArchiveSearcher(Searcher):  # type: ignore[misc]
    """Whoosh's searcher. Searches by score, in Whoosh's default weighting, are answered by the
    engine, with the same documents, order and scores; so are ``filter`` and ``mask`` if they are
    queries. All others take Whoosh's own way, over our reader.

    An error that damage of the archive has caused is CorruptArchive.
    """

    def __init__(
        self, reader: Any, *args: Any, orders: Orders | None = None, **kwargs: Any
    ) -> None:
        """``orders`` are those that other searchers of the same commit have worked out."""
        super().__init__(reader, *args, **kwargs)
        self._engine: IndexSearcher | None = None
        self._index_reader: Any = getattr(self.ixreader, "_index_reader", None)
        self._orders = orders or Orders()
        if self._index_reader is not None:
            self._field_caches = FieldCaches(self._index_reader, self.schema, self._orders.caches)
        weighting = self.weighting
        self._is_plain = type(weighting) is BM25F and vars(weighting) == vars(BM25F())

    def close(self) -> None:
        self._engine = None  # whose caches keep files mapped
        super().close()

    def find_damage(self) -> CorruptArchive | None:
        """The first damage in the files of the commit, or None: for ``guarded``."""
        return None if self._index_reader is None else damage_in(self._index_reader)

    @guarded(*PASSED)
    def search(self, /, q: Any, **kwargs: Any) -> Results:
        found = self._by_engine(q, **kwargs)
        return super().search(q, **kwargs) if found is None else found

    @guarded(*PASSED)
    def search_with_collector(self, q: Any, collector: Any, context: Any = None) -> None:
        """Whoosh's collectors over the documents and scores that the engine finds; over Whoosh's
        matchers if they ask for more, or the engine cannot say it."""
        inner = innermost(collector)
        answer = None if inner is None or context is not None else self._answered(q)
        if answer is None:
            super().search_with_collector(q, collector, context)
            return
        super().search_with_collector(answer, collector)
        inner.q = q

    def _answered(self, q: Any) -> AnsweredQuery | None:
        """A query with the documents that the engine finds; None if it cannot say it."""
        is_known = self._is_plain and isinstance(q, Query)
        engine = self._open_engine() if is_known else None
        if engine is None:
            return None
        try:
            plan = engine.planner.plan(q)
            readers = [leaf.reader() for leaf, _ in self.leaf_searchers()]
            docs_of_reader = {
                id(reader): (number, live_matches(plan, self._index_reader, number).docs)
                for number, reader in enumerate(readers[: len(self._index_reader.segments)])
            }
        except QueryError:
            return None
        return AnsweredQuery(q, plan, docs_of_reader)

    key_terms = guarded(*PASSED)(Searcher.key_terms)
    more_like = guarded(*PASSED)(Searcher.more_like)
    suggest = guarded(*PASSED)(Searcher.suggest)

    def docs_for_query(self, q: Any, for_deletion: bool = False) -> Iterator[int]:
        with DamageGuard(self.find_damage, *PASSED):
            # Queries of nested documents say themselves what is to be deleted.
            is_plain = not for_deletion or type(q).deletion_docs is Query.deletion_docs
            docs = self.matching_docs(q) if is_plain else None
            yield from super().docs_for_query(q, for_deletion) if docs is None else docs

    def matching_docs(self, q: Any) -> list[int] | None:
        """The numbers of all documents that match, ascending; None if the engine cannot say it."""
        engine = self._open_engine()
        if engine is None:
            return None
        doc_bases = self._index_reader.doc_bases
        try:
            return [int(doc_bases[segment]) + doc for segment, doc in engine.documents(q)]
        except QueryError:
            return None

    def _open_engine(self) -> IndexSearcher | None:
        """The engine on the commit of this searcher; None if it has none, or was closed."""
        index_reader = self._index_reader
        if index_reader is None or self.is_closed or index_reader.closed:
            return None
        if self._engine is None:
            # Scores and documents do not depend on the zone, in which only facets count.
            fallback = MatcherFallback(index_reader)
            self._engine = IndexSearcher(index_reader, UTC, fallback=fallback)
        return self._engine

    def _by_engine(
        self, q: Any, limit: int | None = 10, filter: Any = None, mask: Any = None, **others: Any
    ) -> ArchiveResults | None:
        """The results of a search; None if it is to take Whoosh's way."""
        is_known = self._is_plain and isinstance(q, Query) and (limit is None or limit >= 1)
        if not is_known or not all(map(_is_known, others.items())):
            return None
        if others.get("terms") and not can_tell_terms(q):
            return None
        if others.get("collapse") and (others.get("groupedby") or others.get("terms")):
            return None
        tree = _with_filters(q, filter, mask)
        engine = None if tree is None else self._open_engine()
        if engine is None:
            return None
        started = time.perf_counter()
        try:
            results: ArchiveResults | None
            if limit is None or (others and any(map(others.get, _ARRANGED))):
                arranging = {name: others.get(name) for name in _ARRANGED}
                results = self._arranged(engine, q, tree, limit, **arranging)
            else:
                result = engine.search(tree, limit)
                results = self._results(q, tree, result.total, self._numbered(result))
            if results is None:
                return None
            if others.get("terms"):
                self._note_terms(engine, q, results)
            left_out = 0 if tree is q else engine.search(q, 0).total - results.matches
        except QueryError:  # which only the language has limits for
            return None
        results.runtime = time.perf_counter() - started
        if tree is not q:
            results.filtered_count = left_out
            results.allowed, results.restricted = filter, mask
        return results

    def _arranged(
        self, engine: IndexSearcher, q: Any, tree: Any, limit: int | None, sortedby: Any,
        reverse: Any, groupedby: Any, maptype: Any, collapse: Any,
    ) -> ArchiveResults | None:  # fmt: skip
        """The results of a search that is sorted, grouped, collapsed or turned round, or has all
        that match; None if it is by more than fields."""
        orders = [self._order_by(facet) for facet in facets_to_sort(sortedby)]
        groups = self._groups_by(groupedby, maptype)
        collapsing = [self._order_by(facet) for facet in facets_to_sort(collapse)]
        if groups is None or None in orders or None in collapsing or len(collapsing) > 1:
            return None
        if any(facet.reverse for facet in facets_to_sort(collapse)):
            return None  # which changes what Whoosh calls the groups
        if not sortedby and (groupedby or reverse or not limit or limit >= self.doc_count()):
            limit = None  # as Whoosh does: all that match are in the results
        docs, scores = self._all_matches(engine.planner.plan(tree), is_scored=not sortedby)
        columns = [order.ranks[docs] for order in orders] or [-scores]

        def keys(rows: Any) -> list[Any]:
            return keys_of(orders, docs[rows]) if orders else scores[rows].tolist()

        arrangement = Arrangement(docs, columns, keys, limit, reverse=bool(reverse))
        if collapse:
            return self._collapsed(q, tree, arrangement, collapsing[0], is_top=bool(
                limit is not None and not sortedby))  # fmt: skip
        results = self._results(q, tree, len(docs), HitList(len(arrangement), arrangement.hits))
        results._facetmaps = {
            name: Groups(map_type, order, arrangement) for name, (map_type, order) in groups.items()
        }
        return results

    def _all_matches(self, plan: PlanNode, *, is_scored: bool) -> tuple[Any, Any]:
        """The numbers of all documents that match (ascending), and their scores if asked for."""
        reader = self._index_reader
        segments = range(len(reader.segments))
        matches = [live_matches(plan, reader, number).docs for number in segments]
        bases = map(int, reader.doc_bases)
        docs = [found + base if base else found for found, base in zip(matches, bases, strict=True)]
        scores = [plan.score(n, matches[n], known_match=True) for n in segments if is_scored]
        if len(docs) == 1:
            return docs[0], scores[0] if scores else None
        return np.concatenate([np.empty(0, np.int64), *docs]), np.concatenate(
            [np.empty(0), *scores]
        )

    def _collapsed(
        self, q: Any, tree: Any, arrangement: Arrangement, order: FieldOrder, *, is_top: bool
    ) -> ArchiveResults:
        """The results of which only the best of each group is left, and those without a group.
        As many are counted as Whoosh's collector has added, which may have taken some out again."""
        ranks = order.ranks[arrangement.docs]
        name_of = {rank: order.name(rank) for rank, _ in counts_of(ranks)}
        is_grouped = np.ones(len(ranks), bool)
        for rank, name in name_of.items():
            if not name:  # a few at most
                is_grouped &= ranks != rank
        is_added = added_documents(arrangement, ranks, is_grouped)
        best = arrangement.chosen(first_of_groups(arrangement, ranks, is_grouped))
        results = self._results(q, tree, int(is_added.sum()), HitList(len(best), best.hits))
        results.matches = len(ranks)
        results.collapsed_counts = defaultdict(int)
        for rank, count in counts_of(ranks[~is_added]):
            results.collapsed_counts[name_of[rank]] += count
        if not is_top:
            results.docset = set(arrangement.docs[is_added].tolist())
        return results

    def _groups_by(self, groupedby: Any, maptype: Any) -> dict[str, Any] | None:
        """The type of the map of each facet to group by, and its groups; None if one is more than a
        field."""
        facets = facets_to_group(groupedby, maptype)
        if facets is None:
            return None
        groups = {}
        for name, (facet, map_type) in facets.items():
            order = None if getattr(facet, "reverse", False) else self._order_by(facet, group=True)
            if order is None:
                return None
            groups[name] = map_type, order
        return groups

    def _note_terms(self, engine: IndexSearcher, q: Any, results: ArchiveResults) -> None:
        """Note which terms of a query are in each of the top documents of its results."""
        planner, bases = engine.planner, self._index_reader.doc_bases
        results.termdocs, results.docterms = {}, {}
        top = np.unique(np.array([docnum for _, docnum in results.top_n], np.int64))
        segment_of = np.searchsorted(bases, top, "right") - 1
        for segment in np.unique(segment_of).tolist():
            base = int(bases[segment])

            def contains(part: Any, docs: Any, segment: int = segment) -> Any:
                return planner.node_for(part).contains(segment, docs)

            docs = top[segment_of == segment] - base
            for term, found in matched_terms(q, docs, contains, planner.to_bytes):
                for docnum in (found + base).tolist():
                    so_far = results.docterms.setdefault(docnum, [])
                    if term not in so_far:
                        so_far.append(term)
                        results.termdocs.setdefault(term, array("I")).append(docnum)

    def _order_by(self, facet: Any, *, group: bool = False) -> Any:
        """The order of a facet, or its groups; None if they are not to be known from a field."""
        if type(facet) is not FieldFacet or (facet.allow_overlap and not group):
            return None
        key = facet.fieldname, bool(facet.reverse), bool(facet.allow_overlap)
        orders, reader = self._orders.of_fields, self._index_reader
        if key not in orders:
            if facet.allow_overlap:
                orders[key] = field_groups(facet, reader, self.schema)
            else:
                orders[key] = field_order(facet, reader, self.schema, self._field_caches)
        return orders[key]

    def _numbered(self, result: SearchResult) -> list[tuple[float, int]]:
        doc_bases = self._index_reader.doc_bases
        return [(score, int(doc_bases[segment]) + doc) for segment, doc, score in result.best]

    def _results(self, q: Any, tree: Any, total: int, top: Sequence[Any]) -> ArchiveResults:
        results = ArchiveResults(self, q, top, total)
        results.collector = _Found(self, tree, total)
        return results


class Orders:
    """The orders of the documents of a commit by its fields, for all searchers of an index."""

    def __init__(self) -> None:
        self.caches: dict[str, Any] = {}
        self.of_fields: dict[tuple[str, bool, bool], Any] = {}


class _Found:
    """What Whoosh's results ask of the collector that made them."""

    def __init__(self, searcher: ArchiveSearcher, tree: Any, total: int) -> None:
        self.top_searcher = searcher
        self._tree = tree
        self._total = total

    def count(self) -> int:
        return self._total

    def computes_count(self) -> bool:
        return True

    def all_ids(self) -> Iterator[int]:
        return self.top_searcher.docs_for_query(self._tree)


def _is_known(argument: tuple[str, Any]) -> bool:
    """Whether an argument of a search is one that the engine knows, or says nothing."""
    name, value = argument
    return name in _KNOWN or _DEFAULTS.get(name, _KNOWN) == value


def _with_filters(q: Any, filter: Any, mask: Any) -> Any:
    """A query with the documents of a filter alone, and without those of a mask, whose scores do
    not count; None if one of them is no query."""
    if filter:
        if not isinstance(filter, Query):
            return None
        q = narrowed(q, [filter])
    if mask:
        if not isinstance(mask, Query):
            return None
        q = wq.AndNot(q, mask)
    return q
