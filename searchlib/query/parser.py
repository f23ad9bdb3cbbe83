"""The grammar: tokens -> the tree of :mod:`.syntax`.

From the loosest to the tightest::

    query  = all {OR all}                    a OR b c  is  a OR (b AND c)
    all    = one {[AND] one}  [ANDMAYBE all]
    one    = [NOT | - | +] near
    near   = item {NEAR/5 item}              any of the nearness operators, from the left

The items are read by :mod:`.items`.
"""

from __future__ import annotations

import re
from typing import NoReturn

from searchlib.errors import QueryError
from searchlib.query.ast import (
    AndExpr,
    Expr,
    HasExpr,
    MaybeExpr,
    NearExpr,
    NotExpr,
    OrExpr,
    PeriodExpr,
    RangeExpr,
    Unit,
    ValueExpr,
)
from searchlib.query.diagnostics import refuse
from searchlib.query.items import OPERANDS, Items
from searchlib.query.lexer import Distance, Lexer, distance

__all__ = ["Parser"]

# What looks like a nearness operator between two words, and is none: "/5", "NEAR/x", "w/5x".
_SLIP = re.compile(r"/(?:\d+|[A-Za-z])\Z|(?:NEAR|ADJ|PRE|W)/|(?i:near|adj|pre|w)/\d", re.ASCII)
_ENDS = frozenset(("end", "close", "or", "maybe"))
_FILTERS = (ValueExpr, RangeExpr, PeriodExpr, HasExpr)
_UNITS: dict[str, Unit] = {"word": "word", "sentence": "sentence", "paragraph": "paragraph"}


