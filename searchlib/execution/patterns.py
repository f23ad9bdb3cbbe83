"""The words of a field that a pattern stands for: wildcards, regular expressions, near spellings.

All words of a field are kept end to end as one text, so that a pattern runs down it in one loop,
and the distance to a word is worked out for all words at once, column by column of the usual
table, of which only the cells near the diagonal can matter (Ukkonen, 'Algorithms for Approximate
String Matching', 1985).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

__all__ = ["Spellings"]

Ints = npt.NDArray[np.int64]
_FAR = 100  # more edits than are ever asked for


class Spellings:
    """The words of one field of a segment, in any order.

    >>> words = Spellings([b"bank", b"banks", b"blank", b"b\\xc3\\xa4nk"])
    >>> words.fitting(re.compile("ba.*$"))
    [b'bank', b'banks']
    >>> words.near("bank", 1, 0)
    [b'bank', b'banks', b'blank', b'b\\xc3\\xa4nk']
    """

    def __init__(self, terms: Iterable[bytes]) -> None:
        decoded = [term.decode("utf-8", "replace") for term in terms]
        lengths = np.fromiter(map(len, decoded), np.int64, len(decoded))
        self._text = "".join(decoded)
        self._ends = np.cumsum(lengths)
        self._starts = self._ends - lengths
        self._lengths = lengths

    def _word(self, number: int) -> bytes:
        return self._text[self._starts[number] : self._ends[number]].encode()

    def fitting(self, pattern: re.Pattern[str]) -> list[bytes]:
        """The words that the pattern matches from their beginning."""
        match, text = pattern.match, self._text
        spans = zip(self._starts.tolist(), self._ends.tolist(), strict=True)
        return [text[start:end].encode() for start, end in spans if match(text, start, end)]

    def near(self, word: str, edits: int, same: int) -> list[bytes]:
        """The words that become this one by so many letters changed, added or left out, at
        most; the first ``same`` letters are the same."""
        size = len(word)
        chosen = np.flatnonzero(np.abs(self._lengths - size) <= edits)
        if not len(chosen) or not size:
            return [self._word(number) for number in chosen.tolist()]
        codes = np.frombuffer(self._text.encode("utf-32-le", "surrogatepass"), np.uint32)
        wanted = np.frombuffer(word.encode("utf-32-le", "surrogatepass"), np.uint32)
        for place in range(min(same, size)):
            chosen = chosen[self._lengths[chosen] > place]
            chosen = chosen[codes[self._starts[chosen] + place] == wanted[place]]
        far = _distances(codes, self._starts[chosen], self._lengths[chosen], wanted, edits)
        return [self._word(number) for number in chosen[far <= edits].tolist()]


def _distances(
    codes: npt.NDArray[np.uint32], starts: Ints, lengths: Ints, word: npt.NDArray[np.uint32],
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
