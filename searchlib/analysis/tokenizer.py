"""The tokenizer: text -> raw tokens.

A token is a run of letters and digits, with inner apostrophes and ampersands ("O'Neill",
"AT&T"), a number with separators ("155,221", "1.03"), or dotted initials ("U.S."). Hyphens and
all other punctuation separate tokens. Each Chinese, Japanese or Korean character is a token of
its own, so that any part of a text can be found as a phrase.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["TOKEN", "prepare", "token_spans", "tokenize"]

# Characters that are a token each: kana (without the middle dot), Han with the iteration and
# closing marks, Hangul syllables, and Han beyond the Basic Multilingual Plane.
_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
)
# Combining marks that \w does not match but that belong to the letter before them: accents,
# Hebrew points, Arabic vowel signs, the vowel signs of the Indic scripts, of Thai and of Lao.
_COMBINING = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03"
    "\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd"
    "\u0c00-\u0c04\u0c3e-\u0c4d\u0c81-\u0c83\u0cbc-\u0ccd\u0d00-\u0d03\u0d3b-\u0d4d\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
)
_LETTER = rf"[^\W_{_CJK}]"
_WORD = rf"{_LETTER}+(?:[{_COMBINING}]+{_LETTER}*)*"

#: The compiled pattern of one token.
TOKEN: re.Pattern[str] = re.compile(
    # 1,234,567.89 and 3.5, not followed by a letter or digit
    rf"\d+(?:[.,]\d+)+(?!{_LETTER})"
    # U.S., U.S.A., J.K.: two or more single letters, each with a full stop
    rf"|(?:[^\W\d_{_CJK}]\.){{2,}}"
    # C++ and C#, which the next pattern would cut to "C"
    rf"|[A-Za-z](?:\+\+|\#)(?!\w)"
    # words; an inner apostrophe or ampersand does not end a word
    rf"|{_WORD}(?:['’ʼ&]{_WORD})*"
    rf"|[{_CJK}]"
)

tokenize: Callable[[str], list[str]] = TOKEN.findall
"""The raw tokens of a text, in order.

>>> tokenize("China's AT&T paid $1,250.50 in the U.S. for co-operation.")
["China's", 'AT&T', 'paid', '1,250.50', 'in', 'the', 'U.S.', 'for', 'co', 'operation']
"""


def prepare(text: str) -> str:
    """The text, of the same length, with blanks in the place of what is not text."""
    return text


def token_spans(text: str) -> list[tuple[int, int]]:
    """Where each token of a prepared text begins and ends."""
    return [match.span() for match in TOKEN.finditer(text)]
