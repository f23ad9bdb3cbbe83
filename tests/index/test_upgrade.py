"""Archives of version 1 of the analysis: as they were, until they are upgraded."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, CorruptArchive
from searchlib.index import index_writer
from searchlib.index.index_writer import IndexWriter
from searchlib.index.manifest import MANIFEST, read_manifest
from searchlib.index.store import IndexStore

SCHEMA = sl.Schema(
    id=sl.Key(), body=sl.Text(language="fr"), source=sl.Keyword(many=True), lang=sl.Keyword()
)
ARTICLES = [
    {"id": "a", "body": "La crise de l'économie", "source": ["Łódź", "Lodz"]},
    {"id": "b", "body": "Les états", "lang": "en"},
    {"id": "c", "body": "zzz"},
]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "archive"
    IndexStore.create(Directory(path), SCHEMA, analysis=1)
    with sl.open(path) as archive:
        archive.add(ARTICLES)
        archive.delete(["c"])
    return path


def found(archive: sl.Archive, query: str) -> set[str]:
    return {hit.id for hit in archive.search(query)}


def test_an_old_archive_keeps_its_rules(old: Path) -> None:
    with sl.open(old) as archive:
        assert archive.analysis_version == 1
        assert found(archive, "économie") == set()  # it stands behind an elided article
        assert found(archive, "leconomie") == {"a"}
        archive.add([{"id": "d", "body": "l'économie"}])
        archive.optimize()
        assert found(archive, "leconomie") == {"a", "d"}
        assert archive.check() == []


def test_an_upgrade(old: Path) -> None:
    steps: list[int] = []
    with sl.open(old) as archive, archive.snapshot() as before:
        report = archive.upgrade(on_progress=steps.append)
        assert (report.before, report.after, report.articles) == (1, 2, 2)
        assert steps[-1] == 2
        assert archive.analysis_version == 2
        assert found(archive, "économie") == {"a"}
        assert found(archive, "source:lodz") == {"a"}
        assert {hit.id for hit in before.search("leconomie")} == {"a"}
        assert sorted(archive) == ["a", "b"]
        assert archive.check() == []
        assert archive.upgrade().articles == 0
        assert archive.add(ARTICLES[1:2]).unchanged == 1
    names = {path.name for path in old.iterdir()}
    assert names == read_manifest(Directory(old)).files() | {MANIFEST, "writer.lock"}


def test_an_upgrade_in_several_segments(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sl.open(old) as archive:
        archive.add({"id": f"n{n}", "body": f"l'état {n}"} for n in range(50))
    monkeypatch.setattr(index_writer, "_MAX_CHUNKS", 10)
    with sl.open(old) as archive:
        assert archive.upgrade().articles == 52
        assert len(found(archive, "état")) == 10
        assert archive.count("état") == 51
        assert archive.check() == []


def test_a_failed_upgrade_leaves_the_archive_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any, *args: Any, **kwargs: Any) -> None:
        raise OSError(28, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(Directory, "write_atomic", fail)
        with sl.open(old) as archive, pytest.raises(OSError, match="no space"):
            archive.upgrade()
    with sl.open(old) as archive:
        assert archive.analysis_version == 1
        assert found(archive, "leconomie") == {"a"}
        assert archive.upgrade().articles == 2
        assert found(archive, "économie") == {"a"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked child")
def test_a_killed_upgrade_is_whole_or_nothing(old: Path) -> None:
    with sl.open(old) as archive:
        archive.add({"id": f"n{number}", "body": f"l'état {number}"} for number in range(300))
    seconds = 0.0
    while True:
        child = os.fork()
        if child == 0:
            try:
                with sl.open(old) as archive:
                    archive.upgrade()
            finally:
                os._exit(0)
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with sl.open(old) as archive:
            is_new = archive.analysis_version == 2
            assert len(archive) == 302
            assert archive.count("état") == (301 if is_new else 1)
            assert archive.check() == []
        if is_new:
            break
        seconds += 0.004
    with IndexWriter(IndexStore(Directory(old))):
        pass  # a writer removes what the killed ones left behind
    names = {path.name for path in old.iterdir()}
    assert names == read_manifest(Directory(old)).files() | {MANIFEST, "writer.lock"}


def test_a_damaged_article_is_not_upgraded(old: Path) -> None:
    with IndexWriter(IndexStore(Directory(old))) as writer:
        core = writer.last_commit.segments[0].core
        real = core.keys.digest
        core.keys.digest = lambda document: b"x" * 16  # type: ignore[method-assign]
        with pytest.raises(CorruptArchive, match="is not what was written"):
            writer.upgrade()
        core.keys.digest = real  # type: ignore[method-assign]
    with sl.open(old) as archive:
        assert archive.analysis_version == 1


def test_a_later_analysis_is_refused(old: Path, tmp_path: Path) -> None:
    from searchlib.codec.checksum import crc32

    later = tmp_path / "later"
    shutil.copytree(old, later)
    text, _, _ = (later / MANIFEST).read_bytes().removesuffix(b"\n").rpartition(b"\n")
    body = json.loads(text)
    body["analysis"] = 3
    text = json.dumps(body).encode()
    (later / MANIFEST).write_bytes(text + b"\n%08x\n" % crc32(text))
    with pytest.raises(ArchiveError, match="use a later version"):
        sl.open(later)


def test_schemas_without_languages_open_old_archives(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    explicit = sl.Schema(id=sl.Key(), body=sl.Text(language="en"))
    sl.Archive.create(path, explicit).close()
    with sl.open(path, sl.Schema(id=sl.Key(), body=sl.Text(), more=sl.Text())) as archive:
        assert archive.schema.fields["body"] == sl.Text(language="en")
        archive.add([{"id": "a", "body": "rains", "more": "rains"}])
        assert found(archive, "rain") == {"a"}


@pytest.mark.parametrize(
    "schema",
    [
        sl.Schema(id=sl.Key(), body=sl.Text(stored=False)),
        sl.Schema.from_whoosh(fields.Schema(body=fields.TEXT(stored=True)), exact=True),
    ],
    ids=["unstored", "of Whoosh"],
)
def test_what_is_not_stored_cannot_be_upgraded(tmp_path: Path, schema: sl.Schema) -> None:
    IndexStore.create(Directory(tmp_path / "a"), schema, analysis=1)
    with sl.open(tmp_path / "a") as archive:
        with archive.whoosh.writer() as writer:
            writer.add_document(**({} if schema.is_exact else {"id": "a"}), body="rain")
        with pytest.raises(sl.NotSupported, match="cannot be indexed anew"):
            archive.upgrade()
        assert archive.search("rain").total == 1
    # Repairing it leaves its analysis as it is.
    assert sl.Archive.repair(tmp_path / "a", tmp_path / "b").saved == 1
    with sl.open(tmp_path / "b") as archive:
        assert (archive.analysis_version, archive.check()) == (1, [])
        assert archive.search("rain").total == 1
