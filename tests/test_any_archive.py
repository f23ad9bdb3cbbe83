"""Tests of searchlib/any_archive.py; mypy checks the types (tests/typing)."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import searchlib as sl

NAMES = {name for name in vars(sl.AnyArchive) if not name.startswith("_")}


def test_it_has_all_that_an_archive_has() -> None:
    own = {name for name in vars(sl.Archive) if not name.startswith("_")}
    assert own - {"create", "open", "repair"} - NAMES == {"close", "schema"}  # of Searchable


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_arguments_are_those_of_an_archive(name: str) -> None:
    own, other = (inspect.getattr_static(cls, name) for cls in (sl.AnyArchive, sl.Archive))
    if inspect.isfunction(own):
        mine, its = inspect.signature(own), inspect.signature(other)
        assert mine.parameters == its.parameters
        assert mine.return_annotation in (its.return_annotation, "Searchable")
    else:
        assert isinstance(own, property) and isinstance(other, property)


def test_archives_and_snapshots_can_be_asked(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive, archive.snapshot() as snapshot:
        assert isinstance(archive, sl.Searchable) and isinstance(snapshot, sl.Searchable)
        assert not isinstance({}, sl.Searchable)
        with pytest.raises(TypeError):
            sl.Searchable()  # type: ignore[misc]
