"""Tests of searchlib/opensearch/gaps.py."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

import searchlib as sl
from searchlib.opensearch.gaps import GAPS

OPTIONS = {field.name for field in fields(sl.SearchRequest)}
METHODS = {name for name in dir(sl.Archive) if not name.startswith("_")} - {"create", "open"}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "did_you_mean": ("rain",), "explain": ("rain", "a"), "similar": ("a",), "suggest": ("ra",),
    "why_not": ("rain", "a"),
}  # fmt: skip
VALUES: dict[str, Any] = {"boost_by": "words", "ranking": "bm25f", "recency": 7}


def test_all_that_an_archive_has_is_there_or_is_a_gap() -> None:
    own = {name for cls in sl.ClusterArchive.__mro__ for name in vars(cls)}
    assert METHODS - own <= GAPS.keys()
    assert GAPS.keys() <= METHODS | OPTIONS
    for name in METHODS - GAPS.keys():
        if inspect.isfunction(method := getattr(sl.Archive, name)):
            other = inspect.signature(getattr(sl.ClusterArchive, name))
            assert other.parameters.keys() == inspect.signature(method).parameters.keys(), name


@pytest.mark.parametrize("name", sorted(GAPS))
def test_each_gap_is_one(name: str, address: str) -> None:
    def use(archive: Any) -> None:
        if name in OPTIONS - METHODS:
            archive.search("rain", **{name: VALUES[name]})
        else:
            method: Callable[..., Any] = getattr(archive, name)
            method(*ARGUMENTS.get(name, ()))

    with sl.ClusterArchive.create(address) as archive, pytest.raises(sl.NotSupported) as caught:
        use(archive)
    error = caught.value
    assert (error.name, (error.why, error.cure)) == (name, GAPS[name])
