"""Bad records of every kind: each is accepted or reported with its reason; all others are found."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from tests.trust.world import contents

LONG = "x" * 10_000


class Odd:
    """No JSON value."""


def deep(levels: int) -> Any:
    made: Any = 1
    for _ in range(levels):
        made = [made]
    return made


#: What is refused, with a part of the reason.
REFUSED: dict[str, tuple[Any, str]] = {
    "no key": ({"title": "t"}, "key is missing"),
    "empty key": ({"id": ""}, "empty"),
    "blank key": ({"id": " \n"}, "empty"),
    "key of another type": ({"id": ["a"]}, "text is expected"),
    "key is true": ({"id": True}, "text is expected"),
    "a long key": ({"id": "k" * 100_000}, "longer"),
    "half a surrogate in the key": ({"id": "a\ud800"}, "surrogate"),
    "half a surrogate in text": ({"id": "x", "body": "\udfff"}, "surrogate"),
    "half a surrogate in what is stored": ({"id": "x", "more": ["\ud800"]}, "surrogate"),
    "text is a number": ({"id": "x", "body": 12}, "text is expected"),
    "text is a list": ({"id": "x", "title": ["a"]}, "text is expected"),
    "text is bytes": ({"id": "x", "body": b"abc"}, "text is expected"),
    "many of what is one": ({"id": "x", "section": ["A", "B"]}, "one value"),
    "keyword is an object": ({"id": "x", "section": {"a": 1}}, ""),
    "no such day": ({"id": "x", "date": "2021-02-30"}, ""),
    "no date": ({"id": "x", "date": "soon"}, ""),
    "year 0": ({"id": "x", "date": "0000-01-01"}, ""),
    "year 10000": ({"id": "x", "date": "10000-01-01"}, ""),
    "before year 1": ({"id": "x", "date": "0001-01-01T00:00+14:00"}, "outside the years"),
    "after year 9999": ({"id": "x", "date": "9999-12-31T23:59-12:00"}, "outside the years"),
    "date is a number": ({"id": "x", "date": 20200101}, "date is expected"),
    "not JSON": ({"id": "x", "more": Odd()}, "JSON"),
    "a set": ({"id": "x", "more": {1}}, "JSON"),
    "nan": ({"id": "x", "more": float("nan")}, ""),
    "endless nesting": ({"id": "x", "more": deep(100_000)}, ""),
    "field name is a number": ({"id": "x", 7: "a"}, "name"),
    "not a record": (17, "not an article"),
    "nothing": (None, "not an article"),
    "a list": ([("id", "x")], "not an article"),
}

#: What is taken, and the key under which it is found.
TAKEN: dict[str, tuple[Any, str]] = {
    "number as key": ({"id": 17, "body": "good"}, "17"),
    "NUL in text": ({"id": "nul", "body": "good\0 one\0"}, "nul"),
    "controls": ({"id": "ctl", "body": "good\x01\x1b[31m\x85"}, "ctl"),
    "empty body": ({"id": "empty", "title": "good", "body": ""}, "empty"),
    "None": ({"id": "none", "title": "good", "body": None, "date": None}, "none"),
    "year 1": ({"id": "y1", "title": "good", "date": "0001-01-01"}, "y1"),
    "year 9999": ({"id": "y9999", "title": "good", "date": "9999-12-31T23:59:59.999999Z"}, "y9999"),
    "naive": ({"id": "naive", "title": "good", "date": dt.datetime(2020, 1, 1, 5)}, "naive"),
    "aware": (
        {"id": "aware", "title": "good", "date": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "aware",
    ),
    "day": ({"id": "day", "title": "good", "date": dt.date(2020, 1, 1)}, "day"),
    "long word": ({"id": "long", "body": f"good {LONG}"}, "long"),
    "long words": ({"id": "longs", "body": "good " + " ".join([LONG + str(n) for n in range(50)])},
                   "longs"),
    "emoji": ({"id": "emoji", "body": "good 🙂👩‍👩‍👧 नमस्ते 中文"}, "emoji"),
    "odd key": ({"id": "a/b:c \"d\" '*?", "body": "good"}, "a/b:c \"d\" '*?"),
    "unknown fields": ({"id": "more", "body": "good", "more": {"a": [1, None]}}, "more"),
    "many values": ({"id": "vals", "title": "good", "topics": [f"t{n}" for n in range(3000)]},
                    "vals"),
}  # fmt: skip


def goods(count: int, name: str = "g") -> list[dict[str, Any]]:
    return [{"id": f"{name}{n}", "body": "good thing"} for n in range(count)]


def test_each_bad_record_harms_only_itself(tmp_path: Path) -> None:
    batch: list[Any] = []
    for number, (record, _) in enumerate([*REFUSED.values(), *TAKEN.values()]):
        batch += [record, {"id": f"good{number}", "body": "good thing"}]
    with sl.Archive.create(tmp_path) as archive:
        report = archive.add(batch)
        assert len(report.rejected) == len(REFUSED)
        for bad, (name, (_, why)) in zip(report.rejected, REFUSED.items()):
            assert why in str(bad), f"{name}: {bad}"
            assert bad.where.startswith("record ")
        assert report.added == len(batch) - len(REFUSED)
        assert archive.count("good") == report.added
        for name, (_, key) in TAKEN.items():
            assert archive.get(key) is not None, name
        assert archive.check() == []
        assert len(list(archive.export())) == report.added
        assert archive.search("date:0001").total == archive.search("date:9999").total == 1
        assert archive.search(f"body:{LONG}").total == 1
    assert len(contents(tmp_path, words=False)) == report.added


@pytest.mark.parametrize("name", REFUSED)
def test_a_batch_of_one_bad_record(name: str, tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive:
        report = archive.add([REFUSED[name][0]])
        assert (report.added, len(report.rejected)) == (0, 1)
        assert archive.add(goods(1)).added == 1


def test_duplicates(tmp_path: Path) -> None:
    """The last one counts, in a batch, across batches, and when it goes back to an old one."""
    with sl.Archive.create(tmp_path) as archive:
        first, second = {"id": "a", "body": "first"}, {"id": "a", "body": "second"}
        report = archive.add([first, second, first, second])
        assert (report.added, report.updated, report.unchanged) == (1, 3, 0)
        assert archive.add([second]).unchanged == 1
        assert archive.add([first, second, first]).updated == 3
        assert (archive.count("first"), archive.count("second"), len(archive)) == (1, 0, 1)
        archive.delete(["a"])
        assert archive.add([first]).added == 1


def lines() -> Iterator[bytes]:
    yield b'{"id": "ok1", "body": "good"}\n'
    yield b'{"id": "half", "body": "goo\n'
    yield b'\xff\xfe{"id": "bad utf8"}\n'
    yield b'{"id": "bad \xc3\x28 utf8"}\n'
    yield b"\n"
    yield b"[1, 2]\n"
    yield b'"text"\n'
    yield b"{" * 50_000 + b"\n"
    yield b'{"id": "nul\\u0000", "body": "good"}\n'
    yield b'{"id": "sur", "body": "\\ud800"}\n'
    yield b'{"id": "ok2", "body": "good"}\n'
    yield b'{"id": "ok3", "body": "good"}'


def test_bad_files(tmp_path: Path) -> None:
    plain, packed, cut = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz", tmp_path / "c.jsonl.gz"
    plain.write_bytes(b"".join(lines()))
    with gzip.open(packed, "wb") as file:
        file.write(b"".join(lines()).replace(b'"ok', b'"packed'))
    whole = io.BytesIO()
    with gzip.open(whole, "wb") as file:
        for record in goods(5000, "cut"):
            file.write(json.dumps(record | {"n": hash(record["id"])}).encode() + b"\n")
    cut.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    with sl.Archive.create(tmp_path / "archive") as archive:
        report = archive.add(sl.read(plain, packed, cut))
        for number in (1, 2, 3):
            assert archive.get(f"ok{number}") is not None
            assert archive.get(f"packed{number}") is not None
        assert archive.get("cut0") is not None
        rejected = [str(bad) for bad in report.rejected]
        assert any("a.jsonl:2" in bad for bad in rejected)
        assert any("c.jsonl.gz" in bad for bad in rejected)
        assert archive.count("good") == report.added
        assert archive.check() == []
        again = archive.add(sl.read(plain, packed, cut))
        assert (again.added, again.updated, again.unchanged) == (0, 0, report.accepted)


def test_a_stopped_run_keeps_what_was_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long run is committed in parts; the same run again does only the rest."""
    monkeypatch.setattr("searchlib.index.index_writer._MAX_CHUNKS", 2000)

    def stopped() -> Iterator[dict[str, Any]]:
        yield from goods(3000)
        raise KeyboardInterrupt

    with sl.Archive.create(tmp_path) as archive:
        with pytest.raises(KeyboardInterrupt):
            archive.add(stopped())
        done = len(archive)
        assert done > 1000
        report = archive.add(goods(3000))
        assert (report.unchanged, report.added) == (done, 3000 - done)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.slow
def test_huge_articles(tmp_path: Path) -> None:
    """A body of 50 MB, and one with a million different words."""
    big = "good " + "lorem ipsum dolor " * (50_000_000 // 18)
    words = "good " + " ".join(f"w{n:x}" for n in range(1_000_000))
    with sl.Archive.create(tmp_path) as archive:
        report = archive.add([*goods(3), {"id": "big", "body": big}, *goods(3, "h")])
        assert report.added == 7
        assert archive.add([{"id": "words", "body": words}]).added == 1
        assert archive.count("good") == 8
        assert archive.count("w3039") == 1
        assert archive.search("lorem")[0]["body"] == big
        archive.optimize()
        assert archive.count("good") == 8
        assert archive.check() == []
    assert peak() < 4000


@pytest.mark.slow
def test_memory_while_adding_is_bounded(tmp_path: Path) -> None:
    def articles(count: int) -> Iterator[dict[str, Any]]:
        for n in range(count):
            yield {"id": f"a{n}", "body": " ".join(f"w{(n * 7 + i) % 5000}" for i in range(300))}

    with sl.Archive.create(tmp_path) as archive:
        archive.add(articles(20_000))
        first = peak()
        archive.add(articles(60_000))
        assert peak() < first * 1.3 + 100
