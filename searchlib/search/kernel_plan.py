"""A plan of :mod:`.nodes` -> the same plan for one segment, for the compiled kernels.

They go over all parts of a plan at once, 64 documents at a time (:mod:`searchlib.kernels`). A
part that they have no form for is worked out over arrays, and its documents and scores stand in
the compiled plan as a list. A plan that is such a part as a whole has no compiled form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from searchlib import kernels
from searchlib.kernels.constants import MAX_CHILDREN
from searchlib.search.docset import DocSet
from searchlib.search.plan_boolean import (
    AndMaybeNode,
    AndNode,
    AndNotNode,
    ConstantScoreNode,
    OrNode,
    PlanNode,
)
from searchlib.search.plan_leaves import (
    FixedDocsNode,
    MatchAllNode,
    MatchNoneNode,
    RangeNode,
    TermNode,
)
from searchlib.search.plan_phrase import PhraseNode

__all__ = ["maker"]


def maker(plan: PlanNode) -> Callable[[Any, int], Any] | None:
    """What makes the compiled form of a plan for a segment, or None. It too gives None if the
    plan has no such form, whatever the segment."""
    return _MAKERS.get(type(plan))


def _worked_out(plan: PlanNode, segment: int) -> Any:
    """A part that the kernels have no form for: its documents and scores as a list."""
    docs, scores = plan.all(segment)
    return kernels.search.doc_list(
        plan.documents(segment), docs.astype(np.int32), np.array(scores, float), 0.0
    )


def _all(plans: Sequence[PlanNode], segment: int) -> list[kernels.search.PlanNode]:
    made = []
    for plan in plans:
        make = _MAKERS.get(type(plan))
        one = None if make is None else make(plan, segment)
        made.append(_worked_out(plan, segment) if one is None else one)
    return made


def _and(plan: Any, segment: int) -> Any:
    children = plan.children
    if len(children) > MAX_CHILDREN:
        return None
    return kernels.search.conjunction(_all(children, segment), plan.boost)


def _or(plan: Any, segment: int) -> Any:
    children = plan.children
    if len(children) > MAX_CHILDREN:
        return None
    return kernels.search.disjunction(_all(children, segment), plan.boost)


def _term(plan: Any, segment: int, spans_node: bool = False) -> Any:
    found = plan.lists[segment]
    if found is None or not found.count:
        return kernels.search.match_none(plan.documents(segment))
    form, how = found.form, plan.how[segment]
    if how is None:
        how = plan.how[segment] = kernels.search.Bm25Weight(*plan.weighing(segment))
    return kernels.search.term(found.ready(spans_node or form >= 0), form, how)


def _given(plan: Any, segment: int) -> Any:
    found: DocSet = plan.sets[segment]
    if not isinstance(plan.scores, (int, float)):
        scores = np.ascontiguousarray(plan.scores[segment], float)
        return kernels.search.doc_list(found.size, found.docs.astype(np.int32), scores, 0.0)
    if found.is_listed:
        docs = found.docs.astype(np.int32, copy=False)
        return kernels.search.doc_list(found.size, docs, None, float(plan.scores))
    return kernels.search.doc_bitset(found.size, found.bits, float(plan.scores))


def _range(plan: Any, segment: int) -> Any:
    span = plan.spans[segment]
    if span is None:
        return kernels.search.match_none(plan.documents(segment))
    column, first, last = span
    return column.ready.range_node(first, last, plan.value)


def _phrase(plan: Any, segment: int) -> Any:
    if plan.slop != 1 or len(plan.words) > MAX_CHILDREN:
        return None
    return kernels.search.phrase([_term(word, segment, True) for word in plan.words], plan.boost)


_MAKERS: dict[type[PlanNode], Callable[[Any, int], Any]] = {
    MatchNoneNode: lambda plan, segment: kernels.search.match_none(plan.documents(segment)),
    MatchAllNode: lambda plan, segment: kernels.search.match_all(
        plan.documents(segment), plan.value
    ),
    TermNode: _term,
    FixedDocsNode: _given,
    RangeNode: _range,
    PhraseNode: _phrase,
    AndNode: _and,
    OrNode: _or,
    AndNotNode: lambda plan, segment: kernels.search.and_not(*_all((plan.yes, plan.no), segment)),
    AndMaybeNode: lambda plan, segment: kernels.search.and_maybe(
        *_all((plan.must, plan.may), segment)
    ),
    ConstantScoreNode: lambda plan, segment: kernels.search.constant_score(
        _all((plan.child,), segment)[0], plan.value
    ),
}
