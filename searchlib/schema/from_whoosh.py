"""The fields of a ``whoosh.fields.Schema`` as those of an archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import analysis, fields
from whoosh.fields import SpellField

from searchlib.analysis.languages import language_of
from searchlib.errors import ArgumentTypeError, SchemaError
from searchlib.schema.fields import Date, Field, Key, Keyword, Number, Stored, Text

__all__ = ["NO_PLACE", "checked_schema", "field_of_whoosh", "fields_of_whoosh"]

#: What to do with a field that has no place in an archive.
NO_PLACE = "leave it out of the schema, or keep that part of the program on Whoosh"


def fields_of_whoosh(schema: Any) -> dict[str, Field]:
    """The fields of a schema of Whoosh, by name. SchemaError names what has no place in an archive.

    >>> schema = fields.Schema(id=fields.ID(unique=True, stored=True), title=fields.TEXT)
    >>> fields_of_whoosh(schema)["title"].language
    ''
    """
    schema = checked_schema(schema)
    keys = [name for name, field in schema.items() if field.unique]
    if len(keys) != 1:
        raise SchemaError(
            f"an archive has one key, and this schema has {len(keys)} unique fields: give it one, "
            "as in id=ID(unique=True, stored=True)"
        )
    if getattr(schema, "_dyn_fields", None):
        raise SchemaError(f"dynamic fields ({next(iter(schema._dyn_fields))}): {NO_PLACE}")
    return {
        name: Key() if name == keys[0] else field_of_whoosh(name, field)
        for name, field in schema.items()
        if not isinstance(field, SpellField)  # an archive finds the words as written by itself
    }


def checked_schema(schema: Any) -> Any:
    """The ``whoosh.fields.Schema`` that this is, or that its class describes (``SchemaClass``);
    ArgumentTypeError if it is neither.

    >>> checked_schema(fields.Schema(id=fields.ID)).names()
    ['id']
    """
    try:
        return fields.ensure_schema(schema)
    except fields.FieldConfigurationError:
        kind = type(schema).__name__
        raise ArgumentTypeError(
            f"a whoosh.fields.Schema is expected, not {kind}: describe the fields of an archive "
            "without one by searchlib.Schema(...)"
        ) from None


def field_of_whoosh(name: str, field: Any) -> Field:
    """The field of an archive for one of Whoosh's types; SchemaError if there is none.

    >>> field_of_whoosh("tags", fields.KEYWORD())
    Keyword(many=True)
    """
    if field.vector:
        raise SchemaError(f"{name}: vectors are not kept in an archive: {NO_PLACE}")
    if isinstance(field, fields.KEYWORD):
        commas = any("," in pattern for pattern in _patterns(field.analyzer))
        return Keyword(many=True, separator="," if commas else " ")
    if isinstance(field, fields.TEXT):
        return Text(
            language=_language(name, field.analyzer), weight=field.format.field_boost,
            stored=bool(field.stored),
        )  # fmt: skip
    if isinstance(field, fields.DATETIME):  # a kind of NUMERIC
        return Date()
    for kind, ours in ((fields.ID, Keyword), (fields.NUMERIC, Number), (fields.STORED, Stored)):
        if isinstance(field, kind):
            return ours()
    raise SchemaError(f"{name}: an archive has no {type(field).__name__} fields: {NO_PLACE}")


def _parts(analyzer: Any) -> Iterator[Any]:
    """The tokenizer and the filters of an analyzer."""
    parts = getattr(analyzer, "items", None)  # of a CompositeAnalyzer
    if isinstance(parts, list):
        for part in parts:
            yield from _parts(part)
    else:
        yield analyzer


def _patterns(analyzer: Any) -> list[str]:
    return [
        part.expression.pattern
        for part in _parts(analyzer)
        if isinstance(part, analysis.RegexTokenizer)
    ]


def _language(name: str, analyzer: Any) -> str:
    """The language of a text field: that of its stemmer; "" if it has none."""
    for part in _parts(analyzer):
        if isinstance(part, (analysis.StemFilter, analysis.PyStemmerFilter)):
            said = getattr(part, "lang", None) or "en"
            language = language_of(str(said))
            if not language:
                raise SchemaError(f"{name}: the language {said!r} is not known")
            return language
        if isinstance(part, (analysis.NgramFilter, analysis.NgramTokenizer)):
            raise SchemaError(f"{name}: parts of words (ngrams) are not indexed: {NO_PLACE}")
    return ""
