"""Query text -> tokens with their offsets, one at a time, by one compiled pattern.

The parser asks for the next token when it needs one, because the value of a field is read by the
rules of that field (a date may be several words long). Text without a letter or digit that is no
sign of the language ("—", "...", ":-)", the brackets of "call()") is skipped like a blank.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from searchlib.analysis import GERSHAYIM, tokenize
from searchlib.query.ast import Span, Unit

__all__ = ["OPERATORS", "QUOTES", "Lexer", "NearOperator", "near_operator"]

#: The characters that open and close a quotation.
QUOTES = '"“”„‟＂'

_SCAN = re.compile(
    rf"""\s*(?:
      (?P<word>[^\W_]++(?=[\s)]|\Z)
        |(?:AND(?:NOT|MAYBE)?|OR|NOT|NEAR|ADJ|SAME)(?=[(«{QUOTES}]))
    | (?P<end>\Z)
    | (?P<emoticon>(?<!\S)[:;=]['’]?-?[()|]+(?=\s|\Z)|(?<=\w)\(\))
    | (?P<open>\()
    | (?P<close>\))
    | (?P<field>(?P<name>[A-Za-z][A-Za-z0-9_]*+)(?:\^(?P<by>[^\s:()|{QUOTES}]*+))?:(?!//))
    | (?P<quote>[{QUOTES}](?P<inside>(?:[^\\{QUOTES}]|{GERSHAYIM}|\\[\\{QUOTES}]|\\)*+)[{QUOTES}]
        (?:~(?P<slop>[^\s()|^{QUOTES}]*+))?)
    | (?P<guillemets>«(?P<within>[^«»]*+)»)
    | (?P<or>\|\|?)
    | (?P<and>(?<![^\s){QUOTES}])&&?(?=[\s({QUOTES}]|\Z))
    | (?P<sign>(?<![^\s(|])(?:[-+](?=[^\s()|&+-]|\()|!(?=[^\s()|&+=!-]|\()))
    | (?P<call>(?i:(?P<called>atleast|atl|first)(?P<count>\d+))\()
    | (?P<around>(?i:around)\ ?\(\ *(?P<words>\d+)\ *\))
    | (?P<regex>(?<![^\s(|:=+-])/(?P<expression>(?:[^/\\\s]|\\\S)++)/(?=[\s)^]|\Z))
    | (?P<weight>(?<=[^\s(|])\^(?P<factor>[^\s()|{QUOTES}]*+))
    | (?P<stray_caret>\^(?=\.?\d))
    | (?P<unclosed_quote>[{QUOTES}])
    | (?P<range>[\[{{]\s*[^\s\]}}]++\s+TO\s+[^\s\]}}]++\s*[\]}}])
    | (?P<chunk>(?:[^\s()|^«»{QUOTES}]|{GERSHAYIM})++|.)
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
_MAX_QUICK = 40  # characters of a token that is recognised without the pattern
_INDEXABLE = re.compile(r"[^\W_]|\*")
_NEAR_OPERATOR = re.compile(
    r"(?P<name>near|adj|w|pre|n)(?P<slash>/?)(?P<count>\d+)"
    r"|(?:w|near)?/(?P<unit>s|p|sent(?:ence)?|para(?:graph)?)"
    r"|/(?:n(?P<between>\d{1,5})/|(?P<bare>\d{1,5}))",  # of Factiva and of Westlaw
    re.IGNORECASE | re.ASCII,
)
_UNITS: dict[str, Unit] = {"s": "sentence", "p": "paragraph"}  # by their first letters


class NearOperator(NamedTuple):
    """A nearness operator such as NEAR/5.

    ``distance`` is in words, None for a NEAR without a number. ``is_word`` says that it can be a
    plain word as well ("near5"), so that it is an operator only between two operands.
    """

    distance: int | None
    ordered: bool
    unit: Unit
    is_word: bool


def near_operator(text: str) -> NearOperator | None:
    """The nearness operator that a text is; None if it is none.

    >>> near_operator("NEAR/5")
    NearOperator(distance=5, ordered=False, unit='word', is_word=False)
    >>> near_operator("adj5").ordered, near_operator("/s").unit, near_operator("west")
    (True, 'sentence', None)
    """
    if text in OPERATORS:
        if text == "SAME":
            return NearOperator(0, False, "paragraph", False)
        return NearOperator(1 if text == "ADJ" else None, text == "ADJ", "word", False)
    match = _NEAR_OPERATOR.fullmatch(text)
    if match is None:
        return None
    if match["unit"]:
        return NearOperator(0, False, _UNITS[match["unit"][0].lower()], False)
    if (bare := match["between"] or match["bare"]) is not None:
        return NearOperator(int(bare), False, "word", True)
    name = match["name"].lower()
    if not match["slash"] and name not in ("near", "adj"):
        return None
    ordered = name not in ("near", "n")
    return NearOperator(int(match["count"][:9]), ordered, "word", not match["slash"])


class Lexer:
    """The current token of a text: its ``kind``, ``value``, ``start`` and ``end``.

    ``match`` is the match of :data:`_SCAN` for tokens with parts (quotes, calls, weights), and
    ``signs`` are the spans of the = and > that were skipped.

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
        self.signs: list[Span] = []
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
            # A shortcut for plain words and field names, which the pattern reads the same way.
            start = end + 1 if text[end] == " " else end
            value, kind = text[start : start + _MAX_QUICK].partition(" ")[0], "word"
            end = start + len(value)
            if not value.isalnum() or len(value) == _MAX_QUICK:
                name, colon, _ = value.partition(":")
                end = start + len(name) + 1
                plain = colon and name.isidentifier() and name.isascii() and name[0] != "_"
                if plain and not text.startswith("//", end):
                    kind, value = "field", name + colon
                else:
                    kind, value, start, end = self._scan()
            if kind == "word":
                operator = OPERATORS.get(value)
                if operator is not None:
                    kind = operator
                elif value[-1] in "0123456789" and near_operator(value) is not None:
                    kind = "near"
            elif kind == "chunk":
                if "/" in value and near_operator(value) is not None:
                    kind = "near"
                elif not _INDEXABLE.search(value) and (value.isascii() or not tokenize(value)):
                    if value[0] in "=<>≥≤":
                        self.signs.append((start, end))
                    self.end = end
                    continue
            elif kind == "regex":
                if near_operator(value) is not None:
                    kind = "near"
            elif kind == "emoticon":
                self.end = end
                continue
            self.kind, self.value, self.start, self.end = kind, value, start, end
            return

    def _scan(self) -> tuple[str, str, int, int]:
        """The next token by the pattern: its kind, value, start and end."""
        self.match = match = _SCAN(self.text, self.end)
        assert match is not None  # the pattern matches anything
        kind = match.lastgroup
        assert kind is not None
        return kind, match[kind], *match.span(kind)
