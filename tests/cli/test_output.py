"""Where commands write: reports, result formats and files that are never half written."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console
from rich.progress import Progress

from searchlib.archive import Archive
from searchlib.cli.output import (
    Format,
    counting_bar,
    outcome,
    print_report,
    print_results,
    print_whole,
    progress_bar,
    report_data,
    stderr,
    stdout,
)
from searchlib.index.indexing import Report
from searchlib.ingest.article import Rejected
from searchlib.ingest.read_summary import ReadSummary

from ..repl.articles import ARTICLES


def printed(report: Report) -> list[str]:
    console = Console(file=io.StringIO(), width=300, highlight=False)
    print_report(console, report, "index")
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


def test_all_that_a_report_can_say() -> None:
    reading = ReadSummary()
    reading.files.update({"JSON Lines": 1200, "CSV": 1})
    reading.records.update({"JSON Lines": 5000, "CSV": 1})
    reading.renamed.update({"headline": "title", "kicker": "title", "story": "body"})
    reading.encodings.update({"cp1252 by guess": 1200, "utf-16": 2})
    reading.orders.update({f"{n}.csv": "day first" for n in range(7)})
    reading.passed_over.update({f"kind {n}": 20 - n for n in range(12)})
    reading.passed_over["kind 0"] = 1200
    report = Report(
        1, 2000, 3, [Rejected("a:1", None, "no key")] * 10, 0.5, unsearched=("people", "tags"),
        resumed=("a at line 7", "b at line 9"), reading=reading, deleted=1500, skipped=1,
        not_deleted="half of \x1bit", homeless="long text", language="fr", alert_count=2,
        unknown_languages=("xx", "yy"),
    )  # fmt: skip
    said = ["1 added, 2,000 updated, 3 unchanged, 1,500 deleted, 10 rejected in 500 ms (4,008 "
            "articles a second)",
            "the text of these articles seems to be in long text, which is not searched: index "
            "them again with --map 'body=long text'",
            "nothing was deleted: half of it"]  # fmt: skip
    assert printed(report) == [
        *said,
        "  read: JSON Lines (1,200 files, 5,000 articles), CSV (1 file, 1 article)",
        "  fields: headline, kicker -> title; story -> body",
        "  encodings: cp1252 by guess (1,200), utf-16 (2)",
        *(f"  dates of {n}.csv are read day first, as some can only be" for n in range(5)),
        "  passed over: kind 0 (1,200 files), "
        + ", ".join(f"kind {n} ({20 - n} files)" for n in range(1, 10)),
        "  resumed a at line 7",
        "  resumed b at line 9",
        "  not read again, since nothing changed: 1 file",
        "  2 alerts of standing queries: searchlib watch run tells them",
        *["  rejected: a:1: no key"] * 10,
        "  language: fr, as nothing says it (--language CODE does)",
        "  languages not known, searched as written: xx, yy",
        "  stored but not searched: people, tags",
    ]
    assert outcome(report) == said[0].partition(" in ")[0]
    assert report_data(report) == {
        "added": 1, "updated": 2000, "unchanged": 3, "deleted": 1500,
        "rejected": [{"where": "a:1", "field": None, "why": "no key"}] * 10,
        "unsearched": ["people", "tags"], "homeless": "long text", "keys": report.keys, "alerts": 2,
        "files_skipped": 1, "resumed": ["a at line 7", "b at line 9"], "language": "fr",
        "unknown_languages": ["xx", "yy"], "took": 0.5, "reading": reading.to_json(),
    }  # fmt: skip
    assert report_data(Report(0, 0, 0, [], 0.0))["reading"] is None


def test_how_files_were_read_is_said_where_it_is_not_plain() -> None:
    reading = ReadSummary()
    reading.files.update({"JSON Lines": 1})
    reading.records.update({"JSON Lines": 2})
    plain = Report(0, 0, 0, [], 0.0, reading=reading, homeless="prose")
    assert printed(plain) == [
        "0 added, 0 updated, 0 unchanged, 0 rejected in 0.00 ms (0 articles a second)",
        "the text of these articles seems to be in prose, which is not searched: index them again "
        "with --map body=prose",
    ]
    eleven = Report(0, 0, 0, [Rejected("a:1", None, "x")] * 11, 0.0)
    assert printed(eleven)[-1] == "  and 1 more rejected (--rejects FILE has all)"
    assert printed(Report(1, 0, 0, [], 0.0))[0].endswith("(1,000,000 articles a second)")


def bar_lines(
    monkeypatch: pytest.MonkeyPatch, shown: Sequence[tuple[int, float]],
    read: Callable[[], tuple[int, int]] | None,
) -> list[str]:  # fmt: skip
    """What the bar says after each count, so many seconds after the start; -1 is no count."""
    seconds, bars = [100.0], []

    class Bar(Progress):
        def __init__(self, *columns: Any, **how: Any) -> None:
            super().__init__(*columns, **how)
            bars.append(self)

    monkeypatch.setattr("searchlib.cli.output.monotonic", lambda: seconds[0])
    monkeypatch.setattr("rich.progress.Progress", Bar)
    said = []
    with progress_bar(
        Console(file=io.StringIO(), force_terminal=True, width=200), read
    ) as progress:
        assert progress is not None
        for count, at in shown:
            seconds[0] = 100.0 + at
            if count >= 0:
                progress(count)
            rate: Any = bars[0].columns[1]
            said.append(rate.render(bars[0].tasks[0]).plain)
    assert bars[0].live.transient
    assert bars[0].columns[0].bar_width == 20  # type: ignore[attr-defined]
    return said


def test_what_the_bar_says(monkeypatch: pytest.MonkeyPatch) -> None:
    # A count, then the time goes on without one: then it is being written.
    shown = [(0, 0.0), (1000, 0.5), (-1, 1.5), (-1, 1.6)]
    assert bar_lines(monkeypatch, shown, None) == [
        "0 articles, 0 a second", "1,000 articles, 2,000 a second",
        "1,000 articles, 667 a second", "1,000 articles, writing",
    ]  # fmt: skip
    sizes = iter([(0, 4000), (1000, 4000), (4000, 4000)])
    assert bar_lines(monkeypatch, [(0, 1.0), (10, 2.0), (40, 4.0)], lambda: next(sizes)) == [
        "0 articles, 0 a second", "1.0 kB of 4.0 kB, 10 articles, 5 a second, 6 s left",
        "40 articles, 10 a second",
    ]  # fmt: skip
    assert bar_lines(monkeypatch, [(7, 0.0)], lambda: (0, 0)) == ["7 articles, 7,000 a second"]
    assert bar_lines(monkeypatch, [(-1, 0.5)], None) == ["0 articles, 0 a second"]
    assert bar_lines(monkeypatch, [(1, 1.0)], lambda: (1, 3)) == [
        "1 byte of 3 bytes, 1 articles, 1 a second, 2 s left"
    ]


def test_a_bar_of_items() -> None:
    quiet = Console(file=io.StringIO(), force_terminal=False)
    assert list(counting_bar(quiet, [1, 2], 2, "queries")) == [1, 2]
    loud = Console(file=io.StringIO(), force_terminal=True, width=80)
    assert list(counting_bar(loud, [1, 2], 2, "queries")) == [1, 2]
    assert isinstance(quiet.file, io.StringIO) and isinstance(loud.file, io.StringIO)
    assert (quiet.file.getvalue(), "queries" in loud.file.getvalue()) == ("", True)
    assert loud.file.getvalue().endswith("\x1b[1A\x1b[2K")  # nothing is left of the bar


def test_no_more_values_are_shown_than_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Archive.create(tmp_path) as archive:
        archive.add({"id": n, "title": "Rain", "section": f"s{n}"} for n in range(22))
        results = archive.search("rain", limit=1, facets=["section"])
        print_results(archive, results, "rain", None, "view")
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("  s")]) == 20
    assert lines[-1] == "  2 more values"


def test_a_message_in_a_log_is_one_line() -> None:
    console = stderr()
    assert console.stderr and console.soft_wrap is not console.is_terminal
    assert not stdout().stderr
    with pytest.raises(BrokenPipeError):
        console.on_broken_pipe()


def test_output_without_a_buffer_is_written_whole_or_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Pipe(io.RawIOBase):
        """It takes three bytes at a time, and breaks."""

        taken = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            if len(self.taken) > 12:
                raise BrokenPipeError
            self.taken += bytes(data[:3])
            return len(data[:3])

    pipe = Pipe()
    for stream in (
        io.TextIOWrapper(cast(Any, pipe), encoding="utf-8", write_through=True),
        io.TextIOWrapper(io.BufferedWriter(pipe), encoding="utf-8"),
    ):
        monkeypatch.setattr("sys.stdout", stream)
        pipe.taken = b""
        print_whole("Zürich rain")
        with pytest.raises(BrokenPipeError):
            print_whole("more rain")
        monkeypatch.undo()
        assert pipe.taken.decode() == "Zürich rainmor"
        stream.detach()


def test_a_report_without_remarks_is_one_line() -> None:
    assert len(printed(Report(0, 0, 0, [], 0.0))) == 1


def test_numbers_have_no_colours_of_their_own() -> None:
    for console in (stdout(), stderr()):
        text = console.render_str("12 of 'x' [red] :smile:")
        assert (text.plain, text.spans) == ("12 of 'x' [red] :smile:", [])


def test_no_bar_without_a_terminal() -> None:
    with progress_bar(Console(file=io.StringIO(), force_terminal=False)) as progress:
        assert progress is None
    with progress_bar(Console(file=io.StringIO(), force_terminal=True)) as progress:
        assert progress is not None
        progress(7)


def test_results_in_each_format(
    archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
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
    monkeypatch.setenv("COLUMNS", "60")
    print_results(archive, results, "wheat", None, "view")
    shown = capsys.readouterr()
    assert shown.err == ""
    assert re.sub(r"in [\d.]+ m?s", "in 1 ms", shown.out).splitlines()[-6:] == [
        "", "1 to 2 of 7 in 1 ms", "", "section", "  business  6  ████████████████████████",
        "  world     1  ████",
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_rows_do_not_say_what_is_left_out(
    archive: Archive, capsys: pytest.CaptureFixture[str], form: Format,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    results = archive.search("wheat", limit=1)
    notes = ["partial: one is away", "ranks are fused: they differ", "another note"]
    monkeypatch.setattr(type(results), "notes", notes)
    print_results(archive, results, "wheat", None, form)
    assert capsys.readouterr().err.splitlines() == notes[:2]
    print_results(archive, results, "wheat", None, "view")
    assert capsys.readouterr().err == ""


def test_no_hits_as_rows(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = archive.search("xyzzy", facets=["section"])
    for form, out in (("csv", "facet,value,count\n"), ("jsonl", "")):
        print_results(archive, nothing, "xyzzy", None, form)  # type: ignore[arg-type]
        captured = capsys.readouterr()
        assert captured.out == out
        assert "no hits in" in captured.err
    print_results(archive, nothing, "xyzzy", "wheat", "json")
    captured = capsys.readouterr()
    assert (json.loads(captured.out)["did_you_mean"], captured.err) == ("wheat", "")
    assert captured.out.startswith('{\n  "query"')


def test_no_hits_go_to_standard_error(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    print_results(archive, archive.search("xyzzy"), "xyzzy", "wheat", "view")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "did you mean: wheat" in captured.err
