"""Why a query does not find an article: the parts of it that the article fails, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from searchlib.query import Parsed, ast
from searchlib.query.format import format_query
from searchlib.requests import SearchRequest

__all__ = ["failures", "reasons"]

_UNITS = {"sentence": "in one sentence", "paragraph": "in one paragraph"}


def failures(
    request: SearchRequest, filters: Mapping[str, Any], matches: Callable[[Any], bool],
    record: Mapping[str, Any], zone: tzinfo, parse: Callable[[str], Parsed],
) -> list[str]:  # fmt: skip
    """A line for each part of a query, and for each filter, that an article fails. ``filters`` has
    the trees of the request's filters, ``matches`` says whether the article matches a tree,
    ``record`` are its fields, ``parse`` parses the text of the query."""
    found: list[str] = []
    text = request.query
    if isinstance(text, str):
        parsed = parse(text)
        if parsed.node is not None:
            found = reasons(parsed.node, lambda node: matches(parsed.part(node)), record, zone)
    elif not matches(text):
        found = [f"{text}: it does not match"]
    for (name, values), tree in zip(request.filters, filters.values(), strict=True):
        if not matches(tree):
            own = record.get(name)
            what = f"its {name} is {own}" if own not in (None, "", []) else f"it has no {name}"
            found.append(f"filter {name}: {', '.join(values)}: {what}")
    return found


def reasons(
    node: ast.Expr, matches: Callable[[ast.Expr], bool], record: Mapping[str, Any], zone: tzinfo
) -> list[str]:
    """A line for each part that the article fails; none if it matches. ``matches`` says whether it
    has a part; ``record`` are its fields.

    >>> from datetime import UTC
    >>> tree = ast.AndExpr((ast.WordExpr(("rain",)), ast.NotExpr(ast.WordExpr(("snow",)))))
    >>> reasons(tree, lambda part: part == ast.WordExpr(("snow",)), {}, UTC)
    ['rain: it does not have this word', 'NOT snow: it has this']
    """
    if matches(node):
        return []
    if isinstance(node, ast.MaybeExpr):
        return reasons(node.required, matches, record, zone)
    if isinstance(node, ast.AndExpr):
        return [line for part in node.parts for line in reasons(part, matches, record, zone)]
    return [f"{format_query(node, zone)}: {_why(node, matches, record, zone)}"]


def _why(
    node: ast.Expr, matches: Callable[[ast.Expr], bool], record: Mapping[str, Any], zone: tzinfo
) -> str:
    if isinstance(node, ast.NotExpr):
        return "it has this"
    if isinstance(node, ast.OrExpr):
        return "it has none of these"
    if isinstance(node, (ast.WordExpr, ast.PhraseExpr)):
        return _why_words(node, matches)
    if isinstance(node, ast.NearExpr):
        missing = [format_query(one, zone) for one in (node.a, node.b) if not matches(one)]
        if missing:
            return f"it does not have {' and '.join(missing)}"
        order = ", in this order" if node.ordered else ""
        return f"it has both, but not {_UNITS.get(node.unit, f'within {node.slop} words')}{order}"
    if isinstance(node, ast.AtLeastExpr):
        count = f"{node.count} times"
        return f"it has this, but not {count}" if matches(node.part) else "it does not have this"
    if isinstance(node, ast.FirstExpr):
        where = f"not within the first {node.limit} words"
        return f"it has this, but {where}" if matches(node.part) else "it does not have this"
    if isinstance(node, ast.PatternExpr):
        return "it has no word like this"
    field = getattr(node, "field", None)
    value = record.get(field) if field else None
    if value in (None, "", []):
        return f"it has no {field}" if field else "it does not match"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return f"its {field} is {value}"


def _why_words(node: ast.WordExpr | ast.PhraseExpr, matches: Callable[[ast.Expr], bool]) -> str:
    if len(node.tokens) == 1:
        where = f" in its {node.field}" if node.field else ""
        return f"it does not have this word{where}"
    missing = [one for one in node.tokens if not matches(replace(node, tokens=(one,)))]
    if missing:
        return f"it does not have {', '.join(missing)}"
    return "it has all of the words, but not next to each other in one field"
