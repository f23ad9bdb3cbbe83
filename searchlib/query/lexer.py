"""Text -> tokens with their places, one at a time, by one compiled pattern.

The parser asks for the next token when it needs one, because what follows a field name is read
by the rules of that field (a date may be several words). What holds no letter or digit and is no
sign of the language ("—", "...", ":-)", the brackets of "call()") is passed over like a blank.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from searchlib.analysis import tokenize

__all__ = ["OPERATORS", "QUOTES", "Distance", "Lexer", "distance"]

#: The characters that open and close a quotation.
QUOTES = '"“”„‟＂'

_SCAN = re.compile(
    rf"""\s*(?:
      (?P<word>[^\W_]++(?=[\s)]|\Z)
        |(?:AND(?:NOT|MAYBE)?|OR|NOT|NEAR|ADJ|SAME)(?=[(«{QUOTES}]))
    | (?P<end>\Z)
    | (?P<smile>(?<!\S)[:;=]['’]?-?[()|]+(?=\s|\Z)|(?<=\w)\(\))
    | (?P<open>\()
    | (?P<close>\))
    | (?P<field>(?P<name>[A-Za-z][A-Za-z0-9_]*+)(?:\^(?P<by>[^\s:()|{QUOTES}]*+))?:(?!//))
    | (?P<quote>[{QUOTES}](?P<inside>(?:[^\\{QUOTES}]|\\[\\{QUOTES}]|\\)*+)[{QUOTES}]
        (?:~(?P<slop>[^\s()|^{QUOTES}]*+))?)
    | (?P<guillemets>«(?P<within>[^«»]*+)»)
    | (?P<or>\|\|?)
    | (?P<and>(?<![^\s){QUOTES}])&&?(?=[\s({QUOTES}]|\Z))
    | (?P<sign>(?<![^\s(|])[-+](?=[^\s()|&+-]|\())
    | (?P<call>(?i:(?P<called>atleast|first)(?P<count>\d+))\()
    | (?P<around>(?i:around)\ ?\(\ *(?P<words>\d+)\ *\))
    | (?P<regex>(?<![^\s(|:=+-])/(?P<expression>(?:[^/\\\s]|\\\S)++)/(?=[\s)^]|\Z))
    | (?P<weight>(?<=[^\s(|])\^(?P<factor>[^\s()|{QUOTES}]*+))
    | (?P<lost>\^(?=\.?\d))
    | (?P<lone>[{QUOTES}])
    | (?P<range>[\[{{]\s*[^\s\]}}]++\s+TO\s+[^\s\]}}]++\s*[\]}}])
    | (?P<chunk>[^\s()|^«»{QUOTES}]++|.)
    )""",
    re.VERBOSE | re.DOTALL,
).match

#: Words that are operators when they are written in capitals -> the kind of token.
OPERATORS = {
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "ANDNOT": "not",
    "ANDMAYBE": "maybe",
    "NEAR": "near",
    "ADJ": "near",
    "SAME": "near",
}
_SHORT = 40  # letters of a token that is told without the pattern
_SOLID = re.compile(r"[^\W_]|\*")
_DISTANCE = re.compile(
    r"(?P<how>near|adj|w|pre)(?P<slash>/?)(?P<count>\d+)|(?:w|near)?/(?P<unit>[sp])",
    re.IGNORECASE | re.ASCII,
)
_UNITS = {"s": "sentence", "p": "paragraph"}


class Distance(NamedTuple):
    """What NEAR/5 and its spellings say. ``words`` is None for a bare NEAR; ``plain`` tells that
    it is a word as well ("near5"), so that it is an operator only between two operands."""

    words: int | None
    ordered: bool
    unit: str
    plain: bool


def distance(text: str) -> Distance | None:
    """What a nearness operator says; None if the text is none.

    >>> distance("NEAR/5")
    Distance(words=5, ordered=False, unit='word', plain=False)
    >>> distance("adj5").ordered, distance("/s").unit, distance("west")
    (True, 'sentence', None)
    """
    if text in OPERATORS:
        if text == "SAME":
            return Distance(0, False, "paragraph", False)
        return Distance(1 if text == "ADJ" else None, text == "ADJ", "word", False)
    match = _DISTANCE.fullmatch(text)
    if match is None:
        return None
    if match["unit"]:
        return Distance(0, False, _UNITS[match["unit"].lower()], False)
    how = match["how"].lower()
    if not match["slash"] and how not in ("near", "adj"):
        return None
    return Distance(int(match["count"][:9]), how != "near", "word", not match["slash"])


class Lexer:
    """The current token of a text: ``kind``, ``value``, ``start``, ``end``; of those with parts
    to them, but a field, also the ``match``.

    ``signs`` are the places of the = and > that were passed over.

    >>> lexer = Lexer("title:(a OR b)")
    >>> kinds = [lexer.kind]
    >>> while lexer.kind != "end":
    ...     lexer.advance()
    ...     kinds.append(lexer.kind)
    >>> kinds
    ['field', 'open', 'word', 'or', 'word', 'close', 'end']
    """

    __slots__ = ("end", "kind", "match", "signs", "start", "text", "value")

    def __init__(self, text: str) -> None:
        self.kind: str
        self.value: str
        self.match: Any = None
        self.text = text
        self.end = 0
        self.signs: list[tuple[int, int]] = []
        self.advance()

    def seek(self, at: int) -> None:
        """Make the token at or after an offset the current one."""
        self.end = at
        self.advance()

    def advance(self) -> None:
        """Make the next token the current one."""
        text, end = self.text, self.end
        while True:
            if end == len(text):
                self.kind, self.value, self.start, self.end = "end", "", end, end
                return
            # Most tokens are told without the pattern, which says the same of them.
            start = end + 1 if text[end] == " " else end
            value, kind = text[start : start + _SHORT].partition(" ")[0], "word"
            end = start + len(value)
            if not value.isalnum() or len(value) == _SHORT:
                name, colon, _ = value.partition(":")
                end = start + len(name) + 1
                plain = colon and name.isidentifier() and name.isascii() and name[0] != "_"
                if plain and not text.startswith("//", end):
                    kind, value = "field", name + colon
                else:
                    kind, value, start, end = self._scan()
            if kind == "word":
                found = OPERATORS.get(value)
                if found is not None:
                    kind = found
                elif value[-1] in "0123456789" and distance(value) is not None:
                    kind = "near"
            elif kind == "chunk":
                if "/" in value and distance(value) is not None:
                    kind = "near"
                elif not _SOLID.search(value) and (value.isascii() or not tokenize(value)):
                    if value[0] in "=<>≥≤":
                        self.signs.append((start, end))
                    self.end = end
                    continue
            elif kind == "smile":
                self.end = end
                continue
            self.kind, self.value, self.start, self.end = kind, value, start, end
            return

    def _scan(self) -> tuple[str, str, int, int]:
        """The next token by the pattern: its kind, text, start and end."""
        self.match = match = _SCAN(self.text, self.end)
        assert match is not None  # the pattern takes anything
        kind = match.lastgroup
        assert kind is not None
        return kind, match[kind], *match.span(kind)
