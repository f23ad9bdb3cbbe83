"""The commands that bring articles in: ``index``, ``create`` and ``schema``."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem
from rich.console import Console
from rich.text import Text

from searchlib.any_archive import AnyArchive
from searchlib.archive import Archive
from searchlib.archive import open as open_archive
from searchlib.archive_set import open_many
from searchlib.cli.output import (
    default_archive,
    outcome,
    print_report,
    progress_bar,
    report_data,
    stderr,
)
from searchlib.cli.reading_options import MAP_FILE, ReadingOptions, reading_options
from searchlib.codec.directory import Directory
from searchlib.errors import (
    ArchiveLocked,
    ArchiveNotFound,
    ArgumentError,
    RecordError,
    TooManyDeletes,
)
from searchlib.index.indexing import Report
from searchlib.index.manifest import MANIFEST, TAKE_OVER, holds_whoosh_index
from searchlib.index.store import remove_empty
from searchlib.ingest import read
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.article_reader import ArticleReader
from searchlib.opensearch.address import is_address
from searchlib.query import Limits
from searchlib.repl import data, render
from searchlib.repl.outcome import Exit
from searchlib.schema import NEWS, Schema, known_language
from searchlib.schema.guess import guess_schema

__all__ = [
    "STORIES", "archive_option", "archives_option", "asked_archives", "check_alone", "create",
    "index", "open_archives", "open_or_create", "print_partial", "schema", "schema_of",
    "story_options", "watch_folder",
]  # fmt: skip

_Callable = TypeVar("_Callable", bound=Callable[..., Any])
_PARTIAL = "searchlib.partial"  # in the context of a command: whether archives may be left out
_WATCH_SECONDS = 2.0
_WHOOSH_INDEX = f"a Whoosh index: {TAKE_OVER}"
STORIES: dict[str, Any] = {"yes": True, "strict": "strict"}  # by option
_GUESSED = 2_000  # articles that a schema is guessed from
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _one_archive(context: click.Context, option: click.Parameter, paths: tuple[str, ...]) -> str:
    if len(paths) > 1:
        raise click.UsageError("one --archive at a time")
    return paths[0] if paths else default_archive()


def _archives(
    context: click.Context, option: click.Parameter, paths: tuple[str, ...]
) -> tuple[str, ...]:
    return paths or (_one_archive(context, option, paths),)


def _keep_partial(context: click.Context, option: click.Parameter, refused: bool) -> None:
    context.meta[_PARTIAL] = not refused


def open_archives(paths: tuple[str, ...], limits: Limits | None = None) -> Any:
    """The archive, or several as one: without those that cannot be asked, unless the command line
    says --no-partial."""
    if len(paths) == 1:
        return open_archive(paths[0], limits=limits)
    context = click.get_current_context(silent=True)
    partial = context is None or context.meta[_PARTIAL]
    return open_many(paths, partial=partial, limits=limits)


def print_partial(archive: Any) -> None:
    """Say which of several archives are left out."""
    for note in getattr(archive, "partial_notes", ()):
        stderr().print(note)


def _complete_folder(
    context: click.Context, option: click.Parameter, typed: str
) -> list[CompletionItem]:
    return [CompletionItem(typed, type="dir")]  # the shell knows them


archive_option = click.option(
    "--archive",
    "path",
    multiple=True,
    callback=_one_archive,
    metavar="FOLDER",
    shell_complete=_complete_folder,
    help="The archive's folder, or the address of one on a cluster.  [index, or what "
    "SEARCHLIB_ARCHIVE says]",
)


#: For what is done with each of several archives.
archives_option = click.option(
    "--archive",
    "paths",
    multiple=True,
    callback=_archives,
    metavar="FOLDER",
    shell_complete=_complete_folder,
    help="The archive's folder, or the address of one on a cluster; several folders are asked as "
    "one archive.  [index, or what SEARCHLIB_ARCHIVE says]",
)

_partial_option = click.option(
    "--no-partial",
    is_flag=True,
    expose_value=False,
    callback=_keep_partial,
    help="Fail if one of several archives cannot be asked; else the others answer, and it is said.",
)


def asked_archives(command: _Callable) -> _Callable:
    """The options of a command that asks several archives as one."""
    return archives_option(_partial_option(command))


def story_options(command: Any) -> Any:
    """The options by which a new archive gets stories; the argument is a key of STORIES."""
    strict = click.option(
        "--strict-stories",
        "stories",
        flag_value="strict",
        help="The same, but copies must differ less.",
    )
    return click.option(
        "--stories",
        "stories",
        flag_value="yes",
        help="Take near copies of a text for one story, in a new archive.",
    )(strict(command))


_settings_options = (
    click.option(
        "--schema",
        "schema_file",
        metavar="FILE",
        help="The fields of a new archive, as `searchlib schema` prints them; or news.",
    ),
    click.option(
        "--language",
        metavar="CODE",
        help="The language of articles without a lang, as in fr; English if nothing says it.",
    ),
    click.option(
        "--zone", metavar="NAME", help="The time zone of dates without one: Europe/Paris. [UTC]"
    ),
    click.option("--week-start", type=click.Choice(_DAYS, case_sensitive=False), help="[monday]"),
    story_options,
    click.option(
        "--here", is_flag=True, help="Make the archive also in a folder that holds other files."
    ),
)


def _with_settings(command: Any) -> Any:
    for option in reversed(_settings_options):
        command = option(command)
    return command


def open_or_create(
    path: str, *, schema_file: str | None = None, language: str | None = None,
    zone: str | None = None, week_start: str | None = None, day_first: bool | None = None,
    here: bool = False, stories: str | None = None, is_new_only: bool = False,
) -> AnyArchive:  # fmt: skip
    """The archive of a folder; it is made there, with these settings, if there is none. One that
    there is must have been made with the same, unless they are for a new one alone."""
    try:
        archive = open_archive(path)
    except ArchiveNotFound:
        return _create(path, schema_file, language, zone, week_start, day_first, here, stories)
    wrong = ""
    if language is not None and known_language(language) != archive.language:
        wrong = (
            f"this archive is in {archive.language or 'no language'!r}: give articles in other "
            f"languages a value: --set lang={language}"
        )
    elif schema_file is not None and schema_of(schema_file) != archive.schema:
        wrong = "this archive has another schema: name a new folder"
    elif (
        stories is not None
        and not is_new_only
        and archive.settings.get("stories") != STORIES[stories]
    ):
        wrong = "this archive was made without such stories: name a new folder"
    if wrong:
        archive.close()
        raise click.UsageError(f"{path}: {wrong}")
    return archive


def _create(
    path: str, schema_file: str | None, language: str | None, zone: str | None,
    week_start: str | None, day_first: bool | None, here: bool, stories: str | None,
) -> AnyArchive:  # fmt: skip
    if not is_address(path) and not here:
        check_alone(path)
    start = 0 if week_start is None else _DAYS.index(week_start.lower())
    return create_archive(
        path, schema_of(schema_file), language=language, zone=zone or "UTC", week_start=start,
        day_first=day_first, **({"stories": STORIES[stories]} if stories else {}),
    )  # fmt: skip


def create_archive(path: str, schema: Schema, **settings: Any) -> AnyArchive:
    """A new archive in a folder or at the address of a cluster."""
    if not is_address(path):
        return Archive.create(path, schema, **settings)
    if "stories" in settings:
        raise click.UsageError(f"{path}: an archive on a cluster has no stories yet")
    from searchlib.opensearch.archive import ClusterArchive  # which few commands need

    return ClusterArchive.create(path, schema, **settings)


def check_alone(path: str) -> None:
    """Raises UsageError if the folder for a new archive holds something else."""
    others = _others_in(path)
    if others == _WHOOSH_INDEX:
        raise click.UsageError(f"{path}: this folder holds {others}; or name another folder")
    if others:
        raise click.UsageError(
            f"{path}: this folder holds {others}: name a new folder, or add --here"
        )


def _others_in(path: str) -> str:
    """What a folder holds that is not an archive's, in words; "" if nothing that matters."""
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return ""
    names = [name for name in names if not name.startswith((".", "README", "writer.lock"))]
    if holds_whoosh_index(names):
        return _WHOOSH_INDEX
    if any(name.endswith((".seg", ".del")) for name in names):
        return "parts of an archive without its manifest"
    shown = ", ".join(names[:3])
    return f"other files ({shown}{', ...' if len(names) > 3 else ''})" if names else ""


