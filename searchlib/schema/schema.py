"""The schema definer: the fields of an article -> the fields of a Whoosh index.

A field is one of six kinds. :class:`Schema` checks them when it is made, cleans the values of
records against them, and maps them to a ``whoosh.fields.Schema``.

A :class:`Text` field with a stemmer becomes two Whoosh fields: ``body`` with the stems and
``body_exact`` with the words as written. They share one posting list in the archive.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import partial
from types import MappingProxyType
from typing import Any

from whoosh import fields as whoosh_fields

from searchlib import analysis
from searchlib.errors import RecordError, SchemaError
from searchlib.schema.fields import SURROGATE, Date, Field, Key, Keyword, Number, Stored, Text
from searchlib.schema.whoosh_fields import text_field

__all__ = ["NEWS", "Date", "Field", "Key", "Keyword", "Number", "Schema", "Stored", "Text"]

_KINDS: dict[str, type[Field]] = {c.kind: c for c in (Key, Text, Keyword, Date, Number, Stored)}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_RESERVED = frozenset({"and", "or", "not", "near", "same", "has", "rank", "score", "since"})
_EXACT = "_exact"
_UNSTEMMED = ("", "zh", "ja", "ko")  # languages without a stemmer


class Schema:
    """The fields of an archive's articles, in order.

    Raises :class:`SchemaError`, naming the field, for no key or two, a name that a query could
    not use, or a language that is not known. Schemas compare by value.

    >>> schema = Schema(id=Key(), title=Text(weight=2.0), section=Keyword())
    >>> schema.key, schema.exact("title")
    ('id', 'title_exact')
    >>> sorted(schema.to_whoosh().names())
    ['id', 'section', 'title', 'title_exact']
    """

    def __init__(self, /, **fields: Field) -> None:
        for name, field in fields.items():
            _check(name, field)
        keys = [name for name, field in fields.items() if isinstance(field, Key)]
        if len(keys) != 1:
            found = f"{len(keys)} ({', '.join(keys)})" if keys else "none"
            raise SchemaError(f"a schema has one Key field, this one has {found}: add id=Key()")
        self.fields: Mapping[str, Field] = MappingProxyType(dict(fields))
        self.key: str = keys[0]
        self._twins = {
            name: name + _EXACT
            for name, field in fields.items()
            if isinstance(field, Text) and analysis.has_stemmer(field.language)
        }
        self._cleaners = {name: field.clean for name, field in fields.items()}
        self._whoosh: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self.fields.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.fields), ()

    def __iter__(self) -> Iterator[tuple[str, Field]]:
        return iter(self.fields.items())

    def __repr__(self) -> str:
        return f"Schema({', '.join(f'{name}={field!r}' for name, field in self)})"

    def names(self, *kinds: type[Field]) -> list[str]:
        """The names of the fields of these kinds, in order; of all fields if none is given."""
        return [name for name, field in self if not kinds or isinstance(field, kinds)]

    def exact(self, name: str) -> str:
        """The Whoosh field that holds the words of a text field as written."""
        return self._twins.get(name, name)

    def base(self, name: str) -> str:
        """The field that a Whoosh field belongs to: the other way round of :meth:`exact`."""
        stem = name.removesuffix(_EXACT)
        return stem if self._twins.get(stem) == name else name

    def to_whoosh(self) -> Any:
        """This schema as a ``whoosh.fields.Schema``: what the archive is to Whoosh programs."""
        if self._whoosh is None:
            made = whoosh_fields.Schema()
            for name, field in self:
                made.add(name, field.to_whoosh())
                if name in self._twins and isinstance(field, Text):
                    made.add(self._twins[name], text_field("", field.weight, stored=False))
            self._whoosh = made
        return self._whoosh

    def clean(self, record: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        """A record's values as they are kept, without the empty ones.

        Keys that the schema does not have are kept as stored values. Raises
        :class:`RecordError` with ``where``, the field and the reason.

        >>> Schema(id=Key(), words=Number()).clean({"id": 7, "words": "12", "seen": True})
        {'id': '7', 'words': 12, 'seen': True}
        """
        kept: dict[str, Any] = {}
        for name, value in record.items():
            clean = self._cleaners.get(name)
            if clean is None:
                if not isinstance(name, str):
                    raise RecordError(
                        where, None, f"a field's name is text, not {type(name).__name__}"
                    )
                if value is not None and not name.isascii() and SURROGATE.search(name):
                    why = f"the name {name!r:.40} has half of a surrogate pair"
                    raise RecordError(where, None, why)
                clean = _ANY.clean
            if value is None:
                continue
            try:
                made = clean(value)
            except ValueError as error:
                raise RecordError(where, name, str(error)) from None
            if made is not None:
                kept[name] = made
        if self.key not in kept:
            raise RecordError(where, self.key, "the key is missing")
        return kept

    def clean_key(self, key: Any) -> str:
        """A key as it is kept, to look an article up by; :class:`RecordError` if it is none.

        >>> NEWS.clean_key(17)
        '17'
        """
        try:
            kept: str = self.fields[self.key].clean(key)
        except ValueError as error:
            raise RecordError("", self.key, str(error)) from None
        return kept

    def to_json(self) -> list[dict[str, Any]]:
        """The schema as plain data; :meth:`from_json` reads it back."""
        return [
            {"name": name, "kind": field.kind}
            | {f.name: getattr(field, f.name) for f in fields(field)}
            for name, field in self
        ]

    @classmethod
    def from_json(cls, data: Any) -> Schema:
        """The schema that :meth:`to_json` described; :class:`SchemaError` if it is none.

        >>> Schema.from_json(NEWS.to_json()) == NEWS
        True
        """
        try:
            made = {}
            for entry in data:
                options = {k: v for k, v in entry.items() if k not in ("name", "kind")}
                made[entry["name"]] = _KINDS[entry["kind"]](**options)
            return cls(**made)
        except (TypeError, KeyError, AttributeError) as error:
            raise SchemaError(f"this is not the description of a schema: {error!r}") from None

    def extends(self, old: Schema) -> bool:
        """Whether this schema is ``old`` or ``old`` with fields added.

        Raises :class:`SchemaError` naming the first field that differs.

        >>> Schema(id=Key(), words=Number()).extends(Schema(id=Key()))
        True
        """
        for name, field in old:
            if name not in self.fields:
                raise SchemaError(
                    f"the archive has a field {name!r} that this schema lacks: "
                    "a field can be added to an archive but not taken away",
                    field=name,
                )
            if self.fields[name] != field:
                raise SchemaError(
                    f"field {name!r} is {field!r} in the archive and {self.fields[name]!r} in "
                    "this schema: make a new archive to change a field",
                    field=name,
                )
        return True


def _check(name: str, field: Field) -> None:
    if not isinstance(field, Field) or field.kind not in _KINDS:
        raise SchemaError(
            f"{name}={field!r}: a field is a Key, Text, Keyword, Date, Number or Stored",
            field=name,
        )
    if not _NAME.match(name):
        raise SchemaError(
            f"{name!r} cannot name a field: use letters, digits and _, a letter first", field=name
        )
    if name.lower() in _RESERVED or name.endswith(_EXACT):
        raise SchemaError(f"{name!r} has a meaning of its own in queries: use another", field=name)
    for option in ("many", "searched"):
        value = getattr(field, option, False)
        if not isinstance(value, bool):
            raise SchemaError(f"{name}: {option} is True or False, not {value!r}", field=name)
    if isinstance(field, Text):
        language = field.language
        known = isinstance(language, str) and (
            language in _UNSTEMMED or analysis.has_stemmer(language)
        )
        if not known:
            able = ", ".join(sorted(analysis.LANGUAGES))
            raise SchemaError(
                f"{name}: language {field.language!r} is not known: "
                f'use "" for words as written, or one of {able}, zh, ja, ko',
                field=name,
            )
        weight = field.weight
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise SchemaError(f"{name}: the weight is a number, not {weight!r}", field=name)
        if not 0 < weight < math.inf:
            raise SchemaError(f"{name}: the weight is above 0, not {weight!r}", field=name)


_ANY = Stored()

#: The schema of a news article.
NEWS: Schema = Schema(
    id=Key(),
    title=Text(weight=2.0),
    body=Text(),
    date=Date(),
    crawled=Date(),
    source=Keyword(),
    section=Keyword(),
    authors=Keyword(many=True),
    editors=Keyword(many=True),
    places=Keyword(many=True),
    topics=Keyword(many=True),
    dateline=Stored(),
    url=Stored(),
    lang=Keyword(),
)
