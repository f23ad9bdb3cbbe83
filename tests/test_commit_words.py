"""Tests of searchlib/commit_words.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from whoosh import fields
from whoosh.analysis import SimpleAnalyzer

import searchlib as sl
from searchlib.commit_words import CommitWords
from searchlib.whoosh_backend import create_in

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


@pytest.mark.parametrize(
    ("first", "most", "labels"),
    [("", 9, "12"), ("0", 9, "012"), ("0", 3, "012"), ("0", 2, "01"), ("0", 1, "0")],
)
def test_values_of_several_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, most: int, labels: str
) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        zoo = "zoo " * 200  # a large segment, which is not merged with what is small
        archive.add([{"id": "x", "section": first, "body": zoo}])
        archive.add([{"id": number, "section": number} for number in "12"])
        words = archive._current()._words
        assert len(words.reader.reader.segments) == 2
        monkeypatch.setattr("searchlib.commit_words._MAX_SCANNED_VALUES", most)
        assert "".join(words.labels("section")) == labels
        assert [words.has_value("section", value) for value in "123"] == [True, True, False]


def test_fields_that_were_added_later(tmp_path: Path) -> None:
    fields = {"id": sl.Key(), "title": sl.Text(), "body": sl.Text()}
    with sl.Archive.create(tmp_path, sl.Schema(**fields)) as archive:
        archive.add([{"id": "a", "body": "zoo " * 200}])
    with sl.open(tmp_path, SCHEMA) as archive:
        archive.add([{"id": "b", "section": "Wörld"}])
        words = archive._current()._words
        assert len(words.reader.reader.segments) == 2
        assert words.has_value("section", "world") and not words.has_value("section", "arts")
        assert words.labels("section") == {"world": "Wörld"}


def test_words_that_one_field_leaves_out_are_looked_up_in_the_others(tmp_path: Path) -> None:
    schema = fields.Schema(title=fields.TEXT(SimpleAnalyzer()), body=fields.TEXT)
    with create_in(tmp_path, schema).writer() as writer:
        writer.add_document(title="rain", body="rain")
    with sl.Archive.open(tmp_path) as archive:
        words = archive._current()._words
        assert words.has_word("rain") and not words.has_word("snow")
        assert not words.has_word("the")  # the title would have it
