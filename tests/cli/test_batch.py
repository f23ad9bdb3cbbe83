"""Many queries at once: the table that is read, the tables that come out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from searchlib.archive import Archive
from searchlib.cli import batch
from searchlib.errors import ArgumentError
from searchlib.results import FacetCounts

from .conftest import Cli


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_totals(cli: Cli, folder: Path) -> None:
    Path("q.csv").write_text("name,query\nWheat,wheat\nBridge,title:bridge\n,nothing-such\n")
    ran = cli("search", "--queries", "q.csv")
    assert (ran.code, ran.err) == (0, "")
    with Archive.open(folder) as archive:
        assert rows_of(ran.out) == [
            {"name": name, "query": query, "total": str(archive.count(query)), "error": ""}
            for name, query in
            [("Wheat", "wheat"), ("Bridge", "title:bridge"), ("nothing-such", "nothing-such")]
        ]  # fmt: skip


def test_counts_and_ids(cli: Cli, folder: Path) -> None:
    Path("q.csv").write_text("query\nwheat\n")
    ran = cli("search", "--queries", "q.csv", "--facet", "section", "--facet", "date:year",
              "--ids", "2")  # fmt: skip
    with Archive.open(folder) as archive:
        found = archive.search("wheat", facets=["section", "date:year"], limit=2)
    rows = rows_of(ran.out)
    assert {row["ids"] for row in rows} == {"; ".join(hit.id for hit in found)}
    for name, counts in found.facets.items():
        pairs = [(r["value"], int(r["count"])) for r in rows if r["facet"] == name and r["value"]]
        assert pairs == list(counts)
        without = [int(r["count"]) for r in rows if r["facet"] == name and not r["value"]]
        assert sum(without) == counts.missing


def test_a_matrix(cli: Cli, folder: Path) -> None:
    Path("q.csv").write_text("name;query\nW;wheat\nB;bridge\nX;xyzzy\n")  # as some spreadsheets
    ran = cli("search", "--queries", "q.csv", "--facet", "date:year", "--matrix")
    rows = rows_of(ran.out)
    with Archive.open(folder) as archive:
        for row, query in zip(rows, ("wheat", "bridge", "xyzzy"), strict=True):
            counts = dict(archive.search(query, facets=["date:year"]).facets["date:year"])
            years = [name for name in row if name.isdigit()]
            assert years == sorted(years)
            assert {year: int(row[year]) for year in years if row[year] != "0"} == counts
    assert cli("search", "--queries", "q.csv", "--matrix").code == 2


def test_a_row_that_fails_does_not_stop_the_others(cli: Cli) -> None:
    Path("q.csv").write_text(
        'name,query,match,section\na,"(wheat",,\nb,wheat,none,\nc,wheat bridge,any,\n'
        "d,wheat,,business; weather\n"
    )
    ran = cli("search", "--queries", "q.csv")
    rows = rows_of(ran.out)
    assert ran.code == 4
    assert "2 queries of 4 could not be answered" in ran.err
    assert "is not closed" in rows[0]["error"]
    assert "match is" in rows[1]["error"]
    assert [row["total"] for row in rows[:2]] == ["", ""]
    assert int(rows[2]["total"]) >= 7
    assert 1 <= int(rows[3]["total"]) <= 7
    data = cli("search", "--queries", "q.csv", "--json", "--facet", "section").json()
    assert [one["error"] is None for one in data] == [False, False, True, True]
    assert [one["total"] for one in data[:2]] == [0, 0]
    assert data[2]["facets"]["section"]["counts"][0]["value"] == "business"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,text\na,b\n", "no column is called query"),
        ("", "no column is called query"),
        ("query,colour\nrain,red\n", "no field 'colour' for a column"),
        ("query,colour\n", "no field 'colour' for a column"),
    ],
)
def test_tables_that_cannot_be_used(cli: Cli, text: str, says: str) -> None:
    Path("q.csv").write_text(text)
    ran = cli("search", "--queries", "q.csv")
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_what_does_not_go_together(cli: Cli) -> None:
    Path("q.csv").write_text("query\nwheat\n")
    assert cli("search", "wheat", "--queries", "q.csv").code == 2
    assert cli("search", "--queries", "q.csv", "--jsonl").code == 2
    assert cli("search", "wheat", "--ids", "3").code == 2
    assert cli("search", "wheat", "--matrix").code == 2
    assert "Missing argument 'QUERY" in cli("search").err
    assert cli("search", "--queries", "none.csv").code == 2
    Path("latin.csv").write_bytes("query\ncafé\n".encode("latin-1"))
    assert "not UTF-8" in cli("search", "--queries", "latin.csv").err


def test_reading_a_table() -> None:
    columns, rows = batch.read_queries(["\ufeffname\tquery\n", "a\train\n", "\t\n"], "q")
    assert (columns, rows) == (["name", "query"], [{"name": "a", "query": "rain"}])
    quoted = ["name, query\n", '"x","two\n', 'lines"\n']
    assert batch.read_queries(quoted, "q")[1] == [{"name": "x", "query": "two\nlines"}]
    with pytest.raises(ArgumentError, match="q: no column"):
        batch.read_queries(["a,b\n"], "q")


@pytest.mark.parametrize("cut", ["limit=1", "min=2"])
def test_a_column_that_one_query_chooses_is_counted_for_all(
    cli: Cli, tmp_path: Path, cut: str
) -> None:
    with Archive.create(tmp_path / "a") as archive:
        archive.add(
            {"id": f"{title}{section}{n}", "title": title, "section": section}
            for title, section, count in [
                ("rain", "weather", 3), ("rain", "world", 1), ("wheat", "world", 2),
                ("wheat", "weather", 1), ("wheat", "sports", 1),
            ]
            for n in range(count)
        )  # fmt: skip
    Path("q.csv").write_text("name,query\nr,rain\nw,wheat\n")
    ran = cli("search", "--archive", "a", "--queries", "q.csv", "--facet", f"section:{cut}",
              "--matrix")  # fmt: skip
    assert ran.out.splitlines() == [
        "name,query,total,weather,world,error", "r,rain,4,3,1,", "w,wheat,4,1,2,",
    ]  # fmt: skip


def test_cells_of_a_matrix_and_rows_of_facets() -> None:
    first = batch.BatchRow(
        "A", "a", 3, {"s": FacetCounts("s", [("x", 1), ("y", 2)], 4)}, ["k", "m"]
    )
    second = batch.BatchRow("B", "b", 5, {"s": FacetCounts("s", [("z", 9), ("x", 0)])})
    wrong = batch.BatchRow("C", "(c", error="no")

    def lines(rows: Iterable[str]) -> list[str]:
        return "".join(rows).split()

    assert lines(batch.as_matrix([first, second, wrong])) == [
        "name,query,total,z,y,x,error", "A,a,3,0,2,1,", "B,b,5,9,0,0,", "C,(c,,,,,no",
    ]  # fmt: skip
    assert lines(batch.as_matrix([wrong])) == ["name,query,total,error", "C,(c,,no"]
    assert "".join(batch.as_csv([first, wrong], ["s"], 2)).splitlines() == [
        "name,query,total,facet,value,count,ids,error", "A,a,3,s,x,1,k; m,", "A,a,3,s,y,2,k; m,",
        "A,a,3,s,,4,k; m,", "C,(c,,,,,,no",
    ]  # fmt: skip
    plain = batch.BatchRow("B", "b", 5)
    found = lines(batch.as_csv([plain, wrong], [], 0))
    assert found == ["name,query,total,error", "B,b,5,", "C,(c,,no"]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_tables_that_are_read(sign: str) -> None:
    text = f"\ufeff name {sign}query\nA{sign} wheat \n{sign}\n\nB\nC{sign}x{sign}too much\n"
    columns, rows = batch.read_queries(io.StringIO(text), "q.csv")
    assert columns == ["name", "query"]
    assert rows == [
        {"name": "A", "query": "wheat"}, {"name": "B", "query": ""}, {"name": "C", "query": "x"}
    ]  # fmt: skip


def test_counts_of_a_row_are_of_what_it_finds(cli: Cli, folder: Path) -> None:
    """Not what the other values of a field would find that a column narrows to."""
    with Archive.open(folder) as archive:
        section, other = archive.search("*", facets=["section"]).facets["section"].values()[:2]
    Path("q.csv").write_text(f"query,section\n*,{section}\n*,{section};{other}\n")
    rows = rows_of(cli("search", "--queries", "q.csv", "--facet", "section").out)
    values = [row["value"] for row in rows]
    assert values == [section, section, other]
    assert rows[0]["total"] == rows[0]["count"]
    assert int(rows[1]["total"]) == int(rows[1]["count"]) + int(rows[2]["count"])


def test_a_row_without_a_query(cli: Cli) -> None:
    Path("q.csv").write_text("name,query,section\na,,\nb,,world\n,,world\n")
    ran = cli("search", "--queries", "q.csv")
    assert ran.code == 4
    assert [
        (row["name"], row["query"], row["total"], row["error"]) for row in rows_of(ran.out)
    ] == [
        ("a", "", "", "this row has no query: * finds all articles"),
        ("b", "", "2", ""),
        ("query 3", "", "2", ""),
    ]


def test_options_of_a_row(cli: Cli) -> None:
    Path("q.csv").write_text(
        "query,recency,sort,boost_by\nwheat,soon,,\nwheat,30,,\nwheat,,-date,\nwheat,,,title\n"
    )
    rows = rows_of(cli("search", "--queries", "q.csv", "--ids", "1", "--sort", "date").out)
    assert [(row["ids"], row["error"]) for row in rows[:3]] == [
        ("", "recency is a number of days, not 'soon'"), ("w1", ""), ("b1", ""),
    ]  # fmt: skip
    assert "title" in rows[3]["error"]


def test_columns_of_a_matrix_are_in_order() -> None:
    def matrix(facet: str, *counts: list[tuple[str, int]]) -> list[str]:
        rows = [
            batch.BatchRow("a", "a", 9, {facet: FacetCounts(facet, one)}) for one in counts
        ]  # fmt: skip
        return next(iter(batch.as_matrix(rows))).strip().split(",")[3:-1]

    assert matrix("date:month", [("2021-11", 1)], [("2022-02", 2)]) == [
        "2021-11", "2021-12", "2022-01", "2022-02",
    ]  # fmt: skip
    assert matrix("date:weekday", [("Sunday", 1)], [("Monday", 1)]) == ["Monday", "Sunday"]
    ranges = [("<0", 1), ("[0 TO 9.5}", 1), ("[9.5 TO 100}", 1), (">=100", 1)]
    labels = [label for label, _ in ranges]
    assert matrix("words:edges=0/9.5/100", ranges[2:], ranges[:2]) == labels
    whole = [("<-5", 1), ("-5..9", 1), ("10..99", 1), (">=100", 1)]
    assert matrix("words:edges=-5/10/100", whole[::-1]) == [label for label, _ in whole]
    assert matrix("section", [("x", 1), ("y", 2)], [("y", 1)]) == ["y", "x"]


def test_a_query_without_an_article_is_a_line_too(cli: Cli) -> None:
    Path("q.csv").write_text("query\nnothing-such-at-all\n")
    ran = cli("search", "--queries", "q.csv", "--facet", "section", "--ids", "2")
    (row,) = rows_of(ran.out)
    assert (row["total"], row["facet"], row["value"], row["count"]) == ("0", "section", "", "0")
