"""Syntax tree -> whoosh.query tree: fields, stems, weights and exclusions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from whoosh import fields
from whoosh import query as wq
from whoosh.analysis import StemmingAnalyzer

import searchlib as sl
from searchlib.analysis import rules
from searchlib.errors import QueryError
from searchlib.query import ast as sx
from searchlib.query import parse
from searchlib.query.to_whoosh import TreeTranslator, pattern_text
from searchlib.schema import NEWS, Date, Key, Keyword, Number, Schema, Text
from searchlib.span_queries import AnyField, AtLeast, First, Near, Same, Word
from searchlib.whoosh_backend import create_in

ONE = Schema(id=Key(), body=Text(), source=Keyword(), words=Number(), date=Date())
TWO = Schema(id=Key(), title=Text(), body=Text())
EXACT = ONE.exact("body")


def tree(text: str, schema: Schema = ONE) -> Any:
    return parse(text, schema).query


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rains", Word("body", ("rains",))),
        ('"rains"', wq.Term(EXACT, "rains")),
        ("heavy-rains", Word("body", ("heavy", "rains"))),
        ('"heavy rains"~3', wq.Phrase(EXACT, ["heavy", "rains"], 3)),
        ("civil*", wq.Prefix(EXACT, "civil")),
        ("wom?n", wq.Wildcard(EXACT, "wom?n")),
        ("/ra.n/", wq.Regex(EXACT, "ra.n$")),
        ("rain~2", wq.FuzzyTerm(EXACT, "rain", maxdist=2, prefixlength=0)),
        ("source:Wire", wq.Term("source", "wire")),
        ("words:>300", wq.NumericRange("words", 300.0, None, True, False)),
        ("has:source", wq.Every("source")),
        ("*", wq.Every()),
        ("x b", wq.And([Word("body", ("x",)), Word("body", ("b",))])),
        ("a -b", wq.AndNot(Word("body", ("a",)), Word("body", ("b",)))),
        ("-a", wq.AndNot(wq.Every(), Word("body", ("a",)))),
        ("a ANDMAYBE b", wq.AndMaybe(Word("body", ("a",)), Word("body", ("b",)))),
        ("a NEAR/5 b", Near(Word("body", ("a",)), Word("body", ("b",)), 5, False)),
        ("a /s b", Same(Word("body", ("a",)), Word("body", ("b",)), "sentence", "body")),
        ("atleast2(a)", AtLeast(Word("body", ("a",)), 2)),
        ("first9(a)", First(Word("body", ("a",)), 9)),
    ],
)
def test_trees(text: str, expected: Any) -> None:
    assert tree(text) == expected


def test_by_the_rules_of_version_1_words_are_terms_and_have_no_other_forms() -> None:
    schema = ONE.bound(1, "en")
    assert tree("rains", schema) == wq.Term("body", "rain")
    assert tree("heavy-rains", schema) == wq.Phrase("body", ["heavi", "rain"])
    assert tree('"rains"', schema) == wq.Term(EXACT, "rains")


def test_all_default_fields_are_searched() -> None:
    assert tree("rain", TWO) == AnyField([Word("title", ("rain",)), Word("body", ("rain",))])
    near = tree("a NEAR/5 b", TWO)
    assert [type(part) for part in near.subqueries] == [Near, Near]
    assert tree("title:rain", TWO) == Word("title", ("rain",))


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("body:chat", None),
        ("lang:fr body:chat", ("fr",)),
        ("lang:fr (body:chat -body:b)", ("fr",)),
        ("(lang:fr OR lang:de) body:chat", ("fr", "de")),
        ("(lang:fr OR section:x) body:chat", None),
        ("lang:fr OR body:chat", None),
        ("lang:xx body:chat", None),
        ("section:fr body:chat", None),
        ("lang:fr (lang:de body:chat)", ("de",)),
    ],
)
def test_words_are_read_in_the_language_that_is_asked_for(
    text: str, languages: tuple[str, ...] | None
) -> None:
    words = [leaf for leaf in tree(text, NEWS).leaves() if isinstance(leaf, Word)]
    assert {word.languages for word in words if word.words == ("chat",)} == {languages}


def test_weights_multiply() -> None:
    assert tree("(rain^2 snow)^3").subqueries[0].boost == 6.0
    assert tree("(a -b)^5").subqueries[1].boost == 1.0  # what is excluded has no score


def test_several_exclusions() -> None:
    expected = wq.Or([Word("body", ("b",)), Word("body", ("c",))])
    assert tree("a -b -c").subqueries[1] == expected


def test_a_schema_without_default_fields() -> None:
    translator = TreeTranslator(Schema(id=Key(), source=Keyword()))
    with pytest.raises(QueryError, match="no field is searched by default") as caught:
        translator.build(sx.WordExpr(("rain",), span=(0, 4)), "rain")
    assert (caught.value.code, caught.value.span) == ("no-text-field", (0, 4))
    assert translator.build(sx.ValueExpr("Wire", "source"), "") == wq.Term("source", "wire")


def test_pattern_text() -> None:
    assert pattern_text(sx.PatternExpr("regex", "a|b"), rules()) == "(?:a|b)$"
    assert pattern_text(sx.PatternExpr("prefix", "Ⅸ"), rules()) == "ix"
    assert pattern_text(sx.PatternExpr("fuzzy", "Łódź"), rules()) == "lodz"


PROGRAM = fields.Schema(
    path=fields.ID(stored=True), text=fields.TEXT(analyzer=StemmingAnalyzer()),
    head=fields.TEXT(phrase=False),
    tags=fields.KEYWORD(commas=True, scorable=True), when=fields.DATETIME,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rained", "a"), ("Bridges", "a"), ('"raining in oslo"', "a"), ('"oslo raining"', ""),
        ("rained NEAR/3 oslo", "a"), ("the", ""),
        ("path:/a", "a"), ('path:"/a"', "a"), ("path:a", ""),
        ('tags:"bridge news"', "a"), ("tags:bridge", ""), ("tags:brid*", "a"), ("tags:sports", "b"),
        ("bridge", "a"), ("sports", ""),  # values are asked for by the name of their field
        ('head:"again rain"', "a"),  # nobody knows where the words stand
        ('"sun again"', "b"), ("again", "ab"), ("rain*", "a"),
    ],
)  # fmt: skip
def test_fields_of_a_whoosh_program_have_its_analyzers(
    program: sl.Archive, text: str, found: str
) -> None:
    results = program.search(text)
    assert "".join(sorted(hit["path"].strip("/") for hit in results)) == found


def test_what_is_said_of_fields_of_a_whoosh_program(program: sl.Archive) -> None:
    assert program.search('"raining in oslo"').notes == []
    assert program.search("snowed").notes == ["no article has the word 'snowed'"]
    with pytest.raises(sl.QueryError, match="'when' of a Whoosh program holds no words: try"):
        program.search("when:2024")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sl.Archive]:
    folder = str(tmp_path_factory.mktemp("program"))
    with create_in(folder, PROGRAM).writer() as writer:
        writer.add_document(path="/a", text="It rained in Oslo, on the old Bridge",
                            tags="bridge news,weather", head="Rain again")  # fmt: skip
        writer.add_document(path="/b", text="Sun again", tags="sports", head="Sun")
    with sl.Archive.open(folder) as archive:
        yield archive
