"""The inner loops of a batch over NumPy arrays, where the kernels were not compiled; these give the
same (:mod:`searchlib.kernels.watches`).

The tokens of a text field are numbers of surface forms, ``forms``, the documents end to end.
``starts`` says where each of some documents begins there, and where the last one ends; ``bits_of``
has the bit of each, -1 for those that are not looked at. Numbers for each form, or node, are
``firsts`` and the numbers end to end. ``rows`` are the bits of the leaves, 64 a word.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.packed_ints import ranges
from searchlib.kernels.constants import WatchCode

__all__ = ["find_phrases", "loops", "near", "numbers_of", "positions", "run_programs", "same",
           "set_bits", "set_pairs"]  # fmt: skip

Array = npt.NDArray[Any]


def loops() -> Any:
    """What has the functions of this module: the kernels, or the module itself."""
    return kernels.watches if kernels.available else sys.modules[__name__]


def set_bits(
    forms: Array, starts: Array, bits_of: Array, firsts: Array, leaves: Array, rows: Array
) -> None:
    """Set the bit of each document in the rows of the leaves of its forms."""
    tokens, bits = _tokens(starts, bits_of)
    counts = np.diff(firsts)[forms[tokens]]
    chosen_leaves = leaves[ranges(firsts[forms[tokens]].astype(np.int64), counts)]
    set_pairs(rows, chosen_leaves, np.repeat(bits, counts))


def _tokens(starts: Array, bits_of: Array) -> tuple[Array, Array]:
    """The tokens of the documents that are looked at, and the bit of each."""
    counts = np.where(bits_of >= 0, np.diff(starts), 0)
    return ranges(starts[:-1].astype(np.int64), counts), np.repeat(bits_of, counts)


def set_pairs(rows: Array, leaves: Array | int, bits: Array) -> None:
    """Set one bit each in the rows of some leaves, or bits in the row of one."""
    masks = np.left_shift(np.uint64(1), (bits & 63).astype(np.uint64))
    places: Any = (leaves, bits >> 6)
    np.bitwise_or.at(rows, places, masks)


def find_phrases(
    forms: Array, starts: Array, bits_of: Array, word_of_form: Array, roots: Array, firsts: Array,
    words: Array, children: Array, is_end: Array,
) -> Array:  # fmt: skip
    """All phrases of a trie: (node, first token) of each, in any order. ``word_of_form`` is the
    number of a form among the words of the trie, or -1; ``roots`` has the node of each word, or -1,
    and ``words`` and ``children`` those below each node."""
    tokens, _ = _tokens(starts, bits_of)
    ends = np.repeat(starts[1:], np.where(bits_of >= 0, np.diff(starts), 0))  # of its document
    first_words = word_of_form[forms[tokens]]
    is_root = first_words >= 0
    begins, ends, nodes = tokens[is_root], ends[is_root], roots[first_words[is_root]]
    is_root = nodes >= 0
    begins, ends, nodes = begins[is_root], ends[is_root], nodes[is_root]
    keys = np.repeat(np.arange(len(firsts) - 1), np.diff(firsts)).astype(np.int64) << 32 | words
    places, found = begins.copy(), [np.empty((0, 2), np.int32)]
    while len(nodes):
        ended = is_end[nodes] != 0
        found.append(np.column_stack((nodes[ended], begins[ended])))
        places = places + 1
        inside = places < ends
        begins, ends, nodes, places = begins[inside], ends[inside], nodes[inside], places[inside]
        if not len(keys):
            break
        next_words = word_of_form[forms[places]]
        wanted = nodes.astype(np.int64) << 32 | next_words
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        goes_on = (keys[at] == wanted) & (next_words >= 0)
        begins, ends, places = begins[goes_on], ends[goes_on], places[goes_on]
        nodes = children[at[goes_on]]
    pairs: Array = np.concatenate(found).astype(np.int32)
    return pairs


def positions(
    forms: Array, starts: Array, bits_of: Array, firsts: Array, sets: Array, count: int
) -> tuple[Array, Array]:
    """The tokens of each of ``count`` sets of forms, ascending, end to end; and where those of each
    begin, and their end (int64)."""
    tokens, _ = _tokens(starts, bits_of)
    counts = np.diff(firsts)[forms[tokens]]
    owners = sets[ranges(firsts[forms[tokens]].astype(np.int64), counts)]
    order = np.argsort(owners, kind="stable")
    ends = np.concatenate(([0], np.cumsum(np.bincount(owners, minlength=count)))).astype(np.int64)
    return ends, np.repeat(tokens, counts)[order].astype(np.int32)


def near(
    joins: Array, ends: Array, places: Array, lengths: Array, bits_by_token: Array, rows: Array
) -> None:
    """Set bits of the leaves of joins (leaf, a, b, slop, ordered): of documents in which set ``b``
    begins at most ``slop`` tokens after the end of ``a``, or if it is not ordered, ``a`` of ``b``.
    The places of sets, each of so many tokens, are those of :func:`positions`."""
    for leaf, a, b, slop, ordered in joins.tolist():
        for first, second in ((a, b),) if ordered else ((a, b), (b, a)):
            begins = places[ends[first] : ends[first + 1]]
            others = places[ends[second] : ends[second + 1]]
            if not len(others):
                continue
            lasts = begins + (lengths[first] - 1)
            at = np.searchsorted(others, lasts, "right")
            following = others[np.minimum(at, len(others) - 1)]
            bits = bits_by_token[begins]
            is_near = (at < len(others)) & (following - lasts <= slop) & (bits >= 0)
            bits = bits[is_near & (bits_by_token[following] == bits)]
            set_pairs(rows, leaf, bits)


def same(
    joins: Array, ends: Array, places: Array, lengths: Array, bits_by_token: Array, units: Array,
    rows: Array,
) -> None:  # fmt: skip
    """Set bits of the leaves of joins (leaf, a, b): of documents with both in one unit. ``units``
    has the number of each token's unit."""
    for leaf, a, b in joins.tolist():
        of_a, of_b = (_units(places[ends[s] : ends[s + 1]], lengths[s], units) for s in (a, b))
        begins = of_a[0][np.isin(of_a[1], of_b[1])]
        bits = bits_by_token[begins]
        set_pairs(rows, leaf, bits[bits >= 0])


