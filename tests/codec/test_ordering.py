"""Order of numbers: any two neighbours that are wrong are seen, also of unsigned numbers."""

from __future__ import annotations

import numpy as np
import pytest

from searchlib.codec.ordering import ascends, never_falls


@pytest.mark.parametrize(
    ("values", "has_equal", "has_fall"),
    [
        ([], False, False), ([7], False, False), ([0, 1, 2, 3], False, False),
        ([0, 0, 1, 2], True, False), ([0, 1, 1, 2], True, False), ([0, 1, 2, 2], True, False),
        ([1, 0, 2, 3], False, True), ([0, 2, 1, 3], False, True), ([0, 1, 3, 2], False, True),
        ([5, 5], True, False), ([5, 4], False, True), ([4, 5], False, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["u1", "u8", "i8", "f8"])
def test_order(values: list[int], has_equal: bool, has_fall: bool, dtype: str) -> None:
    array = np.array(values, dtype)
    assert ascends(array) is (not has_equal and not has_fall)
    assert never_falls(array) is not has_fall
