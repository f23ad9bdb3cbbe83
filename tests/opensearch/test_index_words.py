"""Tests of searchlib/opensearch/index_words.py: the words are those of a folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import searchlib as sl

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(), body=sl.Text(), section=sl.Keyword(), date=sl.Date(),
    lang=sl.Keyword(),
)  # fmt: skip
ROWS = [
    {"id": n, "title": "Rain in Oslo", "body": ["Raining trains", "The rains, U.S. banks"][n % 2],
     "section": ["World News", "sports"][n % 2], "lang": ["pt-BR", "en"][n % 2]}
    for n in range(24)
]  # fmt: skip
ROWS += [{"id": "x", "title": "Häuser committee", "body": "ra.n comittee", "section": "Wörld"}]


def test_words_are_suggested_and_corrected_as_in_a_folder(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    for start in ("ra", "r", "RAIN", "hau", "zz", "", "t", "ra."):
        assert cluster.suggest(start) == folder.suggest(start), start
    assert cluster.suggest("r", limit=2) == ["rain", "raining"]
    for query in ("rian", "tarins oslo", "haeser", "comitee", "rain -olso", "no", "1987", "raim~1"):
        assert cluster.did_you_mean(query) == folder.did_you_mean(query), query
    cluster.delete(str(n) for n in range(24))  # what no article has any more is not suggested
    assert cluster.suggest("ra") == ["ra"] and cluster.did_you_mean("tarins") is None


def test_notes_are_those_of_a_folder(pair: Callable[..., Any]) -> None:
    folder, cluster = pair(SCHEMA, ROWS)
    queries = ("rain", "rian", "section:word", "section:sport", "lang:pt", "lang:de", "1987", "US",
               "rain snow -olso", '"rian oslo"', "house OR haeuser", "the")  # fmt: skip
    for query in queries:
        for match in ("all", "best"):
            expected = folder.search(query, match=match).notes
            assert cluster.search(query, match=match).notes == expected, query
    asked = {"section": ["sprots"]}
    expected = folder.search("rain", filters=asked).notes
    assert cluster.search("rain", filters=asked).notes == expected != []
