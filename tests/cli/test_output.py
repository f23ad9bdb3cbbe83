"""Where commands write: reports, result formats and files that are never half written."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from searchlib.archive import Archive
from searchlib.cli.output import print_report, print_results, progress_bar, stderr, stdout
from searchlib.index.indexing import Report
from searchlib.ingest.article import Rejected

from ..repl.articles import ARTICLES


def printed(report: Report) -> list[str]:
    console = Console(file=io.StringIO(), width=200, highlight=False)
    print_report(console, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "index") as archive:
        archive.add(ARTICLES)
        yield archive


def test_a_report_in_lines() -> None:
    rejected = [Rejected(f"a:{n}", "date", "no \x1bday") for n in range(25)]
    first, *lines = printed(Report(1200, 1, 2, rejected, 2.0, ("people",), ("a.jsonl at line 7",)))
    assert first == (
        "1,200 added, 1 updated, 2 unchanged, 25 rejected in 2.0 s (602 articles a second)"
    )
    assert lines[0] == "  resumed a.jsonl at line 7"
    assert lines[1] == "  rejected: a:0: date: no day"
    assert lines[11:] == [
        "  and 15 more rejected (--rejects FILE has all)",
        "  stored but not searched: people",
    ]


def test_a_report_without_remarks_is_one_line() -> None:
    assert len(printed(Report(0, 0, 0, [], 0.0))) == 1


def test_numbers_have_no_colours_of_their_own() -> None:
    for console in (stdout(), stderr()):
        assert console.render_str("12 of 'x'").spans == []


def test_no_bar_without_a_terminal() -> None:
    with progress_bar(Console(file=io.StringIO(), force_terminal=False)) as progress:
        assert progress is None
    with progress_bar(Console(file=io.StringIO(), force_terminal=True)) as progress:
        assert progress is not None
        progress(7)


def test_results_in_each_format(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    results = archive.search("wheat", limit=2, facets=["section"])
    print_results(archive, results, "wheat", None, "json")
    whole = json.loads(capsys.readouterr().out)
    assert (whole["query"], whole["total"], len(whole["hits"])) == ("wheat", results.total, 2)
    print_results(archive, results, "wheat", None, "jsonl")
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [hit.id for hit in results]
    print_results(archive, results, "wheat", None, "csv")
    table = capsys.readouterr().out
    assert table.startswith("facet,value,count\nsection,business,6\n")
    print_results(archive, archive.search("wheat"), "wheat", None, "csv")
    rows = capsys.readouterr().out
    assert rows.startswith("rank,score,id,title,")
    assert "\n\n" not in table + rows
    print_results(archive, results, "wheat", None, "view")
    assert "section" in capsys.readouterr().out


def test_no_hits_go_to_standard_error(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    print_results(archive, archive.search("xyzzy"), "xyzzy", "wheat", "view")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "did you mean: wheat" in captured.err
