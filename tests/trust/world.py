"""What the trust tests share: articles, batches, and a full comparison of an archive."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.index.check import check
from searchlib.index.index_reader import IndexReader
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import MANIFEST, read_manifest
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from searchlib.schema import Date, Key, Keyword, Number, Schema, Stored, Text

SCHEMA = Schema(
    id=Key(),
    title=Text(language="en", weight=2.0),
    body=Text(language="en"),
    names=Text(language=""),
    date=Date(),
    section=Keyword(),
    topics=Keyword(many=True),
    words=Number(),
    note=Stored(),
)
WORDS = [
    "rain",
    "oslo",
    "river",
    "bank",
    "harbour",
    "election",
    "minister",
    "running",
    "runs",
    "ran",
    "storm",
    "coast",
    "rail",
]


def article(key: str, version: int = 0, length: int = 20) -> dict[str, Any]:
    """An article that its key and version determine."""
    chance = random.Random(f"{key}/{version}/{length}")
    return SCHEMA.normalize(
        {
            "id": key,
            "title": f"{chance.choice(WORDS)} {chance.choice(WORDS)} v{version}",
            "body": " ".join(chance.choices(WORDS, k=length)) + f" only{key}",
            "names": "Ann Lee" if chance.random() < 0.5 else "Bo Ek",
            "date": f"20{chance.randrange(10, 30)}-{chance.randrange(1, 13):02d}-03",
            "section": chance.choice(["World", "Sports", "Money"]),
            "topics": chance.sample(["a", "b", "c", "d"], chance.randrange(3)),
            "words": chance.randrange(1000),
            "note": {"v": version},
        }
    )


def put(
    store: IndexStore,
    records: Iterable[Mapping[str, Any]] = (),
    *,
    delete: Iterable[str] = (),
    optimize: bool = False,
) -> None:
    """One commit: deletes, then adds."""
    with IndexWriter(store) as writer:
        writer.delete(delete)
        for record in records:
            row = writer.schema.normalize(record)
            data = canonical_json(row)
            writer.put(row["id"], digest(data), row, data)
        writer.commit(optimize=optimize)


def live(reader: IndexReader) -> dict[str, dict[str, Any]]:
    """All live articles of a commit, by key; none may be there twice."""
    found: dict[str, dict[str, Any]] = {}
    for segment in reader.segments:
        for document, data in enumerate(segment.core.doc_store):
            if segment.live_docs is None or segment.live_docs[document]:
                record = json.loads(data)
                assert record["id"] not in found, "an article is there twice"
                found[record["id"]] = record
    assert len(found) == reader.live_count
    return found


def contents(path: str | os.PathLike[str], *, words: bool = True) -> dict[str, dict[str, Any]]:
    """All articles of the archive at this path, after everything in it was compared: the
    checksums, the keys, and (``words``) that each article is found by a word only it has."""
    folder = Directory(path)
    assert check(folder) == []
    with IndexStore(folder).reader() as reader:
        found = live(reader)
        for key in found:
            place = reader.find(key)
            assert place is not None, f"{key} is not found by its key"
            if not words:
                continue
            segment = reader.segments[place[0]]
            body = segment.core.text("body")
            assert body is not None
            word = f"only{key}".lower()
            list_ = body.find_exact(word.encode())
            assert list_ is not None, f"{key} is not found by its word"
            assert list_.docs.tolist().count(place[1]) == 1
        return found


def leftovers(path: str | os.PathLike[str]) -> list[str]:
    """Files of the archive that its last commit does not need."""
    needed = read_manifest(Directory(path)).files() | {MANIFEST, "writer.lock"}
    return [name for name in os.listdir(path) if name not in needed]


def handles() -> list[str]:
    """The open files of this process, but for those opened by this listing."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            continue
    return sorted(found)


def maps(path: Path) -> list[str]:
    """Files below ``path`` that are mapped into this process."""
    with open("/proc/self/maps") as lines:
        return [line.split(maxsplit=5)[-1].strip() for line in lines if str(path) in line]


__all__ = [
    "SCHEMA", "WORDS", "article", "contents", "handles", "leftovers", "live", "maps",
    "put",
]  # fmt: skip
