"""Characters: one spelling for those that are the same to readers, and the classes of them that
the tokenizer knows.

:func:`clean` brings a text into compatibility form (NFKC, Unicode Standard Annex 15), so that
composed, decomposed, half-width and full-width letters and ligatures are one, and further

- leaves out signs that nobody sees (soft hyphen, zero-width signs, byte order and direction
  marks, variation selectors) or that only decorate (tatweel, skin tones, enclosing marks);
- writes all signs that serve as an apostrophe as ``'``, and all decimal digits as 0 to 9.

Fractions such as ½ stay: "1⁄2" would be two words. A ™ is no letter.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from functools import cache, lru_cache

from searchlib.kernels.constants import Letter

__all__ = [
    "APOSTROPHES",
    "CJK",
    "COMBINING",
    "EMOJI",
    "INVISIBLE",
    "STACKERS",
    "SYLLABIC",
    "clean",
    "clean_with_offsets",
    "letter_table",
]

# The blocks of 256 characters, by number, in which there are combining marks.
_COMBINING_BLOCKS = """
    3 4 5 6 7 8 9 a b c d e f 10 13 17 18 19 1a 1b 1c 1d 20 2c 2d 30 a6 a8 a9 aa ab fb fe 101 102
    103 10a 10d 10e 10f 110 111 112 113 114 115 116 117 118 119 11a 11b 11c 11d 11e 11f 134 161 16a
    16b 16f 1bc 1cf 1d1 1d2 1da 1e0 1e1 1e2 1e4 1e5 1e6 1e8 1e9
"""
#: Signs that neither separate nor count, as the inside of a character class. Some are marks or
#: letters by their category.
INVISIBLE = (
    "\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0100-\U000e01ef"
    "\u0488\u0489\u1abe\u20dd-\u20e0\u20e2-\u20e4\ua670-\ua672"  # enclosing marks
    "\U0001f3fb-\U0001f3ff"  # skin tones
)


def _ranges(codes: list[int]) -> str:
    """Sorted code points as the inside of a regular expression's character class."""
    parts: list[str] = []
    first = last = codes[0]
    for code in [*codes[1:], -1]:
        if code != last + 1:
            parts.append(chr(first) if first == last else f"{chr(first)}-{chr(last)}")
            first = code
        last = code
    return "".join(parts)


def _combining() -> str:
    """The marks that are a part of the letter before them: accents, vowel signs, points."""
    is_invisible = re.compile(f"[{INVISIBLE}]").match
    category = unicodedata.category
    return _ranges(
        [
            code
            for block in _COMBINING_BLOCKS.split()
            for code in range(int(block, 16) << 8, (int(block, 16) + 1) << 8)
            if category(chr(code)) in ("Mn", "Mc") and not is_invisible(chr(code))
        ]
    )


# The following are the insides of character classes, for cleaned texts.

#: Combining marks.
COMBINING = _combining()
#: Characters that are a token each: kana (without the middle dot), Han with the iteration and
#: closing marks, Hangul syllables, Tangut, Khitan and Nushu, and Han beyond the basic plane.
CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00017000-\U00018d8f"
    "\U0001aff0-\U0001b2ff\U00020000-\U0003ffff"
)
#: Letters of scripts that write words without blanks between them, where a letter with its marks
#: is a token: Thai, Lao, Burmese, Khmer, Tai Le, New Tai Lue, Tai Tham, Javanese, Tai Viet.
SYLLABIC = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081"
    "\u108e\u1780-\u17b3\u17d7\u17dc\u1950-\u1974\u1980-\u19ab\u19b0-\u19c9\u1a20-\u1a54\u1aa7"
    "\ua984-\ua9b2\ua9cf\ua9e0-\ua9e4\ua9e6-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa76\uaa7a\uaa7e-\uaaaf"
    "\uaab1\uaab5\uaab6\uaab9-\uaabd\uaac0\uaac2\uaadb-\uaadd"
)
#: The signs that put the next consonant below this one.
STACKERS = "\u1039\u17d2\u1a60\ua9c0"
#: Pictures that are a token each, as in UTS 51; no arrows, shapes and other signs of text.
EMOJI = (
    "\u231a\u231b\u23e9-\u23f3\u23f8-\u23fa\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620"
    "\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663"
    "\u2665\u2666\u2668\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa"
    "\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea"
    "\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714\u2716\u271d\u2721"
    "\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27b0"
    "\u27bf\u2b50\u2b55\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e"
    "\U0001f300-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0"
    "\U0001f900-\U0001f9ff\U0001fa70-\U0001faff"
)

#: Signs that serve as an apostrophe, besides ' itself.
APOSTROPHES = "’‘‛`´′ʹʻʼʽʾʿˈ׳՚ꞌꞋߴߵ᾽᾿"
_SAME = str.maketrans(
    {**dict.fromkeys(APOSTROPHES, "'"), "״": '"', "٫": ".", "٬": ",", "‧": "·", "·": "·"}
)
# Not to be decomposed: what they become.
_UNDECOMPOSED: dict[str, str] = {
    **{fraction: fraction for fraction in "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞↉"},
    "™": " ", "℠": " ", "№": " No ", "´": "'", "᾽": "'", "᾿": "'",
}  # fmt: skip
_UNDECOMPOSED_SIGN = re.compile(f"([{''.join(_UNDECOMPOSED)}])")
_INVISIBLE_SIGN = re.compile(f"[{INVISIBLE}]+")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_SPECIAL = re.compile(
    rf"[{INVISIBLE}{''.join(map(chr, _SAME))}{''.join(_UNDECOMPOSED)}]|{_OTHER_DIGIT.pattern}"
)


