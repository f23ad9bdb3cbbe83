"""The schema: the fields of an archive's articles, and the Whoosh schema that they map to.

:class:`Schema` checks its fields when it is created, normalises records to their stored form,
and maps itself to a ``whoosh.fields.Schema``.

A :class:`Text` field with a stemmer maps to two Whoosh fields: ``body`` has the stems, and the
exact field ``body_exact`` has the surface forms. In the archive they share one posting list.

How text becomes terms is not the schema's to say but the archive's: by the rules of a version, in
the archive's language where a field and an article name none. The schema of an archive knows both
(:meth:`Schema.bound`), so that whoever has it can analyse texts as the archive does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from searchlib import analysis
from searchlib.analysis import CURRENT_VERSION, Rules
from searchlib.analysis.languages import language_of
from searchlib.errors import RecordError, SchemaError
from searchlib.schema.fields import SURROGATE, Date, Field, Key, Keyword, Number, Stored, Text
from searchlib.schema.fieldtype_data import check_description
from searchlib.schema.from_whoosh import fields_of_whoosh
from searchlib.schema.terms import (
    HIDDEN_KEY,
    Column,
    Terms,
    query_fields,
    terms_fields,
    whoosh_of_terms,
)
from searchlib.schema.weights import MAX_WEIGHT, MIN_WEIGHT
from searchlib.schema.whoosh_fields import KEYWORD, TextAnalyzer, text_field

__all__ = [
    "DEFAULT_LANGUAGE",
    "NEWS",
    "Date",
    "Field",
    "Key",
    "Keyword",
    "Number",
    "Schema",
    "Stored",
    "Text",
    "is_language",
    "known_language",
]

_FIELD_TYPES: dict[str, type[Field]] = {
    field_type.kind: field_type
    for field_type in (Key, Text, Keyword, Date, Number, Stored, Terms, Column)
}
# What a person may write in a schema file.
_PUBLIC_TYPES = [
    kind for kind, field_type in _FIELD_TYPES.items() if field_type not in (Terms, Column)
]
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
#: What a stored article says of its texts that are not stored: their digest.
TEXTS_DIGEST = "_texts"
# Options that are written down only where they differ: earlier versions know of none of them.
_LATER_OPTIONS = [("separator", ""), ("stored", True)]
_RESERVED = frozenset({"and", "or", "not", "near", "same", "has", "rank", "score", "since"})
_EXACT_SUFFIX = "_exact"
#: The language of an archive that was made without one.
DEFAULT_LANGUAGE = "en"
_LANGUAGE_FIELD = "lang"  # the keyword field that names the language of an article


class Schema:
    """The fields of an archive's articles, in order.

    Raises :class:`SchemaError`, naming the field, if there is not exactly one key, or for a name
    that a query could not use or a language that is not known. Schemas compare by value.

    >>> schema = Schema(id=Key(), title=Text(weight=3.0), section=Keyword())
    >>> schema.key, schema.exact("title")
    ('id', 'title_exact')
    >>> sorted(schema.to_whoosh().names())
    ['id', 'section', 'title', 'title_exact']
    """

    def __init__(self, /, **fields: Field) -> None:
        for name, field in fields.items():
            _check_field(name, field)
        keys = [name for name, field in fields.items() if isinstance(field, Key)]
        if len(keys) != 1:
            if not keys:
                raise SchemaError("a schema has one Key field, this one has none: add id=Key()")
            cure = f"keep one, and make {keys[-1]} a Keyword or Stored field"
            raise SchemaError(
                f"a schema has one Key field, not {len(keys)} ({', '.join(keys)}): {cure}"
            )
        self.fields: Mapping[str, Field] = MappingProxyType(dict(fields))
        self.key: str = keys[0]
        #: The fields as the query language sees them.
        self.query_fields = query_fields(self.fields) if self.is_exact else self.fields
        #: The text fields whose texts are indexed and not stored.
        self.unstored: tuple[str, ...] = tuple(
            name for name, field in fields.items() if isinstance(field, Text) and not field.stored
        )
        #: Whether all that is indexed of an article can be made anew of what is stored of it.
        self.stores_all: bool = not (self.unstored or self.is_exact)
        self._normalizers = {name: field.normalize for name, field in fields.items()}
        self._bind(CURRENT_VERSION, DEFAULT_LANGUAGE)

    def _bind(self, version: int, language: str) -> None:
        self.language = language
        self.rules: Rules = analysis.rules(version)
        is_named = version > 1 and isinstance(self.fields.get(_LANGUAGE_FIELD), Keyword)
        #: The keyword field that names the language of an article, if there is one.
        self.language_field: str | None = _LANGUAGE_FIELD if is_named else None
        self._exact_fields = {
            name: name + _EXACT_SUFFIX
            for name, field in self.fields.items()
            if isinstance(field, Text) and self._may_be_stemmed(field)
        }
        self._whoosh: Any = None
        self._stop_words: dict[str | None, frozenset[str]] = {}

    def _may_be_stemmed(self, field: Text) -> bool:
        """Whether terms of the field may differ from its surface forms."""
        if field.language == "":
            return False
        has_any = field.language is None or self.language_field is not None
        return has_any or analysis.has_stemmer(field.language or "")

    def bound(self, version: int, language: str) -> Schema:
        """This schema in an archive whose analysis has this version and whose texts are in this
        language where nothing else says so. It compares as equal to this one.

        >>> NEWS.bound(2, "fr").language_of("body", {"id": "a"})
        'fr'
        """
        if (version, language) == (self.rules.version, self.language):
            return self
        schema = copy(self)
        schema._bind(version, language)
        return schema

    def language_of(self, name: str, row: Mapping[str, Any]) -> str:
        """The language of a text field of an article: what its ``lang`` says, or else the field's
        language, or the archive's; "" for words as written, and if ``lang`` says one that is not
        known.

        >>> NEWS.language_of("body", {"lang": "pt-BR"}), NEWS.language_of("body", {})
        ('pt', 'en')
        """
        field = self.fields[name]
        assert isinstance(field, Text)
        if field.language == "":
            return ""
        if self.language_field is not None and (tag := row.get(self.language_field)):
            return _cached_language(tag if isinstance(tag, str) else str(tag[0]))
        return self.language if field.language is None else field.language

    def default_language(self, name: str) -> str:
        """The language of a text field of an article that does not name one."""
        return self.language_of(name, {})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self.fields.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (dict(self.fields), self.rules.version, self.language)

    def __iter__(self) -> Iterator[tuple[str, Field]]:
        return iter(self.fields.items())

    def __repr__(self) -> str:
        return f"Schema({', '.join(f'{name}={field!r}' for name, field in self)})"

    def names(self, *field_types: type[Field]) -> list[str]:
        """The names of the fields of these types, in order; of all fields if none is given."""
        return [name for name, field in self if not field_types or isinstance(field, field_types)]

    @property
    def date_field(self) -> str | None:
        """The field of an article's own date: "date" if there is one, else the first of dates; None
        if there is none.

        >>> NEWS.date_field, Schema(id=Key()).date_field
        ('date', None)
        """
        dates = self.names(Date)
        return "date" if "date" in dates else next(iter(dates), None)

    @property
    def title_field(self) -> str | None:
        """The text field of an article's title: "title" or "headline"; None if there is neither.

        >>> NEWS.title_field, Schema(id=Key()).title_field
        ('title', None)
        """
        texts = self.names(Text)
        return next((name for name in ("title", "headline") if name in texts), None)

    def searched(self) -> tuple[str, ...]:
        """The text fields that are searched for words without a field name: those that say so, or
        all if none does."""
        names = [name for name, field in self.query_fields.items() if isinstance(field, Text)]
        return tuple(n for n in names if getattr(self.fields[n], "searched", False)) or tuple(names)

    def stop_words(self, name: str | None) -> frozenset[str]:
        """The words that say little in a text field, as surface forms: those of its language. None
        stands for the fields of :meth:`searched`, and the words that say little in all of them.

        >>> "who" in NEWS.stop_words("title"), "president" in NEWS.stop_words(None)
        (True, False)
        """
        words = self._stop_words.get(name)
        if words is None:
            names = self.searched() if name is None else (name,)
            # By the rules of today: they change no term of an index.
            each = [analysis.rules().stop_words(self.default_language(n)) for n in names]
            words = self._stop_words[name] = frozenset.intersection(*each) if each else frozenset()
        return words

    def exact(self, name: str) -> str:
        """The exact field of a text field: the Whoosh field with its surface forms. That is the
        field itself if it has no stemmer."""
        return self._exact_fields.get(name, name)

    def base(self, name: str) -> str:
        """The schema's field for the name of a Whoosh field: the inverse of :meth:`exact`."""
        base = name.removesuffix(_EXACT_SUFFIX)
        return base if self._exact_fields.get(base) == name else name

    @classmethod
    def from_whoosh(cls, schema: Any, *, exact: bool = False) -> Schema:
        """The schema of an archive for the articles of a ``whoosh.fields.Schema``.

        The one unique field is the key; TEXT is text, in the language of its stemmer or as written;
        ID and KEYWORD are keywords (KEYWORD with several values in a text, divided as Whoosh does);
        NUMERIC numbers, DATETIME dates, STORED values. Case and accents of keywords do not matter;
        numbers are stored as they are and searched as 64-bit floats, which tell integers above
        2**53 (``NUMERIC(int, 64)``) not all apart. Words for spelling need no field of their own.
        Texts are stored where they are there, all else always. :class:`SchemaError` names what has
        no place: several unique fields or none, dynamic fields, vectors, NGRAM, BOOLEAN, COLUMN.

        With ``exact`` the archive answers Whoosh programs as a Whoosh index does: the terms are
        those that Whoosh's field types and analyzers make, only what is stored there is stored, and
        an article needs no key. searchlib's own searches know less of such fields.

        >>> from whoosh import fields
        >>> old = fields.Schema(path=fields.ID(unique=True, stored=True), tags=fields.KEYWORD)
        >>> Schema.from_whoosh(old)
        Schema(path=Key(), tags=Keyword(many=True))
        """
        return cls(**(terms_fields if exact else fields_of_whoosh)(schema))

    @property
    def is_exact(self) -> bool:
        """Whether the archive keeps the documents of a Whoosh schema as Whoosh does."""
        return self.key == HIDDEN_KEY

    def to_whoosh(self) -> Any:
        """This schema as a ``whoosh.fields.Schema``, for Whoosh programs.

        >>> NEWS.to_whoosh()["section"].stored
        True
        """
        if self._whoosh is None:
            whoosh_schema = whoosh_of_terms(self.fields)
            for name, field in self:
                if isinstance(field, (Terms, Column)) or name == HIDDEN_KEY:
                    continue
                if not isinstance(field, Text):
                    field_type = (
                        KEYWORD(self.rules, field.separator)
                        if isinstance(field, Keyword)
                        else field.to_whoosh()
                    )
                    whoosh_schema.add(name, field_type)
                    continue
                language = self.default_language(name)
                analyzer = TextAnalyzer(self.rules, language)
                whoosh_schema.add(name, text_field(analyzer, field.weight, stored=field.stored))
                if name in self._exact_fields:
                    analyzer = TextAnalyzer(self.rules, language, stem=False)
                    exact_field = text_field(analyzer, field.weight, stored=False)
                    whoosh_schema.add(self._exact_fields[name], exact_field)
            self._whoosh = whoosh_schema
        return self._whoosh

    def normalize(self, record: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        """A record in the form in which it is stored: values normalised, empty ones left out.

        Keys that the schema does not have are stored and not searched. Raises
        :class:`RecordError` with ``where``, the field and the reason.

        >>> Schema(id=Key(), words=Number()).normalize({"id": 7, "words": "12", "seen": True})
        {'id': '7', 'words': 12, 'seen': True}
        """
        row: dict[str, Any] = {}
        for name, value in record.items():
            normalize = self._normalizers.get(name)
            if normalize is None:
                if not isinstance(name, str):
                    raise RecordError(
                        where, None, f"a field's name is text, not {type(name).__name__}"
                    )
                if value is not None and not name.isascii() and SURROGATE.search(name):
                    why = f"the name {name!r:.40} has half of a surrogate pair"
                    raise RecordError(where, None, why)
                if name == TEXTS_DIGEST and self.unstored:
                    why = "the archive keeps something of its own under this name: give it another"
                    raise RecordError(where, name, why)
                normalize = _UNKNOWN_FIELD.normalize
            if value is None:
                continue
            try:
                normalized = normalize(value)
            except ValueError as error:
                raise RecordError(where, name, str(error)) from None
            except Exception as error:
                if _is_of_python(value):
                    raise  # a mistake of searchlib's
                why = f"the code of the value itself fails: {type(error).__name__}"
                raise RecordError(where, name, why) from None
            if normalized is not None:
                row[name] = normalized
        if self.key not in row:
            raise RecordError(where, self.key, "the key is missing")
        return row

    def normalize_key(self, key: Any) -> str:
        """A key in its stored form, to look up an article; :class:`RecordError` if it is not one.

        >>> NEWS.normalize_key(17)
        '17'
        """
        try:
            normalized: str = self.fields[self.key].normalize(key)
        except ValueError as error:
            raise RecordError("", self.key, str(error)) from None
        return normalized

    def to_json(self) -> list[dict[str, Any]]:
        """The schema as plain data, a dict for each field; :meth:`from_json` is the inverse."""
        return [
            {"name": name, "kind": field.kind}
            | {
                option.name: value
                for option in fields(field)
                if option.compare
                and (option.name, value := getattr(field, option.name)) not in _LATER_OPTIONS
            }
            for name, field in self
        ]

    @classmethod
    def from_json(cls, data: Any) -> Schema:
        """The inverse of :meth:`to_json`; :class:`SchemaError` if the data is not a schema.

        >>> Schema.from_json(NEWS.to_json()) == NEWS
        True
        """
        if not isinstance(data, list):
            raise SchemaError(
                "this is not the description of a schema: it is a list with an object for each "
                f"field, not {type(data).__name__}: searchlib schema FILES prints one"
            )
        schema_fields: dict[str, Field] = {}
        for number, entry in enumerate(data, 1):
            name, field = _described_field(entry, number)
            if name in schema_fields:
                raise SchemaError(
                    f"two fields have the name {name!r}: give each its own", field=name
                )
            schema_fields[name] = field
        return cls(**schema_fields)

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
                    "a field can be added to an archive but not removed",
                    field=name,
                )
            if self.fields[name] != field and _in_place_of(self.fields[name], field) != field:
                raise SchemaError(
                    f"field {name!r} is {field!r} in the archive and {self.fields[name]!r} in "
                    "this schema: make a new archive to change a field",
                    field=name,
                )
        return True

    def over(self, old: Schema, added: Iterable[str] = ()) -> Schema:
        """This schema for the archive of ``old``, which it extends: with the languages that fields
        have there, and bound as it is.

        An exact one (:meth:`from_whoosh`) need not extend it: that is ``old`` with the field types
        that the program gives, and with the fields that ``added`` names."""
        if old.is_exact:
            given = dict(old) | {name: self.fields[name] for name in added}
            merged = {
                name: _in_place_of(self.fields.get(name, field), field)
                for name, field in given.items()
            }
            return Schema(**merged).bound(old.rules.version, old.language)
        merged = {
            name: _in_place_of(field, old.fields[name]) if name in old.fields else field
            for name, field in self
        }
        return Schema(**merged).bound(old.rules.version, old.language)


