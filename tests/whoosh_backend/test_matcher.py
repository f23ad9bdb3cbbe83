"""The Whoosh matcher: stepping, skipping, positions and copies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from whoosh.formats import CharacterBoosts, Characters, Frequency, PositionBoosts, Positions
from whoosh.matching import ReadTooFar
from whoosh.reading import TermInfo

from searchlib.whoosh_backend.matcher import PostingMatcher


def matcher() -> PostingMatcher:
    info = TermInfo(3.0, 3, 1, 9, 2.0, 1, 7)
    positions = np.array([4, 9, 0, 3], np.int32)
    return PostingMatcher(
        [1, 4, 7], [2.0, 1.0, 1.0], [2, 1, 1], Positions(), None, ("body", b"rain"), info,
        positions, [0, 2, 3],
    )  # fmt: skip


def test_documents_weights_and_positions() -> None:
    postings, rows = matcher(), []
    while postings.is_active():
        rows.append((postings.id(), postings.weight(), postings.value_as("positions")))
        postings.next()
    assert rows == [(1, 2.0, [4, 9]), (4, 1.0, [0]), (7, 1.0, [3])]


def test_values_are_encoded_by_the_format() -> None:
    postings = matcher()
    assert postings.value_as("frequency") == 2
    assert Positions().decode_positions(postings.value()) == [4, 9]


def test_skip_to() -> None:
    postings = matcher()
    postings.skip_to(2)
    assert postings.id() == 4
    postings.skip_to(8)
    assert not postings.is_active()
    with pytest.raises(ReadTooFar):
        postings.skip_to(9)


def test_a_copy_moves_alone() -> None:
    postings = matcher()
    postings.next()
    copy = postings.copy()
    copy.next()
    assert (postings.id(), copy.id()) == (4, 7)


def test_replace_of_an_exhausted_matcher() -> None:
    postings = matcher()
    assert postings.replace(99.0) is postings
    postings.skip_to(8)
    assert not postings.replace().is_active()


def test_a_field_without_positions() -> None:
    info = TermInfo(1.0, 1, 1, 1, 1.0, 5, 5)
    postings = PostingMatcher([5], [1.0], None, Positions(), None, ("id", b"a"), info)
    assert (postings.value(), postings.value_as("frequency")) == (b"", 1)
    assert postings.block_max_weight() == 1.0


def test_what_tokens_are_that_have_common_attributes() -> None:
    postings = matcher()
    assert postings.value_as("characters") == [(4, 0, 0), (9, 0, 0)]
    assert postings.value_as("position_boosts") == [(4, 1.0), (9, 1.0)]
    assert postings.value_as("character_boosts") == [(4, 0, 0, 1.0), (9, 0, 0, 1.0)]
    assert postings.value_as("weight") == 2.0


@pytest.mark.parametrize(
    "kind", [Frequency, Positions, Characters, PositionBoosts, CharacterBoosts]
)
def test_values_of_each_format(kind: Any) -> None:
    form, info = kind(), TermInfo(3.0, 1, 1, 9, 2.0, 1, 1)
    positions = np.array([4, 9], np.int32)
    postings = PostingMatcher([1], [2.0], [2], form, None, ("body", b"r"), info, positions, [0])
    value, read = postings.value(), 0
    for name, expected in {
        "frequency": 2, "positions": [4, 9], "characters": [(4, 0, 0), (9, 0, 0)],
        "position_boosts": [(4, 1.0), (9, 1.0)],
        "character_boosts": [(4, 0, 0, 1.0), (9, 0, 0, 1.0)],
    }.items():  # fmt: skip
        if form.supports(name):
            assert form.decoder(name)(value) == expected
            read += 1
    assert read


def test_what_has_no_positions_says_so() -> None:
    info = TermInfo(1.0, 1, 1, 1, 1.0, 5, 5)
    postings = PostingMatcher([5], [1.0], None, Positions(), None, ("id", b"a"), info)
    with pytest.raises(EOFError):  # of Whoosh, which finds nothing to decode
        postings.value_as("positions")
