"""The kernels of stories refuse what does not fit; what they give is tested in tests/index and
tests/search."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np
import pytest

from searchlib import kernels
from searchlib.analysis.vocabulary import vocabulary
from searchlib.search.stories import RULES

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")


def test_each_word_has_a_hash_and_chunks_are_those_of_the_texts() -> None:
    batch: Any = vocabulary()
    chunks, counts, _ = batch.cut(["rain in oslo"])
    hashes, digits = np.zeros(3, np.uint64), np.zeros(3, np.uint8)
    with pytest.raises(ValueError, match="has a hash"):
        kernels.stories.sketch(batch, [(chunks, counts)], hashes[:2], digits)
    with pytest.raises(ValueError, match="more or fewer chunks"):
        kernels.stories.sketch(batch, [(chunks, counts + 1)], hashes, digits)
    with pytest.raises(ValueError, match="no chunk"):
        kernels.stories.sketch(batch, [(chunks + 5, counts)], hashes, digits)


@pytest.mark.parametrize("cut", range(9))
def test_sketches_that_do_not_fit_together_are_refused(cut: int) -> None:
    arrays: list[Any] = [
        np.zeros(1, np.uint16), np.array([[1, 0, 0, 0, 0, 0]], np.uint8), np.zeros(1, np.uint16),
        np.ones(1, np.uint8), np.full(1, 9, np.int32), np.zeros(1, np.uint16),
        np.zeros(1, np.uint64), np.zeros(1, np.uint64), np.zeros(1, np.int32),
    ]  # fmt: skip
    assert kernels.stories.group(*arrays, astuple(RULES)).tolist() == [0]
    arrays[cut] = arrays[cut][:-1]
    with pytest.raises(ValueError, match="fit together"):
        kernels.stories.group(*arrays, astuple(RULES))


def test_levels_are_of_as_many_hashes_as_there_are() -> None:
    hashes, counts = np.zeros(3, np.uint16), np.array([3])
    bits, lowest = np.full(1, 7, np.uint8), np.zeros(1, np.uint8)
    found: Any = kernels.stories.sort_by_level(hashes, counts, bits, lowest)
    assert found[1].tolist() == [[0, 0, 0, 0, 0, 3]]
    for others in ((counts + 1, lowest), (counts, lowest[:0]), (np.array([-1, 4]), lowest)):
        with pytest.raises(ValueError, match="fit together"):
            kernels.stories.sort_by_level(hashes, others[0], bits, others[1])
