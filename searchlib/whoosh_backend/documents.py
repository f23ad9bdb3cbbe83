"""The documents of a Whoosh program as the articles of an archive that keeps them as Whoosh does
(``Schema.from_whoosh(schema, exact=True)``)."""

from __future__ import annotations

import secrets
from collections.abc import Container, Iterator, Mapping
from typing import Any

from whoosh.fields import SpellField, UnknownFieldError
from whoosh.writing import IndexingError

from searchlib.ingest.record import canonical_json
from searchlib.schema import (
    HIDDEN_KEY,
    Schema,
    TermList,
    column_of,
    occurrences,
    term_list,
    terms_of,
)
from searchlib.whoosh_backend.stored_values import column_text, from_json, to_json

__all__ = ["UnusableValue", "article_of", "articles_of_reader", "restored", "stored_fields"]

_DOCUMENTS_READ = 1 << 13  # of another index, at once
_KEY_BYTES = 12  # random ones: no two documents have the same


def article_of(
    whoosh_schema: Any, fields: Mapping[str, Any], key: str | None = None
) -> tuple[Any, bytes]:
    """The row of a document, with the terms of each field and the values of columns, and the JSON
    of what is stored of it. Raises as Whoosh does, and IndexingError for what has no place."""
    key = key or secrets.token_urlsafe(_KEY_BYTES)
    row: dict[str, Any] = {HIDDEN_KEY: key}
    stored: dict[str, Any] = {HIDDEN_KEY: key}
    names = sorted(name for name in fields if not name.startswith("_"))
    for name in names:
        if name not in whoosh_schema:
            raise UnknownFieldError(f"No field named {name!r} in {whoosh_schema}")
    for name in names:
        value = fields[name]
        if value is None:
            continue
        fieldtype = whoosh_schema[name]
        shown = fields.get(f"_stored_{name}", value)
        try:
            row[name] = terms_of(fieldtype, value, _boost(fields, name))
            if fieldtype.separate_spelling():
                words = (word.encode() for word in fieldtype.spellable_words(value))
                row[fieldtype.spelling_fieldname(name)] = TermList(words)
            if fieldtype.column_type and shown is not None:
                row[column_of(name)] = column_text(fieldtype.to_column_value(shown))
        except ValueError as error:
            raise UnusableValue(name, error) from error
        if fieldtype.stored and shown is not None:
            stored[name] = _stored(name, shown)
    return row, _stored_json(stored)


def restored(schema: Schema, record: Mapping[str, Any]) -> tuple[Any, bytes]:
    """A document as :func:`article_of` gives it, made again of what is stored of it: without the
    terms of other fields, and without weights. ValueError if that cannot be."""
    try:
        whoosh_schema = schema.to_whoosh()
        fields = stored_fields(record, whoosh_schema.names())
        return article_of(whoosh_schema, fields, record[HIDDEN_KEY])
    except Exception as error:  # of the program's analyzers, too
        raise ValueError(f"it cannot be indexed anew: {error!r:.200}") from None


def _boost(fields: Mapping[str, Any], name: str) -> float:
    """The weight of the words of a field, or of the whole document."""
    boost = fields.get(f"_{name}_boost", fields.get("_boost"))
    return 1.0 if boost is None else float(boost)


class UnusableValue(IndexingError, ValueError):  # type: ignore[misc]
    """IndexingError for a value that a field cannot have, with the field's name; a ValueError, as
    that of Whoosh."""

    def __init__(self, name: str, error: ValueError) -> None:
        is_half = isinstance(error, UnicodeEncodeError)
        why = "it holds half of a surrogate pair, which is no character" if is_half else str(error)
        super().__init__(f"{name}: {why}")


def _stored_json(stored: dict[str, Any]) -> bytes:
    try:
        return canonical_json(stored)
    except ValueError:
        for name, value in stored.items():
            try:
                canonical_json({name: value})
            except ValueError as error:
                raise UnusableValue(name, error) from None
        raise


def _stored(name: str, value: Any) -> Any:
    try:
        return to_json(value)
    except TypeError as error:
        raise IndexingError(
            f"{name}: a value of the type {error} cannot be stored: store text or numbers"
        ) from None


def articles_of_reader(reader: Any, whoosh_schema: Any) -> Iterator[tuple[Any, bytes]]:
    """The documents of a Whoosh reader, each as :func:`article_of` gives it: with the terms that
    the reader has, whether their text is stored or not. Fields that the schema lacks are left out,
    as Whoosh does."""
    columns = {
        name: reader.column_reader(name, translate=False)
        for name, fieldtype in whoosh_schema.items()
        if fieldtype.column_type and name in reader.schema and reader.has_column(name)
    }
    live = (docnum for docnum in range(reader.doc_count_all()) if not reader.is_deleted(docnum))
    first = next(live, reader.doc_count_all())
    for start in range(first, reader.doc_count_all(), _DOCUMENTS_READ):
        end = start + _DOCUMENTS_READ
        terms = _terms_between(reader, whoosh_schema, start, end)
        if start == first:
            for name, words in _words_of_no_document(reader, whoosh_schema).items():
                terms.setdefault(first, {}).setdefault(name, TermList()).extend(words)
        for docnum in range(start, min(end, reader.doc_count_all())):
            if reader.is_deleted(docnum):
                continue
            key = secrets.token_urlsafe(_KEY_BYTES)
            row = {HIDDEN_KEY: key} | terms.get(docnum, {})
            stored = {HIDDEN_KEY: key}
            for name, value in reader.stored_fields(docnum).items():
                if name in whoosh_schema and value is not None:
                    stored[name] = _stored(name, value)
            for name, column in columns.items():
                row[column_of(name)] = column_text(column[docnum])
            yield row, _stored_json(stored)


def _terms_between(
    reader: Any, whoosh_schema: Any, start: int, end: int
) -> dict[int, dict[str, TermList]]:
    """The terms of each field of the documents from ``start`` to ``end``."""
    tokens: dict[int, dict[str, list[Any]]] = {}
    for name in reader.indexed_field_names():
        if name not in whoosh_schema:
            continue
        form = reader.schema[name].format
        # Whoosh keeps the words for spelling with values of the field that they come from.
        has_values = not isinstance(reader.schema[name], SpellField)
        for term in reader.lexicon(name):
            matcher = reader.postings(name, term)
            if start and matcher.is_active():  # which a term of deleted documents alone is not
                matcher.skip_to(start)
            while matcher.is_active() and matcher.id() < end:
                so_far = tokens.setdefault(matcher.id(), {}).setdefault(name, [])
                freq = matcher.value_as("frequency") if has_values else int(matcher.weight())
                value = matcher.value() if form.textual else b""
                so_far += occurrences(form, term, freq, matcher.weight(), value, len(so_far))
                matcher.next()
    return {
        docnum: {
            name: term_list(of_field, whoosh_schema[name].format)
            for name, of_field in fields.items()
        }
        for docnum, fields in tokens.items()
    }


def _words_of_no_document(reader: Any, whoosh_schema: Any) -> dict[str, list[bytes]]:
    """The words for spelling that no document has any more, by field: Whoosh keeps all of a segment
    with its first document, which may be deleted."""
    return {
        name: [word for word in reader.lexicon(name) if not reader.postings(name, word).is_active()]
        for name in reader.indexed_field_names()
        if name in whoosh_schema and isinstance(reader.schema[name], SpellField)
    }


def stored_fields(record: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    """The stored fields of an article, of those of the schema, as the program gave them."""
    return {
        name: value if type(value) is str else from_json(value)
        for name, value in record.items()
        if name in names
    }
