"""The sentences and paragraphs of texts that a vocabulary has cut, in tokens.

They are those of :mod:`searchlib.analysis.sentences`, found without another look at the texts: what
each chunk does to the sentences around it is known once for all its occurrences.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from searchlib.kernels.constants import SentenceFlag

__all__ = ["UnitLengths", "text_units"]

Array = npt.NDArray[Any]
#: How many tokens each sentence of some texts has, and how many sentences each paragraph:
#: uint32. Those without a token do not count.
UnitLengths = tuple[Array, Array]


class _Vocabulary(Protocol):
    @property
    def inner(self) -> dict[int, tuple[int, ...]]: ...
    def lengths(self, chunks: npt.NDArray[np.int32]) -> Array: ...
    def sentence_flags(self, chunks: npt.NDArray[np.int32]) -> Array: ...


def text_units(
    vocabulary: _Vocabulary, chunks: npt.NDArray[np.int32], counts: npt.NDArray[np.int32],
    paragraphs: npt.NDArray[np.int32],
) -> UnitLengths:  # fmt: skip
    """The sentences and paragraphs of texts, of which the vocabulary's ``cut`` gave the rest.

    >>> from searchlib.analysis.vocabulary import vocabulary
    >>> batch = vocabulary()
    >>> cut = batch.cut(["Mr. Lee left. It rained!\\n\\nThen sun.", "Rain."])
    >>> [units.tolist() for units in text_units(batch, *cut)]
    [[3, 2, 2, 1], [2, 1, 1]]
    """
    lengths = vocabulary.lengths(chunks)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    total = int(ends[-1]) if len(ends) else 0
    begins = np.zeros(len(chunks), bool)
    begins[paragraphs] = True
    begins[(np.cumsum(counts) - counts)[counts > 0]] = True
    paragraph_starts = _with_tokens(starts[begins], total)
    flags = vocabulary.sentence_flags(chunks)
    before, after = flags[:-1], flags[1:]
    may_end = (before & SentenceFlag.MAY_END != 0) & (after & SentenceFlag.SMALL == 0)
    begins[1:] |= may_end | (before & SentenceFlag.ENDS != 0)
    sentence_starts = starts[begins]
    inner = [
        starts[place] + word
        for place in np.flatnonzero(flags & SentenceFlag.INNER).tolist()
        for word in vocabulary.inner.get(int(chunks[place]), ())
    ]
    if inner:
        sentence_starts = np.sort(np.append(sentence_starts, inner))
    sentence_starts = _with_tokens(sentence_starts, total)
    firsts = np.searchsorted(sentence_starts, paragraph_starts)
    sentences = np.diff(sentence_starts, append=total)
    return sentences.astype("u4"), np.diff(firsts, append=len(sentence_starts)).astype("u4")


def _with_tokens(starts: Array, total: int) -> Array:
    """Where units begin that have a token: of several at one place it is the last that has it."""
    starts = starts[starts < total]
    with_tokens: Array = starts[np.diff(starts, prepend=-1) != 0]
    return with_tokens
