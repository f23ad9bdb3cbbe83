"""Where the commands write: consoles, the progress bar, the report of a run, result formats."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from time import monotonic
from typing import Any, Literal, TypeVar

import click
from rich.console import Console
from rich.text import Text

from searchlib.any_archive import AnyArchive
from searchlib.index.indexing import Report
from searchlib.ingest.read_summary import ReadSummary
from searchlib.repl import data, render
from searchlib.results import Results

__all__ = [
    "Format",
    "command_line",
    "counting_bar",
    "default_archive",
    "outcome",
    "print_report",
    "print_results",
    "print_whole",
    "progress_bar",
    "report_data",
    "stderr",
    "stdout",
]

_Item = TypeVar("_Item")

Format = Literal["view", "json", "jsonl", "csv"]

_TOP = 20  # values shown of a facet
_MAX_REJECTED = 10  # rejected records that are reported one by one
_MAX_ORDERS = 5  # files whose order of dates is told


class _Console(Console):
    """A console that prints texts as they are, whatever signs are in them, and leaves a broken pipe
    to ``run``, which handles it in one place."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def stdout() -> Console:
    """Standard output, for data."""
    return _Console()


def print_whole(text: str) -> None:
    """Write a text to standard output, past its buffers: all of it is written when this returns,
    and nothing is left to be written at the end if it raises OSError.

    Where PYTHONUNBUFFERED is set, ``print`` and ``click.echo`` lose the rest of a text whose
    beginning was written before the reader went away, and raise nothing.
    """
    stream = sys.stdout
    stream.flush()
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.RawIOBase):  # of a test or an editor
        click.echo(text, nl=False)
        return
    encoded = text.replace("\n", os.linesep).encode(stream.encoding, stream.errors or "strict")
    left = memoryview(encoded)
    while left:
        left = left[raw.write(left) or 0 :]


def stderr() -> Console:
    """Standard error, for everything else."""
    console = _Console(stderr=True)
    console.soft_wrap = not console.is_terminal  # a message in a log is one line
    return console


def default_archive() -> str:
    """The archive of a command that names none."""
    return os.environ.get("SEARCHLIB_ARCHIVE") or "index"


def command_line(command: str, archive: str) -> str:
    """A command that is proposed, as it is to be typed for this archive.

    >>> command_line("searchlib watch list", "my news")
    "searchlib watch list --archive 'my news'"
    """
    if archive == default_archive():
        return command
    return f"{command} --archive {shlex.quote(render.plain(archive))}"


