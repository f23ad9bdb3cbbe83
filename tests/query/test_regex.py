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
    started = time.process_time()
    assert pattern.fullmatch("a" * 200) is None
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "text",
    [
        "a" * 256,
        "a{64}", "a{64,}", "a{0,64}",
        "(" * 20 + "a" + ")" * 20,
        "(a)" * 30,  # one after the other, not inside each other
        "a{2}" * 60,  # which leaves no choice
        "(ab|cd)" * 30,  # nor does this: the first letter tells
        "(ab)*", "(ab|cd)*", "(a{2})*", "(ab|ac)?",
        ".*.*.*b?",  # 16 * 16 * 16 * 2 ways, the most
        ".*.*a{1,2}b?",
        "(ab|ac)" * 13,
        "(ab|ac|ad)" * 6 + "(ab|ac)",
        "(a|)" * 13,
        "(a?|b)" * 6 + "c?",
    ],
)  # fmt: skip
def test_the_most_that_is_taken(text: str) -> None:
    re.compile(check_regex(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a" * 257, "an expression of 257 characters"),
        ("a{65}", "{65} is no count: counts go up to 64"), ("a{65,}", "no count"),
        ("a{0,65}", "no count"), ("a{0}", "no count"), ("a{3,2}", "no count"),
        ("a{,}", "without its counts"), ("a{}", "without its counts"), ("a{x}", "without its"),
        ("(" * 21 + "a" + ")" * 21, "groups inside groups"),
        (".*.*.*b?c?", "too many choices"), (".*.*a{1,2}b?c?", "too many choices"),
        ("(ab|ac)" * 14, "too many choices"), ("(ab|ac|ad)" * 7, "too many choices"),
        ("|".join(f"a{letter}" for letter in "abcdefghijklmno"), "too many choices"),
        ("(a|)" * 14, "too many choices"), ("(a?|b)" * 7, "too many choices"),
        ("(ab?)*", "for ever"), ("(ab?){2}", "for ever"), ("(ab|ac)*", "for ever"),
        ("(a?)?", "a repeat of nothing"), ("(|)?", "a repeat of nothing"),
        ("a?{2}", "a repeat of a repeat"), ("a{2}{2}", "a repeat of a repeat"),
        ("[]", "nothing between"), (r"[\d-z]", "a range of letters"), (r"[\b]", "not known here"),
    ],
)  # fmt: skip
def test_the_least_that_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadRegex, match=re.escape(reason)):
        check_regex(text)


@pytest.mark.parametrize(
    "marked",
    [
        "a<(?>=b)", "ab<(?>P<x>c)", "x<{65}>", "xy<{3,2}>z", "ab<{>", "a<{>x}", "a<(b>", "a<)>b",
        "<[ab>", "x<[]>y", "x<[b-a>]", r"x<[\d-z>]", "<*>a", "a|<*>b", r"ab<\b>c", r"a[<\b>]",
        "ab<\\>", "<a**>", "x<(a?)?>", "<(ab?)*>y", "a<$>b", "<" + "a" * 257 + ">",
        "(" * 20 + "<(>a", "<" + "(ab|ac)" * 14 + ">",
    ],
)  # fmt: skip
def test_the_place_of_a_mistake(marked: str) -> None:
    start, end = marked.index("<"), marked.replace("<", "", 1).index(">")
    text = marked.replace("<", "", 1).replace(">", "", 1)
    with pytest.raises(BadRegex) as caught:
        check_regex(text)
    assert (caught.value.start, caught.value.end) == (start, end)


def test_how_many_letters_are_enough() -> None:
    enough = ["a.*", ".abc", ".a{3}", ".(abc|abd)", r".\d\d\d", ".[ab][cd]e", "a+.*", "(a|b).*",
              ".a{3,5}", "(a|[bc])."]  # fmt: skip
    broad = [".ab", ".a{2}", ".(abc|ab)", r".\w\d\d", r".[\w]ab", "a?b.*", "a{0,3}b.", "(a|.).*",
             ".a*bc", r"\W.", r"\D.", r"\S.", "|a", "[^abc]."]  # fmt: skip
    assert [text for text in enough if is_broad(text)] == []
    assert [text for text in broad if not is_broad(text)] == []


@pytest.mark.parametrize("sign", [*r"\.^$*+?{}[]()|-/&~,'"])
def test_signs_for_themselves(sign: str) -> None:
    for text in ("\\" + sign, f"[\\{sign}]", f"[x\\{sign}y]", f"x?\\{sign}"):
        pattern = check_regex(text)
        assert re.fullmatch(pattern, sign), text
        assert not re.fullmatch(pattern, "\\" if sign != "\\" else "/"), text
