"""Tests of searchlib/commit_words.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.commit_words import CommitWords

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(), body=sl.Text(), section=sl.Keyword())


@pytest.fixture
def words(tmp_path: Path) -> Iterator[CommitWords]:
    """Of two segments, with a deleted article in each."""
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        for half in ("a", "b"):
            archive.add([
                {"id": f"{half}1", "title": "Rains", "body": "rain raisin", "section": "Wörld"},
                {"id": f"{half}2", "body": "hail", "section": "gone"},
            ])  # fmt: skip
        archive.delete(["a2", "b2"])
        yield archive._current()._words


def test_forms_are_counted_over_fields_and_segments(words: CommitWords) -> None:
    assert words.article_count() == 2
    assert words.starting_with(b"rai") == {b"rain": 2, b"rains": 2, b"raisin": 2}
    assert words.near("rain", 1) == {b"rains": 2}
    assert words.near("rain", 2) == {b"rains": 2, b"raisin": 2}
    assert words.most_articles("rain") == 2


def test_no_more_forms_are_looked_at_than_are_allowed(
    words: CommitWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.commit_words._MAX_SCANNED_FORMS", 1)  # of each field
    assert words.starting_with(b"rai") == {b"rain": 2, b"rains": 2}


def test_what_was_deleted_is_not_there(words: CommitWords) -> None:
    assert words.has_form(b"rains") and not words.has_form(b"hail")
    assert words.has_word("rained") and not words.has_word("hail")
    assert words.has_value("section", "world") and not words.has_value("section", "gone")
    assert words.labels("section") == {"world": "Wörld"}
