"""Tokens -> what the query says (:mod:`.ast`), by recursive descent.

Grammar, the loosest first::

    any    = all {OR all}
    all    = part {[AND] part}
    part   = {NOT | - | +} item {^factor}
    item   = ( any ) | field: value | "phrase" [~n] | word [~n]
    value  = ( any ) | "phrase" | word | a date or number expression, by the kind of the field
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from searchlib.dates import DateProblem, DateSettings, read_interval
from searchlib.errors import QueryError
from searchlib._query0.ast import (
    Boolean,
    Boosted,
    DateSpan,
    Has,
    Not,
    NumberSpan,
    Quoted,
    Scoped,
    Word,
)
from searchlib._query0.lexer import Token, tokenize
from searchlib._query0.limits import Limits
from searchlib.schema import Date, Number, Schema, Stored

__all__ = ["Parser"]

_ENDS = frozenset({"end", ")", "or"})
_ONE_CHUNK = re.compile(r"(?:>=?|<=?)?\d{4}[\d\-:.T+Z]*\Z")
_DATE_CHUNKS = 7  # "between 31 August 2021 and 1 May 2022" has more, and may be quoted
_NUMBER = r"[-+]?\d[\d_]*(?:\.\d+)?"
_SPAN = re.compile(rf"(?P<low>{_NUMBER})?(?P<dots>\.\.)?(?P<high>{_NUMBER})?\Z")
_BOUND = re.compile(rf"(?P<sign>>=|<=|>|<)(?P<value>{_NUMBER})\Z")


@dataclass(slots=True)
class Parser:
    """Reads one query; make a new one for the next."""

    text: str
    schema: Schema
    match: str
    dates: DateSettings
    limits: Limits
    _tokens: list[Token] | None = None
    _at: int = 0
    _depth: int = 0
    _clauses: int = 0

    def parse(self) -> Any:
        """The query's meaning; None if it says nothing. Raises QueryError."""
        self._tokens = tokenize(self.text, self.limits)
        found = self._any(None)
        token = self._peek()
        if token.kind == ")":
            raise self._error(
                "unopened-bracket", token, "this ) closes nothing", "take it away, or write a ("
            )
        return found

    def _peek(self) -> Token:
        assert self._tokens is not None
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _error(self, code: str, where: Any, message: str, cure: str = "") -> QueryError:
        return QueryError(code, (where.start, where.end), message, cure, self.text)

    def _any(self, field: str | None) -> Any:
        parts = []
        while True:
            part = self._all(field)
            token = self._peek()
            if part is not None:
                parts.append(part)
            elif token.kind == "or" or parts:
                raise self._error(
                    "missing-word", token, "OR has nothing on one side",
                    'write a word on both sides, or "or" in quotes to search for the word',
                )  # fmt: skip
            if token.kind != "or":
                break
            self._take()
        return _joined("OR", parts)

    def _all(self, field: str | None) -> Any:
        parts: list[Any] = []
        loose: list[Any] = []  # with match="any", the words that stand side by side
        joined = False
        while (token := self._peek()).kind not in _ENDS:
            if token.kind == "and":
                self._take()
                if not parts or self._peek().kind in _ENDS or self._peek().kind == "and":
                    raise self._error(
                        "missing-word", token, "AND has nothing on one side",
                        'write a word on both sides, or "and" in quotes to search for the word',
                    )  # fmt: skip
                joined = True
                continue
            required = token.kind == "plus"
            part = self._part(field)
            if part is None:
                continue
            plain = not (joined or required or isinstance(part, (Not, DateSpan, NumberSpan)))
            if self.match == "any" and plain and self._peek().kind != "and":
                loose.append(part)
            parts.append(part)
            joined = False
        if len(loose) > 1:
            kept = [part for part in parts if part not in loose]
            return _joined("AND", [_joined("OR", loose), *kept])
        return _joined("AND", parts)

    def _part(self, field: str | None) -> Any:
        token = self._peek()
        if token.kind in ("not", "plus"):
            self._take()
            self._enter(token)
            child = self._part(field) if self._peek().kind not in _ENDS else None
            self._depth -= 1
            if child is None:
                raise self._error(
                    "missing-word", token, f"{token.value} has nothing after it",
                    "write the word that it belongs to",
                )  # fmt: skip
            return Not(token.start, child.end, child) if token.kind == "not" else child
        item = self._item(field)
        while item is not None and self._peek().kind == "boost":
            item = self._boosted(item, self._take())
        return item

    def _boosted(self, item: Any, token: Token) -> Any:
        try:
            factor = float(token.value)
        except ValueError:
            factor = -1.0
        if not 0 < factor <= 1000:
            raise self._error("bad-boost", token, "a weight is a number above 0, up to 1000",
                              "write it as word^2")  # fmt: skip
        return Boosted(item.start, token.end, item, factor)

    def _enter(self, token: Token) -> None:
        self._depth += 1
        if self._depth > self.limits.depth:
            raise self._error("too-deep", token, f"brackets go deeper than {self.limits.depth}",
                              "write it with fewer brackets")  # fmt: skip

    def _count(self, token: Token) -> None:
        self._clauses += 1
        if self._clauses > self.limits.clauses:
            raise self._error("too-many-words", token,
                              f"this query has more than {self.limits.clauses} words",
                              "search for fewer")  # fmt: skip

    def _item(self, field: str | None) -> Any:
        token = self._take()
        self._count(token)
        if token.kind == "(":
            return self._group(token, field)
        if token.kind == "field":
            return self._field(token)
        if token.kind == "quote":
            return self._quote(token)
        if token.kind == "range":
            raise self._error("range-without-field", token, "a range needs a field before it",
                              "write it as date:[2021 TO 2022]")  # fmt: skip
        if token.kind == "word":
            return self._word(token)
        return None  # a ^ or ~ with nothing before it

    def _group(self, token: Token, field: str | None) -> Any:
        self._enter(token)
        inner = self._any(field)
        self._depth -= 1
        if self._peek().kind != ")":
            raise self._error("unclosed-bracket", token, "this ( is not closed",
                              "write a ) where it ends")  # fmt: skip
        self._take()
        if inner is None:
            raise self._error("empty-brackets", token, "these brackets are empty",
                              "write words in them, or take them away")  # fmt: skip
        return inner

    def _quote(self, token: Token) -> Any:
        slop, end = 1, token.end
        if self._peek().kind == "slop" and self._peek().start == token.end:
            sign = self._take()
            if not sign.value or not 0 < int(sign.value[:9]) <= 10_000:
                raise self._error("bad-slop", sign, "a phrase's ~ takes a number from 1 to 10000",
                                  'write it as "two words"~5')  # fmt: skip
            slop, end = int(sign.value), sign.end
        return Quoted(token.start, end, token.value, slop)

    def _word(self, token: Token) -> Any:
        text, start, end = token.value, token.start, token.end
        if len(text) > self.limits.word:
            raise self._error("too-long", token, f"a word of {len(text):,} letters",
                              f"a word has at most {self.limits.word:,}")  # fmt: skip
        if self._peek().kind == "slop" and self._peek().start == end:
            sign = self._take()
            edits = int(sign.value[:9] or 1)
            if not 0 < edits <= self.limits.edits:
                raise self._error("bad-fuzzy", sign, "a word's ~ takes 1 or 2",
                                  "write it as civilisation~1")  # fmt: skip
            return Word(start, sign.end, text, "fuzzy", edits)
        if text.startswith("=") and len(text) > 1:
            return Word(start, end, text[1:], "exact")
        if "*" in text or (text.rstrip("?") != text and len(text) > 1 and "?" in text[:-1]):
            return self._pattern(token)
        return Word(start, end, text)

    def _pattern(self, token: Token) -> Any:
        text = token.value
        letters = re.match(r"[^*?]*", text)
        assert letters is not None
        if len(letters.group()) < 1:
            raise self._error("too-broad", token, "a word with * needs a letter before it",
                              "write how the word begins, as in civil*")  # fmt: skip
        simple = text.endswith("*") and len(letters.group()) == len(text) - 1
        kind = "prefix" if simple else "wildcard"
        return Word(token.start, token.end, text[:-1] if simple else text, kind)

    def _field(self, token: Token) -> Any:
        name = token.value
        if name == "has":
            return self._has(token)
        field = self.schema.fields.get(name)
        if field is None or isinstance(field, Stored):
            raise self._unknown(token, field is not None)
        if isinstance(field, Date):
            return self._date(token)
        if isinstance(field, Number):
            return self._number(token)
        following = self._peek()
        if following.kind in ("end", ")") or following.start != token.end:
            raise self._error("empty-field", token, f"{name}: has nothing after it",
                              f"write the word right behind it, as in {name}:word")  # fmt: skip
        self._enter(token)
        child = self._item(name)
        self._depth -= 1
        if child is None or following.kind == "range":
            raise self._error("empty-field", token, f"{name}: has no word after it")
        return Scoped(token.start, child.end, name, child)

    def _unknown(self, token: Token, is_stored: bool) -> QueryError:
        name = token.value
        searched = [n for n, f in self.schema if not isinstance(f, Stored)]
        if is_stored:
            return self._error("unknown-field", token, f"field {name!r} is kept but not searched",
                               f"try {', '.join(searched)}")  # fmt: skip
        near = get_close_matches(name.lower(), searched, 3, 0.5) or searched
        return self._error(
            "unknown-field", token, f"there is no field {name!r}",
            f"try {' or '.join(n + ':' for n in near)}",
        )  # fmt: skip

    def _has(self, token: Token) -> Any:
        value = self._take()
        field = self.schema.fields.get(value.value) if value.kind == "word" else None
        if field is None or isinstance(field, Stored):
            raise self._unknown(value if value.kind == "word" else token, field is not None)
        return Has(token.start, value.end, value.value)

    def _date(self, token: Token) -> Any:
        """The longest beginning of what follows that is a date."""
        following = self._peek()
        if following.kind in ("quote", "range"):
            self._take()
            inner = following.value
            shift = following.start + (following.kind == "quote")
            return self._interval(token, inner, shift, following.end)
        rest = re.compile(r"[^\s()^]+").finditer(self.text, token.end)
        chunks: list[tuple[int, int]] = []
        for match in rest:
            between = self.text[chunks[-1][1] if chunks else token.end : match.start()]
            if len(chunks) == _DATE_CHUNKS or between.strip():
                break
            chunks.append(match.span())
        if not chunks:
            raise self._error("empty-field", token, f"{token.value}: has no date after it",
                              f"write it as {token.value}:2022-08")  # fmt: skip
        first = self.text[chunks[0][0] : chunks[0][1]]
        count = 1 if _ONE_CHUNK.match(first) else len(chunks)
        for used in range(count, 1, -1):
            start, end = chunks[0][0], chunks[used - 1][1]
            try:
                interval = read_interval(self.text[start:end], self.dates)
            except DateProblem:
                continue
            self._skip_to(end)
            return DateSpan(token.start, end, token.value, self.text[start:end], interval)
        start, end = chunks[0]
        self._skip_to(end)
        return self._interval(token, self.text[start:end], start, end)

    def _interval(self, token: Token, text: str, start: int, end: int) -> Any:
        try:
            interval = read_interval(text, self.dates)
        except DateProblem as problem:
            span = (start + problem.start, start + max(problem.end, problem.start + 1))
            raise QueryError("bad-date", span, problem.message, problem.cure, self.text) from None
        return DateSpan(token.start, end, token.value, text, interval)

    def _skip_to(self, end: int) -> None:
        while self._peek().kind != "end" and self._peek().start < end:
            self._at += 1

    def _number(self, token: Token) -> Any:
        value = self._take()
        text = value.value if value.kind in ("word", "quote") else ""
        if value.kind == "range":
            low, _, high = value.value[1:-1].partition(" TO ")
            return self._range(token, value, low.strip(), high.strip())
        if found := _BOUND.match(text):
            number = float(found["value"])
            above = found["sign"][0] == ">"
            is_open = "=" not in found["sign"]
            return NumberSpan(
                token.start, value.end, token.value, number if above else None,
                None if above else number, is_open and above, is_open and not above,
            )  # fmt: skip
        found = _SPAN.match(text)
        if found is None or not (found["low"] or found["high"]):
            raise self._error("bad-number", value, f"{text or value.value!r} is not a number",
                              f"write {token.value}:300, {token.value}:>300 or 100..300")  # fmt: skip
        if not found["dots"]:
            return NumberSpan(token.start, value.end, token.value, float(text), float(text))
        return self._range(token, value, found["low"] or "*", found["high"] or "*")

    def _range(self, token: Token, value: Token, low: str, high: str) -> Any:
        limits: list[float | None] = []
        for text in (low, high):
            if text in ("*", ""):
                limits.append(None)
            elif re.fullmatch(_NUMBER, text):
                limits.append(float(text))
            else:
                raise self._error("bad-number", value, f"{text!r} is not a number",
                                  f"write {token.value}:[100 TO 300]")  # fmt: skip
        if limits[0] is not None and limits[1] is not None and limits[0] > limits[1]:
            raise self._error("empty-range", value, "this range ends before it begins",
                              "write the lower number first")  # fmt: skip
        return NumberSpan(
            token.start, value.end, token.value, limits[0], limits[1],
            value.value.startswith("{"), value.value.endswith("}"),
        )  # fmt: skip


def _joined(operator: str, parts: list[Any]) -> Any:
    if len(parts) < 2:
        return parts[0] if parts else None
    flat: list[Any] = []
    for part in parts:
        if isinstance(part, Boolean) and part.operator == operator:
            flat.extend(part.parts)
        else:
            flat.append(part)
    return Boolean(parts[0].start, parts[-1].end, operator, tuple(flat))
