"""Files and streams -> articles: formats, bad records, and the bounds of memory and time."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from searchlib.archive import Archive
from searchlib.errors import RecordError, SearchlibError
from searchlib.ingest import json_file, json_lines, page_text, read
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.streams import buffered
from searchlib.schema import Key, Number, Schema, Text

CORPORA = Path(
    os.environ.get("SEARCHLIB_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora"
)


def lines(count: int, **more: Any) -> bytes:
    records = ({"id": f"a{number}", "title": f"Rain {number}", **more} for number in range(count))
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def ids(found: Iterator[Article | Rejected]) -> list[str]:
    return [one.id if isinstance(one, Article) else str(one) for one in found]


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.ndjson", "A.JSONL", "a.jsonl.gz", "a.json", "a.json.gz"]
)
def test_formats_by_name(tmp_path: Path, name: str) -> None:
    data = lines(3)
    if ".json" in name.lower() and "jsonl" not in name.lower():
        data = json.dumps([json.loads(line) for line in data.splitlines()], indent=2).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    found = list(read(tmp_path / name))
    assert [one.id for one in found if isinstance(one, Article)] == ["a0", "a1", "a2"]
    place = found[1].where.rsplit(os.sep, 1)[1]
    assert place == f"{name}:2"


@pytest.mark.parametrize("name", ["page.txt", "page.txt.gz"])
def test_pages(tmp_path: Path, name: str) -> None:
    data = "Rain\r\n\r\n(Wire) 09:20, May 2, 2022\r\n\r\nIt rained.".encode("utf-8-sig")
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (article,) = read(path)
    assert isinstance(article, Article)
    assert (article.title, article.source, article.body) == ("Rain", "Wire", "It rained.")
    assert article.where == str(path)


def test_json_of_one_article(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('\ufeff {"id": "a",\n "title": "Rain"}\n', encoding="utf-8")
    assert ids(read(tmp_path / "a.json")) == ["a"]


def test_folders_and_patterns(tmp_path: Path) -> None:
    for name in (
        "b/2.jsonl",
        "b/1.jsonl.gz",
        "a.txt",
        "README.md",
        ".hidden/3.jsonl",
        "b/.4.jsonl",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        data = json.dumps({"id": name}).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (tmp_path / "a.txt").write_text("Rain")
    places = [one.where.removeprefix(f"{tmp_path}{os.sep}") for one in read(tmp_path)]
    assert places == ["a.txt", "b/1.jsonl.gz:1", "b/2.jsonl:1"]
    assert ids(read(f"{tmp_path}/*/*.jsonl")) == ["b/2.jsonl"]
    assert ids(read(f"{tmp_path}/**/*.gz", tmp_path / "b" / "2.jsonl")) == [
        "b/1.jsonl.gz",
        "b/2.jsonl",
    ]
    assert ids(read(f"{tmp_path}/[b]")) == ["b/1.jsonl.gz", "b/2.jsonl"]


def test_a_name_with_the_signs_of_a_pattern(tmp_path: Path) -> None:
    path = tmp_path / "news[1].jsonl"
    path.write_bytes(lines(1))
    assert ids(read(path)) == ["a0"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing.jsonl", "no such file or folder"),
        ("*.jsonl", "no file matches"),
        ("notes.md", "not a known format: .jsonl"),
        ("empty", "no file to read in this folder"),
    ],
)
def test_what_is_not_there_is_told_at_once(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "notes.md").write_text("notes")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordError, match=why) as caught:
        read(tmp_path / name)  # before the first article is asked for
    assert isinstance(caught.value, SearchlibError)
    assert caught.value.where == str(tmp_path / name)


def test_what_is_no_source() -> None:
    with pytest.raises(RecordError, match="not a path"):
        read(5)  # type: ignore[arg-type]


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
def test_streams_are_known_by_their_first_bytes(stream: Any) -> None:
    assert ids(read(stream)) == ["a0", "a1"]
    assert not getattr(stream, "closed", False)


def test_an_object_over_lines_from_a_stream() -> None:
    assert ids(read(io.BytesIO(b'{\n "id": "a0"\n}'))) == ["a0"]


def test_a_page_from_a_stream_and_an_empty_one() -> None:
    assert [one.where for one in read(io.StringIO("Rain"))] == ["<stream>"]
    assert list(read(io.BytesIO())) == [Rejected("<stream>", None, "the page has no text")]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(2))))
    found = list(read("-"))
    assert [one.where for one in found] == ["<stdin>:1", "<stdin>:2"]


def test_defaults_fill_what_is_missing() -> None:
    data = b'{"id": "a", "section": "sport", "words": 3}\n{"id": "b", "authors": []}'
    found = list(
        read(io.BytesIO(data), section="world", authors=["Ann"], words=0, date="2 May 2022")
    )
    assert found == [
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


BAD_LINES = [
    (b'{"id": "x", "title": "Ra', None, "not JSON: Unterminated string"),
    (b'{"id": "x"}}', None, "not JSON: Extra data at character 12"),
    (b"rain", None, "not JSON: Expecting value at character 1"),
    (b'["x"]', None, "a JSON object is needed, not a list"),
    (b"5", None, "a JSON object is needed, not a number"),
    (b"null", None, "a JSON object is needed, not null"),
    (b'{"id": "x", "title": "caf\xe9"}', None, "not UTF-8: the byte 0xe9 at 26"),
    (b'{"id": "x", "title": "a\x00b"}', None, "not JSON: Invalid control character"),
    (b"\x00\x00\x00", None, "not JSON"),
    (b'{"id": "x", "words": NaN}', None, "not JSON: NaN is no JSON value"),
    (b'{"id": "x", "words": ' + b"9" * 5000 + b"}", None, "not JSON: Exceeds the limit"),
    (b"[" * 100_000, None, "nested too deeply"),
    (b'{"id": "x", "date": "31 June 2022"}', "date", "there is no day 31 in June 2022"),
    (b'{"id": "x", "title": 5}', "title", "a text is expected, not a number"),
    (b'{"id": [], "title": "Rain"}', "id", "a name is expected, not a list"),
]


@pytest.mark.parametrize(("bad", "field", "why"), BAD_LINES)
def test_a_bad_line_harms_no_other(bad: bytes, field: str | None, why: str) -> None:
    found = list(read(io.BytesIO(lines(1) + b"\n  \r\n" + bad + b"\n" + lines(2))))
    assert [one.id for one in found if isinstance(one, Article)] == ["a0", "a0", "a1"]
    rejected = found[1]
    assert isinstance(rejected, Rejected)
    assert (rejected.where, rejected.field) == ("<stream>:4", field)
    assert why in rejected.why


def test_a_line_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_RECORD", 100)
    data = lines(1) + b'{"id": "' + b"x" * 3_000_000 + b'"}\n' + lines(1)
    assert ids(read(io.BytesIO(data))) == [
        "a0",
        "<stream>:2: the line is longer than 100 bytes",
        "a0",
    ]


def test_a_gzip_file_that_ends_too_early(tmp_path: Path) -> None:
    data = gzip.compress(lines(20_000, body=os.urandom(20).hex()))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(data[: len(data) // 2])
    (tmp_path / "next.jsonl").write_bytes(lines(1))
    found = list(read(tmp_path))
    *good, rejected, last = found
    assert isinstance(rejected, Rejected)
    assert "the gzip data ends too early" in rejected.why
    assert rejected.where == f"{path}:{len(good) + 1}"
    assert len(good) > 5_000  # nothing before the cut is lost
    assert isinstance(last, Article)


@pytest.mark.parametrize("place", [3, 15, -6, -2])
def test_a_damaged_gzip_file(tmp_path: Path, place: int) -> None:
    data = bytearray(gzip.compress(lines(500)))
    data[place] ^= 0xFF
    path = tmp_path / "bad.jsonl.gz"
    path.write_bytes(data)
    found = list(read(path))
    if place != 3:  # a flag of the header, which may go unseen
        assert isinstance(found[-1], Rejected)
        assert sum(isinstance(one, Rejected) for one in found) <= 2


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


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"[]", []),
        (b"[{}]", [""]),
        (b'[{"id": "a"}, 5, {"id": "b"}]', ["a", "x:2: a JSON object is needed", "b"]),
        (b'[{"id": "a"}', ["a", "x:2: not JSON: a comma or a bracket is missing in the list"]),
        (
            b'[{"id": "a"} {"id": "b"}]',
            ["a", "x:2: not JSON: a comma or a bracket is missing in the list"],
        ),
        (
            b'[{"id": "a"}] 5',
            ["a", "x:2: not JSON: there is more after the end of the list or object"],
        ),
        (
            b'{"id": "a"} {"id": "b"}',
            ["a", "x:2: not JSON: there is more after the end of the list or object"],
        ),
        (b"", []),
        (b'[{"id": "\xff"}]', ["x:1: not UTF-8: the byte 0xff at 10"]),
        (b'[{"id": "a"},]', ["a", "x:2: not JSON: Expecting value at character 1"]),
        (b'{"id": 12}', ["12"]),
    ],
)
def test_json_files(data: bytes, wanted: list[str]) -> None:
    assert ids(json_file.read_json(buffered(io.BytesIO(data)), "x")) == wanted


def test_a_long_json_list_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "_CHUNK", 5)
    records = [{"id": f"a{number}", "title": "Caf\u00e9 \u65e5" * number} for number in range(50)]
    data = json.dumps(records, ensure_ascii=False).encode()
    assert ids(read(io.BytesIO(data))) == [record["id"] for record in records]
    monkeypatch.setattr(json_file, "MAX_RECORD", 100)
    assert "longer than 100" in ids(read(io.BytesIO(data)))[-1]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"caf\xe9", "not UTF-8: the byte 0xe9 at 4"),
        (b"a\x00b", "not a text: it has NUL bytes"),
        (b" \n ", "the page has no text"),
        (b"x" * 200, "the page is longer than 100 bytes"),
    ],
)
def test_bad_pages(monkeypatch: pytest.MonkeyPatch, data: bytes, why: str) -> None:
    monkeypatch.setattr(page_text, "MAX_RECORD", 100)
    assert ids(read(io.BytesIO(data))) == [f"<stream>: {why}"]


def test_memory_is_that_of_one_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines(20_000, body="It rained. " * 100), 1))  # 22 MB unpacked
    tracemalloc.start()
    count = sum(1 for _ in read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 4_000_000


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")
@pytest.mark.parametrize(
    ("name", "count"),
    [("reuters21578", 21578), ("digitalgov_news", 2083), ("ant_ar", 10161), ("xwlb_zh", 19876)],
)
def test_real_articles(name: str, count: int) -> None:
    path = CORPORA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{name} is not here")
    dated = taken = 0
    for article in read(path):
        assert isinstance(article, Article), article
        taken += 1
        dated += bool(article.date)
    with gzip.open(path) as raw:
        assert dated == sum(b'"date": ""' not in line for line in raw)
    assert taken == count


def test_what_an_archive_left_goes_into_another(tmp_path: Path) -> None:
    text, number = Schema(id=Key(), label=Text()), Schema(id=Key(), label=Number())
    data = lines(256) + b'{"id": "b", "label": "word"}\n{"id": "c"}\n{"id": "d"}\n'
    reading = read(io.BytesIO(data))

    def stop(_seen: int) -> None:
        raise KeyboardInterrupt

    with Archive.create(tmp_path / "text", text) as archive, pytest.raises(KeyboardInterrupt):
        archive.add(reading, progress=stop)
    with Archive.create(tmp_path / "number", number) as archive:
        report = archive.add(reading)
        assert [bad.field for bad in report.rejected] == ["label"]
        assert [one["id"] for one in archive.export()] == ["c", "d"]


def test_what_an_archive_left_are_articles(tmp_path: Path) -> None:
    reading = read(io.BytesIO(lines(258)))

    def stop(_seen: int) -> None:
        raise KeyboardInterrupt

    with Archive.create(tmp_path / "archive") as archive, pytest.raises(KeyboardInterrupt):
        archive.add(reading, progress=stop)
    assert list(reading) == [Article(id=f"a{n}", title=f"Rain {n}") for n in (256, 257)]
