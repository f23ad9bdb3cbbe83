"""The items of a query: words, groups, calls, and fields with their values.

Words are read by :mod:`.words`; what a date or number field takes after its colon by
:mod:`.values`.
"""

from __future__ import annotations

import re
from typing import NoReturn

from searchlib.dates import read_last
from searchlib.query.ast import (
    AtLeastExpr,
    Expr,
    FirstExpr,
    HasExpr,
    NearExpr,
    OrExpr,
    PatternExpr,
    PeriodExpr,
    PhraseExpr,
    ValueExpr,
    WordExpr,
)
from searchlib.query.diagnostics import near_names, refuse
from searchlib.query.lexer import OPERATORS
from searchlib.query.terms import folded
from searchlib.query.words import SMALL, Words
from searchlib.schema import Date, Field, Keyword, Number, Stored, Text

__all__ = ["OPERANDS", "Items"]

#: The kinds of token that an operand can begin with.
OPERANDS = frozenset(
    ("word", "chunk", "quote", "guillemets", "open", "field", "regex", "call", "range", "near")
)
_WEIGHT = re.compile(r"(?:\d{1,9}(?:\.\d{0,400})?|\.\d{1,400})\Z", re.ASCII)
_COMPARES = re.compile(r"\s*([<>≥≤]=?)")
_MOST = 1_000_000.0  # the highest weight; its inverse is the lowest


