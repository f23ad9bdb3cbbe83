"""The command over an archive on a cluster."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.cli.main import run


def test_the_command_takes_an_address(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    news = tmp_path / "news.jsonl"
    rows = [{"id": "a", "title": "Rain in Oslo", "date": "2022"}, {"id": "b", "title": "Snow"}]
    news.write_text("".join(json.dumps(row) + "\n" for row in rows))
    where = ["--archive", address]
    assert run(["index", str(news), *where]) == 0
    assert run(["index", str(news), *where]) == 0
    assert "2 unchanged" in " ".join(capsys.readouterr().err.split())
    assert run(["search", "rain", "--json", "--facet", "date:year", *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"] == 1 and "2022" in json.dumps(found["facets"])
    assert run(["search", "hail", *where]) == 1
    assert run(["check", *where]) == 0
    assert run(["export", *where]) == 0
    assert list(map(json.loads, capsys.readouterr().out.splitlines())) == rows
    said = tmp_path / "rain.jsonl"
    assert run(["export", "--query", "rain", "--output", str(said), *where]) == 0
    assert json.loads(said.read_text())["id"] == "a"
    about = json.loads((tmp_path / "rain.jsonl.about.json").read_text())
    assert about["articles"] == 1 and about["archive"] == address.partition("?")[0]
    assert run(["delete", "b", *where]) == 0
    capsys.readouterr()
    assert run(["stats", "--json", *where]) == 0
    assert json.loads(capsys.readouterr().out)["articles"] == 1


def test_what_is_for_folders_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    address = "opensearch+http://localhost:1/wire"
    assert run(["optimize", "--archive", address]) == 2
    assert "this is for folders" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(sl.ArgumentError, match="ClusterArchive"):
        sl.Archive.create(address)


def test_prompt_timeline_and_tables_of_queries(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    rows = [
        {"id": "a", "title": "Rain in Oslo", "date": "2022", "section": "weather"},
        {"id": "b", "title": "Rain", "date": "2023", "section": "sports"},
    ]
    with sl.ClusterArchive.create(address) as archive:
        archive.add(rows)
    where = ["--archive", address]
    lines = ["rain", ":facets section", ":+1", "hail", ":save one", ":saved", ":compare year rain"]
    lines += ["rain", ":similar 1", "rain", ":explain 1", "rian", ":why a"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    assert run(["repl", *where]) == 0
    out = capsys.readouterr().out
    for part in (
        "all of 2 in", "weather  1", "all of 1 in", "no hits", "one  hail", "rain: 2",
        "idf: 2 of 2 articles", "did you mean rain?", "does not have this word",
    ):  # fmt: skip
        assert part in out

    assert run(["timeline", "rain", "oslo", "--by", "year", "--csv", *where]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "period,total,rain,oslo", "2022,1,1,1", "2023,1,1,0",
    ]  # fmt: skip
    queries = tmp_path / "queries.csv"
    queries.write_text("query,section\nrain,weather\noslo,sports\n")
    assert run(["search", "--queries", str(queries), "--facet", "section", *where]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "rain,rain,1,section,weather,1,", "oslo,oslo,0,section,,0,",
    ]  # fmt: skip


def test_copies_there_and_back(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": "a", "title": "Rain in Oslo", "date": "2022-05", "authors": ["Ann", "Bo"]},
        {"id": "b", "title": "Neige", "lang": "fr", "other": {"n": [1, 2.5]}},
    ]
    first, second = tmp_path / "first", tmp_path / "second"
    with sl.Archive.create(first, language="en", zone="Europe/Oslo") as archive:
        archive.add(rows)
    assert run(["copy", str(first), address]) == 0
    assert run(["copy", address, str(second)]) == 0
    assert run(["copy", str(first), address]) == 0
    assert "0 added, 0 updated, 2 unchanged" in " ".join(capsys.readouterr().err.split())
    with sl.open(first) as one, sl.open(second) as other:
        assert list(one.export()) == list(other.export())
        assert (one.schema, one.settings) == (other.schema, other.settings)


def test_an_index_is_kept_in_step_with_files(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": name, "title": "Rain"}))
    where = ["--sync", str(tmp_path), "--archive", address]
    assert run(["index", *where]) == 0
    (tmp_path / "a.jsonl").unlink()
    (tmp_path / "b.jsonl").write_text(json.dumps({"id": "b", "title": "Snow"}))
    assert run(["index", *where]) == 0
    assert "1 updated" in " ".join(capsys.readouterr().err.split())
    with sl.open(address) as archive:
        assert sorted(archive) == ["b", "c"] and archive.count("snow") == 1
        report = archive.sync(sl.read(tmp_path))
        assert (report.unchanged, report.skipped) == (2, 0)
        assert archive.sync(sl.read(tmp_path)).skipped == 2
        (tmp_path / "b.jsonl").unlink()
        (tmp_path / "c.jsonl").write_text(json.dumps({"id": "d", "title": "Hail"}))
        with pytest.raises(sl.TooManyDeletes):
            archive.sync(sl.read(tmp_path), most_deleted=0.1)
