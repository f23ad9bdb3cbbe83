"""The tokenizer: text -> tokens, as written.

Letters and digits in a row are a token, with inner apostrophes and ampersands ("O'Neill",
"AT&T"); numbers with separators ("155,221", "1.03") and dotted initials ("U.S.") stay whole;
hyphens and other signs separate. Chinese, Japanese and Korean characters are a token each, so
that any part of a text is found as a phrase of its characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["TOKEN", "tokenize"]

# Written one character a token: kana (without the dot between names), Han and the signs that
# repeat one or stand for one, Hangul syllables, and the Han of the other planes.
_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
)
# Marks that \w leaves out but that belong to the letter before them: combining accents, Hebrew
# points, Arabic vowel signs, the vowel signs of the Indic scripts, Thai and Lao.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03"
    "\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd"
    "\u0c00-\u0c04\u0c3e-\u0c4d\u0c81-\u0c83\u0cbc-\u0ccd\u0d00-\u0d03\u0d3b-\u0d4d\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
)
_LETTER = rf"[^\W_{_CJK}]"
_WORD = rf"{_LETTER}+(?:[{_MARKS}]+{_LETTER}*)*"

#: The pattern of one token, compiled.
TOKEN: re.Pattern[str] = re.compile(
    # 1,234,567.89 and 3.5, not followed by a letter or digit
    rf"\d+(?:[.,]\d+)+(?!{_LETTER})"
    # U.S., U.S.A., J.K.: single letters with a stop after each
    rf"|(?:[^\W\d_{_CJK}]\.){{2,}}"
    # C++ and C#, which would lose their sign
    rf"|[A-Za-z](?:\+\+|\#)(?!\w)"
    # words; inner apostrophes and ampersands hold a word together
    rf"|{_WORD}(?:['’ʼ&]{_WORD})*"
    rf"|[{_CJK}]"
)

tokenize: Callable[[str], list[str]] = TOKEN.findall
"""The raw tokens of a text, in order, as written.

>>> tokenize("China's AT&T paid $1,250.50 in the U.S. for co-operation.")
["China's", 'AT&T', 'paid', '1,250.50', 'in', 'the', 'U.S.', 'for', 'co', 'operation']
"""
