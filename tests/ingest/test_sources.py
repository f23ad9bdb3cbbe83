"""Sources: which files a path, a folder or a pattern stands for, and in which order."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
from pathlib import Path

import pytest

from searchlib.errors import ArgumentError, ArgumentTypeError, RecordError, SearchlibError
from searchlib.ingest.article import Article
from searchlib.ingest.sources import read
from tests.ingest.samples import CORPORA, ids, lines


def test_folders_and_patterns(tmp_path: Path) -> None:
    for name in (
        "b/2.jsonl",
        "b/1.jsonl.gz",
        "a.txt",
        "picture.jpg",
        ".hidden/3.jsonl",
        "b/.4.jsonl",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        data = b"\xff\xd8\xff" if name.endswith("jpg") else json.dumps({"id": name}).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (tmp_path / "a.txt").write_text("Rain")
    locations = [item.where.removeprefix(f"{tmp_path}{os.sep}") for item in read(tmp_path)]
    assert locations == ["a.txt", "b/1.jsonl.gz:1", "b/2.jsonl:1"]
    assert ids(read(f"{tmp_path}/*/*.jsonl")) == ["b/2.jsonl"]
    assert ids(read(f"{tmp_path}/**/*.gz", tmp_path / "b" / "2.jsonl")) == [
        "b/1.jsonl.gz",
        "b/2.jsonl",
    ]
    assert ids(read(f"{tmp_path}/[b]")) == ["b/1.jsonl.gz", "b/2.jsonl"]


def test_a_file_name_with_pattern_characters(tmp_path: Path) -> None:
    path = tmp_path / "news[1].jsonl"
    path.write_bytes(lines(1))
    assert ids(read(path)) == ["a0"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing.jsonl", "no such file or folder"),
        ("*.jsonl", "no file matches"),
        ("notes.jpg", "a JPEG picture: not a format that is read"),
        ("empty", "no file to read in this folder"),
    ],
)
def test_a_missing_path_is_an_error_at_once(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "notes.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordError, match=why) as caught:
        read(tmp_path / name)  # before the first article is asked for
    assert isinstance(caught.value, SearchlibError)
    assert caught.value.where == str(tmp_path / name)


def test_an_argument_that_is_not_a_source() -> None:
    with pytest.raises(RecordError, match="not a path"):
        read(5)  # type: ignore[arg-type]


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")
@pytest.mark.parametrize(
    ("name", "count"),
    [("reuters21578", 21578), ("digitalgov_news", 2083), ("ant_ar", 10161), ("xwlb_zh", 19876)],
)
def test_real_corpora(name: str, count: int) -> None:
    path = CORPORA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{name} is not here")
    dated = total = 0
    for article in read(path):
        assert isinstance(article, Article), article
        total += 1
        dated += bool(article.date)
    with gzip.open(path) as raw:
        assert dated == sum(b'"date": ""' not in line for line in raw)
    assert total == count


def test_all_sources_in_the_order_of_the_arguments(tmp_path: Path) -> None:
    for name in ("2.jsonl", "1.jsonl"):
        (tmp_path / name).write_bytes(json.dumps({"id": name}).encode())
    stream = io.BytesIO(b'{"id": "stream"}')
    items = read(tmp_path / "2.jsonl", stream, str(tmp_path / "1.jsonl"), tmp_path)
    assert ids(items) == ["2.jsonl", "stream", "1.jsonl", "1.jsonl", "2.jsonl"]


def test_a_file_that_matches_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.jsonl").write_bytes(lines(1))
    assert ids(read(f"{tmp_path}/**")) == ["a0"]  # the folder b, and the file in it


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(lines(2)))
    writer.start()
    assert ids(read(path)) == ["a0", "a1"]
    writer.join()


def test_defaults_are_checked_at_once() -> None:
    with pytest.raises(RecordError, match="defaults: title: a text is expected, not a number"):
        read(io.BytesIO(), title=5)
    (article,) = read(io.BytesIO(b'{"id": "a"}'), date="3/4/2022", day_first=True)
    assert article == Article(id="a", date="2022-04-03")


def test_options_that_are_misspelled() -> None:
    for name, option in (
        ("day_frist", "day_first"),
        ("encodings", "encoding"),
        ("field", "fields"),
    ):
        with pytest.raises(ArgumentTypeError, match=f"no option '{name}': did you mean {option}?"):
            read(io.BytesIO(), **{name: True})
    with pytest.raises(ArgumentError, match="'latin-77' is not an encoding that Python knows"):
        read(io.BytesIO(), encoding="latin-77")


def test_files_of_no_known_name_are_looked_at_at_once(tmp_path: Path) -> None:
    cut, table, picture = (tmp_path / name for name in ("cut.xyz", "table.xyz", "picture.xyz"))
    cut.write_bytes(gzip.compress(lines(9))[:5])
    table.write_bytes(b"id,title\na,Rain\n")
    picture.write_bytes(b"GIF8")
    with pytest.raises(RecordError, match="the compressed data ends too early"):
        read(cut)
    assert ids(read(table)) == ["a"]
    why = "a GIF picture: not a format that is read; or say which format it has"
    with pytest.raises(RecordError, match=why):
        read(picture)
    assert len(list(read(picture, format="text"))) == 1


def test_a_missing_part_of_a_path_that_has_a_sign_for_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(1))
    with pytest.raises(RecordError, match="no such file or folder"):
        read(f"{tmp_path}/b.jsonl#table")
    assert ids(read(f"{tmp_path}/a.jsonl#table")) == ["a0"]
