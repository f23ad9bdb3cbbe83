"""Whoosh's field types as plain data, and back, so that an archive can keep them.

A field type is a small tree of objects: an analyzer with its filters, a format, a column. Those of
Whoosh's own classes are written as their name and their attributes; nothing is pickled, and reading
the data makes objects of these classes only. An object of a program's own class has no description:
the program gives it again when it opens the archive.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from whoosh import analysis, columns, fields, formats
from whoosh.lang import porter

from searchlib.errors import SchemaError

__all__ = ["check_description", "describe", "fieldtype_of"]

_MAX_DEPTH = 32
_BASES = (
    analysis.Composable, fields.FieldType, formats.Format, columns.Column,
)  # fmt: skip
# These run what a program has given them, or unpickle.
_LEFT_OUT = ("LoggingFilter", "PickleColumn", "ReverseField", "FieldWrapper")


def _classes(bases: Iterable[type]) -> Iterator[tuple[str, type]]:
    """Whoosh's own classes among these and all that derive from them. They are found so since not
    every version of Whoosh has all of them in the package's namespace."""
    for base in bases:
        name = base.__name__
        if base.__module__.startswith("whoosh.") and name not in _LEFT_OUT and name[0] != "_":
            yield name, base
        yield from _classes(base.__subclasses__())


_CLASSES = MappingProxyType(dict(_classes(_BASES)))
_TYPES = MappingProxyType({"int": int, "float": float, "Decimal": Decimal})
_FUNCTIONS = MappingProxyType({"porter": porter.stem})


def describe(fieldtype: Any) -> str | None:
    """A field type as JSON; None if a part of it is of a class that is not Whoosh's.

    >>> print(describe(fields.STORED()))
    {"class":"STORED","state":{}}
    """
    try:
        data = _to_data(fieldtype, 0)
    except TypeError:
        return None
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fieldtype_of(description: str) -> Any:
    """The field type of a description; SchemaError if it is none.

    >>> [t.text for t in fieldtype_of(describe(fields.TEXT())).analyzer("The Rain")]
    ['rain']
    """
    try:
        fieldtype = _from_data(json.loads(description), 0)
    except Exception as error:  # a class of Whoosh's may say anything of a state that is not its
        raise SchemaError(f"this describes no field type: {error!r:.100}") from None
    if not isinstance(fieldtype, fields.FieldType) or not _is_whole(fieldtype):
        raise SchemaError(f"this describes no field type: {description:.100}")
    return fieldtype


def _is_whole(fieldtype: Any) -> bool:
    """Whether the parts of a field type are what they are called."""
    parts = (
        (fieldtype.format, formats.Format, not fieldtype.indexed),
        (fieldtype.analyzer, analysis.Composable, True),
        (fieldtype.column_type, columns.Column, True),
        (fieldtype.vector, formats.Format, True),
    )
    return all(isinstance(part, base) or (may_lack and not part) for part, base, may_lack in parts)


@lru_cache(maxsize=256)
def check_description(description: str) -> None:
    """SchemaError if a field type has not this description."""
    fieldtype_of(description)


def _to_data(value: Any, depth: int) -> Any:
    """An object as JSON data; TypeError if there is none for it."""
    if depth > _MAX_DEPTH:
        raise TypeError("too deep")
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if type(value) is bytes:
        return {"bytes": value.decode("latin-1")}
    if type(value) in (list, tuple):
        items = [_to_data(item, depth + 1) for item in value]
        return items if type(value) is list else {"tuple": items}
    if type(value) in (set, frozenset):
        items = [_to_data(item, depth + 1) for item in value]
        return {type(value).__name__: sorted(items, key=json.dumps)}
    if type(value) is dict:
        pairs = [[_to_data(k, depth + 1), _to_data(v, depth + 1)] for k, v in value.items()]
        return {"dict": pairs}
    if isinstance(value, re.Pattern):
        return {"pattern": value.pattern, "flags": value.flags}
    for group, names in (("type", _TYPES), ("function", _FUNCTIONS)):
        for name, known in names.items():
            if value is known:
                return {group: name}
    name = type(value).__name__
    if _CLASSES.get(name) is not type(value):
        raise TypeError(f"{name} is not Whoosh's")
    state: Any = value.__getstate__() or {}
    attributes = {key: _to_data(item, depth + 1) for key, item in state.items()}
    return {"class": name, "state": attributes}


def _from_data(data: Any, depth: int) -> Any:
    """The inverse of :func:`_to_data`."""
    if depth > _MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(data, list):
        return [_from_data(item, depth + 1) for item in data]
    if not isinstance(data, dict):
        return data
    if "class" in data:
        return _object(_CLASSES[data["class"]], data["state"], depth)
    if "pattern" in data:
        return re.compile(data["pattern"], data["flags"])
    ((tag, value),) = data.items()
    if tag in ("type", "function"):
        return (_TYPES if tag == "type" else _FUNCTIONS)[value]
    if tag == "float":
        return float(value)
    if tag == "bytes":
        return value.encode("latin-1")
    if tag == "dict":
        return {_from_data(k, depth + 1): _from_data(v, depth + 1) for k, v in value}
    items = [_from_data(item, depth + 1) for item in value]
    return {"tuple": tuple, "set": set, "frozenset": frozenset}[tag](items)


def _object(whoosh_class: Any, state: dict[str, Any], depth: int) -> Any:
    instance = whoosh_class.__new__(whoosh_class)
    attributes = {str(name): _from_data(value, depth + 1) for name, value in state.items()}
    if hasattr(instance, "__setstate__"):
        instance.__setstate__(attributes)
    else:
        instance.__dict__.update(attributes)
    return instance
