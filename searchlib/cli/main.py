"""The command line. Data goes to standard output, everything else to standard error.

Exit codes: 0 hits or done, 1 a search without hits, or nothing to index, 2 a bad query or bad
arguments, 3 trouble with the archive, 4 not all was indexed or told, 70 a mistake in searchlib
itself.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import shlex
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn, TextIO

import click
from whoosh import query as wq

from searchlib import kernels
from searchlib._version import __version__
from searchlib.any_archive import AnyArchive
from searchlib.archive import Archive
from searchlib.archive import open as open_archive
from searchlib.cli import batch
from searchlib.cli.completion import complete_facet, complete_sort, completion
from searchlib.cli.copying import copy
from searchlib.cli.exporting import export
from searchlib.cli.indexing import (
    archive_option,
    archives_option,
    asked_archives,
    create,
    index,
    open_archives,
    open_or_create,
    print_partial,
    schema,
    schema_of,
)
from searchlib.cli.output import (
    Format,
    command_line,
    counting_bar,
    print_results,
    progress_bar,
    stderr,
    stdout,
)
from searchlib.cli.reading_options import joined
from searchlib.cli.stories import stories
from searchlib.cli.timeline import timeline
from searchlib.cli.watch import watch
from searchlib.cli.whoosh_import import import_whoosh
from searchlib.errors import (
    ArchiveError,
    ArgumentError,
    PerformanceWarning,
    SearchlibError,
)
from searchlib.query import Limits
from searchlib.repl import data, render, tour
from searchlib.repl.outcome import Exit, damage_named, exit_of, our_mistake
from searchlib.repl.session import Session, did_you_mean
from searchlib.requests import Collapse, Match, SearchRequest
from searchlib.stats import Stats
from searchlib.synonyms import Synonyms

__all__ = ["main", "run"]


def main() -> NoReturn:
    """The ``searchlib`` command: runs with the arguments of the process, and exits."""
    sys.exit(run(sys.argv[1:]))


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    """Print a warning for people; others as Python does."""
    if issubclass(category, PerformanceWarning):
        stderr().print(str(message))
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
        print(text, end="", file=file or sys.stderr)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; errors are explained on standard error."""
    warnings.simplefilter("always", PerformanceWarning)
    warnings.showwarning = _show_warning
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # replaced by a test or an editor
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if "_SEARCHLIB_COMPLETE" in os.environ:  # the shell asks click for completions
        searchlib.main(prog_name="searchlib")
    try:
        # Not searchlib.main(): it would turn a broken pipe into exit code 1, "no hits".
        with searchlib.make_context("searchlib", list(arguments)) as context:
            code = searchlib.invoke(context)
        sys.stdout.flush()
        return int(code or 0)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.UsageError) and str(error).startswith("No such command"):
            click.echo(f"To search: searchlib search {shlex.quote(' '.join(arguments))}", err=True)
        if isinstance(error, click.NoSuchOption) and _is_query_with_minus(error, arguments):
            click.echo("A query that begins with a minus comes after --", err=True)
        return Exit.BAD_REQUEST
    except (click.Abort, KeyboardInterrupt):
        stderr().print("stopped")
        return 130
    except BrokenPipeError:
        # The reader of the pipe is gone. Flushing the buffer at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except (SearchlibError, OSError) as error:
        stderr().print(render.problem(error))
        return exit_of(error)
    except Exception as error:
        if _wants_traceback(arguments):
            traceback.print_exc()
        click.echo(our_mistake(error), err=True)
        return exit_of(error)


def _is_query_with_minus(error: click.NoSuchOption, arguments: Sequence[str]) -> bool:
    """Whether what was taken for an unknown option of a command that takes a query is rather one,
    as -sports is: not if it has two hyphens, as options have, or is the name of one with a hyphen
    missing."""
    first, second = [*arguments, "", ""][:2]
    takes_query = first == "search" or (first, second) == ("watch", "add")
    if not takes_query or error.option_name.startswith("--") or error.ctx is None:
        return False
    names = {name.lstrip("-") for option in error.ctx.command.params for name in option.opts}
    typed = [argument for argument in arguments if argument.startswith(error.option_name)]
    return not any(argument.strip("-").partition("=")[0] in names for argument in typed)


