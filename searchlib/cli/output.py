"""Where the commands write: consoles, the progress bar, the report of a run, result formats."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import IO, Literal

import click
from rich.console import Console
from rich.text import Text

from searchlib.archive import Archive
from searchlib.index.indexing import Report
from searchlib.repl import data, render
from searchlib.results import Results

__all__ = [
    "Format",
    "output_file",
    "print_report",
    "print_results",
    "progress_bar",
    "stderr",
    "stdout",
]

Format = Literal["view", "json", "jsonl", "csv"]

_TOP = 20  # values shown of a facet
_MAX_REJECTED = 20  # rejected records that are reported one by one


class _Console(Console):
    """A console that leaves a broken pipe to ``run``, which handles it in one place."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def stdout() -> Console:
    """Standard output, for data."""
    return _Console(highlight=False)


def stderr() -> Console:
    """Standard error, for everything else."""
    console = _Console(stderr=True, highlight=False)
    console.soft_wrap = not console.is_terminal  # a message in a log is one line
    return console


@contextlib.contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[int], None] | None]:
    """A bar with articles a second, at a terminal; gives what to call with the count so far."""
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeElapsedColumn

    updated = monotonic()

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            writing = task.completed and monotonic() - updated > 1
            activity = "writing" if writing else f"{task.speed or 0:,.0f} a second"
            return Text(f"{task.completed:,.0f} articles, {activity}")

    def show(count: int) -> None:
        nonlocal updated
        updated = monotonic()
        bar.update(task, completed=count)

    columns = BarColumn(), Rate(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield show


def print_report(console: Console, report: Report) -> None:
    """What a run of indexing did, and which records were rejected."""
    rate = report.accepted / max(report.took, 1e-6)
    console.print(
        f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged, "
        f"{len(report.rejected):,} rejected in {render.took(report.took)} "
        f"({rate:,.0f} articles a second)"
    )
    for place in report.resumed:
        console.print(Text(f"  resumed {render.plain(place)}"))
    for rejected in report.rejected[:_MAX_REJECTED]:
        console.print(Text(f"  rejected: {render.plain(rejected)}"))
    if len(report.rejected) > _MAX_REJECTED:
        console.print(f"  and {len(report.rejected) - _MAX_REJECTED:,} more rejected")
    if report.language:
        console.print(f"  language: {report.language}, as nothing says it (--language CODE does)")
    if report.unknown_languages:
        names = ", ".join(map(render.plain, report.unknown_languages))
        console.print(Text(f"  languages not known, searched as written: {names}"))
    if report.unsearched:
        names = ", ".join(map(render.plain, report.unsearched))
        console.print(Text(f"  stored but not searched: {names}"))


def print_results(
    archive: Archive, results: Results, query: str, did_you_mean: str | None, form: Format
) -> None:
    """A page of results in a format; ``query`` is as it was typed."""
    layout = render.Layout.of(archive.schema)
    if form == "json":
        click.echo(data.to_json(data.results_data(results, layout, query, did_you_mean), indent=2))
        return
    if not results.total:
        stderr().print(render.no_hits(results, query, did_you_mean))
    elif form == "view":
        console = stdout()
        unicode = console.encoding.startswith("utf")
        console.print(render.results(results, layout, console.width))
        for counts in results.facets.values():
            console.print()
            console.print(render.counted(counts, _TOP, console.width, unicode=unicode))
    if form == "jsonl":
        for hit in results:
            click.echo(data.to_json(data.hit_data(hit, layout)))
    elif form == "csv":
        for line in data.csv_lines(results, archive.schema, layout):
            click.echo(line, nl=False)


@contextlib.contextmanager
def output_file(output: str | None) -> Iterator[IO[str]]:
    """Standard output, or a file that is either complete or not there."""
    if output is None:
        yield sys.stdout
        return
    partial = Path(f"{output}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            yield file
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
