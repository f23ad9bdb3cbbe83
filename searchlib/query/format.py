"""Syntax tree -> canonical query text, which parses back to the same tree."""

from __future__ import annotations

import re
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from searchlib.analysis import rules
from searchlib.query.ast import (
    AndExpr,
    AtLeastExpr,
    EverythingExpr,
    Expr,
    FirstExpr,
    HasExpr,
    MaybeExpr,
    NearExpr,
    NotExpr,
    OrExpr,
    PatternExpr,
    PeriodExpr,
    PhraseExpr,
    RangeExpr,
    ValueExpr,
    WordExpr,
)
from searchlib.query.lexer import OPERATORS, near_operator
from searchlib.query.terms import words

__all__ = ["format_query"]

_BARE = re.compile(r"[^\W_][\w.&-]*[^\W_]\Z|[^\W_]\Z")
_QUOTABLE = r"[\s()|^\"“”„‟＂«»]"
_UNITS = {"sentence": "/s", "paragraph": "/p"}
_OR, _AND, _UNARY, _NEAR, _OPERAND = range(5)  # how tightly an operator binds


def format_query(node: Expr, zone: tzinfo) -> str:
    """The text of a query: operators written out, dates absolute (in ``zone``)."""
    return _write(node, zone, _OR)


def _write(node: Any, zone: tzinfo, least: int) -> str:
    """The text of a node, in brackets if it binds less tightly than ``least``."""
    text, level = _text(node, zone)
    if node.weight != 1.0:
        text = text if level == _OPERAND else f"({text})"
        text, level = f"{text}^{_decimal(node.weight)}", _OPERAND
    return f"({text})" if level < least else text


def _text(node: Any, zone: tzinfo) -> tuple[str, int]:
    """The text of a node without its weight, and how tightly it binds."""
    if isinstance(node, OrExpr):
        return " OR ".join(_write(part, zone, _AND) for part in node.parts), _OR
    if isinstance(node, AndExpr):
        return " AND ".join(_write(part, zone, _UNARY) for part in node.parts), _AND
    if isinstance(node, MaybeExpr):
        required, optional = (_write(p, zone, _UNARY) for p in (node.required, node.optional))
        return f"{required} ANDMAYBE {optional}", _OR
    if isinstance(node, NotExpr):
        return f"NOT {_write(node.part, zone, _OPERAND)}", _UNARY
    if isinstance(node, NearExpr):
        how = _UNITS.get(node.unit) or f"{'W' if node.ordered else 'NEAR'}/{node.slop}"
        return f"{_write(node.a, zone, _NEAR)} {how} {_write(node.b, zone, _OPERAND)}", _NEAR
    if isinstance(node, AtLeastExpr):
        return f"atleast{node.count}({_write(node.part, zone, _OR)})", _OPERAND
    if isinstance(node, FirstExpr):
        return f"first{node.limit}({_write(node.part, zone, _OR)})", _OPERAND
    return _leaf(node, zone), _OPERAND


def _leaf(node: Any, zone: tzinfo) -> str:
    if isinstance(node, HasExpr):
        return f"has:{node.field}"
    if isinstance(node, EverythingExpr):
        return "*"
    if isinstance(node, WordExpr):
        text = _word(node)
    elif isinstance(node, PhraseExpr):
        text = f'"{" ".join(node.tokens)}"' + (f"~{node.slop}" if node.slop != 1 else "")
    elif isinstance(node, PatternExpr):
        text = _pattern(node)
    elif isinstance(node, ValueExpr):
        text = _value(node.text)
    elif isinstance(node, PeriodExpr):
        text = node.interval.expression(zone)
        if re.search(r"[\s()]", text) and text[0] not in "[{":
            text = f'"{text}"'
    else:
        assert isinstance(node, RangeExpr)
        text = _range(node)
    return text if node.field is None else f"{node.field}:{text}"


def _word(node: WordExpr) -> str:
    """The tokens of a word, with hyphens between them where the script needs any."""
    unbroken = "".join(node.tokens)
    if len(node.tokens) > 1 and words(unbroken, rules()) == node.tokens:
        return unbroken
    return "-".join(node.tokens)


def _pattern(node: PatternExpr) -> str:
    if node.kind == "prefix":
        return f"{_value(node.text) if re.search(_QUOTABLE, node.text) else node.text}*"
    if node.kind == "fuzzy":
        return f"{node.text}~{node.edits}"
    if node.kind == "regex":
        # A sign with a backslash before it stays as it is.
        return "/" + re.sub(r"\\.|/", lambda m: r"\/" if m[0] == "/" else m[0], node.text) + "/"
    return node.text


def _value(text: str) -> str:
    if _BARE.match(text) and text not in OPERATORS and near_operator(text) is None:
        return text
    return '"' + re.sub(r'([\\"“”„‟＂])', r"\\\1", text) + '"'


def _range(node: RangeExpr) -> str:
    low = "*" if node.low is None else f"{node.low:.17g}"
    high = "*" if node.high is None else f"{node.high:.17g}"
    if low == high != "*" and not (node.low_exclusive or node.high_exclusive):
        return low
    if node.low is not None and node.high is None:
        return f">{low}" if node.low_exclusive else f">={low}"
    if node.high is not None and node.low is None:
        return f"<{high}" if node.high_exclusive else f"<={high}"
    if low != "*" and not (node.low_exclusive or node.high_exclusive):
        return f"{low}..{high}"
    left, right = "{" if node.low_exclusive else "[", "}" if node.high_exclusive else "]"
    return f"{left}{low} TO {high}{right}"


def _decimal(weight: float) -> str:
    text = f"{Decimal(repr(weight)):f}"
    return text.removesuffix(".0")
