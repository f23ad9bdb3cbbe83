"""Filters beside a query as trees; tests/test_filters.py holds what they find."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.query.filter_trees import filter_trees

SCHEMA = sl.Schema(
    id=sl.Key(), body=sl.Text(), section=sl.Keyword(), date=sl.Date(), words=sl.Number(),
    other=sl.Stored(),
)  # fmt: skip


def trees(**filters: Any) -> dict[str, Any]:
    return filter_trees(filters.items(), SCHEMA, lambda text: f"parsed {text}")


def test_a_tree_for_each_field() -> None:
    assert trees() == {}
    assert trees(section=["World"], id=["A"]) == {
        "section": wq.Term("section", "world"), "id": wq.Term("id", "A"),
    }  # fmt: skip
    assert trees(section=["World", "Été"])["section"] == wq.Or(
        [wq.Term("section", "world"), wq.Term("section", "ete")]
    )
    assert trees(date=["2022"], words=[">5"]) == {
        "date": "parsed date:2022", "words": "parsed words:>5",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["body", "other", "none"])
def test_fields_that_cannot_be_filtered(name: str) -> None:
    with pytest.raises(sl.ArgumentError, match=f"{name!r} cannot be.*id, section, date, words"):
        trees(**{name: ["x"]})
