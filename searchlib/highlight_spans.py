"""Which words of one text make a positional part of a query match: NEAR, /s, phrases, first50.

A part of a query is a tree of nodes. A *span* is the first and the last position of an occurrence,
as in :mod:`searchlib.search.plan_spans`, which finds the documents. Two passes give the words to
mark: :meth:`SpanNode.spans` goes from the leaves up, :meth:`SpanNode.members` from the root down,
and keeps of each part the spans that are in a wanted span of the whole::

    tax W/2 cut     0 tax  1 a  2 cut  3 tax  4 cut  5 tax
    up              tax 0 3 5     cut 2 4     tax W/2 cut  0-2  3-4
    down            tax 0 3       cut 2 4     (the last tax is in no match)

Nodes know nothing of a text, so that they are made once for a query; :class:`TextWords` has what a
text holds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

__all__ = [
    "AnyNode",
    "AtLeastNode",
    "FirstNode",
    "NearNode",
    "PhraseNode",
    "SameNode",
    "Span",
    "SpanNode",
    "TextWords",
    "WordNode",
]

#: The positions of the first and the last token of an occurrence.
Span = tuple[int, int]

# Of the pairs of spans near each other that a node may have in a text, so many are looked at: of
# one span with those after it, and of all. A word of a further pair may stay without a mark.
_MAX_FOLLOWING = 1000
_MAX_PAIRS = 50_000


class TextWords:
    """The words of one text that a query asks for: the positions of each, by a number, ascending.
    ``unit_starts`` gives the positions at which the sentences or paragraphs begin."""

    def __init__(
        self,
        positions: Mapping[int, Sequence[int]],
        unit_starts: Callable[[str], Sequence[int]],
    ) -> None:
        self.positions = positions
        self.unit_starts = unit_starts
        self._spans: dict[SpanNode, list[Span]] = {}

    def spans(self, node: SpanNode) -> list[Span]:
        """The spans of a node, ascending, each once."""
        spans = self._spans.get(node)
        if spans is None:
            spans = self._spans[node] = node.spans(self)
        return spans


class SpanNode:
    """A part of a query within one text."""

    def spans(self, words: TextWords) -> list[Span]:
        """The occurrences, ascending, each once."""
        raise NotImplementedError

    def members(self, words: TextWords, wanted: Collection[Span]) -> Iterator[Span]:
        """The words of these spans of the node, and phrases as a whole, to be marked. One may come
        more than once."""
        raise NotImplementedError


class WordNode(SpanNode):
    """One word, prefix or pattern; ``number`` is its number in :class:`TextWords`."""

    def __init__(self, number: int) -> None:
        self._number = number

    def spans(self, words: TextWords) -> list[Span]:
        return [(position, position) for position in words.positions.get(self._number, ())]

    def members(self, words: TextWords, wanted: Collection[Span]) -> Iterator[Span]:
        return iter(wanted)


class AnyNode(SpanNode):
    """Any of several parts."""

    def __init__(self, parts: Sequence[SpanNode]) -> None:
        self._parts = parts

    def spans(self, words: TextWords) -> list[Span]:
        return sorted({span for part in self._parts for span in words.spans(part)})

    def members(self, words: TextWords, wanted: Collection[Span]) -> Iterator[Span]:
        wanted = set(wanted)
        for part in self._parts:
            yield from part.members(words, [span for span in words.spans(part) if span in wanted])


class PhraseNode(SpanNode):
    """Parts in this order, each at most ``slop`` positions after the one before. With a slop of 1
    the phrase is marked as a whole, else its words are."""

    def __init__(self, parts: Sequence[SpanNode], slop: int) -> None:
        self._parts = parts
        self._slop = slop

    def spans(self, words: TextWords) -> list[Span]:
        return self._beginnings(words)[-1]

    def members(self, words: TextWords, wanted: Collection[Span]) -> Iterator[Span]:
        if self._slop == 1:
            yield from wanted
            return
        beginnings = self._beginnings(words)
        for number in range(len(self._parts) - 1, 0, -1):
            before, part = beginnings[number - 1], self._parts[number]
            wanted, last = _parts_of(set(wanted), _pairs(before, words.spans(part), self._slop))
            yield from part.members(words, last)
        yield from self._parts[0].members(words, wanted)

    def _beginnings(self, words: TextWords) -> list[list[Span]]:
        """The spans of the first part, of the first two, ..., of all."""
        beginnings = [words.spans(self._parts[0])]
        for part in self._parts[1:]:
            beginnings.append(_joined(_pairs(beginnings[-1], words.spans(part), self._slop)))
        return beginnings


class NearNode(SpanNode):
    """Two parts at most ``slop`` positions apart, in this order or in any."""

    def __init__(self, a: SpanNode, b: SpanNode, slop: int, *, ordered: bool) -> None:
        self._a = a
        self._b = b
        self._slop = slop
        self._ordered = ordered

    def spans(self, words: TextWords) -> list[Span]:
        a, b = words.spans(self._a), words.spans(self._b)
        spans = _joined(_pairs(a, b, self._slop))
        if self._ordered:
            return spans
        return sorted({*spans, *_joined(_pairs(b, a, self._slop))})

    def members(self, words: TextWords, wanted: Collection[Span]) -> Iterator[Span]:
        wanted = set(wanted)
        a, b = words.spans(self._a), words.spans(self._b)
        wanted_a, wanted_b = _parts_of(wanted, _pairs(a, b, self._slop))
        if not self._ordered:
            later_b, later_a = _parts_of(wanted, _pairs(b, a, self._slop))
            wanted_a, wanted_b = wanted_a | later_a, wanted_b | later_b
        yield from self._a.members(words, wanted_a)
        yield from self._b.members(words, wanted_b)


class SameNode(SpanNode):
    """Two parts in one sentence or paragraph (the ``unit``): all their spans in it, which the
    span of the whole holds."""

    def __init__(self, a: SpanNode, b: SpanNode, unit: str) -> None:
        self._a = a
        self._b = b
        self._unit = unit

    def spans(self, words: TextWords) -> list[Span]:
        return sorted(whole for whole, _, _ in self._units(words))

    def members(self, words: TextWords, wanted: Collection[Span]) -> Iterator[Span]:
        wanted = set(wanted)
        for whole, a, b in self._units(words):
            if whole in wanted:
                yield from self._a.members(words, a)
                yield from self._b.members(words, b)

    def _units(self, words: TextWords) -> Iterator[tuple[Span, list[Span], list[Span]]]:
        """Of each unit that has both: the span of the whole, the spans of ``a``, those of ``b``."""
        starts = words.unit_starts(self._unit)
        a = _by_unit(words.spans(self._a), starts)
        b = _by_unit(words.spans(self._b), starts)
        for unit in sorted(a.keys() & b.keys()):
            both = [*a[unit], *b[unit]]
            whole = (min(first for first, _ in both), max(last for _, last in both))
            yield whole, a[unit], b[unit]


class AtLeastNode(SpanNode):
    """A part, if it occurs at least ``count`` times."""

    def __init__(self, part: SpanNode, count: int) -> None:
        self._part = part
        self._count = count

    def spans(self, words: TextWords) -> list[Span]:
        spans = words.spans(self._part)
        return spans if len(spans) >= self._count else []

    def members(self, words: TextWords, wanted: Collection[Span]) -> Iterator[Span]:
        return self._part.members(words, wanted)


class FirstNode(SpanNode):
    """A part within the first ``limit`` words."""

    def __init__(self, part: SpanNode, limit: int) -> None:
        self._part = part
        self._limit = limit

    def spans(self, words: TextWords) -> list[Span]:
        return [span for span in words.spans(self._part) if span[1] < self._limit]

    def members(self, words: TextWords, wanted: Collection[Span]) -> Iterator[Span]:
        return self._part.members(words, wanted)


def _pairs(left: Sequence[Span], right: Sequence[Span], slop: int) -> Iterator[tuple[Span, Span]]:
    """The pairs of a span and one that begins at most ``slop`` positions after its end."""
    firsts = [first for first, _ in right]
    left_over = _MAX_PAIRS
    for span in left:
        start = bisect_left(firsts, span[1] + 1)
        end = bisect_right(firsts, span[1] + slop, start)
        for following in right[start : min(end, start + _MAX_FOLLOWING)]:
            yield span, following
            left_over -= 1
        if left_over <= 0:
            return


def _joined(pairs: Iterable[tuple[Span, Span]]) -> list[Span]:
    """The spans from the first to the last word of each pair, ascending, each once."""
    return sorted({(left[0], right[1]) for left, right in pairs})


def _parts_of(
    wanted: Collection[Span], pairs: Iterable[tuple[Span, Span]]
) -> tuple[set[Span], set[Span]]:
    """The spans on the left and on the right of the pairs that make a wanted span."""
    lefts, rights = set(), set()
    for left, right in pairs:
        if (left[0], right[1]) in wanted:
            lefts.add(left)
            rights.add(right)
    return lefts, rights


def _by_unit(spans: Sequence[Span], starts: Sequence[int]) -> dict[int, list[Span]]:
    """The spans by the number of their unit, without those that cross the end of one."""
    inside = (
        (unit, span)
        for span in spans
        if (unit := bisect_right(starts, span[0])) == bisect_right(starts, span[1])
    )
    return {unit: [span for _, span in group] for unit, group in groupby(inside, lambda x: x[0])}
