"""What a Whoosh index becomes in an archive: its fields, and its documents as articles."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from copy import copy
from datetime import date, time
from decimal import Decimal
from typing import Any

from whoosh import fields as whoosh_fields

from searchlib.errors import ArgumentError, SchemaError
from searchlib.schema import Field, Key, Number, Schema, Stored, Text
from searchlib.schema.from_whoosh import field_of_whoosh

__all__ = ["WhooshMapping"]

_LONG = 64  # bits of an integer of which a float holds 53; the others have at most 32
_NOT_EXACT = "integers above 2**53 are stored as they are, and searched as the nearest float"
_NO_LETTERS = re.compile("[^A-Za-z0-9_]")


class WhooshMapping:
    """The fields of an index as those of an archive, and what there is to say of it.

    ``key`` is the field whose values are the keys; None takes the one unique field that is stored,
    and numbers if there is not one. ArgumentError if the index stores no such field.

    >>> from whoosh.filedb.filestore import RamStorage
    >>> index = RamStorage().create_index(whoosh_fields.Schema(title=whoosh_fields.STORED))
    >>> WhooshMapping(index).schema
    Schema(id=Key(), title=Stored())
    """

    def __init__(self, index: Any, key: str | None = None) -> None:
        self._index = index
        self.notes: list[str] = []
        #: Fields that are kept and not searched, those that cannot come, and the reasons.
        self.not_searched: dict[str, str] = {}
        self.lost: dict[str, str] = {}
        self._bad: dict[str, tuple[int, int, str]] = {}  # values: how many, the first, why
        whoosh_schema = {name: index.schema[name] for name in _field_names(index)}
        self.key = self._key_of(whoosh_schema, key)
        self._names = {}  # of the archive's fields, by those of the index
        fields: dict[str, Field] = {} if self.key else {"id": Key()}
        for name, fieldtype in whoosh_schema.items():
            field = Key() if name == self.key else self._field_of(name, fieldtype)
            if field is not None:
                is_free = name not in fields and _may_be(name)
                free = name if is_free else _free_name(name, {*fields, *whoosh_schema})
                self._names[name] = free
                fields[free] = field
                if free != name:
                    self.notes.append(f"the field {name} is {free} in the archive")
        self.schema = Schema(**fields)

    def _key_of(self, whoosh_schema: dict[str, Any], key: str | None) -> str | None:
        """The field that is the key; None if articles get numbers."""
        if key is not None:
            stored = [name for name, field in whoosh_schema.items() if field.stored]
            if key not in stored:
                cure = f"the key is one of {', '.join(stored)}"
                raise ArgumentError(f"the index stores no field {key!r}: {cure}")
            return key
        unique = [name for name, field in whoosh_schema.items() if field.unique and field.stored]
        if len(unique) == 1:
            return unique[0]
        which = f"the unique fields {', '.join(unique)}" if unique else "no unique field"
        self.notes.append(
            f'the keys are "document 1" and so on, since the index stores {which}: --key FIELD '
            "takes the values of one"
        )
        return None

    def _field_of(self, name: str, fieldtype: Any) -> Field | None:
        """The field of an archive; None if it cannot come."""
        if isinstance(fieldtype, whoosh_fields.SpellField):  # its words come with their text
            return None
        if not fieldtype.stored:
            self.lost[name] = "the index does not store it"
            return None
        if fieldtype.vector:
            fieldtype = copy(fieldtype)
            fieldtype.vector = None
        try:
            field = field_of_whoosh(name, fieldtype)
            if isinstance(field, Number) and fieldtype.numtype is int and fieldtype.bits == _LONG:
                self.notes.append(f"{name}: {_NOT_EXACT}")
            return field
        except SchemaError as error:
            why = str(error).removeprefix(f"{name}: ").partition(": ")[0]
            if isinstance(fieldtype, whoosh_fields.TEXT):
                self.notes.append(f"{name}: its words are searched as they are written: {why}")
                return Text(language="", weight=fieldtype.format.field_boost)
            self.not_searched[name] = why
            return Stored()

    def articles(self) -> Iterator[dict[str, Any]]:
        """The articles that the documents are, each with what can come of it."""
        with self._index.reader() as reader:
            for number, (_, stored) in enumerate(reader.iter_docs(), 1):
                article = {} if self.key else {"id": f"document {number}"}
                for name, value in stored.items():
                    if name in self._names:
                        article |= self._value(name, value, number)
                    elif name not in self.lost:
                        self.lost[name] = "the schema of the index does not have it any more"
                yield article
        for name, (count, number, why) in self._bad.items():
            values = f"{count:,} values, the first" if count > 1 else "the value"
            self.lost[name] = f"{values} of document {number:,}: {why}"

    def _value(self, name: str, value: Any, number: int) -> dict[str, Any]:
        """A value by the name of its field; nothing if it cannot come."""
        free = self._names[name]
        field = self.schema.fields[free]
        if isinstance(field, Key):
            return {free: value if isinstance(value, (int, str)) else str(value)}
        try:
            if isinstance(field, Stored) or isinstance(value, Decimal):
                value = _json_value(value)
            return {free: field.normalize(value)}
        except (ValueError, RecursionError) as error:
            count, first, why = self._bad.get(name, (0, number, str(error)))
            self._bad[name] = count + 1, first, why
            return {}


def _json_value(value: Any) -> Any:
    """A value that a Whoosh program stores, of what JSON has: dates as ISO 8601, bytes as base64,
    all that has items but dicts as lists."""
    if isinstance(value, dict):
        return {str(name): _json_value(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_value(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(_json_value, value), key=repr)
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _field_names(index: Any) -> list[str]:
    """The fields of an index, those of dynamic names that it has values of among them."""
    names = index.schema.names()
    if not getattr(index.schema, "_dyn_fields", None):
        return list(names)
    found: set[str] = set()
    with index.reader() as reader:
        found.update(reader.indexed_field_names())
        for _, stored in reader.iter_docs():
            found.update(stored)
    return [*names, *sorted(name for name in found - {*names} if name in index.schema)]


def _free_name(name: str, others: set[str]) -> str:
    """A name like this one that an archive can have."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    free = _NO_LETTERS.sub("_", ascii_name)
    free = free if free[:1].isalpha() else f"field_{free}"
    while free in others or not _may_be(free):
        free += "_"
    return free


def _may_be(name: str) -> bool:
    """Whether a field of an archive can have this name."""
    try:
        Schema(**{"key_": Key(), name: Stored()})
    except SchemaError:
        return False
    return True
