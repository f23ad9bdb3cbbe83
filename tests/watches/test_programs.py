"""Programs of trees: what they are, and that forms that are known have no need of the searcher."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from whoosh import query as wq

import searchlib as sl
from searchlib.kernels.constants import WatchCode
from searchlib.span_queries import Word
from searchlib.watches.leaves import ALL, LeafTable, Part
from searchlib.watches.packed_programs import PackedPrograms
from searchlib.watches.programs import ProgramMaker

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(), body=sl.Text(), note=sl.Text(language=""), date=sl.Date(),
    section=sl.Keyword(), words=sl.Number(),
)  # fmt: skip


def compiled(query: Any) -> tuple[tuple[int, ...], LeafTable]:
    """The program of a query, text or tree, and its leaves."""
    table = LeafTable(SCHEMA)
    tree = sl.query.parse(query, SCHEMA).query if isinstance(query, str) else query
    return ProgramMaker(table).compile(tree), table


@pytest.mark.parametrize(
    "query",
    [
        "rain", "title:rain", "=rain", '"heavy rain"', "body:(heavy rain)", "rai*", "*ain",
        "rain NEAR/3 snow", '"heavy rain" W/3 (snow OR hail*)', "rain /s snow", "rain /p snow",
        "co-operation", "section:world", "rain NOT (snow OR hail)", "-rain", "*", "note:rain",
        "date:2020", "words:>3",
        "rain ANDMAYBE snow", "(rain snow) OR (hail wind)", 'note:"heavy rain"',
    ],
)  # fmt: skip
def test_common_forms_need_no_searcher(query: str) -> None:
    program, table = compiled(query)
    assert program
    assert not table.searcher_leaves


@pytest.mark.parametrize(
    ("query", "needs"),
    [
        ("has:section", 0), ("id:a", 0), ("section:w*", 0),
        ("body:r?in", 0), ("body:rain~1", 0), ("body:/ra.n/", 0), ('body:"heavy rain"~3', 3),
        ("body:(atleast2(rain))", 1),
        ("body:(first9(rain))", 1), ("body:(rain NEAR/3 snow NEAR/3 hail)", 5),
        ("body:(rain NEAR/3 sn?w)", 1), ('body:"heavy ra?n"', 1), ("body:a-b-c", 5),
    ],
)  # fmt: skip
def test_the_searcher_is_asked_where_the_words_are(query: str, needs: int) -> None:
    program, table = compiled(query)
    assert len(program) == 1 or "title" in query
    [leaf] = table.searcher_leaves
    assert (len(leaf.needs) + 1) // 2 * 2 - 1 == needs or len(leaf.needs) == (needs + 1) // 2


def test_what_cannot_match_is_an_empty_program() -> None:
    for query in (wq.NullQuery, wq.Term("nowhere", "a"), wq.And([]), wq.Or([]), Word("body", ())):
        assert compiled(query)[0] == ()
    rain = wq.Term("body", "rain")
    assert compiled(wq.And([rain, wq.NullQuery]))[0] == ()
    assert compiled(wq.Or([rain, wq.NullQuery]))[0] == compiled(rain)[0]
    assert compiled(wq.AndNot(rain, wq.NullQuery))[0] == compiled(rain)[0]
    everything = (ALL << 2 | WatchCode.PUSH,)
    assert compiled(wq.Or([rain, wq.Every()]))[0] == everything
    assert compiled(wq.And([wq.Every(), wq.Every()]))[0] == everything


def test_the_terms_of_a_stemmed_field_are_stems() -> None:
    _, table = compiled(wq.Or([wq.Term("body", "rain"), wq.Term("body_exact", "rains")]))
    assert list(table.fields["body"].stems) == [b"rain"]
    assert list(table.fields["body"].forms) == [b"rains"]


def test_a_program_is_what_the_query_says() -> None:
    words = ["rain", "snow", "hail", "wind"]
    table = LeafTable(SCHEMA)
    maker = ProgramMaker(table)
    leaves = {w: table.parts((Part("body", "word", w, None),)) for w in words}
    rows = np.zeros((table.count, 1), np.uint64)
    rows[ALL] = 0xFFFF
    for number, leaf in enumerate(leaves.values()):  # an article for each set of words
        rows[leaf] = sum(1 << article for article in range(16) if article >> number & 1)
    queries = [
        ("rain", lambda s: "rain" in s), ("rain snow", lambda s: {"rain", "snow"} <= s),
        ("rain OR (snow wind)", lambda s: "rain" in s or {"snow", "wind"} <= s),
        ("-(rain OR hail)", lambda s: not s & {"rain", "hail"}),
        ("(rain OR snow) (hail OR wind) NOT (rain wind)",
         lambda s: s & {"rain", "snow"} and s & {"hail", "wind"} and not {"rain", "wind"} <= s),
        ("rain NOT (snow NOT (hail NOT wind))",
         lambda s: "rain" in s and not ("snow" in s and not ("hail" in s and "wind" not in s))),
    ]  # fmt: skip
    schema = sl.Schema(id=sl.Key(), body=sl.Text())
    trees = [sl.query.parse(text, schema).query for text, _ in queries]
    every = PackedPrograms.of([maker.compile(tree) for tree in trees]).run(rows)
    for (text, is_match), row in zip(queries, every[:, 0].tolist(), strict=True):
        for article in range(16):
            has = {word for number, word in enumerate(words) if article >> number & 1}
            assert bool(row >> article & 1) == bool(is_match(has)), (text, has)
