"""``lenient=True``, and the notes that results come with."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

import searchlib as sl
from searchlib.query import parse
from searchlib.query.ast import parts_of
from tests.query.test_cases import DATES, SCHEMA, cases

REPAIRED = {
    "(bank OR": "bank",
    "bank)": "bank",
    '"bank of': "bank",
    "autor:smith": "autor AND smith",
    "url:x rain": "url AND x AND rain",
    "date:sometime rain": "date AND sometime AND rain",
    "words:many": "words",
    "rain AND": "rain",
    "AND rain": "rain",
    "rain^x": "rain",
    "/(x+)+/ rain": "x AND rain",
    "rain [2012 TO 2013]": "rain AND 2012 AND 2013",
    "tax NEAR/5": "tax",
    "tax NEAR/5 (cut rate)": "tax AND cut AND rate",
    "title:-rain": "title-rain",
    "title: )": "title",
    "fuzzy~9": "*",
    "...": "",
}


@pytest.mark.parametrize("query", REPAIRED)
def test_best_reading(query: str) -> None:
    parsed = parse(query, SCHEMA, dates=DATES, lenient=True)
    assert parsed.changes
    assert set(parsed.changes) <= set(parsed.notes)
    if query not in ("title:-rain", "fuzzy~9"):
        assert parsed.canonical == REPAIRED[query]


CHANGES = {
    "rain (bank snow": ["this ( is not closed: ( taken away"],
    "rain bank) snow": ["this ) closes nothing: ) taken away"],
    'rain "bank snow': ['this quote is not closed: " taken away'],
    "rain autor:smith": ["there is no field 'autor': 'autor' read as a word"],
    "rain date:sometime snow": ["'sometime' is not a date: 'date' read as a word"],
    "words:lots rain": ["'lots' is not a number: 'words' read as a word"],
    "rain words:3..1": ["no number is in this range: 'words' read as a word"],
    "rain title:-snow": ["- stands after the colon: 'title' read as a word"],
    "rain^x snow": ["'x' is not a weight: ^x taken away"],
    "rain AND": ["AND has nothing on one side: AND taken away"],
    "/(x+)+/ rain": ["a repeat inside a repeat could take for ever: read as 'x'"],
    "title: )": ["title: has nothing after it: 'title' read as a word",
                 "this ) closes nothing: ) taken away"],
    "...": ["there is no word to look for"],
}  # fmt: skip


@pytest.mark.parametrize("query", CHANGES)
def test_only_what_is_wrong_is_changed(query: str) -> None:
    parsed = parse(query, SCHEMA, dates=DATES, lenient=True)
    assert list(parsed.changes) == CHANGES[query]
    words = re.sub(r"\^x|/\(x\+\)\+/|AND|[^\w\s]", " ", query).split()
    kept = re.sub(r"AND|NOT|OR|\W", " ", parsed.canonical).split()
    assert [word for word in kept if word != "x"] == words


def test_nothing_is_refused() -> None:
    for query, _ in cases():
        parsed = parse(query, SCHEMA, dates=DATES, lenient=True)
        assert (parsed.node is not None) or not any(c.isalnum() for c in query), query


def test_what_can_be_read_is_not_changed() -> None:
    for query, meaning in cases():
        if not meaning.startswith("!"):
            parsed = parse(query, SCHEMA, dates=DATES, lenient=True)
            assert (parsed.canonical, parsed.changes) == (meaning, ())


NOTES = {
    "rain near shine": '"near" is a word here: write NEAR/5 for the operator',
    "x b OR c": "words side by side belong together more than OR does: "
    "a b OR c is read as (a b) OR c",
    "date:last week": "last week -> 16 to 22 November 2026",
}


@pytest.mark.parametrize("query", NOTES)
def test_notes(query: str) -> None:
    assert parse(query, SCHEMA, dates=DATES).notes == (NOTES[query],)


@pytest.mark.parametrize(
    "query", ["a OR b", "x b", "(x b) OR c", "a AND b OR c", "or", "date:2022"]
)
def test_no_notes(query: str) -> None:
    assert parse(query, SCHEMA, dates=DATES).notes == ()


def test_what_no_article_has(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path, SCHEMA) as archive:
        archive.add([{"id": 1, "body": "internet civilization", "source": "Harbour Wire"}])
        notes = {
            "internet civilisation": [
                "no article has the word 'civilisation': did you mean civilization?"
            ],
            "source:harbor": ["no article has source 'harbor': did you mean Harbour Wire?"],
            "source:wire": ["no article has source 'wire': did you mean Harbour Wire?"],
            "source:xyz": ["no article has source 'xyz'"],
            "internet NOT civilization": [],
            "internets -internet": [],
            "internet": [],
        }
        for query, wanted in notes.items():
            assert archive.search(query).notes == wanted, query
        found = archive.search("(internet", lenient=True)
        assert found.total == 1
        assert found.notes == ["this ( is not closed: ( taken away"]
        assert archive.parse("(internet", lenient=True).canonical == "internet"


def test_when_nothing_else_helps_the_words_are_kept() -> None:
    text = "rain " + ") ] } " * 40 + "oslo"
    read = parse(text, SCHEMA, dates=DATES, lenient=True)
    assert read.canonical == "rain AND oslo"
    assert read.changes[-1] == "only the words were kept"


def test_what_is_too_much_is_cut() -> None:
    limits = sl.Limits(length=20, clauses=3, phrase=4, depth=2)
    best = {
        "rain snow sun wind hail": "rain AND snow AND sun",
        "raininosloandbergenalldaylong": "raininosloandbergena",
        "((((rain))))": "rain",
        '"a b c d e f"': '"a b"',
    }
    for query, canonical in best.items():
        parsed = parse(query, SCHEMA, dates=DATES, limits=limits, lenient=True)
        assert parsed.changes, query
        assert parsed.canonical == canonical


def test_a_part_of_a_query() -> None:
    parsed = parse("rain AND (snow OR title:sun)", SCHEMA, dates=DATES)
    again = parse("snow OR title:sun", SCHEMA, dates=DATES)
    assert parsed.node is not None
    _, part = parts_of(parsed.node)
    assert parsed.part(part) == again.query
    assert parsed.part(parsed.node) == parsed.query
    elsewhere = pickle.loads(pickle.dumps(parsed))  # with a schema that nothing was parsed for
    assert elsewhere.part(part) == again.query
