"""Maps: what is said in options, in files and with an archive."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from searchlib.cli.reading_options import ReadingOptions


def test_what_is_said_later_does_not_change_what_was() -> None:
    first = ReadingOptions(fields={"title": "a"}, set={"source": "Wire"}, day_first=False)
    second = ReadingOptions(fields={"title": "b", "body": "c"}, drop=["x"], day_first=True)
    assert first.over(second).to_json() == {
        "fields": {"title": "a", "body": "c"}, "set": {"source": "Wire"}, "drop": ["x"],
        "day_first": False,
    }  # fmt: skip
    assert ReadingOptions().over(ReadingOptions()).to_json() == {}


def test_a_file_and_back(tmp_path: Path) -> None:
    options = ReadingOptions(fields={"title": "a"}, keep=[], split=["authors"], encoding="cp1252")
    path = tmp_path / "map.json"
    path.write_text(json.dumps(options.to_json()))
    assert ReadingOptions.from_file(path) == options
    with pytest.raises(click.BadParameter, match="nowhere"):
        ReadingOptions.from_file("nowhere.json")


def test_articles_are_read_by_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("kicker;by\nRain;Ann and Bo\n")
    options = ReadingOptions(
        fields={"title": "kicker", "authors": "by"}, split=["authors"], set={"source": "Wire"}
    )
    (article,) = options.read((str(tmp_path / "a.csv"),))
    assert (article.title, article.authors, article.source) == ("Rain", ["Ann", "Bo"], "Wire")  # type: ignore[union-attr]
