"""Counts over Reuters-21578 against plain Python over the same text.

The corpus is looked for in ``$SEARCHLIB_CORPORA``, or in ``shared/corpora`` next to the project.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from searchlib.analysis import fold, stem, tokenize
from searchlib.analysis.sentences import unit_starts

BESIDE = Path(__file__).parent.parent.parent.parent / "shared" / "corpora"
CORPUS = Path(os.environ.get("SEARCHLIB_CORPORA", BESIDE)) / "reuters21578.jsonl.gz"
ARTICLES = 6000
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")


class Doc:
    def __init__(self, record: dict[str, Any]) -> None:
        self.text: str = record.get("body", "")
        self.date: str = record.get("date", "")
        self.words = [fold(token) for token in tokenize(self.text)]
        self.stems = [stem(word, "en") for word in self.words]

    def at(self, word: str) -> list[int]:
        return [n for n, other in enumerate(self.stems) if other == stem(word, "en")]

    def phrase(self, text: str) -> list[int]:
        wanted = text.split()
        size = len(wanted)
        return [n for n in range(len(self.words)) if self.words[n : n + size] == wanted]

    def unit(self, place: int, unit: str) -> int:
        return sum(first <= place for first in unit_starts(self.text, unit))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sl.Archive, list[Doc]]]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line, _ in zip(lines, range(ARTICLES), strict=False)]
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
        first, second = doc.at(a), doc.at(b)
        if not first or not second:
            return False
        return bool({doc.unit(n, unit) for n in first} & {doc.unit(n, unit) for n in second})

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
