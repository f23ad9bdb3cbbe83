"""A plan -> its compiled plan for one segment, which the kernels run.

The kernels run all nodes of a plan at once, one bitset word of 64 documents at a time
(:mod:`searchlib.kernels`). The matches and scores of a node that they cannot run are computed
over arrays and enter the compiled plan as a list. A plan whose root is such a node has no compiled
form.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from searchlib import kernels
from searchlib.kernels.constants import (
    LEAST_BITSET_FREQ,
    MAX_BITSET_WORDS,
    MAX_CHILDREN,
    MAX_LIST_BITSET_WORDS,
)
from searchlib.search.docset import DocSet
from searchlib.search.plan_boolean import (
    AndMaybeNode,
    AndNode,
    AndNotNode,
    ConstantScoreNode,
    OrNode,
    PlanNode,
)
from searchlib.search.plan_fields import FieldsNode
from searchlib.search.plan_leaves import (
    FixedDocsNode,
    MatchAllNode,
    MatchNoneNode,
    RangeNode,
    TermNode,
)
from searchlib.search.plan_phrase import PhraseNode
from searchlib.search.plan_spans import (
    NearSpans,
    OrSpans,
    PhraseSpans,
    SameUnitSpans,
    Spans,
    SpansNode,
)

__all__ = ["KernelNodeMaker", "cacheable_memory", "kernel_node_maker"]

_NODE_BYTES = 1024
#: (node, segment) -> the compiled node, or None if this one cannot be compiled.
KernelNodeMaker = Callable[[Any, int], Any]


def kernel_node_maker(plan: PlanNode) -> KernelNodeMaker | None:
    """The function that compiles a plan of this type for a segment; None if there is none."""
    return _MAKERS.get(type(plan))


def cacheable_memory(plan: PlanNode) -> dict[Hashable, int] | None:
    """About how many bytes the compiled forms of a plan take, by what they are of: plans share
    posting lists. None if some node does not run in the kernels and keeps documents: then the plan
    should not be kept."""
    memory: dict[Hashable, int] = {}
    return memory if kernels.available and _add_memory(plan, memory) else None


def _add_memory(plan: PlanNode, memory: dict[Hashable, int]) -> bool:
    """Add what a plan takes; False if it should not be kept."""
    memory[id(plan)] = _NODE_BYTES
    if isinstance(plan, TermNode):
        _add_lists(plan, memory)
        return True
    if isinstance(plan, (MatchNoneNode, MatchAllNode)):
        return True
    if isinstance(plan, RangeNode):  # the bitset that may be made of it
        bits = (plan.max_doc(segment) // 8 for segment in range(len(plan.ranges)))
        memory[id(plan)] = _NODE_BYTES + sum(bits)
        return True
    children: Sequence[PlanNode]
    if isinstance(plan, (AndNode, OrNode)) and len(plan.children) <= MAX_CHILDREN:
        children = plan.children
    elif isinstance(plan, PhraseNode) and plan.slop == 1 and len(plan.terms) <= MAX_CHILDREN:
        children = plan.terms
        for term in plan.terms:
            _add_masks(term, memory)
    elif isinstance(plan, AndNotNode):
        children = (plan.required, plan.excluded)
    elif isinstance(plan, AndMaybeNode):
        children = (plan.required, plan.optional)
    elif isinstance(plan, ConstantScoreNode):
        children = (plan.child,)
    else:
        return False
    return all(_add_memory(child, memory) for child in children)


def _add_lists(term: TermNode, memory: dict[Hashable, int]) -> None:
    """Add the posting lists of a term, where they are not mapped: the documents of a short one, a
    bit for each of the segment and its ranks for a long one."""
    for segment, postings in enumerate(term.posting_lists):
        if postings is not None:
            memory[id(postings)] = min(8 * postings.count, term.max_doc(segment) // 2)


def _add_masks(term: TermNode, memory: dict[Hashable, int]) -> None:
    """Add the position masks and about the bitsets that may be made of the posting lists of a term:
    those of a form have as many as those of its term."""
    words = term.stats.average_length(term.name) / 64 + 1  # of a bitset of a document
    for postings in term.posting_lists:
        if postings is not None:
            count = postings.kernel_list().count
            memory[id(postings), "masks"] = 8 * count
            least = max(LEAST_BITSET_FREQ, words / MAX_BITSET_WORDS)
            if postings.occurrences >= least * count and words * count <= MAX_LIST_BITSET_WORDS:
                memory[id(postings), "bitsets"] = int(8 * words * count) + 4 * (count + 1)


def _as_list(node: PlanNode, segment: int) -> Any:
    """The matches and scores of a node that the kernels cannot run."""
    docs, scores = node.scored_matches(segment)
    return kernels.search.doc_list(
        node.max_doc(segment), docs.astype(np.int32), np.array(scores, float), 0.0
    )


def _children(nodes: Sequence[PlanNode], segment: int) -> list[Any]:
    compiled = []
    for node in nodes:
        maker = _MAKERS.get(type(node))
        child = None if maker is None else maker(node, segment)
        compiled.append(_as_list(node, segment) if child is None else child)
    return compiled


def _and(node: Any, segment: int) -> Any:
    if len(node.children) > MAX_CHILDREN:
        return None
    if any(_is_empty(child, segment) for child in node.children):  # a month without the date
        return kernels.search.match_none(node.max_doc(segment))
    return kernels.search.conjunction(_children(node.children, segment), node.boost)


def _is_empty(node: PlanNode, segment: int) -> bool:
    """Whether a range or a word has no document in a segment: as far as is known at once."""
    if isinstance(node, RangeNode):
        return not node.count(segment)
    if isinstance(node, FieldsNode):
        return not node.terms_in(segment)
    return isinstance(node, TermNode) and node.posting_lists[segment] is None


def _or(node: Any, segment: int) -> Any:
    if len(node.children) > MAX_CHILDREN:
        return None
    return kernels.search.disjunction(_children(node.children, segment), node.boost)


def _term(node: Any, segment: int, with_positions: bool = False) -> Any:
    postings = node.posting_lists[segment]
    if postings is None or not postings.count:
        return kernels.search.match_none(node.max_doc(segment))
    weighting = node.kernel_weightings[segment]
    if weighting is None:
        weighting = node.kernel_weightings[segment] = kernels.search.Bm25Weight(
            *node.weighting(segment)
        )
    form = postings.form
    return kernels.search.term(postings.kernel_list(with_positions or form >= 0), form, weighting)


def _fields(node: Any, segment: int) -> Any:
    terms = [_term(term, segment) for term in node.terms_in(segment)]
    if not terms:
        return kernels.search.match_none(node.max_doc(segment))
    return kernels.search.fields(terms) if len(terms) > 1 else terms[0]


def _fixed_docs(node: Any, segment: int) -> Any:
    matches: DocSet = node.doc_sets[segment]
    if not isinstance(node.scores, (int, float)):
        scores = np.ascontiguousarray(node.scores[segment], float)
        return kernels.search.doc_list(matches.max_doc, matches.docs.astype(np.int32), scores, 0.0)
    if matches.has_docs:
        docs = matches.docs.astype(np.int32, copy=False)
        return kernels.search.doc_list(matches.max_doc, docs, None, float(node.scores))
    return kernels.search.doc_bitset(matches.max_doc, matches.bits, float(node.scores))


def _range(node: Any, segment: int) -> Any:
    entry = node.ranges[segment]
    if entry is None:
        return kernels.search.match_none(node.max_doc(segment))
    values, first, last = entry
    return values.kernel_values.range_node(first, last, node.value)


def _phrase(node: Any, segment: int) -> Any:
    if node.slop != 1 or len(node.terms) > MAX_CHILDREN:
        return None
    return kernels.search.phrase([_term(term, segment, True) for term in node.terms], node.boost)


def _spans(node: Any, segment: int) -> Any:
    spans: Spans = node.spans
    if isinstance(spans, SameUnitSpans):
        return _same_unit(spans, segment)
    if not isinstance(spans, NearSpans):
        return None
    a, b = _part(spans.a, segment), _part(spans.b, segment)
    if a is None or b is None:
        return None
    [child] = _children([spans.node], segment)
    return kernels.search.near(child, a, b, spans.slop, spans.ordered)


def _same_unit(spans: SameUnitSpans, segment: int) -> Any:
    doc_starts = spans.doc_starts(segment)
    units = None if doc_starts is None else spans.units.bitset(segment)
    if doc_starts is None or units is None:
        return None
    parts = [_part(part, segment) for part in spans.parts()]
    if None in parts or len(parts) >= MAX_CHILDREN:
        return None
    [child] = _children([spans.node], segment)
    return kernels.search.same_unit(child, parts, doc_starts, units)


def _part(spans: Spans, segment: int) -> Any:
    """A part of a text as a compiled node that gives its spans: a term, a phrase, or any of
    several; None if it is something else."""
    if isinstance(spans, PhraseSpans) and 0 < len(spans.term_nodes) <= MAX_CHILDREN:
        terms = [_term(term, segment, True) for term in spans.term_nodes]
        return terms[0] if len(terms) == 1 else kernels.search.phrase(terms, 1.0)
    if isinstance(spans, OrSpans) and len(spans.parts) <= MAX_CHILDREN:
        parts: list[Any] = [
            _part(part, segment) for part in spans.parts if isinstance(part, PhraseSpans)
        ]
        if len(parts) == len(spans.parts) and None not in parts:
            return kernels.search.disjunction(parts, 1.0)
    return None


def _and_not(node: Any, segment: int) -> Any:
    return kernels.search.and_not(*_children((node.required, node.excluded), segment))


def _and_maybe(node: Any, segment: int) -> Any:
    return kernels.search.and_maybe(*_children((node.required, node.optional), segment))


def _constant_score(node: Any, segment: int) -> Any:
    return kernels.search.constant_score(_children((node.child,), segment)[0], node.value)


_MAKERS: dict[type[PlanNode], KernelNodeMaker] = {
    MatchNoneNode: lambda node, segment: kernels.search.match_none(node.max_doc(segment)),
    MatchAllNode: lambda node, segment: kernels.search.match_all(node.max_doc(segment), node.value),
    TermNode: _term,
    FieldsNode: _fields,
    FixedDocsNode: _fixed_docs,
    RangeNode: _range,
    PhraseNode: _phrase,
    SpansNode: _spans,
    AndNode: _and,
    OrNode: _or,
    AndNotNode: _and_not,
    AndMaybeNode: _and_maybe,
    ConstantScoreNode: _constant_score,
}
