"""Indexing runs: records of every kind, rejected ones, and checkpoints in the commit data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields

import searchlib as sl
from searchlib.errors import ArgumentTypeError, CorruptArchive, NotSupported
from searchlib.index import indexing as module
from searchlib.index.index_writer import IndexWriter
from searchlib.index.indexing import (
    BATCH_SIZE,
    IndexingRun,
    Report,
    check_articles,
    read_checkpoints,
)
from searchlib.index.manifest import Manifest
from searchlib.index.store import IndexStore
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.record import canonical_json
from searchlib.schema import Key, Schema, Text
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


def test_a_value_that_cannot_be_shown_is_rejected_like_any_other(tmp_path: Path) -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError("no repr")

    record = {"id": "b", "title": Hostile(), "other": Hostile()}
    report = run(create_store(tmp_path), [{"id": "a"}, record, {"id": Hostile()}, {"id": "c"}])
    assert report.added == 2
    assert [(one.where, one.record) for one in report.rejected] == [
        ("record 2", None), ("record 3", None),
    ]  # fmt: skip


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


class Writer:
    """A writer that keeps what it is given, and when it commits."""

    def __init__(
        self, schema: Schema = SCHEMA, batch_size: int = 2, names_language: bool = False
    ) -> None:
        self.schema = schema.bound(2, "en") if not schema.is_exact else schema
        self.batch_size, self.names_language = batch_size, names_language
        self.manifest_path = "manifest"
        self.commit_data: list[Any] = []
        self.last_commit_data: list[Any] = []
        self.batches: list[list[str]] = []  # their keys
        self.data_at: list[list[Any]] = []  # the commit data when each came
        self.commits: list[list[Any]] = []  # and those of each commit
        self._digests: dict[str, bytes] = {}

    def put_many(self, batch: Sequence[tuple[str, bytes, dict[str, Any], bytes]]) -> list[str]:
        self.batches.append([key for key, *_ in batch])
        self.data_at.append(self.commit_data)
        outcomes = []
        for key, digest, row, data in batch:
            assert data == canonical_json(row)
            old = self._digests.get(key)
            self._digests[key] = digest
            outcomes.append("added" if old is None else "unchanged" if old == digest else "updated")
        return outcomes

    def commit(self) -> int:
        self.commits.append(self.commit_data)
        return len(self.commits)


def records(*keys: str, **values: Any) -> list[dict[str, Any]]:
    return [{"id": key, **values} for key in keys]


def test_batches_counts_and_keys() -> None:
    writer = Writer()
    rows = [*records("a", "b", "c"), *records("a"), *records("b", n=1)]
    told: list[int] = []
    run = IndexingRun(writer, rows, resume=True, keys=True)
    run.add_all(rows, told.append)
    assert writer.batches == [["a", "b"], ["c", "a"], ["b"]]
    assert len(writer.commits) == 1
    assert (told, run.seen) == ([], 5)
    report = run.report(0.25)
    assert (report.added, report.updated, report.unchanged, report.accepted) == (3, 1, 1, 5)
    assert report.keys == {"added": ["a", "b", "c"], "updated": ["b"]}
    assert (report.took, report.rejected, report.resumed, report.reading) == (0.25, [], (), None)
    assert (report.deleted, report.skipped, report.alert_count) == (0, 0, 0)
    assert IndexingRun(Writer(), [], resume=True).report(0.0).keys is None
    run.close()


def test_progress_is_told_each_so_many_records() -> None:
    told: list[int] = []
    rows = records(*map(str, range(2 * BATCH_SIZE + 1)))
    IndexingRun(Writer(), rows, resume=True).add_all(rows, told.append)
    assert told == [BATCH_SIZE, 2 * BATCH_SIZE]
    IndexingRun(Writer(), rows, resume=True).add_all(rows, None)


@pytest.mark.parametrize(
    ("limit", "batches"),
    [
        (9, [["a"], ["b"], ["c"], []]), (10, [["a", "b"], ["c"]]), (19, [["a", "b"], ["c"]]),
        (20, [["a", "b", "c"], []]), (30, [["a", "b", "c"]]),
    ],
)  # fmt: skip
def test_long_articles_are_handed_over_earlier(
    monkeypatch: pytest.MonkeyPatch, limit: int, batches: list[list[str]]
) -> None:
    monkeypatch.setattr(module, "_MAX_BATCH_LENGTH", limit)  # bytes: '{"id":"a"}' has 10
    writer = Writer(batch_size=100)
    IndexingRun(writer, [], resume=True).add_all(records("a", "b", "c"), None)
    assert writer.batches == batches


def test_articles_and_mappings_are_rejected_with_what_they_were() -> None:
    bad = Article(id="a", where="news:7", extra={"n": "many"})
    rows = [bad, Article(extra={"n": "many"}), {"id": "b", "n": "many"}, Row(id="c", n="many"), 7]
    run = IndexingRun(Writer(), rows, resume=True)
    run.add_all(rows, None)
    assert [(r.where, r.field, r.record) for r in run.report(0.0).rejected] == [
        ("news:7", "n", bad.record()), ("record 2", "n", {"n": "many"}),
        ("record 3", "n", rows[2]), ("record 4", "n", rows[3]), ("record 5", None, None),
    ]  # fmt: skip


class Row(dict[str, Any]):
    pass


@pytest.mark.parametrize(("room", "kept"), [(29, 0), (30, 1), (59, 1), (60, 2), (90, 3)])
def test_rejected_records_are_kept_while_there_is_room(
    monkeypatch: pytest.MonkeyPatch, room: int, kept: int
) -> None:
    monkeypatch.setattr(module, "_REJECTED_ROOM", room)
    rows: list[Any] = [{"n": "x" * 21} for _ in range(3)]
    assert {len(repr(row)) for row in rows} == {30}
    run = IndexingRun(Writer(), rows, resume=True)
    run.add_all(rows, None)
    rejected = run.report(0.0).rejected
    assert [one.record for one in rejected] == rows[:kept] + [None] * (3 - kept)


def test_rejected_records_without_a_text_are_not_kept() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    run = IndexingRun(Writer(), [], resume=True)
    for record in ({"n": nested}, {"n": 10**5000}, {"n": "x"}):
        run.add(Rejected("here", "n", "why", record), 1)
    assert [one.record for one in run.report(0.0).rejected] == [None, None, {"n": "x"}]
    while nested:
        nested = nested.pop()


@pytest.mark.parametrize(
    ("text_fields", "names_language", "tags", "language", "unknown"),
    [
        ({"body": Text()}, False, [None], "en", ()),
        ({"body": Text()}, True, [None], "", ()),
        ({"body": Text(language="de")}, False, [None], "", ()),
        ({"body": Text(language="de"), "title": Text()}, False, [None], "en", ()),
        ({}, False, [None], "", ()),
        ({"body": Text()}, False, ["de", "fr"], "", ()),
        ({"body": Text()}, False, ["de", None, "fr"], "en", ()),
        ({"body": Text()}, False, ["xx", "de", "yy", "xx"], "", ("xx", "yy")),
        ({"body": Text()}, False, ["zh", "tlh"], "", ("tlh",)),
    ],
)
def test_what_is_told_of_languages(
    text_fields: dict[str, Any], names_language: bool, tags: list[str | None], language: str,
    unknown: tuple[str, ...],
) -> None:  # fmt: skip
    schema = Schema(id=Key(), lang=sl.Keyword(), **text_fields)
    rows = [{"id": str(n), "lang": tag} for n, tag in enumerate(tags)]
    run = IndexingRun(Writer(schema, names_language=names_language), rows, resume=True)
    run.add_all(rows, None)
    report = run.report(0.0)
    assert (report.language, report.unknown_languages) == (language, unknown)


def test_the_first_of_several_languages_is_looked_at() -> None:
    schema = Schema(id=Key(), body=Text(), lang=sl.Keyword(many=True))
    rows = [{"id": "a", "lang": ["de", "xx"]}, {"id": "b", "lang": ["yy", "de"]}]
    run = IndexingRun(Writer(schema), rows, resume=True)
    run.add_all(rows, None)
    assert run.report(0.0).unknown_languages == ("yy",)


def test_files_are_resumed_and_their_checkpoints_kept(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text("".join(json.dumps({"id": str(n)}) + "\n" for n in range(5)))
    schema = Schema(id=Key(), body=Text())

    def index(data: list[Any], *, resume: bool = True, until: int = 99) -> tuple[Writer, Report]:
        writer = Writer(schema)
        writer.last_commit_data = data
        run = IndexingRun(writer, reader := sl.read(path), resume=resume)
        for number, row in enumerate(reader, 1):
            if number > until:
                break
            run.add(row, number)
        else:
            run.finish()
        run.close()
        return writer, run.report(0.0)

    writer, report = index([], until=4)
    assert writer.batches == [["0", "1"], ["2", "3"]]
    assert (writer.data_at[0], len(writer.data_at[1]), writer.commits) == ([], 1, [])
    assert report.resumed == ()
    assert report.reading is not None
    resumed, report = index(writer.commit_data)
    assert [key for batch in resumed.batches for key in batch] == ["4"]
    assert "news.jsonl" in report.resumed[0]
    assert resumed.commits == [[]]
    again, report = index(writer.commit_data, resume=False)
    assert [key for batch in again.batches for key in batch] == list("01234")
    assert report.resumed == ()
    other, _ = index(writer.data_at[1])
    assert [key for batch in other.batches for key in batch] == list("234")
    with pytest.raises(CorruptArchive, match="manifest"):
        index([{"x": 1}])
    reader = sl.read(path)
    run = IndexingRun(Writer(schema), reader, resume=True)
    run.close()
    assert all(isinstance(article, Article) for article in reader)


def test_what_is_no_list_of_articles() -> None:
    for right in ([], (), iter([]), {}.values(), {1}):
        check_articles(right)
    for wrong in ("news.jsonl", b"x", Path("x"), {}, Article(), 7, None):
        with pytest.raises(ArgumentTypeError, match=f"{type(wrong).__name__} is no list of art"):
            check_articles(wrong)


def test_an_archive_of_a_whoosh_program_takes_no_records() -> None:
    program = fields.Schema(id=fields.ID(unique=True, stored=True))
    schema = Schema.from_whoosh(program, exact=True)
    assert schema.is_exact
    with pytest.raises(NotSupported, match=r"use archive\.whoosh\.writer"):
        IndexingRun(Writer(schema), [], resume=True)


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
