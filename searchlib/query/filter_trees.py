"""Filters beside a query -> query trees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from whoosh import query as wq

from searchlib.errors import ArgumentError
from searchlib.schema import Date, Key, Keyword, Number, Schema

__all__ = ["filter_trees"]


def filter_trees(
    filters: Iterable[tuple[str, Sequence[str]]], schema: Schema, parse: Callable[[str], Any]
) -> dict[str, Any]:
    """A tree for each field that is filtered, which finds the articles with any of its values;
    ArgumentError for a field that cannot be. ``parse`` makes the tree of a query text.

    >>> from searchlib.schema import NEWS
    >>> filter_trees([("section", ["World"])], NEWS, lambda text: None)
    {'section': Term('section', 'world')}
    """
    trees = {}
    for name, values in filters:
        field = schema.fields.get(name)
        if isinstance(field, Keyword):
            parts = [wq.Term(name, schema.rules.keyword(value)) for value in values]
        elif isinstance(field, Key):
            parts = [wq.Term(name, value) for value in values]
        elif isinstance(field, (Date, Number)):
            parts = [parse(f"{name}:{value}") for value in values]
        else:
            able = ", ".join(schema.names(Key, Keyword, Date, Number))
            raise ArgumentError(f"filters: {name!r} cannot be filtered: try one of {able}")
        trees[name] = parts[0] if len(parts) == 1 else wq.Or(parts)
    return trees
