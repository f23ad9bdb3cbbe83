"""Regular expressions: which are safe, which are broad, and that safe ones match as in Python."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.query.regex import BadRegex, anchored, check_regex, is_broad


@pytest.mark.parametrize(
    ("text", "checked"),
    [
        ("Colou?r", "colou?r"),
        ("^rain$", "rain"),
        ("(red|green)s", "(?:red|green)s"),
        ("a{2}b{1,3}c{2,}", "a{2}b{1,3}c{2,}"),
        ("a{0,1}", "a?"),
        ("[A-Zé]", "[a-ze]"),
        (r"\d\.\-x", r"\d\.-x"),
        ("[^a]b", "[^a]b"),
    ],
)
def test_safe(text: str, checked: str) -> None:
    assert check_regex(text) == checked


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("(a+)+", "(a+)+", "could take for ever"),
        ("a**", "a**", "a repeat of a repeat"),
        ("*a", "*", "nothing before the *"),
        ("a(b", "(", "not closed"),
        ("a)b", ")", "not opened"),
        ("[ab", "[ab", "not closed"),
        ("[z-a]", "[z-a", "a range of letters"),
        (r"\1a", r"\1", "not known here"),
        ("(?=a)b", "(?", "not known"),
        ("a{99}", "{99}", "no count"),
        ("a$b", "$", "inside an expression"),
        ("()*", "()*", "a repeat of nothing"),
        ("(" * 21, "(", "groups inside groups"),
        ("a" * 257, "a" * 257, "257 characters"),
        (".*" * 5, ".*" * 5, "too many choices"),
    ],
)
def test_refused(text: str, place: str, reason: str) -> None:
    with pytest.raises(BadRegex, match=re.escape(reason)) as caught:
        check_regex(text)
    error = caught.value
    assert text[error.start : error.end].startswith(place[:1])
    assert 0 <= error.start < error.end <= len(text)
    assert error.cure


def test_broad() -> None:
    assert [is_broad(text) for text in (".*", "a?.*", r"\w+", ".*ab", "[^a].*")] == [True] * 5
    assert [is_broad(text) for text in ("a.*", ".*abc", r"\d.*", "[ab]x")] == [False] * 4


def test_anchored() -> None:
    assert re.match(anchored("red|green"), "reds") is None
    assert re.match(anchored("colou?r"), "color")


PARTS = st.sampled_from(
    ["a", "b", ".", "[ab]", "(a|b)", "(ab)", "?", "*", "+", "{1,2}", "|", r"\w"]
)


@given(st.lists(PARTS, max_size=8).map("".join), st.text("ab", max_size=8))
def test_what_is_safe_matches_as_in_python(text: str, word: str) -> None:
    try:
        checked = check_regex(text)
    except BadRegex:
        return
    assert bool(re.fullmatch(checked, word)) == bool(re.fullmatch(text, word))


def test_what_is_safe_is_fast() -> None:
    pattern = re.compile(check_regex("[a-z]*x?[a-z]*y?z"))
    started = time.perf_counter()
    assert pattern.fullmatch("a" * 200) is None
    assert time.perf_counter() - started < 1
