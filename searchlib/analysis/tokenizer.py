"""The tokenizer: text -> tokens, the same in all languages.

A token is

- a word: letters and digits with the marks on them. An inner apostrophe is a part of it ("O'Neill",
  "don't"), but elided articles and the like stand apart ("l'" "économie"), and so does what is
  joined by an apostrophe to a number ("Davos" "24") or by two of them ("rock" "n" "roll");
- initials with dots ("U.S.", "e.g.") or with an ampersand ("AT&T", "R&D");
- a number with its separators ("155,221", "1.03", "5,5"); but the parts of "31.08.2022",
  "2010,2011" and "1,2,3" are tokens of their own;
- a character of Chinese, Japanese or Korean, or a letter with its marks of Thai, Lao, Khmer or
  Burmese, so that any part of a text can be found as a phrase; a picture (emoji).

Hyphens and all other punctuation separate tokens. A token never spans a blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import accumulate, pairwise

from searchlib.analysis.characters import (
    CJK,
    COMBINING,
    EMOJI,
    STACKERS,
    SYLLABIC,
    clean,
    clean_with_offsets,
)
from searchlib.analysis.markup import prepare

__all__ = [
    "GERSHAYIM",
    "elisions",
    "is_elision",
    "prepare",
    "token_pattern",
    "token_spans",
    "tokenize",
    "tokenize_parts",
    "words",
]


def _vowels() -> str:
    """The vowels of Latin script, with their accents, as the inside of a character class."""
    letters = map(chr, (*range(0x41, 0x250), *range(0x1E00, 0x1F00)))
    return "œŒæÆ" + "".join(
        letter
        for letter in letters
        if letter.isalpha() and unicodedata.normalize("NFD", letter)[0].lower() in "aeiouy"
    )


# French, Italian, Catalan and Irish words that lose their vowel before the next one.
_ELIDED = (
    "[dltmsnj]|dh|qu|lorsqu|puisqu|jusqu|quoiqu|presqu|un|gl|degl|negl|dagl|sugl|quegl|quest|sant"
    "|bell|buon|com|cos|dov|anch|neanch|nemmen|ch|perch|poich|finch|quand|tutt|mezz|nient|senz"
    "|alcun|nessun|ciascun|qualcun|cent|vent|trent|quarant|cinquant|sessant|settant|ottant|novant"
    "|sott|quattr|grand|pover|dev|ultim|prim"
)


def _pattern(letter: str, one: str, vowel: str, inner: str) -> str:
    """The tokens of a script of words, as a regular expression: ``letter`` is a letter or digit,
    ``one`` a letter with its marks, ``inner`` what goes on with a word besides letters."""
    end = r"(?!\d|[.,]\d)"
    number = (
        rf"(?=\d)(?<!\d[.,'`])(?:"
        rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?{end}|\d{{1,2}}(?:,\d\d)+,\d{{3}}(?:\.\d+)?{end}"
        rf"|\d{{1,3}}(?:\.\d{{3}})+(?:,\d+)?{end}|\d{{1,3}}(?:['`]\d{{3}})+(?:\.\d+)?{end}"
        rf"|\d+\.\d+{end}|\d+,\d{{1,3}}{end}|\d{{1,3}},\d+{end}"
        rf")(?:['`]s(?!{letter}))?"
    )
    dotted = rf"{one}(?:\.{one})+(?:\.?['`]s(?!{letter})|\.s(?!{letter})|\.?(?!{letter}))"
    joined = (
        rf"(?<![=?&])(?:{one}{one}?&{one}|{one}&{one}{one})(?:&{one}{one}?)*s?"
        rf"(?:['`]s)?(?![=&]|{letter})"
    )
    # Before a consonant the apostrophe is part of a name (N'Djamena, B'nai) or a word (c'mon); but
    # dell' and a small l' stand before any letter, as l'Fbi is read with a vowel.
    possessive = rf"(?![sS](?!{letter}))"
    elided = (
        rf"(?i:(?:{_ELIDED})['`](?={vowel}|h{vowel})"
        rf"|c['`](?={vowel})|v['`](?=[èe])|[bdm]['`](?={vowel}|fh)"
        rf"|(?:dell|nell|sull|dall|all|coll|quell)['`]{possessive}(?={letter})"
        rf")|[ld]['`]{possessive}(?={letter})|[LD]['`](?=[A-Z]{{2}})"
    )
    word = rf"{letter}+(?:(?:{inner})+{letter}*)*" if inner else f"{letter}+"
    return (
        rf"{number}|{dotted}|{joined}"
        # C++ and C#, of which the next patterns would leave "C"
        rf"|[A-Za-z](?:\+\+|\#)(?!\w)|{elided}"
        # rock'n'roll
        rf"|(?<=['`])[nN](?=['`]{letter})"
        rf"|{word}(?:['`](?![nN]['`]{letter})(?!\d){word})*"
    )


#: The sign of a Hebrew abbreviation; not the quotation mark behind a prefix, as in ב"הארץ".
GERSHAYIM = '(?<=[\u05d0-\u05ea\u05b0-\u05c7])["“”„״](?=[\u05d0-\u05ea]++(?!["“”„״]))'
_LETTER = rf"[^\W_{CJK}{SYLLABIC}]"
_ONE = rf"(?:[^\W\d_{CJK}{SYLLABIC}][{COMBINING}]*)"
_CATALAN_DOT = "(?<=[lL])·(?=[lL])"  # col·lecció
_INNER = rf"[{COMBINING}]+|{_CATALAN_DOT}|{GERSHAYIM}"


@cache
def _any_token() -> re.Pattern[str]:
    """The compiled pattern of one token, of any cleaned text. Compiling it takes a tenth of a
    second, which programs that see only Latin letters are spared."""
    return re.compile(
        rf"[{CJK}][{COMBINING}]*"
        # (the vowel am of Thai and Lao is decomposed by NFKC)
        rf"|[{SYLLABIC}](?:[{STACKERS}][{SYLLABIC}]|[{COMBINING}]"
        r"|(?<=\u0e4d)\u0e32|(?<=\u0ecd)\u0eb2)*"
        rf"|{_pattern(_LETTER, _ONE, f'[{_vowels()}]', _INNER)}"
        "|[\U0001f1e6-\U0001f1ff]{1,2}"  # flags
        rf"|[{EMOJI}][\U000e0020-\U000e007f]*"
    )


# The same for a text of ASCII, several times faster.
_ASCII_TOKEN = re.compile(_pattern("[A-Za-z0-9]", "[A-Za-z]", "[aeiouyAEIOUY]", ""), re.ASCII)
# What a text of Latin letters and the usual dashes and quotes does not have. In those there are no
# marks, no pictures and none of the other scripts that the whole pattern knows.
_BEYOND_LATIN = re.compile("[^\\0-\u024f\u2010-\u2027]")


@cache
def _latin_token() -> re.Pattern[str]:
    """The pattern of one token of a text that has nothing of ``_BEYOND_LATIN``, compiled in some
    milliseconds."""
    return re.compile(_pattern(r"[^\W_]", r"[^\W\d_]", f"[{_vowels()}]", _CATALAN_DOT))


def token_pattern(text: str) -> re.Pattern[str]:
    """The compiled pattern of one token of this text, which is cleaned.

    >>> token_pattern("été 2024").findall("été 2024")
    ['été', '2024']
    """
    if text.isascii():
        return _ASCII_TOKEN
    return _any_token() if _BEYOND_LATIN.search(text) else _latin_token()


# Most texts of English go beyond ASCII by such signs alone.
_TYPOGRAPHIC = str.maketrans({**dict.fromkeys("“”„–—…•\xa0", " "), "’": "'", "‘": "'"})


def tokenize(text: str) -> list[str]:
    """The tokens of a prepared text, cleaned, in order.

    >>> tokenize("China's AT&T paid $1,250.50 in the U.S. for co-operation.")
    ["China's", 'AT&T', 'paid', '1,250.50', 'in', 'the', 'U.S.', 'for', 'co', 'operation']
    >>> tokenize("L’économie, Qur'an, ไทย")
    ["L'", 'économie', "Qur'an", 'ไ', 'ท', 'ย']
    """
    plain = text if text.isascii() else text.translate(_TYPOGRAPHIC)
    cleaned = plain if plain.isascii() else clean(text)
    tokens: list[str] = token_pattern(cleaned).findall(cleaned)
    return tokens


def token_spans(text: str) -> list[tuple[int, int]]:
    """Where each token of :func:`tokenize` begins and ends in the prepared text.

    >>> token_spans("l’in\\xadfo, ﬁn")
    [(0, 2), (2, 7), (9, 11)]
    """
    cleaned, offsets = clean_with_offsets(text)
    spans = [match.span() for match in token_pattern(cleaned).finditer(cleaned)]
    if offsets is None:
        return spans
    return [(offsets[start], max(offsets[end], offsets[end - 1] + 1)) for start, end in spans]


def tokenize_parts(parts: list[str]) -> list[list[str]]:
    """The tokens of a prepared text, as :func:`tokenize` finds them in the whole of it, by the
    parts in which they begin. Each part but the last ends with a sign that is in no token.

    >>> tokenize_parts(["晴。", "R&D"])
    [['晴'], ['R&D']]
    """
    # No mark makes another character of such a sign, so that each part is cleaned by itself.
    cleaned = clean("\n".join(parts)).split("\n")
    text = "".join(cleaned)
    find, ends = token_pattern(text).findall, list(accumulate(map(len, cleaned)))
    return [find(text, start, end) for start, end in zip([0, *ends], ends, strict=False)]


def words(text: str) -> list[str]:
    """The tokens of any text.

    >>> words("<b>R&amp;D</b> in the U.S.")
    ['R&D', 'in', 'the', 'U.S.']
    """
    return tokenize(prepare(text))


def is_elision(token: str) -> bool:
    """Whether a token is an elided article or the like, which stands before its word.

    >>> is_elision("l'"), is_elision("O'Neill")
    (True, False)
    """
    return token.endswith(("'", "`", "’"))


def elisions(tokens: Sequence[str]) -> int:
    """How many of the first tokens are elided articles and the like before a word. A capital
    before a capital is part of a name (D'Angelo).

    >>> elisions(["L'", "école"]), elisions(["l'", "ONU"]), elisions(["D'", "Angelo"])
    (1, 1, 0)
    """
    count = 0
    for token, following in pairwise(tokens):
        if not is_elision(token) or not (token.islower() or following[0].islower()):
            break
        count += 1
    return count
