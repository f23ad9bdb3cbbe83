"""JSON files: one article or a list, read item by item up to the first syntax error."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from searchlib.errors import RecordError
from searchlib.ingest import json_file
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.checkpoint import StreamPosition
from searchlib.ingest.json_file import read_json
from searchlib.ingest.sources import read
from searchlib.ingest.streams import buffered, decompressed
from tests.ingest.samples import ids


def test_json_of_one_article(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('\ufeff {"id": "a",\n "title": "Rain"}\n', encoding="utf-8")
    assert ids(read(tmp_path / "a.json")) == ["a"]


@pytest.mark.parametrize(
    ("data", "expected"),
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
def test_json_files(data: bytes, expected: list[str]) -> None:
    assert ids(read_json(buffered(io.BytesIO(data)), "x")) == expected


def test_a_long_list_is_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "_CHUNK", 5)
    records = [{"id": f"a{number}", "title": "Caf\u00e9 \u65e5" * number} for number in range(50)]
    data = json.dumps(records, ensure_ascii=False).encode()
    assert ids(read(io.BytesIO(data))) == [record["id"] for record in records]
    monkeypatch.setattr(json_file, "MAX_RECORD", 100)
    assert "longer than 100" in ids(read(io.BytesIO(data)))[-1]


def test_records_are_converted_at_their_location() -> None:
    def convert(record: dict[str, Any], location: str) -> Any:
        if record["id"] == "bad":
            raise RecordError(location, "id", "a bad id")
        return record["id"], location

    data = b'[{"id": "a"}, {"id": "bad"}, {"id": "b"}]'
    assert list(read_json(buffered(io.BytesIO(data)), "x", convert)) == [
        ("a", "x:1"), Rejected("x:2", "id", "a bad id"), ("b", "x:3")
    ]  # fmt: skip


def test_a_stream_that_cannot_be_read_marks_the_position() -> None:
    compressed = gzip.compress(b'[{"id": "a"}, {"id": "b"}]' + b" " * 100_000)
    for data, failed in ((compressed, False), (compressed[:-9], True)):
        position = StreamPosition()
        stream = decompressed(buffered(io.BytesIO(data)))
        items = ids(read_json(stream, "x", Article.from_record, position))
        assert position.failed == failed
        assert ("ends too early" in items[-1]) == failed
        assert (position.line, position.offset) == (0, 0)  # it does not resume
