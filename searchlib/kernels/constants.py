"""The numbers that the compiled kernels share with Python: parts of the file format, and limits.

They stand here only. ``setup.py`` passes them to the C compiler as macros (``SL_`` and the name;
``constants.pxd`` declares them to Cython), and each compiled module keeps the :func:`fingerprint`
of those that it was built with. :mod:`searchlib.kernels` refuses to use modules whose fingerprint
differs, which are left over from an older build.
"""

from __future__ import annotations

import zlib
from enum import IntEnum, IntFlag
from typing import Final

__all__ = [
    "BLOCK_MAX_MARGIN",
    "BLOCK_MAX_STEPS",
    "BYTE_EXCEPTION",
    "FORM_WIDTHS",
    "LEAST_BITSET_FREQ",
    "MAX_BITSET_WORDS",
    "MAX_BLOCK",
    "MAX_CHILDREN",
    "MAX_LIST_BITSET_WORDS",
    "OFFSETS_BLOCK",
    "TWELVE_BIT_EXCEPTION",
    "SentenceFlag",
    "Sketch",
    "ValueCheck",
    "WatchCode",
    "WordRule",
    "fingerprint",
    "macros",
]

# The file format: a change makes it another one.

#: Offsets in a block (:mod:`searchlib.codec.offsets`).
OFFSETS_BLOCK: Final = 32
#: In packed bytes, the value that stands for an exception (:mod:`searchlib.codec.packed_ints`).
BYTE_EXCEPTION: Final = 255
#: In packed 12-bit integers, the value from which on they are exceptions.
TWELVE_BIT_EXCEPTION: Final = 0xF00
#: Bits of a surface form's number. The kind of a term is 0 if it has one form, else from 1 on
#: the place of its width here: 8 or fewer forms a byte, or (the last) two bytes a form.
FORM_WIDTHS: Final = (1, 2, 4, 8, 16)
#: Documents in a block of a dense term: a document's place in it is a byte.
MAX_BLOCK: Final = 256
#: Steps of a block-max score, which is a byte.
BLOCK_MAX_STEPS: Final = 255
#: Added before a block-max score is rounded up, in steps: more than floating point can lose.
BLOCK_MAX_MARGIN: Final = 1e-6

# Limits.

#: Children of a compiled plan node.
MAX_CHILDREN: Final = 64
#: Position bitsets are made of a term that its documents have so often on average, and if they take
#: at most so many words of 64 bits an occurrence, and so many for a list (4 MB): else they are
#: large for what they save, and push other lists out of the cache.
LEAST_BITSET_FREQ: Final = 3
MAX_BITSET_WORDS: Final = 2
MAX_LIST_BITSET_WORDS: Final = 1 << 19


class ValueCheck(IntEnum):
    """How a record's value is checked to be in its canonical form (``records.RowReader``)."""

    #: The schema's key: a label of bounded length.
    KEY = 0
    #: Text that is searched: without control characters.
    TEXT = 1
    #: A keyword: its words separated by single blanks.
    LABEL = 2
    #: A list of keywords, none twice.
    LABELS = 3
    #: A date, or a date and a time to the second.
    DATE = 4
    #: Any stored value: text, list of texts, integer or boolean.
    STORED = 5
    STORED_TEXT = 6
    STORED_TEXTS = 7
    #: Needs a closer look than the kernel gives.
    NEVER = 8


class WordRule(IntFlag):
    """What sets the words of a language apart (``vocabulary.Vocabulary``)."""

    #: The rules of version 1: they are the same in all languages.
    VERSION_1 = 1
    #: 3.500 is three and a half thousand.
    DECIMAL_COMMA = 2
    #: The small letter of I is ı.
    DOTLESS = 4
    #: A small letter may stand before a word's capital.
    IRISH = 8


