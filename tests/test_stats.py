"""The figures of an archive, as plain values."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

from whoosh import fields

import searchlib as sl
from searchlib.stats import FieldStats, collect_stats
from searchlib.whoosh_backend import create_in

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(), date=sl.Date(), section=sl.Keyword(), n=sl.Number()
)


def field(stats: sl.Stats, name: str) -> FieldStats:
    return next(field for field in stats.fields if field.name == name)


def test_an_empty_archive(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        stats = archive.stats()
    assert (stats.articles, stats.deleted, stats.segments) == (0, 0, 0)
    assert stats.bytes > 0  # the manifest
    assert [f.name for f in stats.fields] == SCHEMA.names()
    assert field(stats, "date") == FieldStats("date", "date", 0, 0, None, None)


def test_fields_over_several_segments(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add([{"id": n, "title": "rain rain", "section": "World", "n": n} for n in "345"])
        archive.add([{"id": "x", "section": "WORLD", "n": -7, "date": "2022-08-31T23:30:00Z"}])
        archive.delete(["3"])
        stats = archive.stats()
        assert (stats.articles, stats.deleted) == (3, 1)
        assert stats.segments == 2
        assert field(stats, "title").words == 6  # of deleted articles too, until they are merged
        assert field(stats, "section").values == 1
        assert (field(stats, "n").first, field(stats, "n").last) == (-7, 5)
        assert field(stats, "date").first == field(stats, "date").last == "2022-08-31"


def test_of_a_whoosh_program_only_its_own_fields_are_there(tmp_path: Path) -> None:
    schema = fields.Schema(
        cat=fields.KEYWORD(sortable=True), n=fields.NUMERIC(sortable=True), title=fields.TEXT
    )
    with create_in(tmp_path, schema).writer() as writer:
        writer.add_document(cat="a b", n=7, title="rain in Oslo")
    with sl.Archive.open(tmp_path) as archive:
        words = {one.name: one.words for one in archive.stats().fields}
    assert words == {"_key": 0, "cat": 2, "n": 0, "title": 2}  # numbers have terms and no words


def test_days_are_those_of_the_zone(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add([{"id": "x", "date": "2022-08-31T23:30:00Z"}])
        stats = collect_stats(archive._current().reader, ZoneInfo("Asia/Shanghai"))
    assert field(stats, "date").first == "2022-09-01"


def test_stats_compare_by_value(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        assert archive.stats() == archive.stats()
        before = archive.stats()
        archive.add([{"id": "x"}])
        assert archive.stats() != before


def test_bytes_are_those_of_the_files(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add([{"id": n, "title": "rain"} for n in range(57)])
        archive.delete(["3"])
        sizes = {file.name: file.stat().st_size for file in (tmp_path / "a").iterdir()}
        stats = archive.stats()
        (manifest,) = (size for name, size in sizes.items() if name.startswith("manifest"))
        (segment,) = (s.info.bytes for s in archive._current().reader.segments)
        assert stats.bytes == segment + manifest + 8  # a bit for each article


def test_figures_in_notebooks() -> None:
    fields = (
        FieldStats("title", "text", 1200, 0), FieldStats("section", "keyword", 0, 3000),
        FieldStats("n", "number", 0, 0, 0, 9), FieldStats("date", "date", 0, 0),
    )  # fmt: skip
    html = sl.Stats(2000, 1000, 3, 40960, 7, fields)._repr_html_()
    cells = re.findall(r"<td>(.*?)</td><td.*?>(.*?)</td>", html)
    assert cells == [
        ("articles", "2,000"), ("deleted", "1,000"), ("segments", "3"), ("bytes", "40,960"),
        ("title", "1,200 words"), ("section", "3,000 values"), ("n", "0 to 9"),
    ]  # fmt: skip
