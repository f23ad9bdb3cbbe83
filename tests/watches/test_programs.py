"""Programs of trees: what they are, and that forms that are known have no need of the searcher."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from whoosh import fields as whoosh_fields
from whoosh import query as wq

import searchlib as sl
from searchlib.kernels.constants import WatchCode
from searchlib.span_queries import AnyField, AtLeast, Near, Period, Same, Word
from searchlib.watches.leaves import ALL, NONE, LeafTable, Part
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


SIGNS = {WatchCode.PUSH: "", WatchCode.AND: "& ", WatchCode.OR: "| ", WatchCode.AND_NOT: "- "}


def written(codes: tuple[int, ...], names: dict[int, str]) -> str:
    """The steps of a program: what its leaves are of, after the signs that join them."""
    return "; ".join((SIGNS[WatchCode(code & 3)] + names[code >> 2]).strip() for code in codes)


def names_of(table: LeafTable) -> dict[int, str]:
    """What each leaf is of."""
    each: dict[int, list[str]] = {}
    words, phrases = list(table.trie.words), list[str]()
    for key in table.trie.keys().tolist():
        before = [phrases[(key >> 32) - 1]] if key >> 32 else []
        phrases.append(" ".join([*before, words[key & 0xFFFFFFFF].decode()]))
    for name, leaves in table.fields.items():
        for (_, kind, text, languages), leaf in leaves.parts(name):
            each.setdefault(leaf, []).append(" ".join([name, kind, text, *(languages or ())]))
        for node, leaf in leaves.phrase_leaves:
            each.setdefault(leaf, []).append(f'{name} "{phrases[node]}"')
    names = {leaf: ", ".join(parts) for leaf, parts in each.items()} | {NONE: "", ALL: "all"}
    for leaves in table.fields.values():
        places = [f"({names[leaf]})" for leaf in leaves.positional]
        for leaf, a, b, slop, ordered in leaves.near.rows().tolist():
            names[leaf] = f"{places[a]} {'W' if ordered else 'NEAR'}/{slop} {places[b]}"
        for unit, joins in leaves.same.items():
            for leaf, a, b in joins.rows().tolist():
                names[leaf] = f"{places[a]} {unit} {places[b]}"
    names |= {leaf: f"range {query}" for leaf, query in table.ranges}
    for name, some in table.keywords.items():
        names |= {leaf: f"{name} {term.decode()}" for term, leaf in some.items()}
    for leaf, _, needs in table.searcher_leaves:
        names[leaf] = f"search [{written(needs, names)}]"
    return names


A, B, C = (Word("body", (letter,)) for letter in "abc")
RAIN = wq.Term("body", "rain")


@pytest.mark.parametrize(
    ("query", "program"),
    [
        # sets of surface forms
        ("rain", "title word rain, body word rain, note form rain"),
        ("body:rain", "body word rain"),
        ("body:=rain", "body form rain"), ("body:rai*", "body prefix rai"),
        ("body:*ain", "body suffix ain"),
        ("rai*", "title prefix rai, body prefix rai, note prefix rai"),
        ("body:(rain^3)", "body word rain"), ("note:rain", "note form rain"),
        (RAIN, "body stem rain"), (wq.Term("body_exact", "rain"), "body form rain"),
        (wq.Term("note", "rain"), "note form rain"), (wq.Term("nowhere", "a"), ""),
        (wq.Term("body", b"rain"), "search []"), (wq.Prefix("body", "rai"), "search []"),
        (wq.Prefix("body_exact", ""), "search []"), (wq.Prefix("nowhere", "r"), "search []"),
        (wq.Prefix("body_exact", "rai"), "body prefix rai"),
        (wq.Prefix("section", "wor"), "search []"), (wq.Wildcard("body_exact", "*"), "search []"),
        (wq.Wildcard("body_exact", "*r-n"), "search []"),
        (wq.Wildcard("body_exact", "*-n"), "search []"), (wq.Wildcard("body", "*rn"), "search []"),
        (wq.Wildcard("body_exact", "r*n"), "search []"),
        (wq.Wildcard("body_exact", "rn"), "search []"),
        (wq.Wildcard("body_exact", "*n"), "body suffix n"),
        (Word("body", ("a",), ("fr", "de")), "body word a fr de"),
        (AnyField([Word("title", ("rain",)), wq.Term("body_exact", "rain")]),
         "title word rain, body form rain"),
        (AnyField([Word("title", ("rain",)), Word("body", ("a", "b"))]),
         "title word rain; | (body word a) W/1 (body word b)"),
        (AnyField([Word("title", ("rain",)), Word("nowhere", ("a",))]), "title word rain"),
        (AnyField([]), ""),
        # words in a row
        ('"a b"', 'title "a b", body "a b", note "a b"'), ('body:"a b"', 'body "a b"'),
        ('note:"a b"', 'note "a b"'), ("note:a-b", 'note "a b"'),
        ("body:a-b", "(body word a) W/1 (body word b)"),
        ("body:a-b-c", "search [body word a; & body word b; & body word c]"),
        (Word("body", ("a", "b"), ("fr",)), "(body word a fr) W/1 (body word b fr)"),
        (Word("body", ("a", "b", "c"), ("fr",)),
         "search [body word a fr; & body word b fr; & body word c fr]"),
        (Word("body", ()), ""), (Word("nowhere", ("a",)), ""), (Word("nowhere", ("a", "b")), ""),
        (Word("section", ("a",)), ""), ('body:"a b"~3', "search [body form a; & body form b]"),
        (wq.Phrase("body", ["a", "b"]), "search [body stem a; & body stem b]"),
        (wq.Phrase("body_exact", ["a"]), "search [body form a]"),
        (wq.Phrase("body_exact", []), "search []"), (wq.Phrase("nowhere", ["a", "b"]), ""),
        (wq.Phrase("section", ["a", "b"]), "search [section a; & section b]"),
        (AnyField([wq.Phrase("title_exact", ["a", "b"]), wq.Phrase("body_exact", ["a", "b"])]),
         'title "a b", body "a b"'),
        (AnyField([wq.Phrase("title_exact", ["a", "b"]), wq.Phrase("body_exact", ["a", "c"])]),
         'title "a b"; | body "a c"'),
        (AnyField([wq.Phrase("body_exact", ["a", "b"]), wq.Phrase("body_exact", ["a", "b"], 2)]),
         'body "a b"; | search [body form a; & body form b]'),
        (AnyField([wq.Phrase("title_exact", ["a", "b"]), Word("body", ("c",))]),
         'title "a b"; | body word c'),
        # places
        ("body:(rain NEAR/3 snow)", "(body word rain) NEAR/3 (body word snow)"),
        ("a NEAR/3 b", "(title word a) NEAR/3 (title word b); | (body word a) NEAR/3 (body word b);"
                       " | (note form a) NEAR/3 (note form b)"),
        ('body:("a b" W/3 c)', '(body "a b") W/3 (body word c)'),
        ('body:("a b" NEAR/3 "c d e")', '(body "a b") NEAR/3 (body "c d e")'),
        ("body:((a OR b) NEAR/2 *ing)", "(body word a, body word b) NEAR/2 (body suffix ing)"),
        ("body:(a /s b)", "(body word a) sentence (body word b)"),
        ('body:("a b" /p c)', '(body "a b") paragraph (body word c)'),
        ("body:(a NEAR/3 b?c)", "search [body word a]"),
        ("body:(b?c /s a)", "search [body word a]"),
        ("body:(a NEAR/3 b NEAR/3 c)", "search [body word a; & body word b; & body word c]"),
        ("body:((a NEAR/3 b) /s c)", "search [body word a; & body word b; & body word c]"),
        ("body:(a-b NEAR/3 c)", "search [body word a; & body word b; & body word c]"),
        ("body:(atleast2(a))", "search [body word a]"),
        ("body:(first9(a OR b))", "search [body word a; | body word b]"),
        ("body:(first9(a OR b?c))", "search []"), ('body:"a b?c"', "search [body form a]"),
        (Near(A, Word("title", ("b",)), 2, True), "search [body word a; & title word b]"),
        (Near(wq.Or([A, Word("title", ("c",))]), B, 2, True),
         "search [body word a; | title word c; & body word b]"),
        (Near(wq.Or([wq.Or([A, wq.Prefix("body_exact", "c")]), C]), B, 2, True),
         "(body word a, body word c, body prefix c) W/2 (body word b)"),
        (Near(A, wq.Or([B]), 2, True), "(body word a) W/2 (body word b)"),
        (Near(wq.Or([]), B, 2, True), ""), (Near(wq.NullQuery, B, 2, True), ""),
        (Near(Word("nowhere", ("a",)), Word("nowhere", ("b",)), 2, True), ""),
        (Near(wq.Or([A, wq.Regex("body_exact", "c")]), B, 2, True), "search [body word b]"),
        (Near(A, wq.FuzzyTerm("body_exact", "c"), 2, False), "search [body word a]"),
        (Near(A, wq.TermRange("body_exact", "c", "d"), 2, False), "search [body word a]"),
        (Near(wq.Wildcard("body_exact", "*a"), wq.Wildcard("body_exact", "b?c"), 2, True),
         "search [body suffix a]"),
        (Near(wq.Phrase("title_exact", ["a", "b"]), B, 2, False),
         "search [title form a; & title form b; & body word b]"),
        (Near(Near(A, B, 2, True), C, 2, True),
         "search [body word a; & body word b; & body word c]"),
        (Same(wq.Phrase("body_exact", ["a", "b"]), wq.Or([B, C]), "paragraph", "body"),
         '(body "a b") paragraph (body word b, body word c)'),
        (Same(A, Word("title", ("b",)), "sentence", "body"),
         "search [body word a; & title word b]"),
        (Same(A, B, "sentence", "section"), "search [body word a; & body word b]"),
        (Same(A, wq.Regex("body_exact", "b"), "sentence", "body"), "search [body word a]"),
        (AtLeast(wq.NullQuery, 2), ""),
        # all else
        ("section:world", "section world"), ("section:(a OR b)", "section a; | section b"),
        ("section:w*", "search []"), ("id:a", "search []"), ("has:section", "search []"),
        ("words:>3", "range words:{3.0 TO ]"), ("*", "all"), ("body:r?in", "search []"),
        ("body:rain~1", "search []"), ("body:/ra.n/", "search []"),
        ("body:a ANDMAYBE body:b", "body word a"), ("-body:a", "all; - body word a"),
        ("body:a NOT (body:b OR body:c)", "body word a; body word b; | body word c; -"),
        ("body:a NOT body:b", "body word a; - body word b"),
        ("(body:a body:b) OR (body:c body:d)",
         "body word a; & body word b; body word c; & body word d; |"),
        (wq.Term("section", "\ud800"), ""), (wq.Term("words", "x"), "search []"),
        (wq.And([]), ""), (wq.Or([]), ""), (wq.NullQuery, ""), (wq.And([RAIN, wq.NullQuery]), ""),
        (wq.Or([RAIN, wq.NullQuery]), "body stem rain"), (wq.Or([RAIN, wq.Every()]), "all"),
        (wq.And([RAIN, wq.Every()]), "body stem rain"), (wq.And([wq.Every(), wq.Every()]), "all"),
        (wq.Every("*"), "all"), (wq.Every("section"), "search []"),
        (wq.AndNot(RAIN, wq.NullQuery), "body stem rain"), (wq.AndNot(wq.NullQuery, RAIN), ""),
        (wq.AndMaybe(RAIN, wq.NullQuery), "body stem rain"), (wq.Not(wq.NullQuery), "all"),
        (wq.ConstantScoreQuery(RAIN), "body stem rain"),
        (wq.NumericRange("words", 1, 2), "range words:[1 TO 2]"),
        (wq.NumericRange("words", 1, 2, constantscore=False), "search []"),
        (wq.NumericRange("body", 1, 2), "search []"), (Period("date", 1, 2), "range date:[1 TO 2}"),
        (wq.DisjunctionMax([RAIN]), "search []"),
        (wq.And([A, wq.Or([B, wq.And([C, RAIN])]), wq.Not(wq.Term("body", "e"))]),
         "body word c; & body stem rain; | body word b; all; - body stem e; &; & body word a"),
    ],
)  # fmt: skip
def test_programs(query: Any, program: str) -> None:
    codes, table = compiled(query)
    assert written(codes, names_of(table)) == program


def test_a_program_of_parts() -> None:
    table = LeafTable(SCHEMA)
    maker = ProgramMaker(table)
    a, b, c, rain = (maker.compile(query) for query in (A, B, C, RAIN))
    joined = maker.joined([[a, b], [c]], [rain])
    expected = "body word a; | body word b; & body word c; - body stem rain"
    assert written(joined, names_of(table)) == expected
    assert maker.joined([[a]], []) == a


def test_an_exact_schema_is_asked_by_the_searcher() -> None:
    fields = whoosh_fields.Schema(id=whoosh_fields.ID(unique=True), body=whoosh_fields.TEXT())
    table = LeafTable(sl.Schema.from_whoosh(fields, exact=True))
    codes = ProgramMaker(table).compile(wq.Or([RAIN, wq.Every()]))
    assert written(codes, names_of(table)) == "search []"


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
