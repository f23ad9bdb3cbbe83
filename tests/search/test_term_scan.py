"""A scan over terms against plain Python, term by term."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from searchlib.search import term_scan
from searchlib.search.term_scan import TermScan

TERMS = ["", "a", "bank", "banks", "blank", "bänk", "北京", "𝔘nit", "connect", "connected"]


def scan_of(terms: list[str]) -> TermScan:
    encoded = [term.encode() for term in terms]
    return TermScan(b"".join(encoded), np.cumsum([len(term) for term in encoded]))


def edits(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


@pytest.mark.parametrize("pattern", ["ba.*", ".*k$", "[北b].n?", "connect", "", "x"])
def test_matching_is_a_match_from_the_beginning(pattern: str) -> None:
    expression = re.compile(pattern)
    expected = [term.encode() for term in TERMS if expression.match(term)]
    assert scan_of(TERMS).matching(expression) == expected


def test_a_pattern_does_not_see_the_next_term() -> None:
    assert scan_of(["ab", "cd"]).matching(re.compile("abc")) == []
    assert scan_of(["ab", "cd"]).matching(re.compile("ab$")) == [b"ab"]


@pytest.mark.parametrize("word", ["bank", "bänk", "北", "conect", "a", ""])
@pytest.mark.parametrize("max_edits", [0, 1, 2, 3])
def test_fuzzy_is_the_edit_distance(word: str, max_edits: int) -> None:
    for prefix_length in (0, 1, 2):
        expected = [
            term.encode() for term in TERMS
            if edits(word, term) <= max_edits and term.startswith(word[:prefix_length])
        ]  # fmt: skip
        assert scan_of(TERMS).fuzzy(word, max_edits, prefix_length) == expected


def test_fuzzy_over_random_terms() -> None:
    rng = random.Random(3)
    terms = ["".join(rng.choices("abé", k=rng.randint(0, 7))) for _ in range(300)]
    for word in terms[:20]:
        expected = [term.encode() for term in terms if edits(word, term) <= 2]
        assert scan_of(terms).fuzzy(word, 2, 0) == expected


def test_check_is_called_and_may_stop_the_scan() -> None:
    def stop() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        scan_of(TERMS).matching(re.compile("a"), stop)


def test_terms_that_are_not_text() -> None:
    terms = [b"\x00\x80", b"\x00\xff\xfe"]  # those of numbers
    scan = TermScan(b"".join(terms), np.cumsum([len(term) for term in terms]))
    as_text = [term.decode("utf-8", "replace").encode() for term in terms]
    assert scan.matching(re.compile(".")) == as_text
    assert scan.fuzzy(as_text[0].decode(), 0, 0) == as_text[:1]


def test_no_terms() -> None:
    assert scan_of([]).matching(re.compile("a")) == []
    assert scan_of([]).fuzzy("a", 2, 0) == []


def test_how_often_check_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    for size, calls in ((3, 4), (5, 2), (10, 1), (11, 1)):
        monkeypatch.setattr(term_scan, "_TERMS_PER_CHECK", size)
        made: list[int] = []
        terms = scan_of(TERMS).matching(re.compile(""), lambda made=made: made.append(1))
        assert (len(made), terms) == (calls, [term.encode() for term in TERMS])
    made = []
    scan_of(TERMS).fuzzy("bank", 2, 0, lambda: made.append(1))
    assert len(made) == 6  # a column of the table each


def test_letters_that_must_be_the_same_may_be_more_than_a_term_has() -> None:
    terms = ["b", "ba", "ban", "bank", "xbank"]
    for length in range(7):
        expected = [
            term.encode() for term in terms
            if edits("bank", term) <= 3 and term[:length] == "bank"[:length]
        ]  # fmt: skip
        assert scan_of(terms).fuzzy("bank", 3, length) == expected
