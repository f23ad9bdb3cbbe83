"""Makes the sketches of texts that were cut: :mod:`searchlib.codec.story_sketches` says what they
are.

:func:`sketch` is the Python implementation of ``searchlib.kernels.stories.sketch``, which gives the
same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.analysis.vocabulary import Vocabulary, split_word
from searchlib.codec.story_sketches import StorySketches, rates_of
from searchlib.index.inverter import ChunkedTexts
from searchlib.kernels.constants import Sketch

__all__ = ["sketch", "sketch_texts", "title_hash"]

_OPENING = b"\"'([$"
_WORD = (1 << 64) - 1

#: shingles, levels (a row a document), names, how many names: as in StorySketches.
_Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


def sketch_texts(
    vocabulary: Any, batches: Sequence[ChunkedTexts], titles: Sequence[int]
) -> StorySketches:
    """The sketches of texts, cut into chunks of a vocabulary; ``titles`` are their hashes."""
    words = vocabulary.words()
    if b"\xff" in b"".join(words):
        words = [split_word(word)[1] for word in words]
    compiled = kernels.available and isinstance(vocabulary, kernels.vocabulary.Vocabulary)
    make: Any = kernels.stories.sketch if compiled else sketch
    hashes = np.append(_word_hashes(words), np.uint64(0))  # never empty
    arrays: _Arrays = make(vocabulary, list(batches), hashes, _have_digits(words))
    shingles, levels, names, name_counts = arrays
    return StorySketches(shingles, levels, names, name_counts, np.array(titles, np.uint16))


def title_hash(title: str) -> int:
    """13 bits of a title, the same whatever its case and blanks; 0 for none.

    >>> title_hash("Rain in Oslo ") == title_hash("RAIN IN  OSLO"), title_hash(" ")
    (True, 0)
    """
    words = title.casefold().split()
    if not words:
        return 0
    return crc32(" ".join(words).encode("utf-8", "surrogatepass")) % 0x1FFF + 1


def _have_digits(words: Sequence[bytes]) -> npt.NDArray[np.uint8]:
    """Whether each word has a digit, and a 0 more at the end: uint8."""
    letters = np.frombuffer(b" ".join([*words, b""]) or b" ", np.uint8)
    is_digit = letters - np.uint8(48) < 10
    ends = np.cumsum([len(word) + 1 for word in words], dtype=np.int64)
    starts = np.append(0, ends[:-1]) if len(ends) else ends
    found = np.bitwise_or.reduceat(is_digit, starts) if len(starts) else is_digit[:0]
    return np.append(found, False).astype(np.uint8)


def _word_hashes(words: Sequence[bytes]) -> npt.NDArray[np.uint64]:
    """A hash of each word: uint64. Words of the same CRC-32 have the same one."""
    hashes = np.array([crc32(word) for word in words], np.uint64) + np.uint64(1)
    hashes ^= hashes >> np.uint64(30)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    hashes ^= hashes >> np.uint64(27)
    hashes *= np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


def sketch(
    vocabulary: Vocabulary, parts: Sequence[ChunkedTexts], word_hashes: npt.NDArray[np.uint64],
    has_digit: npt.NDArray[np.uint8],
) -> _Arrays:  # fmt: skip
    """The arrays of :class:`StorySketches` but for the titles, of texts that were cut; each word
    has a hash, and whether it has a digit."""
    chunks = list(vocabulary)
    capital = [_is_capital((key if isinstance(key, str) else key[1]).encode("utf-8", "replace"))
               for key in chunks]  # fmt: skip
    hashes, digits = word_hashes.tolist(), has_digit.tolist()
    rows = []
    for numbers, counts in parts:
        expanded = vocabulary.expand(numbers).tolist()
        is_capital = np.repeat(np.array(capital, bool)[numbers], vocabulary.lengths(numbers))
        chunk_ends = np.append(0, np.cumsum(vocabulary.lengths(numbers)))
        ends = chunk_ends[np.cumsum(counts)].tolist()
        for start, end in zip([0, *ends], ends, strict=False):
            words, are_names = expanded[start:end], is_capital[start:end].tolist()
            small = {word for word, name in zip(words, are_names, strict=True) if not name}
            rows.append(
                _sketch_one(
                    [
                        (hashes[word], bool(digits[word]) or (name and word not in small))
                        for word, name in zip(words, are_names, strict=True)
                    ]
                )
            )
    return (
        np.array([value for row in rows for value in row[0]], np.uint16),
        np.array([row[1] for row in rows], np.uint8).reshape(len(rows), int(Sketch.LEVELS)),
        np.array([value for row in rows for value in row[2]], np.uint16),
        np.array([len(row[2]) for row in rows], np.uint8),
    )


def _sketch_one(words: list[tuple[int, bool]]) -> tuple[list[int], list[int], list[int]]:
    levels = [0] * Sketch.LEVELS
    if len(words) < Sketch.FEWEST_WORDS:
        return [], levels, []
    rate = int(rates_of(np.array([len(words)]))[0])
    words = words[: Sketch.MOST_WORDS]
    chosen = set()
    for (first, _), (second, _), (third, _) in zip(words, words[1:], words[2:], strict=False):
        value = _shingle(first, second, third)
        level = min(64 - value.bit_length(), Sketch.LEVELS - 1)
        if level >= rate:
            chosen.add((Sketch.LEVELS - 1 - level, value & (1 << Sketch.HASH_BITS) - 1))
    in_order = sorted(chosen)[: Sketch.MOST_SHINGLES]
    for group, _ in in_order:
        levels[group] += 1
    names = sorted({value >> 64 - Sketch.NAME_BITS for value, is_name in words if is_name})
    names = names[: Sketch.MOST_NAMES]
    return [value for _, value in in_order], levels, names


def _shingle(first: int, second: int, third: int) -> int:
    """A hash of three words in a row, by theirs: 64 bits."""
    value = first ^ _turned(second, 21) ^ _turned(third, 42)
    value = value * 0xBF58476D1CE4E5B9 & _WORD
    value ^= value >> 32
    value = value * 0x94D049BB133111EB & _WORD
    return value ^ (value >> 29)


def _turned(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _WORD


def _is_capital(chunk: bytes) -> bool:
    """Whether a chunk begins with a capital letter of ASCII, Latin-1, Greek or Cyrillic, after
    quotes, brackets and signs of money.

    >>> _is_capital(b"Oslo,"), _is_capital(b"(oslo)"), _is_capital("Öl".encode())
    (True, False, True)
    """
    text = chunk.lstrip(_OPENING)[:2]
    if not text:
        return False
    if b"A" <= text[:1] <= b"Z":
        return True
    first, second = text[0], text[1] if len(text) > 1 else 0
    return (
        (first == 0xC3 and 0x80 <= second <= 0x9E)
        or (first == 0xCE and 0x86 <= second <= 0xAB)
        or (first == 0xD0 and 0x80 <= second <= 0xAF)
    )
