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
from searchlib.execution.docset import DocSet
from searchlib.execution.leaves import All, Given, Nothing, Range, Term
from searchlib.execution.nodes import And, AndMaybe, AndNot, Constant, Node, Or
from searchlib.execution.phrase import Phrase

__all__ = ["can_run", "native"]

_MOST = 64  # children of a compiled node
_FEW = 8  # the documents of a range are marked, not compared, if less than one in so many
_run: Any = kernels.search


def can_run(plan: Node) -> bool:
    """Whether the kernels are there, and have a form for this plan."""
    if _run is None or type(plan) not in _MAKERS:
        return False
    if isinstance(plan, Phrase):
        return plan.slop == 1 and len(plan.words) <= _MOST
    return not isinstance(plan, (And, Or)) or len(plan.children) <= _MOST


def native(plan: Node, segment: int) -> Any:
    """The compiled form of a plan that :func:`can_run`."""
    return _MAKERS[type(plan)](plan, segment)


def _any(plan: Node, segment: int) -> Any:
    if can_run(plan):
        return _MAKERS[type(plan)](plan, segment)
    docs, scores = plan.all(segment)
    return _run.listed(plan.documents(segment), docs.astype(np.int32), np.array(scores, float), 0.0)


def _all(plans: Sequence[Node], segment: int) -> list[Any]:
    return [_any(plan, segment) for plan in plans]


def _term(plan: Any, segment: int, *, placed: bool = False) -> Any:
    found = plan.lists[segment]
    if found is None or not found.count:
        return _run.nothing(plan.documents(segment))
    form = found.form
    return _run.term(found.ready(placed or form >= 0), form, *plan.weighing(segment))


def _given(plan: Any, segment: int) -> Any:
    found: DocSet = plan.sets[segment]
    if not isinstance(plan.scores, (int, float)):
        scores = np.ascontiguousarray(plan.scores[segment], float)
        return _run.listed(found.size, found.docs.astype(np.int32), scores, 0.0)
    if found.is_listed:
        docs = found.docs.astype(np.int32, copy=False)
        return _run.listed(found.size, docs, None, float(plan.scores))
    return _run.marked(found.size, found.bits, float(plan.scores))


def _range(plan: Any, segment: int) -> Any:
    span, documents = plan.spans[segment], plan.documents(segment)
    if span is None or span[1] == span[2]:
        return _run.nothing(documents)
    column, first, last = span
    if (last - first) * _FEW < documents:
        docs = column.order[first:last].astype(np.uint32, copy=False)
        return _run.picked(documents, docs, plan.value)
    ordered = column.sorted()
    return _run.between(column.values, ordered[first], ordered[last - 1], plan.value)


def _phrase(plan: Any, segment: int) -> Any:
    return _run.phrase([_term(word, segment, placed=True) for word in plan.words], plan.boost)


_MAKERS: dict[type[Node], Callable[[Any, int], Any]] = {
    Nothing: lambda plan, segment: _run.nothing(plan.documents(segment)),
    All: lambda plan, segment: _run.every(plan.documents(segment), plan.value),
    Term: _term,
    Given: _given,
    Range: _range,
    Phrase: _phrase,
    And: lambda plan, segment: _run.both(_all(plan.children, segment), plan.boost),
    Or: lambda plan, segment: _run.either(_all(plan.children, segment), plan.boost),
    AndNot: lambda plan, segment: _run.without(*_all((plan.yes, plan.no), segment)),
    AndMaybe: lambda plan, segment: _run.maybe(*_all((plan.must, plan.may), segment)),
    Constant: lambda plan, segment: _run.constant(_any(plan.child, segment), plan.value),
}
