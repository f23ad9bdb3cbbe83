"""The file of the standing queries: its bytes are those that were written, or it is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import WatchFile
from searchlib.index.watch_file import read_watch_file
from tests.parts import create_store


def test_a_commit_without_any_has_no_file(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    assert read_watch_file(store.directory, store.manifest().watches) == b""
    assert not list(tmp_path.glob("*.wat"))


def test_bytes_are_kept_through_commits_and_merges(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"})
    with IndexWriter(store) as writer:
        writer.put_watches(b"first")
        writer.put_watches(b"second")
        writer.commit()
        writer.delete(["a"])
        writer.commit(optimize=True)
    store.forget_manifest()
    assert read_watch_file(store.directory, store.manifest().watches) == b"second"
    assert len(list(tmp_path.glob("*.wat"))) == 1
    with IndexWriter(store) as writer:
        writer.put_watches(b"")
        writer.commit()
    assert not list(tmp_path.glob("*.wat"))


@pytest.mark.parametrize(("data", "why"), [
    (b"text", "it has 4 bytes, not 5"), (b"texts and", "longer"), (b"textt", "checksum"),
    (None, "missing"),
])  # fmt: skip
def test_what_was_not_written_is_an_error(tmp_path: Path, data: bytes | None, why: str) -> None:
    if data is not None:
        (tmp_path / "00000001.wat").write_bytes(data)
    with pytest.raises(CorruptArchive, match=why):
        read_watch_file(Directory(tmp_path), WatchFile("00000001.wat", 5, crc32(b"texts")))
