"""JSON Lines: a bad line is rejected at its number, and all others are read."""

from __future__ import annotations

import io
import json

import pytest

from searchlib.ingest import json_lines
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.checkpoint import TAIL, StreamPosition
from searchlib.ingest.json_lines import decoder, read_json_lines, why_not_json
from searchlib.ingest.sources import read
from searchlib.ingest.streams import buffered
from tests.ingest.samples import ids, lines

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
    (b'{"id": "x", "words": -Infinity}', None, "not JSON: -Infinity is no JSON value"),
    (b'{"id": "x", "words": ' + b"9" * 5000 + b"}", None, "not JSON: Exceeds the limit"),
    (b"[" * 100_000, None, "nested too deeply"),
    (b'{"id": "x", "date": "31 June 2022"}', "date", "there is no day 31 in June 2022"),
    (b'{"id": "x", "title": 5}', "title", "a text is expected, not a number"),
    (b'{"id": [], "title": "Rain"}', "id", "a name is expected, not a list"),
]


@pytest.mark.parametrize(("bad", "field", "why"), BAD_LINES)
def test_a_bad_line_harms_no_other(bad: bytes, field: str | None, why: str) -> None:
    items = list(read(io.BytesIO(lines(1) + b"\n  \r\n" + bad + b"\n" + lines(2))))
    assert [item.id for item in items if isinstance(item, Article)] == ["a0", "a0", "a1"]
    rejected = items[1]
    assert isinstance(rejected, Rejected)
    assert (rejected.where, rejected.field) == ("<stream>:4", field)
    assert why in rejected.why


def test_a_line_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_RECORD", 100)
    data = lines(1) + b'{"id": "' + b"x" * 3_000_000 + b'"}\n' + lines(1)
    assert ids(read(io.BytesIO(data))) == [
        "a0",
        "<stream>:2: the line is longer than 100 bytes",
        "a0",
    ]


def test_the_position_advances_line_by_line() -> None:
    data = b"\xef\xbb\xbf" + lines(2) + b"\n" + lines(1)
    position = StreamPosition()
    items = read_json_lines(buffered(io.BytesIO(data)), "x", Article.from_record, position)
    ends = [index + 1 for index, byte in enumerate(data) if byte == ord("\n")]
    assert [(item.where, position.offset) for item in items] == [
        ("x:1", ends[0]), ("x:2", ends[1]), ("x:4", ends[3])
    ]  # fmt: skip
    assert (position.line, position.tail, position.failed) == (4, data, False)


def test_the_position_after_a_line_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_RECORD", 100)
    data = b'{"id": "' + b"x" * 3_000_000 + b'"}\n'
    position = StreamPosition()
    items = read_json_lines(buffered(io.BytesIO(data)), "x", Article.from_record, position)
    assert isinstance(next(items), Rejected)
    assert (position.line, position.offset, position.tail) == (1, len(data), data[-TAIL:])


def test_reading_continues_at_the_line_of_the_position() -> None:
    position = StreamPosition()
    position.advance(b"{}\n")
    items = read_json_lines(buffered(io.BytesIO(lines(1))), "x", Article.from_record, position)
    assert [item.where for item in items] == ["x:2"]


def test_values_that_only_pythons_decoder_reads() -> None:
    record = {"id": "x", "words": 10**30, "title": "\ud83d"}
    (article,) = read_json_lines(buffered(io.BytesIO(json.dumps(record).encode())), "x")
    assert article == Article(id="x", title="\ud83d", extra={"words": 10**30})


@pytest.mark.parametrize("constant", ["Infinity", "-Infinity"])
def test_the_decoder_refuses_constants(constant: str) -> None:
    with pytest.raises(ValueError, match=f"{constant} is no JSON value") as caught:
        decoder().decode(f"[{constant}]")
    assert why_not_json(caught.value) == f"not JSON: {constant} is no JSON value"


def test_nan_is_no_value_and_a_record_separator_is_passed_over() -> None:
    data = b'\x1e{"id": "a", "words": NaN}\n\x1e{"id": "b"}\n'
    assert list(read_json_lines(buffered(io.BytesIO(data)), "x")) == [
        Article(id="a", extra={"words": None}), Article(id="b"),
    ]  # fmt: skip


def test_lines_for_the_bulk_interface_of_opensearch() -> None:
    data = [
        {"index": {"_index": "news", "_id": "a"}}, {"title": "Rain"},
        {"create": {}}, {"_id": "own", "title": "Sun"},
        {"delete": {"_id": "x"}}, {"title": "Fog"},
        {"index": {"_id": "b", "routing": "r"}}, {"title": "Snow"},
        {"index": {"name": "an article of one field"}},
        {"index": {"_id": "c"}}, {"index": "x"}, {"other": {"_id": "d"}}, {"title": "Hail"},
    ]  # fmt: skip
    rows: list[dict[str, object]] = []
    stream = buffered(io.BytesIO(b"".join(json.dumps(one).encode() + b"\n" for one in data)))
    list(read_json_lines(stream, "x", lambda record, _: rows.append(record)))
    assert [(row.get("_id"), row.get("title")) for row in rows] == [
        ("a", "Rain"), ("own", "Sun"), (None, "Fog"), ("b", "Snow"), (None, None),
        ("c", None), (None, None), (None, "Hail"),
    ]  # fmt: skip


def test_how_long_a_line_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its end; the last one has none."""
    line = b'{"id": "' + b"x" * 50 + b'"}'
    for data, most in ((line + b"\n", len(line) + 1), (line, len(line) + 1), (line, len(line))):
        monkeypatch.setattr(json_lines, "MAX_RECORD", most)
        found = [*read_json_lines(buffered(io.BytesIO(data + b"\n" * (most < len(data)))), "x")]
        assert [type(one) for one in found] == [Article if most > len(line) else Rejected]


def test_the_rest_of_a_long_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_RECORD", 10)
    monkeypatch.setattr(json_lines, "_CHUNK", 7)
    monkeypatch.setattr(json_lines, "TAIL", 5)
    for size in (10, 11, 16, 17, 18, 40):
        for end in (b"\n", b""):
            data = b"x" * size + end
            position = StreamPosition()
            items = read_json_lines(buffered(io.BytesIO(data + b"{}")), "x", dict, position)  # type: ignore[arg-type]
            rejected = next(items)
            assert str(rejected) == "x:1: the line is longer than 10 bytes"
            if end:
                assert (position.line, position.offset, position.tail) == (1, size + 1, data[-5:])


def test_a_stream_that_fails_between_lines() -> None:
    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            raise OSError(5, "Input/output error")

    position = StreamPosition()
    stream = io.BufferedReader(Failing())
    items = list(read_json_lines(stream, "x", Article.from_record, position))
    assert list(map(str, items)) == ["x:1: the file cannot be read further: Input/output error"]
    assert position.failed


def test_types_that_are_no_objects() -> None:
    for value, name in ((b'"a"', "a text"), (b"1.5", "a number"), (b"true", "true or false")):
        (rejected,) = read_json_lines(buffered(io.BytesIO(value)), "x")
        assert str(rejected) == f"x:1: a JSON object is needed, not {name}"
