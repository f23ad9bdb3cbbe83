"""Articles as a commit of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.index import segment_writer
from searchlib.watches.old_versions import indexed_anew, reader_of
from tests.index.test_segment_writer import indexing_threads


def test_they_are_what_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    records = [{"id": f"k{n}", "title": f"word{n} rain", "lang": "fr"} for n in range(4)]
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.add(records[:2])
        archive.add(records[2:])
        with archive._store.reader() as old:
            places = [old.find_many(["k3", "k0"])[key] for key in ("k3", "k0")]
            monkeypatch.setattr("os.fsync", None)  # nothing waits for the disk
            with indexed_anew(archive._store, old.schema, old, places) as reader:
                [segment] = reader.segments
                assert [segment.core.keys.keys.text(n) for n in range(2)] == ["k3", "k0"]
                assert reader.languages == ("fr",)
                assert list(segment.core.doc_store) == [
                    old.segments[s].core.doc_store[doc] for s, doc in places
                ]
                title = segment.core.text("title")
                assert title is not None
                assert list(title.terms) == [b"rain", b"word0", b"word3"]
    assert not list((tmp_path / "tmp").iterdir())


def test_nothing_is_left_of_articles_that_cannot_be_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", 1)  # in threads
    (tmp_path / "new").mkdir()

    def articles() -> Iterator[tuple[bytes, dict[str, str], bytes]]:
        yield b"0" * 16, {"id": "a"}, b"{}"
        raise sl.ArchiveError("it cannot be read")

    with sl.Archive.create(tmp_path / "archive") as archive:
        store, directory = archive._store, Directory(tmp_path / "new")
        with pytest.raises(sl.ArchiveError, match="it cannot be read"):
            reader_of(store, directory, "old.seg", archive.schema, articles())
    assert not list((tmp_path / "new").iterdir())
    assert not indexing_threads()
