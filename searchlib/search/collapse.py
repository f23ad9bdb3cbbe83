"""Hits by story: one of each, and counts in stories beside those in articles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.requests import Collapse
from searchlib.search.docset import DocSet
from searchlib.search.stories import Stories

__all__ = ["StoryMatches", "place_of"]

Array = npt.NDArray[Any]
_Best = list[tuple[int, int, float]]  # (segment, document, score)


class StoryMatches:
    """The documents that a query finds, and their stories."""

    def __init__(
        self, stories: Stories, doc_bases: Sequence[int], matches: Sequence[DocSet]
    ) -> None:
        self._stories = stories
        self._doc_bases = np.array(doc_bases, np.int64)
        self.docs: Array = np.concatenate(
            [np.empty(0, np.int64), *(docs.docs + base for docs, base in
                                      zip(matches, doc_bases, strict=True))]
        ).astype(np.int64)  # fmt: skip
        self.story: Array = stories.story_of[self.docs]
        #: How many stories there are.
        self.count = len(np.unique(self.story))

    def heads(self, ranked: Callable[[int], _Best], limit: int) -> _Best:
        """The first ``limit`` stories, each by its first document in the order of ``ranked``, which
        gives that many of the documents."""
        wanted = min(limit, self.count)
        if not wanted:
            return []
        asked = min(2 * wanted + 16, len(self.docs))
        while True:
            heads: dict[int, tuple[int, int, float]] = {}
            for entry in ranked(asked):
                story = int(self._stories.story_of[self._doc_bases[entry[0]] + entry[1]])
                heads.setdefault(story, entry)
            if len(heads) >= wanted or asked >= len(self.docs):
                return list(heads.values())[:wanted]
            asked = min(4 * asked, len(self.docs))

    def shown(
        self, heads: _Best, which: Collapse, score: Callable[[int, int], float | None]
    ) -> _Best:
        """Of each story the article to be shown: the best one, or the first or last of those that
        were found."""
        if which == "story" or not heads:
            return heads
        order = np.lexsort((self._stories.places(self.docs), self.story))
        docs, story = self.docs[order], self.story[order]
        side: Any = "left" if which == "story:first" else "right"
        shown = []
        for segment, document, own in heads:
            own_story = self._stories.story_of[self._doc_bases[segment] + document]
            place = int(np.searchsorted(story, own_story, side)) - (side == "right")
            chosen = self.place(int(docs[place]))
            is_head = chosen == (segment, document)
            shown.append((*chosen, own if is_head else float(score(*chosen) or 0.0)))
        return shown

    def most_copied(self, limit: int) -> list[tuple[int, int]]:
        """Of each story that has copies, here or not, the first document that is here, and how many
        are. Those with the most here come first, then those with the most in all, then earlier
        ones."""
        order = np.lexsort((self._stories.places(self.docs), self.story))
        _, starts, counts = np.unique(self.story[order], return_index=True, return_counts=True)
        firsts = self.docs[order][starts]
        sizes = self._stories.sizes(firsts)
        is_copied = sizes > 1
        firsts, counts, sizes = firsts[is_copied], counts[is_copied], sizes[is_copied]
        by_count = np.lexsort((self._stories.places(firsts), -sizes, -counts))[:limit]
        return list(zip(firsts[by_count].tolist(), counts[by_count].tolist(), strict=True))

    def place(self, document: int) -> tuple[int, int]:
        """(segment, document) of a number over all segments."""
        return place_of(self._doc_bases, document)


def place_of(doc_bases: Sequence[int] | Array, document: int) -> tuple[int, int]:
    """(segment, document) of a number over all segments, which begin at these numbers.

    >>> place_of([0, 10], 12)
    (1, 2)
    """
    segment = int(np.searchsorted(doc_bases, document, "right")) - 1
    return segment, document - int(doc_bases[segment])