class Items(Words):
    """The part of the parser that reads one item; :class:`~.parser.Parser` joins them."""

    def _query(self, field: str | None) -> Expr | None:
        raise NotImplementedError

    def _two_fields(self, operator: tuple[int, int], name: str) -> NoReturn:
        message = f"{name} between words of different fields"
        cure = f"write the field once, as in title:(a {name} b)"
        refuse("two-fields", *operator, message, cure, self._text)

    def _place(self, node: Expr, name: str, operator: tuple[int, int]) -> str | None:
        """The field in which the words of an operand stand."""
        if isinstance(node, (WordExpr, PhraseExpr, PatternExpr)) and (
            node.field is None or isinstance(self._schema.fields[node.field], Text)
        ):
            return node.field
        if isinstance(node, NearExpr):
            return self._place(node.a, name, operator)
        if isinstance(node, OrExpr):
            places = {self._place(part, name, operator) for part in node.parts}
            if len(places) == 1:
                return places.pop()
            self._two_fields(operator, name)
        start, end = node.span
        message = f"{name} takes words, phrases and (a OR b), but not this"
        cure = "write words here, or join the parts with AND"
        return refuse("not-in-text", start, max(end, start + 1), message, cure, self._text)

    def _too_many(self) -> NoReturn:
        message = f"this query has more than {self._limits.clauses:,} words"
        self._stop("too-many-clauses", message, "search for fewer")

    def _item(self, field: str | None) -> Expr | None:
        """One word, phrase, group or value with its weight."""
        lexer = self._lexer
        self._clauses += 1
        if self._clauses > self._limits.clauses:
            self._too_many()
        kind = lexer.kind
        node: Expr | None
        if kind == "word" and (field is None or self._kind(field) is Text):
            # Letters and digits alone.
            text, start, end = lexer.value, lexer.start, lexer.end
            lexer.advance()
            if text.lower() in SMALL:
                self._note_small(text, start)
            tokens = folded(text)
            node = WordExpr(tokens, field, span=(start, end)) if tokens else None
        elif kind == "word" or kind == "chunk":
            node = self._word(field)
        elif kind == "field":
            node = self._scope(field)
        else:
            node = self._other(kind, field)
        while lexer.kind == "weight":
            factor = self._weight(lexer.match["factor"], lexer.start, lexer.end)
            if node is not None:
                node = self._weighted(node, factor)
            lexer.advance()
        return node

    def _other(self, kind: str, field: str | None) -> Expr | None:
        lexer = self._lexer
        if kind == "quote" or kind == "guillemets":
            return self._quote(field)
        if kind == "open":
            start = lexer.start
            lexer.advance()
            return self._group(field, (start, start + 1))
        if kind == "call":
            return self._call(field)
        if kind == "regex":
            return self._regex(field)
        if kind == "lone":
            self._stop(
                "unclosed-quote", "this quote is not closed",
                'write a " after the last word of the phrase',
            )  # fmt: skip
        if kind == "range":
            return self._ranged(field)
        if kind == "lost":
            self._stop("bad-weight", "a ^ with nothing before it", "write it as word^2: no blank")
        return None

    def _weight(self, text: str, start: int, end: int) -> float:
        factor = float(text) if _WEIGHT.match(text) else 0.0
        if not 1 / _MOST <= factor <= _MOST:
            message = f"{text[:40] or 'nothing'} is not a weight"
            refuse("bad-weight", start, end, message, "write a number above 0: word^2", self._text)
        return factor

    def _weighted(self, node: Expr, factor: float) -> Expr:
        weight = node.weight * factor
        if not 1 / _MOST <= weight <= _MOST:
            message = f"the weights multiply to {weight:g}"
            self._stop("bad-weight", message, f"keep them between {1 / _MOST:g} and {_MOST:g}")
        node.weight = weight
        return node

    def _group(self, field: str | None, opened: tuple[int, int]) -> Expr:
        """What is in brackets; the current token is the first one in them."""
        lexer = self._lexer
        self._enter()
        inner = self._query(field)
        self._depth -= 1
        if lexer.kind != "close":
            message, cure = "this ( is not closed", "write a ) where it ends, or take it away"
            refuse("unclosed-bracket", *opened, message, cure, self._text)
        if inner is None:
            message, cure = "there is no word in these brackets", "write words, or take them away"
            refuse("empty-brackets", opened[0], lexer.end, message, cure, self._text)
        inner.span = (opened[0], lexer.end)
        lexer.advance()
        if lexer.kind == "chunk" and lexer.start == inner.span[1] and lexer.value[0] == "*":
            message, cure = "a * behind brackets", "write it behind a word, as in civil*"
            self._stop("mixed-signs", message, cure)
        return inner

    def _call(self, field: str | None) -> Expr:
        """``atleast3(word)`` and ``first50(word)``."""
        lexer = self._lexer
        start, end = lexer.start, lexer.end
        name, digits = lexer.match["called"].lower(), lexer.match["count"]
        count = int(digits[:9])
        if not 0 < count <= self._limits.distance:
            message, most = f"{name}{digits[:12]}: no such count", self._limits.distance
            self._stop("bad-distance", message, f"write a number from 1 to {most:,}")
        lexer.advance()
        inner = self._group(field, (end - 1, end))
        operator = (start, end - 1)
        self._place(inner, f"{name}{count}", operator)
        span = (start, inner.span[1])
        if name == "atleast":
            return AtLeastExpr(inner, count, span=span)
        return FirstExpr(inner, count, span=span)

    def _scope(self, outer: str | None) -> Expr:
        """``field:`` and what belongs to it."""
        lexer = self._lexer
        start, end, fields = lexer.start, lexer.end, self._schema.fields
        name, caret, by = lexer.value[:-1].partition("^")
        weight = by if caret else None
        known, field = fields.get(name), name
        nested = outer is not None and self._text[:start].rstrip()[-1:] == ":"
        if nested and (known or name.lower() == "has" or self._known(name) in fields):
            message, cure = f"{name}: inside {outer}:", f"write {outer}:word {name}:word"
            refuse("two-fields", start, end, message, cure, self._text)
        if known is None or isinstance(known, Stored):
            if name.lower() == "has":
                return self._has(start)
            blank = weight is None and self._text[end : end + 1].isspace()
            if blank and self._known(name) not in fields:
                return self._headline(name, (start, end), outer)
            field = self._named(name, start, end - 1)
        kind = type(fields[field])
        factor = 1.0 if weight is None else self._weight(weight, start + len(name), end - 1)
        at = end
        if kind in (Text, Keyword) and (compared := _COMPARES.match(self._text, at)):
            message = f"{field} holds no numbers or dates to compare"
            cure = f"write {field}:word, or the word in quotes"
            refuse("not-a-range", *compared.span(1), message, cure, self._text)
        # Most dates are the last thing in a query: the next token need not be looked at.
        node: Expr | None = None
        if kind is Date and self._depth < self._limits.depth:
            node = self._last_date(field, start, at)
        if node is None:
            self._enter()
            lexer.advance()
            node, factor = self._valued(field, kind, (start, at), factor)
            self._depth -= 1
        node.span = (start, node.span[1])
        return node if factor == 1.0 else self._weighted(node, factor)

    def _last_date(self, field: str, start: int, at: int) -> Expr | None:
        """The date at an offset, if it is written in a common form and nothing follows it."""
        found = read_last(self._text, at, self._dates)
        if found is None:
            return None
        interval, first, end = found
        self._lexer.end = end
        self._lexer.advance()
        return PeriodExpr(field, interval, self._text[first:end], span=(start, end))

    def _valued(
        self, field: str, kind: type[Field], span: tuple[int, int], factor: float
    ) -> tuple[Expr, float]:
        """What stands behind the colon that ends ``span``, and the weight of it all; the current
        token is the first of it."""
        lexer = self._lexer
        start, at = span
        signed = lexer.kind == "chunk" and lexer.value[0] in "+-" and kind not in (Date, Number)
        if lexer.kind == "sign" or lexer.kind == "not" or signed:
            sign = lexer.value[0] if signed else lexer.value
            message = f"{sign} stands after the colon"
            self._stop("misplaced-sign", message, f"write -{field}:... in front of the field")
        node: Expr | None
        if kind in (Date, Number) and lexer.value == "*":
            node = HasExpr(field, span=(start, lexer.end))
            lexer.advance()
        elif kind in (Date, Number) and lexer.kind != "open":
            node = self._typed(field, at, start)
            while lexer.kind == "weight":
                factor *= self._weight(lexer.match["factor"], lexer.start, lexer.end)
                lexer.advance()
        elif lexer.kind not in OPERANDS and not (kind is not Text and lexer.kind in OPERATORS):
            if lexer.kind == "lone":
                self._other("lone", field)
            self._refuse_empty(field, start, at, signs=kind is not Text)
        elif lexer.kind == "near":
            node = self._word(field)
        else:
            node = self._item(field)
        if node is None:
            message = f"{field}: has no word after it"
            refuse("empty-field", start, at, message, f"write {field}:word", self._text)
        return node, factor

    def _refuse_empty(self, field: str, start: int, at: int, *, signs: bool) -> NoReturn:
        """Refuse a field without a value. One that has nothing but a sign in its place is told
        to quote it, where ``signs`` can be values."""
        text = self._text
        sign = text[at : at + 1]
        if signs and sign.strip() and self._lexer.start > at:
            message = f"{sign!r} is a sign, not a word"
            cure = f'write it in quotes: {field}:"{sign}"'
            refuse("empty-field", at, at + 1, message, cure, text)
        message = f"{field}: has nothing after it"
        refuse("empty-field", start, at, message, f"write {field}:word", text)

    def _headline(self, name: str, span: tuple[int, int], outer: str | None) -> Expr:
        """``Breaking: markets``: a name with a blank behind its colon is a word, if no field."""
        near = near_names(name, list(self._schema.fields))
        meant = f"; for the field write {near[0]}:word" if near else ""
        self._say(f"{name[:60]}: is a word here, not a field{meant}")
        self._lexer.advance()
        start, end = span[0], span[1] - 1
        if self._kind(outer) is Text:
            return WordExpr(folded(name), outer, span=(start, end))
        assert outer is not None
        return ValueExpr(name, outer, span=(start, end))

    def _has(self, start: int) -> Expr:
        lexer = self._lexer
        at = lexer.end
        lexer.advance()
        if lexer.kind not in ("word", "chunk", "near"):
            message = "has: goes with the name of a field"
            refuse("empty-field", start, at, message, "write has:authors", self._text)
        field = self._named(lexer.value, lexer.start, lexer.end)
        node = HasExpr(field, span=(start, lexer.end))
        lexer.advance()
        return node

    def _named(self, name: str, start: int, end: int) -> str:
        """The field of that name, in any case."""
        fields = self._schema.fields
        known = fields.get(name)
        if known is None:
            name = self._known(name)
            known = fields.get(name)
        if known is not None and not isinstance(known, Stored):
            return name
        open_ = [other for other, field in fields.items() if not isinstance(field, Stored)]
        if known is None:
            near = near_names(name, open_) or open_
            cure = f"try {' or '.join(f'{n}:' for n in near)}, or leave the colon out"
            refuse(
                "unknown-field", start, end, f"there is no field {name[:60]!r}", cure, self._text
            )
        message = f"field {name!r} is kept but not searched"
        return refuse("not-searchable", start, end, message, f"try {', '.join(open_)}", self._text)
