"""The words of a field that a pattern stands for: wildcards, regular expressions, near spellings.

All words of a field are kept end to end as one text, so that a pattern runs down it in one loop,
and the distance to a word is worked out for all words at once, column by column of the usual
table, of which only the cells near the diagonal can matter (Ukkonen, 'Algorithms for Approximate
String Matching', 1985).
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
_STEP = 1 << 15  # words between looks at the clock


class TermScan:
    """The words of one field of a segment, in any order: end to end, and where each ends.

    >>> words = [b"bank", b"banks", b"blank", b"b\\xc3\\xa4nk"]
    >>> words = TermScan(b"".join(words), np.cumsum([len(word) for word in words]))
    >>> words.fitting(re.compile("ba.*$"))
    [b'bank', b'banks']
    >>> words.near("bank", 1, 0)
    [b'bank', b'banks', b'blank', b'b\\xc3\\xa4nk']
    """

    def __init__(self, text: bytes, ends: npt.NDArray[Any]) -> None:
        ends = ends.astype(np.int64)
        try:
            self._text = text.decode()
        except UnicodeDecodeError:  # no words: the terms of numbers
            terms = [text[a:b].decode("utf-8", "replace") for a, b in pairwise([0, *ends.tolist()])]
            self._text = "".join(terms)
            ends = np.cumsum(np.fromiter(map(len, terms), np.int64, len(terms)))
        else:
            if len(self._text) < len(text):
                # Ends are in bytes: count the letters before them.
                letters = np.cumsum(np.frombuffer(text, np.uint8) & 0xC0 != 0x80)
                ends = np.concatenate(([0], letters))[ends]
        self._ends = ends.astype(np.int32 if len(self._text) < 1 << 31 else np.int64)
        self._lengths = np.diff(self._ends, prepend=self._ends.dtype.type(0))
        self._starts = self._ends - self._lengths

    def _word(self, number: int) -> bytes:
        return self._text[self._starts[number] : self._ends[number]].encode()

    @property
    def _codes(self) -> npt.NDArray[Any]:
        """The letters of all words as numbers."""
        if self._text.isascii():
            return np.frombuffer(self._text.encode(), np.uint8)
        return np.frombuffer(self._text.encode("utf-32-le", "surrogatepass"), np.uint32)

    def fitting(
        self, pattern: re.Pattern[str], check: Callable[[], None] = lambda: None
    ) -> list[bytes]:
        """The words that the pattern matches from their beginning. ``check`` is called now and
        then, and may raise."""
        match, text = pattern.match, self._text
        found: list[bytes] = []
        for first in range(0, len(self._ends), _STEP):
            check()
            part = slice(first, first + _STEP)
            spans = zip(self._starts[part].tolist(), self._ends[part].tolist(), strict=True)
            found += [text[start:end].encode() for start, end in spans if match(text, start, end)]
        return found

    def near(self, word: str, edits: int, same: int) -> list[bytes]:
        """The words that become this one by so many letters changed, added or left out, at
        most; the first ``same`` letters are the same."""
        size = len(word)
        chosen = np.flatnonzero(np.abs(self._lengths - size) <= edits)
        if not len(chosen) or not size:
            return [self._word(number) for number in chosen.tolist()]
        codes = self._codes
        wanted = np.frombuffer(word.encode("utf-32-le", "surrogatepass"), np.uint32)
        for place in range(min(same, size)):
            chosen = chosen[self._lengths[chosen] > place]
            chosen = chosen[codes[self._starts[chosen] + place] == wanted[place]]
        far = _distances(codes, self._starts[chosen], self._lengths[chosen], wanted, edits)
        return [self._word(number) for number in chosen[far <= edits].tolist()]


def _distances(
    codes: npt.NDArray[Any], starts: Ints, lengths: Ints, word: npt.NDArray[np.uint32],
    edits: int,
) -> npt.NDArray[np.uint8]:  # fmt: skip
    """The edit distance of each word of ``codes`` to ``word``; ``_FAR`` or so if above ``edits``.

    Row ``d`` of the table stands for ``i`` letters of ``word``, where ``i`` is the column plus
    ``d - edits``: the cells off the diagonal by more than ``edits`` are never needed.
    """
    size, width = len(word), 2 * edits + 1
    found = np.full(len(starts), _FAR, np.uint8)
    column = np.full((width, len(starts)), _FAR, np.uint8)
    for d in range(edits, width):
        column[d] = d - edits
    found[lengths == 0] = size
    for j in range(1, size + edits + 1):
        letters = codes[np.minimum(starts + (j - 1), len(codes) - 1)]
        before, column = column, np.full((width, len(starts)), _FAR, np.uint8)
        for d in range(width):
            i = j + d - edits
            if i < 0 or i > size:
                continue
            best = before[d + 1] + 1 if d + 1 < width else column[d]
            if i > 0:
                best = np.minimum(best, before[d] + (letters != word[i - 1]))
                if d > 0:
                    best = np.minimum(best, column[d - 1] + 1)
            column[d] = np.minimum(best, _FAR)
        d = size - j + edits
        if 0 <= d < width:
            done = lengths == j
            found[done] = column[d][done]
    return found
