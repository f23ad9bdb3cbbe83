"""The article reader: formats by name and by content, defaults, rows, and files that fail."""

from __future__ import annotations

import codecs
import gc
import gzip
import io
import json
import os
import sys
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from searchlib import kernels
from searchlib.archive import Archive
from searchlib.errors import ArgumentError, RecordError
from searchlib.ingest import article_reader
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.article_reader import ArticleReader, FileSource
from searchlib.ingest.file_sync import FileSync
from searchlib.ingest.formats import FORMATS, Format
from searchlib.ingest.raw_record import RawRecord
from searchlib.ingest.sources import read
from searchlib.schema import Key, Keyword, Number, Schema, Text
from tests.ingest.samples import ids, lines


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.ndjson", "A.JSONL", "a.jsonl.gz", "a.json", "a.json.gz"]
)
def test_formats_by_name(tmp_path: Path, name: str) -> None:
    data = lines(3)
    if ".json" in name.lower() and "jsonl" not in name.lower():
        data = json.dumps([json.loads(line) for line in data.splitlines()], indent=2).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    items = list(read(tmp_path / name))
    assert [item.id for item in items if isinstance(item, Article)] == ["a0", "a1", "a2"]
    location = items[1].where.rsplit(os.sep, 1)[1]
    assert location == f"{name}:2"


@pytest.mark.parametrize("name", ["page.txt", "page.txt.gz"])
def test_pages(tmp_path: Path, name: str) -> None:
    data = "Rain\r\n\r\n(Wire) 09:20, May 2, 2022\r\n\r\nIt rained.".encode("utf-8-sig")
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (article,) = read(path)
    assert isinstance(article, Article)
    assert (article.title, article.source, article.body) == ("Rain", "Wire", "It rained.")
    assert article.where == str(path)


