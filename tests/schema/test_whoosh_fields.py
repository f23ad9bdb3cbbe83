"""The Whoosh field types, in Whoosh's own index, searcher and query parser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from whoosh import query as wq
from whoosh.qparser import QueryParser

from searchlib.analysis import rules
from searchlib.schema.whoosh_fields import (
    DATETIME,
    KEYWORD,
    NUMBER,
    TextAnalyzer,
    text_field,
    values_of,
)
from tests.schema.samples import ALL
from tests.versus.archives import Memory


def test_stock_whoosh_uses_the_whole_schema() -> None:
    """Lists of keywords, sets, articles without any value, and every column in its order."""
    index = Memory().create_index(ALL.to_whoosh())
    rows: list[dict[str, Any]] = [
        {"id": "a", "title": "Rains agreed", "words": 3.5, "authors": ["Ann  Lee", "Bo Ek"],
         "section": "World  News", "date": datetime(2022, 1, 2), "note": [1]},
        {"id": "b"},
        {"id": "c", "words": -7, "authors": [], "section": "sports", "date": datetime(2020, 1, 2)},
        {"id": "d", "words": 10, "authors": {"Cy", "Bo Ek"}, "date": datetime(2024, 1, 2)},
    ]  # fmt: skip
    for part in (rows[:2], rows[2:]):  # two segments
        with index.writer() as writer:
            for row in part:
                exact = {"title_exact": row["title"]} if "title" in row else {}
                writer.add_document(**row, **exact)
    with index.searcher() as searcher:

        def ids(query: Any, **options: Any) -> list[str]:
            return [hit["id"] for hit in searcher.search(query, **options)]

        assert ids(wq.Term("authors", "bo ek")) == ["a", "d"]
        assert ids(wq.Term("section", "world news")) == ["a"]
        assert ids(wq.NumericRange("words", -10, 4)) == ["a", "c"]
        assert ids(wq.DateRange("date", datetime(2022, 1, 1), None)) == ["a", "d"]
        assert ids(QueryParser("title", index.schema).parse("agree rain")) == ["a"]
        assert ids(QueryParser("title_exact", index.schema).parse("rain")) == []
        assert ids(QueryParser("title", index.schema).parse('section:"World News"')) == ["a"]
        assert ids(wq.Every(), sortedby="words") == ["c", "a", "d", "b"]
        assert ids(wq.Every(), sortedby="date") == ["c", "a", "d", "b"]
        assert ids(wq.Every(), sortedby="id", reverse=True) == ["d", "c", "b", "a"]
        assert ids(wq.Every(), sortedby="section")[-2:] == ["a", "c"]  # as written
        assert searcher.document(id="a")["authors"] == ["Ann  Lee", "Bo Ek"]
    index.optimize()
    assert index.doc_count() == 4


def test_the_values_of_a_keyword_field() -> None:
    assert values_of("ab") == ["ab"]
    assert values_of(["b", "a"]) == values_of(("b", "a")) == ["b", "a"]
    assert values_of({"b", "a"}) == values_of(frozenset("ab")) == ["a", "b"]
    assert values_of([]) == []


def test_keywords_are_indexed_once_and_folded() -> None:
    terms = [term for term, *_ in KEYWORD().index(["Caf\u00e9  Noir", "cafe noir", "Bar"])]
    assert terms == [b"bar", b"cafe noir"]
    assert KEYWORD().parse_query("section", "World  NEWS") == wq.Term("section", "world news")
    assert list(KEYWORD().process_text("World  NEWS")) == ["world news"]


def test_the_column_of_a_keyword_has_the_first_value() -> None:
    field = KEYWORD()
    assert field.to_column_value(["b", "a"]) == field.to_column_value("b")
    assert field.to_column_value([]) == field.to_column_value("")


def test_dates_and_numbers_have_one_term_a_value() -> None:
    assert len(list(DATETIME().index(datetime(2022, 8, 31, 9, 20)))) == 1
    assert len(list(NUMBER().index(2.5))) == 1


def test_what_whoosh_knows_of_the_field_types() -> None:
    for fieldtype in (KEYWORD(), DATETIME(), NUMBER()):
        assert fieldtype.stored and fieldtype.column_type and fieldtype.indexed
    assert KEYWORD().self_parsing()
    assert (NUMBER().bits, NUMBER().shift_step, NUMBER().signed) == (64, 0, True)
    assert NUMBER().default_column().default_value() == 2**64 - 1
    assert DATETIME().shift_step == 0
    assert KEYWORD().to_column_value(["World", "Arts"]) == b"World"
    assert KEYWORD(separator=",").to_column_value("World, Arts") == b"World"
    assert [term for term, *_ in KEYWORD(rules(1)).index("O’Neill")] == ["o’neill".encode()]


def _text_field(language: str) -> Any:
    return text_field(TextAnalyzer(rules(), language), 1.0, stored=True)


def test_text_is_analysed_for_its_language() -> None:
    terms = {
        language: {term for term, *_ in _text_field(language).index("It rained")}
        for language in ("en", "")
    }
    assert terms == {"en": {b"it", b"rain"}, "": {b"it", b"rained"}}
    field = text_field(TextAnalyzer(rules(), "en"), 2.5, stored=False)
    assert (field.stored, field.format.field_boost) == (False, 2.5)
    assert field.format.supports("positions")
