"""Saved searches: kept for each archive, and what of them cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from searchlib.repl import saved
from searchlib.repl.saved import SavedSearch


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "searchlib" / "saved.json"


def test_each_archive_has_its_own(tmp_path: Path) -> None:
    search = SavedSearch("rain", "-date", "all", {"section": "world"})
    assert not saved.save(tmp_path / "a", "mine", search)
    assert not saved.save(tmp_path / "b", "mine", SavedSearch("snow"))
    assert saved.save(tmp_path / "b" / ".." / "a", "mine", search)
    assert saved.load(tmp_path / "a") == {"mine": search}
    assert saved.load(tmp_path / "b") == {"mine": SavedSearch("snow")}
    assert saved.load(tmp_path / "c") == {}
    assert str(search) == "rain · section: world · sort -date · match all"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": 3}', "null"])
def test_what_cannot_be_read_is_empty(state: Path, tmp_path: Path, text: str) -> None:
    state.parent.mkdir()
    state.write_text(text)
    assert saved.load(tmp_path / "a") == {}
    assert not saved.save(tmp_path / "a", "mine", SavedSearch("rain"))
    assert saved.load(tmp_path / "a") == {"mine": SavedSearch("rain")}


def test_searches_of_another_version_are_passed_over(state: Path, tmp_path: Path) -> None:
    saved.save(tmp_path / "a", "mine", SavedSearch("rain"))
    read = json.loads(state.read_text())
    (searches,) = read.values()
    searches["new"] = {"query": "x", "colour": 1}
    searches["odd"] = {"query": 3}
    searches["m"] = {"query": "x", "match": "no"}
    state.write_text(json.dumps(read))
    assert list(saved.load(tmp_path / "a")) == ["mine"]
