"""What the tests of the store share: a written container, and a store of a few articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from searchlib.backend.writer import to_json
from searchlib.schema import Schema
from searchlib.storage.columns import digest
from searchlib.storage.container import Container, Draft
from searchlib.storage.folder import Folder
from searchlib.storage.store import Store


def written(path: Path, fill: Callable[[Draft], Any]) -> tuple[Container, Any]:
    """The container that ``fill`` drafts, open for reading, and what ``fill`` returned."""
    folder = Folder(path)
    draft = Draft(folder)
    result = fill(draft)
    return Container(folder, "a.seg", *draft.write("a.seg")), result


def put(store: Store, *records: Mapping[str, Any]) -> None:
    """Add records in one commit."""
    with store.write() as writer:
        schema: Schema = writer.schema
        for record in records:
            row = schema.clean(record)
            data = to_json(row)
            writer.put(row[schema.key], digest(data), row, data)
        writer.commit()


def drop(store: Store, *keys: str) -> None:
    """Delete articles in one commit."""
    with store.write() as writer:
        writer.delete(keys)
        writer.commit()


def optimize(store: Store) -> None:
    """Put all segments together."""
    with store.write() as writer:
        writer.commit(optimize=True)
