"""The commands that bring articles in: ``index``, ``create`` and ``schema``."""

from __future__ import annotations

import dataclasses
import json
import os
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import click

from searchlib.archive import Archive
from searchlib.cli.output import print_report, progress_bar, report_data, stderr
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveNotFound, ArgumentError, SchemaError
from searchlib.index.indexing import Report
from searchlib.index.manifest import MANIFEST
from searchlib.index.store import remove_empty
from searchlib.ingest import read
from searchlib.ingest.article import Article, Rejected
from searchlib.ingest.formats import FORMATS
from searchlib.repl import data, render
from searchlib.repl.outcome import Exit
from searchlib.schema import NEWS, Schema, known_language
from searchlib.schema.guess import guess_schema

__all__ = ["archive_option", "create", "index", "open_or_create", "schema"]

_GUESSED = 2_000  # articles that a schema is guessed from
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

archive_option = click.option(
    "--archive",
    "path",
    default="index",
    show_default=True,
    envvar="SEARCHLIB_ARCHIVE",
    metavar="FOLDER",
    help="The archive's folder.",
)
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
    here: bool = False,
) -> Archive:  # fmt: skip
    """The archive of a folder; it is made there, with these settings, if there is none."""
    try:
        archive = Archive.open(path)
    except ArchiveNotFound:
        return _create(path, schema_file, language, zone, week_start, day_first, here)
    wrong = ""
    if language is not None and known_language(language) != archive.language:
        wrong = (
            f"this archive is in {archive.language or 'no language'!r}: give articles in other "
            f"languages a value: --set lang={language}"
        )
    elif schema_file is not None and _schema_of(schema_file) != archive.schema:
        wrong = "this archive has another schema: name a new folder"
    if wrong:
        archive.close()
        raise click.UsageError(f"{path}: {wrong}")
    return archive


def _create(
    path: str, schema_file: str | None, language: str | None, zone: str | None,
    week_start: str | None, day_first: bool | None, here: bool,
) -> Archive:  # fmt: skip
    if not here and (others := _others_in(path)):
        raise click.UsageError(
            f"{path}: this folder holds {others}: name a new folder, or add --here"
        )
    start = 0 if week_start is None else _DAYS.index(week_start.lower())
    return Archive.create(
        path, _schema_of(schema_file), language=language, zone=zone or "UTC", week_start=start,
        day_first=day_first,
    )  # fmt: skip


def _others_in(path: str) -> str:
    """What a folder holds that is not an archive's, in words; "" if nothing that matters."""
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return ""
    names = [name for name in names if not name.startswith((".", "README", "writer.lock"))]
    if any(name.endswith(".toc") and name.startswith("_") for name in names):
        return "a Whoosh index"
    if any(name.endswith((".seg", ".del")) for name in names):
        return "parts of an archive without its manifest"
    shown = ", ".join(names[:3])
    return f"other files ({shown}{', ...' if len(names) > 3 else ''})" if names else ""


