"""Rendering: hits, facets, timelines and errors as text."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from searchlib.archive import Archive
from searchlib.errors import ArchiveError, QueryError
from searchlib.repl import render
from searchlib.requests import SearchRequest
from searchlib.results import FacetCounts
from searchlib.schema import NEWS, Date, Key, Keyword, Schema
from searchlib.schema import Text as TextField
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
        render.listing(["\x1b[2Jx"]),
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
