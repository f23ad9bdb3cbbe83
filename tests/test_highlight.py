"""Highlighting: snippets, spans and whole texts."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchlib import analysis
from searchlib.highlight import (
    _UNSAFE,
    _UNSAFE_IN_LINES,
    _best,
    _Blanks,
    _cut,
    _end,
    _fitting,
    _Match,
    _Matcher,
    _merged,
    _start,
    _weight,
    _word_start,
    highlight,
    printable,
    snippet,
    spans,
)  # fmt: skip
from searchlib.highlight_terms import HighlightSpans, HighlightTerm


def term(*words: str, exact: bool = False, field: str = "body") -> HighlightTerm:
    return HighlightTerm(field, "term", words, exact)


def phrase(*words: str, exact: bool = True, slop: int = 1, field: str = "body") -> HighlightTerm:
    return HighlightTerm(field, "phrase", words, exact, slop)


# text with the expected terms in [brackets], the terms, the language
CASES = [
    ("[Universities] and one [university]", [term("universiti")], "en"),
    ("Universities and one [university]", [term("university", exact=True)], "en"),
    ("[China's] growth; [CHINA] grew", [term("china")], "en"),
    ("the [AT&T] deal, not AT or T", [term("at&t")], "en"),
    ("the [U.S.] Senate told us", [term("u.s", exact=True)], "en"),
    ("[café] or [CAFE]", [term("cafe", exact=True)], "en"),
    ("[155,221] tonnes", [term("155221", exact=True)], "en"),
    ("co-[operation] of co-[operatives]", [term("oper")], "en"),
    ("either [wheat] or [barley]", [term("wheat", "barley")], "en"),
    # the phrase as a whole or nothing
    ("internet and civilization, [internet civilization], civilization internet",
     [phrase("internet", "civilization")], "en"),
    ("[bank of america], bank in america", [phrase("bank", "of", "america")], "en"),
    ("[new\n york's] [New York]", [phrase("new", "york")], "en"),
    ("[co-operation] pact", [phrase("co", "operation")], "en"),
    ("[Trading banks] fell", [phrase("trade", "bank", exact=False)], "en"),
    ("[no no no], yes no", [phrase("no", "no")], "en"),
    # with slop, its words
    ("[oil] and gas [prices], oil or gas or their prices", [phrase("oil", "prices", slop=3)], "en"),
    ("a x b x x x c, [a] x [b] [c]", [phrase("a", "b", "c", slop=2)], ""),
    # prefixes and patterns look at the word as written
    ("[Civil] [civilization] uncivil", [HighlightTerm("body", "prefix", ("civil",))], "en"),
    ("[organise] and [organize] organised",
     [HighlightTerm("body", "pattern", ("organi[sz]e",))], "en"),
    # scripts without blanks, and others
    ("他在[北京]大学，[北京]人", [phrase("北", "京")], "zh"),
    ("في [المدينة] أو [مدينة]", [term("مدين")], "ar"),
    ("nothing here", [term("absent")], "en"),
    ("", [term("absent")], "en"),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "terms", "language"), CASES)
def test_spans(shown: str, terms: list[HighlightTerm], language: str) -> None:
    text = shown.replace("[", "").replace("]", "")
    found = spans(text, terms, field="body", language=language)
    for start, end in reversed(found):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    assert text == shown


def test_only_the_marks_of_the_field_count() -> None:
    terms = [term("wheat", field="title"), term("corn")]
    assert spans("wheat, corn", terms, field="body") == [(7, 11)]
    assert spans("wheat, corn", terms) == [(0, 5), (7, 11)]


def test_overlapping_marks_are_one_span() -> None:
    terms = [phrase("new", "york"), phrase("york", "city"), term("york")]
    assert spans("in New York City", terms) == [(3, 16)]


TEXT = (
    "Wheat futures rose in Chicago on Monday. Traders said that dry weather in Kansas could cut "
    "the harvest. In Paris prices fell. The ministry of agriculture expects 34 million tonnes of "
    "wheat, a spokesman told reporters. Barley was little changed. Analysts in Kansas City "
    "expect that rain will come before the weekend, and that wheat will fall."
)


def test_the_snippet_has_the_most_different_words() -> None:
    found = snippet(TEXT, [term("wheat"), term("kansa"), term("rain")], field="body", width=120)
    for word in ("Kansas", "rain", "wheat"):
        assert f"**{word}**" in found


def test_a_phrase_counts_more_than_a_word_of_it() -> None:
    found = snippet(TEXT, [phrase("kansas", "city"), term("wheat")], field="body", width=60)
    assert "**Kansas City**" in found


def test_of_equal_places_the_first_is_shown() -> None:
    assert snippet(TEXT, [term("wheat")], field="body", width=60).startswith("**Wheat** futures")


def test_a_snippet_starts_with_the_sentence_where_it_can() -> None:
    found = snippet(TEXT, [term("ministri")], field="body", width=100)
    assert found.startswith("… The **ministry** of agriculture")


def test_a_snippet_is_cut_between_words() -> None:
    words = set(TEXT.split())
    for width in range(20, 200, 7):
        for word in ("kansa", "wheat", "rain", "spokesman", "absent"):
            found = snippet(TEXT, [term(word)], field="body", width=width)
            assert set(found.replace("**", "").replace("…", "").split()) <= words


def test_without_a_match_it_is_the_lead() -> None:
    assert snippet(TEXT, [], field="body", width=50) == "Wheat futures rose in Chicago on Monday. …"
    assert snippet(TEXT, [term("absent")], field="body", width=50) == snippet(
        TEXT, [], field="body", width=50
    )
    assert snippet("", [term("absent")], field="body") == ""


def test_chinese_text_is_cut_without_blanks() -> None:
    text = (
        "中国的互联网文明大会在天津举行。" * 20 + "北京大学的教授说。" + "会议讨论了网络安全。" * 20
    )
    found = snippet(text, [phrase("北", "京")], field="body", language="zh", width=60)
    assert "**北京**大学的教授说" in found
    assert len(found.replace("**", "")) <= 60
    assert len(snippet("雨" * 500, [], field="body")) == 240  # as long as it may be


def test_forms() -> None:
    text = 'He said: "R&D <b>costs</b>"'
    terms = [term("cost")]
    assert snippet(text, terms, field="body") == 'He said: "R&D <b>**costs**</b>"'
    assert snippet(text, terms, field="body", form="html") == (
        "He said: &quot;R&amp;D &lt;b&gt;<mark>costs</mark>&lt;/b&gt;&quot;"
    )
    with pytest.raises(ValueError, match="html"):
        snippet(text, terms, field="body", form="rtf")  # type: ignore[arg-type]


def test_the_terminal_form_honours_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert snippet("corn", [term("corn")], field="body", form="terminal") == "\x1b[1;35mcorn\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert snippet("corn", [term("corn")], field="body", form="terminal") == "\x1b[1mcorn\x1b[0m"


def test_a_whole_text_keeps_its_lines() -> None:
    text = "Corn rose.\n\nIn Iowa\x1b[2J corn\r\nfell."
    assert highlight(text, [term("corn")], field="body") == (
        "**Corn** rose.\n\nIn Iowa [2J **corn** \nfell."
    )


@pytest.mark.parametrize(
    "text", ["a\x07 corn b", "\x07 a corn", "a\x0b\n corn \x1f", "\ud800 \x00corn"]
)
def test_control_characters_move_no_mark(text: str) -> None:
    found = snippet(text, [term("corn")], field="body")
    assert re.findall(r"\*\*(.*?)\*\*", found) == ["corn"]
    assert text[slice(*spans(text, [term("corn")])[0])] == "corn"


def test_what_is_not_printed() -> None:
    """Controls, the ends of lines and paragraphs, and halves of surrogate pairs."""
    signs = {"Cc": " ", "Zl": " ", "Zp": " ", "Cs": "\ufffd"}
    kinds = {
        code: unicodedata.category(chr(code)) for code in range(0x10000)
    }  # there are no others
    assert {code: signs[kind] for code, kind in kinds.items() if kind in signs} == _UNSAFE
    assert {code: to for code, to in _UNSAFE.items() if code != 0x0A} == _UNSAFE_IN_LINES


HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
HOSTILE = "\x1b]0;title\x07 \x9b31m a\u202egpj.exe\u2066 \ud800 \x00\x7f\u2028 corn"


@pytest.mark.parametrize("form", ["text", "html"])
def test_nothing_harmful_comes_through(form: str) -> None:
    for shown in (
        snippet(HOSTILE, [term("corn")], field="body", form=form),  # type: ignore[arg-type]
        highlight(HOSTILE, [term("corn")], field="body", form=form),  # type: ignore[arg-type]
        printable(HOSTILE),
        printable(HOSTILE, lines=True),
    ):
        assert not re.search(
            "[\x00-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown
        )
        assert "corn" in shown
        shown.encode()


WORDS = ["wheat", "Wheat's", "corn", "oil,", "prices.", "The", "U.S.", "co-op", "北京", "x" * 30]
TEXTS = st.lists(st.sampled_from([*WORDS, "\n", "\u202e"]), max_size=80).map(" ".join) | st.text(
    max_size=300
)
MARKS = st.lists(
    st.builds(
        HighlightTerm,
        field=st.just("body"),
        kind=st.sampled_from(["term", "phrase", "prefix"]),
        terms=st.lists(
            st.sampled_from(["wheat", "corn", "oil", "price", "u.s", "co", "北", "x" * 30]),
            min_size=1, max_size=3,
        ).map(tuple),
        exact=st.booleans(),
        slop=st.integers(1, 3),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(TEXTS, MARKS, st.integers(20, 90))
def test_any_snippet_is_a_piece_of_the_text(
    text: str, terms: list[HighlightTerm], width: int
) -> None:
    found = snippet(text, terms, field="body", width=width, form="html")
    plain = html.unescape(re.sub("</?mark>", "", found))
    assert len(plain) <= width
    piece = plain
    if piece.startswith("… "):
        piece = piece[2:]
    if plain.endswith(" …"):
        piece = piece[:-2]
    assert piece in printable(text) or "…" in text
    if spans(text, terms):
        assert "<mark>" in found


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(["wheat", "corn", "u.s", "北"]))
def test_spans_of_a_word_are_its_tokens(text: str, word: str) -> None:
    expected = [
        m.span() for m in analysis.token_pattern(text).finditer(text) if analysis.fold(m[0]) == word
    ]
    assert spans(text, [term(word, exact=True)]) == expected


LETTERS = "aaaa bbbb cccc dddd rain eeee ffff gggg hhhh"


@pytest.mark.parametrize(
    ("width", "found", "lead"),
    [
        (20, "… **rain** eeee ffff …", "aaaa bbbb cccc …"),
        (21, "… **rain** eeee ffff …", "aaaa bbbb cccc dddd …"),
        (22, "… **rain** eeee ffff …", "aaaa bbbb cccc dddd …"),
        (23, "… dddd **rain** eeee ffff …", "aaaa bbbb cccc dddd …"),
        (25, "… dddd **rain** eeee ffff …", "aaaa bbbb cccc dddd …"),
        (26, "aaaa bbbb cccc dddd **rain** …", "aaaa bbbb cccc dddd rain …"),
        (30, "aaaa bbbb cccc dddd **rain** …", "aaaa bbbb cccc dddd rain …"),
        (31, "aaaa bbbb cccc dddd **rain** eeee …", "aaaa bbbb cccc dddd rain eeee …"),
        (35, "aaaa bbbb cccc dddd **rain** eeee …", "aaaa bbbb cccc dddd rain eeee …"),
        (
            43,
            "aaaa bbbb cccc dddd **rain** eeee ffff gggg …",
            f"{LETTERS[:39].replace('**', '')} …",
        ),
        (44, LETTERS.replace("rain", "**rain**"), LETTERS),
        (45, LETTERS.replace("rain", "**rain**"), LETTERS),
    ],
)
def test_snippets_at_exact_widths(width: int, found: str, lead: str) -> None:
    rain = [term("rain", exact=True)]
    assert snippet(LETTERS, rain, field="body", width=width) == found
    assert snippet(LETTERS, [], field="body", width=width) == lead
    assert len(found.replace("**", "")) <= width


@pytest.mark.parametrize("text", [TEXT, LETTERS, "x" * 200 + " rain " + "y" * 200, "北京" * 90])
@pytest.mark.parametrize("word", ["rain", "aaaa", "hhhh", "kansa", "wheat", "北"])
def test_a_snippet_is_as_long_as_it_may_be(text: str, word: str) -> None:
    """Never longer than asked for; whole as soon as the text fits, and not before; and the match
    is in it."""
    size, terms = len(text), [term(word)]
    matched = bool(spans(text, terms, field="body"))
    for width in (*range(20, 120), *range(size - 3, size + 3)):
        shown = snippet(text, terms, field="body", width=width).replace("**", "")
        assert len(shown) <= max(20, width)
        assert (shown == text) == (size <= max(20, width))
        assert not shown.startswith("… …")
        assert shown.startswith("… ") or text.startswith(shown.removesuffix(" …"))
        assert shown.endswith(" …") or text.endswith(shown.removeprefix("… "))
        if matched:
            assert "**" in snippet(text, terms, field="body", width=width)


def test_a_match_longer_than_the_snippet_is_cut() -> None:
    text = "a " + "b" * 50 + " c d e f"
    found = snippet(text, [term("b" * 50)], field="body", width=20)
    assert found == f"a **{'b' * 16}** …"


WORDS = st.lists(st.sampled_from(["a", "bb", "Ccc.", "Dddd!", "eeeee", "Fff"]), min_size=12)


def _expected_cut(text: str, first: int, last: int, width: int) -> tuple[int, int]:
    """Where a text with single blanks is cut, by the rules in words: see ``snippet``."""
    gaps = [at for at, sign in enumerate(text) if sign == " "]
    sentences = [at for at in gaps if text[at - 1] in ".!" and text[at + 1].isupper()]

    def word_from(low: int) -> int:
        starts = [0, *(at + 1 for at in gaps)]
        return min((start for start in starts if low <= start <= first), default=first)

    def end_by(limit: int) -> int:
        low = max(last, limit - limit // 4, limit - 60) + 1
        ends = [at for at in sentences if low <= at <= limit]
        return max(ends or [at for at in gaps if last <= at <= limit] or [limit])

    tail = len(text) - width + 2
    if last <= width - 2:
        return 0, end_by(width - 2)
    if first >= tail:
        return word_from(tail), len(text)
    spare = width - 4 - (last - first)
    start = max((at + 1 for at in sentences if at < first), default=0)
    if first - start > spare * 2 // 3:
        start = word_from(max(0, first - spare // 3))
    return start, len(text) if start >= tail else end_by(start + width - 4)


@settings(max_examples=120)
@given(WORDS, st.integers(20, 90), st.data())
def test_where_a_snippet_is_cut(words: list[str], width: int, data: st.DataObject) -> None:
    text = " ".join(words)
    while len(text) <= width:
        text += " " + text
    first = data.draw(st.integers(0, len(text) - 1), "first")
    last = data.draw(st.integers(first + 1, min(len(text), first + width - 4)), "last")
    start, end = _cut(text, first, last, width)
    assert (start, end) == _expected_cut(text, first, last, width)
    assert start <= first < last <= end
    assert end - start + 2 * (start > 0) + 2 * (end < len(text)) <= width


def test_where_a_snippet_is_cut_for_every_place_and_width() -> None:
    text = "Aa bbb. Cc ddd eee ff. Gg hhh i jj kkk ll mm nn. O pp qqq rr. Ss tt uuu vv ww xx yy zz."
    for width in range(20, 60, 3):
        for first in range(len(text)):
            for last in (first + 1, first + 4, first + width - 4):
                if last <= len(text):
                    expected = _expected_cut(text, first, last, width)
                    assert _cut(text, first, last, width) == expected, (first, last, width)


MATCHES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9), st.integers(0, 2)), min_size=1)


@settings(max_examples=120)
@given(MATCHES, st.lists(st.integers(1, 3), min_size=3, max_size=3), st.integers(1, 40))
def test_the_best_window(found: list[tuple[int, int, int]], weights: list[int], room: int) -> None:
    """Of all windows, the first with the most weight, then with the most phrases."""
    matches = sorted({_Match(start, start + size, number) for start, size, number in found})
    windows = []
    for first, match in enumerate(matches):
        inside = [match]
        for other in matches[first + 1 :]:
            if other.end - match.start > room:
                break
            inside.append(other)
        weight = sum(weights[number] for number in {one.number for one in inside})
        phrases = sum(weights[one.number] > 1 for one in inside)
        windows.append((weight, phrases, -first, match.start, max(one.end for one in inside)))
    assert _best(matches, weights, room) == max(windows)[3:]


def test_matches_that_fit() -> None:
    short, long, other = _Match(0, 3, 0), _Match(5, 25, 1), _Match(30, 50, 0)
    marked = [(0, 3), (5, 8), (9, 12), (20, 25), (25, 27), (30, 33)]
    assert _fitting([short, long, other], marked, 20) == [short, long, other]
    # The second highlight has none that fits: what is marked within it stands for it.
    parts = [_Match(5, 8, 1), _Match(9, 12, 1), _Match(20, 25, 1)]
    assert _fitting([short, long, other], marked, 19) == [short, *parts]


def test_spans_that_touch_stay_two() -> None:
    assert _merged([(0, 3), (3, 5), (4, 9), (6, 7)]) == [(0, 3), (3, 9)]


@given(st.text(alphabet="ab \n\t", min_size=1))
def test_places_in_a_text_and_in_its_flat_form(text: str) -> None:
    blanks = _Blanks(text)
    places = [at for at, sign in enumerate(text) if not sign.isspace()]
    flat = " ".join(text.split())
    flat_places = [at for at, sign in enumerate(flat) if sign != " "]
    assert [blanks.to_flat(at) for at in places] == flat_places
    assert [blanks.to_text(at) for at in flat_places] == places


@pytest.mark.parametrize("blanks", ["  ", "\n\n", "\n \t "])
def test_blanks_of_the_text_make_no_difference_to_its_snippets(blanks: str) -> None:
    flat = "One two three. Four rain five six heavy rain seven eight. Nine rain ten eleven twelve."
    terms = [term("rain"), phrase("heavy", "rain")]

    def shown(text: str, width: int) -> str:
        return snippet(text, terms, field="body", width=width)

    text = blanks + flat.replace(" ", blanks) + blanks
    for width in range(20, len(flat) + 2):
        assert shown(text, width) == shown(flat, width)
    assert shown(text, 200) == (
        "One two three. Four **rain** five six **heavy rain** seven eight."
        " Nine **rain** ten eleven twelve."
    )


@pytest.mark.parametrize("slop", [0, 1])
def test_the_words_of_a_phrase_are_next_to_each_other_at_the_least(slop: int) -> None:
    words = (term("new"), term("york"))
    for one in (phrase("new", "york", slop=slop), HighlightSpans("body", "phrase", words, slop)):
        assert spans("new york, new old york", [one]) == [(0, 8)]


def test_short_chunks_are_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchlib.highlight._MAX_CACHED_CHUNK", 4)
    monkeypatch.setattr("searchlib.highlight._CACHE_SIZE", 2)
    matcher = _Matcher((term("rain"),), "en", 2)
    cached = []
    for chunk in ("rain", "rains", "snow", "hail"):
        assert matcher[chunk] == (1, ((0, len(chunk), 0, 1),) if "rain" in chunk else ())
        cached.append(list(matcher))
    assert cached == [["rain"], ["rain"], ["rain", "snow"], ["hail"]]


def test_how_many_words_a_match_has() -> None:
    rain, heavy_rain = term("rain", "rains"), phrase("heavy", "rain")
    parts = (rain, heavy_rain)
    near = HighlightSpans("body", "near", parts, 5)
    either = HighlightSpans("body", "any", parts)
    assert list(map(_weight, (rain, heavy_rain, near, either))) == [1, 2, 3, 1]


def test_no_snippet_is_narrower_than_twenty_characters() -> None:
    shown = {snippet(LETTERS, [term("rain")], field="body", width=n) for n in (0, 19, 20)}
    assert shown == {"… **rain** eeee ffff …"}
    for width in (0, 19, 20):
        assert snippet("x" * 30, [], field="body", width=width) == f"{'x' * 18} …"


@pytest.mark.parametrize(
    ("word", "width", "shown"),
    [
        ("internet", 31, "… **internet** &amp; **civilization** …"),
        ("internet", 30, "… **internet** &amp; …"),
        ("four", 45, "One &amp; two. <i>Three</i> **four** of <b>the …"),
        ("four", 46, "… **four** of <b>the internet &amp; **civilization** …"),
    ],
)
def test_places_of_a_text_that_is_prepared(word: str, width: int, shown: str) -> None:
    """Tags and entities are shown as they are; what stands for them is of another length in the
    form with single blanks."""
    terms = [term(word), term("civilization", exact=True)]
    text = (
        "One &amp; two.\x07  <i>Three</i>  four of <b>the internet &amp;\ncivilization</b> is "
        "there. And five were."
    )
    assert snippet(text, terms, field="body", width=width) == shown


@pytest.mark.parametrize("offset", [0, 1])
def test_no_mark_is_empty_where_a_snippet_is_cut(offset: int) -> None:
    terms = [phrase("北", "京"), phrase("上", "海")]
    for text in ("天" * offset + "北京" * 60, "天" * offset + "北京" * 60 + "上海" + "天" * 60):
        for width in range(20, 60):
            found = snippet(text, terms, field="body", width=width, form="html")
            assert "<mark></mark>" not in found
            assert "<mark>" in found


def test_the_best_window_has_all_matches_that_fit() -> None:
    assert _best([_Match(0, 3, 0), _Match(5, 8, 0), _Match(20, 23, 0)], [1], 10) == (0, 8)
    # All words are in the first window, and more whole phrases in a later one.
    phrases = [_Match(30, 33, 0), _Match(34, 37, 0), _Match(38, 39, 1)]
    assert _best([_Match(0, 3, 0), _Match(5, 8, 1), *phrases], [2, 1], 10) == (30, 39)


@pytest.mark.parametrize(
    ("text", "low", "first", "start"),
    [
        ("rain snow", 0, 5, 0),
        ("rain snow", 5, 7, 5),
        ("rain snow hail", 4, 10, 5),
        ("rain snow hail", 6, 12, 10),
        ("rain snow hail", 6, 9, 9),  # no word begins between
        (f"x{'a' * 30} b c", 1, 34, 32),
        # Scripts without blanks are cut anywhere, if there is none nearby.
        (f"x{'⺀' * 20} b c", 1, 24, 22),
        (f"x{'⺀' * 21} b c", 1, 25, 1),
        ("x⺀⺀⺀⺀ b c", 1, 4, 1),
    ],
)
def test_the_first_word_of_a_snippet(text: str, low: int, first: int, start: int) -> None:
    assert _word_start(text, low, first) == start


@pytest.mark.parametrize(
    ("text", "last", "limit", "end"),
    [
        ("rain snow hail", 2, 9, 9),
        ("rain snow hail", 2, 8, 4),
        ("rain snow hail", 4, 8, 4),
        ("rain snow hail", 5, 8, 8),  # no word ends between
        (f"a {'b' * 30}", 0, 28, 1),
        (f"a {'⺀' * 30}", 0, 21, 1),
        (f"a {'⺀' * 30}", 0, 22, 22),
        # The end of a sentence, if it is in the last quarter, or the last 60 characters.
        (f"{'a' * 29}. Bb {'c' * 20}", 3, 38, 30),
        (f"{'a' * 29}. Bb {'c' * 20}", 3, 39, 33),
        (f"{'天' * 29}。{'天' * 20}", 3, 38, 30),
        (f"{'a' * 240}. Bb {'c' * 80}", 3, 300, 241),
        (f"{'a' * 240}. Bb {'c' * 80}", 3, 301, 244),
    ],
)
def test_the_last_word_of_a_snippet(text: str, last: int, limit: int, end: int) -> None:
    assert _end(text, last, limit) == end


@pytest.mark.parametrize(("after", "start"), [(20, 0), (21, 20)])
def test_a_sentence_that_begins_near_enough(after: int, start: int) -> None:
    """Within two thirds of what is left beside the match; else a word within one third."""
    before = f'{"b" * 30}."’ '  # all of what ends a sentence is looked for
    flat = before + " ".join(["A" * 9] * 9)
    first = len(before) + after
    assert _start(flat, first, 30) == len(before) + start