def _wants_traceback(arguments: Sequence[str]) -> bool:
    """Whether --debug stands before the command."""
    options = itertools.takewhile(lambda argument: argument.startswith("-"), arguments)
    return "--debug" in options


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(
    __version__,
    message=f"searchlib %(version)s (compiled kernels: {'yes' if kernels.available else 'no'})",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a mistake in searchlib itself.")
@click.pass_context
def searchlib(context: click.Context, debug: bool) -> None:
    """Search a news archive: exact phrases, dates, and counts by section, source and month.

    Start with: searchlib demo
    """
    context.obj = debug


@searchlib.command()
@click.argument("folder", required=False)
def demo(folder: str | None) -> None:
    """Make a small archive of shipped articles, and search it.

    It is made in FOLDER, or else in a new temporary one.
    """
    place = folder or tempfile.mkdtemp(prefix="searchlib-demo-")
    with open_or_create(place, stories="yes", is_new_only=True) as archive:
        if tour.has_others(archive):
            message = f"{archive.path}: there are other articles here: name a new folder"
            raise ArchiveError(message, archive.path)
        tour.show(stdout(), archive)


@searchlib.command()
@archive_option
def upgrade(path: str) -> None:
    """Bring an archive of an earlier version up to date.

    It is indexed anew from its stored texts: more words are found then, in more languages. A
    stopped upgrade leaves the archive as it was.
    """
    with Archive.open(path) as archive, progress_bar(stderr()) as progress:
        report = archive.upgrade(on_progress=progress)
    if report.before == report.after:
        stderr().print(f"up to date: its analysis has version {report.after}")
    else:
        articles = render.number(report.articles, "article")
        stderr().print(
            f"{articles} indexed anew in {render.took(report.took)}: the analysis had version "
            f"{report.before}, it has {report.after} now"
        )


@searchlib.command()
@click.argument("query", nargs=-1)
@asked_archives
@click.option(
    "--facet", "facets", multiple=True, shell_complete=complete_facet,
    help="Count by a field: section, date:month, words:step=nice; with options: section:limit=5.",
)  # fmt: skip
@click.option(
    "--sort", multiple=True, callback=joined, shell_complete=complete_sort,
    help="A field to sort by; -date for the newest first; several: section,-date.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(0, 100_000), default=10, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, help="Hits to skip.")
@click.option(
    "--match",
    type=click.Choice(["all", "any", "best"]),
    default="all",
    show_default=True,
    help="Whether an article must have all of the words, or any; best: those with all first.",
)
@click.option(
    "--recency", type=float, metavar="DAYS",
    help="An article of so many days ago scores half as much as one of now.",
)  # fmt: skip
@click.option(
    "--collapse", type=click.Choice(["story", "story:first", "story:latest"]),
    help="One hit for all near copies of a text: the best one, the first or the latest.",
)  # fmt: skip
@click.option("--boost-by", metavar="FIELD", help="Multiply scores by 1 + ln(1 + this number).")
@click.option(
    "--synonyms", "synonyms_file", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    help="Lines such as tv, television (both ways) or uk => united kingdom.",
)  # fmt: skip
@click.option(
    "--limit-seconds", type=click.FloatRange(0.001, 3600), metavar="SECONDS",
    help="How long the search may compute.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="One JSON object, with facets.")
@click.option("--jsonl", "form", flag_value="jsonl", help="One JSON object for each hit.")
@click.option(
    "--csv", "form", flag_value="csv",
    help="A header, and a line for each hit; with --facet and --limit 0 for each count.",
)  # fmt: skip
@click.option(
    "--queries", "batch_file", metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="A CSV of queries instead of one (name, query, match, names of fields to narrow by): the "
    "answer is a CSV of totals, and of counts by --facet.",
)  # fmt: skip
@click.option("--matrix", is_flag=True, help="With --queries: a column for each value of --facet.")
@click.option("--ids", type=click.IntRange(0, 100_000), default=0, metavar="N",
              help="With --queries: the ids of the first N articles.")  # fmt: skip
def search(
    query: tuple[str, ...],
    paths: tuple[str, ...],
    facets: tuple[str, ...],
    sort: str | None,
    limit: int,
    offset: int,
    match: Match,
    recency: float | None,
    boost_by: str | None,
    synonyms_file: str | None,
    limit_seconds: float | None,
    form: Format | None,
    batch_file: str | None,
    matrix: bool,
    ids: int,
    collapse: Collapse | None,
) -> int:
    """Search an archive. Put a QUERY with quotes or brackets in single quotes.

    \b
      searchlib search '"internet civilization" date:2021..2022' --facet section
      searchlib search 'budget -sports' --sort -date --json
      searchlib search -- '-sports budget'       (-- before a query that begins with a minus)
      searchlib search --queries queries.csv --facet date:month > counts.csv
    """
    limits = None if limit_seconds is None else Limits(seconds=limit_seconds)
    if batch_file is not None:
        if collapse is not None:
            raise click.UsageError("--queries count articles: leave --collapse out")
        if query or form not in (None, "csv", "json"):
            raise click.UsageError("--queries takes the place of a QUERY, as CSV or with --json")
        options = {
            "sort": sort, "match": match, "recency": recency, "boost_by": boost_by,
            "synonyms": Synonyms.read(synonyms_file) if synonyms_file else None,
        }  # fmt: skip
        with open_archives(paths, limits) as archive, damage_named(archive):
            print_partial(archive)
            return _batch(archive, batch_file, facets, options, "json" if form == "json" else
                          "matrix" if matrix else "csv", ids)  # fmt: skip
    if not query:
        raise click.UsageError("Missing argument 'QUERY...'.")
    if matrix or ids:
        raise click.UsageError(f"--{'matrix' if matrix else 'ids'} is for --queries")
    if facets and (form == "jsonl" or (form == "csv" and limit)):
        cure = "use --json" + (", or --limit 0 for the counts alone" if form == "csv" else "")
        raise click.UsageError(f"--{form} has no facets beside hits: {cure}")
    text = " ".join(query)
    try:
        request = SearchRequest(
            text, limit=limit, offset=offset, facets=facets, sort=sort, match=match,
            recency=recency, boost_by=boost_by, collapse=collapse,
            synonyms=Synonyms.read(synonyms_file) if synonyms_file else None,
        )  # fmt: skip
        with open_archives(paths, limits) as archive, damage_named(archive):
            results = archive.search(request)
            better = None if results.total else did_you_mean(archive, text)
            print_results(archive, results, text, better, form or "view")
    except SearchlibError as error:
        if form == "json":
            click.echo(data.to_json(data.error_data(error), indent=2))
        raise
    return Exit.DONE if results.total else Exit.NO_HITS


def _batch(
    archive: AnyArchive, place: str, facets: Sequence[str], options: dict[str, Any],
    form: batch.BatchForm, ids: int,
) -> int:  # fmt: skip
    """Answer a table of queries, all of one snapshot."""
    if form == "matrix" and len(facets) != 1:
        raise click.UsageError("--matrix needs one --facet")
    asked = batch.matrix_facets(facets[0]) if form == "matrix" else facets
    try:
        columns, rows = batch.read_queries(batch.lines_of(place), place)
    except UnicodeDecodeError:
        raise ArgumentError(f"{place}: this is not UTF-8 text") from None
    batch.check_columns(columns, archive.schema)
    failed = 0
    with archive.snapshot() as snapshot:
        answers = batch.run_queries(snapshot, rows, asked, options, ids)

        def counted() -> Iterator[batch.BatchRow]:
            nonlocal failed
            for row in counting_bar(stderr(), answers, len(rows), "queries"):
                failed += bool(row.error)
                yield row

        if form == "json":
            click.echo(data.to_json(batch.as_json(counted()), indent=2))
        else:
            rows_of = batch.as_matrix(counted()) if form == "matrix" else batch.as_csv(
                counted(), facets, ids
            )  # fmt: skip
            for line in rows_of:
                click.echo(line, nl=False)
    if failed:
        which = f"{render.number(failed, 'query')} of {len(rows):,}"
        stderr().print(f"{which} could not be answered: see the column error")
    return Exit.NOT_ALL if failed else Exit.DONE


@searchlib.command()
@asked_archives
@click.pass_obj
def repl(debug: bool, paths: tuple[str, ...]) -> int:
    """Open the search prompt.

    Without a terminal, the lines of standard input are run one by one.
    """
    from searchlib.repl import shell  # imports prompt_toolkit, which no other command needs

    with open_archives(paths) as archive:
        print_partial(archive)
        session = Session(archive, stdout(), stderr(), debug=debug)
        if sys.stdin.isatty() and sys.stdout.isatty():
            return shell.run_prompt(session)
        return shell.read_lines(session, sys.stdin)


@searchlib.command()
@asked_archives
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def stats(paths: tuple[str, ...], as_json: bool) -> None:
    """Show the archive's size and what each field holds.

    Of several archives it shows what they hold together, and how large each is.
    """
    with open_archives(paths) as archive:
        figures = archive.stats()
        each: dict[str, Stats] = archive.stats_of_each() if len(paths) > 1 else {}
        print_partial(archive)
    if as_json:
        said = dataclasses.asdict(figures)
        if each:
            said["archives"] = {name: dataclasses.asdict(one) for name, one in each.items()}
        click.echo(data.to_json(said, indent=2))
    else:
        stdout().print(render.stats(figures, each))


@searchlib.command()
@archives_option
def check(paths: tuple[str, ...]) -> int:
    """Read every byte of the archive and list what is damaged.

    The exit code is 3 if anything is.
    """
    problems: list[str] = []
    for path in paths:
        try:
            with open_archive(path) as archive:
                problems += archive.check()
        except ArchiveError as error:
            if len(paths) == 1:
                raise
            problems.append(str(error))
    for problem in problems:
        click.echo(render.plain(problem))
    if not problems:
        stderr().print("sound")
    return Exit.ARCHIVE_TROUBLE if problems else Exit.DONE


@searchlib.command()
@archive_option
@click.argument("into", type=click.Path(file_okay=False))
@click.option(
    "--schema", "schema_file", metavar="FILE",
    help="The fields of the archive, if its manifest is damaged: a file, or news.",
)  # fmt: skip
def repair(path: str, into: str, schema_file: str | None) -> int:
    """Save what can be read of a damaged archive.

    It goes into a new archive in the folder INTO; the damaged archive is not changed. The
    exit code is 3 if anything is lost.
    """
    schema = schema_of(schema_file) if schema_file else None
    report = Archive.repair(path, into, schema)
    for problem in report.problems:
        click.echo(render.plain(problem))
    stderr().print(f"{render.number(report.saved, 'article')} saved, {report.lost:,} lost")
    return Exit.ARCHIVE_TROUBLE if report.lost or report.incomplete else Exit.DONE


@searchlib.command()
@click.argument("ids", nargs=-1)
@archive_option
@click.option("--query", help="Delete all articles that match this query.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(ids: tuple[str, ...], path: str, query: str | None, yes: bool) -> None:
    """Delete articles by id, or all that match a query.

    In the archive of a Whoosh program an id is the value of a unique field.

    The exit code is 0 also if there was nothing to delete.
    """
    if bool(ids) == bool(query):
        raise click.UsageError("give either the ids of articles, or --query")
    with open_archive(path) as archive:
        if query:
            request = SearchRequest(query)
            total = archive.count(request)
            if total and not yes:
                which = render.number(total, "article")
                if not sys.stdin.isatty():
                    raise click.UsageError(
                        f"this would delete {which}, and nobody can be asked: add --yes"
                    )
                click.confirm(f"Delete {which}?", abort=True, err=True)
            count = archive.delete(query=request)
        else:
            count = archive.delete(ids)
            if isinstance(archive, Archive) and archive.schema.is_exact and count < len(ids):
                count += _delete_documents(archive, ids)
    stderr().print(f"{count:,} deleted")


def _delete_documents(archive: Archive, ids: Sequence[str]) -> int:
    """Delete the documents of a Whoosh program that have these values in a unique field: their keys
    in the archive are hidden from the program."""
    fieldtypes = archive.schema.to_whoosh().items()
    unique = [(name, fieldtype) for name, fieldtype in fieldtypes if fieldtype.unique]
    if not unique:
        shown = command_line("searchlib search --json", archive.path)
        cure = f"use --query, or the id that {shown} shows"
        raise ArgumentError(f"the documents of this Whoosh program have no unique field: {cure}")
    terms = []
    for name, fieldtype in unique:
        for text in ids:
            with contextlib.suppress(Exception):  # of Whoosh: a field of numbers has no such value
                terms.append(wq.Term(name, fieldtype.to_bytes(text)))
    return archive.delete(query=wq.Or(terms)) if terms else 0


@searchlib.command()
@archive_option
def optimize(path: str) -> None:
    """Merge all segments; free the space of deleted articles."""
    with Archive.open(path) as archive:
        before = archive.stats()
        archive.optimize()
        after = archive.stats()
    stderr().print(
        f"{render.number(before.segments, 'segment')}, {render.size(before.bytes)} before; "
        f"{after.segments}, {render.size(after.bytes)} now"
    )


@searchlib.command("help")
@click.argument("name", required=False)
@click.pass_context
def show_help(context: click.Context, name: str | None) -> None:
    """Show this help, or that of a command."""
    parent = context.parent
    assert parent is not None
    shown = searchlib if name is None else searchlib.get_command(parent, name)
    if shown is None:
        raise click.UsageError(f"there is no command {name!r}")
    named = parent if name is None else click.Context(shown, info_name=name, parent=parent)
    click.echo(shown.get_help(named))


for _command in (
    create,
    index,
    schema,
    import_whoosh,
    copy,
    export,
    timeline,
    watch,
    stories,
    completion,
):
    searchlib.add_command(_command)