class TextPieces:
    """A stream that is no ``io`` class and gives text, a little at a time."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def read(self, _size: int = -1) -> str:
        piece, self.rest = self.rest[:7], self.rest[7:]
        return piece


@pytest.mark.parametrize(
    "stream",
    [
        io.BytesIO(lines(2)),
        io.BytesIO(gzip.compress(lines(2))),
        io.BytesIO(codecs.BOM_UTF8 + lines(2)),
        io.BytesIO(gzip.compress(lines(1)) + gzip.compress(lines(2)[len(lines(1)) :])),
        io.StringIO(lines(2).decode()),
        io.BytesIO(b'\n[{"id": "a0"}, {"id": "a1"}]'),
        TextPieces('{"id": "a0", "title": "Caf\u00e9 \u65e5"}\n{"id": "a1"}'),
    ],
)
def test_formats_of_streams_by_their_first_bytes(stream: Any) -> None:
    assert ids(read(stream)) == ["a0", "a1"]
    assert not getattr(stream, "closed", False)


def test_an_object_over_lines_from_a_stream() -> None:
    assert ids(read(io.BytesIO(b'{\n "id": "a0"\n}'))) == ["a0"]


def test_a_page_from_a_stream_and_an_empty_one() -> None:
    assert [item.where for item in read(io.StringIO("Rain"))] == ["<stream>"]
    assert list(read(io.BytesIO())) == [Rejected("<stream>", None, "the page has no text")]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(2))))
    items = list(read("-"))
    assert [item.where for item in items] == ["<stdin>:1", "<stdin>:2"]


def test_defaults_fill_what_is_missing() -> None:
    data = b'{"id": "a", "section": "sport", "words": 3}\n{"id": "b", "authors": []}'
    items = list(
        read(io.BytesIO(data), section="world", authors=["Ann"], words=0, date="2 May 2022")
    )
    assert items == [
        Article("a", section="sport", authors=["Ann"], date="2022-05-02", extra={"words": 3}),
        Article("b", section="world", authors=["Ann"], date="2022-05-02", extra={"words": 0}),
    ]
    with pytest.raises(RecordError, match="defaults: date: 'soon' is not a date"):
        read(io.BytesIO(data), date="soon")


def test_day_first() -> None:
    data = b'{"id": "a", "date": "03/04/2022"}'
    (rejected,) = read(io.BytesIO(data))
    assert isinstance(rejected, Rejected)
    assert rejected.field == "date"
    (article,) = read(io.BytesIO(data), day_first=True)
    assert isinstance(article, Article)
    assert article.date == "2022-04-03"


def test_a_gzip_file_that_ends_too_early(tmp_path: Path) -> None:
    data = gzip.compress(lines(20_000, body=os.urandom(20).hex()))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(data[: len(data) // 2])
    (tmp_path / "next.jsonl").write_bytes(lines(1))
    items = list(read(tmp_path))
    *good, rejected, last = items
    assert isinstance(rejected, Rejected)
    assert "the compressed data ends too early" in rejected.why
    assert rejected.where == f"{path}:{len(good) + 1}"
    assert len(good) > 5_000  # nothing before the cut is lost
    assert isinstance(last, Article)


@pytest.mark.parametrize("offset", [3, 15, -6, -2])
def test_a_damaged_gzip_file(tmp_path: Path, offset: int) -> None:
    data = bytearray(gzip.compress(lines(500)))
    data[offset] ^= 0xFF
    path = tmp_path / "bad.jsonl.gz"
    path.write_bytes(data)
    items = list(read(path))
    if offset != 3:  # a flag of the header, which may go unnoticed
        assert isinstance(items[-1], Rejected)
        assert sum(isinstance(item, Rejected) for item in items) <= 2


def test_a_file_that_is_not_gzip(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(lines(2))  # named .gz, yet plain: it can be read
    assert ids(read(tmp_path / "a.jsonl.gz")) == ["a0", "a1"]


def test_a_stream_that_fails() -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            raise OSError(5, "Input/output error")

    assert ids(read(Broken())) == [  # type: ignore[arg-type]
        "<stream>: the file cannot be read further: Input/output error"
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_must_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(1))
    (tmp_path / "a.jsonl").chmod(0)
    assert "Permission denied" in ids(read(tmp_path / "a.jsonl"))[0]


def test_a_file_that_went_away(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(1))
    articles = read(path)
    path.unlink()
    assert ids(articles) == [f"{path}: the file cannot be read further: No such file or directory"]


def test_memory_is_that_of_one_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines(20_000, body="It rained. " * 100), 1))  # 22 MB unpacked
    tracemalloc.start()
    count = sum(1 for _ in read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 4_000_000


def test_a_reader_used_by_one_archive_goes_into_another(tmp_path: Path) -> None:
    text, number = Schema(id=Key(), label=Text()), Schema(id=Key(), label=Number())
    data = lines(256) + b'{"id": "b", "label": "word"}\n{"id": "c"}\n{"id": "d"}\n'
    reading = read(io.BytesIO(data))

    def stop(_seen: int) -> None:
        raise KeyboardInterrupt

    with Archive.create(tmp_path / "text", text) as archive, pytest.raises(KeyboardInterrupt):
        archive.add(reading, on_progress=stop)
    with Archive.create(tmp_path / "number", number) as archive:
        report = archive.add(reading)
        assert [bad.field for bad in report.rejected] == ["label"]
        assert [item["id"] for item in archive.export()] == ["c", "d"]


def test_a_reader_used_by_an_archive_yields_articles_again(tmp_path: Path) -> None:
    reading = read(io.BytesIO(lines(258)))

    def stop(_seen: int) -> None:
        raise KeyboardInterrupt

    with Archive.create(tmp_path / "archive") as archive, pytest.raises(KeyboardInterrupt):
        archive.add(reading, on_progress=stop)
    assert list(reading) == [Article(id=f"a{n}", title=f"Rain {n}") for n in (256, 257)]


def test_a_new_format_is_one_line_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_titles(stream: io.BufferedReader, name: str) -> Iterator[RawRecord]:
        for number, line in enumerate(stream, 1):
            yield RawRecord({"id": number, "title": line.decode().strip()}, str(number))

    titles = Format("titles", "titles", (".titles",), "article_reader:read_titles")
    monkeypatch.setattr("searchlib.ingest.article_reader.read_titles", read_titles, raising=False)
    monkeypatch.setitem(FORMATS, "titles", titles)
    path = tmp_path / "news.titles.gz"
    path.write_bytes(gzip.compress(b"Rain\nSnow\n"))
    items = list(read(path, format="titles"))
    extra = {"path": str(path)}
    assert items == [
        Article(id="1", title="Rain", extra=extra), Article(id="2", title="Snow", extra=extra)
    ]  # fmt: skip
    assert items[1].where == f"{path}:2"


@pytest.mark.skipif(not kernels.available, reason="only the kernels tell rows")
def test_rows_in_place_of_articles() -> None:
    schema = Schema(id=Key(), title=Text())
    reader = ArticleReader([io.BytesIO(lines(2) + b'{"id": 7, "title": "Sun"}\n' + lines(1))])
    reader.use_schema(schema)
    assert next(reader) == {"id": "a0", "title": "Rain 0"}
    assert next(reader) == {"id": "a1", "title": "Rain 1"}
    assert next(reader) == Article(id="7", title="Sun")
    reader.use_schema(None)
    assert next(reader) == Article(id="a0", title="Rain 0")
    reader = ArticleReader([io.BytesIO(lines(1))], defaults=Article(section="world"))
    reader.use_schema(schema)
    assert list(reader) == [Article(id="a0", title="Rain 0", section="world")]


def test_articles_without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("news").mkdir()
    Path("news/a.csv").write_text("title,link\nRain,https://a.example/1\nSnow,\n")
    Path("news/b.md").write_text("# Sun\n\nIt shone.\n")
    expected = ["https://a.example/1", "news/a.csv#3", "news/b.md"]
    assert ids(read("news")) == expected
    assert ids(read(tmp_path / "news")) == expected  # from wherever they are named
    Path("news/b.md").write_text("# Sun\n\nIt shone all day.\n")
    assert ids(read("news/b.md")) == ["news/b.md"]  # an edited file is the same article
    first, second = ids(read(io.BytesIO(b'[{"title": "Rain"}, {"title": "Snow"}]')))
    assert first != second


def test_other_files_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(1))
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(9))
    (tmp_path / "c.py").write_text("print(1)")
    reader = read(tmp_path)
    assert ids(reader) == ["a0"]
    assert dict(reader.summary.passed_over) == {"a JPEG picture": 1, "a text of an unknown kind": 1}
    assert dict(reader.summary.records) == {"JSON Lines": 1}


def test_the_files_in_archives(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("c.jsonl.gz", gzip.compress(lines(1)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("2022/a.csv", "id,title\n1,Rain\n")
        archive.writestr("b.png", b"\x89PNG\r\n")
        archive.writestr("inner.zip", inner.getvalue())
    reader = read(path)
    items = list(reader)
    assert ids(items) == ["1", "a0"]
    assert items[0].where == f"{path}/2022/a.csv:2"
    assert reader.summary.passed_over == {"a PNG picture": 1}


@pytest.mark.parametrize(
    ("data", "expected", "order"),
    [
        (b"id,date\n1,03/04/2022\n2,14/03/2022\n", ["2022-04-03", "2022-03-14"], "day first"),
        (b"id,date\n1,03/04/2022\n2,03/14/2022\n", ["2022-03-04", "2022-03-14"], "month first"),
        (b'{"id":"1","date":"03/04/2022"}\n{"id":"2","date":"14/03/2022"}\n',
         ["2022-04-03", "2022-03-14"], "day first"),
        (b"id,date\n1,03/04/2022\n2,2022-03-14\n", [None, "2022-03-14"], None),
        (b"id,date\n1,03/04/2022\n2,03/14/2022\n3,14/03/2022\n",
         [None, "2022-03-14", "2022-03-14"], None),
    ],
)  # fmt: skip
def test_the_order_of_dates_is_that_of_the_file(
    data: bytes, expected: list[str | None], order: str | None
) -> None:
    reader = read(io.BytesIO(data))
    dates = [item.date if isinstance(item, Article) else None for item in reader]
    assert dates == expected
    assert list(reader.summary.orders.values()) == ([order] if order else [])


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feedparser.py").write_text("raise ModuleNotFoundError(name='feedparser')")
    monkeypatch.syspath_prepend(tmp_path)
    (rejected,) = read(io.BytesIO(b"<rss><channel><item/></channel></rss>"))
    assert isinstance(rejected, Rejected)
    assert rejected.why == "feed is read with feedparser: pip install 'searchlib[web]'"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_encodings_that_the_first_bytes_say(encoding: str) -> None:
    for text in (
        '{"id": "a", "title": "\u00e9t\u00e9"}\n{"id": "b"}\n',
        "id,title\na,\u00e9t\u00e9\n",
    ):
        first = next(read(io.BytesIO(text.encode(encoding))))
        assert (first.id, first.title) == ("a", "\u00e9t\u00e9")  # type: ignore[union-attr]


def test_an_encoding_that_is_given() -> None:
    data = "id,title\na,\u0141\u00f3d\u017a\n".encode("iso8859-2")
    (article,) = read(io.BytesIO(data), encoding="iso8859-2")
    assert article == Article(id="a", title="\u0141\u00f3d\u017a")


def test_resuming(tmp_path: Path) -> None:
    paths = [tmp_path / "1.jsonl", tmp_path / "2.jsonl.gz"]
    paths[0].write_bytes(lines(2))
    paths[1].write_bytes(gzip.compress(lines(5)))
    reader = read(tmp_path)
    progress = reader.resume([], "settings")
    assert progress is not None
    items = [next(reader) for _ in range(5)]
    assert reader.resume([], "settings") is None  # it has begun
    checkpoints = progress.checkpoints()
    assert [checkpoint.finished for checkpoint in checkpoints] == [True, False]

    reader = read(tmp_path)
    progress = reader.resume(checkpoints, "settings")
    assert progress is not None
    assert [*items, *reader] == list(read(tmp_path))
    assert progress.resumed() == (
        "after 1 file that had been finished", f"{paths[1]} at line 4"
    )  # fmt: skip

    for reader, settings, from_start in [
        (read(tmp_path), "other", False),
        (read(tmp_path), "settings", True),
        (read(tmp_path, day_first=True), "settings", False),
        (read(tmp_path, section="world"), "settings", False),
    ]:
        progress = reader.resume(checkpoints, settings, from_start=from_start)
        assert progress is not None
        assert len(list(reader)) == 7
        assert progress.resumed() == ()


def test_a_dropped_reader_closes_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(3))
    reader = read(tmp_path / "a.jsonl")
    next(reader)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        del reader
        gc.collect()


def test_the_key_of_a_text_without_a_date_is_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("Rain in Oslo\n\nIt rained.")
    Path("b.txt").write_text("Rain in Oslo\n\nIt rained.")
    assert [article.id for article in read(".") if isinstance(article, Article)] == [
        "a.txt", "b.txt"
    ]  # fmt: skip


def test_bytes_read(tmp_path: Path) -> None:
    first, second = lines(2), lines(3)
    (tmp_path / "a.jsonl").write_bytes(first)
    (tmp_path / "b.jsonl").write_bytes(second)
    reader, whole = read(tmp_path), len(first) + len(second)
    assert reader.bytes_read == (0, 0)
    assert [reader.bytes_read for _ in reader] == [(len(first), whole)] * 2 + [(whole, whole)] * 3
    assert reader.bytes_read == (whole, whole)
    stream = read(io.BytesIO(first))
    assert [stream.bytes_read for _ in stream] == [(0, 0)] * 2
    reader._source_reader._file = (tmp_path / "a.jsonl").open("rb")
    reader._source_reader._file.close()  # it may be closed by another thread
    assert reader.bytes_read == (whole, whole)


def test_a_file_is_one_that_was_named_unless_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    path = str(tmp_path / "a.jpg")
    assert ids(ArticleReader([FileSource(path)])) == [
        f"{path}: a JPEG picture: not a format that is read"
    ]
    assert ids(ArticleReader([FileSource(path, is_chosen=False)])) == []


def test_files_that_could_not_be_read_are_noted(tmp_path: Path) -> None:
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        path.write_bytes(lines(1))
    reader, sync = read(*paths), FileSync({}, lambda key: False)
    reader.keep_in_step(sync)
    reader.use_schema(Schema(id=Key(), title=Text()))
    reader.resume([], "settings")
    paths[0].unlink()
    assert len(list(reader)) == 2
    assert (sync.unread, sync.seen) == ([str(paths[0])], {"a0"})


def test_streams_cannot_be_kept_in_step() -> None:
    with pytest.raises(ArgumentError, match="files and folders can be kept in step, not streams"):
        read(io.BytesIO()).keep_in_step(FileSync({}, lambda key: False))


def test_archives_are_read_three_deep(tmp_path: Path) -> None:
    data = lines(1)
    for depth in range(1, 5):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr(f"{depth}.jsonl" if depth == 1 else f"{depth}.zip", data)
        data = outer.getvalue()
        found = ids(read(io.BytesIO(data)))
        if depth < 4:
            assert found == ["a0"]
        else:
            assert found == ["<stream>/4.zip/3.zip/2.zip: archives are nested more than 3 deep"]


@pytest.mark.parametrize(
    ("name", "data", "encodings"),
    [
        ("a.csv", "id,title\na,été\n".encode(), {}),
        ("a.csv", "id,title\na,été\n".encode("cp1252"), {"cp1252 by guess": 1}),
        ("a.csv", "id,title\na,été\n".encode("utf-16"), {"utf-16": 1}),
        ("a.jsonl", b'{"id": "\xe9"}\n', {}),  # no guess where UTF-8 is needed
    ],
)
def test_encodings_in_the_summary(
    tmp_path: Path, name: str, data: bytes, encodings: dict[str, int]
) -> None:
    (tmp_path / name).write_bytes(data)
    reader = read(tmp_path / name)
    list(reader)
    assert dict(reader.summary.encodings) == encodings


def test_the_summary_counts_files_and_articles(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(3) + b"[1]\n")
    (tmp_path / "b.jsonl").write_bytes(lines(2))
    (tmp_path / "c.csv").write_text("id,title\n1,Rain\n2,Snow,more,still\n")
    reader = read(tmp_path)
    assert len(list(reader)) == 8
    assert dict(reader.summary.files) == {"JSON Lines": 2, "CSV": 1}
    assert dict(reader.summary.records) == {"JSON Lines": 5, "CSV": 1}


@pytest.mark.parametrize(
    ("named", "path", "place"),
    [
        ("a.csv", "a.csv", "a.csv#3"),
        ("./x/../a.csv", "a.csv", "a.csv#3"),
    ],
)
def test_what_stands_for_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, path: str, place: str
) -> None:
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path)
    Path(path).write_text("id,title\na,Rain\n,Snow\nb,Sun\n")
    records = [item.record() for item in read(named) if isinstance(item, Article)]
    assert records == [
        {"id": "a", "title": "Rain", "path": path},
        {"id": place, "title": "Snow"},
        {"id": "b", "title": "Sun", "path": path},
    ]
    monkeypatch.chdir(tmp_path / "x")  # outside of the working folder the path is whole
    assert next(item.extra for item in read(tmp_path / path) if isinstance(item, Article)) == {
        "path": str(tmp_path / path)
    }


def test_a_path_that_an_article_has_itself_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"id": "a", "path": "/news/rain"}, {"id": "b"}]')
    schema = Schema(id=Key(), path=Keyword())
    for row_schema in (None, schema):
        reader = read(path)
        reader.use_schema(row_schema)
        rows = [item.record() if isinstance(item, Article) else item for item in reader]
        assert [row["path"] for row in rows] == ["/news/rain", str(path)]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_the_order_of_dates_is_that_of_one_file_only(tmp_path: Path, suffix: str) -> None:
    for name, dates in (("a", ["03/04/2022", "14/03/2022"]), ("b", ["03/04/2022"])):
        rows = [{"id": f"{name}{n}", "date": date} for n, date in enumerate(dates)]
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        if suffix == "csv":
            text = "id,date\n" + "".join(f"{row['id']},{row['date']}\n" for row in rows)
        (tmp_path / f"{name}.{suffix}").write_text(text)
    reader = read(tmp_path)
    *good, rejected = reader
    assert [item.date for item in good if isinstance(item, Article)] == ["2022-04-03", "2022-03-14"]
    assert isinstance(rejected, Rejected)
    assert reader.summary.orders == {str(tmp_path / f"a.{suffix}"): "day first"}
    given = [item.date for item in read(tmp_path, day_first=False) if isinstance(item, Article)]
    assert given == ["2022-03-04", "2022-03-04"]  # as it is said, whatever the files are like


def test_lines_that_are_no_json_say_nothing_of_the_order_of_dates() -> None:
    data = b'{"id": "a", "date": "03/04/2022"}\n{"id\n[1]\n{"id": "b", "date": "14/03/2022"}\n'
    dates = [item.date for item in read(io.BytesIO(data)) if isinstance(item, Article)]
    assert dates == ["2022-04-03", "2022-03-14"]


def test_the_key_of_a_text_with_a_date_is_made_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for text, is_place in (
        ("Rain\n\n(Wire) May 2, 2022\n\nIt rained.", False),
        ("Rain\n\nIt rained.", True),
        ("(Wire) May 2, 2022\n\nOSLO, May 2 (Wire) -- It rained.", True),
    ):
        path.write_text(text)
        [from_file], [from_stream] = ids(read(path)), ids(read(io.StringIO(text)))
        assert from_file == (str(path) if is_place else from_stream)
        assert from_stream != str(path)


def test_defaults_of_other_fields_fill_what_is_missing_too() -> None:
    data = b'{"id": "a", "stars": ""}\n{"id": "b", "stars": 5}\n{"id": "c"}\nx\n'
    *items, rejected = read(io.BytesIO(data), stars=3, topics=["sea"])
    assert [(item.extra, item.topics) for item in items if isinstance(item, Article)] == [
        ({"stars": 3}, ["sea"]), ({"stars": 5}, ["sea"]), ({"stars": 3}, ["sea"])
    ]  # fmt: skip
    assert items[0].topics is not items[1].topics  # type: ignore[union-attr]
    assert isinstance(rejected, Rejected)


def test_documents_stay_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are read ahead, and whatever stands between them."""
    taken: list[str] = []

    def later(name: str, size: int) -> Any:
        def items() -> Iterator[str]:
            taken.append(name)
            return iter([name])

        return article_reader._Later(size, items)

    def asked_for() -> Iterator[Any]:
        for name in "abcdefgh":
            yield name if name == "f" else later(name, 40)
            asked.append((name, "".join(taken)))

    for ahead, size, expected in [
        (2, 1000, [("a", ""), ("b", ""), ("c", "a"), ("d", "ab"), ("e", "abc"), ("f", "abcde"),
                   ("g", "abcde"), ("h", "abcde")]),
        (9, 100, [("a", ""), ("b", ""), ("c", "a"), ("d", "ab"), ("e", "abc"), ("f", "abcde"),
                  ("g", "abcde"), ("h", "abcde")]),
        (9, 80, [("a", ""), ("b", ""), ("c", "a"), ("d", "ab"), ("e", "abc"), ("f", "abcde"),
                 ("g", "abcde"), ("h", "abcde")]),
    ]:  # fmt: skip
        monkeypatch.setattr(article_reader, "_AHEAD", ahead)
        monkeypatch.setattr(article_reader, "_MAX_AHEAD", size)
        asked: list[tuple[str, str]] = []
        taken.clear()
        assert "".join(article_reader._in_order(asked_for())) == "abcdefgh"
        assert asked == expected
