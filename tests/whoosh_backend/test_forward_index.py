"""Vectors: the terms of a document, as a Whoosh index has them."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import analysis, fields, formats
from whoosh.filedb import filestore

from searchlib.whoosh_backend import RamStorage

TEXTS = ("The rain in Spain and the rain in Oslo", "", "Sun", "of the rain")


@pytest.mark.parametrize("vector", [True, formats.Frequency(), formats.Positions(field_boost=4.0)])
@pytest.mark.parametrize("has_boosts", [False, True])
def test_vectors(vector: Any, has_boosts: bool) -> None:
    answers = []
    for storage in (RamStorage(), filestore.RamStorage()):
        analyzer = analysis.SpaceSeparatedTokenizer() | analysis.DelimitedAttributeFilter()
        body = fields.TEXT(analyzer if has_boosts else None, vector=vector)
        schema = fields.Schema(body=body, other=fields.TEXT)
        index = storage.create_index(schema)
        with index.writer() as writer:
            for text in TEXTS:
                body = text.replace("rain", "rain^3", 1) if has_boosts else text
                writer.add_document(body=body, other=text)
        rows: list[Any] = []
        with index.reader() as reader:
            for doc in range(len(TEXTS)):
                has_one = reader.has_vector(doc, "body")
                rows.append((has_one, reader.has_vector(doc, "other")))
                for astype in ("weight", "frequency"):
                    rows.append(list(reader.vector_as(astype, doc, "body")) if has_one else [])
            if reader.schema["body"].vector.supports("positions"):
                matcher, places = reader.vector(0, "body"), []
                while matcher.is_active():
                    places.append((matcher.id(), matcher.value_as("positions")))
                    matcher.next()
                rows.append(places)
        answers.append(rows)
    assert answers[0] == answers[1]