def clean(text: str) -> str:
    """The text in compatibility form, without invisible signs, with one sign for apostrophes and
    one script for digits. Cleaning it again changes nothing.

    >>> clean("o\\xadﬃce １２３ ٢٠٢٢ O’Neill ½")
    "office 123 2022 O'Neill ½"
    """
    if text.isascii():
        return text.replace("`", "'")
    if unicodedata.is_normalized("NFKC", text) and _SPECIAL.search(text) is None:
        return text
    text = _INVISIBLE_SIGN.sub("", text)
    if _UNDECOMPOSED_SIGN.search(text):
        parts = _UNDECOMPOSED_SIGN.split(text)
        parts[1::2] = [_UNDECOMPOSED[sign] for sign in parts[1::2]]
        parts[::2] = [unicodedata.normalize("NFKC", part) for part in parts[::2]]
        text = "".join(parts)
    else:
        text = unicodedata.normalize("NFKC", text)
    # Compatibility forms of Arabic letters hold a tatweel.
    text = _INVISIBLE_SIGN.sub("", text).translate(_SAME)
    return _OTHER_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)


_clean_character = lru_cache(maxsize=4096)(clean)


def clean_with_offsets(text: str) -> tuple[str, list[int] | None]:
    """The cleaned text, and for each of its characters, and its end, where the character of the
    text begins that it comes from; None if all are in their places.

    >>> clean_with_offsets("o\\xadﬃce")
    ('office', [0, 2, 2, 2, 3, 4, 5])
    """
    cleaned = clean(text)
    if text.isascii() or cleaned == text:
        return cleaned, None
    pieces = [_clean_character(character) for character in text]
    starts = list(range(len(text)))
    if "".join(pieces) != cleaned:
        pieces, starts = _units(text)
    if all(len(piece) == 1 for piece in pieces) and len(pieces) == len(text):
        return cleaned, None
    offsets = [start for piece, start in zip(pieces, starts, strict=True) for _ in piece]
    return cleaned, [*offsets, len(text)]


def _units(text: str) -> tuple[list[str], list[int]]:
    """The text in parts that can be cleaned by themselves, cleaned, and where each begins."""
    pieces: list[str] = []
    starts: list[int] = []
    for at, character in enumerate(text):
        alone = _clean_character(character)
        if pieces:
            joined = clean(text[starts[-1] : at + 1])
            # An invisible sign waits for what follows: it may stand between a letter and its mark.
            if joined != pieces[-1] + alone or not alone:
                pieces[-1] = joined
                continue
        pieces.append(alone)
        starts.append(at)
    return pieces, starts


# Blocks that have characters which the compiled vocabulary knows: alphabets, and punctuation.
_TABLE_BLOCKS = ((0x80, 0x590), (0x600, 0x700), (0x1E00, 0x1F00), (0x2010, 0x2028))
# The marks of quotations, and a sign of ASCII that stands where they stand at a sentence's end.
_QUOTES = {"“": "(", "«": "(", "”": ")", "»": ")", "„": "-"}
_SINGLE_QUOTES = {"‘": "(", "’": ")"}
_SENTENCE_SIGNS = "….؟۔։՞՜"
_SMALL_LETTERS = 13  # bits


@cache
def letter_table() -> bytes:
    """What the characters beyond ASCII are to the compiled vocabulary: a uint16 for each, in the
    machine's byte order (:class:`~searchlib.kernels.constants.Letter`). It is 0 for those that the
    Python form must see: with marks, of other forms, digits, ends of sentences, and in alphabets
    that it does not have.

    >>> import numpy
    >>> hex(numpy.frombuffer(letter_table(), "uint16")[ord("É")]), hex(ord("é"))
    ('0x40e9', '0xe9')
    """
    table = array("H", bytes(2 * Letter.LIMIT))
    for first, end in _TABLE_BLOCKS:
        for code in range(first, end):
            kind, lower = _letter(chr(code))
            table[code] = kind << _SMALL_LETTERS | ord(lower)
    return table.tobytes()


def _letter(character: str) -> tuple[int, str]:
    """The kind of a character (0: not known) and the letter or sign that goes with it."""
    if character in _QUOTES:
        return Letter.SIGN, _QUOTES[character]
    if character in _SINGLE_QUOTES:
        return Letter.APOSTROPHE, _SINGLE_QUOTES[character]
    if character in _SENTENCE_SIGNS or character == "·" or clean(character) != character:
        return 0, "\0"
    category, lower = unicodedata.category(character), character.lower()
    if category[0] in "PSC" and not character.isspace():
        return Letter.SIGN, "-"
    # A capital sigma has two small letters; others have several, or of another form.
    if character == "Σ" or clean(lower) != lower or len(lower.encode()) > len(character.encode()):
        return 0, "\0"
    letter = {"Ll": Letter.SMALL, "Lu": Letter.CAPITAL, "Lo": Letter.CASELESS}.get(category)
    return (letter, lower) if letter is not None and len(lower) == 1 else (0, "\0")
