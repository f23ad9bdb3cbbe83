"""``whoosh.searching.Searcher`` over an archive, whose plain searches the engine answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from whoosh import query as wq
from whoosh.query.qcore import Query
from whoosh.scoring import BM25F
from whoosh.searching import Results, Searcher

from searchlib.errors import CorruptArchive, QueryError
from searchlib.index.damage import DamageGuard, damage_in, guarded
from searchlib.requests import ALL_HITS
from searchlib.search.searcher import IndexSearcher, SearchResult, narrowed
from searchlib.whoosh_backend.fallback import MatcherFallback
from searchlib.whoosh_backend.reader import PASSED

__all__ = ["ArchiveSearcher"]

# What the arguments of a search are, besides those that the engine knows, if they are not given.
_DEFAULTS: dict[str, Any] = {
    "sortedby": None, "reverse": False, "groupedby": None, "collapse": None, "collapse_limit": 1,
    "collapse_order": None, "terms": False, "maptype": None, "scored": True, "optimize": True,
}  # fmt: skip


class ArchiveSearcher(Searcher):  # type: ignore[misc]
    """Whoosh's searcher. Searches by score, in Whoosh's default weighting, are answered by the
    engine, with the same documents, order and scores; so are ``filter`` and ``mask`` if they are
    queries. All others take Whoosh's own way, over our reader.

    An error that damage of the archive has caused is CorruptArchive.
    """

    def __init__(self, reader: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(reader, *args, **kwargs)
        self._engine: IndexSearcher | None = None
        weighting = self.weighting
        self._is_plain = type(weighting) is BM25F and vars(weighting) == vars(BM25F())

    def close(self) -> None:
        self._engine = None  # whose caches keep files mapped
        super().close()

    def find_damage(self) -> CorruptArchive | None:
        """The first damage in the files of the commit, or None: for ``guarded``."""
        index_reader = getattr(self.reader(), "_index_reader", None)
        return None if index_reader is None else damage_in(index_reader)

    @guarded(*PASSED)
    def search(self, /, q: Any, **kwargs: Any) -> Results:
        found = self._by_engine(q, **kwargs)
        return super().search(q, **kwargs) if found is None else found

    search_with_collector = guarded(*PASSED)(Searcher.search_with_collector)
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
        doc_bases = self.reader()._index_reader.doc_bases
        try:
            return [int(doc_bases[segment]) + doc for segment, doc in engine.documents(q)]
        except QueryError:
            return None

    def _open_engine(self) -> IndexSearcher | None:
        """The engine on the commit of this searcher; None if it has none, or was closed."""
        index_reader = getattr(self.reader(), "_index_reader", None)
        if index_reader is None or self.is_closed or index_reader.closed:
            return None
        if self._engine is None:
            # Scores and documents do not depend on the zone, in which only facets count.
            fallback = MatcherFallback(index_reader)
            self._engine = IndexSearcher(index_reader, UTC, fallback=fallback)
        return self._engine

    def _by_engine(
        self, q: Any, limit: int | None = 10, filter: Any = None, mask: Any = None, **others: Any
    ) -> Results | None:
        """The results of a search; None if it is to take Whoosh's way."""
        is_known = self._is_plain and isinstance(q, Query) and (limit is None or limit >= 1)
        if not is_known or any(
            _DEFAULTS.get(name, self) != value for name, value in others.items()
        ):
            return None
        tree = _with_filters(q, filter, mask)
        engine = None if tree is None else self._open_engine()
        if engine is None:
            return None
        started = time.perf_counter()
        try:
            result = engine.search(tree, ALL_HITS if limit is None else limit)
            all_matches = result.total if tree is q else engine.search(q, 0).total
        except QueryError:  # which only the language has limits for
            return None
        results = self._results(q, tree, result)
        results.runtime = time.perf_counter() - started
        if tree is not q:
            results.filtered_count = all_matches - result.total
        return results

    def _results(self, q: Any, tree: Any, result: SearchResult) -> Results:
        doc_bases = self.reader()._index_reader.doc_bases
        top = [(score, int(doc_bases[segment]) + doc) for segment, doc, score in result.best]
        results = Results(self, q, top)
        results._total = result.total
        results.collector = _Found(self, tree, result.total)
        return results


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
