"""Sentence and paragraph boundaries of a text, by token number.

A sentence ends with . or … before a space that no lower-case letter follows, unless the dot ends
an abbreviation or an initial; with ! or ? before a space; with the full stops and question marks
of other scripts (。 । ؟ ። and the like), which nothing need follow; and with its paragraph. In
Thai and Lao, which have none, it is the paragraph. Paragraphs are separated by empty lines or begin
with an indent; in a text that has neither, each line is a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from searchlib.analysis.rules import CURRENT_VERSION, rules
from searchlib.kernels.constants import SentenceFlag

__all__ = ["ABBREVIATIONS", "TextUnit", "paragraphs", "sentences_around", "tokens_and_units",
           "unit_starts"]  # fmt: skip

TextUnit = Literal["sentence", "paragraph"]

_PARAGRAPH_BREAK = re.compile(r"\n[ \t\r\u3000]*\n\s*|\n(?=[ \t]{2,}\S|\t|\u3000)")
_LINE_BREAK = re.compile(r"\n+")
# Chinese and Japanese, Arabic and Urdu, Indic, Armenian, Ethiopic, Burmese, Khmer, Tibetan.
_FULL_STOPS = "。！？｡．؟۔।॥։።፧፨။៕។༎"
_SENTENCE_END = re.compile(rf"[.!?…]+[\"'”’»)\]]*(?=\s)|[{_FULL_STOPS}]+[”’」』）»)\"]*|།(?=\s)")
_STOP = re.compile(f"[.!?…{_FULL_STOPS}།]")
_OPENING = "\"'“‘«(["
# As plain numbers, which are added several times faster.
_MAY_END, _ENDS, _SMALL, _INNER = map(
    int, (SentenceFlag.MAY_END, SentenceFlag.ENDS, SentenceFlag.SMALL, SentenceFlag.INNER)
)
_NEXT_LETTER = re.compile(r"\s+[\"'“‘«(\[]*(.)", re.DOTALL)
_LAST_WORD = re.compile(r"[\"'“‘«(\[]*(\S+)\Z")
_LAST_WORD_REACH = 24  # characters: no abbreviation is longer
#: What a dot may follow without ending a sentence, in small letters.
ABBREVIATIONS = frozenset(
    (
        *("mr", "mrs", "ms", "dr", "prof", "gen", "col", "maj", "capt", "lt", "sgt", "sen", "rep"),
        *("gov", "pres", "rev", "hon", "st", "jr", "sr", "messrs", "mt", "ft", "ave", "blvd"),
        *("inc", "corp", "co", "ltd", "bros", "dept", "vs", "etc", "no", "nos", "fig", "approx"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        *("est", "mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    )
)


def unit_starts(text: str, unit: TextUnit, version: int = CURRENT_VERSION) -> list[int]:
    """The token number at which each unit of the text begins, for the ``unit`` "sentence" or
    "paragraph", by the tokens of a version. Units without a token are left out.

    >>> unit_starts("Mr. Lee left. It rained! Then sun.", "sentence")
    [0, 3, 5]
    >>> unit_starts("One line\\nof text.\\n\\nAnother.", "paragraph")
    [0, 4]
    """
    _, sentence_starts, paragraph_starts = tokens_and_units(text, version)
    return sentence_starts if unit == "sentence" else paragraph_starts


def tokens_and_units(
    text: str, version: int = CURRENT_VERSION
) -> tuple[list[str], list[int], list[int]]:
    """The tokens of a text, and what :func:`unit_starts` gives for its sentences and paragraphs,
    all in one pass.

    >>> tokens_and_units("It rained. Sun.\\n\\nSnow.")
    (['It', 'rained', 'Sun', 'Snow'], [0, 2, 3], [0, 3])
    """
    tokens: list[str] = []
    sentence_starts: list[int] = []
    paragraph_starts: list[int] = []
    tokenize = rules(version).tokenize
    for paragraph in paragraphs(rules(version).prepare(text)):
        begin = len(tokens)
        for sentence in _sentences(paragraph):
            if found := tokenize(sentence):
                sentence_starts.append(len(tokens))
                tokens += found
        if len(tokens) > begin:
            paragraph_starts.append(begin)
    return tokens, sentence_starts, paragraph_starts


def sentences_around(chunk: str) -> tuple[int, list[int]]:
    """What a blank-separated piece of a prepared text does to the sentences of its paragraph: a sum
    of :class:`~searchlib.kernels.constants.SentenceFlag`, and where sentences begin within it. All
    that matters about the end of a sentence is in the piece that it ends with, and in the first
    letter of the next one.

    >>> sentences_around("Mr."), sentences_around("rained."), sentences_around("雨。雪。")
    ((0, []), (5, []), (10, [2]))
    """
    flags, starts = 0, list[int]()
    if chunk.lstrip(_OPENING)[:1].islower():
        flags |= _SMALL
    if _STOP.search(chunk) is None:
        return flags, starts
    text = chunk + " "
    for end in _SENTENCE_END.finditer(text):
        if end.end() < len(chunk):
            flags |= _INNER
            starts.append(end.end())
        elif end[0][0] not in ".…":
            flags |= _ENDS
        elif _is_full_stop(text, end):
            flags |= _MAY_END
    return flags, starts


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text; some may be blank.

    >>> paragraphs("One\\nline\\n\\nTwo"), paragraphs("One\\nTwo")
    (['One\\nline', 'Two'], ['One', 'Two'])
    """
    separator = _PARAGRAPH_BREAK if _PARAGRAPH_BREAK.search(text) else _LINE_BREAK
    return separator.split(text)


def _sentences(paragraph: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(paragraph):
        if end[0][0] in ".…" and not _ends_sentence(paragraph, end):
            continue
        yield paragraph[start : end.end()]
        start = end.end()
    yield paragraph[start:]


def _ends_sentence(text: str, dot: re.Match[str]) -> bool:
    """Whether a full stop or ellipsis ends its sentence."""
    following = _NEXT_LETTER.match(text, dot.end())
    if following is not None and following[1].islower():
        return False
    return _is_full_stop(text, dot)


def _is_full_stop(text: str, dot: re.Match[str]) -> bool:
    """Whether it is an ellipsis, or a dot that is no part of an abbreviation or initial."""
    if dot[0][0] != "." or dot[0][1:2] == ".":
        return True
    before = _LAST_WORD.search(text, max(0, dot.start() - _LAST_WORD_REACH), dot.start())
    if before is None:
        return True
    word = before[1]
    if len(word) == 1 and word.isupper() and word != "I":
        return False  # an initial
    return word.lower() not in ABBREVIATIONS
