"""Hits by story; tests/test_commit_stories.py compares them with a model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from searchlib.search.collapse import StoryMatches, place_of
from searchlib.search.docset import DocSet

# Two segments of three documents; the stories are 0: 0, 3, 5; 1: 1; 2: 2, 4. Dates rise.
_STORIES: Any = SimpleNamespace(
    story_of=np.array([0, 1, 2, 0, 2, 0], np.int32), places=lambda docs: np.asarray(docs),
    sizes=lambda docs: np.array([3, 1, 2, 3, 2, 3])[docs],
)  # fmt: skip
_SCORES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def _matches(*documents: int) -> StoryMatches:
    sets = [
        DocSet(3, docs=np.array([d - base for d in documents if base <= d < base + 3], np.int64))
        for base in (0, 3)
    ]
    return StoryMatches(_STORIES, [0, 3], sets)


def _ranked(number: int) -> list[tuple[int, int, float]]:
    best = sorted(range(6), key=lambda document: -_SCORES[document])[:number]
    return [(*place_of([0, 3], document), _SCORES[document]) for document in best]


def test_a_story_comes_where_its_best_article_comes() -> None:
    matches = _matches(*range(6))
    assert matches.count == 3
    assert matches.heads(_ranked, 9) == [(1, 2, 0.6), (1, 1, 0.5), (0, 1, 0.2)]
    assert matches.heads(_ranked, 1) == [(1, 2, 0.6)]
    assert matches.heads(_ranked, 0) == []


def test_more_hits_are_asked_for_until_there_are_enough_stories() -> None:
    stories: Any = SimpleNamespace(
        story_of=np.array([0] * 90 + [1], np.int32), places=lambda docs: np.asarray(docs)
    )
    matches = StoryMatches(stories, [0], [DocSet(91, docs=np.arange(91))])
    asked = []

    def ranked(number: int) -> list[tuple[int, int, float]]:
        asked.append(number)
        return [(0, document, 1.0) for document in range(number)]

    assert matches.heads(ranked, 2) == [(0, 0, 1.0), (0, 90, 1.0)]
    assert asked == [20, 80, 91]
    assert matches.heads(ranked, 1) == [(0, 0, 1.0)]
    assert asked[3:] == [18]


def test_it_ends_where_fewer_hits_are_given_than_there_are() -> None:
    calls = iter(range(3))
    assert _matches(0, 1, 2).heads(lambda number: _ranked(1)[: next(calls)], 3) == []


@pytest.mark.parametrize(
    ("which", "shown"),
    [("story", [(1, 2), (1, 1), (0, 1)]), ("story:first", [(0, 0), (0, 2), (0, 1)]),
     ("story:latest", [(1, 2), (1, 1), (0, 1)])],
)  # fmt: skip
def test_the_article_that_is_shown(which: Any, shown: list[tuple[int, int]]) -> None:
    matches = _matches(*range(6))
    found = matches.shown(matches.heads(_ranked, 9), which, lambda *place: 7.0)
    assert [entry[:2] for entry in found] == shown
    assert found[0][2] == (7.0 if shown[0] == (0, 0) else 0.6)


def test_the_most_copied() -> None:
    assert _matches(*range(6)).most_copied(9) == [(0, 3), (2, 2)]
    assert _matches(1, 2, 3, 4).most_copied(9) == [(2, 2), (3, 1)]
    assert _matches(2, 5).most_copied(9) == [(5, 1), (2, 1)]  # the more articles in all
    assert _matches(2, 5).most_copied(1) == [(5, 1)]
    assert _matches(1).most_copied(9) == []