class Sketch(IntEnum):
    """What is kept of a text to find its near copies (:mod:`searchlib.codec.story_sketches`), and
    how they are looked for."""

    #: Levels of shingles.
    LEVELS = 6
    #: Bits that are kept of the hash of a shingle, and of a name.
    HASH_BITS = 9
    NAME_BITS = 12
    #: Shingles that a text has at least of a level, for that to be its rate; one for so many words
    #: of a short text and of others, which have so many words or more; and how many are enough.
    LEAST_SHINGLES = 8
    WORDS_A_SHINGLE_SHORT = 9
    WORDS_A_SHINGLE = 5
    LONG_TEXT = 120
    ENOUGH_SHINGLES = 160
    #: Shingles that are kept at most.
    MOST_SHINGLES = 255
    #: Names and numbers that are kept at most.
    MOST_NAMES = 48
    #: Words of a text that are looked at.
    MOST_WORDS = 6000
    #: Words that a text has at least.
    FEWEST_WORDS = 8
    #: Shingles, and names, that two texts share at least to be compared by them.
    LEAST_SHARED = 3
    #: Of so many shingles that one or the other text has candidates share one.
    SHINGLES_A_SHARED = 10
    #: Articles that have a shingle, beyond which it is boilerplate.
    COMMON = 200


class Letter(IntEnum):
    """What a character beyond ASCII is to the rules of words and sentences: the upper three bits of
    its entry in a table of letters (:func:`searchlib.analysis.characters.letter_table`)."""

    #: Letters, with the small letter in the lower bits.
    SMALL = 1
    CAPITAL = 2
    CASELESS = 3
    #: A sign between words, with a sign of ASCII in the lower bits that is the same to sentences.
    SIGN = 4
    #: An apostrophe in words, and to sentences that sign.
    APOSTROPHE = 5
    #: The table has entries for the characters below.
    LIMIT = 0x2040


class WatchCode(IntEnum):
    """What a step of a standing query's program does with the bits of a leaf, or, where that is 0,
    with those that were pushed last (:mod:`searchlib.watches.programs`)."""

    PUSH = 0
    AND = 1
    OR = 2
    AND_NOT = 3


class SentenceFlag(IntFlag):
    """What a blank-separated piece of text does to the sentences around it."""

    #: A sentence ends with it, unless a small letter follows.
    MAY_END = 1
    #: A sentence ends with it.
    ENDS = 2
    #: It begins with a small letter.
    SMALL = 4
    #: Sentences begin within it.
    INNER = 8


def macros() -> dict[str, str]:
    """The C macros that the kernels are compiled with.

    >>> macros()["SL_OFFSETS_BLOCK"], macros()["SL_CHECK_DATE"]
    ('32', '4')
    """
    defined: dict[str, int | float] = {
        "OFFSETS_BLOCK": OFFSETS_BLOCK,
        "BYTE_EXCEPTION": BYTE_EXCEPTION,
        "TWELVE_BIT_EXCEPTION": TWELVE_BIT_EXCEPTION,
        "FORM_WIDTH_CLASSES": len(FORM_WIDTHS),
        "MAX_BLOCK": MAX_BLOCK,
        "BLOCK_MAX_STEPS": BLOCK_MAX_STEPS,
        "BLOCK_MAX_MARGIN": BLOCK_MAX_MARGIN,
        "MAX_CHILDREN": MAX_CHILDREN,
        "LEAST_BITSET_FREQ": LEAST_BITSET_FREQ,
        "MAX_BITSET_WORDS": MAX_BITSET_WORDS,
        "MAX_LIST_BITSET_WORDS": MAX_LIST_BITSET_WORDS,
        **{f"CHECK_{check.name}": check.value for check in ValueCheck},
        **{f"RULE_{rule.name}": rule.value for rule in WordRule},
        **{f"LETTER_{kind.name}": kind.value for kind in Letter},
        **{f"SENTENCE_{flag.name}": flag.value for flag in SentenceFlag},
        # Two of them may have the same value.
        **{f"SKETCH_{name}": number.value for name, number in Sketch.__members__.items()},
        **{f"WATCH_{code.name}": code.value for code in WatchCode},
    }
    defined["CONSTANTS"] = zlib.crc32(repr(sorted(defined.items())).encode()) & 0x7FFF_FFFF
    return {f"SL_{name}": repr(value) for name, value in defined.items()}


def fingerprint() -> int:
    """A checksum of all constants, which the compiled modules have as ``CONSTANTS``.

    >>> fingerprint() == int(macros()["SL_CONSTANTS"])
    True
    """
    return int(macros()["SL_CONSTANTS"])
