"""A scan over all terms of a field: wildcards, regular expressions, fuzzy terms.

The terms are kept end to end as one text, so that a pattern runs down it in one loop. The edit
distance is computed for all terms at once, column by column of the usual table, of which only the
cells near the diagonal can matter (Ukkonen, 'Algorithms for Approximate String Matching', 1985).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["TermScan"]

Ints = npt.NDArray[Any]
_FAR = 100  # more edits than are ever asked for
_TERMS_PER_CHECK = 1 << 15  # terms between two checks of the time budget


class TermScan:
    """The terms of one field of a segment, in any order: their bytes end to end, and where each
    ends.

    >>> terms = [b"bank", b"banks", b"blank", b"b\\xc3\\xa4nk"]
    >>> scan = TermScan(b"".join(terms), np.cumsum([len(term) for term in terms]))
    >>> scan.matching(re.compile("ba.*$"))
    [b'bank', b'banks']
    >>> scan.fuzzy("bank", 1, 0)
    [b'bank', b'banks', b'blank', b'b\\xc3\\xa4nk']
    """

    def __init__(self, text: bytes, ends: npt.NDArray[Any]) -> None:
        ends = ends.astype(np.int64)
        try:
            self._text = text.decode()
        except UnicodeDecodeError:  # not words: the terms of numbers
            terms = [text[a:b].decode("utf-8", "replace") for a, b in pairwise([0, *ends.tolist()])]
            self._text = "".join(terms)
            ends = np.cumsum(np.fromiter(map(len, terms), np.int64, len(terms)))
        else:
            if len(self._text) < len(text):
                # Ends are in bytes: count the characters before them.
                characters = np.cumsum(np.frombuffer(text, np.uint8) & 0xC0 != 0x80)
                ends = np.concatenate(([0], characters))[ends]
        self._ends = ends.astype(np.int32 if len(self._text) < 1 << 31 else np.int64)
        self._lengths = np.diff(self._ends, prepend=self._ends.dtype.type(0))
        self._starts = self._ends - self._lengths

    def _term(self, number: int) -> bytes:
        return self._text[self._starts[number] : self._ends[number]].encode()

    @property
    def _codes(self) -> npt.NDArray[Any]:
        """The characters of all terms as numbers: uint8 or uint32."""
        if self._text.isascii():
            return np.frombuffer(self._text.encode(), np.uint8)
        return np.frombuffer(self._text.encode("utf-32-le", "surrogatepass"), np.uint32)

    def matching(
        self, pattern: re.Pattern[str], check: Callable[[], None] = lambda: None
    ) -> list[bytes]:
        """The terms whose beginning the pattern matches. ``check`` is called now and then, and
        may raise."""
        match, text = pattern.match, self._text
        terms: list[bytes] = []
        for first in range(0, len(self._ends), _TERMS_PER_CHECK):
            check()
            part = slice(first, first + _TERMS_PER_CHECK)
            ranges = zip(self._starts[part].tolist(), self._ends[part].tolist(), strict=True)
            terms += [text[start:end].encode() for start, end in ranges if match(text, start, end)]
        return terms

    def fuzzy(
        self, word: str, max_edits: int, prefix_length: int,
        check: Callable[[], None] = lambda: None,
    ) -> list[bytes]:  # fmt: skip
        """The terms within ``max_edits`` (letters changed, added or left out) of ``word`` whose
        first ``prefix_length`` letters are the same. ``check`` is called now and then, and may
        raise."""
        size = len(word)
        numbers = np.flatnonzero(np.abs(self._lengths - size) <= max_edits)
        if not len(numbers) or not size:
            return [self._term(number) for number in numbers.tolist()]
        codes = self._codes
        wanted = np.frombuffer(word.encode("utf-32-le", "surrogatepass"), np.uint32)
        for place in range(min(prefix_length, size)):
            numbers = numbers[self._lengths[numbers] > place]
            numbers = numbers[codes[self._starts[numbers] + place] == wanted[place]]
        starts, lengths = self._starts[numbers], self._lengths[numbers]
        distances = _distances(codes, starts, lengths, wanted, max_edits, check)
        return [self._term(number) for number in numbers[distances <= max_edits].tolist()]


def _distances(
    codes: npt.NDArray[Any], starts: Ints, lengths: Ints, word: npt.NDArray[np.uint32],
    max_edits: int, check: Callable[[], None],
) -> npt.NDArray[np.uint8]:  # fmt: skip
    """The edit distance of each term of ``codes`` to ``word``; any number above ``max_edits`` if
    it is more.

    Row ``d`` of the table stands for ``i`` letters of ``word``, where ``i`` is the column plus
    ``d - max_edits``: the cells farther off the diagonal are never needed.
    """
    size, width = len(word), 2 * max_edits + 1
    distances = np.full(len(starts), _FAR, np.uint8)
    column = np.full((width, len(starts)), _FAR, np.uint8)
    for d in range(max_edits, width):
        column[d] = d - max_edits
    distances[lengths == 0] = size
    for j in range(1, size + max_edits + 1):
        check()
        letters = codes[np.minimum(starts + (j - 1), len(codes) - 1)]
        before, column = column, np.full((width, len(starts)), _FAR, np.uint8)
        for d in range(width):
            i = j + d - max_edits
            if i < 0 or i > size:
                continue
            best = before[d + 1] + 1 if d + 1 < width else column[d]
            if i > 0:
                best = np.minimum(best, before[d] + (letters != word[i - 1]))
                if d > 0:
                    best = np.minimum(best, column[d - 1] + 1)
            column[d] = np.minimum(best, _FAR)
        d = size - j + max_edits
        if 0 <= d < width:
            ended = lengths == j
            distances[ended] = column[d][ended]
    return distances
