"""Queries that are put together of their parts: the same articles as those of the parsed query."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.dates import DateSettings
from searchlib.errors import QueryError
from searchlib.schema import NEWS
from searchlib.watches.packed_programs import PackedPrograms
from searchlib.watches.plain_queries import plain_query
from searchlib.watches.registry import Registry
from searchlib.watches.watch import Watch

_ATOMS = st.sampled_from(
    ["rain", "wind", "the", "of", "or", "and", "not", "near", "to", "first", "today", "us", "who",
     "rain*", "wi*", "who*", '"Oslo Fjord"', '"the Rain"', '"of"', '"Bank of Norway"']
)  # fmt: skip
_LISTS = st.lists(_ATOMS, min_size=1, max_size=4).map(" OR ".join)
_PARTS = st.one_of(_ATOMS, _ATOMS.map("-{}".format), _LISTS.map("({})".format))
_QUERIES = st.one_of(_LISTS, st.lists(_PARTS, min_size=1, max_size=5).map(" ".join))


def _registry() -> Registry:
    registry = Registry()
    registry._new_table(NEWS)
    return registry


def _parsed(registry: Registry, watch: Watch) -> tuple[int, ...]:
    return registry._maker.compile(registry._tree(watch, DateSettings()))


@given(st.lists(_QUERIES, min_size=1, max_size=4), st.integers(0, 1 << 32))
def test_they_match_what_the_parsed_query_matches(texts: list[str], seed: int) -> None:
    registry = _registry()
    for text in texts:
        watch = Watch("w", text)
        plain = registry._plain_program(watch, DateSettings())
        if plain is None:
            continue
        parsed = _parsed(registry, watch)
        rows = np.random.default_rng(seed).integers(
            0, 1 << 63, (registry.table.count, 4), dtype=np.uint64
        )
        rows[0], rows[1] = 0, ~np.uint64(0)
        one, two = PackedPrograms.of([plain, parsed]).run(rows)
        assert np.array_equal(one, two), text


@pytest.mark.parametrize(
    "text",
    ["rain NEAR wind", "rain NEAR/5 wind", "rain AND wind", "date:2021", "title:rain", "-rain",
     "rain  wind", "Rain", "rain^2", "(rain)wind", "(rain OR (wind OR snow))", "rain /s wind",
     '"rain"~2', "+rain", "rain OR wind snow", "(rain OR )", "", "*tion", "r"],
)  # fmt: skip
def test_other_queries_are_parsed(text: str) -> None:
    assert plain_query(text) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("rain", ([["rain"]], [], [])), ("(rain)", ([["rain"]], [], [])),
        ('rain* OR "Oslo Fjord" OR ab', ([["rain*", '"Oslo Fjord"', "ab"]], [], [])),
        ("(rain OR wind)", ([["rain", "wind"]], [], [])), ('"ab"', ([['"ab"']], [], [])),
        ('rain wi* -snow -"a b"', None), ("a", None), ("rain OR", None), ("ab -", None),
        ('rain wi* -snow -"aa bb"', ([["rain"], ["wi*"]], ["snow", '"aa bb"'], ["rain"])),
        ('(rain OR hail) -snow "Oslo Fjord" to',
         ([["rain", "hail"], ['"Oslo Fjord"'], ["to"]], ["snow"], ["to"])),
        ("-snow rain", ([["rain"]], ["snow"], ["rain"])), ("-snow -rain", None),
        ("a" * 40, ([["a" * 40]], [], [])), ("a" * 41, None), ("x" * 41 + " ab", None),
        ('"' + " ".join(["ab"] * 10) + '"', ([['"' + " ".join(["ab"] * 10) + '"']], [], [])),
        ('"' + " ".join(["ab"] * 11) + '"', None), ("été", None), ("rain -été", None),
        ("rain (wind) -snow (ab OR cd)", ([["rain"], ["wind"], ["ab", "cd"]], ["snow"], ["rain"])),
    ],
)  # fmt: skip
def test_the_parts_of_plain_queries(text: str, parts: object) -> None:
    assert plain_query(text) == parts


def test_words_that_say_little_are_left_to_the_parser() -> None:
    registry = _registry()
    assert registry._plain_program(Watch("w", "the rain"), DateSettings()) is None
    assert registry._plain_program(Watch("w", "rain wind"), DateSettings()) is not None


@pytest.mark.parametrize("match", ["any", "best"])
def test_words_side_by_side_may_mean_others(match: str) -> None:
    watch = Watch("w", "rain wind", match=match)  # type: ignore[arg-type]
    assert _registry()._plain_program(watch, DateSettings()) is None


def test_a_filter_is_left_to_the_parser() -> None:
    watch = Watch("w", "rain wind", filters={"section": "weather"})
    assert _registry()._plain_program(watch, DateSettings()) is None


def test_an_error_of_a_part_is_that_of_the_query() -> None:
    registry, watch = _registry(), Watch("w", "wind ab*")
    try:
        expected = _parsed(registry, watch)
    except QueryError as error:
        with pytest.raises(QueryError) as caught:
            registry._program(watch, DateSettings())
        assert caught.value.text == error.text
    else:
        assert registry._program(watch, DateSettings()) == expected