class Parser(Items):
    """Reads one query; make a new one for the next. ``notes`` is what should be said about it."""

    _bare = False  # whether words stood side by side in the last run
    _chained = False  # whether the last item was followed by a NEAR

    def parse(self) -> Expr:
        """What the query says. Raises :class:`~searchlib.errors.QueryError`."""
        text, most = self._text, self._limits.length
        if not isinstance(text, str):
            message = f"a query is text or a whoosh.query tree, not {type(text).__name__}"
            raise QueryError("not-a-query", (0, 0), message, "write it as text")
        if len(text) > most:
            message = f"this query has {len(text):,} characters, more than {most:,}"
            refuse("too-long", 0, most, message, "search for fewer words", text[:most])
        self._lexer = Lexer(text)
        node = self._query(None)
        if self._lexer.kind == "close":
            self._stop("unopened-bracket", "this ) closes nothing", "take it away, or write a (")
        if self._lexer.signs:
            self._check_apart(self._lexer.signs)
        if node is None:
            refuse("empty-query", 0, len(text), "there is no word to look for", "type a word", text)
        return node

    def _query(self, field: str | None) -> Expr | None:
        lexer = self._lexer
        first = self._all(field)
        if lexer.kind != "or":
            return first
        parts: list[Expr] = []
        mixed = False
        while True:
            mixed |= self._bare
            if first is None:
                self._dangling("OR")
            parts.append(first)
            if lexer.kind != "or":
                if mixed and not self._any:
                    self._say("words side by side belong together more than OR does: "
                              "a b OR c is read as (a b) OR c")  # fmt: skip
                return _joined(OrExpr, parts)
            operator = (lexer.start, lexer.end)
            lexer.advance()
            first = self._all(field)
            if first is None:
                self._dangling("OR", operator)

    def _dangling(self, name: str, span: tuple[int, int] | None = None) -> NoReturn:
        start, end = span or (self._lexer.start, self._lexer.end)
        cure = f'write a word on both sides, or "{name.lower()}" in quotes for the word itself'
        message = f"{name} has nothing on one side"
        refuse("dangling-operator", start, max(end, start + 1), message, cure, self._text)

    def _all(self, field: str | None) -> Expr | None:
        """Parts side by side or with AND between them."""
        lexer = self._lexer
        parts: list[Expr] = []
        runs: list[tuple[list[Expr], bool]] = []  # parts with AND between them, + before one
        bare = False
        while (kind := lexer.kind) not in _ENDS:
            joined = required = False
            if kind == "and":
                joined, operator = True, (lexer.start, lexer.end)
                lexer.advance()
                kind = lexer.kind
                if not parts or kind in _ENDS or kind == "and":
                    self._dangling("AND", operator)
            if lexer.value == "ANDNOT" and (joined or not parts):
                self._dangling("ANDNOT", (lexer.start, lexer.end))
            if kind == "not" or kind == "sign":
                required = lexer.value == "+"
                part = self._one(field)
            else:
                part = self._near(field)
            if part is None:
                continue
            if parts and not joined:
                bare = True
            parts.append(part)
            if self._any:
                if joined:
                    run, before = runs.pop()
                    runs.append(([*run, part], required or before))
                else:
                    runs.append(([part], required))
        found = self._either(runs) if self._any and len(runs) > 1 else _joined(AndExpr, parts)
        if lexer.kind == "maybe":
            found = self._maybe(found, field)
        self._bare = bare
        return found

    def _either(self, runs: list[tuple[list[Expr], bool]]) -> Expr | None:
        """With match="any": one of the loose runs is enough, or none if others are required."""
        loose: list[Expr] = []
        kept: list[Expr] = []
        plus = False
        for run, required in runs:
            found = _joined(AndExpr, run)
            assert found is not None
            narrowing = all(isinstance(part, (NotExpr, *_FILTERS)) for part in run)
            (kept if required or narrowing else loose).append(found)
            plus |= required
        either = _joined(OrExpr, loose)
        if either is None:
            return _joined(AndExpr, kept)
        if not plus:
            return _joined(AndExpr, [either, *kept])
        required_ = _joined(AndExpr, kept)
        assert required_ is not None
        return MaybeExpr(required_, either, span=(runs[0][0][0].span[0], runs[-1][0][-1].span[1]))

    def _maybe(self, found: Expr | None, field: str | None) -> Expr:
        operator = (self._lexer.start, self._lexer.end)
        self._lexer.advance()
        self._enter()
        optional = self._all(field)
        self._depth -= 1
        if found is None or optional is None:
            self._dangling("ANDMAYBE", operator)
        return MaybeExpr(found, optional, span=(found.span[0], optional.span[1]))

    def _one(self, field: str | None) -> Expr | None:
        lexer = self._lexer
        if lexer.kind not in ("sign", "not"):
            return self._near(field)
        start, value = lexer.start, lexer.value
        operator = (start, lexer.end)
        lexer.advance()
        self._enter()
        ended = lexer.kind in _ENDS or lexer.kind == "and" or lexer.value == "ANDNOT"
        child = None if ended else self._one(field)
        self._depth -= 1
        if child is None:
            self._dangling(value if value in "+-" else "NOT", operator)
        if value == "+":
            return child
        if self._chained:
            message = f"{value} and NEAR without brackets can be read in two ways"
            cure = "write NOT (a NEAR/5 b)"
            refuse("unclear-not", *operator, message, cure, self._text)
        if isinstance(child, NotExpr):
            return child.part
        return NotExpr(child, span=(start, child.span[1]))

    def _near(self, field: str | None) -> Expr | None:
        lexer = self._lexer
        start, kind = lexer.start, lexer.kind
        left: Expr | None
        if kind == "near" or kind == "around":
            if kind == "around" or not self._is_word(lexer.value):
                self._dangling(lexer.value)
            left = self._word(field)
        else:
            left = self._item(field)
        kind = lexer.kind
        self._chained = False
        if left is not None and (kind == "near" or kind == "around"):
            left = self._chain(left, start, field)
            kind = lexer.kind
        if kind == "chunk" and _SLIP.match(lexer.value):
            cure = "write NEAR/5, or W/5 for this order; put plain words in quotes"
            self._stop("no-distance", f"{lexer.value[:40]} says no distance", cure)
        return left

    def _chain(self, left: Expr, start: int, field: str | None) -> Expr:
        """What stands behind an item that is followed by a nearness operator."""
        lexer = self._lexer
        chained = 0
        while lexer.kind == "near" or lexer.kind == "around":
            how = self._distance()
            if how is None:
                break
            operator, name = (lexer.start, lexer.end), lexer.value
            lexer.advance()
            if lexer.kind not in OPERANDS:
                self._dangling(name, operator)
            if lexer.kind != "near":
                right = self._item(field)
            elif self._is_word(lexer.value):
                right = self._word(field)
            else:
                self._dangling(lexer.value)
            if right is None:
                self._dangling(name, operator)
            chained += 1
            if chained + self._depth > self._limits.depth:
                self._too_deep()
            places = {self._place(left, name, operator), self._place(right, name, operator)}
            if len(places) > 1:
                self._two_fields(operator, name)
            span = (start, right.span[1])
            left = NearExpr(left, right, how.words or 0, how.ordered, _UNITS[how.unit], span=span)
        self._chained = chained > 0
        return left

    def _is_word(self, value: str) -> bool:
        """Whether a nearness operator without anything before it is a word: "near5"."""
        how = distance(value)
        return how is not None and how.plain

    def _distance(self) -> Distance | None:
        """What the current operator says; None if it is the last word of something."""
        lexer = self._lexer
        if lexer.kind == "around":
            how = Distance(int(lexer.match["words"][:9]), False, "word", False)
        else:
            found = distance(lexer.value)
            assert found is not None
            how = found
        if how.plain:
            here = lexer.start
            lexer.advance()
            follows = lexer.kind in OPERANDS
            lexer.seek(here)
            if not follows:
                return None
        if how.unit == "word":
            if how.words is None:
                self._stop("no-distance", f"{lexer.value} of how many words?", "write it as NEAR/5")
            if not 0 < how.words <= self._limits.distance:
                most = self._limits.distance
                message = f"{how.words:,} words is no distance"
                self._stop("bad-distance", message, f"write a number from 1 to {most:,}")
        return how


def _joined(kind: type[AndExpr] | type[OrExpr], parts: list[Expr]) -> Expr | None:
    """One node of all parts; those of the same kind without a weight are taken apart."""
    if len(parts) < 2:
        return parts[0] if parts else None
    span = (parts[0].span[0], parts[-1].span[1])
    flat: list[Expr] = []
    for part in parts:
        if isinstance(part, kind) and part.weight == 1.0:
            flat.extend(part.parts)
        else:
            flat.append(part)
    return kind(tuple(flat), span=span)
