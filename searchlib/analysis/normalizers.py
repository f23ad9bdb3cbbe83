"""What the Snowball stemmers of some languages need done first: a word as written -> a word.

Each language has a tuple of small steps. Signs that a step needs but a reader does not (the hyphen
of "t-uisce", the zero-width non-joiner of Persian) are part of the word, and not of its surface
form.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["NORMALIZERS", "Step"]

Step = Callable[[str], str]


def _letters(replaced: dict[str, str]) -> Step:
    """A step that replaces letters."""
    table = str.maketrans(replaced)
    return lambda word: word.translate(table)


def _pattern(pattern: str, replacement: str) -> Step:
    """A step that replaces what a pattern matches."""
    compiled = re.compile(pattern)
    return lambda word: compiled.sub(replacement, word)


# The letters of Persian and Urdu keyboards that Arabic has others for, and the alef forms and
# endings that are written in more than one way: ArabicNormalizationFilter of Lucene.
_TO_ARABIC = {"ی": "ي", "ې": "ي", "ى": "ي", "ک": "ك", "ہ": "ه", "ە": "ه", "ۀ": "ه",
              "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا"}  # fmt: skip
_TO_PERSIAN = {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا"}

#: Language -> the steps before its stemmer.
NORMALIZERS: dict[str, tuple[Step, ...]] = {
    # "and", "so", "in", "as", "to" and the article come off first (the prefixes of Lucene's
    # ArabicStemmer): then a word with them is stemmed exactly as the bare word is. Snowball knows
    # some of them only at the beginning ("الوزير" is "وزير", but "وزير" is "زير").
    "ar": (
        _letters(_TO_ARABIC),
        _pattern("^[وف](?=(?:ال|بال|كال|لل)...)", ""),
        _pattern("^(?:[بك]ال(?=...)|ال(?=..)|لل(?=..))", ""),
    ),
    # The point between two l that are not one sound; often left out.
    "ca": (_pattern("l[·.\u2027\u2219\u22c5•]l", "ll"),),
    "fa": (_letters(_TO_PERSIAN),),
    # "na hÉireann", typed without the capital. Few Irish words begin with h and a vowel.
    "ga": (_pattern("^h-?(?=[aeiouáéíóú]...)", ""),),
    # The plurals of words in -ão, which the stemmer keeps apart: "eleições", "alemães", "mãos".
    # "Mães" is the plural of "mãe".
    "pt": (_pattern("(?:(?<=.)ões|(?<!^m)ães|(?<=.)ãos)$", "ão"),),
}
