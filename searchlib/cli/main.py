"""The command line. Data goes to standard output, everything else to standard error.

Exit codes: 0 hits or done, 1 no hits, 2 a bad query or bad arguments, 3 trouble with the archive.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import IO, Any, Literal, NoReturn, TextIO

import click
from rich.console import Console
from rich.text import Text

from searchlib import kernels
from searchlib._version import __version__
from searchlib.archive import Archive
from searchlib.errors import ArchiveError, ArchiveNotFound, PerformanceWarning, SearchlibError
from searchlib.index.indexing import Report
from searchlib.ingest import read
from searchlib.repl import data, render, tour
from searchlib.repl.outcome import Exit, exit_of
from searchlib.results import Results
from searchlib.schema import NEWS

__all__ = ["main", "run"]

_TOP = 20  # values shown of a facet
_REJECTED = 20  # rejected records that are told one by one

_archive_option = click.option(
    "--archive",
    "path",
    default="index",
    show_default=True,
    envvar="SEARCHLIB_ARCHIVE",
    metavar="FOLDER",
    help="The archive's folder.",
)


class _Console(Console):
    """A console that lets a broken pipe be handled in one place, by :func:`run`."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _out() -> Console:
    return _Console(highlight=False)


def _err() -> Console:
    console = _Console(stderr=True, highlight=False)
    console.soft_wrap = not console.is_terminal  # a message in a log is one line
    return console


def main() -> NoReturn:
    """The ``searchlib`` command: run it with the process's arguments, and exit."""
    warnings.simplefilter("always", PerformanceWarning)
    warnings.showwarning = _show_warning
    sys.exit(run(sys.argv[1:]))


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    """Print a warning for people; others as Python does."""
    if issubclass(category, PerformanceWarning):
        _err().print(str(message))
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
        print(text, end="", file=file or sys.stderr)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; all errors are told on standard error."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # not a text file: a test's, or an editor's
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if "_SEARCHLIB_COMPLETE" in os.environ:  # the shell asks click what could be typed next
        searchlib.main(prog_name="searchlib")
    try:
        # Not searchlib.main(): it would turn a broken pipe into exit code 1, "no hits".
        with searchlib.make_context("searchlib", list(arguments)) as context:
            code = searchlib.invoke(context)
        sys.stdout.flush()
        return int(code or 0)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.NoSuchOption) and "search" in arguments[:1]:
            click.echo("A query that begins with a minus comes after --", err=True)
        return Exit.BAD_REQUEST
    except (click.Abort, KeyboardInterrupt):
        _err().print("stopped")
        return 130
    except BrokenPipeError:
        # Whoever read has had enough. What is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except (SearchlibError, OSError) as error:
        _err().print(render.problem(error))
        return exit_of(error)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(
    __version__,
    message=f"searchlib %(version)s (compiled kernels: {'yes' if kernels.available else 'no'})",
)
def searchlib() -> None:
    """Search a news archive: exact phrases, dates, and counts by section, source and month.

    Start with: searchlib demo
    """


@searchlib.command()
@click.argument("folder", required=False)
def demo(folder: str | None) -> None:
    """Make a small archive of shipped articles, and search it.

    It goes to a new temporary folder, or to FOLDER.
    """
    with _open_or_create(folder or tempfile.mkdtemp(prefix="searchlib-demo-")) as archive:
        if tour.has_others(archive):
            why = f"{archive.path}: there are other articles here: name a new folder"
            raise ArchiveError(why, archive.path)
        tour.show(_out(), archive)


def _open_or_create(path: str) -> Archive:
    try:
        return Archive.open(path)
    except ArchiveNotFound:
        return Archive.create(path, NEWS)


