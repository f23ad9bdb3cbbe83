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


def test_the_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "a" / "b"))
    for query in ("rain", "snow"):
        saved.save(tmp_path, "mine", SavedSearch(query))
    text = (tmp_path / "a" / "b" / "searchlib" / "saved.json").read_text()
    assert text.startswith('{\n "')  # for people to read


def test_what_is_said_of_a_search_and_what_is_not() -> None:
    assert str(SavedSearch("rain")) == "rain"
    assert str(SavedSearch("rain", "date")) == "rain · sort date"
    assert str(SavedSearch("rain", None, "any")) == "rain · match any"
    two = SavedSearch("rain", filters={"b": "1", "a": "2"})
    assert str(two) == "rain · b: 1 · a: 2"


def test_searches_stay_as_they_are_and_come_by_name(state: Path, tmp_path: Path) -> None:
    searches = {"zoë": SavedSearch("naïve"), "a": SavedSearch("snow", "date", "any", {"x": "y"})}
    for name, search in searches.items():
        assert not saved.save(tmp_path, name, search)
    assert list(saved.load(tmp_path).items()) == sorted(searches.items())
    assert "zoë" in state.read_text(encoding="utf-8")
    assert [path.name for path in state.parent.iterdir()] == ["saved.json"]
    assert state.parent.stat().st_mode & 0o077 == 0  # nobody else looks into it


def test_where_they_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert saved.state_directory() == tmp_path / "searchlib"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for unset in ("", "relative/path"):
        monkeypatch.setenv("XDG_STATE_HOME", unset)
        assert saved.state_directory() == tmp_path / "home" / ".local" / "state" / "searchlib"
