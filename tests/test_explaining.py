"""Tests of searchlib/explaining.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from whoosh import query as wq

import searchlib as sl
from searchlib.dates import to_micros
from searchlib.explaining import explain_product, explain_tree
from searchlib.schema import NEWS
from searchlib.search.plan_leaves import ScorePart

RAIN, SNOW = wq.Term("body", "rain"), wq.Term("body", "snow")
START = to_micros(datetime(2022, 8, 31, tzinfo=UTC))
DAY = wq.NumericRange("date", START, None)


def test_a_tree_is_explained_part_by_part() -> None:
    scores = {RAIN: 2.0, DAY: 1.0}
    tree = wq.And([RAIN, wq.Or([SNOW, DAY])])

    def score(part: Any) -> float | None:
        return scores.get(part, 3.0 if isinstance(part, wq.Or | wq.And) else None)

    explained = explain_tree(tree, NEWS, score, lambda word: [ScorePart("idf", 1.5)])
    rain, either = explained.parts
    assert rain.parts == (sl.Explanation("idf", 1.5, True),) and rain.score == 2.0
    snow, day = either.parts
    assert (snow.matched, snow.score, snow.parts) == (False, 0.0, ())
    assert day.what == "date from 2022-08-31T00:00Z to "


def test_factors_multiply() -> None:
    word = sl.Explanation("rain", 2.0, True)
    whole = explain_product("rain", word, [("recency", 0.5), ("reads", 3.0)])
    assert (whole.score, whole.what) == (3.0, "rain")
    assert whole.parts == (
        word, sl.Explanation("times recency", 0.5, True), sl.Explanation("times reads", 3.0, True),
    )  # fmt: skip


def test_each_kind_of_tree_has_its_parts() -> None:
    def parts(query: Any) -> list[str]:
        explained = explain_tree(query, NEWS, lambda tree: 1.0, lambda word: [])
        return [part.what for part in explained.parts]

    assert parts(RAIN) == []
    assert parts(wq.Phrase("body", ["rain", "snow"])) == []
    assert parts(wq.Or([RAIN, SNOW])) == parts(wq.AndNot(RAIN, SNOW)) == ["body:rain", "body:snow"]
    assert parts(wq.DisjunctionMax([RAIN, SNOW])) == ["body:rain", "body:snow"]
    assert parts(wq.Require(RAIN, SNOW)) == ["body:rain", "body:snow"]
    assert parts(wq.Not(RAIN)) == ["body:rain"]
    assert parts(wq.Or([])) == []
