"""A few articles in two segments, one of them deleted, for the tests of single modules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.index.index_reader import IndexReader
from searchlib.index.store import IndexStore
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text
from tests.parts import add_records, delete_keys

SCHEMA = Schema(
    id=Key(), title=Text(language="en", weight=2.0), body=Text(language=""), date=Date(),
    section=Keyword(), places=Keyword(many=True), words=Number(),
)  # fmt: skip

FIRST = (
    {"id": "a0", "title": "Rain", "body": "rain and snow", "date": "2022-01-31T23:30Z",
     "section": "World", "places": ["Oslo", "Rome"], "words": 10},
    {"id": "a1", "body": "rain rain wind", "date": "2022-02-01", "section": "Arts", "words": 30},
    {"id": "a2", "body": "snow after rain. Wind came.\n\nSun.", "section": "World", "words": 20},
    {"id": "a3", "body": "nothing of that", "date": "2021-12-31"},
    {"id": "a4", "title": "Raining", "body": "cloud", "places": ["Rome"]},
)  # fmt: skip
SECOND = (
    {"id": "b0", "title": "Rain again", "body": "wind and snow fell", "date": "2022-02-15",
     "section": "world", "places": ["Rome"]},
    {"id": "b1", "body": "rain", "section": "Arts", "date": "2022-02-15", "words": 1},
    {"id": "b2", "body": "rain snow wind", "words": 20},
)  # fmt: skip


def sample_store(path: Path) -> IndexStore:
    """A store with the articles; b1 is deleted."""
    store = IndexStore.create(Directory(path), SCHEMA)
    add_records(store, *FIRST)
    add_records(store, *SECOND)
    delete_keys(store, "b1")
    return store


def keys(reader: IndexReader, hits: Iterable[tuple[Any, ...]]) -> list[str]:
    """The keys of (segment, document, ...) in their order."""
    return [
        reader.segments[segment].core.keys.keys[document].decode() for segment, document, *_ in hits
    ]


def matching_keys(reader: IndexReader, plan: Any) -> list[str]:
    """The keys of all documents that a plan matches, deleted ones too."""
    return keys(
        reader,
        [
            (segment, document)
            for segment in range(len(reader.segments))
            for document in plan.match(segment).docs.tolist()
        ],
    )
