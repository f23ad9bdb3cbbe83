"""The demo: the shipped articles, the searches it shows, and what it tells one to type."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from searchlib.archive import Archive
from searchlib.errors import ArchiveError
from searchlib.ingest.article import Article
from searchlib.repl import tour

from .conftest import Screen


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "demo") as archive:
        yield archive


def test_every_shipped_article_is_read() -> None:
    articles = list(tour.articles())
    assert len(articles) > 80
    assert all(isinstance(article, Article) for article in articles)
    sections = {article.section for article in articles if isinstance(article, Article)}
    assert {"business", "culture", "sports", "world"} <= sections


def test_the_demo_shows_hits_facets_and_the_next_command(empty: Archive, screen: Screen) -> None:
    tour.show(screen.out, empty)
    shown = screen.read()
    assert f"{len(empty)} short articles indexed" in shown
    assert shown.count("search> ") == 3
    assert "no hits" not in shown
    assert re.findall(r"^(1.*) of \d+ in", shown, re.MULTILINE) == ["1 to 2", "1", "1"]
    # Every line of its own, in this order.
    texts = ("All articles by year:", "date:year", "Now you:", "searchlib repl --archive")
    places = [
        shown.index(text) for text in (*(f"{title}\n" for title, _ in tour._SEARCHES), *texts)
    ]
    assert places == sorted(places)
    assert "searchlib repl --archive" in shown


@pytest.mark.parametrize("width", [50, 80])
def test_the_demo_on_the_screen(empty: Archive, screen: Screen, width: int) -> None:
    screen.out.width = width
    tour.show(screen.out, empty)
    lines = screen.read().splitlines()
    for title in (*(title for title, _ in tour._SEARCHES), "source", "All articles by year:"):
        assert lines[lines.index(title) - 1] == ""
    years = [line for line in lines if re.match(r"20\d\d  ", line)]
    assert max(map(len, years)) == min(60, width)
    assert all("█" in line for line in years)
    assert f"  searchlib search --archive {empty.path} 'words you look for'" in lines  # in one line


def test_the_demo_where_only_ascii_is_shown(empty: Archive) -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    tour.show(Console(file=file, width=80), empty)
    file.flush()
    assert b"2023  35  ####" in file.buffer.getvalue()  # type: ignore[attr-defined]


def test_the_demo_can_be_shown_again(empty: Archive, screen: Screen) -> None:
    tour.show(screen.out, empty)
    count = len(empty)
    assert not tour.has_others(empty)
    tour.show(screen.out, empty)
    assert len(empty) == count


def test_other_articles_are_noticed(empty: Archive) -> None:
    assert not tour.has_others(empty)
    empty.add([{"id": "mine", "title": "My own"}])
    assert tour.has_others(empty)


def test_a_demo_without_articles_is_an_error(
    empty: Archive, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tour, "articles", lambda: iter(()))
    with pytest.raises(ArchiveError, match="install searchlib again"):
        tour.show(screen.out, empty)
