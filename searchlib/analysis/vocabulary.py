"""The batch vocabulary: texts -> numbers of words, analysing each distinct piece of text once.

A word (:meth:`.rules.Rules.word`) depends on its token and the language alone, so each distinct
blank-separated piece of text, a *chunk*, is analysed once for a batch of texts and each language in
it. The compiled class of ``searchlib.kernels`` does simple ASCII chunks by itself and calls a
:class:`ChunkAnalyser` for the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, repeat

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis.characters import letter_table
from searchlib.analysis.folding import DECIMAL_COMMA, DOTLESS, IRISH
from searchlib.analysis.markup import ELEMENTS
from searchlib.analysis.rules import CURRENT_VERSION, rules
from searchlib.analysis.sentences import ABBREVIATIONS, paragraphs, sentences_around
from searchlib.analysis.text_units import UnitLengths, unit_lengths
from searchlib.kernels.constants import SentenceFlag, WordRule

__all__ = ["TAG_BYTE", "ChunkAnalyser", "Vocabulary", "prepared", "split_word", "vocabulary"]

_MAX_LANGUAGES = 255
#: Before the tag of a word of another language than the first; UTF-8 does not have it.
TAG_BYTE = 0xFF
_CACHED_TOKENS = 1 << 16


class ChunkAnalyser:
    """The words of a chunk, by the rules of a version, in one of some languages, which is given by
    its number among them; what it does to sentences (``SentenceFlag``); and before which of its
    words sentences begin within it.

    >>> ChunkAnalyser(2, ["en", "de"])("3,500,", 1)
    (['3.500'], 0, ())
    >>> ChunkAnalyser()("rain。snow。", 0)
    (['rain', 'snow'], 14, (1,))
    """

    def __init__(self, version: int = CURRENT_VERSION, languages: Sequence[str] = ("",)) -> None:
        if not 1 <= len(languages) <= _MAX_LANGUAGES:
            raise ValueError(f"a vocabulary has 1 to {_MAX_LANGUAGES} languages")
        self.version = version
        #: What a dot may follow without ending a sentence.
        self.abbreviations = frozenset(word.encode() for word in ABBREVIATIONS)
        self.languages = tuple(languages)
        self._rules = rules(version)
        self._word = lru_cache(maxsize=_CACHED_TOKENS)(self._rules.word)

    def __call__(self, chunk: str, tag: int) -> tuple[list[str], int, tuple[int, ...]]:
        language, word = self.languages[tag], self._word
        flags, starts = sentences_around(chunk)
        if not starts:
            return [word(token, language) for token in self._rules.tokenize(chunk)], flags, ()
        ends = [*starts, len(chunk)]
        parts = [chunk[start:end] for start, end in zip([0, *starts], ends, strict=True)]
        tokens = self._rules.tokenize_parts(parts)
        counts = list(accumulate(map(len, tokens)))
        inner = tuple(dict.fromkeys(count for count in counts[:-1] if count < counts[-1]))
        if not tokens[-1]:  # what begins within it has its words in the next one
            flags |= SentenceFlag.ENDS
        return [word(token, language) for part in tokens for token in part], int(flags), inner

    @property
    def letters(self) -> bytes:
        """The letters beyond ASCII that need no closer look; b"" for none."""
        return letter_table() if self.version > 1 else b""

    @property
    def flags(self) -> bytes:
        """For each language a byte of :class:`~searchlib.kernels.constants.WordRule`."""
        return _flags(self.version, tuple(self.languages))


@lru_cache(maxsize=64)
def _flags(version: int, languages: tuple[str, ...]) -> bytes:
    first = WordRule.VERSION_1 if version == 1 else 0
    return bytes(
        first
        | (WordRule.DECIMAL_COMMA if language in DECIMAL_COMMA else 0)
        | (WordRule.DOTLESS if language in DOTLESS else 0)
        | (WordRule.IRISH if language in IRISH else 0)
        for language in languages
    )


class Vocabulary(dict[str | tuple[int, str], int]):
    """The chunks and words of one batch of texts, both numbered as they first occur.

    A text is split at whitespace into chunks, which is several times faster than the token
    pattern; since no token contains whitespace, the pattern can run once for each distinct chunk.
    As a dict this maps a chunk to its number and adds chunks that are new; a chunk of another
    language than the first is a pair of the language's number and the text. Words of such a
    language are kept with its number before them: :func:`split_word` takes them apart.

    >>> vocabulary = Vocabulary(ChunkAnalyser())
    >>> numbers, counts = vocabulary.numbers(["The (first-rate) café", "THE café's"])
    >>> numbers.tolist(), counts.tolist()
    ([0, 1, 2, 3, 0, 3], [4, 2])
    >>> [word.decode() for word in vocabulary.words()]
    ['the', 'first', 'rate', 'café']
    """

    def __init__(self, analyse: ChunkAnalyser) -> None:
        self._analyse = analyse
        self._flags: list[int] = []  # the sentence flags of each chunk
        #: Before which of its words sentences begin within a chunk, for those with any.
        self.inner: dict[int, tuple[int, ...]] = {}
        self._words: list[bytes] = []
        self._number_of_word: dict[bytes, int] = {}
        self._chunk_words: list[int] = []  # the word numbers of chunk 0, of chunk 1, ...
        self._chunk_offsets: list[int] = [0]  # where those of each chunk begin, and the end

    def __missing__(self, key: str | tuple[int, str]) -> int:
        tag, chunk = (0, key) if isinstance(key, str) else key
        prefix = bytes((TAG_BYTE, tag)) if tag else b""
        words, flags, inner = self._analyse(chunk, tag)
        for word in words:
            data = prefix + word.encode("utf-8", "surrogatepass")
            number = self._number_of_word.setdefault(data, len(self._words))
            if number == len(self._words):
                self._words.append(data)
            self._chunk_words.append(number)
        self._flags.append(flags)
        if inner:
            self.inner[len(self)] = inner
        self[key] = chunk_number = len(self)
        self._chunk_offsets.append(len(self._chunk_words))
        return chunk_number

    @property
    def size(self) -> int:
        """The memory that it takes, in bytes, estimated."""
        return 200 * len(self) + 300 * len(self._words)

    def words(self) -> list[bytes]:
        """The words by number, in UTF-8, with their tags."""
        return list(self._words)

    def packed_words(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """The same end to end; where each begins, and the end."""
        ends = np.cumsum([0, *map(len, self._words)], dtype=np.int64)
        return np.frombuffer(b"".join(self._words), np.uint8), ends

    def cut(
        self, texts: Sequence[str], tag: int = 0
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """The chunk numbers of all texts, which are in the language of this number, concatenated;
        the number of chunks of each text; and which of the chunks begin a paragraph, those at the
        beginning of a text left out: int32."""
        counts, starts = np.zeros(len(texts), np.int32), list[int]()
        chunks: list[str] = []
        for number, text in enumerate(texts):
            before = len(chunks)
            for paragraph in paragraphs(text):
                pieces = paragraph.split()
                if pieces and len(chunks) > before:
                    starts.append(len(chunks))
                chunks += pieces
            counts[number] = len(chunks) - before
        keys: Iterable[str | tuple[int, str]] = zip(repeat(tag), chunks) if tag else chunks
        numbers = np.fromiter(map(self.__getitem__, keys), np.int32, len(chunks))
        return numbers, counts, np.array(starts, np.int32)

    def text_units(
        self, chunks: npt.NDArray[np.int32], counts: npt.NDArray[np.int32],
        paragraphs: npt.NDArray[np.int32],
    ) -> UnitLengths:  # fmt: skip
        """The sentences and paragraphs of texts, of which :meth:`cut` gave the rest.

        >>> batch = Vocabulary(ChunkAnalyser())
        >>> cut = batch.cut(["Mr. Lee left. It rained!\\n\\nThen sun.", "Rain."])
        >>> [units.tolist() for units in batch.text_units(*cut)]
        [[3, 2, 2, 1], [2, 1, 1]]
        """
        flags = np.array(self._flags, np.uint8)[chunks]
        places = np.flatnonzero(flags & SentenceFlag.INNER)
        inner = {place: self.inner.get(int(chunks[place]), ()) for place in places.tolist()}
        return unit_lengths(counts, paragraphs, self.lengths(chunks), flags, inner)

    def expand(self, chunks: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The word numbers of these chunks, concatenated: int32, one a token."""
        chunk_words: npt.NDArray[np.int32] = np.array(self._chunk_words, np.int32)
        starts, lengths = np.array(self._chunk_offsets, np.int64)[chunks], self.lengths(chunks)
        ends = np.cumsum(lengths)
        if not len(ends) or not ends[-1]:
            return np.empty(0, np.int32)
        places = np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1])
        numbers: npt.NDArray[np.int32] = chunk_words[places]
        return numbers

    def lengths(self, chunks: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """The number of tokens in each of these chunks: int64."""
        offsets = np.array(self._chunk_offsets, np.int64)
        lengths: npt.NDArray[np.int64] = (offsets[1:] - offsets[:-1])[chunks]
        return lengths

    def numbers(
        self, texts: Sequence[str], tag: int = 0
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The word numbers of all texts, concatenated (int32), and the number of tokens of each
        text (int64)."""
        chunks, counts, _ = self.cut(texts, tag)
        offsets = np.concatenate(([0], np.cumsum(self.lengths(chunks))))
        return self.expand(chunks), np.diff(offsets[np.cumsum(counts)], prepend=0)


def split_word(word: bytes) -> tuple[int, bytes]:
    """The language's number and the text, in UTF-8, of a vocabulary's word.

    >>> split_word(b"rain"), split_word(b"\\xff\\x02pluie")
    ((0, b'rain'), (2, b'pluie'))
    """
    return (word[1], word[2:]) if word[:1] == b"\xff" else (0, word)


def prepared(texts: list[str], version: int = CURRENT_VERSION) -> list[str]:
    """The texts, prepared by the rules of a version: as :meth:`.rules.Rules.prepare` of each, but
    faster if most of them need nothing.

    >>> prepared(["rain", "<b>rain</b>"])
    ['rain', '   rain    ']
    """
    prepare = rules(version).prepare
    if not kernels.available:
        return list(map(prepare, texts))
    texts = texts.copy()
    for number in kernels.vocabulary.to_prepare(texts, ELEMENTS):
        texts[number] = prepare(texts[number])
    return texts


def vocabulary(
    version: int = CURRENT_VERSION, languages: Sequence[str] = ("",)
) -> Vocabulary | kernels.vocabulary.Vocabulary:
    """A new :class:`Vocabulary` by the rules of a version, for texts in some languages, of which
    the first should be that of most; or the compiled class of ``searchlib.kernels``, which gives
    the same results. Texts should be prepared (:meth:`.rules.Rules.prepare`).

    >>> batch = vocabulary(languages=["en", "tr"])
    >>> batch.cut(["ISPARTA"], 0)[0].tolist(), batch.cut(["ISPARTA"], 1)[0].tolist()
    ([0], [1])
    >>> [(tag, word.decode()) for tag, word in map(split_word, batch.words())]
    [(0, 'isparta'), (1, 'ısparta')]
    """
    analyse = ChunkAnalyser(version, languages)
    if kernels.available:
        return kernels.vocabulary.Vocabulary(analyse, analyse.flags)
    return Vocabulary(analyse)