def _units(begins: Array, length: int, units: Array) -> tuple[Array, Array]:
    """The places that do not cross the end of their unit, and their units."""
    inside = units[begins] == units[begins + (length - 1)]
    return begins[inside], units[begins[inside]]


def run_programs(codes: Array, starts: Array, rows: Array, out: Array) -> None:
    """The bits of each program (:mod:`searchlib.watches.programs`), whose codes begin at its
    start."""
    steps, bounds = codes.tolist(), starts.tolist()
    for program in range(len(bounds) - 1):
        stack: list[Array] = []
        for step in steps[bounds[program] : bounds[program + 1]]:
            code, leaf = step & 3, step >> 2
            if code == WatchCode.PUSH:
                stack.append(rows[leaf])
                continue
            operand = rows[leaf] if leaf else stack.pop()
            if code == WatchCode.AND:
                stack[-1] = stack[-1] & operand
            elif code == WatchCode.OR:
                stack[-1] = stack[-1] | operand
            else:
                stack[-1] = stack[-1] & ~operand
        out[program] = stack[0]


def numbers_of(rows: Array, below: int) -> tuple[Array, Array]:
    """How many bits each row has (int64), and their numbers end to end (uint32), which are all
    ``below`` a number."""
    counts = np.zeros(len(rows), np.int64)
    used = np.flatnonzero(rows.any(axis=1))
    masks = np.unpackbits(rows[used].view(np.uint8), axis=1, bitorder="little")
    counts[used] = masks.sum(axis=1)
    numbers = np.nonzero(masks)[1].astype(np.uint32)
    if numbers.max(initial=0) >= max(below, 1):
        raise ValueError("a bit has no value")
    return counts, numbers
