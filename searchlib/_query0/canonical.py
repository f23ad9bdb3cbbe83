"""What a query was understood to say, as text that parses back to the same tree."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Any

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

__all__ = ["canonical"]

_BARE = re.compile(r"""[^\W_][^\s()"~^\[\]{}|*?:]*\Z""")


def canonical(node: Any, zone: tzinfo) -> str:
    """The text of a query: operators written out, dates absolute (in ``zone``)."""
    return "" if node is None else _write(node, zone, 0)


def _write(node: Any, zone: tzinfo, within: int) -> str:
    """``within`` is how tightly the place binds: 0 anything, 1 in AND, 2 one item."""
    if isinstance(node, Boolean):
        level = 0 if node.operator == "OR" else 1
        joint = " OR " if node.operator == "OR" else " AND "
        text = joint.join(_write(part, zone, level + 1) for part in node.parts)
        return f"({text})" if within > level else text
    if isinstance(node, Not):
        return f"NOT {_write(node.child, zone, 2)}"
    if isinstance(node, Boosted):
        child = _write(node.child, zone, 2)
        if isinstance(node.child, (Boosted, Not)):
            child = f"({child})"
        return f"{child}^{node.factor:g}"
    if isinstance(node, Scoped):
        child = _write(node.child, zone, 2)
        boosted = isinstance(node.child, Boosted)
        return f"{node.field}:({child})" if boosted else f"{node.field}:{child}"
    return _leaf(node, zone)


def _leaf(node: Any, zone: tzinfo) -> str:
    if isinstance(node, Word):
        tail = {"prefix": "*", "fuzzy": f"~{node.edits}"}.get(node.kind, "")
        return f"{'=' if node.kind == 'exact' else ''}{node.text}{tail}"
    if isinstance(node, Quoted):
        return f'"{node.text}"' + (f"~{node.slop}" if node.slop != 1 else "")
    if isinstance(node, DateSpan):
        text = node.interval.expression(zone)
        if re.search(r"[\s()]", text) and text[0] not in "[{":
            text = f'"{text}"'
        return f"{node.field}:{text}"
    if isinstance(node, Has):
        return f"has:{node.field}"
    assert isinstance(node, NumberSpan)
    if node.low is not None and node.low == node.high and not (node.low_open or node.high_open):
        return f"{node.field}:{node.low:.17g}"
    low = "*" if node.low is None else f"{node.low:.17g}"
    high = "*" if node.high is None else f"{node.high:.17g}"
    left, right = "{" if node.low_open else "[", "}" if node.high_open else "]"
    return f"{node.field}:{left}{low} TO {high}{right}"
