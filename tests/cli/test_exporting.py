"""Exports: forms, marks, several values, and what is written beside them."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from datetime import datetime
from pathlib import Path

import pytest

from searchlib.archive import Archive
from searchlib.cli import exporting
from searchlib.cli.main import run
from searchlib.schema import Key, Schema, Text

from ..damaged import damage_articles, two_archives
from .conftest import Cli


def test_a_figure_can_be_cited(cli: Cli, folder: Path) -> None:
    assert cli("export", "--query", "wheat", "--sort", "-date", "--output", "w.csv").code == 0
    written = Path("w.csv.about.json").read_text()
    about = json.loads(written)
    assert written.startswith('{\n  "')  # to be read by people, too
    with Archive.open(folder) as archive:
        found = archive.search("wheat")
        assert about["commit"] == archive.generation
    assert (about["query"], about["understood"]) == ("wheat", found.query)
    assert list(about) == ["query", "understood", "match", "sort", "articles", "commit", "when",
                           "searchlib", "fields", "archive"]  # fmt: skip
    assert about["archive"] == str(folder)
    assert about["fields"][:3] == ["id", "title", "date"]
    assert datetime.fromisoformat(about["when"]).microsecond == 0
    assert (about["articles"], about["sort"]) == (found.total, "-date")
    assert len(list(csv.DictReader(io.StringIO(Path("w.csv").read_text())))) == found.total
    cli("export", "--query", "wheat", "--output", "n.csv", "--no-about")
    assert not Path("n.csv.about.json").exists()
    cli("export", "--output", "all.jsonl")
    assert not Path("all.jsonl.about.json").exists()
    first, head = cli("export", "--query", "wheat", "--about", "--format", "csv",
                      "--fields", "id").out.splitlines()[:2]  # fmt: skip
    assert json.loads(first.removeprefix("# "))["query"] == "wheat"
    assert head == "id"


def test_marks_and_several_values(cli: Cli) -> None:
    out = cli("export", "--query", "wheat", "--fields", "title,authors", "--format", "csv",
              "--marks", "html", "--join", " / ").out  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(out)))
    assert all("<mark>Wheat</mark>" in row["title"] for row in rows if "heat" in row["title"])
    assert any(" / " in row["authors"] for row in rows) or all(row["authors"] for row in rows)
    text = cli("export", "--query", "wheat", "--marks", "text", "--fields", "title").out
    assert "**Wheat**" in text
    assert cli("export", "--marks", "text").code == 2


def test_parquet(cli: Cli, folder: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert cli("export", "--output", "all.parquet").code == 0
    table = parquet.read_table("all.parquet").to_pylist()
    with Archive.open(folder) as archive:
        records = list(archive.export())
    assert [row["id"] for row in table] == [record["id"] for record in records]
    assert [row["authors"] for row in table] == [record.get("authors") for record in records]
    assert [row["date"] for row in table] == [record.get("date") for record in records]
    assert not list(Path().glob("*.partial"))
    assert cli("export", "--format", "parquet").code == 2
    assert "there is no folder" in cli("export", "--output", "no/such.parquet").err


def test_names_that_are_none(cli: Cli) -> None:
    for name in ("titel", "score", "ti tle"):
        ran = cli("export", "--fields", f"id,{name}")
        assert (ran.code, ran.out) == (2, "")
        assert f"no article has a field {name!r}; the fields are id, title" in ran.err


def test_names_of_fields_that_the_schema_does_not_have(cli: Cli, tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a") as archive:
        archive.add([{"id": 1, "title": "Rain"}, {"id": 2, "title": "Snow", "desk": "night"}])
    assert [json.loads(line) for line in cli("export", "--archive", "a").out.splitlines()] == [
        {"id": "1", "title": "Rain"}, {"id": "2", "title": "Snow", "desk": "night"},
    ]  # fmt: skip
    lines = cli("export", "--archive", "a", "--fields", "id").out.splitlines()
    assert lines == ['{"id": "1"}', '{"id": "2"}']
    ran = cli("export", "--archive", "a", "--fields", "ID,desk", "--format", "csv")
    assert (ran.code, ran.out.splitlines()) == (0, ["id,desk", "1,", "2,night"])
    ran = cli("export", "--archive", "a", "--fields", "zone,desk,colour")
    assert ran.code == 2
    assert "no article has a field 'zone'; the fields are id, title" in ran.err
    assert ran.err.endswith(", desk\n")


def test_texts_that_are_not_stored_are_named(cli: Cli, tmp_path: Path) -> None:
    fields = {"id": Key(), "title": Text(), "body": Text(stored=False)}
    with Archive.create(tmp_path / "a", Schema(**fields)) as archive:
        archive.add([{"id": 1, "title": "Rain", "body": "It rained."}])
    ran = cli("export", "--archive", "a")
    assert (ran.err, json.loads(ran.out)) == (
        "not stored, and left out: body\n", {"id": "1", "title": "Rain"}
    )  # fmt: skip
    assert cli("export", "--archive", "a", "--fields", "title").err == ""


def test_an_archive_is_named_as_others_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wire = "opensearch+https://ann@search.example/wire"
    assert [exporting._named(name) for name in ("a", wire)] == [str(tmp_path / "a"), wire]


def test_memory_does_not_grow_with_the_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCHLIB_ARCHIVE", str(tmp_path / "a"))
    with Archive.create(tmp_path / "a") as archive:
        archive.add({"id": n, "title": "rain", "body": f"rain {n} " * 500} for n in range(3000))
    size = sum(len(f"rain {n} ") * 500 for n in range(3000))
    tracemalloc.start()
    try:
        assert run(["export", "--query", "rain", "--output", str(tmp_path / "all.csv")]) == 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "all.csv").stat().st_size > size
    assert peak < size / 2, (peak, size)


def test_counts_as_csv(cli: Cli, folder: Path) -> None:
    out = cli("search", "wheat", "--facet", "section", "--limit", "0", "--csv").out
    with Archive.open(folder) as archive:
        counts = archive.search("wheat", facets=["section"]).facets["section"]
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["value"], int(row["count"])) for row in rows if row["value"]] == list(counts)
    assert "--limit 0" in cli("search", "wheat", "--facet", "section", "--csv").err


def test_months_without_an_article_are_counted_between_others(cli: Cli, folder: Path) -> None:
    out = cli("search", "*", "--facet", "date:month", "--limit", "0", "--csv").out
    months = [row["value"] for row in csv.DictReader(io.StringIO(out)) if row["value"]]
    first, last = months[0], months[-1]
    years, numbers = int(last[:4]) - int(first[:4]), int(last[5:]) - int(first[5:])
    assert len(months) == 12 * years + numbers + 1
    assert months == sorted(set(months))


def test_an_ending_that_is_no_form(cli: Cli) -> None:
    ran = cli("export", "--output", "articles.xlsx")
    assert (ran.code, Path("articles.xlsx").exists()) == (2, False)
    assert "--format" in ran.err
    assert cli("export", "--output", "articles.xlsx", "--format", "csv").code == 0
    assert Path("articles.xlsx").read_text(encoding="utf-8").startswith("id,")
    assert cli("export", "--output", "articles").code == 0
    assert Path("articles").read_text(encoding="utf-8").startswith("{")


def test_an_order_in_two_options(cli: Cli) -> None:
    both = cli("search", "*", "--sort", "section", "--sort", "-date", "--csv").out
    assert both == cli("search", "*", "--sort", "section,-date", "--csv").out
    assert both != cli("search", "*", "--sort", "-date", "--csv").out
    assert cli("search", "*", "--sort", "section", "--sort", "rank").code == 2


def test_what_is_left_out_is_written_beside(cli: Cli, folder: Path, tmp_path: Path) -> None:
    away = str(tmp_path / "away")
    several = ("--archive", str(folder), "--archive", away)
    ran = cli("export", "--query", "wheat", "--output", "w.csv", *several)
    assert (ran.code, "is left out: there is no archive" in ran.err) == (0, True)
    about = json.loads(Path("w.csv.about.json").read_text())
    assert list(about["left_out"]) == [away]
    assert about["archive"] == [str(folder), away]
    assert about["commit"] == {str(folder): 1}
    for command in (("export",), ("search", "wheat"), ("timeline", "wheat"), ("stats",),
                    ("repl",)):  # fmt: skip
        ran = cli(*command, *several, "--no-partial")
        assert (ran.code, ran.out) == (3, ""), command
        assert away in ran.err


@pytest.mark.parametrize("form", ["csv", "jsonl", "md"])
@pytest.mark.parametrize("query", [[], ["--query", "rain"]])
def test_what_is_found_damaged_is_left_out(
    cli: Cli, tmp_path: Path, form: str, query: list[str]
) -> None:
    folders = two_archives(tmp_path)
    damage_articles(folders[1])
    several = [text for folder in folders for text in ("--archive", str(folder))]
    command = ("export", *several, *query, "--fields", "id", "--format", form)
    note = f"partial: {folders[1]} is left out: it is damaged"
    for out in ([], ["--output", f"e.{form}"]):
        assert (ran := cli(*command, "--no-partial", *out)).code == 3
        assert ran.out == "" and not list(Path().glob("e.*"))
        ran = cli(*command, *out)
        assert (ran.code, ran.err.replace("\n", " ").count(note)) == (0, 1)
        written = Path(f"e.{form}").read_text() if out else ran.out
        assert (written.count("m1-"), written.count("m2-")) == (40, 0)
    if query:
        about = json.loads(Path(f"e.{form}.about.json").read_text())
        assert (about["articles"], list(about["left_out"])) == (40, [str(folders[1])])


@pytest.mark.parametrize("query", [[], ["--query", "rain"], ["--query", "rain", "--marks", "html"]])
@pytest.mark.parametrize("differ", [False, True])
def test_the_archive_of_each_article_is_named(
    cli: Cli, tmp_path: Path, query: list[str], differ: bool
) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    schemas = [Schema(id=Key(), title=Text(weight=2.0 if n and differ else 1.0)) for n in (0, 1)]
    for folder, schema in zip(folders, schemas, strict=True):
        with Archive.create(folder, schema) as archive:
            archive.add([{"id": "x", "title": "Rain"}])
    several = ("export", "--archive", str(folders[0]), "--archive", str(folders[1]), *query)
    rows = list(csv.DictReader(io.StringIO(cli(*several, "--format", "csv").out)))
    assert [list(row)[:2] for row in rows] == [["archive", "id"]] * 2
    assert sorted(row["archive"] for row in rows) == list(map(str, folders))
    rows = [json.loads(line) for line in cli(*several).out.splitlines()]
    assert sorted(row["archive"] for row in rows) == list(map(str, folders))
    lines = cli(*several, "--fields", "title,Archive,id", "--format", "csv").out.split("\n")
    assert lines[0].strip() == "title,archive,id"
    assert "archive: " in cli(*several, "--format", "md").out
    one = cli("export", "--archive", str(folders[0]), *query).out
    assert "archive" not in json.loads(one)
    assert cli("export", "--archive", str(folders[0]), "--fields", "archive").code == 2


def test_a_field_named_archive_stays(cli: Cli, tmp_path: Path) -> None:
    for name in ("a", "b"):
        with Archive.create(tmp_path / name, Schema(id=Key())) as archive:
            archive.add([{"id": "x", "archive": "National Archives"}])
    out = cli("export", "--archive", str(tmp_path / "a"), "--archive", str(tmp_path / "b")).out
    assert {json.loads(line)["archive"] for line in out.splitlines()} == {"National Archives"}
