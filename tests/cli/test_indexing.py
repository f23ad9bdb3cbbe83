"""The commands that bring articles in."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from searchlib.archive import Archive
from searchlib.cli.main import run
from searchlib.schema import Schema

CSV = "headline,pubDate,link,story\nRain,31 Aug 2022,https://a.example/1,It rained.\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("news.csv").write_text(CSV)
    return tmp_path


def exported(path: str = "a") -> list[dict[str, object]]:
    with Archive.open(path) as archive:
        return list(archive.export())


def test_a_table_goes_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "news.csv", "--archive", "a"]) == 0
    assert exported() == [
        {
            "id": "https://a.example/1",
            "title": "Rain",
            "body": "It rained.",
            "date": "2022-08-31",
            "url": "https://a.example/1",
            "path": "news.csv",
        }
    ]
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "  read: CSV (1 file, 1 article)"
    assert lines[2] == "  fields: headline -> title; pubDate -> date; link -> url; story -> body"


def test_fields_that_are_named() -> None:
    arguments = ["index", "news.csv", "--archive", "a", "--map", "body=headline,story", "--key"]
    assert run([*arguments, "headline", "--drop", "link", "--set", "source=Wire"]) == 0
    assert exported() == [
        {
            "id": "Rain",
            "body": "Rain\n\nIt rained.",
            "date": "2022-08-31",
            "source": "Wire",
            "path": "news.csv",
        }
    ]
    assert run(["index", "news.csv", "--archive", "a", "--map", "colour=headline"]) == 2


def test_the_summary_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "news.csv", "--archive", "a", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["added"], summary["rejected"]) == (1, [])
    assert summary["reading"]["renamed"]["headline"] == "title"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(
        io.BytesIO(b"<rss><channel><item><title>Rain</title></item></channel></rss>")
    )
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run(["index", "-", "--archive", "a"]) == 0
    assert [article["title"] for article in exported()] == ["Rain"]


def test_exit_codes(tmp_path: Path) -> None:
    Path("bad.jsonl").write_text('{"id": "a"}\n{"id": []}\n')
    Path("folder").mkdir()
    Path("folder/a.jsonl").write_text('{"id": "a"}\n')
    Path("folder/b.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    assert run(["index", "bad.jsonl", "--archive", "a"]) == 4
    assert run(["index", "folder", "--archive", "a"]) == 0
    assert run(["index", "folder", "--archive", "a", "--from-start", "--strict"]) == 4
    assert run(["index", "folder/b.jpg", "--archive", "b"]) == 2
    assert run(["index", "news.csv", "--archive", "a", "--format", "jsonl"]) == 1
    assert not Path("b").exists()


def test_a_folder_with_other_files_is_no_place_for_an_archive(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["index", "news.csv", "--archive", "."]) == 2
    assert "this folder holds other files (news.csv): name a new folder" in capsys.readouterr().err
    assert sorted(path.name for path in Path().iterdir()) == ["news.csv"]
    Path("w").mkdir()
    Path("w/_MAIN_1.toc").write_bytes(b"x")
    assert run(["create", "w"]) == 2
    assert "a Whoosh index" in capsys.readouterr().err
    assert run(["index", "news.csv", "--archive", ".", "--here"]) == 0
    assert len(exported(".")) == 1


def test_a_schema_is_guessed_and_taken(capsys: pytest.CaptureFixture[str]) -> None:
    Path("stars.csv").write_text("id,title,stars\n1,Rain,3\n2,Sun,4\n")
    assert run(["schema", "stars.csv"]) == 0
    text = capsys.readouterr().out
    assert [name for name, _ in Schema.from_json(json.loads(text))] == ["id", "title", "stars"]
    Path("schema.json").write_text(text)
    options = ["--schema", "schema.json", "--zone", "Europe/Paris", "--week-start", "sunday"]
    assert run(["create", "a", *options]) == 0
    with Archive.open("a") as archive:
        assert archive.schema == Schema.from_json(json.loads(text))
    assert run(["index", "stars.csv", "--archive", "a"]) == 0
    assert run(["index", "stars.csv", "--archive", "a", "--schema", "news"]) == 2
    Path("schema.json").write_text("{")
    assert run(["create", "b", "--schema", "schema.json"]) == 2
    assert not Path("b").exists()
