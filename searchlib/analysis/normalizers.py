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


# The letters of Persian and Urdu keyboards that Arabic has others for, and the other way round. The
# stemmer itself knows the forms of alef.
_TO_ARABIC = {"ی": "ي", "ې": "ي", "ک": "ك", "ہ": "ه", "ە": "ه", "ۀ": "ه"}
_TO_PERSIAN = {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا"}
# A nasal before a consonant of its own place, which most now write as anusvara: "हिन्दी", "हिंदी";
# IndicNormalizationFilter and HindiNormalizationFilter of Lucene.
_HINDI_NASAL = "ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ])|ँ"

#: Language -> the steps before its stemmer.
NORMALIZERS: dict[str, tuple[Step, ...]] = {
    # Of the prefixes of Lucene's ArabicStemmer, "and" and "so" come off, and "in the", "as the" and
    # "to the" become the article, which tells the stemmer that it has a noun. Without the article
    # it takes the w of short nouns for "and": so it does with it, "الوزير" is as "وزير".
    "ar": (
        _letters(_TO_ARABIC),
        _pattern("^[وف](?=(?:ال|بال|كال|لل)...)", ""),
        _pattern("^(?:[بك]ال(?=...)|لل(?=..))", "ال"),
        _pattern("^ال(?=و...ة?$)", ""),
    ),
    # The point between two l that are not one sound; often left out.
    "ca": (_pattern("l·l", "ll"),),
    # Plurals of words in -z have a c ("juez", "jueces"); nouns in -dad are no imperatives.
    "es": (_pattern("(?<=..)z$", "c"), _pattern("dades$", "dad")),
    "fa": (_letters(_TO_PERSIAN),),
    # What comes before a vowel: "an t-uisce", "na hÉireann", also in small letters for h, with
    # which few Irish words begin. The apostrophe is of words written with a capital ("tAontas").
    "ga": (_pattern("^(?:[hnt]'|h(?=[aeiouáéíóú]...))", ""),),
    "hi": (_pattern(_HINDI_NASAL, "ं"),),
    # Plurals that the stemmer keeps apart: of words in -ão ("eleições", "alemães", "mãos", but
    # "mães" is of "mãe"), -m ("homens"), -l ("jornais", "papéis", "espanhóis", "níveis") and
    # unstressed -il ("fáceis", "fácil"). Behind other letters, -ais is as often of a verb.
    "pt": (
        _pattern("(?:(?<=.)ões|(?<!^m)ães|(?<=.)ãos)$", "ão"),
        _pattern("(?<=[eéiou])ns$", "m"),
        _pattern("(?<=..[cinru])ais$", "al"),
        _pattern("(?<=..)éis$", "el"),
        _pattern("(?<=..)(?<!er)óis$", "ol"),
        _pattern("([áâéêíóôú][^aeiouáâéêíóôú]{1,2})(?:eis|il)$", r"\1el"),
    ),
    # "ministru", of which the article leaves "ministr".
    "ro": (_pattern("(?<=[bcdfglmnprsștțvz][rl])u$", ""),),
    # The article of nouns in -a: "skolan", "skolans".
    "sv": (_pattern("(?<=...[bcdfgklnpstv])ans?$", "a"),),
}