def _settings(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> Any:
    settings = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{one!r} is not NAME=VALUE, as in section=world")
        settings[name.strip()] = value.strip()
    return settings


@searchlib.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILES...")
@_archive_option
@click.option(
    "--set",
    "defaults",
    multiple=True,
    callback=_settings,
    metavar="NAME=VALUE",
    help="A value for articles that have none: --set section=world.",
)
@click.option(
    "--day-first/--month-first",
    default=None,
    help="What 03/04/2022 means in these files; such dates are rejected otherwise.",
)
@click.option("--from-start", is_flag=True, help="Do not go on where a run was stopped.")
def index(
    paths: tuple[str, ...], path: str, defaults: dict[str, str], day_first: bool | None,
    from_start: bool,
) -> int:  # fmt: skip
    """Add articles to an archive; make it if there is none.

    FILES are files, folders or patterns: JSON Lines (.jsonl, .ndjson), JSON (.json), the text of
    a news page (.txt), each also packed (.gz). A single - is standard input. An article with an
    id that the archive has takes the place of the old one. A run that was stopped goes on where
    it was when it is started again.
    """
    articles = read(*paths, day_first=day_first, **defaults)
    console = _err()
    with _open_or_create(path) as archive:
        try:
            with _progress(console) as progress:
                report = archive.add(articles, progress=progress, resume=not from_start)
        except KeyboardInterrupt:
            on = "goes on from there" if len(archive) else "begins anew"
            console.print(f"stopped with {len(archive):,} articles; the same command {on}")
            return 130
    _tell(console, report)
    return Exit.BAD_REQUEST if report.rejected and not report.taken else Exit.DONE


@contextlib.contextmanager
def _progress(console: Console) -> Iterator[Callable[[int], None] | None]:
    """A bar with articles a second, where somebody sees it."""
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeElapsedColumn

    seen = [monotonic()]

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            writing = task.completed and monotonic() - seen[0] > 1
            doing = "writing" if writing else f"{task.speed or 0:,.0f} a second"
            return Text(f"{task.completed:,.0f} articles, {doing}")

    def show(done: int) -> None:
        seen[0] = monotonic()
        bar.update(task, completed=done)

    columns = BarColumn(), Rate(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield show


def _tell(console: Console, report: Report) -> None:
    rate = report.taken / max(report.took, 1e-6)
    console.print(
        f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged, "
        f"{len(report.rejected):,} rejected in {render.took(report.took)} "
        f"({rate:,.0f} articles a second)"
    )
    for place in report.resumed:
        console.print(Text(f"  resumed {render.plain(place)}"))
    for rejected in report.rejected[:_REJECTED]:
        console.print(Text(f"  rejected: {render.plain(rejected)}"))
    if len(report.rejected) > _REJECTED:
        console.print(f"  and {len(report.rejected) - _REJECTED:,} more rejected")
    if report.unsearched:
        names = ", ".join(map(render.plain, report.unsearched))
        console.print(Text(f"  kept but not searched: {names}"))


_Form = Literal["view", "json", "jsonl", "csv"]


@searchlib.command()
@click.argument("query", nargs=-1, required=True)
@_archive_option
@click.option("--facet", "facets", multiple=True, help="Count by a field: section, date:month.")
@click.option("--sort", help="A field to sort by; -date for the newest first.")
@click.option("--limit", type=click.IntRange(0, 100_000), default=10, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, help="Hits to leave out at first.")
@click.option(
    "--match",
    type=click.Choice(["all", "any"]),
    default="all",
    show_default=True,
    help="Whether all of the words must be there, or any.",
)
@click.option("--json", "form", flag_value="json", help="One JSON object, with facets.")
@click.option("--jsonl", "form", flag_value="jsonl", help="A JSON object a hit.")
@click.option("--csv", "form", flag_value="csv", help="A line a hit, and a head line.")
def search(
    query: tuple[str, ...],
    path: str,
    facets: tuple[str, ...],
    sort: str | None,
    limit: int,
    offset: int,
    match: Literal["all", "any"],
    form: _Form | None,
) -> int:
    """Search an archive. Put a QUERY with quotes or brackets in single quotes.

    \b
      searchlib search '"internet civilization" date:2021..2022' --facet section
      searchlib search 'budget -sports' --sort -date --json
      searchlib search -- '-sports budget'       (-- before a query that begins with a minus)
    """
    if facets and form in ("jsonl", "csv"):
        raise click.UsageError(f"facets are not part of --{form}: use --json, or none of them")
    text = " ".join(query)
    try:
        with Archive.open(path) as archive:
            found = archive.search(
                text, limit=limit, offset=offset, facets=facets, sort=sort, match=match
            )
            better = None if found.total else archive.did_you_mean(text)
            _show(archive, found, text, better, form or "view")
    except SearchlibError as error:
        if form == "json":
            click.echo(data.to_json(data.error_data(error), indent=2))
        raise
    return Exit.DONE if found.total else Exit.NO_HITS


def _show(archive: Archive, found: Results, text: str, better: str | None, form: _Form) -> None:
    layout = render.Layout.of(archive.schema)
    if form == "json":
        click.echo(data.to_json(data.results_data(found, layout, text, better), indent=2))
        return
    if not found.total:
        _err().print(render.no_hits(found, text, better))
    elif form == "view":
        out = _out()
        out.print(render.results(found, layout, out.width))
        for counts in found.facets.values():
            out.print()
            unicode = out.encoding.startswith("utf")
            out.print(render.counted(counts, _TOP, out.width, unicode=unicode))
    if form == "jsonl":
        for hit in found:
            click.echo(data.to_json(data.hit_data(hit, layout)))
    elif form == "csv":
        for line in data.csv_lines(found, archive.schema, layout):
            click.echo(line, nl=False)


@searchlib.command()
@_archive_option
def repl(path: str) -> int:
    """Sit down at the search prompt.

    Without a terminal, the lines of standard input are carried out, one by one.
    """
    from searchlib.repl import shell  # prompt_toolkit is not needed for anything else
    from searchlib.repl.session import Session

    with Archive.open(path) as archive:
        session = Session(archive, _out(), _err())
        if sys.stdin.isatty() and sys.stdout.isatty():
            return shell.sit_down(session)
        return shell.read_lines(session, sys.stdin)


@searchlib.command()
@_archive_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def stats(path: str, as_json: bool) -> None:
    """Show the archive's size and what each field holds."""
    with Archive.open(path) as archive:
        found = archive.stats()
    if as_json:
        click.echo(data.to_json(dataclasses.asdict(found), indent=2))
    else:
        _out().print(render.stats(found))


@searchlib.command()
@_archive_option
def check(path: str) -> int:
    """Read every byte of the archive and tell what is damaged.

    The exit code is 3 if anything is.
    """
    with Archive.open(path) as archive:
        problems = archive.check()
    for problem in problems:
        click.echo(render.plain(problem))
    if not problems:
        _err().print("sound")
    return Exit.ARCHIVE_TROUBLE if problems else Exit.DONE


@searchlib.command()
@_archive_option
@click.argument("into", type=click.Path(file_okay=False))
def repair(path: str, into: str) -> int:
    """Save what can be read of a damaged archive.

    It goes into a new archive in the folder INTO; the damaged archive is not changed. The
    exit code is 3 if anything is lost.
    """
    report = Archive.repair(path, into)
    for problem in report.problems:
        click.echo(render.plain(problem))
    _err().print(f"{report.saved:,} articles saved, {report.lost:,} lost")
    return Exit.ARCHIVE_TROUBLE if report.lost else Exit.DONE


@searchlib.command()
@_archive_option
@click.option("--output", type=click.Path(dir_okay=False), help="A file, instead of the output.")
def export(path: str, output: str | None) -> None:
    """Write all articles as JSON Lines.

    `searchlib index` reads them again.
    """
    with Archive.open(path) as archive, _writing(output) as file:
        for record in archive.export():
            file.write(data.to_json(record) + "\n")


@contextlib.contextmanager
def _writing(output: str | None) -> Iterator[IO[str]]:
    """Standard output, or a file that is whole or not there."""
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


@searchlib.command()
@click.argument("ids", nargs=-1)
@_archive_option
@click.option("--query", help="Delete the articles that this query finds.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(ids: tuple[str, ...], path: str, query: str | None, yes: bool) -> int:
    """Delete articles by their ids, or all that a query finds."""
    if bool(ids) == bool(query):
        raise click.UsageError("give either the ids of articles, or --query")
    with Archive.open(path) as archive:
        if query:
            total = archive.search(query, limit=1, highlight=False).total
            if total and not yes:
                if not sys.stdin.isatty():
                    raise click.UsageError(
                        f"this would delete {total:,} articles and nobody can be asked: add --yes"
                    )
                click.confirm(f"Delete {total:,} articles?", abort=True, err=True)
            number = archive.delete(query=query)
        else:
            number = archive.delete(ids)
    _err().print(f"{number:,} deleted")
    return Exit.DONE if number else Exit.NO_HITS


@searchlib.command()
@_archive_option
def optimize(path: str) -> None:
    """Merge the segments; give back the room of deleted articles."""
    with Archive.open(path) as archive:
        before = archive.stats()
        archive.optimize()
        after = archive.stats()
    _err().print(
        f"{render.number(before.segments, 'segment')}, {before.bytes:,} bytes before; "
        f"{after.segments}, {after.bytes:,} now"
    )
