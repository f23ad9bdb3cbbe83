"""Deep checks: a sound segment passes, and each kind of array is compared with the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.codec.doc_values import MISSING
from searchlib.errors import CorruptArchive
from searchlib.index import segment_check as module
from searchlib.index.index_writer import IndexWriter
from searchlib.index.segment_check import check_segment, zone_of
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest, instant, period_end
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


# Three texts, "rain snow rains", "snow" and "rains": term 0 is "rain", with two forms. Both terms
# are dense, in blocks of two documents.
_PARTS: dict[str, list[int]] = {
    "counts": [2, 2], "docs": [0, 2, 0, 1], "freqs": [2, 1, 1, 1], "positions": [0, 2, 0, 1, 0],
    "forms": [0, 1, 1, 0, 0], "occurrences": [3, 2], "form_docs": [1, 2, 2],
    "form_uses": [1, 2, 2], "blocks": [1, 1, 2, 0], "bounds": [255, 255, 255, 255],
    "low": [0, 0, 0, 1],
}  # fmt: skip


class FakePostings:
    """Posting lists of arrays that need not make sense."""

    block, dense_from = 2, 2

    def __init__(self, parts: dict[str, list[int]]) -> None:
        self._parts = {name: np.array(values) for name, values in parts.items()}
        self.check = lambda: None

    def all_occurrences(self) -> Any:
        return self._parts["occurrences"]

    def occurrences_between(self, first: int, last: int) -> Any:
        return self._parts["occurrences"][first:last]

    def counts(self, first: int, last: int) -> Any:
        return self._parts["counts"][first:last]

    def read_terms(self, first: int, last: int) -> Any:
        part = self._parts
        docs = [0, *np.cumsum(part["counts"]).tolist()]
        tokens = [0, *np.cumsum(_PARTS["occurrences"]).tolist()]
        return (
            part["docs"][docs[first] : docs[last]], part["freqs"][docs[first] : docs[last]],
            part["positions"][tokens[first] : tokens[last]],
            part["forms"][tokens[first] : tokens[last]].astype(np.int32),
        )  # fmt: skip

    def dense_arrays(self, first: int, last: int) -> Any:
        part, low = self._parts, slice(2 * first, 2 * last)
        return part["blocks"][low].astype("u1"), part["bounds"][low].astype("u1"), part["low"][low]


def fake_field(changed: dict[str, Any]) -> Any:
    parts = {name: changed.get(name, values) for name, values in _PARTS.items()}
    counts = [np.array(parts[name]) for name in ("form_docs", "form_uses")]
    return SimpleNamespace(
        lengths=np.array([3, 1, 1], np.uint8), tokens=5, documents=3, stemmed=True,
        postings=FakePostings(parts), units=None, attributes=None, check_texts=lambda: None,
        forms_by_term=lambda: (np.array([0, 2, 3]), None),
        all_form_counts=lambda first, last: tuple(array[first:last] for array in counts),
        all_alternates=lambda: iter(changed.get("alternates", ())),
        form_ordinals=lambda surface: [1] if surface == b"rains" else [],
    )  # fmt: skip


_ORDER = "the documents of a term are not in order"
_PLACES = "positions are not in order, or beyond the end of a text"

_NO_WORD = "stands for a word that no text has"


@pytest.mark.parametrize("at_once", [1, 1 << 19])
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, ""),
        ({"docs": [0, 3, 0, 1]}, "a posting is of a document that does not exist"),
        ({"docs": [-1, 2, 0, 1]}, "a posting is of a document that does not exist"),
        ({"counts": [0, 4], "docs": [0, 1, 2, 2]}, "a term is in no document"),
        ({"counts": [4, 0], "docs": [0, 1, 2, 2]}, "a term is in no document|not in order"),
        ({"docs": [2, 0, 0, 1]}, _ORDER),
        ({"docs": [0, 0, 0, 1]}, _ORDER),
        ({"docs": [0, 2, 1, 1]}, _ORDER),
        ({"docs": [0, 2, 1, 0]}, _ORDER),
        ({"freqs": [0, 3, 1, 1]}, "a word occurs less than once in a document"),
        ({"freqs": [2, 1, 2, 0]}, "a word occurs less than once in a document"),
        ({"freqs": [2, 2, 1, 1]}, "a term has other frequencies than occurrences"),
        ({"freqs": [2, 1, 1, 2]}, "a term has other frequencies than occurrences"),
        ({"occurrences": [3, 3]}, "a term has other frequencies than occurrences"),
        ({"positions": [2, 0, 0, 1, 0]}, _PLACES),
        ({"positions": [0, 0, 0, 1, 0]}, _PLACES),
        ({"positions": [0, 3, 0, 1, 0]}, _PLACES),
        ({"positions": [0, 2, 1, 1, 0]}, _PLACES),
        ({"positions": [0, 2, 0, 1, 1]}, _PLACES),
        ({"positions": [0, 2, 0, 0, 0]}, "two words have one position"),
        ({"positions": [0, 1, 0, 1, 0]}, "two words have one position"),
        ({"forms": [0, 2, 1, 0, 0]}, "a word is of a form that its term does not have"),
        ({"forms": [0, 1, 1, 0, 1]}, "a word is of a form that its term does not have"),
        ({"forms": [1, 1, 1, 0, 0]}, "a form has other counts than postings"),
        ({"form_docs": [1, 1, 2]}, "a form has other counts than postings"),
        ({"form_docs": [1, 2, 1]}, "a form has other counts than postings"),
        ({"form_uses": [1, 3, 2]}, "a form has other counts than postings"),
        ({"blocks": [2, 0, 2, 0]}, "block counts are not those of the documents"),
        ({"blocks": [1, 1, 1, 1]}, "block counts are not those of the documents"),
        ({"low": [0, 1, 0, 1]}, "block counts are not those of the documents"),
        ({"low": [0, 0, 0, 0]}, "block counts are not those of the documents"),
        ({"bounds": [0, 255, 255, 0]}, "a block-max score is too low"),
        ({"bounds": [255, 255, 9, 0]}, "a block-max score is too low"),
        ({"alternates": [(b"raines", b"rains")]}, ""),
        ({"alternates": [(b"raines", b"hail")]}, _NO_WORD),
        ({"alternates": [(b"raines", b"rains"), (b"", b"rains")]}, _NO_WORD),
        ({"alternates": [(b"rains", b"rains")]}, _NO_WORD),
        ({"alternates": [(b"\xff", b"rains")]}, "another spelling is not UTF-8"),
    ],
)
def test_the_numbers_of_a_text_field(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], says: str, at_once: int
) -> None:
    monkeypatch.setattr(module, "_MAX_TOKENS", at_once)
    check = module._TextCheck("a.seg", "body", fake_field(changed), 1.0)
    if not says:
        check.run()
        return
    with pytest.raises(CorruptArchive, match=rf"a\.seg: damaged: field 'body': .*({says})"):
        check.run()


@pytest.mark.parametrize("part", ["check_texts", "postings", "units"])
def test_what_else_of_a_text_field_is_checked(part: str) -> None:
    def fail() -> None:
        raise CorruptArchive("a.seg", "this part is wrong")

    field = fake_field({})
    if part == "check_texts":
        field.check_texts = fail
    elif part == "postings":
        field.postings.check = fail
    else:
        field.units = SimpleNamespace(check=fail)
    with pytest.raises(CorruptArchive, match="this part is wrong"):
        module._TextCheck("a.seg", "body", field, 1.0).run()


HOUR = 3_600_000_000  # microseconds


def test_stored_dates_and_those_that_are_searched() -> None:
    oslo, utc = ZoneInfo("Europe/Oslo"), ZoneInfo("UTC")
    for zone, tolerance in ((utc, 0), (UTC, 0), (oslo, 26 * HOUR)):
        day = instant("2022-08-31", zone)
        month, end = instant("2022-08", zone), period_end("2022-08", zone)
        assert end is not None
        for shift, is_right in ((0, True), (tolerance, True), (-tolerance, True),
                                (tolerance + 1, False), (-tolerance - 1, False)):  # fmt: skip
            assert module._date_check([day + shift], {}, zone)("2022-08-31", 0) is is_right
            of_month = module._date_check([month], {0: end + shift}, zone)
            assert of_month("2022-08", 0) is is_right
        assert module._date_check([month], {}, zone)("2022-08", 0)  # from before ends were kept
        assert not module._date_check([0, month], {0: end}, zone)("2022-08", 1)
        assert not module._date_check([day], {0: end}, zone)("2022-08-31", 0)
        assert module._date_check([0, day], {0: end}, zone)("2022-08-31", 1)
        for value in (7, None, ["2022-08-31"]):
            assert not module._date_check([day], {}, zone)(value, 0)
            assert module._date_check([MISSING], {}, zone)(value, 0)


def test_stored_numbers_and_texts_and_what_is_searched() -> None:
    check = module._number_check([2.0, float("nan")])
    for value, is_right in ((2, True), (2.0, True), (3, False), ("2", False), (True, False),
                            (None, False), ([2], False)):  # fmt: skip
        assert check(value, 0) is is_right
        assert check(value, 1)
    words = module._text_check(np.array([0, 3], np.uint8))
    for value, is_right in (("a b c", True), ("abc", True), ("ab", False), (7, False),
                            (None, False)):  # fmt: skip
        assert words(value, 0)
        assert words(value, 1) is is_right