def _schema_of(file: str | None) -> Schema:
    if file is None or file == "news":
        return NEWS
    try:
        return Schema.from_json(json.loads(Path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        if isinstance(error, SchemaError):
            raise
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
    if not records:
        raise click.UsageError("there is no article in these files")
    click.echo(json.dumps(guess_schema(records).to_json(), indent=2, ensure_ascii=False))


def _pairs(context: click.Context, option: click.Parameter, pairs: tuple[str, ...]) -> Any:
    """The values of options NAME=VALUE as a dict."""
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE, as in section=world")
        values[name.strip()] = value.strip()
    return values


def _names(context: click.Context, option: click.Parameter, text: str | None) -> Any:
    """The names of an option NAME,NAME as a list."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILES...")
@archive_option
@click.option(
    "--set", "defaults", multiple=True, callback=_pairs, metavar="NAME=VALUE",
    help="A value for articles that have none: --set section=world.",
)  # fmt: skip
@click.option(
    "--map", "fields", multiple=True, callback=_pairs, metavar="FIELD=KEY",
    help="Which key is which field: --map title=kicker, --map body=lead,text (joined), "
    "--map source=feed.name.",
)  # fmt: skip
@click.option(
    "--key", metavar="KEY", help="The key whose value is an article's id, as --map id=KEY."
)
@click.option("--keep", callback=_names, metavar="KEYS", help="Keep only these other keys: a,b.")
@click.option("--drop", callback=_names, metavar="KEYS", help="Leave these keys out: a,b.")
@click.option("--format", "kind", type=click.Choice([*FORMATS]), help="The format of all FILES.")
@click.option("--encoding", help="The encoding of all FILES, as in cp1252.")
@click.option(
    "--day-first/--month-first", default=None,
    help="What 03/04/2022 means in these files; such dates are rejected otherwise, unless other "
    "dates of the file show it.",
)  # fmt: skip
@click.option(
    "--from-start", is_flag=True,
    help="Read all files from the start, also after a run that was stopped.",
)  # fmt: skip
@click.option(
    "--rejects", type=click.Path(dir_okay=False), help="Write what was rejected to this file."
)
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON, on standard output.")
@click.option("--strict", is_flag=True, help="Exit with 4 also if files were passed over.")
@_with_settings
def index(
    paths: tuple[str, ...], path: str, defaults: dict[str, str], fields: dict[str, str],
    key: str | None, keep: list[str] | None, drop: list[str] | None, kind: str | None,
    encoding: str | None, day_first: bool | None, from_start: bool, rejects: str | None,
    as_json: bool, strict: bool, **settings: Any,
) -> int:  # fmt: skip
    """Add articles to an archive; make it if there is none.

    FILES are files, folders, patterns, or a single - for standard input. What is in them decides
    how they are read: JSON Lines, JSON, CSV, SQLite (file.db#table), Parquet, feeds, web pages,
    WARC, NewsML-G2, NITF, Markdown, text, PDF, DOCX, ODT, EPUB, mail; also compressed (.gz .bz2 .xz
    .zst) and in .zip and .tar.

    Other people's names for the fields are known (headline, pubDate, source.name). An article
    replaces the one with the same id; one without an id has its address for one, else the path of
    its file and its place there. A run that was stopped continues when it is started again.

    The exit code is 0 if all went in, 1 if nothing did, 4 if some was rejected.
    """
    if key is not None:
        fields["id"] = key
    values: dict[str, Any] = dict(defaults)
    articles = read(
        *paths, day_first=day_first, format=kind, encoding=encoding, fields=fields, keep=keep,
        drop=drop or (), **values,
    )  # fmt: skip
    console = stderr()
    is_new_folder = not os.path.lexists(path)
    is_new = not os.path.exists(os.path.join(path, MANIFEST))
    with open_or_create(path, **settings) as archive, ExitStack() as stack:
        if unknown := sorted(fields.keys() - archive.schema.fields.keys()):
            raise ArgumentError(f"--map: the archive has no field {unknown[0]!r}")
        try:
            progress = stack.enter_context(progress_bar(console, lambda: articles.bytes_read))
            report = archive.add(articles, progress=progress, resume=not from_start)
        except KeyboardInterrupt:
            stack.close()
            again = "continues from there" if len(archive) else "starts again"
            count = render.number(len(archive), "article")
            console.print(f"stopped with {count}; the same command {again}")
            return 130
    print_report(console, report)
    if as_json:
        click.echo(data.to_json(report_data(report), indent=2))
    if rejects is not None:
        _write_rejects(Path(rejects), report.rejected)
    code = _code(report, strict)
    if is_new and code == Exit.NO_HITS:
        # Most likely the wrong files: nothing is left that a later search would find empty.
        remove_empty(Directory(path), with_folder=is_new_folder)
    return code


def _code(report: Report, strict: bool) -> Exit:
    passed_over = report.reading is not None and bool(report.reading.passed_over)
    if not report.accepted:
        return Exit.DONE if report.resumed else Exit.NO_HITS
    return Exit.NOT_ALL if report.rejected or (strict and passed_over) else Exit.DONE


def _write_rejects(path: Path, rejected: list[Rejected]) -> None:
    """What was rejected as JSON Lines: the place, the field and the reason."""
    with path.open("w", encoding="utf-8") as file:
        for one in rejected:
            file.write(json.dumps(dataclasses.asdict(one), ensure_ascii=False) + "\n")
