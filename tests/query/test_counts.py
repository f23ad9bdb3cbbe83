"""Counts over Reuters-21578 against plain Python over the same text.

Nothing of searchlib's analysis is used here: words, their forms, sentences and paragraphs are
found by rules of this file, for ASCII texts alone.

The corpus is looked for in ``$SEARCHLIB_CORPORA``, or in ``shared/corpora`` next to the project.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl

BESIDE = Path(__file__).parent.parent.parent.parent / "shared" / "corpora"
CORPUS = Path(os.environ.get("SEARCHLIB_CORPORA", BESIDE)) / "reuters21578.jsonl.gz"
ARTICLES = 6000
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")


#: The words that the queries below look for, with all forms of each that the articles have.
FORMS = {
    "oil": {"oil", "oils", "oiled", "oiling"},
    "price": {"price", "prices", "priced", "pricing", "pricings"},
    "gas": {"gas", "gassed", "gassing"},
    "cost": {"cost", "costs", "costed", "costing", "costings"},
    "opec": {"opec"},
    "bank": {"bank", "banks", "banked", "banking"},
    "rate": {"rate", "rates", "rated", "rating", "ratings"},
}
TOKEN = re.compile(
    r"[0-9]+(?:[.,][0-9]+)+(?![A-Za-z0-9])|(?:[A-Za-z][.]){2,}|[A-Za-z](?:[+][+]|#)(?![A-Za-z0-9_])"
    r"|[A-Za-z0-9]+(?:['&][A-Za-z0-9]+)*"
)
ABBREVIATIONS = re.findall(
    "[a-z]+",
    "mr mrs ms dr prof gen col maj capt lt sgt sen rep gov pres rev hon st jr sr messrs mt ft ave "
    "blvd inc corp co ltd bros dept vs etc no nos fig approx jan feb mar apr jun jul aug sep sept "
    "oct nov dec est mon tue wed thu fri sat sun",
)


def plain_words(text: str) -> list[str]:
    """The words of an ASCII text: lower case, without possessive, apostrophes and commas."""
    words = (token.lower().removesuffix("'s") for token in TOKEN.findall(text))
    return [word.replace("'", "").replace(",", "").rstrip(".") for word in words]


def paragraphs(text: str) -> list[str]:
    """At indented lines and after empty ones, where there are such; else at each line."""
    lines = text.split("\n")
    starts = [
        n for n in range(1, len(lines))
        if (not lines[n].strip(" \t\r") and n + 1 < len(lines))
        or (lines[n].startswith(("  ", "\t")) and lines[n].strip(" \t\r"))
    ]  # fmt: skip
    bounds = [0, *(starts or range(1, len(lines))), len(lines)]
    return [" ".join(lines[a:b]) for a, b in pairwise(bounds)]


def sentences(paragraph: str) -> list[str]:
    chunks, found, start = paragraph.split(), [], 0
    for n, chunk in enumerate(chunks):
        bare = chunk.rstrip("\"')]")
        if not bare.endswith((".", "!", "?")) or n + 1 == len(chunks):
            continue
        word = bare.rstrip(".!?")
        marks = bare[len(word) :]
        if marks.startswith("."):
            if chunks[n + 1].lstrip("\"'([")[:1].islower():
                continue
            word = word.lstrip("\"'([")
            initial = len(word) == 1 and word.isupper() and word != "I"
            if not marks.startswith("..") and (initial or word.lower() in ABBREVIATIONS):
                continue
        found.append(" ".join(chunks[start : n + 1]))
        start = n + 1
    return [*found, " ".join(chunks[start:])]


class Doc:
    def __init__(self, record: dict[str, Any]) -> None:
        self.text: str = record.get("body", "")
        self.date: str = record.get("date", "")
        self.words = plain_words(self.text)

    def at(self, word: str) -> list[int]:
        return [n for n, other in enumerate(self.words) if other in FORMS[word]]

    def phrase(self, text: str) -> list[int]:
        wanted = text.split()
        size = len(wanted)
        return [n for n in range(len(self.words)) if self.words[n : n + size] == wanted]

    def units(self, unit: str) -> list[set[str]]:
        """The words of each sentence or paragraph."""
        parts = paragraphs(self.text)
        if unit == "sentence":
            parts = [sentence for part in parts for sentence in sentences(part)]
        return [set(plain_words(part)) for part in parts]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sl.Archive, list[Doc]]]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        some = (json.loads(line) for line, _ in zip(lines, range(ARTICLES), strict=False))
        records = [record for record in some if record.get("body", "").isascii()]
    assert len(records) > ARTICLES * 0.9
    with sl.Archive.create(tmp_path_factory.mktemp("reuters")) as archive:
        archive.add(records[: ARTICLES // 2])
        archive.add(records[ARTICLES // 2 :])
        yield archive, [Doc(record) for record in records]


def near(a: list[int], b: list[int], most: int, *, ordered: bool, size: int = 1) -> bool:
    """Whether one of ``a`` (``size`` words long) and one of ``b`` are near enough."""
    for x in a:
        for y in b:
            after = y - (x + size - 1)
            if 1 <= after <= most or (not ordered and 1 <= x - y <= most):
                return True
    return False


Same = Callable[[Doc], bool]


def together(a: str, b: str, unit: str) -> Same:
    def check(doc: Doc) -> bool:
        return any(words & FORMS[a] and words & FORMS[b] for words in doc.units(unit))

    return check


COUNTS: dict[str, Same] = {
    "body:oil": lambda d: bool(d.at("oil")),
    "body:=prices": lambda d: "prices" in d.words,
    'body:"crude oil"': lambda d: bool(d.phrase("crude oil")),
    'body:"bank of england"': lambda d: bool(d.phrase("bank of england")),
    "body:(oil NEAR/5 price)": lambda d: near(d.at("oil"), d.at("price"), 5, ordered=False),
    "body:(oil W/3 price)": lambda d: near(d.at("oil"), d.at("price"), 3, ordered=True),
    "body:(price W/3 oil)": lambda d: near(d.at("price"), d.at("oil"), 3, ordered=True),
    'body:("crude oil" W/4 price)': lambda d: near(
        d.phrase("crude oil"), d.at("price"), 4, ordered=True, size=2
    ),
    "body:((oil OR gas) NEAR/4 (price OR cost))": lambda d: near(
        d.at("oil") + d.at("gas"), d.at("price") + d.at("cost"), 4, ordered=False
    ),
    "body:(oil /s opec)": together("oil", "opec", "sentence"),
    "body:(bank /p rate)": together("bank", "rate", "paragraph"),
    "body:atleast4(oil)": lambda d: len(d.at("oil")) >= 4,
    "body:first20(oil)": lambda d: any(n < 20 for n in d.at("oil")),
    "body:econom*": lambda d: any(w.startswith("econom") for w in d.words),
    "body:wom?n": lambda d: any(re.fullmatch("wom.n", w) for w in d.words),
    "body:*ization": lambda d: any(w.endswith("ization") for w in d.words),
    "body:/gr[ae]ins?/": lambda d: any(re.fullmatch("gr[ae]ins?", w) for w in d.words),
    "date:1987-03": lambda d: d.date.startswith("1987-03"),
    "date:1987-02-26..1987-03-01": lambda d: "1987-02-26" <= d.date[:10] <= "1987-03-01",
    "date:since 1 march 1987": lambda d: d.date >= "1987-03-01",
    "date:before 1987-03-02": lambda d: "" < d.date < "1987-03-02",
}


@pytest.mark.parametrize("query", COUNTS)
def test_count(world: tuple[sl.Archive, list[Doc]], query: str) -> None:
    archive, docs = world
    assert archive.count(query) == sum(map(COUNTS[query], docs))
