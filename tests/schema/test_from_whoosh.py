"""Schemas of Whoosh programs, and what has no place in an archive."""

from __future__ import annotations

from typing import Any

import pytest
from whoosh import analysis, columns, fields

from searchlib.errors import ArgumentTypeError, SchemaError
from searchlib.schema import Date, Key, Keyword, Number, Schema, Stored, Text

ID = fields.ID(unique=True, stored=True)


def test_every_type_that_has_a_place() -> None:
    schema = fields.Schema(
        path=ID,
        title=fields.TEXT(field_boost=2.0, stored=True),
        body=fields.TEXT(analyzer=analysis.StemmingAnalyzer()),
        french=fields.TEXT(analyzer=analysis.LanguageAnalyzer("fr")),
        section=fields.ID,
        tags=fields.KEYWORD(commas=True),
        words=fields.KEYWORD(lowercase=True),
        whole=fields.KEYWORD(analyzer=analysis.IDTokenizer()),
        size=fields.NUMERIC(int),
        date=fields.DATETIME,
        note=fields.STORED,
    )
    right = Schema(
        path=Key(), title=Text(language="", weight=2.0), body=Text("en", stored=False),
        french=Text("fr", stored=False), section=Keyword(), tags=Keyword(many=True, separator=","),
        words=Keyword(many=True, separator=" "), whole=Keyword(many=True, separator=" "),
        size=Number(), date=Date(), note=Stored(),
    )  # fmt: skip
    assert Schema.from_whoosh(schema).fields == right.fields


def test_words_for_spelling_are_no_field_of_their_own() -> None:
    text = fields.TEXT(analyzer=analysis.StemmingAnalyzer(), spelling=True, stored=True)
    schema = Schema.from_whoosh(fields.Schema(id=ID, body=text))
    assert dict(schema.fields) == {"body": Text("en"), "id": Key()}


@pytest.mark.parametrize("exact", [False, True])
def test_what_is_no_schema_of_whoosh(exact: bool) -> None:
    class Described(fields.SchemaClass):  # type: ignore[misc]
        id = ID

    assert Schema.from_whoosh(Described, exact=exact).names(Key)
    for wrong in (None, "id", Schema(id=Key()), fields.ID):
        with pytest.raises(ArgumentTypeError, match=r"a whoosh.fields.Schema is expected, not "):
            Schema.from_whoosh(wrong, exact=exact)


def _dynamic() -> Any:
    schema = fields.Schema(id=ID)
    schema.add("*_d", fields.DATETIME, glob=True)
    return schema


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (fields.Schema(title=fields.TEXT), "0 unique fields"),
        (fields.Schema(a=ID, b=ID), "2 unique fields"),
        (fields.Schema(id=ID, a=fields.NGRAM), "a: an archive has no NGRAM"),
        (fields.Schema(id=ID, a=fields.NGRAMWORDS), "a: an archive has no NGRAMWORDS"),
        (fields.Schema(id=ID, a=fields.BOOLEAN), "a: an archive has no BOOLEAN"),
        (
            fields.Schema(id=ID, a=fields.COLUMN(columns.VarBytesColumn())),
            "a: an archive has no COLUMN",
        ),
        (fields.Schema(id=ID, a=fields.TEXT(vector=True)), "a: vectors"),
        (_dynamic(), "dynamic fields"),
    ],
)
def test_what_has_no_place_is_named(schema: Any, why: str) -> None:
    with pytest.raises(SchemaError, match=why):
        Schema.from_whoosh(schema)


@pytest.mark.parametrize(
    ("last", "language"),
    [
        (analysis.StemFilter(), "en"), (analysis.PyStemmerFilter(), "en"),
        (analysis.PyStemmerFilter(lang="german"), "de"), (analysis.StemFilter(lang="pt"), "pt"),
        (analysis.LowercaseFilter(), ""),
    ],
)  # fmt: skip
def test_the_language_of_a_text_is_that_of_its_stemmer(last: Any, language: str) -> None:
    field = fields.TEXT(analyzer=analysis.RegexTokenizer() | analysis.LowercaseFilter() | last)
    schema = Schema.from_whoosh(fields.Schema(id=ID, body=field))
    assert schema.fields["body"] == Text(language=language, stored=False)


def _unknown_language() -> Any:
    stemmer = analysis.StemFilter()
    stemmer.lang = "klingon"
    return analysis.RegexTokenizer() | stemmer


@pytest.mark.parametrize(
    ("analyzer", "why"),
    [
        (_unknown_language(), "body: the language 'klingon' is not known"),
        (analysis.NgramAnalyzer(2), "body: parts of words .ngrams. are not indexed"),
        (analysis.NgramWordAnalyzer(2), "body: parts of words .ngrams. are not indexed"),
    ],
)
def test_analyzers_that_have_no_place(analyzer: Any, why: str) -> None:
    with pytest.raises(SchemaError, match=why):
        Schema.from_whoosh(fields.Schema(id=ID, body=fields.TEXT(analyzer=analyzer)))


def test_separators_divide_texts_alone() -> None:
    tags = Keyword(many=True, separator=",")
    assert tags.normalize("Rain,  snow ,rain") == ["Rain", "snow"]
    assert tags.normalize(["Rain, heavy"]) == ["Rain, heavy"]
    schema = Schema(id=Key(), tags=tags)
    assert Schema.from_json(schema.to_json()) == schema
    assert "separator" not in str(Schema(id=Key(), tags=Keyword(many=True)).to_json())
