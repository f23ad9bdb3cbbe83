"""Articles written as CSV, JSON Lines and Markdown."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from searchlib.archive import Archive
from searchlib.archive_set import open_many
from searchlib.errors import ArgumentError
from searchlib.repl import export
from searchlib.repl.export import fields_of, output_file, unstored_notes, written
from searchlib.schema import NEWS, Key, Keyword, Number, Schema, Text

RECORDS = [
    {"id": "a", "title": 'Rain, "heavy"', "authors": ["Ann", "Bo"], "body": "It rained.\nMuch."},
    {"id": "b", "more": 3},
]


def test_csv_reads_back() -> None:
    text = "".join(written("csv", RECORDS, ["id", "title", "authors", "body"]))
    assert list(csv.reader(io.StringIO(text))) == [
        ["id", "title", "authors", "body"],
        ["a", 'Rain, "heavy"', "Ann; Bo", "It rained.\nMuch."],
        ["b", "", "", ""],
    ]


def test_json_lines_have_the_fields_that_there_are() -> None:
    lines = "".join(written("jsonl", RECORDS, ["id", "more"])).splitlines()
    assert list(map(json.loads, lines)) == [{"id": "a"}, {"id": "b", "more": 3}]


def test_markdown() -> None:
    text = "".join(written("md", RECORDS, ["id", "title", "authors", "body"]))
    assert text.startswith('## Rain, "heavy"\n\nid: a  \nauthors: Ann; Bo\n\nIt rained.\nMuch.\n\n')
    assert "## (no title)\n\nid: b" in text


def test_nothing_is_a_header_alone() -> None:
    assert [list(written(form, [], ["id"])) for form in ("csv", "jsonl", "md")] == [
        ["id\n"],
        [],
        [],
    ]


def test_fields_in_the_order_of_a_reader() -> None:
    one: Any = SimpleNamespace(schema=NEWS)
    assert fields_of(one)[:4] == ["id", "title", "date", "body"]


def test_which_texts_no_file_has(tmp_path: Path) -> None:
    folders = [str(tmp_path / name) for name in ("lean", "whole")]
    for folder, is_stored in zip(folders, (False, True), strict=True):
        Archive.create(folder, Schema(id=Key(), a=Text(stored=is_stored), b=Text())).close()
    with Archive.open(folders[0]) as archive:
        assert list(unstored_notes(archive, ["b", "a"])) == ["not stored, and left out: a"]
        assert list(unstored_notes(archive, ["id", "b"])) == []
    for order in (folders, folders[::-1]):
        with open_many(order) as archives:
            said = [f"not stored in {folders[0]}, and left out: a"]
            assert list(unstored_notes(archives, ["a", "b"])) == said
            assert list(unstored_notes(archives, ["b"])) == []
            assert list(archives.schema_of_each()) == order
            assert archives.schema_of_each()[folders[0]].unstored == ("a",)
    with open_many(folders[:1]) as archives:
        assert list(unstored_notes(archives, ["a"])) == ["not stored, and left out: a"]


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def fail_half_way() -> None:
        with output_file(str(path)) as file:
            file.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ArgumentError, match="there is no folder"), output_file("no/where.csv"):
        pass


def test_standard_output_is_not_closed(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("one", "two"):
        with output_file(None) as file:
            file.write(text)
    assert capsys.readouterr().out == "onetwo"


def test_parquet_is_written_some_rows_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(export, "_PARQUET_ROWS", 2)
    names = ["id", "title", "words", "authors"]
    schema = Schema(id=Key(), title=Text(), words=Number(), authors=Keyword(many=True))
    records = [
        {"id": str(n), "title": f"Rain {n}", "authors": ["Ann"] * n, **({"words": n} if n else {})}
        for n in range(5)
    ]
    path = tmp_path / "a.parquet"
    export.write_parquet(str(path), records, names, schema)
    table = parquet.read_table(path)
    assert [str(field.type) for field in table.schema] == [
        "string", "string", "double", "list<element: string>",
    ]  # fmt: skip
    rows = table.to_pylist()
    assert [row["id"] for row in rows] == list("01234")
    assert rows[0] | {"authors": None} == {
        "id": "0", "title": "Rain 0", "words": None, "authors": None,
    }  # fmt: skip
    assert rows[3] == {"id": "3", "title": "Rain 3", "words": 3.0, "authors": ["Ann"] * 3}
    assert parquet.ParquetFile(path).num_row_groups == 3
    assert [file.name for file in tmp_path.iterdir()] == ["a.parquet"]


def test_a_file_of_parquet_is_whole_or_not_there(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")

    def failing() -> Iterator[dict[str, str]]:
        yield {"id": "a"}
        raise ZeroDivisionError

    path = tmp_path / "a.parquet"
    with pytest.raises(ZeroDivisionError):
        export.write_parquet(str(path), failing(), ["id"], NEWS)
    assert list(tmp_path.iterdir()) == []
    export.write_parquet(str(path), [{"id": "a"}], ["id"], NEWS)
    assert list(tmp_path.iterdir()) == [path]


def test_the_library_that_parquet_needs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ArgumentError, match=r"package pyarrow: pip install 'searchlib\[columns\]'"):
        export.write_parquet(str(tmp_path / "a.parquet"), [], ["id"], NEWS)
    assert not list(tmp_path.iterdir())
