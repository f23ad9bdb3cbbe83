"""The command that writes articles into files, and what is written beside them to cite a figure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from searchlib._version import __version__
from searchlib.archive_set import SetSnapshot, answered
from searchlib.cli.completion import complete_fields, complete_sort
from searchlib.cli.indexing import asked_archives, open_archives
from searchlib.cli.output import stderr
from searchlib.cli.reading_options import joined, names_of
from searchlib.errors import ArgumentError
from searchlib.highlight import Form
from searchlib.opensearch.address import is_address
from searchlib.repl import data
from searchlib.repl import export as exporting
from searchlib.repl.outcome import damage_named
from searchlib.requests import Match
from searchlib.results import Hit
from searchlib.schema import Schema, Text
from searchlib.snapshot import Searchable, Snapshot

__all__ = ["export"]

_FORMS = (*exporting.FORMS, "parquet")


@click.command()
@asked_archives
@click.option("--query", help="Only the articles that match this query, the best first.")
@click.option(
    "--match", type=click.Choice(["all", "any", "best"]), default="all",
    help="With --query: whether all of its words are needed, or any; best: those with all first.",
)  # fmt: skip
@click.option(
    "--sort", multiple=True, callback=joined, shell_complete=complete_sort,
    help="With --query, in the order of a field: date, or -date; of several: section,-date.",
)  # fmt: skip
@click.option(
    "--fields", callback=names_of, metavar="NAMES", shell_complete=complete_fields,
    help="Only these fields: title,date,url.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(_FORMS),
    help="csv, md, parquet or jsonl; else as the name of the file says, or jsonl.",
)  # fmt: skip
@click.option(
    "--join", "separator", default="; ", show_default=True, metavar="SIGNS",
    help="What stands between several values in a cell of CSV, or a line of Markdown.",
)  # fmt: skip
@click.option(
    "--marks", "mark_form", type=click.Choice(["text", "html"]),
    help="Mark in texts what matched the query: **so**, or <mark>so</mark>.",
)  # fmt: skip
@click.option(
    "--about/--no-about", default=None,
    help="Say with which query, of which commit and when: in FILE.about.json beside the file, "
    "which is the default with --query, or in a first line that begins with #.",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(dir_okay=False), help="A file, instead of standard output."
)
def export(
    paths: tuple[str, ...], query: str | None, match: Match, sort: str | None,
    fields: list[str] | None, form: str | None, separator: str, mark_form: Form | None,
    about: bool | None, output: str | None,
) -> None:  # fmt: skip
    """Write all articles, or those of a query, to a file.

    As JSON Lines, CSV, Markdown or Parquet. `searchlib index` reads JSON Lines back as they were.
    All are of one commit, whatever is added meanwhile, and they are written as they are read: there
    may be more than fit into memory.
    """
    if query is None and (sort or mark_form):
        raise click.UsageError(f"--{'sort' if sort else 'marks'} is for the articles of a --query")
    if form is None:
        ending = os.path.splitext(output or "")[1].removeprefix(".").lower()
        if ending and ending not in (*_FORMS, "ndjson", "json", "txt"):
            known = f".{', .'.join(_FORMS)}"
            raise click.UsageError(f"{output}: the ending is none of {known}: add --format")
        form = ending if ending in _FORMS else "jsonl"
    if form == "parquet" and output is None:
        raise click.UsageError("Parquet goes into a file: add --output FILE.parquet")
    about = (query is not None and output is not None) if about is None else about
    asked = _Asked(paths, query, match, sort, fields, form, separator, mark_form, about, output)
    with open_archives(paths) as archive, damage_named(archive):
        answered(archive, lambda: _write(archive, asked))


@dataclass
class _Asked:
    """What is to be exported, and how; see the options of the command."""

    paths: tuple[str, ...]
    query: str | None
    match: Match
    sort: str | None
    fields: list[str] | None
    form: str
    separator: str
    mark_form: Form | None
    about: bool
    output: str | None
    printed: set[str] = field(default_factory=set)

    def print_notes(self, notes: Iterable[str]) -> None:
        """Print what was not printed before it was written anew."""
        for note in notes:
            if note not in self.printed:
                self.printed.add(note)
                stderr().print(note)


def _write(archive: Any, asked: _Asked) -> None:
    """Write an export of what is there now: all of it, or nothing if an error is raised."""
    output = asked.output
    with archive.snapshot() as snapshot:
        asked.print_notes(getattr(archive, "partial_notes", ()))
        names = (
            _names(asked.fields, archive.schema, snapshot)
            if asked.fields
            else exporting.fields_of(archive)
        )
        asked.print_notes(exporting.unstored_notes(archive, names))
        records, said = _chosen(snapshot, asked.query, asked.match, asked.sort)
        if mark_form := asked.mark_form:
            records = (_marked(hit, mark_form, archive.schema) for hit in records)
        elif asked.query is not None:
            records = (exporting.with_archive(hit, hit.archive) for hit in records)
        said |= {"fields": names, **_asked_of(archive, asked.paths)} if asked.about else {}
        if asked.form == "parquet":
            assert output is not None
            exporting.write_parquet(output, records, names, archive.schema)
        else:
            # Of several archives one may be found damaged meanwhile.
            with exporting.output_file(output, at_once=len(asked.paths) > 1) as file:
                if asked.about and output is None:
                    file.write(f"# {data.to_json(said)}\n")
                if asked.form == "jsonl" and not asked.fields:
                    file.writelines(data.to_json(dict(record)) + "\n" for record in records)
                else:
                    file.writelines(exporting.written(asked.form, records, names, asked.separator))
        if asked.about and output is not None:
            text = data.to_json(said, indent=2) + "\n"
            Path(f"{output}.about.json").write_text(text, encoding="utf-8")


def _asked_of(archive: Any, paths: Sequence[str]) -> dict[str, Any]:
    """Which archives an export is of, and why others are left out."""
    of = {"archive": _named(archive.path) if len(paths) == 1 else list(map(_named, paths))}
    left_out = getattr(archive, "missing", None)
    if not left_out:
        return of
    return of | {"left_out": {_named(name): str(error) for name, error in left_out.items()}}


def _names(asked: Sequence[str], schema: Schema, snapshot: Searchable) -> list[str]:
    """The names of fields as they are written in the archive. ArgumentError for one that the schema
    does not have, and no article either: for that, articles are read until one has it."""
    in_schema = {name.lower(): name for name in schema.fields}
    if isinstance(snapshot, SetSnapshot):
        in_schema.setdefault("archive", "archive")
    names = [in_schema.get(name.lower(), name) for name in asked]
    unknown = set(names) - set(in_schema.values())
    others = set[str]()
    articles = snapshot.export() if unknown else iter(())
    while unknown and (article := next(articles, None)) is not None:
        others.update(article)
        unknown -= article.keys()
    if unknown:
        name = min(unknown, key=names.index)
        known = ", ".join(dict.fromkeys([*schema.fields, *sorted(others)]))
        raise ArgumentError(f"--fields: no article has a field {name!r}; the fields are {known}")
    return names


def _chosen(
    snapshot: Searchable, query: str | None, match: Match, sort: str | None
) -> tuple[Iterable[Any], dict[str, Any]]:
    """The articles of a query, or all; and what a figure that is made of them is cited by."""
    said: dict[str, Any] = {
        **_commit(snapshot),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "searchlib": __version__,
    }
    if query is None:
        if not isinstance(snapshot, SetSnapshot):
            return snapshot.export(), {"articles": len(snapshot), **said}
        articles = (exporting.with_archive(one, place) for place, one in snapshot.export_of_each())
        return articles, {"articles": len(snapshot), **said}
    found = snapshot.search(query, limit=0, sort=sort, match=match)
    about = {"query": query, "understood": found.query, "match": match, "sort": sort}
    return found.all(), {**about, "articles": found.total, **said}


def _commit(snapshot: Searchable) -> dict[str, Any]:
    """The number of a commit, of several archives by their folders; none of a cluster."""
    if isinstance(snapshot, SetSnapshot):
        return {"commit": {_named(name): n for name, n in snapshot.generations.items()}}
    return {"commit": snapshot.generation} if isinstance(snapshot, Snapshot) else {}


def _named(path: str) -> str:
    """An archive as others find it."""
    return path if is_address(path) else os.path.abspath(path)


def _marked(hit: Hit, form: Form, schema: Schema) -> Mapping[str, Any]:
    texts = {name: hit.marked(name, form) for name in schema.names(Text) if hit.get(name)}
    return exporting.with_archive({**hit, **texts}, hit.archive)
