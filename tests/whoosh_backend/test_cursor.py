"""Cursors over terms, and words near a word, beside those of a stock index."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import query as wq
from whoosh.reading import ReaderClosed

import searchlib as sl
from tests.versus.archives import Memory

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(language=""))


def archive_of(path: Path, *commits: list[str]) -> sl.Archive:
    archive = sl.Archive.create(path, SCHEMA)
    for number, titles in enumerate(commits):
        with archive.whoosh.writer() as writer:
            writer.merge = False
            for title in titles:
                writer.add_document(id=f"{number}-{title}", title=title)
    return archive


@pytest.mark.parametrize("commits", [[["rain snow", "sun"]], [["rain"], ["snow sun", "rain"]]])
def test_a_cursor_goes_through_the_terms(tmp_path: Path, commits: list[list[str]]) -> None:
    with archive_of(tmp_path, *commits) as archive, archive.whoosh.reader() as reader:
        cursor = reader.cursor("title")
        assert cursor.text() == "rain"
        assert (cursor.next(), cursor.term(), cursor.next()) == ("snow", "snow", "sun")
        assert (cursor.next(), cursor.is_valid(), cursor.text()) == (None, False, None)
        assert (cursor.next(), cursor.term_info()) == (None, None)
        assert (cursor.first(), cursor.find("s"), cursor.find(b"sun")) == ("rain", "snow", "sun")
        assert (cursor.find("t"), cursor.find("")) == (None, "rain")
        rains = sum(title.count("rain") for titles in commits for title in titles)
        assert cursor.term_info().doc_frequency() == rains
        with pytest.raises(KeyError):
            reader.cursor("body")
        reader.close()
        with pytest.raises(ReaderClosed):
            reader.cursor("title")


def test_a_cursor_over_nothing(tmp_path: Path) -> None:
    with archive_of(tmp_path) as archive, archive.whoosh.reader() as reader:
        assert not reader.cursor("title").is_valid()


WORDS = st.text("abcä", min_size=1, max_size=5)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(WORDS, min_size=1, max_size=12), WORDS, st.integers(0, 3), st.integers(0, 2))
def test_words_near_a_word_are_those_of_a_stock_index(
    tmp_path_factory: pytest.TempPathFactory, words: set[str], word: str, most: int, prefix: int
) -> None:
    prefix = min(prefix, len(word))  # Whoosh takes no longer one
    stock = Memory().create_index(SCHEMA.to_whoosh())
    with stock.writer() as writer:
        for text in sorted(words):
            writer.add_document(id=text, title=text)
    with archive_of(tmp_path_factory.mktemp("near"), sorted(words)) as archive:
        tree = wq.FuzzyTerm("title", word, maxdist=most, prefixlength=prefix)
        found = []
        for index in (stock, archive.whoosh):
            with index.reader() as reader, index.searcher() as searcher:
                near = sorted(reader.terms_within("title", word, most, prefix=prefix))
                hits = sorted(hit["title"] for hit in searcher.search(tree, limit=None))
                corrected = searcher.corrector("title").suggest(word, limit=3, maxdist=most)
                found.append((near, hits, corrected))
        assert found[0] == found[1]
        assert sorted(hit["title"] for hit in archive.search(tree, limit=100)) == found[0][1]
