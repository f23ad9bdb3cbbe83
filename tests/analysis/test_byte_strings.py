"""Byte strings in one array are what lists of them are, with and without the kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.byte_strings import ByteStrings, byte_class

# Some share their first eight bytes, or are the same but for zeros at the end.
ITEMS = st.binary(max_size=12) | st.sampled_from(
    [b"", b"\0", b"internal", b"internals", b"internal\0", b"internet", b"internationals"]
)


@pytest.mark.parametrize("compiled", [True, False])
@given(st.lists(ITEMS, max_size=40), st.data())
def test_as_lists(compiled: bool, items: list[bytes], data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "available", compiled and kernels.available)
        strings = ByteStrings.of(items)
        assert strings.tolist() == items
        assert strings.joined() == b"".join(items)
        assert strings.lengths.tolist() == list(map(len, items))
        assert strings.ranks().tolist() == [sorted(set(items)).index(item) for item in items]
        assert strings.consist_of(byte_class(b"inter")).tolist() == [
            not item.strip(b"inter") for item in items
        ]
        numbers = data.draw(st.lists(st.integers(0, len(items) - 1))) if items else []
        taken = strings.take(np.array(numbers, int))
        expected = [items[number] for number in numbers]
        assert taken.tolist() == expected
        assert taken.joined() == b"".join(expected)
        assert taken.same_as(ByteStrings.of(expected))
        assert not taken.same_as(ByteStrings.of([*expected, b""]))
        others = dict.fromkeys(numbers, b"other")
        replaced = strings.replaced(np.array(list(others), int), ByteStrings.of([*others.values()]))
        assert replaced.tolist() == [others.get(n, item) for n, item in enumerate(items)]
        joined = ByteStrings.concatenated([taken, replaced, ByteStrings.of([])])
        assert joined.tolist() == taken.tolist() + replaced.tolist()
        prefixes = np.arange(2 * len(expected), dtype=np.uint8).reshape(-1, 2)
        assert taken.prefixed(prefixes).tolist() == [
            bytes(prefix) + item for prefix, item in zip(prefixes.tolist(), expected)
        ]


def test_none_put_together_are_none() -> None:
    assert ByteStrings.concatenated([]).tolist() == []


def test_many_with_the_same_first_bytes_are_sorted() -> None:
    items = [f"internat{number * 7919 % 1000}".encode() for number in range(1000)]
    ranks = ByteStrings.of(items).ranks()
    assert [item for _, item in sorted(zip(ranks.tolist(), items))] == sorted(items)


def test_one_string() -> None:
    assert ByteStrings.of([b"rain", b"sun"])[1] == b"sun"
    assert not ByteStrings.of([b"rain"]).same_as(ByteStrings.of([b"snow"]))
