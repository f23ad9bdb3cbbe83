"""Writing a segment: the same file with kernels and without, with threads and without."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import fields

import searchlib as sl
from searchlib import kernels
from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.codec.doc_values import MISSING
from searchlib.codec.postings import PostingsFormat
from searchlib.codec.segment_file import SegmentFile
from searchlib.errors import ArchiveError
from searchlib.index import segment_writer
from searchlib.index.segment_reader import SegmentCore
from searchlib.index.sketches import title_hash
from searchlib.index.store import IndexStore
from searchlib.ingest.record import instant
from searchlib.schema import TermList
from tests.texts import TEXTS

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(weight=2.0), body=sl.Text(), plain=sl.Text(language=""),
    date=sl.Date(), section=sl.Keyword(), topics=sl.Keyword(many=True), words=sl.Number(),
)  # fmt: skip
NAMES = st.sampled_from(["World", "world", "São  Tomé", "Sao Tome", "x"])
ARTICLES = st.fixed_dictionaries(
    {"id": st.integers(0, 30).map(str), "body": TEXTS},
    optional={
        "title": TEXTS,
        "plain": TEXTS,
        "date": st.sampled_from(["2022-08-31", "1987-02-26T16:35:24", "2022-08-31T09:20+08:00"]),
        "section": NAMES,
        "topics": st.lists(NAMES, max_size=3),
        "words": st.integers(-5, 5) | st.floats(-5, 5),
        "other": st.none() | st.text('a\n"é', max_size=3),
    },
)


def indexing_threads() -> list[str]:
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith("searchlib-indexing")
    ]


def segment_contents(path: Path) -> list[dict[str, Any]]:
    """The sections, live docs and meta data of all segments."""
    contents = []
    with IndexStore(Directory(path)).reader() as reader:
        for segment in reader.segments:
            segment_file = segment.core.segment_file
            arrays = {name: segment_file.array(name).tolist() for name in segment_file._sections}
            live_docs = None if segment.live_docs is None else segment.live_docs.tolist()
            contents.append(arrays | {"live_docs": live_docs, "meta": segment_file.meta})
    return contents


def build(path: Path, articles: list[dict[str, Any]], job: int, patch: pytest.MonkeyPatch) -> Any:
    patch.setattr(segment_writer, "_BATCH_BYTES", job)
    with sl.Archive.create(path, SCHEMA) as archive:
        report = archive.add(articles)
        archive.add(articles[: len(articles) // 2])
    assert indexing_threads() == []
    return (report.added, report.updated, report.unchanged), segment_contents(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ARTICLES, max_size=40), st.sampled_from([1, 200, 1 << 22]))
def test_the_same_segment_with_and_without_kernels_and_threads(
    tmp_path_factory: pytest.TempPathFactory, articles: list[dict[str, Any]], job: int
) -> None:
    found = []
    for number, compiled in enumerate((False, kernels.available)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernels, "available", compiled)
            if not compiled:
                patch.setattr("searchlib.schema.fields._is_plain", lambda _: False)
            folder = tmp_path_factory.mktemp(f"a{number}")
            found.append(build(folder, articles, job if number else 1 << 22, patch))
    assert repr(found[0]) == repr(found[1])


def many(count: int) -> Iterator[dict[str, Any]]:
    for n in range(count):
        yield {"id": f"a{n}", "body": f"good café number {n} " * 20}


def test_postings_made_in_ranges_of_terms_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = build(tmp_path / "whole", list(many(300)), 1000, monkeypatch)
    monkeypatch.setattr("searchlib.index.inverter._MAX_TOKENS", 700)
    assert repr(build(tmp_path / "parts", list(many(300)), 1000, monkeypatch)) == repr(whole)


@pytest.mark.parametrize("part", ["_cut_texts", "_store_articles"])
def test_an_error_in_a_thread_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """The same error as without a thread; nothing is added, no thread is left."""
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", 5000)
    work = getattr(segment_writer.SegmentWriter, part)

    def fails(self: Any, job: Any) -> None:
        assert threading.current_thread() is not threading.main_thread()
        if b"number 99" in b"".join(job.data):
            raise ArchiveError("no room left", "here")
        work(self, job)

    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add([{"id": "old", "body": "good"}])
        monkeypatch.setattr(segment_writer.SegmentWriter, part, fails)
        with pytest.raises(ArchiveError, match="no room left"):
            archive.add(many(300))
        assert indexing_threads() == []
        assert [hit.id for hit in archive.search("good")] == ["old"]
        monkeypatch.setattr(segment_writer.SegmentWriter, part, work)
        assert archive.add(many(300)).added == 300
        assert archive.count("number") == 300
        assert archive.check() == []


def test_a_stopped_run_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", 5000)

    def stopped() -> Iterator[dict[str, Any]]:
        yield from many(1000)
        assert indexing_threads()
        raise KeyboardInterrupt

    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        with pytest.raises(KeyboardInterrupt):
            archive.add(stopped())
        assert indexing_threads() == []
        assert len(archive) == 0
        assert archive.add(many(10)).added == 10
    assert len(os.listdir(tmp_path)) == 3  # manifest, lock, one segment


def test_a_few_articles_start_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("concurrent.futures.ThreadPoolExecutor.submit")
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        assert archive.add(many(100)).added == 100


def test_a_segment_has_no_more_chunks_than_are_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", 5000)
    monkeypatch.setattr("searchlib.index.index_writer._MAX_CHUNKS", 10_000)
    lengths, write = [], segment_writer.SegmentWriter.write

    def noted(self: Any, file: str) -> Any:
        lengths.append(len(self))
        return write(self, file)

    monkeypatch.setattr(segment_writer.SegmentWriter, "write", noted)
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add(many(500))  # of 80 words each
    assert sum(lengths) == 500
    assert len(lengths) > 3
    assert all(100 < length < 160 for length in lengths[:-1]), lengths


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_child_forked_while_the_threads_run_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", 5000)

    def forking() -> Iterator[dict[str, Any]]:
        yield from many(1000)
        child = os.fork()
        if not child:
            try:
                with sl.Archive.open(tmp_path) as other:
                    os._exit(len(other))
            finally:
                os._exit(99)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        yield from many(1200)

    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        report = archive.add(forking())
        assert (report.added, report.unchanged) == (1200, 1000)
        assert len(archive) == archive.count("good") == 1200


# -- piece by piece -------------------------------------------------------------------------------

LISTS = sl.Schema.from_whoosh(
    fields.Schema(id=fields.ID(unique=True), body=fields.TEXT(stored=True)), exact=True
)
UNSTORED = sl.Schema(id=sl.Key(), body=sl.Text(stored=False), title=sl.Text())


def writer_of(path: Path, schema: sl.Schema, **options: Any) -> segment_writer.SegmentWriter:
    return segment_writer.SegmentWriter(Directory(path), schema, PostingsFormat(), UTC, **options)


@pytest.mark.parametrize(
    ("schema", "row", "size"),
    [
        (SCHEMA, {"id": "a", "body": "rain"}, 20),
        (UNSTORED, {"id": "a", "body": "rain", "title": "snow"}, 24),
        (UNSTORED, {"id": "a"}, 20),
        (LISTS, {"body": TermList([b"rain", b"snow"])}, 50),
    ],
)
def test_what_articles_take(
    tmp_path: Path, schema: sl.Schema, row: dict[str, Any], size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Their JSON of 20 bytes; texts that are not stored, or ten bytes a term, besides."""
    monkeypatch.setattr(segment_writer, "_BYTES_PER_CHUNK", 10)
    monkeypatch.setattr(segment_writer, "_MAX_WORD_BYTES", 1)
    writer = writer_of(tmp_path, schema)
    try:
        assert (writer.bytes, writer.chunks, len(writer), writer.full) == (0, 0, 0, False)
        numbers = [writer.add(b"0" * 16, row | {"id": key}, b"x" * 20) for key in "abc"]
        assert numbers == [0, 1, 2]
        assert (writer.bytes, writer.chunks, len(writer)) == (3 * size, 3 * size // 10, 3)
    finally:
        writer.close()


def test_batches_in_the_threads_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", 40)
    writer = writer_of(tmp_path, SCHEMA)
    submitted = []
    submit = writer._submit_batch
    monkeypatch.setattr(writer, "_submit_batch", lambda: (submitted.append(len(writer)), submit()))
    try:
        for key in "abcdef":
            writer.add(b"0" * 16, {"id": key, "body": "heavy rain"}, b'{"body":"heavy rain"}')
            assert writer.chunks > 0 or len(writer) < 2
        assert submitted == [2, 4, 6]
        words, done = writer._word_bytes, writer._chunks_done
        assert words > 0
        assert done % 4 == 0
        assert done > 0  # of the first four articles, whose batches are done
        assert writer.chunks == done + 42 // 8
        monkeypatch.setattr(segment_writer, "_MAX_WORD_BYTES", words)
        assert writer.full
        monkeypatch.setattr(segment_writer, "_MAX_WORD_BYTES", words + 1)
        assert not writer.full
        monkeypatch.setattr(segment_writer, "_MAX_DOCUMENTS", 6)
        assert writer.full
        monkeypatch.setattr(segment_writer, "_MAX_DOCUMENTS", 7)
        assert not writer.full
        info = writer.write("a.seg")
        assert (info.file, info.documents) == ("a.seg", 6)
        assert indexing_threads() == []
    finally:
        writer.close()
    with SegmentFile(Directory(tmp_path), "a.seg", info.bytes, info.crc) as file:
        assert {name: file.meta[name] for name in ("documents", "analysis", "languages")} == {
            "documents": 6, "analysis": 2, "languages": ["en"],
        }  # fmt: skip
        assert {name: field["kind"] for name, field in file.meta["fields"].items()} == {
            name: field.kind for name, field in SCHEMA if name != "id"
        }


def test_terms_of_fields_fill_a_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", 1)
    writer = writer_of(tmp_path, LISTS)
    try:
        writer.add(b"0" * 16, {"_key": "a", "body": TermList([b"rain"])}, b"{}")
        size = sum(lists.size for lists in writer._term_lists.values())
        assert size > 0
        monkeypatch.setattr(segment_writer, "_MAX_WORD_BYTES", size)
        assert writer.full
        monkeypatch.setattr(segment_writer, "_MAX_WORD_BYTES", size + 1)
        assert not writer.full
    finally:
        writer.close()


@pytest.mark.parametrize("job", [1, 1 << 22])
def test_languages_and_periods_of_batches(
    tmp_path: Path, job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Articles of several languages, one after the other, and dates of which a part is known."""
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", job)
    schema = sl.Schema(
        id=sl.Key(), body=sl.Text(), raw=sl.Text(language=""), lang=sl.Keyword(), date=sl.Date(),
        n=sl.Number(), kinds=sl.Keyword(many=True),
    )  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"id": "a", "body": "maisons", "lang": "fr", "date": "2021", "n": 1.5, "kinds": ["x", "X"]},
        {"id": "b", "body": "maisons", "lang": "fr", "raw": "maisons"},
        {"id": "c", "body": "houses", "date": "2021-05", "n": 2, "kinds": ["y", "x"]},
        {"id": "d", "body": "Häuser", "lang": "de", "date": "2021-05-03"},
        {"id": "e", "body": "houses", "lang": "xx"},
    ]
    with sl.Archive.create(tmp_path / "archive", schema) as archive:
        archive.add(rows)
        with archive._store.reader() as reader:
            [segment] = reader.segments
            core = segment.core
            assert core.languages == ("de", "en", "fr")
            body, raw, dates = core.text("body"), core.text("raw"), core.number("date")
            numbers, kinds, lang = core.number("n"), core.keyword("kinds"), core.keyword("lang")
            assert body and raw and dates and numbers and kinds and lang
            assert list(body.terms) == [b"haus", b"hous", b"houses", b"maison"]
            assert list(raw.terms) == [b"maisons"]
            assert dates.partial_docs.tolist() == [0, 2]
            ends = [instant(iso, UTC) for iso in ("2022-01-01", "2021-06-01")]
            assert dates.partial_ends.tolist() == ends
            starts = [instant(iso, UTC) for iso in ("2021-01-01", "2021-05-01", "2021-05-03")]
            assert dates.values[[0, 2, 3]].tolist() == starts
            assert (dates.values[[1, 4]] == MISSING).all()
            assert numbers.values[[0, 2]].tolist() == [1.5, 2.0]
            assert np.isnan(numbers.values[[1, 3, 4]]).all()
            assert list(kinds.terms) == [b"x", b"y"]
            assert [kinds.docs(rank).tolist() for rank in range(2)] == [[0, 2], [2]]
            assert list(lang.terms) == [b"de", b"fr", b"xx"]
            assert core.keys.digest(2) != core.keys.digest(3)


def test_an_error_of_the_last_batch_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_writer, "_BATCH_BYTES", 10)
    writer = writer_of(tmp_path, SCHEMA)

    def fail(_: object) -> None:
        raise ArchiveError("no room left", "here")

    try:
        writer.add(b"0" * 16, {"id": "a", "body": "rain"}, b'{"body":"rain"}')
        monkeypatch.setattr(writer, "_store_articles", fail)
        writer.add(b"0" * 16, {"id": "b"}, b"{}")
        with pytest.raises(ArchiveError, match="no room left"):
            writer.write("a.seg")
    finally:
        writer.close()
    assert not (tmp_path / "a.seg").exists()


def core_of(path: Path, schema: sl.Schema, *rows: dict[str, Any], **options: Any) -> SegmentCore:
    """The segment of these articles, whose JSON is left out."""
    writer = writer_of(path, schema, **options)
    try:
        for row in rows:
            writer.add(b"0" * 16, row, b"{}")
        return SegmentCore(Directory(path), writer.write("a.seg"), Cache(0))
    finally:
        writer.close()


def test_hashes_of_titles_stand_beside_texts(tmp_path: Path) -> None:
    rows = [{"id": "a", "title": "Heavy rain", "body": "rain"}, {"id": "b", "body": "snow"}]
    sketches = core_of(tmp_path, SCHEMA, *rows, story_field="body").story_sketches
    assert sketches is not None
    assert sketches.titles.tolist() == [title_hash("Heavy rain"), title_hash("")]
    (tmp_path / "none").mkdir()
    assert core_of(tmp_path / "none", SCHEMA, *rows).story_sketches is None


def test_terms_of_several_fields_and_their_attributes(tmp_path: Path) -> None:
    text = fields.TEXT(stored=True)
    schema = sl.Schema.from_whoosh(
        fields.Schema(one=text, two=text, words=fields.KEYWORD(sortable=True)), exact=True
    )
    boosted = TermList([b"rain", b"snow"])
    boosted.attributes = {"boosts": [1.0, 2.0]}
    rows = [
        {"_key": "a", "one": boosted, "two": TermList([b"sun"])},
        {"_key": "b", "two": TermList([b"wind", b"sun"])},
    ]
    core = core_of(tmp_path, schema, *rows)
    one, two = core.text("one"), core.text("two")
    assert one is not None
    assert two is not None
    assert (list(one.terms), list(two.terms)) == ([b"rain", b"snow"], [b"sun", b"wind"])
    assert one.attributes.of(0)["boosts"].tolist() == [1.0, 2.0]