def _in_place_of(field: Field, old: Field) -> Field:
    """A field without a language takes that of the same field in an archive."""
    if isinstance(field, Terms) and isinstance(old, Terms):
        return replace(old, given=field.given)  # a program knows its own fields
    if isinstance(field, Text) and isinstance(old, Text) and field.language is None:
        return replace(field, language=old.language)
    return field


def _described_field(entry: Any, number: int) -> tuple[str, Field]:
    """The name and the field of an entry of :meth:`Schema.to_json`; SchemaError for what is none,
    with its name, or its number among the entries."""
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str):
        example = '{"name": "title", "kind": "text"}'
        raise SchemaError(f"field {number} of the schema has no name: write it as in {example}")
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in _FIELD_TYPES:
        given = f"{kind!r:.40} is no kind of field" if "kind" in entry else "it has no kind"
        raise SchemaError(f"{name}: {given}: the kinds are {', '.join(_PUBLIC_TYPES)}", field=name)
    field_type = _FIELD_TYPES[kind]
    known = ["name", "kind", *(option.name for option in fields(field_type) if option.compare)]
    for key in entry:
        if key not in known:
            raise SchemaError(
                f"{name}: a {kind} field has no {key!r}: its keys are {', '.join(known)}",
                field=name,
            )
    return name, field_type(**{key: entry[key] for key in known[2:] if key in entry})


