"""The sentences and paragraphs of texts that a vocabulary has cut, in tokens.

They are those of :mod:`searchlib.analysis.sentences`, found without another look at the texts: what
each chunk does to the sentences around it is known once for all its occurrences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.kernels.constants import SentenceFlag

__all__ = ["UnitLengths", "unit_lengths"]

Array = npt.NDArray[Any]
#: How many tokens each sentence of some texts has, and how many sentences each paragraph:
#: uint32. Those without a token do not count.
UnitLengths = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]


def unit_lengths(
    counts: Array, paragraphs: Array, lengths: Array, flags: Array,
    inner: Mapping[int, Sequence[int]],
) -> UnitLengths:  # fmt: skip
    """The units of texts: ``counts`` has how many chunks each of them has, ``paragraphs`` which
    chunks begin a paragraph besides, ``lengths`` and ``flags`` the tokens and the sentence flags of
    each chunk, and ``inner`` the tokens within a chunk that begin a sentence, if any do.

    >>> lengths, flags = np.array([1, 2, 1, 1]), np.array([0, SentenceFlag.MAY_END, 0, 0])
    >>> texts = np.array([3, 1]), np.array([], int)
    >>> [units.tolist() for units in unit_lengths(*texts, lengths, flags, {})]
    [[3, 1, 1], [2, 1]]
    """
    ends = np.cumsum(lengths)
    starts = ends - lengths
    total = int(lengths.sum())
    begins = np.zeros(len(lengths), bool)
    begins[paragraphs] = True
    begins[(np.cumsum(counts) - counts)[counts > 0]] = True
    paragraph_starts = _with_tokens(starts[begins], total)
    before, after = flags[:-1], flags[1:]
    may_end = (before & SentenceFlag.MAY_END != 0) & (after & SentenceFlag.SMALL == 0)
    begins[1:] |= may_end | (before & SentenceFlag.ENDS != 0)
    more = [starts[place] + token for place, tokens in inner.items() for token in tokens]
    sentence_starts = np.sort(np.concatenate((starts[begins], np.array(more, np.int64))))
    sentence_starts = _with_tokens(sentence_starts, total)
    firsts = np.searchsorted(sentence_starts, paragraph_starts)
    sentences = np.diff(sentence_starts, append=total)
    return sentences.astype("u4"), np.diff(firsts, append=len(sentence_starts)).astype("u4")


def _with_tokens(starts: Array, total: int) -> Array:
    """Where units begin that have a token: of several at one place it is the last that has it."""
    starts = starts[starts < total]
    with_tokens: Array = starts[np.diff(starts, prepend=-1) != 0]
    return with_tokens
