"""Forms of other query languages; what each means is in ``cases/queries.txt``."""

from __future__ import annotations

import pytest

import searchlib as sl
from searchlib import QueryError
from searchlib.query import parse
from searchlib.query.foreign import concept_of, field_for, foreign_field_cure
from searchlib.schema import NEWS, Key, Schema, Text
from tests.query.test_cases import DATES, SCHEMA

NOTES = {
    "econom!": "econom! is read as econom*",
    "Fire! in Oslo": "Fire! is the word 'Fire' here: write Fire*",
    "rain !snow": "!snow is read as NOT snow",
    "foo=bar": "foo=bar is read as words: a field is written foo:word",
    "tax N3 cut": "write NEAR/3",
    "tax W3 cut": "write W/3",
    "tax +3 cut": "write W/3",
    "tax XOR cut": "write (a OR b) NOT (a AND b)",
    "tax BUT NOT cut": "write NOT alone",
    "tax adj cut": "write NEAR/5",
    "atleast5 tax": "write atleast5(word)",
    "date from 20220801 to 20220831": "write date:2021..2022",
    "date aft 01/01/2020": "write date:2021..2022",
    "Government NOT ready for winter": "NOT leaves out articles with 'ready'",
    "GOVERNMENT NOT READY FOR WINTER": "NOT leaves out articles with 'READY'",
    "Trump wins -report": "- leaves out articles with 'report'",
    "TRUMP AND PUTIN MEET": "AND and OR in capitals are operators",
}
NO_NOTES = ["rain NOT snow", "rain -snow", "rain AND wind NOT snow", "(rain wind) NOT snow", "N3"]

CURES = {
    "hd=(tax cut)": 'write title:"tax cut"',
    "hlp=rain": "write title:rain OR first100(rain)",
    "by=smith": "write authors:smith",
    "rst=reut": "write source:reut",
    "NEAR(tax, cut, 7)": "write tax NEAR/7 cut",
    "ONEAR(tax, cut, 7)": "write tax W/7 cut",
    "tax ONEAR(n=7) cut": "write W/7",
    "tax /f50/": "write first50(word)",
    "tax/n5/cut": "write tax NEAR/5 cut",
    "gr[ae]y": "for letters to choose from write /gr[ae]/; else leave them out",
    "rain~0.8": "write rain~1 or rain~2",
    "_exists_:authors": "write has:authors",
    "before:2020": "write date:<2022-08-31",
    "intitle:rain": "write title:word",
    "plural(tax)": "write tax: capitals and plurals are not told apart",
    '"tax cut"[ti]': "write title:(...) in its place",
    "(tax cut)[ti]": "write title:(...) in its place",
    "oslo [rain OR snow]": "write ( and )",
    "[rain OR snow] oslo": "write ( and )",
    'date:"-1 week"': "write [-1 week TO now], >=-1 week or last 7 days",
}


@pytest.mark.parametrize(("query", "note"), NOTES.items())
def test_notes(query: str, note: str) -> None:
    assert any(note in one for one in parse(query, SCHEMA, dates=DATES).notes)


@pytest.mark.parametrize("query", NO_NOTES)
def test_what_needs_no_note(query: str) -> None:
    assert parse(query, SCHEMA, dates=DATES).notes == ()


@pytest.mark.parametrize(("query", "cure"), CURES.items())
def test_cures(query: str, cure: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query, SCHEMA, dates=DATES)
    assert caught.value.cure == cure


MISTAKES = {
    'rain <hd=>"tax cut"': "hd= is of another system",
    "<hd=>(tax cut)": "hd= is of another system",
    "rain <rst=>reut": "rst= is of another system",
    "wc=<abc>": "'abc' is not a number",
    "rain <NEAR(tax, cut, 7)>": "NEAR stands between what is near, not before it",
    "tax <ONEAR(n=7)> cut": "ONEAR(n=7) is of Bing",
    "tax </f50/>": "/f50/ is of Factiva",
    "<tax/n5/cut>": "/n5/ stands within a word",
    "a <gr[ae]y>": "square brackets in a word",
    "a <rain~0.8>": "~ is followed by a number of letters here",
    "a <_exists_:authors>": "_exists_: is of Lucene and Solr",
    "a <before>:2020": "there is no field 'before'",
    "a <plural>(tax)": "plural( is of another system",
    '"tax cut"<[ti]>': "square brackets behind a phrase or group",
    "oslo <[rain OR snow]>": "[rain OR snow] groups nothing here",
}


@pytest.mark.parametrize(("marked", "message"), MISTAKES.items())
def test_what_is_wrong_and_where(marked: str, message: str) -> None:
    start, end = marked.index("<"), marked.index(">") - 1
    with pytest.raises(QueryError) as caught:
        parse(marked.replace("<", "").replace(">", ""), SCHEMA, dates=DATES)
    assert (caught.value.message, caught.value.span) == (message, (start, end))


@pytest.mark.parametrize("query", [*NOTES, *CURES, "headline(tax", "hd=(", "{!a", "x[", "[a OR"])
def test_leniently_all_can_be_read(query: str) -> None:
    parse(query, SCHEMA, dates=DATES, lenient=True)


@pytest.mark.parametrize("value", ["gr[ae]y", "[x]", "foo=bar", "rain~0.8", "a/b", "@x"])
def test_values_of_a_keyword_may_have_such_signs(value: str) -> None:
    for query in (f"source:{value}", f"source:({value})", f"source:(x OR {value})"):
        assert f'source:"{value}"' in parse(query, SCHEMA, dates=DATES).canonical


def test_the_language_of_factiva() -> None:
    assert parse("la=en rain", NEWS).canonical == "lang:en AND rain"


def test_fields_are_those_of_the_schema() -> None:
    other = Schema(id=Key(), headline=Text(), text=Text())
    assert parse("hd=rain", other).canonical == "headline:rain"
    assert field_for("words", other) is None
    assert foreign_field_cure("ab", other, "rain") == "write text:rain"
    assert foreign_field_cure("by", other) is None
    assert foreign_field_cure("colour", other) is None
    assert concept_of("HLP") == "lead"
    with pytest.raises(QueryError, match="name a field of this archive"):
        parse("by=smith", other)


def test_truncation_finds_the_words(tmp_path: object) -> None:
    with sl.Archive.create(f"{tmp_path}/a", SCHEMA) as archive:
        archive.add([{"id": "1", "body": "The economy grew"}, {"id": "2", "body": "Econ news"}])
        assert [hit.id for hit in archive.search("econom!")] == ["1"]
