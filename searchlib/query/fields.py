"""A schema as the parser sees it: names to field views, and the fields searched by default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from searchlib.schema import Schema, Text

__all__ = ["FieldView", "Fields", "fields_of"]


class FieldView(NamedTuple):
    """One field: ``kind`` is that of the schema, ``exact`` the Whoosh field of words as written."""

    name: str
    kind: str
    language: str
    exact: str
    many: bool


class Fields:
    """The fields of a schema, looked up by name in any case, and the default ones.

    >>> from searchlib.schema import NEWS
    >>> fields = Fields(NEWS, None)
    >>> fields.get("Title").kind, [view.name for view in fields.defaults]
    ('text', ['title', 'body'])
    """

    def __init__(self, schema: Schema, defaults: tuple[str, ...] | None) -> None:
        self.schema = schema
        self.by_name: dict[str, FieldView] = {}
        for name, field in schema:
            language = field.language if isinstance(field, Text) else ""
            many = bool(getattr(field, "many", False))
            self.by_name[name] = FieldView(name, field.kind, language, schema.exact(name), many)
        self._folded = {name.lower(): view for name, view in reversed(self.by_name.items())}
        if defaults is None:
            searched = [n for n, f in schema if isinstance(f, Text) and f.searched]
            defaults = tuple(searched or schema.names(Text))
        for name in defaults:
            if name not in self.by_name or self.by_name[name].kind != "text":
                raise ValueError(f"{name!r} is not a text field of the schema")
        self.defaults = tuple(self.by_name[name] for name in defaults)

    def get(self, name: str) -> FieldView | None:
        """The field of this name; case counts only where two names differ by nothing else."""
        return self.by_name.get(name) or self._folded.get(name.lower())

    def searchable(self) -> list[str]:
        """The names that can stand before a colon."""
        return [view.name for view in self.by_name.values() if view.kind != "stored"]


_MOST = 64
_known: dict[tuple[int, tuple[str, ...] | None], Fields] = {}


def fields_of(schema: Schema, defaults: Sequence[str] | None) -> Fields:
    """The :class:`Fields` of a schema, made once.

    >>> from searchlib.schema import NEWS
    >>> fields_of(NEWS, None) is fields_of(NEWS, None)
    True
    """
    # By identity: hashing a schema by value costs as much as parsing a query. The entry holds
    # the schema, so its identity is not given to another one meanwhile.
    key = (id(schema), None if defaults is None else tuple(defaults))
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST:
            _known.clear()
        found = _known[key] = Fields(schema, key[1])
    return found
