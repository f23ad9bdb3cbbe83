"""Completion as a table: a line with the cursor at |, and what is suggested."""

from __future__ import annotations

import pytest

from searchlib.repl.commands import COMMANDS, names
from searchlib.repl.completion import Names, complete
from searchlib.repl.session import Session

NAMES = Names(
    fields={"title": "text", "date": "date", "source": "keyword", "section": "keyword"},
    values={
        "section": {"world": 1200, "sports": 7, "World Cup": 1},
        "source": dict.fromkeys(
            ["Prairie Wire", "Harbour Wire", "Café News", "money-fx", 'Sun "X"', "Sun"], 3
        ),
    },
    commands={"next": "the next page", "open": "an article", "sort": "the order"},
    arguments={
        "sort": ["rank", "-date", "date"],
        "match": ["all", "any"],
        "watch": ["heavy rain", "floods"],
    },
    words=lambda start: [w for w in ("civil", "civilization", "wheat") if w.startswith(start)],
)

# line -> the line after each suggestion is taken
CASES = {
    # fields, and words of the archive from three letters on
    "|": [],
    "s|": ["source:|", "section:|"],
    "china se|": ["china section:|"],
    "china SE|": ["china section:|"],
    "china -se|": ["china -section:|"],
    "(rice OR ti|": ["(rice OR title:|"],
    "se| china": ["section:| china"],
    "ci|": [],
    "civ|": ["civil|", "civilization|"],
    "rice +civiliz|": ["rice +civilization|"],
    "civilization|": [],
    "title:wh|": [],
    # values
    "section:|": ["section:world|", "section:sports|", 'section:"World Cup"|'],
    "section:w|": ["section:world|", 'section:"World Cup"|'],
    "SECTION:SP|": ["SECTION:sports|"],
    "section:cup|": ['section:"World Cup"|'],
    'section:"world c|': ['section:"World Cup"|'],
    '-section:"w|': ["-section:world|", '-section:"World Cup"|'],
    "source:cafe|": ['source:"Café News"|'],
    "source:mon|": ['source:"money-fx"|'],
    "source:su|": ["source:Sun|"],  # one with a quotation mark cannot be written
    "nofield:x|": [],
    # inside of a phrase nothing is known
    '"internet se|': [],
    '"internet" se|': ['"internet" section:|'],
    # commands
    ":|": [":next|", ":open|", ":sort|"],
    ":s|": [":sort|"],
    "  :o|": ["  :open|"],
    ":sort |": [":sort rank|", ":sort -date|", ":sort date|"],
    ":sort -|": [":sort -date|"],
    ":sort date|": [],
    ":match a|": [":match all|", ":match any|"],
    ":open 1|": [],
    ":watch |": [":watch heavy rain|", ":watch floods|"],
    ":watch heavy r|": [":watch heavy rain|"],
    ':watch "heavy r|': [':watch "heavy rain"|'],
    ':watch "|': [':watch "heavy rain"|', ':watch "floods"|'],
    ":watch heavy rain|": [],
    ':watch "heavy rain"|': [],
    ":watch rain|": [],
    ":watch heavy f|": [],
    ":sort date ra|": [":sort date rank|"],
    ":sort -date date ra|": [":sort -date date rank|"],
    ":nope |": [],
}


@pytest.mark.parametrize("line", CASES)
def test_completion(line: str) -> None:
    cursor = line.index("|")
    text = line.replace("|", "")
    taken = [
        text[: found.start] + found.text + "|" + text[cursor:]
        for found in complete(text, cursor, NAMES)
    ]
    assert taken == CASES[line]


def test_without_names_there_are_no_suggestions() -> None:
    for line in ("", "section:w", "weather", ":o", ":sort d"):
        assert complete(line, len(line), Names()) == []


def test_not_too_many() -> None:
    many = Names(values={"topics": {f"t{n}": 1 for n in range(500)}})
    assert len(complete("topics:", 7, many)) == 40


def test_counts_stand_beside_values() -> None:
    assert [found.note for found in complete("section:wor", 11, NAMES)] == ["1,200", "1"]


def test_the_names_of_an_archive(session: Session) -> None:
    known = names(session)
    assert known.fields["section"] == "keyword"
    assert "url" not in known.fields  # stored only
    assert next(iter(known.values["source"])) == "Prairie Wire"
    assert set(known.commands) == set(COMMANDS)
    assert "-date" in known.arguments["sort"]
    assert known.words("whe") == ["wheat"]
