"""Where the sentences and paragraphs of a text begin, counted in its words.

A sentence ends with . ! ? or … before a blank and no small letter, unless the word is an
abbreviation; with 。！？; and with its paragraph. Paragraphs are parted by empty lines or begin
with an indent; in a text that has neither, each line is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from searchlib.analysis.tokenizer import tokenize

__all__ = ["begins"]

_BREAK = re.compile(r"\n[ \t\r\u3000]*\n\s*|\n(?=[ \t]{2,}\S|\t|\u3000)")
_LINE = re.compile(r"\n+")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[”’」』）]*")
_NEXT = re.compile(r"\s+[\"'“‘«(\[]*(.)", re.DOTALL)
_LAST = re.compile(r"[\"'“‘«(\[]*(\S+)\Z")
_ABBREVIATIONS = frozenset(
    (
        *("mr", "mrs", "ms", "dr", "prof", "gen", "col", "maj", "capt", "lt", "sgt", "sen", "rep"),
        *("gov", "pres", "rev", "hon", "st", "jr", "sr", "messrs", "mt", "ft", "ave", "blvd"),
        *("inc", "corp", "co", "ltd", "bros", "dept", "vs", "etc", "no", "nos", "fig", "approx"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        *("est", "mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    )
)


def begins(text: str, unit: str) -> list[int]:
    """The number of the first word of each "sentence" or "paragraph" that has one.

    >>> begins("Mr. Lee left. It rained! Then sun.", "sentence")
    [0, 3, 5]
    >>> begins("One line\\nof text.\\n\\nAnother.", "paragraph")
    [0, 4]
    """
    made: list[int] = []
    at = 0
    for piece in _pieces(text, unit):
        count = len(tokenize(piece))
        if count:
            made.append(at)
            at += count
    return made


def _pieces(text: str, unit: str) -> Iterator[str]:
    pattern = _BREAK if _BREAK.search(text) else _LINE
    for paragraph in pattern.split(text):
        if unit == "paragraph":
            yield paragraph
        else:
            yield from _sentences(paragraph)


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for match in _END.finditer(text):
        if match[0][0] in ".…" and not _ends(text, match):
            continue
        yield text[start : match.end()]
        start = match.end()
    yield text[start:]


def _ends(text: str, match: re.Match[str]) -> bool:
    """Whether a full stop ends its sentence."""
    following = _NEXT.match(text, match.end())
    if following is not None and following[1].islower():
        return False
    if match[0][0] != "." or match[0][1:2] == ".":
        return True
    before = _LAST.search(text, max(0, match.start() - 24), match.start())
    if before is None:
        return True
    word = before[1]
    if len(word) == 1 and word.isupper() and word != "I":
        return False  # an initial
    return word.lower() not in _ABBREVIATIONS