@contextlib.contextmanager
def progress_bar(
    console: Console, bytes_read: Callable[[], tuple[int, int]] | None = None
) -> Iterator[Callable[[int], None] | None]:
    """A bar with articles a second, at a terminal; gives what to call with the count so far.
    ``bytes_read`` says how many bytes of how many were read, and so how long it will take."""
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, ProgressColumn, Task

    started = updated = monotonic()
    count = 0

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            elapsed = monotonic() - started
            is_writing = count and monotonic() - updated > 1
            parts = [f"{count:,} articles"]
            parts.append("writing" if is_writing else f"{count / max(elapsed, 1e-3):,.0f} a second")
            if task.total and 0 < task.completed < task.total:
                left = elapsed * (task.total - task.completed) / task.completed
                parts.insert(
                    0, f"{render.size(int(task.completed))} of {render.size(int(task.total))}"
                )
                parts.append(f"{left:,.0f} s left")
            return Text(", ".join(parts))

    def show(so_far: int) -> None:
        nonlocal updated, count
        updated, count = monotonic(), so_far
        done, total = (so_far, None) if bytes_read is None else bytes_read()
        bar.update(task, completed=done if total else so_far, total=total or None)

    with Progress(BarColumn(20), Rate(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield show


def counting_bar(
    console: Console, items: Iterable[_Item], total: int, what: str
) -> Iterator[_Item]:
    """The items as they come; at a terminal with a bar of how many of them were seen."""
    if not console.is_terminal:
        yield from items
        return
    from rich.progress import track

    yield from track(items, what, total, console=console, transient=True)


def print_report(console: Console, report: Report, archive: str) -> None:
    """What a run of indexing an archive did, how files were understood, and which records were
    rejected."""
    rate = report.accepted / max(report.took, 1e-6)
    console.print(
        f"{outcome(report)} in {render.took(report.took)} ({rate:,.0f} articles a second)"
    )
    if report.homeless:
        console.print(
            Text(
                f"the text of these articles seems to be in {render.plain(report.homeless)}, which "
                f"is not searched: index them again with --map {_quoted(report.homeless)}",
                style="bold red",
            )
        )
    if report.not_deleted:
        console.print(
            Text(f"nothing was deleted: {render.plain(report.not_deleted)}", style="bold")
        )
    for line in _details(report, archive):
        console.print(Text(f"  {render.plain(line)}"))


def _quoted(key: str) -> str:
    option = f"body={render.plain(key)}"
    return f"'{option}'" if " " in option else option


def outcome(report: Report) -> str:
    """How many articles were added, updated and so on, in words."""
    counts = f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged"
    deleted = f", {report.deleted:,} deleted" if report.deleted else ""
    return f"{counts}{deleted}, {len(report.rejected):,} rejected"


def _details(report: Report, archive: str) -> Iterator[str]:
    if report.reading is not None:
        yield from _understood(report.reading)
    for place in report.resumed:
        yield f"resumed {place}"
    if report.skipped:
        yield f"not read again, since nothing changed: {render.number(report.skipped, 'file')}"
    if report.alert_count:
        found = render.number(report.alert_count, "alert")
        telling = command_line("searchlib watch run", archive)
        yield f"{found} of standing queries: {telling} tells them"
    for rejected in report.rejected[:_MAX_REJECTED]:
        yield f"rejected: {rejected}"
    if len(report.rejected) > _MAX_REJECTED:
        yield f"and {len(report.rejected) - _MAX_REJECTED:,} more rejected (--rejects FILE has all)"
    if report.language:
        yield f"language: {report.language}, as nothing says it (--language CODE does)"
    if report.unknown_languages:
        yield f"languages not known, searched as written: {', '.join(report.unknown_languages)}"
    if report.unsearched:
        yield f"stored but not searched: {', '.join(report.unsearched)}"


def _understood(reading: ReadSummary) -> Iterator[str]:
    """How files were read, where it is not plain: other formats than JSON Lines, keys that became
    fields, files that were passed over."""
    if set(reading.files) - {"JSON Lines"}:
        yield "read: " + ", ".join(
            f"{title} ({render.number(files, 'file')}, "
            f"{render.number(reading.records[title], 'article')})"
            for title, files in reading.files.most_common()
        )
    if reading.renamed:
        keys_of: dict[str, list[str]] = {}
        for key, to in reading.renamed.items():
            keys_of.setdefault(to, []).append(key)
        yield "fields: " + "; ".join(f"{', '.join(keys)} -> {to}" for to, keys in keys_of.items())
    if reading.encodings:
        encodings = (f"{name} ({count:,})" for name, count in reading.encodings.most_common())
        yield "encodings: " + ", ".join(encodings)
    for name, order in islice(reading.orders.items(), _MAX_ORDERS):
        yield f"dates of {name} are read {order}, as some can only be"
    if reading.passed_over:
        passed = (
            f"{kind} ({render.number(count, 'file')})"
            for kind, count in reading.passed_over.most_common(10)
        )
        yield f"passed over: {', '.join(passed)}"


def report_data(report: Report) -> dict[str, Any]:
    """A report as plain values."""
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "deleted": report.deleted,
        "rejected": [
            {"where": one.where, "field": one.field, "why": one.why} for one in report.rejected
        ],
        "unsearched": list(report.unsearched),
        "homeless": report.homeless,
        "keys": report.keys,
        "alerts": report.alert_count,
        "files_skipped": report.skipped,
        "resumed": list(report.resumed),
        "language": report.language,
        "unknown_languages": list(report.unknown_languages),
        "took": report.took,
        "reading": None if report.reading is None else report.reading.to_json(),
    }


def print_results(
    archive: AnyArchive, results: Results, query: str, did_you_mean: str | None, form: Format
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
    if form in ("jsonl", "csv"):
        for note in results.notes:
            if note.startswith(("partial:", "ranks are fused:")):  # no row says so
                stderr().print(note)
    if form == "jsonl":
        for hit in results:
            click.echo(data.to_json(data.hit_data(hit, layout)))
    elif form == "csv" and results.facets:
        for line in data.facet_lines(results):
            click.echo(line, nl=False)
    elif form == "csv":
        for line in data.csv_lines(results, archive.schema, layout):
            click.echo(line, nl=False)
