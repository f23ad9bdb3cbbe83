"""The commits of several archives as one reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchlib import Archive, Key, Number, Schema, SnapshotClosed
from searchlib.index.joined_reader import JoinedReader


def test_segments_stand_end_to_end(tmp_path: Path) -> None:
    archives = [Archive.create(tmp_path / name) for name in "ab"]
    archives[0].add([{"id": "a1", "title": "Rain"}, {"id": "a2", "title": "Snow"}])
    archives[1].add([{"id": "b1", "title": "Wind"}])
    archives[1].add([{"id": "b2", "title": "Wind"}, {"id": "a1", "title": "Rain"}])
    archives[0].delete(["a1"])
    readers = [archive._store.reader() for archive in archives]
    joined = JoinedReader(readers, ["a", "b"])
    assert (joined.documents, joined.live_count) == (5, 4)
    assert joined.origins == ("a", *["b"] * (len(joined.segments) - 1))
    assert joined.doc_bases[:2] == [0, 2]
    assert joined.find("a2") == (0, 1)
    found = joined.find("a1")
    assert found is not None
    assert joined.origins[found[0]] == "b"  # where it is not deleted
    assert set(joined.find_many(["a1", "b1", "nowhere"])) == {"a1", "b1"}
    assert joined.generation == sum(reader.generation for reader in readers)
    assert joined.languages == readers[0].languages
    assert joined.generations == {"a": readers[0].generation, "b": readers[1].generation}
    assert joined.manifest_bytes == sum(
        (tmp_path / name / "manifest.json").stat().st_size for name in "ab"
    )
    assert joined.schema is readers[0].schema
    found_in = {name: joined.find_in("a1", name) for name in ("a", "b", "nowhere")}
    assert found_in == {"a": None, "b": found, "nowhere": found}
    assert joined.find_in("a2", "a") == joined.find("a2") == (0, 1)
    assert joined.find_in("a2", "b") is None
    assert not joined.closed
    joined.close()
    joined.close()
    assert all(reader.closed for reader in readers)
    assert joined.closed
    assert joined.segments == ()
    with pytest.raises(SnapshotClosed):
        joined.check_open()
    for archive in archives:
        archive.close()


def test_a_schema_of_all_of_them(tmp_path: Path) -> None:
    schema = Schema(id=Key(), n=Number())
    with Archive.create(tmp_path / "a") as archive:
        joined = JoinedReader([archive._store.reader()], ["a"], schema)
        assert joined.schema is schema
        joined.close()
