"""A foreign error becomes CorruptArchive only if the archive is its cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveNotFound, CorruptArchive
from searchlib.index.damage import DamageGuard, damage_in, damage_of, guarded
from searchlib.index.store import IndexStore
from tests.index.resigned import change_segment
from tests.parts import create_store

RECORDS = [{"id": f"k{n}", "body": "rain in oslo", "n": n} for n in range(20)]
DAMAGE = CorruptArchive("a.seg", "its numbers make no sense")


@pytest.fixture
def damaged(tmp_path: Path) -> IndexStore:
    """An archive one digest of which is another, with right checksums."""
    create_store(tmp_path, *RECORDS)

    def edit(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
        arrays["key.digests"] = arrays["key.digests"] ^ np.uint8(1)

    change_segment(tmp_path, 0, edit)
    return IndexStore(Directory(tmp_path))


def test_damage_is_found_and_named(damaged: IndexStore) -> None:
    error = damage_of(damaged)
    assert isinstance(error, CorruptArchive)
    assert "00000001.seg" in str(error)
    with damaged.reader() as reader:
        assert damage_in(reader) is not None


def test_a_sound_archive_has_none(tmp_path: Path) -> None:
    store = create_store(tmp_path, *RECORDS)
    assert damage_of(store) is None
    with store.reader() as reader:
        assert damage_in(reader) is None
    assert damage_in(reader) is None  # closed: there is nothing to say


def test_a_guard_blames_the_archive_only_if_it_is_damaged() -> None:
    with pytest.raises(CorruptArchive) as raised, DamageGuard(lambda: DAMAGE):
        raise IndexError("out of range")
    assert raised.value is DAMAGE
    assert isinstance(raised.value.__cause__, IndexError)
    with pytest.raises(IndexError), DamageGuard(lambda: None):
        raise IndexError("a mistake of ours")


def test_errors_of_ours_and_named_ones_pass() -> None:
    with pytest.raises(ArchiveNotFound), DamageGuard(lambda: DAMAGE):
        raise ArchiveNotFound("there is none", "x")
    with pytest.raises(KeyError), DamageGuard(lambda: DAMAGE, KeyError):
        raise KeyError("theirs")
    with pytest.raises(KeyboardInterrupt), DamageGuard(lambda: DAMAGE):
        raise KeyboardInterrupt


def test_the_errors_of_a_callers_iterable_pass() -> None:
    def records() -> Any:
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), DamageGuard(lambda: DAMAGE) as guard:
        list(guard.callers(records()))


def test_guarded_methods() -> None:
    class Thing:
        damage: CorruptArchive | None = DAMAGE

        def find_damage(self) -> CorruptArchive | None:
            return self.damage

        @guarded(KeyError)
        def get(self, error: Exception | None) -> str:
            if error is not None:
                raise error
            return "answer"

    thing = Thing()
    assert thing.get(None) == "answer"
    with pytest.raises(CorruptArchive) as found:
        thing.get(error := ValueError("x"))
    assert (found.value, found.value.__cause__) == (DAMAGE, error)
    with pytest.raises(KeyError):
        thing.get(KeyError("x"))
    ours = ArchiveNotFound("there is none", "x")
    with pytest.raises(ArchiveNotFound) as raised:
        thing.get(ours)
    assert raised.value is ours
    thing.damage = None
    with pytest.raises(ValueError, match="x"):
        thing.get(ValueError("x"))


def test_what_cannot_be_read_at_all(tmp_path: Path) -> None:
    create_store(tmp_path, *RECORDS)
    store = IndexStore(Directory(tmp_path))
    file = store.manifest().segments[0].file
    (tmp_path / file).unlink()
    error = damage_of(store)
    assert isinstance(error, CorruptArchive)
    assert f"{file}: damaged: it is missing" in str(error)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "writer.lock").unlink()
    assert damage_of(store) is None  # it is gone, not damaged
