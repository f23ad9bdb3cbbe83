"""Maps: what is said in options, in files and with an archive."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click
import pytest

from searchlib.cli.reading_options import ReadingOptions, reading_options
from searchlib.ingest.formats import FORMATS


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
    full = dataclasses.replace(options, drop=["b"], format="csv", day_first=True)
    path.write_text(json.dumps(dataclasses.asdict(full)))
    assert ReadingOptions.from_file(path) == full
    with pytest.raises(click.BadParameter, match="nowhere"):
        ReadingOptions.from_file("nowhere.json")


def test_articles_are_read_by_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("kicker;by\nRain;Ann and Bo\n")
    options = ReadingOptions(
        fields={"title": "kicker", "authors": "by"}, split=["authors"], set={"source": "Wire"}
    )
    (article,) = options.read((str(tmp_path / "a.csv"),))
    assert (article.title, article.authors, article.source) == ("Rain", ["Ann", "Bo"], "Wire")  # type: ignore[union-attr]


KNOWN = "day_first, drop, encoding, fields, format, keep, set, split"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", f"a map is an object with some of {KNOWN}"),
        ('{"colour": 1}', f"a map is an object with some of {KNOWN}"),
        ('{"fields": {}, "colour": 1}', f"a map is an object with some of {KNOWN}"),
        ('{"fields": []}', "'fields' is an object with texts"),
        ('{"fields": {"a": "b", "c": 1}}', "'fields' is an object with texts"),
        ('{"set": {"a": null}}', "'set' is an object with texts"),
        ('{"keep": "a"}', "'keep' is a list of texts"),
        ('{"drop": ["a", 1]}', "'drop' is a list of texts"),
        ('{"split": {"a": "b"}}', "'split' is a list of texts"),
        ('{"day_first": "yes"}', "'day_first' is true or false"),
        ('{"format": "klingon"}', f"'klingon' is not a format that is read: {', '.join(FORMATS)}"),
        ('{"encoding": "klingon"}', "'klingon' is not an encoding"),
        ('{"encoding": 3}', "3 is not an encoding"),
    ],
)
def test_a_file_that_is_no_map(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "map.json"
    path.write_text(text)
    with pytest.raises(click.BadParameter) as caught:
        ReadingOptions.from_file(path)
    assert (caught.value.message, caught.value.param_hint) == (f"{path}: {why}", "--map")


@pytest.mark.parametrize(
    "said",
    [
        {}, {"fields": {}, "set": {}}, {"fields": {"title": "kicker"}}, {"set": {"source": "Wire"}},
        {"keep": []}, {"drop": ["a"]}, {"split": ["a", "b"]}, {"day_first": True},
        {"day_first": False}, {"day_first": None}, {"format": None}, {"format": "csv"},
        {"encoding": None}, {"encoding": "cp1252"},
    ],
)  # fmt: skip
def test_what_a_map_may_say(tmp_path: Path, said: dict[str, Any]) -> None:
    path = tmp_path / "map.json"
    path.write_text(json.dumps(said))
    options = ReadingOptions.from_file(path)
    assert options == ReadingOptions(**said)
    assert options.to_json() == {name: one for name, one in said.items() if one not in (None, {})}


def told(path: str, reading: ReadingOptions) -> str:
    """What it is told."""
    return f"{path}: {json.dumps(reading.to_json())}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], {}),
        (["--set", "section = world ", "--set", "a=b=c"],
         {"set": {"section": "world", "a": "b=c"}}),
        (["--map", "title=kicker", "--key", "nr"], {"fields": {"title": "kicker", "id": "nr"}}),
        (["--keep", "a, b,,c"], {"keep": ["a", "b", "c"]}),
        (["--drop", "", "--split", "authors"], {"drop": [], "split": ["authors"]}),
        (["--day-first", "--format", "csv", "--encoding", "cp1252"],
         {"day_first": True, "format": "csv", "encoding": "cp1252"}),
        (["--month-first"], {"day_first": False}),
        (["--map", "map.json"], {"fields": {"title": "kicker", "body": "text"}, "drop": ["x"]}),
        # What is said beside a file counts more than the file, and the first file more than others.
        (["--map", "title=head", "--map", "map.json", "--map", "more.json", "--drop", "y"],
         {"fields": {"title": "head", "body": "text", "date": "day"}, "drop": ["y"],
          "keep": ["z"]}),
        (["--map", "=x"], "'=x' is not NAME=VALUE, as in section=world"),
        (["--map", " =x"], "' =x' is not NAME=VALUE, as in section=world"),
        (["--map", "none.json"], "'none.json' is not NAME=VALUE, as in section=world"),
        (["--set", "map.json"], "'map.json' is not NAME=VALUE, as in section=world"),
    ],
)  # fmt: skip
def test_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("map.json").write_text('{"fields": {"title": "kicker", "body": "text"}, "drop": ["x"]}')
    Path("more.json").write_text('{"fields": {"body": "b", "date": "day"}, "keep": ["z"]}')
    command = click.command(click.argument("path")(reading_options(told)))
    assert (command.name, command.help) == ("told", "What it is told.")
    if isinstance(said, str):
        with pytest.raises(click.BadParameter) as caught:
            command.make_context("told", ["a", *arguments])
        assert caught.value.message == said
        return
    with command.make_context("told", ["a", *arguments]) as context:
        path, _, text = command.invoke(context).partition(": ")
    assert (path, json.loads(text)) == ("a", said)
