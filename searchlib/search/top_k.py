"""The best documents of a plan, and the exact count of all that match.

Plans that can be compiled run in the kernels, which skip blocks of documents whose upper
bound does not reach the lowest score kept so far (block-max pruning). Other plans run over arrays
and score every match. Ties go to the lower document number, as in Whoosh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.index.index_reader import IndexReader
from searchlib.search.docset import DocSet, Mask
from searchlib.search.kernel_plan import kernel_node_maker
from searchlib.search.plan_boolean import PlanNode

__all__ = ["ExecutionOptions", "TopDocs", "live_matches", "top_k"]

Docs = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """How plans run: in the compiled ``kernels`` where they are built, and there with block-max
    ``prune``. The answers are the same; tests compare them."""

    kernels: bool = True
    prune: bool = True


#: How many live documents match; (segment, document, score) of the best ones, best first; the
#: live documents that match by segment, if they were asked for.
TopDocs = tuple[int, Sequence[tuple[int, int, float]], list[DocSet]]


def live_matches(plan: PlanNode, reader: IndexReader, segment: int) -> DocSet:
    """The live documents of a segment that match."""
    matches = plan.match(segment)
    live = reader.segments[segment].live_docs
    if live is None:
        return matches
    if matches.is_sparse:
        return DocSet(matches.max_doc, docs=matches.docs[live[matches.docs]])
    return DocSet(matches.max_doc, mask=matches.mask & live)


def top_k(
    plan: PlanNode, reader: IndexReader, limit: int, options: ExecutionOptions,
    *, with_docs: bool = False,
) -> TopDocs:  # fmt: skip
    """The ``limit`` best documents, and the exact count of all; ``with_docs`` asks for the
    documents of each segment too."""
    if options.kernels and kernels.available:
        result = _run_kernels(plan, reader, limit, options.prune, with_docs)
        if result is not None:
            return result
    best = TopCollector(limit)
    total = 0
    for segment, doc_base in enumerate(reader.doc_bases):
        plan.stats.budget.check()
        live = reader.segments[segment].live_docs
        count = plan.count(segment) if live is None else live_matches(plan, reader, segment).count
        total += count
        if count and limit:
            best.add(*plan.scored_matches(segment), live, doc_base)
    segments = range(len(reader.segments)) if with_docs else ()
    return total, best.top_docs(reader.doc_bases), [live_matches(plan, reader, n) for n in segments]


def run_cached(
    plan: PlanNode, reader: IndexReader, limit: int, options: ExecutionOptions
) -> tuple[int, Sequence[tuple[int, int, float]]]:
    """The same of a plan that is kept: what its compiled forms are there for."""
    forms = plan.compiled
    try:
        nodes = forms.pop()  # type: ignore[union-attr]
    except (AttributeError, IndexError):  # let go meanwhile, or in use by another thread
        total, best, _ = top_k(plan, reader, limit, options)
        return total, best
    found = kernels.search.best_of(
        nodes, limit, reader.doc_bases, reader.live_bitsets, options.prune, plan.stats.budget.check
    )
    forms.append(nodes)  # type: ignore[union-attr]
    return found


def _run_kernels(
    plan: PlanNode, reader: IndexReader, limit: int, prune: bool, with_docs: bool
) -> TopDocs | None:
    """The same by the compiled kernels; None if they cannot run the plan."""
    compile_plan = kernel_node_maker(plan)
    if compile_plan is None:
        return None
    cached = plan.compiled
    try:
        nodes = cached.pop() if cached else []  # which has cursors: no other search may use it now
    except IndexError:  # another thread took it
        nodes = []
    check = plan.stats.budget.check
    for number in range(len(nodes), len(reader.segments)):
        check()
        compiled = compile_plan(plan, number)
        if compiled is None:
            return None
        nodes.append(compiled)
    bases, lives, docs = reader.doc_bases, reader.live_bitsets, []
    if with_docs:
        collector = kernels.search.TopCollector(limit)
        bits = [np.zeros(-(-one.documents // 64), np.uint64) for one in reader.segments]
        total = kernels.search.collect(nodes, collector, bases, lives, bits, prune, check)
        best = collector.top_docs(bases)
        docs = [
            DocSet(segment.documents, bits=one)
            for segment, one in zip(reader.segments, bits, strict=True)
        ]
    else:
        total, best = kernels.search.best_of(nodes, limit, bases, lives, prune, check)
    if cached is not None:
        cached.append(nodes)
    return total, best, docs


class TopCollector:
    """The best documents so far, numbered over all segments, best first: over arrays what
    ``kernels.search.TopCollector`` is in the kernels."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._docs: Docs = np.empty(0, np.int64)
        self._scores: Floats = np.empty(0)
        self._min_score = -np.inf  # what a document must reach to come in

    def top_docs(self, doc_bases: Sequence[int]) -> list[tuple[int, int, float]]:
        """(segment, document, score), best first."""
        segments = np.searchsorted(doc_bases, self._docs, "right") - 1
        docs = (
            self._docs - np.array(doc_bases, np.int64)[segments] if len(doc_bases) else self._docs
        )
        return list(zip(segments.tolist(), docs.tolist(), self._scores.tolist(), strict=True))

    def add(self, docs: Docs, scores: Floats, live: Mask | None, doc_base: int) -> None:
        """Consider documents of the segment whose numbers begin at ``doc_base``."""
        if live is not None:
            is_live = live[docs]
            docs, scores = docs[is_live], scores[is_live]
        competitive = ~(scores < self._min_score)  # NaN is below all numbers, and sorted out
        docs, scores = docs[competitive], scores[competitive]
        docs = np.concatenate((self._docs, docs + doc_base))
        scores = np.concatenate((self._scores, scores))
        if len(docs) > 4 * self._limit:
            # All that reach the limit-th score, so that ties are settled by document number.
            at = self._limit - 1
            competitive = ~(-scores > np.partition(-scores, at)[at])
            docs, scores = docs[competitive], scores[competitive]
        order = np.lexsort((docs, -scores))[: self._limit]
        self._docs, self._scores = docs[order], scores[order]
        if len(order) == self._limit:
            self._min_score = float(self._scores[-1])
