"""The batch vocabulary: texts -> numbers of surface forms, analysing each distinct token once.

Folding looks at one token alone, so each distinct token of a batch of texts is folded once and
the result is reused. The methods of :class:`Vocabulary` call surface forms *words* and
blank-separated pieces of text *chunks*, as the compiled class in ``searchlib.kernels`` does.
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

__all__ = ["Vocabulary", "analyse_chunk", "vocabulary"]


class Vocabulary(dict[str, int]):
    """The chunks and surface forms of one batch of texts, both numbered as they first occur.

    A text is split at whitespace into chunks, which is several times faster than the token
    pattern; since no token contains whitespace, the pattern can run once for each distinct chunk.
    As a dict this maps a chunk to its number and adds chunks that are new. ``surface_forms[i]``
    is the surface form of number ``i``.

    >>> vocabulary = Vocabulary()
    >>> numbers, counts = vocabulary.numbers(["The (first-rate) cat", "THE cat's"])
    >>> numbers.tolist(), counts.tolist()
    ([0, 1, 2, 3, 0, 3], [4, 2])
    >>> vocabulary.surface_forms
    ['the', 'first', 'rate', 'cat']
    """

    def __init__(self) -> None:
        super().__init__()
        self.surface_forms: list[str] = []
        self._number_of_form: dict[str, int] = {}
        self._number_of_token: dict[str, int] = {}
        self._chunk_forms: list[int] = []  # the form numbers of chunk 0, of chunk 1, ...
        self._chunk_offsets: list[int] = [0]  # where those of each chunk begin, and the end

    def __missing__(self, chunk: str) -> int:
        number_of_token = self._number_of_token
        for token in tokenize(chunk):
            form_number = number_of_token.get(token)
            if form_number is None:
                form = fold(token)
                form_number = self._number_of_form.setdefault(form, len(self.surface_forms))
                if form_number == len(self.surface_forms):
                    self.surface_forms.append(form)
                number_of_token[token] = form_number
            self._chunk_forms.append(form_number)
        self[chunk] = chunk_number = len(self)
        self._chunk_offsets.append(len(self._chunk_forms))
        return chunk_number

    @property
    def size(self) -> int:
        """The memory that it takes, in bytes, estimated."""
        return 200 * len(self) + 300 * len(self.surface_forms)

    def words(self) -> list[bytes]:
        """The surface forms by number, in UTF-8."""
        return [form.encode() for form in self.surface_forms]

    def cut(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The chunk numbers of all texts, concatenated, and the number of chunks of each text;
        both int32."""
        chunks_of_texts = [text.split() for text in texts]
        counts = np.fromiter(map(len, chunks_of_texts), np.int32, len(chunks_of_texts))
        numbers = map(self.__getitem__, chain.from_iterable(chunks_of_texts))
        return np.fromiter(numbers, np.int32, int(counts.sum())), counts

    def expand(self, chunks: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The form numbers of these chunks, concatenated: int32, one a token."""
        chunk_forms: npt.NDArray[np.int32] = np.array(self._chunk_forms, np.int32)
        starts, lengths = np.array(self._chunk_offsets, np.int64)[chunks], self.lengths(chunks)
        ends = np.cumsum(lengths)
        if not len(ends) or not ends[-1]:
            return np.empty(0, np.int32)
        places = np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1])
        numbers: npt.NDArray[np.int32] = chunk_forms[places]
        return numbers

    def lengths(self, chunks: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """The number of tokens in each of these chunks: int64."""
        offsets = np.array(self._chunk_offsets, np.int64)
        lengths: npt.NDArray[np.int64] = (offsets[1:] - offsets[:-1])[chunks]
        return lengths

    def numbers(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The form numbers of all texts, concatenated (int32), and the number of tokens of each
        text (int64)."""
        chunks, counts = self.cut(texts)
        offsets = np.concatenate(([0], np.cumsum(self.lengths(chunks))))
        return self.expand(chunks), np.diff(offsets[np.cumsum(counts)], prepend=0)


def vocabulary() -> Vocabulary | kernels.vocabulary.Vocabulary:
    """A new :class:`Vocabulary`, or the compiled class of ``searchlib.kernels``, which gives the
    same results.

    >>> vocabulary().numbers(["The cat, the cat"])[0].tolist()
    [0, 1, 0, 1]
    """
    return kernels.vocabulary.Vocabulary(analyse_chunk) if kernels.available else Vocabulary()


_cached_fold = lru_cache(maxsize=65536)(fold)


def analyse_chunk(chunk: str) -> list[str]:
    """The surface forms of the tokens of a chunk; the kernel calls it for chunks that are not
    ASCII.

    >>> analyse_chunk("Café-Society,")
    ['cafe', 'society']
    """
    return [_cached_fold(token) for token in tokenize(chunk)]