def schema_of(file: str | None) -> Schema:
    """The schema in a file as ``searchlib schema`` prints it; that of news for "news" or None."""
    if file is None or file == "news":
        return NEWS
    try:
        return Schema.from_json(json.loads(Path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="--schema") from None


@click.command()
@click.argument("folder", required=False)
@archive_option
@_with_settings
@click.option("--day-first/--month-first", default=None, help="What 03/04/2022 means in queries.")
def create(folder: str | None, path: str, day_first: bool | None, **settings: Any) -> None:
    """Make an empty archive, in FOLDER or where --archive says."""
    path = folder or path
    if os.path.exists(os.path.join(path, MANIFEST)):
        Archive.create(path)  # which says that there is one
    with open_or_create(path, day_first=day_first, **settings) as archive:
        stderr().print(f"{render.plain(archive.path)}: an archive in {archive.language!r}")


@click.command()
@click.argument("files", nargs=-1, required=True)
def schema(files: tuple[str, ...]) -> None:
    """Print a schema that fits the articles of FILES, to edit.

    `searchlib create --schema` takes it.
    """
    articles = (item for item in read(*files) if isinstance(item, Article))
    records = [article.record() for article in islice(articles, _GUESSED)]
    for record in records:
        record.pop("path", None)
    if not records:
        raise click.UsageError("there is no article in these files")
    click.echo(json.dumps(guess_schema(records).to_json(), indent=2))


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILES...")
@archive_option
@reading_options
@click.option("--save-map", is_flag=True, help="Keep what --map and the like say with the archive.")
@click.option(
    "--sync", is_flag=True,
    help="Keep the archive in step with FILES: articles that are in none of them any more are "
    "deleted, and files that did not change are not read.",
)  # fmt: skip
@click.option("--watch", is_flag=True, help="As --sync, whenever a file changes, until Ctrl-C.")
@click.option("--yes", is_flag=True, help="Let --sync delete more than half of the articles.")
@click.option(
    "--from-start", is_flag=True,
    help="Read all files from the start, also after a run that was stopped, and with --sync those "
    "that did not change.",
)  # fmt: skip
@click.option(
    "--rejects", type=click.Path(dir_okay=False),
    help="Write what was rejected to this file: mend it, and index it with --drop rejected.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON, on standard output.")
@click.option("--strict", is_flag=True, help="Exit with 4 also if files were passed over.")
@_with_settings
def index(
    paths: tuple[str, ...], path: str, reading: ReadingOptions, save_map: bool, sync: bool,
    watch: bool, yes: bool, from_start: bool, rejects: str | None, as_json: bool, strict: bool,
    **settings: Any,
) -> int:  # fmt: skip
    """Add articles to an archive; make it if there is none.

    FILES are files, folders, patterns, or a single - for standard input. What is in them decides
    how they are read: JSON Lines, JSON, CSV, SQLite (file.db#table), Parquet, feeds, web pages,
    WARC, NewsML-G2, NITF, Markdown, text, PDF, DOCX, ODT, EPUB, mail; also compressed (.gz .bz2 .xz
    .zst) and in .zip and .tar.

    Other people's names for the fields are known (headline, pubDate, source.name). An article
    replaces the one with the same id; one without an id has its address for one, else the path of
    its file and its place there. A run that was stopped continues when it is started again.

    The exit code is 0 if all went in, 1 if nothing did, 4 if some was rejected, or has its text
    where it is not searched.
    """
    console = stderr()
    is_folder = not is_address(path)
    if save_map and not is_folder:
        raise click.UsageError("--save-map is for an archive in a folder")
    map_file = Path(path, MAP_FILE)
    if map_file.exists():
        reading = reading.over(ReadingOptions.from_file(map_file))
    articles = reading.read(paths)  # raises, before an archive is made, if there is nothing to read
    is_new_folder = not os.path.lexists(path)
    is_new = is_folder and not os.path.exists(os.path.join(path, MANIFEST))
    with open_or_create(path, **settings) as archive, ExitStack() as stack:
        if unknown := sorted(reading.fields.keys() - archive.schema.fields.keys()):
            raise ArgumentError(f"--map: the archive has no field {unknown[0]!r}")
        try:
            if watch:
                return watch_folder(
                    archive, lambda: reading.read(paths), console, 1.0 if yes else 0.5,
                    resume=not from_start,
                )  # fmt: skip
            progress = stack.enter_context(progress_bar(console, lambda: articles.bytes_read))
            if sync:
                report = _synced(
                    archive, articles, lambda: reading.read(paths), yes=yes, keys=as_json,
                    on_progress=progress, resume=not from_start,
                )  # fmt: skip
            else:
                report = archive.add(
                    articles, on_progress=progress, resume=not from_start, keys=as_json
                )
        except KeyboardInterrupt:
            stack.close()
            again = "continues from there" if len(archive) else "starts again"
            count = render.number(len(archive), "article")
            console.print(f"stopped with {count}; the same command {again}")
            return 130
        if save_map and report.accepted:
            map_file.write_text(json.dumps(reading.to_json(), indent=2) + "\n", encoding="utf-8")
    print_report(console, report, path)
    if as_json:
        click.echo(data.to_json(report_data(report), indent=2))
    if rejects is not None:
        _write_rejects(Path(rejects), report.rejected)
    code = _code(report, strict)
    if is_new and code == Exit.NO_HITS:
        # Most likely the wrong files: nothing is left that a later search would find empty.
        remove_empty(Directory(path), with_folder=is_new_folder)
    return code


def _synced(
    archive: AnyArchive, articles: ArticleReader, again: Callable[[], ArticleReader], *, yes: bool,
    **options: Any,
) -> Report:  # fmt: skip
    """Keep the archive in step; at a terminal, ask if most of it is to be deleted."""
    try:
        return archive.sync(articles, most_deleted=1.0 if yes else 0.5, **options)
    except TooManyDeletes as error:
        question = f"{error.deletes:,} of {error.articles:,} articles are in no file. Delete them?"
        if not (sys.stdin.isatty() and click.confirm(question, err=True)):
            raise
        return archive.sync(again(), most_deleted=1.0, **options)


def watch_folder(
    archive: AnyArchive,
    articles: Callable[[], ArticleReader],
    console: Console,
    most_deleted: float,
    *,
    resume: bool,
) -> int:
    """Keep the archive in step with files until Ctrl-C, and say what changed."""
    console.print("watching for changes: Ctrl-C ends it")
    said = ""
    while True:
        now = f"{datetime.now():%H:%M:%S}"
        try:
            report = archive.sync(articles(), most_deleted=most_deleted, resume=resume)
        except (RecordError, ArchiveLocked, TooManyDeletes) as error:
            if str(error) != said:  # once, not with each look
                said = str(error)
                console.print(Text(f"{now} {render.plain(said)}"))
        else:
            said, resume = "", True
            if report.added or report.updated or report.deleted or report.rejected:
                console.print(Text(f"{now} {outcome(report)}"))
        time.sleep(_WATCH_SECONDS)


def _code(report: Report, strict: bool) -> Exit:
    passed_over = report.reading is not None and bool(report.reading.passed_over)
    if not report.accepted:
        is_known = bool(report.resumed or report.skipped) and not report.rejected
        return Exit.DONE if is_known else Exit.NO_HITS
    not_all = report.rejected or report.homeless or (strict and passed_over)
    return Exit.NOT_ALL if not_all else Exit.DONE


def _write_rejects(path: Path, rejected: list[Rejected]) -> None:
    """What was rejected as JSON Lines: each record that could be read, and in ``rejected`` why."""
    with path.open("w", encoding="utf-8") as file:
        for one in rejected:
            line = {"rejected": str(one), **(one.record or {})}
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
