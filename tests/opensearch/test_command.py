"""The command over an archive on a cluster."""

from __future__ import annotations

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
