"""JSON files: one article or a list, read item by item up to the first syntax error."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from searchlib.ingest import json_file
from searchlib.ingest.json_file import articles_in, read_json
from searchlib.ingest.raw_record import RawRecord
from searchlib.ingest.sources import read
from searchlib.ingest.streams import buffered
from tests.ingest.parts import values
from tests.ingest.samples import ids


def test_json_of_one_article(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('\ufeff {"id": "a",\n "title": "Rain"}\n', encoding="utf-8")
    assert ids(read(tmp_path / "a.json")) == ["a"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"[]", []),
        (b"[{}]", [{}]),
        (b'[{"id": "a"}, 5, {"id": "b"}]', ["a", "x:2: a JSON object is needed", "b"]),
        (b'[{"id": "a"}', ["a", "x:2: not JSON: a comma or a bracket is missing in the list"]),
        (
            b'[{"id": "a"} {"id": "b"}]',
            ["a", "x:2: not JSON: a comma or a bracket is missing in the list"],
        ),
        (b'[{"id": "a"}] 5', ["a", "x:2: a JSON object is needed"]),
        (b'{"id": "a"} {"id": "b"}', ["a", "b"]),
        (b'{"id": "a"},\n{"id": "b"}\n', ["a", "b"]),
        (b'{\n"id": "a"\n}\n{\n"id": "b"\n}', ["a", "b"]),
        (b'[{"id": "a"}][{"id": "b"}]', ["a", "b"]),
        (b'[][{"id": "a"}]', ["a"]),
        (b"", []),
        (b'[{"id": "\xff"}]', ["x:1: not UTF-8: the byte 0xff at 10"]),
        (b'[{"id": "a"},]', ["a", "x:2: not JSON: Expecting value at character 1"]),
        (b'{"id": 12}', [12]),
        (b'{"articles": [{"id": "a"}, {"id": "b"}], "status": "ok"}', ["a", "b"]),
        (b'{"response": {"docs": [{"id": "a"}], "meta": {}}}', ["a"]),
        (b'{"hits": {"total": 1, "hits": [{"id": "a", "_source": {}}]}}', ["a"]),
        (b'{"total_rows": 1, "rows": [{"id": "a", "doc": {"x": 1}}]}', ["a"]),
        (b'{"things": [{"id": "a"}, {"id": "b"}]}', ["a", "b"]),
        (b'{"id": "a", "title": "Rain", "images": [{"id": "b"}]}', ["a"]),
        (b'{"id": "a", "text": "Rain", "items": [{"id": "b"}]}', ["a"]),
    ],
)
def test_json_files(data: bytes, expected: list[Any]) -> None:
    items = read_json(buffered(io.BytesIO(data)), "x")
    assert [
        item.values.get("id", {}) if isinstance(item, RawRecord) else str(item) for item in items
    ] == expected


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_how_much_is_read_at_a_time_makes_no_difference(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [
        b'\xef\xbb\xbf [ {"id": 12} ,{"id": 345}, {} ] [1] 67, 8.5 "x" true', b"12", b"[12", b" ",
        b"[12 13]", b"[-1.5e+10, 2E-5] 0.25", b"[1,]",
        b'[{"id": "\xc3\xa9"}]x', b"[]\n[ ]\n", b"[1]]", b"nul", b"[[1], [2, 3]]",
    ]  # fmt: skip
    cases += [json.dumps({"id": "a", "x": list(range(30))}).encode()]

    def answers() -> list[list[Any]]:
        return [list(map(repr, read_json(buffered(io.BytesIO(one)), "x"))) for one in cases]

    expected = answers()
    monkeypatch.setattr(json_file, "_CHUNK", size)
    assert answers() == expected


@pytest.mark.parametrize(
    ("others", "count"), [({}, 2), ({"a": 1, "b": 2, "c": 3}, 2), ({"title": "x"}, 1),
                          ({"a": 1, "b": 2, "c": 3, "d": 4}, 1), ({"more": [{"id": "z"}]}, 1)],
)  # fmt: skip
def test_a_list_under_another_name(others: dict[str, Any], count: int) -> None:
    """It is one of articles if there is no other, and little besides."""
    data = json.dumps({"things": [{"id": "a"}, {"id": "b"}], **others}).encode()
    assert len(values(read_json, data)) == count


def test_a_long_list_is_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "_CHUNK", 5)
    records = [{"id": f"a{number}", "title": "Caf\u00e9 \u65e5" * number} for number in range(50)]
    data = json.dumps(records, ensure_ascii=False).encode()
    assert ids(read(io.BytesIO(data))) == [record["id"] for record in records]
    text = '{"id": "' + "a" * 90 + '"}'
    for most in (len(text), len(text) - 1):
        monkeypatch.setattr(json_file, "MAX_RECORD", most)
        assert (ids(read(io.BytesIO(text.encode()))) == ["a" * 90]) == (most == len(text))
    monkeypatch.setattr(json_file, "MAX_RECORD", 100)
    assert "longer than 100" in ids(read(io.BytesIO(data)))[-1]


def test_the_places_of_records() -> None:
    items = read_json(buffered(io.BytesIO(b'[{"id": "a"}, 5, {"id": "b"}]')), "x")
    assert [item.place for item in items if isinstance(item, RawRecord)] == ["1", "3"]


def test_a_feed_of_json() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1", "title": "Wire", "language": "en",
        "items": [{"id": "1", "title": "Rain"}],
    }  # fmt: skip
    (record,) = articles_in(feed)
    assert record == {"source": "Wire", "lang": "en", "id": "1", "title": "Rain"}
    feed |= {"items": [{"id": "1", "title": "Rain", "source": "Post"}, 5], "language": ""}
    assert list(articles_in(feed)) == [{"source": "Post", "id": "1", "title": "Rain"}, 5]


def test_a_stream_that_ends_too_early() -> None:
    compressed = gzip.compress(b'[{"id": "a"}, {"id": "b"}]' + b" " * 100_000)
    assert ids(read(io.BytesIO(compressed))) == ["a", "b"]
    *_, last = ids(read(io.BytesIO(compressed[:-9])))
    assert "ends too early" in last


def test_an_object_of_articles_by_their_ids() -> None:
    data = b'{"f1": {"articleBody": "It rained.", "url": "u"}, "f2": {"articleBody": "Snow"}}'
    assert values(read_json, data) == [
        {"id": "f1", "articleBody": "It rained.", "url": "u"},
        {"id": "f2", "articleBody": "Snow"},
    ]
    for one in (
        b'{"source": {"name": "Wire"}, "author": {"name": "Ann"}}',  # objects for names
        b'{"f1": {"title": "Rain"}, "f2": {"body": "Snow"}}',  # of different kinds
        b'{"f1": {"x": 1}, "f2": {"x": 2}}',
        b'{"f1": {"title": "Rain"}}',
        b'{"f1": {"title": "Rain"}, "f2": 3}',
    ):
        assert len(values(read_json, one)) == 1, one


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # a dump whose lists are deep in it
        ({"db": [{"meta": {}, "data": {"posts": [{"title": "Rain"}], "users": [{"id": 1}]}}]},
         [{"title": "Rain"}]),
        # the paragraphs of one article are no articles
        ({"headline": "Rain", "content": [{"type": "p", "text": "It rained."}]}, 1),
        ({"title": "The feed", "items": [{"title": "Rain"}, {"title": "Sun"}]}, 2),
        # tables as pandas writes them
        ({"title": {"7": "Rain"}, "text": {"7": "It rained."}},
         [{"title": "Rain", "text": "It rained."}]),
        ({"columns": ["title", "n"], "index": [0, 1], "data": [["Rain", 1], ["Sun", 2]]},
         [{"title": "Rain", "n": 1}, {"title": "Sun", "n": 2}]),
        ({"columns": ["title", "n"], "data": [["Rain"]]}, 1),
        ({"headline": {"main": "Rain"}, "byline": {"original": "Ann"}}, 1),
        ({"headline": {"main": "Rain"}, "byline": {"main": "Ann"}}, 1),
        ({"columns": ["title", 5], "data": [["Rain", 1]]}, 1),
        ({"columns": ["title", "n"], "data": [["Rain", 1], ["Sun"]]}, 1),
        ({"columns": ["title", "n"], "rows": [["Rain", 1]]}, [{"title": "Rain", "n": 1}]),
        ({"title": {"0": "Rain", "1": "Sun"}}, 1),
        ({"title": {"1": "a", "0": "b"}, "zzz": {"0": "c", "1": "d"}},
         [{"title": "a", "zzz": "d"}, {"title": "b", "zzz": "c"}]),
        ({"title": {"0": "a"}, "text": {"0": "b", "1": "c"}}, 1),
        ({"title": {"name": 1, "x": 2}, "text": {"name": 3, "x": 4}}, 1),
        ({"yyy": {"0": "a", "1": "b"}, "zzz": {"0": "c", "1": "d"}}, 1),
        ({"title": {}, "text": {}}, 1),
        ({"f1": {"title": "Rain"}}, [{"f1": {"title": "Rain"}}]),
        ({"f1": {"title": "A", "x": 1}, "f2": {"title": "B"}},
         [{"id": "f1", "title": "A", "x": 1}, {"id": "f2", "title": "B"}]),
        ({"a": {"title": 1}, "b": {"title": 2, "body": 3}, "c": {"body": 4}}, 1),
        ({"source": {"title": "a"}, "x": {"title": "b"}}, 1),
        ({"articles": [{"title": "A", "x": 1, "items": [{"title": "B"}]}]},
         [{"title": "A", "x": 1, "items": [{"title": "B"}]}]),
        ({"articles": [{"items": [{"title": "B"}]}, 5]}, [{"title": "B"}, 5]),
        ({"title": "A", "articles": [{"type": "p"}], "items": [{"title": "B"}]}, [{"title": "B"}]),
        ({"headline": 5, "content": [{"type": "p"}]}, [{"type": "p"}]),
        ({"body": "", "items": [{"title": "B"}]}, [{"title": "B"}]),
        ({"items": [], "docs": [{"title": "B"}]}, [{"title": "B"}]),
        ({"data": {"data": {"data": {"data": {"items": [{"id": "a"}]}}}}}, [{"id": "a"}]),
        ({"data": {"data": {"data": {"data": {"data": {"items": [{"id": "a"}]}}}}}}, 1),
    ],
)  # fmt: skip
def test_lists_in_objects(value: dict[str, Any], expected: list[Any] | int) -> None:
    found = list(articles_in(value))
    assert len(found) == expected if isinstance(expected, int) else found == expected
