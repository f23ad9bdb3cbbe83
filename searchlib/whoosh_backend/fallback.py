"""Runs queries that the planner has no plan node for, by Whoosh's matchers over our reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.query.qcore import QueryError as WhooshQueryError
from whoosh.searching import SearchContext, Searcher

from searchlib.errors import QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.whoosh_backend.reader import whoosh_reader

__all__ = ["MatcherFallback"]

_CANNOT_RUN = (WhooshQueryError, NotImplementedError, AttributeError, ValueError, LookupError)
_CHECK_EVERY = 1024  # documents between two checks of the time budget


class MatcherFallback:
    """Runs any ``whoosh.query`` tree on a commit; it is the planner's ``Fallback``."""

    def __init__(self, reader: IndexReader) -> None:
        self._reader = reader
        # The searcher, to which those of the segments refer weakly, and these.
        self._searchers: tuple[Any, list[Any]] | None = None

    def __call__(
        self, query: Any, check_time: Callable[[], None]
    ) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
        """For each segment, the documents that match (int64, ascending) and their scores (float64).

        ``check_time`` is called after every 1,024 documents, and may raise. Raises
        :class:`QueryError` "not-supported" if Whoosh cannot run the query.
        """
        if not self._reader.segments:
            return
        searchers = self._searchers
        if searchers is None:
            parent = Searcher(whoosh_reader(self._reader))
            searchers = parent, [leaf for leaf, _ in parent.leaf_searchers()]
            self._searchers = searchers
        for searcher in searchers[1]:
            try:
                yield _run(query, searcher, check_time)
            except _CANNOT_RUN as error:
                raise QueryError(
                    "not-supported", (0, 0), f"{type(query).__name__} cannot be run: {error}"
                ) from error


def _run(query: Any, searcher: Any, check_time: Callable[[], None]) -> tuple[Any, Any]:
    context = SearchContext(weighting=searcher.weighting, top_query=query)
    matcher = query.matcher(searcher, context)
    docs, scores = [], []
    while matcher.is_active():
        docs.append(matcher.id())
        scores.append(matcher.score())
        matcher.next()
        if len(docs) % _CHECK_EVERY == 0:
            check_time()
    return np.array(docs, np.int64), np.array(scores, np.float64)
