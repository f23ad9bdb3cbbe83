"""Indexing runs: records of every kind, rejected ones, and checkpoints in the commit data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from searchlib.errors import CorruptArchive
from searchlib.index.index_writer import IndexWriter
from searchlib.index.indexing import BATCH_SIZE, IndexingRun, Report, read_checkpoints
from searchlib.index.manifest import Manifest
from searchlib.index.store import IndexStore
from searchlib.ingest.article import Rejected
from tests.parts import SCHEMA, create_store


def run(store: IndexStore, records: list[Any]) -> Report:
    with IndexWriter(store) as writer:
        indexing = IndexingRun(writer, records, resume=True)
        for number, record in enumerate(records, 1):
            indexing.add(record, number)
        indexing.finish()
        assert indexing.seen == len(records)
        return indexing.report(0.5)


def test_records_are_added_updated_or_unchanged(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"}, {"id": "b"})
    report = run(store, [{"id": "a"}, {"id": "b", "n": 1}, {"id": "c", "more": 1}])
    assert (report.added, report.updated, report.unchanged) == (1, 1, 1)
    assert (report.accepted, report.took, report.unsearched) == (3, 0.5, ("more",))


def test_bad_records_are_rejected_with_their_number(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    earlier = Rejected("file:1", None, "not JSON")
    report = run(store, [{"id": "a"}, {"body": "no key"}, 7, earlier, {"id": "b", "n": "many"}])
    assert report.added == 1
    assert [rejected.where for rejected in report.rejected] == [
        "record 2", "record 3", "file:1", "record 5",
    ]  # fmt: skip
    assert report.rejected[1].why == "not an article but int"
    assert report.rejected[3].field == "n"


def test_more_than_a_batch(tmp_path: Path) -> None:
    store = create_store(tmp_path)
    assert run(store, [{"id": str(n)} for n in range(2 * BATCH_SIZE + 1)]).added == 513
    with store.reader() as reader:
        assert reader.live_count == 513


def test_commit_data_that_are_not_checkpoints() -> None:
    assert read_checkpoints(Manifest(SCHEMA), "here") == ()
    with pytest.raises(CorruptArchive, match="here"):
        read_checkpoints(Manifest(SCHEMA, commit_data=[{"x": 1}]), "here")


PROSE = "some words " * 40


@pytest.mark.parametrize(
    ("records", "homeless"),
    [
        ([{"more": PROSE[:101]}], "more"),
        ([{"more": PROSE[:100]}], ""),
        ([{"more": PROSE[:121], "body": PROSE[:60]}], "more"),
        ([{"more": PROSE[:120], "body": PROSE[:60]}], ""),
        ([{"more": PROSE[:150], "most": PROSE[:151]}], "most"),
        ([{"more": "x" * 100 + " " + PROSE}], ""),  # no text of words
        ([{"more": "x" * 99 + " " + PROSE}], "more"),
        ([{"more": "1 " + "x" * 50 + "1" * 48 + PROSE}], ""),
        ([{"more": "1 " + "x" * 51 + "1" * 47 + PROSE}], "more"),
        ([{"more": 7, "body": "x"}], ""),
        # Each eighth article is looked at, and 100 characters of each are much.
        ([{"more": PROSE[:200]}, *[{}] * 7, {"more": 7}], ""),
        ([{"more": PROSE[:201]}, *[{}] * 7, {"more": 7}], "more"),
        ([{}, *[{"more": PROSE}] * 7], ""),
        ([{"more": PROSE[:120]}] * 300, "more"),  # two batches
        ([{"more": PROSE[:120]}] * 256 + [{}] * 44, "more"),
        ([{"more": PROSE[:120]}] * 256 + [{}] * 80, ""),
    ],
)
def test_text_that_is_not_searched(
    tmp_path: Path, records: list[dict[str, Any]], homeless: str
) -> None:
    report = run(
        create_store(tmp_path), [{"id": str(n), **record} for n, record in enumerate(records)]
    )
    assert report.homeless == homeless
    assert report.unsearched == tuple(sorted({n for r in records for n in r} - {"body"}))
