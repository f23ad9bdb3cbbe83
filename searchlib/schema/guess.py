"""A schema that fits given articles, as a first draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from searchlib.dates import read_iso
from searchlib.schema.fields import Date, Field, Key, Keyword, Number, Stored, Text
from searchlib.schema.schema import NEWS, Schema

__all__ = ["guess_schema"]

_LONG = 60  # characters: longer values are texts, not names
_SAMPLE = 500
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")  # not 007, which is a name


def guess_schema(records: Iterable[Mapping[str, Any]]) -> Schema:
    """A schema for these records. Fields of ``NEWS`` are as they are there; of others the values
    decide: numbers, dates, lists of names, names that come again, texts.

    >>> schema = guess_schema([{"id": "a", "title": "Rain", "stars": 3, "tags": ["x", "y"]}])
    >>> [(name, field.kind) for name, field in schema]
    [('id', 'key'), ('title', 'text'), ('stars', 'number'), ('tags', 'keyword')]
    """
    values: dict[str, list[Any]] = {}
    for record in records:
        for name, value in record.items():
            if value not in (None, "", []) and len(values.setdefault(name, [])) < _SAMPLE:
                values[name].append(value)
    fields: dict[str, Field] = {"id": Key()}
    for name, seen in values.items():
        if name != "id" and name.isidentifier() and not name.startswith("_"):
            fields[name] = NEWS.fields.get(name) or _field(seen)
    return Schema(**fields)


def _field(values: list[Any]) -> Field:
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return Number()
    if all(isinstance(value, list) for value in values):
        items = [item for value in values for item in value]
        is_names = all(isinstance(item, str) and len(item) <= _LONG for item in items)
        return Keyword(many=True) if is_names else Stored()
    if not all(isinstance(value, str) for value in values):
        return Stored()
    if all(map(_is_date, values)):
        return Date()
    if all(map(_NUMBER.fullmatch, values)):
        return Number()
    if sum(map(len, values)) / len(values) > _LONG:
        return Text()
    return Keyword() if len(set(values)) <= max(1, len(values) // 2) else Text()


def _is_date(text: str) -> bool:
    try:
        read_iso(text)
    except ValueError:
        return False
    return len(text) > 4  # a year alone is a number
