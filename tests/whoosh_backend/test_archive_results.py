"""Results whose hits are made when they are asked for: they give what a list of hits gives."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from whoosh import fields
from whoosh import query as wq
from whoosh.highlight import Highlighter

from searchlib.whoosh_backend import create_in
from searchlib.whoosh_backend.archive_results import ArchiveResults, HitList

HITS = [(9.5, 3), (2.0, 1), (1.0, 7), (1.0, 8)]


def hit_list(asked: list[tuple[int, int]]) -> HitList:
    def load(start: int, stop: int) -> list[tuple[Any, int]]:
        asked.append((start, stop))
        return HITS[start:stop]

    return HitList(len(HITS), load)


def test_only_what_is_asked_for_is_loaded() -> None:
    asked: list[tuple[int, int]] = []
    hits = hit_list(asked)
    assert len(hits) == 4 and hits[-1] == HITS[-1] and hits[1:3] == HITS[1:3]
    assert asked == [(3, 4), (1, 3)]
    assert hits[::-2] == HITS[::-2] and hits[::-1] == HITS[::-1] and list(hits) == HITS
    with pytest.raises(IndexError):
        hits[4]


def test_results(tmp_path: Path) -> None:
    index = create_in(tmp_path, fields.Schema(id=fields.ID(stored=True)))
    with index.writer() as writer:
        for number in range(9):
            writer.add_document(id=f"a{number}")
    asked: list[tuple[int, int]] = []
    with index.searcher() as searcher:
        results = ArchiveResults(searcher, wq.Every(), hit_list(asked), 40)
        assert (len(results), results.scored_length(), results.is_empty()) == (40, 4, False)
        assert [(hit["id"], hit.rank, hit.score) for hit in results[1:3]] == [
            ("a1", 1, 2.0), ("a7", 2, 1.0),
        ]  # fmt: skip
        assert asked == [(1, 3)]
        assert [hit.docnum for hit in results[::-1]] == [8, 7, 1, 3]
        assert [hit.docnum for hit in results] == [3, 1, 7, 8] and results[0]["id"] == "a3"
        again = copy.copy(results)
        again.top_n = [*again.top_n, (0.5, 2)]  # as Whoosh's extend and upgrade do
        assert again.scored_length() == 5 and again[4:5][0]["id"] == "a2"
        assert results.scored_length() == 4
        made = results.highlighter
        assert isinstance(made, Highlighter)
        assert results.highlighter is made
        results.highlighter = own = Highlighter()
        assert results.highlighter is own
        assert again.top_n is again.top_n


def test_all_hits_sorted_and_turned_round(tmp_path: Path) -> None:
    index = create_in(tmp_path, fields.Schema(id=fields.ID(stored=True, sortable=True)))
    with index.writer() as writer:
        for name in "bcad":
            writer.add_document(id=name)
    with index.searcher() as searcher:
        results = searcher.search(wq.Every(), sortedby="id", limit=None)
        assert [hit["id"] for hit in results[:2]] == ["a", "b"]
    assert [docnum for docnum, _ in results.items()] == [2, 0, 1, 3]  # also when it is closed
    with index.searcher() as searcher:
        turned = searcher.search(wq.Every(), sortedby="id", limit=3, reverse=True, groupedby="id")
    assert turned.groups("id") == {name: [n] for n, name in enumerate("bcad")}
    assert [docnum for docnum, _ in turned.items()] == [3, 1, 0]
