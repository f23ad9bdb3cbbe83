"""Rendering: hits, facets, timelines and errors as text."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

import searchlib as sl
from searchlib.archive import Archive
from searchlib.errors import ArchiveError, QueryError
from searchlib.repl import render
from searchlib.requests import SearchRequest
from searchlib.results import Carried, Copies, FacetCounts
from searchlib.schema import NEWS, Date, Key, Keyword, Schema
from searchlib.schema import Text as TextField
from searchlib.stats import FieldStats, Stats
from searchlib.timeline import Timeline


def shown(what: RenderableType, width: int = 60) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(what)
    return file.getvalue()


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (999_949, "999.9 kB"),
        (10**6, "1.0 MB"), (10**9, "1.0 GB"),
    ],
)  # fmt: skip
def test_sizes(count: int, expected: str) -> None:
    assert render.size(count) == expected


def test_layout_of_other_schemas() -> None:
    plain = Schema(id=Key(), text=TextField())
    assert render.Layout.of(plain) == render.Layout(None, "text", None, ())
    rich = Schema(
        nr=Key(), head=TextField(), story=TextField(), seen=Date(), desk=Keyword(),
        by=Keyword(many=True),
    )  # fmt: skip
    assert render.Layout.of(rich) == render.Layout("head", "story", "seen", ("desk",))
    assert render.Layout.of(Schema(id=Key())) == render.Layout(None, None, None, ())


def test_results(archive: Archive) -> None:
    found = archive.search('"kansas city" date:2022-03', limit=1)
    text = shown(render.results(found, render.Layout.of(archive.schema), 60))
    assert re.sub(r"in [\d.]+ ms", "in 1 ms", text) == (
        "  1  Wheat prices rise in week 3\n"
        "     2022-03-14 · Prairie Wire · business\n"
        "     Wheat rise again. Traders in Kansas City spoke of rain.\n"
        "     Barley was steady.\n"
        "\n"
        "all of 1 in 1 ms\n"
    )


def test_a_list_makes_room_for_long_ranks(tmp_path: Path) -> None:
    schema = Schema(id=Key(), title=TextField())
    with Archive.create(tmp_path, schema) as many:
        many.add({"id": n, "title": f"Rain {n}"} for n in range(1100))
        page = many.search(SearchRequest("*", limit=3, offset=998))
        lines = shown(render.result_list(page, render.Layout.of(schema), 60)).splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["999", "Rain"], ["1000", "Rain"], ["1001", "Rain"]
    ]  # fmt: skip
    assert {line.index("Rain") for line in lines[:3]} == {6}


def test_pages_say_where_they_are(archive: Archive) -> None:
    found = archive.search("wheat", limit=3)
    layout = render.Layout.of(archive.schema)
    assert "1 to 3 of 7 in" in shown(render.results(found, layout, 60))
    assert "7 of 7 in" in shown(render.results(found.next().next(), layout, 60))
    assert "7 articles in" in shown(render.results(archive.search("wheat", limit=0), layout, 60))


def test_no_line_is_wider_than_the_screen(archive: Archive) -> None:
    layout = render.Layout.of(archive.schema)
    for query in ("wheat", "网络", "bridge", "hostile"):
        for width in (40, 61, 100):
            text = shown(render.results(archive.search(query), layout, width), width)
            assert max(cell_len(line) for line in text.splitlines()) <= width
            assert not any(line.endswith(" ") for line in text.splitlines())


def test_no_article_controls_the_terminal(archive: Archive) -> None:
    layout = render.Layout.of(archive.schema)
    found = archive.search("hostile", facets=["source"])
    record = archive.get("h1")
    assert record is not None
    for what in (
        render.results(found, layout, 60),
        render.facets(found.facets["source"], 5),
        render.article(record, archive.schema, layout, "", ""),
        render.listing(["\x1b[2Jx"], 1),
        render.problem(QueryError("bad", (0, 3), "a \x1b", "b \x9b", "\x1b[2J \u202e")),
        render.problem(ArchiveError("no \x1b[2J")),
    ):
        text = shown(what)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_chinese_is_broken_between_characters() -> None:
    text = Text("大会讨论了“网络安全”，很好。 Beijing University said so")
    lines = shown(render.Wrapped(text, Text("1"), 3), 24).splitlines()
    assert lines == [
        "1  大会讨论了“网络安",
        "   全”，很好。 Beijing",
        "   University said so",
    ]


def test_a_word_longer_than_the_line_is_folded() -> None:
    assert shown(render.Wrapped(Text("x" * 50)), 20).split() == ["x" * 20, "x" * 20, "x" * 10]


def test_facets_are_aligned_for_wide_letters() -> None:
    counts = FacetCounts("section", [("world", 1200), ("技术", 300), ("a" * 60, 1)], missing=4)
    lines = shown(render.facets(counts, 3), 90).splitlines()
    assert [line.rstrip("█▌▏") for line in lines] == [
        "section",
        f"  world{' ' * 35}  1,200  ",
        f"  技术{' ' * 36}    300  ",
        f"  {'a' * 39}…      1  ",
        "  4 articles without",
    ]
    assert "2 more values; 4 articles" in shown(render.facets(counts, 1), 90)
    assert "none" in shown(render.facets(FacetCounts("topics", []), 5))


@pytest.mark.parametrize(
    ("unit", "counts", "lines"),
    [
        (
            "month",
            [("2021-11", 4), ("2022-02", 2)],
            ["2021-11  4  ########", "2021-12  0", "2022-01  0", "2022-02  2  ####"],
        ),
        (
            "year",
            [("2019", 1), ("2021", 1000)],
            ["2019      1  #", "2020      0", "2021  1,000  #######"],
        ),
        (
            "year",
            [("0201", 2), ("2023", 1), ("2024", 2)],
            [
                "0201  2  ########",
                "...  1,821 years without articles",
                "2023  1  ####",
                "2024  2  ########",
            ],
        ),
        (
            "day",
            [("2019-05-01", 2), ("2019-05-03", 1)],
            ["2019-05-01  2  #####", "2019-05-02  0", "2019-05-03  1  ##"],
        ),
        (
            "quarter",
            [("2019-Q4", 2), ("2020-Q2", 1)],
            ["2019-Q4  2  ########", "2020-Q1  0", "2020-Q2  1  ####"],
        ),
        (
            "weekday",
            [("Monday", 2), ("Friday", 1)],
            ["Monday  2  ########", "Friday  1  ####"],
        ),
    ],
)
def test_timeline(unit: str, counts: Sequence[tuple[str, int]], lines: list[str]) -> None:
    text = shown(render.timeline(FacetCounts(f"date:{unit}", counts), 20, unicode=False), 40)
    head, *rest = text.splitlines()
    assert head == f"date:{unit}"
    assert [line.rstrip("#") for line in rest] == [line.rstrip("#") for line in lines]
    assert max(cell_len(line) for line in rest if "without" not in line) <= 25


@pytest.mark.parametrize(("months", "rows"), [(25, 26), (26, 3)])
def test_a_long_gap_is_one_row(months: int, rows: int) -> None:
    last = f"{2000 + months // 12}-{months % 12 + 1:02}"
    counts = FacetCounts("date:month", [("2000-01", 1), (last, 1)])
    lines = shown(render.timeline(counts, 40), 60).splitlines()[1:]
    assert len(lines) == rows
    assert ("25 months without articles" in "\n".join(lines)) == (rows == 3)


@pytest.mark.parametrize("periods", [["2022-01"], ["2021-12", "2022-01"]])
def test_the_bars_of_a_timeline_have_some_room_on_any_screen(periods: list[str]) -> None:
    counts = FacetCounts("date:month", [(period, 12_345) for period in periods], missing=1)
    lines = shown(render.timeline(counts, 5, unicode=False), 40).splitlines()
    assert lines[1:-1] == [f"{period}  12,345  {'#' * 10}" for period in periods]
    assert lines[-1] == "1 article without"


def test_a_timeline_of_articles_and_stories() -> None:
    pairs, stories = [("2022-01", 1200), ("2022-03", 6)], {"2022-01": 400, "2022-03": 5}
    counts = FacetCounts("date:month", pairs, stories=stories)
    assert shown(render.timeline(counts, 53, unicode=False), 60).splitlines() == [
        "date:month (articles, stories)", f"2022-01  1,200    400  {'#' * 30}",
        "2022-02      0      0", "2022-03      6      5  #",
    ]  # fmt: skip


def test_bars_are_as_long_as_their_counts() -> None:
    counts = FacetCounts("date:month", [("2022-01", 40), ("2022-02", 20), ("2022-03", 1)])
    text = shown(render.timeline(counts, 53, unicode=True), 60)
    bars = [line.split()[-1] for line in text.splitlines()[1:]]
    assert [len(bar) for bar in bars] == [40, 20, 1]


@pytest.mark.parametrize(
    ("text", "span", "lines"),
    [
        ("autor:x y", (0, 5), ["autor:x y", "^^^^^"]),
        ("北京 autor:大学", (3, 8), ["北京 autor:大学", "     ^^^^^"]),
        ("大学 )", (0, 2), ["大学 )", "^^^^"]),
        ("(bank", (5, 5), ["(bank", "     ^"]),
        ("a\tb\x1bc (", (6, 7), ["a b c (", "      ^"]),
        ("x" * 90 + " ( " + "y" * 90, (91, 92), None),
    ],
)
def test_carets_stand_under_the_mistake(
    text: str, span: tuple[int, int], lines: list[str] | None
) -> None:
    error = QueryError("code", span, "what is wrong", "what to do", text)
    printed = shown(render.problem(error), 80).splitlines()
    assert printed[2:] == ["error: what is wrong", "       what to do"]
    if lines is not None:
        assert printed[:2] == lines
    else:
        assert printed[0][printed[1].index("^")] == "("
        assert max(map(len, printed)) <= 80


def test_dates() -> None:
    assert render.when("2022-08-31T09:20:00-03:30") == "2022-08-31 09:20:00 -03:30"
    assert render.when("1987-02-26T15:02:20") == "1987-02-26 15:02:20"


@pytest.mark.parametrize(("last", "rows"), [("2023", 25), ("2024", 26), ("2025", 3)])
def test_a_gap_is_one_line_only_if_it_is_long(last: str, rows: int) -> None:
    """24 empty years in a row are shown each."""
    counts = FacetCounts("date:year", [("1999", 2), (last, 1)])
    lines = shown(render.timeline(counts, 40), 60).splitlines()[1:]
    assert len(lines) == rows
    assert any("25 years without articles" in line for line in lines) == (rows == 3)
    assert ("…  25 years" in "\n".join(lines)) == (rows == 3)


def test_a_timeline_of_some_periods_says_so() -> None:
    pairs = [("1987-03", 9), ("1987-06", 5)]
    counts = FacetCounts("date:month,limit=2,order=count", pairs, missing=1, distinct=5)
    lines = shown(render.timeline(counts, 40, unicode=False), 60).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["1987-03", "1987-06"]
    assert lines[3] == "3 more values; 1 article without"


def test_a_comparison_says_what_has_no_date_and_no_share_of_nothing() -> None:
    line = Timeline("date", "year", ("2021", "2022"), {"rain": (3, 0)}, (4, 0), missing={"rain": 2})
    rows = shown(render.comparison(line, 40, unicode=False), 80).splitlines()
    assert rows[1].split()[:3] == ["2021", "3", "75%"]
    assert rows[2].split() == ["2022", "0"]
    assert (
        rows[3] == "rain: 3; shares are of all articles of a period; without a year in date: rain 2"
    )
    empty = Timeline("date", "year", (), {"rain": (), "snow": ()}, (), missing={"rain": 1})
    assert shown(render.comparison(empty, 40)).strip() == "without a year in date: rain 1"


def test_a_comparison_has_one_line_for_many_periods_without_articles() -> None:
    years = tuple(str(year) for year in range(1980, 2021))
    totals = (2, *[0] * 25, 3, *[0] * 14)
    counts = (1, *[0] * 25, 2, *[0] * 14)
    line = Timeline("date", "year", years, {"rain": counts}, totals)
    rows = shown(render.comparison(line, 40, unicode=False), 80).splitlines()
    assert [row.split()[0] for row in rows[1:5]] == ["1980", "...", "2006", "2007"]
    assert rows[2] == "...  25 years without articles"
    assert len(rows) == 2 + 1 + 1 + 1 + 14
    assert "..." not in shown(render.comparison(Timeline(
        "date", "year", years[1:], {"rain": (*counts[2:], 1)}, (*totals[2:], 1)
    ), 40, unicode=False), 80)  # fmt: skip


def test_the_title_of_an_article_stands_out() -> None:
    layout = render.Layout.of(NEWS)
    record = {"id": "a1", "title": "Rain", "body": "It rains.", "section": "", "authors": ["Ann"]}
    for title, head in (("Ra\x1b[1;35min\x1b[0m", "Rain"), ("", "a1")):
        parts: Any = render.article(record, NEWS, layout, title, "It rains.")
        first = parts.renderables[0]._text
        assert first.plain == head
        assert any(span.style == "bold" and (span.start, span.end) == (0, len(head))
                   for span in first.spans)  # fmt: skip
        assert shown(parts).split("\n\n")[1].strip() == "It rains."
        assert "section" not in shown(parts)


@pytest.mark.parametrize(
    ("largest", "row"),
    [
        (7, "2021      7   70% #"),
        (12_345, "2021  12,345   70% #"),
        (1_234_567, "2021  1,234,567   70% #"),
    ],
)
def test_the_columns_of_a_comparison_are_as_wide_as_their_numbers(largest: int, row: str) -> None:
    line = Timeline("date", "year", ("2021",), {"rain": (largest,)}, (largest * 10 // 7,))
    rows = shown(render.comparison(line, 20, unicode=False), 80).splitlines()
    assert rows[1].startswith(row)
    assert rows[0].strip() == "rain" and rows[0].index("rain") == 6


def timed(what: RenderableType, width: int) -> list[str]:
    """The lines that are shown, with one time for all searches."""
    text = re.sub(r"in [\d.]+ m?s\b", "in 1 ms", shown(what, width))
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("text", "room", "parts"),
    [
        ("aaaa bbbb cccc dddd", 9, ["aaaa bbbb ", "cccc dddd"]),
        ("aaaa bbbb cccc dddd", 8, ["aaaa ", "bbbb ", "cccc ", "dddd"]),
        ("aaaaaaaaaa bb", 10, ["aaaaaaaaaa ", "bb"]),
        ("aaaaaaaaaaa bb", 10, ["aaaaaaaaaa", "a bb"]),
        ("a" * 20 + " bb", 10, ["a" * 10, "a" * 10 + " ", "bb"]),  # no line begins with a blank
        ("x " + "a" * 11, 10, ["x ", "a" * 10, "a"]),
        ("北京大学", 5, ["北京", "大学"]),
        ("a北京", 4, ["a北", "京"]),
        ("", 5, [""]),
    ],
)
def test_where_lines_are_broken(text: str, room: int, parts: list[str]) -> None:
    places = [0, *render._breaks(text, room), len(text)]
    assert [text[a:b] for a, b in pairwise(places)] == parts


def test_text_beside_a_label() -> None:
    text = Text("wheat and barley\n\nand corn\n")
    assert shown(render.Wrapped(text, Text("1"), 3), 23).splitlines() == [
        "1  wheat and barley", "", "   and corn", "",
    ]  # fmt: skip
    # Twenty columns at least for the text, whatever the screen has.
    narrow = shown(render.Wrapped(Text("wheat and some barley"), Text("12345"), 3), 12)
    assert narrow.splitlines() == ["12345wheat a", "   barley"]
    wide = shown(render.Wrapped(Text("wheat and more beans"), Text("1"), 3), 12)
    assert wide.splitlines() == ["1  wheat and"]


TITLE = "The ferry Nordlys ran aground off Bergen on Tuesday with 212 people …"


@pytest.mark.parametrize(
    ("width", "first", "third"),
    [
        (30, "  1  2024-05-07  Ferry agroun…", "  3  2024-05-09  The ferry No…"),
        (44, "  1  2024-05-07  Ferry aground  Wire  x3",
         "  3  2024-05-09  The ferry Nordlys r…  Post…"),
        (46, "  1  2024-05-07  Ferry aground  Wire  x3",
         "  3  2024-05-09  The ferry Nordlys r…  Post  …"),
        (47, "  1  2024-05-07  Ferry aground  Wire  x3",
         "  3  2024-05-09  The ferry Nordlys r…  Post  x3"),
        (48, "  1  2024-05-07  Ferry aground  Wire  x3",
         "  3  2024-05-09  The ferry Nordlys ra…  Post  x3"),
        (17 + 69 + 9, "  1  2024-05-07  Ferry aground  Wire  x3",
         "  3  2024-05-09  The ferry Nordlys ran aground off Bergen on Tuesday with 212 people…"
         "  Post  x3"),
        (17 + 69 + 10, "  1  2024-05-07  Ferry aground  Wire  x3",
         f"  3  2024-05-09  {TITLE}  Post  x3"),
    ],
)  # fmt: skip
def test_a_list_at_widths(copies: Archive, width: int, first: str, third: str) -> None:
    layout = render.Layout.of(copies.schema)
    lines = timed(render.result_list(copies.search("ferry"), layout, width), width)
    assert lines == [
        first, "  2              Late  Post", third,
        "  4  2024-05-08  All safe  Po…" if width == 30 else "  4  2024-05-08  All safe  Post  x3",
        "all of 4 in 1 ms",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("width", "second"),
    [
        (20, "       2024-05-07 to 2024-05-09 · Post …"),
        (40, "       2024-05-07 to 2024-05-09 · Post …"),
        (41, "       2024-05-07 to 2024-05-09 · Post 2…"),
        (48, "       2024-05-07 to 2024-05-09 · Post 2, Wire 1"),
    ],
)
def test_a_story_at_widths(copies: Archive, width: int, second: str) -> None:
    hit, other = copies.most_copied()
    layout = render.Layout.of(copies.schema)
    assert timed(render.stories([hit], layout, width), 60) == ["    3  Ferry aground", second]
    assert timed(render.stories([hit, other], layout, width, ["s9", "s12"]), 60)[2:] == [
        "s12     2  Storm", "           2024-06-01 · Wire 2",
    ]  # fmt: skip
    assert timed(render.stories([other], layout, width, ["s100"]), 60)[0] == "s100     2  Storm"
    plain = render.Layout(None, None, None, ())
    assert timed(render.stories([hit], plain, width), 60)[0] == "    3  w1"
    (part,) = copies.most_copied("title:safe")
    assert timed(render.stories([part, other], layout, width), 60)[::2] == [
        "1 of 3  All safe", "     2  Storm",
    ]  # fmt: skip
    other.archive = "y\x1b24"
    assert timed(render.stories([other], layout, width), 60) == [
        "    2  Storm", "       y 24 · 2024-06-01 · Wire 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (20, ["c1   2024-05-07        w1  Wire  Ferry …",
              "c2 * 2024-05-08        p1  Post  All sa…",
              "c3   2024-05-09        n1  Post  The fe…"]),
        (46, ["c1   2024-05-07        w1  Wire  Ferry aground",
              "c2 * 2024-05-08        p1  Post  All safe",
              "c3   2024-05-09        n1  Post  The ferry No…"]),
        (74, ["c1   2024-05-07        w1  Wire  Ferry aground",
              "c2 * 2024-05-08        p1  Post  All safe",
              "c3   2024-05-09        n1  Post  The ferry Nordlys ran aground off Bergen…"]),
    ],
)  # fmt: skip
def test_copies_at_widths(copies: Archive, width: int, lines: list[str]) -> None:
    members = copies.copies("w1")
    layout = render.Layout.of(copies.schema)
    labels = ["c1", "c2", "c3"]
    listed = render.copies_list(members, members[1], layout, width, labels)
    assert timed(listed, 80) == [*lines, "3 articles; * is the one asked about"]
    bare = render.copies_list(members, members[0], render.Layout(None, None, None, ()), 74, labels)
    assert timed(bare, 80) == [
        "c1 * w1  w1", "c2   p1  p1", "c3   n1  n1", "3 articles; * is the one asked about",
    ]  # fmt: skip
    assert timed(render.copies_list(members[:1], members[0], layout, 74, ["c1"]), 80) == [
        "it has no copies"
    ]


class Member(dict[str, Any]):
    """As much of a hit as a list of copies shows."""

    def __init__(self, id_: str, archive: str | None = None, **fields: str) -> None:
        super().__init__(fields)
        self.id, self.archive = id_, archive


def test_the_ids_of_copies_stand_beside_titles_where_there_is_room_for_the_longest() -> None:
    layout = render.Layout.of(NEWS)
    long = "北京" * 6 + "b"  # of 25 columns
    members: Any = [
        Member("a", "x", title="Rain", source="Wire", section="world"),
        Member("b", "y", title="Rain again", date="2022-08-31T09:20+08:00"),
        Member(long, title="Snow"),
    ]
    labels = ["c9", "c10", "c11"]
    lines = [
        f" c9   {' ' * 18}{{}}Wire  x  Rain", "c10 * 2022-08-31 09:20  {}y  Rain again",
        f"c11   {' ' * 18}{{}}Snow",
    ]  # fmt: skip
    footer = "3 articles; * is the one asked about"
    beside = render.copies_list(members, members[1], layout, 97, labels)
    ids = (f"a{' ' * 26}", f"b{' ' * 26}", f"{long}  ")
    assert timed(beside, 100) == [
        *(line.format(one) for line, one in zip(lines, ids, strict=True)), footer,
    ]  # fmt: skip
    below = timed(render.copies_list(members, members[1], layout, 96, labels), 100)
    assert below[::2] == [line.format("") for line in lines] + [footer]
    assert below[1::2] == ["      a", "      b", f"      {long}"]
    wrapped = timed(render.copies_list(members, members[1], layout, 40, labels), 26)
    assert wrapped[-4:-2] == [f"      {'北京' * 5}", "      北京b"]
    short: Any = [Member("a" * 12, title="Rain"), Member("b", title="Snow")]
    listed = timed(render.copies_list(short, short[0], layout, 40, ["c1", "c2"]), 60)
    assert listed[0] == f"c1 * {' ' * 18}{'a' * 12}  Ra…"
    assert len(listed) == 3


@pytest.mark.parametrize(
    ("width", "title", "letters", "chinese"),
    [
        # As many letters as fit into two lines, or three that are not quite full.
        (10, 40, 36, 18), (25, 40, 36, 18), (26, 42, 39, 19), (80, 150, 201, 100),
        (113, 216, 300, 150), (114, 218, 300, 151), (400, 790, 300, 300),
    ],
)  # fmt: skip
def test_how_much_of_a_hit_is_shown(
    tmp_path: Path, width: int, title: int, letters: int, chinese: int
) -> None:
    schema = Schema(id=Key(), title=TextField(), body=TextField())
    with Archive.create(tmp_path, schema) as archive:
        archive.add([
            {"id": "a", "title": "rain falls " * 80, "body": "It rains a lot. " * 30},
            {"id": "b", "title": "rain", "body": "大会讨论了网络安全。" * 40},
            {"id": "c", "body": "rain " * 2},
        ])  # fmt: skip
        hits = {hit.id: hit for hit in archive.search("rain")}
        layout = render.Layout.of(schema)
        block = render._hit(hits["a"], layout, width)
        first = hits["a"].snippet("title", width=title)
        body = hits["a"].snippet("body", width=letters)
        assert block.plain == f"{first}\n{body}".replace("**", "")
        assert any(s.style == "bold" and (s.start, s.end) == (0, len(first.replace("**", "")))
                   for s in block.spans)  # fmt: skip
        body = hits["b"].snippet("body", width=chinese)
        assert render._hit(hits["b"], layout, width).plain == f"rain\n{body}"
        assert render._hit(hits["c"], layout, width).plain == "rain rain\nrain rain"
        assert layout.for_hit(hits["a"]) is layout
        other = render.Layout(None, None, None, ())
        assert other.for_hit(hits["a"]) is other  # of one archive
        assert render._hit(hits["a"], other, width).plain == "a"


def test_six_sources_of_a_story_are_named() -> None:
    at = Carried("a", "A", None)
    sources = tuple((letter, 1) for letter in "ABCDEFGH")
    assert render.copies_of(Copies(8, at, at, sources)) == "A 1, B 1, C 1, D 1, E 1, F 1"


@pytest.mark.parametrize(
    ("query", "options", "footer"),
    [
        ("ferry", {"limit": 0}, "4 articles"),
        ("late", {"limit": 0}, "1 article"),
        ("late", {}, "all of 1"),
        ("ferry", {"limit": 1}, "1 of 4"),
        ("ferry", {"limit": 2, "offset": 1}, "2 to 3 of 4"),
        ("ferry", {"limit": 2, "offset": 3}, "4 of 4"),
        ("ferry", {"limit": 0, "collapse": "story"}, "2 stories (4 articles)"),
        ("ferry", {"limit": 1, "collapse": "story"}, "1 of 2 stories (4 articles)"),
        ("ferry", {"collapse": "story"}, "all of 2 stories (4 articles)"),
        ("storm", {"limit": 0, "collapse": "story"}, "1 story (2 articles)"),
        ("storm", {"collapse": "story"}, "all of 1 story (2 articles)"),
        ("ferry late", {"match": "best"}, "all of 4, 1 with all of the words,"),
        ("ferry bergen", {"match": "best"}, "all of 4"),  # each has both
    ],
)
def test_the_footer(copies: Archive, query: str, options: dict[str, Any], footer: str) -> None:
    page = copies.search(query, **options)
    layout = render.Layout.of(copies.schema)
    for shown_as in (render.results, render.result_list):
        assert timed(shown_as(page, layout, 80), 80)[-1] == f"{footer} in 1 ms"


def test_hits_of_several_archives(copies: Archive, tmp_path: Path) -> None:
    """Each is shown by its own schema, and says where it is."""
    schema = Schema(nr=Key(), text=TextField(), desk=Keyword(), place=Keyword(), kind=Keyword())
    with Archive.create(tmp_path, schema) as archive:
        archive.add([{"nr": "y", "text": "Ferry"}, {
            "nr": "x", "text": "The ferry is late. " * 6, "desk": "Sea", "place": "Bergen",
            "kind": "note",
        }])  # fmt: skip
    with sl.open_many([copies.path, str(tmp_path)]) as both:
        page = both.search("ferry", limit=2)
        layout = render.Layout.of(both.schema)
        lines = timed(render.results(page, layout, 200), 200)
        hits = {hit.id: hit for hit in page}
        assert set(hits) == {"w1", "x"} or set(hits) == {"w1", "y"}
        mine = next(hit for hit in both.search("ferry late").all() if hit.id == "x")
        assert timed(render._hit(mine, layout.for_hit(mine), 200), 200) == [
            "The ferry is late. The ferry is late. The ferry is late. …",
            f"Sea · Bergen · {tmp_path}",
            " ".join(["The ferry is late."] * 6),
        ]
    assert lines[-1] == "1 to 2 of 6 in 1 ms"
    assert any(line.endswith(f"2024-05-07 · Wire · {copies.path} · 3 copies") for line in lines)


@pytest.mark.parametrize("width", [24, 25, 26, 40])
def test_results_on_narrow_screens(copies: Archive, width: int) -> None:
    layout = render.Layout.of(copies.schema)
    text = ["     The ferry to Bergen", "     is late."]
    assert timed(render.results(copies.search("late"), layout, width), width) == [
        "  1  Late", "     Post",
        *(text if width < 40 else ["     The ferry to Bergen is late."]), "", "all of 1 in 1 ms",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0.00 ms"), (0.00999, "9.99 ms"), (0.01, "10 ms"), (0.9994, "999 ms"), (1, "1.0 s"),
     (61.25, "61.2 s")],
)  # fmt: skip
def test_times(seconds: float, shown: str) -> None:
    assert render.took(seconds) == shown


def test_no_hits(copies: Archive) -> None:
    page = copies.search("xyzzy zzz")
    notes = ["no article has the word 'xyzzy'", "no article has the word 'zzz'", "no hits in 1 ms"]
    understood, meant = "understood: xyzzy AND zzz", "did you mean: late"
    for typed, better, lines in (
        ("xyzzy zzz", "late", [understood, meant]),
        ("xyzzy zzz", None, [understood]),
        (None, None, [understood]),
        ("xyzzy AND zzz", None, []),
        ("xyzzy AND zzz", "late", [meant]),
    ):
        assert timed(render.no_hits(page, typed, better), 60) == notes + lines


def test_the_value_that_was_chosen_stands_out() -> None:
    counts = FacetCounts(
        "section", [("a", 3), ("b", 2), ("c", 1)], stories={"a": 2, "b": 1, "c": 1}
    )
    parts: Any = render.facets(counts, 2, chosen="b", unicode=False)
    [body] = parts.renderables
    assert [body.plain[s.start : s.end] for s in body.spans if s.style == "bold"] == [" *b  2  1  "]
    assert body.plain.splitlines() == [
        "section (articles, stories)", f"  a  3  2  {'#' * 24}", f" *b  2  1  {'#' * 16}",
        "  1 more value",
    ]  # fmt: skip


def test_the_least_bar_can_be_seen() -> None:
    assert [render._bar(1, 1000, 4, unicode=unicode) for unicode in (True, False)] == ["▏", "#"]


def test_facets_with_numbers() -> None:
    long = [("a" * 40, 10), ("b" * 41, 5), ("c", 0), ("d", 0)]
    counts = FacetCounts("section:limit=4", long, missing=1, distinct=5)
    for shown_by in (render.facets, render.counted):
        options: Any = {} if shown_by is render.facets else {"width": 100}
        lines = timed(shown_by(counts, 3, unicode=False, first=9, chosen="c", **options), 100)
        assert lines == [
            "section",
            f"  9  {'a' * 40}  10  {'#' * 24}",
            f" 10  {'b' * 39}…   5  {'#' * 12}",
            f" 11 *c{' ' * 39}   0",
            "  2 more values; 1 article without",
        ]
    bare = FacetCounts("section", [("a", 1)], distinct=2)
    assert timed(render.facets(bare, 1, unicode=False), 60) == [
        "section", f"  a  1  {'#' * 24}", "  1 more value",
    ]  # fmt: skip
    assert timed(render.facets(FacetCounts("section", []), 1), 60) == ["section", "  none"]
    narrow = timed(render.facets(bare, 1, unicode=False), 10)
    assert narrow == ["section", "  a  1  #…", "  1 more …"]  # a line each, whatever the width


def test_a_timeline_with_numbers() -> None:
    counts = FacetCounts("date:month", [("2022-01", 40), ("2022-04", 20)], missing=2)
    for shown_by in (render.timeline, render.counted):
        options: Any = (40,) if shown_by is render.timeline else (8, 40)
        numbered = shown_by(counts, *options, unicode=False, first=9, chosen="2022-04")
        assert timed(numbered, 60) == [
            "date:month",
            f"  9  2022-01  40  {'#' * 22}",
            "     2022-02   0",
            "     2022-03   0",
            f" 10 *2022-04  20  {'#' * 11}",
            "2 articles without",
        ]
    long = FacetCounts("date:year", [("1900", 1), ("2000", 1)])
    assert timed(render.timeline(long, 20, first=1), 60) == [
        "date:year", f"  1  1900  1  {'█' * 10}", "     …  99 years without articles",
        f"  2  2000  1  {'█' * 10}",
    ]  # fmt: skip
    none = FacetCounts("date:month,limit=3", [])
    assert timed(render.timeline(none, 40), 60) == ["date:month: none"]


RAINY = Timeline(
    "date", "year", ("2021", "2022"),
    {"rain": (100, 1), "a long query of many words": (9, 99)}, (1000, 990),
    missing={"rain": 0, "a long query of many words": 3},
)  # fmt: skip


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (20, ["      rain            a long query o", "2021    100   10% ##      9  0.9% #",
              "2022      1  0.1% #      99   10% ##"]),
        (30, ["      rain            a long query o", "2021    100   10% ##      9  0.9% #",
              "2022      1  0.1% #      99   10% ##"]),
        (50, ["      rain                   a long query of many",
              "2021    100   10% #########      9  0.9% #",
              "2022      1  0.1% #             99   10% #########"]),
        (80, ["      rain                                  a long query of many words",
              f"2021    100   10% {'#' * 24}      9  0.9% ##",
              f"2022      1  0.1% #                            99   10% {'#' * 24}"]),
    ],
)  # fmt: skip
def test_a_comparison_at_widths(width: int, lines: list[str]) -> None:
    """No column has less room than its numbers and two signs of the bar."""
    assert timed(render.comparison(RAINY, width, unicode=False), 300) == [
        *lines,
        "rain: 101  a long query of many words: 108; shares are of all articles of a period; "
        "without a year in date: a long query of many words 3",
    ]
    cut = timed(render.comparison(RAINY, 80, unicode=False), 20)
    assert cut[:2] == ["      rain         …", "2021    100   10% #…"]


def test_more_queries_than_colours() -> None:
    assert [render._series(n) for n in (0, 5, 6)] == ["bright_blue", "bright_red", "bright_blue"]


@pytest.mark.parametrize(
    ("text", "span", "line"),
    [
        ("x" * 90 + " ( " + "y" * 90, (91, 92), "…" + "x" * 34 + " ( " + "y" * 33 + "…"),
        ("北" * 50 + "(" + "y" * 90, (50, 51), "…" + "北" * 17 + "(" + "y" * 35 + "…"),
        ("a " + "x" * 90, (2, 92), "a " + "x" * 36),
        ("a" * 36 + "bcd" + "e" * 33, (36, 39), "a" * 36 + "bcd" + "e" * 33),
        ("a" * 36 + "bcd" + "e" * 34, (36, 39), "a" * 36 + "bcd" + "e" * 32 + "…"),
        ("a" * 37 + "bcd" + "e" * 33, (37, 40), "…" + "a" * 35 + "bcd" + "e" * 33),
        ("a" * 36 + "b" * 36, (36, 72), "a" * 36 + "b" * 36),
        ("a" * 36 + "b" * 37, (36, 73), "a" * 36 + "b" * 36),
        ("a" * 36 + "b" * 36 + "c", (36, 72), "a" * 36 + "b" * 36 + "…"),
        ("a" * 10 + "b" * 37, (10, 47), "a" * 10 + "b" * 36),
        ("北" * 34 + "(" + "y" * 90, (34, 35), "…" + "北" * 17 + "(" + "y" * 35 + "…"),
        ("ab", (1, 1), "ab"),
    ],
)  # fmt: skip
def test_a_long_query_is_cut_around_the_mistake(
    text: str, span: tuple[int, int], line: str
) -> None:
    error = QueryError("code", span, "what", "cure", text)
    query, carets, *rest = shown(render.problem(error), 80).splitlines()
    assert query == line
    mistake = text[slice(*span)][:36]
    assert carets == " " * cell_len(line[: line.index(mistake) if mistake else 1]) + "^" * max(
        1, cell_len(mistake)
    )
    assert rest == ["error: what", "       cure"]


def test_carets_stay_under_the_mistake_on_a_narrow_screen() -> None:
    error = QueryError(
        "code", (34, 38), "what", "cure", "rain " * 6 + "and (of more words than fit"
    )
    assert shown(render.problem(error), 30).splitlines() == [
        "rain " * 6, " " * 30, "error: what", "       cure"
    ]  # fmt: skip


def test_narrow_screens_have_room_for_twenty_letters(tmp_path: Path) -> None:
    schema = Schema(id=Key(), title=TextField(), body=TextField())
    with Archive.create(tmp_path, schema) as archive:
        archive.add([{"id": "a", "title": "雨" * 90, "body": "雪" * 400}])
        page, layout = archive.search("雨"), render.Layout.of(schema)
        narrow, least, more = (shown(render.results(page, layout, n)) for n in (10, 25, 26))
    assert narrow == least != more


def test_bars_are_of_blocks_where_nothing_else_is_said() -> None:
    for field, value in (("section", "world"), ("date:year", "2021")):
        counts = FacetCounts(field, [(value, 1)])
        for lines in (
            render.counted(counts, 5, 60), render.facets(counts, 5),
            render.timeline(FacetCounts("date:year", [("2021", 1)]), 60),
        ):  # fmt: skip
            assert "█" in shown(lines)
    assert "█" in shown(
        render.comparison(Timeline("date", "year", ("2021",), {"a": (1,)}, (1,)), 60)
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space", "x.json"), "x.json: No space"),
        (OSError(28, "No space"), "No space"),
        (OSError("disk"), "disk"),
        (OSError(28, None), "[Errno 28] None"),
        (ArchiveError("no archive"), "no archive"),
        (QueryError("code", (0, 1), "what", "", ""), "what"),
    ],
)
def test_other_problems(error: Exception, line: str) -> None:
    assert shown(render.problem(error)) == f"error: {line}\n"


def test_a_table_and_a_list() -> None:
    rows = [("a", "rain in Oslo"), ("北京", "snow")]
    assert shown(render.table(rows), 26).splitlines() == ["a     rain in Oslo", "北京  snow"]
    assert shown(render.table([]), 26) == ""
    for count, first, lines in (
        (9, 1, ["1  x", "9  x"]), (10, 1, [" 1  x", "10  x"]), (1, 9, ["9  x", "9  x"]),
        (2, 9, [" 9  x", "10  x"]),
    ):  # fmt: skip
        listed = shown(render.listing(["x"] * count, first)).splitlines()
        assert [listed[0], listed[-1]] == lines
        assert len(listed) == count


def test_the_figures_of_an_archive() -> None:
    fields = (
        FieldStats("title", "text", 1200, 0), FieldStats("source", "keyword", 0, 1),
        FieldStats("section", "keyword", 0, 2000), FieldStats("url", "stored", 0, 0),
        FieldStats("date", "date", 0, 0, "2021", "2022-08"),
        FieldStats("size", "number", 0, 0, 0, 9),
    )  # fmt: skip
    figures = Stats(3000, 0, 2, 1500, 7, fields)
    lines = [
        "articles  3,000", "segments  2", "size      1.5 kB", "title     1,200 words",
        "source    1 different value", "section   2,000 different values",
        "date      2021 to 2022-08", "size      0 to 9",
    ]  # fmt: skip
    assert shown(render.stats(figures), 80).splitlines() == lines
    deleted = replace(figures, deleted=1000)
    assert shown(render.stats(deleted, {"a": figures}), 80).splitlines() == [
        lines[0], "deleted   1,000, until optimize frees their space", *lines[1:],
        "archive   3,000 articles, 1.5 kB: a",
    ]  # fmt: skip


def test_an_article_is_shown_with_all_that_has_a_value() -> None:
    record = {
        "id": "a1", "date": "2022-08-31T09:20+08:00", "source": "", "authors": ["Ann", "Bo"],
        "topics": [], "more": {}, "n": 0, "crawled": "2022-09", "at": "2022-08-31T09:20",
        "title": "T", "body": "B",
    }  # fmt: skip
    layout = render.Layout.of(NEWS)
    assert shown(render.article(record, NEWS, layout, "Rain", "It rains."), 60).splitlines() == [
        "Rain", "id       a1", "date     2022-08-31 09:20 +08:00", "authors  Ann, Bo", "n        0",
        "crawled  2022-09", "at       2022-08-31T09:20", "", "It rains.",
    ]  # fmt: skip


def test_what_a_hit_is_called(copies: Archive) -> None:
    layout = render.Layout.of(copies.schema)
    for record, title in (
        (None, "(deleted)"),
        ({}, ""),
        ({"body": " ".join("abcdefghijkl")}, "a b c d e f g h i j k l"),
        ({"body": " ".join("abcdefghijklm")}, "a b c d e f g h i j k l …"),
        ({"title": " Rain \n in ", "body": "x"}, "Rain in"),
        ({"title": " ", "body": "x\ny"}, "x y"),
    ):
        assert render.title_of(record, layout) == title
    assert render.title_of({"title": "x", "body": "y"}, render.Layout(None, None, None, ())) == ""


def test_scripts_of_two_columns() -> None:
    assert [render._columns(text) for text in ("rain", "北京", "北京abc", "北京ab", "")] == [
        1,
        2,
        1,
        1,
        1,
    ]
    assert render._columns("北京a") == 2
    assert render._columns("a" * 100 + "北" * 100) == 1
    assert render._columns("a" * 99 + "北" * 300) == 2
    assert render._columns("a" * 99 + "北" * 100 + "a" + "北" * 300) == 1  # by the first 200


def test_marked_words_come_once() -> None:
    text = "\x1b[1;35mRain\x1b[0m and \x1b[1mrain\x1b[0m or \x1b[1;35mSnow\nfall\x1b[0m"
    assert render.marked_words(text) == ["rain", "snow\nfall"]
