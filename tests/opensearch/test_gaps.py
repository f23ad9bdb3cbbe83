"""Tests of searchlib/opensearch/gaps.py."""

from __future__ import annotations

import inspect

import pytest

import searchlib as sl
from searchlib.opensearch.gaps import GAPS

METHODS = {name for name in dir(sl.Archive) if not name.startswith("_")} - {"create", "open"}


def test_all_that_an_archive_has_is_there_or_is_a_gap() -> None:
    own = {name for cls in sl.ClusterArchive.__mro__ for name in vars(cls)}
    assert METHODS - own <= GAPS.keys()
    assert GAPS.keys() <= METHODS
    for name in METHODS - GAPS.keys():
        if inspect.isfunction(method := getattr(sl.Archive, name)):
            other = inspect.signature(getattr(sl.ClusterArchive, name))
            assert other.parameters.keys() == inspect.signature(method).parameters.keys(), name


@pytest.mark.parametrize("name", sorted(GAPS))
def test_each_gap_is_one(name: str, address: str) -> None:
    with sl.ClusterArchive.create(address) as archive, pytest.raises(sl.NotSupported) as caught:
        getattr(archive, name)
    error = caught.value
    assert (error.name, (error.why, error.cure)) == (name, GAPS[name])
