"""A query that the engine has answered, for Whoosh's collectors: these sort, group, collapse and
count its documents as they do those of any query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import collectors
from whoosh.matching import ListMatcher, NullMatcher
from whoosh.query.qcore import Query

from searchlib.search.plan_boolean import PlanNode

__all__ = ["AnsweredQuery", "innermost"]

# Collectors that ask a matcher for nothing but documents and scores. A time limit has to end
# the finding of documents, which is done before a collector runs.
_COLLECTORS = (
    collectors.TopCollector, collectors.UnlimitedCollector, collectors.SortingCollector,
    collectors.UnsortedCollector, collectors.FacetCollector, collectors.CollapseCollector,
    collectors.FilterCollector,
)  # fmt: skip


def innermost(collector: Any) -> Any:
    """The collector at the heart of others that are wrapped around it; None if one of them may ask
    a matcher for more than documents and scores."""
    while type(collector) in _COLLECTORS:
        if not hasattr(collector, "child"):
            return collector
        collector = collector.child
    return None


class AnsweredQuery(Query):  # type: ignore[misc]
    """The documents of a query by the reader of their segment, and the plan that scores them."""

    def __init__(
        self, query: Any, plan: PlanNode, docs_of_reader: Mapping[int, tuple[int, Any]]
    ) -> None:
        """``docs_of_reader`` has, by the identity of a segment's reader, the number of the segment
        and the documents that match (int, ascending); nothing of that of an empty index."""
        self.query = query
        self._plan = plan
        self._docs_of_reader = docs_of_reader

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        segment, docs = self._docs_of_reader.get(id(searcher.reader()), (0, ()))
        return AnsweredMatcher(self._plan, segment, docs) if len(docs) else NullMatcher()


class AnsweredMatcher(ListMatcher):  # type: ignore[misc]
    """The matches of a plan in a segment; scores are computed when the first one is asked for."""

    def __init__(self, plan: PlanNode, segment: int, docs: npt.NDArray[Any]) -> None:
        super().__init__(docs.tolist())
        self._plan = plan
        self._segment = segment
        self._docs = docs
        self._scores: list[float] | None = None

    def copy(self) -> AnsweredMatcher:
        same = AnsweredMatcher(self._plan, self._segment, self._docs)
        same._i = self._i
        return same

    def replace(self, minquality: float = 0) -> Any:
        return self if self.is_active() else NullMatcher()

    def supports_block_quality(self) -> bool:
        return False

    def weight(self) -> float:
        if self._scores is None:
            scores = self._plan.score(self._segment, self._docs, known_match=True)
            self._scores = np.asarray(scores).tolist()
        return self._scores[self._i]

    score = weight
