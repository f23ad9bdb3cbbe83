"""Deep checks: a sound segment passes, and each kind of array is compared with the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index.index_writer import IndexWriter
from searchlib.index.segment_check import check_segment, zone_of
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from tests.index.resigned import change_segment
from tests.parts import SCHEMA, create_store, entry

RECORDS = [
    {"id": f"k{n}", "body": "rain rained rains in oslo" + " snow" * (n % 5), "raw": "a b",
     "kind": ["x" if n % 7 else "X", "y" if n % 11 else "Y"][: n % 3],
     "n": n, "day": f"2022-08-{n % 28 + 1:02}" if n % 9 else ("2022-08" if n % 2 else "2022")}
    for n in range(300)
]  # fmt: skip


def check(store: IndexStore) -> None:
    with store.reader() as reader:
        for segment in reader.segments:
            check_segment(segment.core, reader.schema, store.zone)


def test_a_sound_segment_passes(tmp_path: Path) -> None:
    check(create_store(tmp_path, *RECORDS))


def _set(index: int, value: Any) -> Callable[[Any], Any]:
    def change(array: Any) -> Any:
        array = array.copy()
        array[index] = value
        return array

    return change


CHANGES: dict[str, Callable[[Any], Any]] = {
    "field.body.freqs": _set(3, 9),
    "field.body.positions": _set(2, 200),
    "field.body.lengths": _set(0, 77),
    "field.body.bounds": lambda array: array * 0,
    "field.body.low": _set(5, 255),
    "field.body.form_uses.steps": _set(1, 99),
    "field.kind.docs": _set(0, 299),
    "field.kind.ranks": _set(1, 1),
    "field.kind.variant.values": _set(0, 0),
    "field.kind.variant.values (last)": _set(-1, 60_000),
    "field.kind.variant.values (equal)": lambda array: array[[0, 0, *range(2, len(array))]],
    "field.kind.variant.numbers": lambda array: 1 - array,
    "field.kind.variant.numbers (beyond)": _set(-1, 7),
    "field.kind.variant.numbers (short)": lambda array: array[:-1],
    "field.kind.variant.text": lambda array: array + 1,
    "field.n": _set(4, 1234.5),
    "field.day": _set(4, 1234),
    "field.day.partial": _set(1, 5),
    "field.day.partial.ends": _set(0, 63_800_000_000_000_000),
    "key.digests": _set(40, 7),
    "key.hashes": lambda array: array[::-1].copy(),
    "stored.lengths": _set(0, 3),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_array_is_found(tmp_path: Path, change: str) -> None:
    section = change.split()[0]
    create_store(tmp_path, *RECORDS)

    def edit(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
        before = arrays[section]
        arrays[section] = CHANGES[change](before)
        assert not np.array_equal(arrays[section], before)

    change_segment(tmp_path, 0, edit)
    store = IndexStore(Directory(tmp_path))
    with pytest.raises(CorruptArchive, match=r"00000001\.seg"):
        check(store)


@pytest.mark.parametrize(
    ("field", "stored"),
    [
        ("id", "other"), ("id", 7), ("body", ""), ("body", 7), ("body", "rai"),
        ("kind", ["x", "z"]), ("kind", ["x"]), ("kind", ["x", "y", "y"]), ("kind", ["X", "y"]),
        ("kind", "x"), ("kind", [1, 2]), ("n", 3), ("n", None), ("n", "2"), ("n", True),
        ("day", "2022-08-02"), ("day", "2022-08"), ("day", None), ("day", 7),
        ("day", "2022-08-01T00:00:00.000001"),
    ],
)  # fmt: skip
def test_a_stored_value_that_is_not_what_is_searched(
    tmp_path: Path, field: str, stored: Any
) -> None:
    store = create_store(tmp_path)
    searched = {"id": "k", "body": "rain snow wind hail", "kind": ["x", "y"], "n": 2}
    key, _, row, _ = entry(SCHEMA, {**searched, "day": "2022-08-01"})
    data = canonical_json({**row, field: stored})
    with IndexWriter(store) as writer:
        writer.put(*entry(SCHEMA, {"id": "first", "kind": ["X"], "day": "2022"}))
        writer.put(key, digest(data), row, data)
        writer.commit()
    with pytest.raises(CorruptArchive, match=f"article 1: its {field} is not what is searched"):
        check(store)


def test_a_segment_without_the_sketches_that_the_settings_ask_for(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA, stories=True) as archive:
        archive.add(RECORDS[:3])
        assert archive.check() == []

    def edit(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
        for name in [name for name in arrays if name.startswith("stories.")]:
            del arrays[name]

    change_segment(tmp_path, 0, edit)
    with sl.Archive.open(tmp_path) as archive:
        [problem] = archive.check()
    assert "its sketches of texts are missing" in problem


def test_the_zone_of_the_settings() -> None:
    assert zone_of({"zone": "Asia/Shanghai"}) == ZoneInfo("Asia/Shanghai")
    assert str(zone_of({"zone": 7})) == str(zone_of({})) == "UTC"
