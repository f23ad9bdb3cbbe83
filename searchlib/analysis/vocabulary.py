"""The batch vocabulary: whole batches of texts -> numbers of words, each distinct word once.

Folding and stemming look at one token alone, so each distinct token is analysed once and its
result is kept for the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis.folding import fold
from searchlib.analysis.tokenizer import tokenize

__all__ = ["Vocabulary", "vocabulary"]


class Vocabulary(dict[str, int]):
    """Blank-separated chunk of text -> its number, made the first time that a chunk is met.

    No token holds a blank, so a text may be cut at blanks first, which is several times faster
    than the pattern, and the pattern, folding and so on run once for each distinct chunk.
    ``surfaces[i]`` is the folded word of number ``i``. One vocabulary serves one batch.

    >>> vocabulary = Vocabulary()
    >>> numbers, counts = vocabulary.numbers(["The (first-rate) cat", "THE cat's"])
    >>> numbers.tolist(), counts.tolist()
    ([0, 1, 2, 3, 0, 3], [4, 2])
    >>> vocabulary.surfaces
    ['the', 'first', 'rate', 'cat']
    """

    def __init__(self) -> None:
        super().__init__()
        self.surfaces: list[str] = []
        self._by_surface: dict[str, int] = {}
        self._by_token: dict[str, int] = {}
        self._flat: list[int] = []  # the words of chunk 0, of chunk 1, ...
        self._ends: list[int] = [0]

    def __missing__(self, chunk: str) -> int:
        known = self._by_token
        for token in tokenize(chunk):
            number = known.get(token)
            if number is None:
                surface = fold(token)
                number = self._by_surface.setdefault(surface, len(self.surfaces))
                if number == len(self.surfaces):
                    self.surfaces.append(surface)
                known[token] = number
            self._flat.append(number)
        self[chunk] = number = len(self)
        self._ends.append(len(self._flat))
        return number

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return 200 * len(self) + 300 * len(self.surfaces)

    def words(self) -> list[bytes]:
        """The words by number, in UTF-8."""
        return [surface.encode() for surface in self.surfaces]

    def cut(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The numbers of the chunks of all texts end to end, and how many each text has: int32."""
        parts = [text.split() for text in texts]
        counts = np.fromiter(map(len, parts), np.int32, len(parts))
        chunks = map(self.__getitem__, chain.from_iterable(parts))
        return np.fromiter(chunks, np.int32, int(counts.sum())), counts

    def expand(self, chunks: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The numbers of the words in these chunks, in order: int32, one a word."""
        flat: npt.NDArray[np.int32] = np.array(self._flat, np.int32)
        starts, lengths = np.array(self._ends, np.int64)[chunks], self.lengths(chunks)
        total = np.cumsum(lengths)
        if not len(total) or not total[-1]:
            return np.empty(0, np.int32)
        at = np.repeat(starts - (total - lengths), lengths) + np.arange(total[-1])
        found: npt.NDArray[np.int32] = flat[at]
        return found

    def lengths(self, chunks: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """How many words each of these chunks holds: int64."""
        ends = np.array(self._ends, np.int64)
        found: npt.NDArray[np.int64] = (ends[1:] - ends[:-1])[chunks]
        return found

    def numbers(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The words of all texts end to end (int32), and how many each text has (int64)."""
        chunks, counts = self.cut(texts)
        total = np.concatenate(([0], np.cumsum(self.lengths(chunks))))
        return self.expand(chunks), np.diff(total[np.cumsum(counts)], prepend=0)


def vocabulary() -> Vocabulary | kernels.vocabulary.Vocabulary:
    """A new :class:`Vocabulary`, or the compiled one, which gives the same.

    >>> vocabulary().numbers(["The cat, the cat"])[0].tolist()
    [0, 1, 0, 1]
    """
    return kernels.vocabulary.Vocabulary(_analysed) if kernels.available else Vocabulary()


_fold_known = lru_cache(maxsize=65536)(fold)


def _analysed(chunk: str) -> list[str]:
    """The folded words of a chunk."""
    return [_fold_known(token) for token in tokenize(chunk)]