def _is_of_python(value: Any) -> bool:
    """Whether a value is made of Python's own types alone, which have no code that may fail."""
    if type(value) in (list, tuple, set, frozenset):
        return all(map(_is_of_python, value))
    if type(value) is dict:
        return all(map(_is_of_python, [*value, *value.values()]))
    return type(value).__module__ in ("builtins", "datetime")


def _rebuild(fields: dict[str, Field], version: int, language: str) -> Schema:
    return Schema(**fields).bound(version, language)


def known_language(tag: str) -> str | None:
    """The language of a BCP 47 tag; None if it is not one that texts are analysed in.

    >>> known_language("pt-BR"), known_language("tlh")
    ('pt', None)
    """
    return language_of(tag) or None


_cached_language = lru_cache(maxsize=1024)(language_of)


def is_language(language: object) -> bool:
    """Whether this is the code of a language, as fields and archives take it."""
    return isinstance(language, str) and (not language or language_of(language) == language)


def _check_field(name: str, field: Field) -> None:
    """Raise SchemaError if the field, or an option of it, is not allowed."""
    if not isinstance(field, Field) or field.kind not in _FIELD_TYPES:
        raise SchemaError(
            f"{name}={field!r}: a field is a Key, Text, Keyword, Date, Number or Stored",
            field=name,
        )
    if isinstance(field, (Terms, Column)) or name == HIDDEN_KEY:
        if not name or not name.isprintable() or SURROGATE.search(name):
            raise SchemaError(f"{name!r} cannot name a field", field=name)
        if isinstance(field, Terms):
            _check_text(name, field)
            if not (type(field.searched) is type(field.is_text) is bool):
                raise SchemaError(f"{name}: it is not well formed", field=name)
            if field.fieldtype and field.given is None:
                check_description(field.fieldtype)
        return
    if not _FIELD_NAME.match(name):
        raise SchemaError(
            f"{name!r} cannot name a field: use letters, digits and _, a letter first", field=name
        )
    if name.lower() in _RESERVED or name.endswith(_EXACT_SUFFIX):
        raise SchemaError(f"{name!r} has a meaning of its own in queries: use another", field=name)
    for option in ("many", "searched", "stored"):
        value = getattr(field, option, False)
        if not isinstance(value, bool):
            raise SchemaError(f"{name}: {option} is True or False, not {value!r}", field=name)
    if isinstance(field, Keyword) and not isinstance(field.separator, str):
        raise SchemaError(f"{name}: separator is text, not {field.separator!r:.40}", field=name)
    if isinstance(field, Text):
        _check_text(name, field)


def _check_text(name: str, field: Text) -> None:
    language = field.language
    if language is not None and not is_language(language):
        stemmed = ", ".join(sorted(analysis.LANGUAGES))
        raise SchemaError(
            f"{name}: language {field.language!r} is not known: "
            f'use "" for words as written, or one of {stemmed}, zh, ja, ko',
            field=name,
        )
    weight = field.weight
    if isinstance(weight, bool) or not isinstance(weight, (int, float)):
        raise SchemaError(f"{name}: the weight is a number, not {weight!r}", field=name)
    if not MIN_WEIGHT <= weight <= MAX_WEIGHT:  # nor is NaN
        message = f"the weight is from {MIN_WEIGHT:g} to {MAX_WEIGHT:g}, not {weight!r:.40}"
        raise SchemaError(f"{name}: {message}", field=name)


_UNKNOWN_FIELD = Stored()  # for keys that the schema does not have

#: The schema of a news article.
NEWS: Schema = Schema(
    id=Key(),
    title=Text(weight=3.0),
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
