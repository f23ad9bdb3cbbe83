"""Articles written as CSV, JSON Lines and Markdown."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from searchlib.errors import ArgumentError
from searchlib.repl.export import fields_of, output_file, written
from searchlib.schema import NEWS

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
    assert fields_of(NEWS)[:4] == ["id", "title", "date", "body"]


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
