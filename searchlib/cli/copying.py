"""The command that copies an archive: from a folder to a cluster, back, or to another folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import click

from searchlib.any_archive import AnyArchive
from searchlib.archive import Archive
from searchlib.archive import open as open_archive
from searchlib.cli.indexing import STORIES, create_archive, story_options
from searchlib.cli.output import progress_bar, stderr
from searchlib.errors import ArchiveError, ArchiveNotFound, NotSupported
from searchlib.ingest.record import canonical_json, digest
from searchlib.opensearch.address import is_address
from searchlib.repl import render
from searchlib.repl.outcome import Exit, damage_named
from searchlib.schema import Schema

__all__ = ["copy"]


class _Sum:
    """How many articles went by, and the sum of their digests: equal for the same articles, in
    whatever order they come."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.count = 0
        self.digests = 0

    def passed(self, articles: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for article in articles:
            data = canonical_json(self._schema.normalize(article))
            self.count += 1
            self.digests += int.from_bytes(digest(data), "big")
            yield article

    def same_as(self, other: _Sum) -> bool:
        return (self.count, self.digests) == (other.count, other.digests)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@story_options
def copy(source: str, target: str, stories: str | None) -> int:
    """Copy the archive FROM to TO, and compare them.

    Each is a folder, or the address of an archive on a cluster. TO is made with the same schema and
    settings if it is not there. A copy that was stopped is gone on with by the same command: what
    is there already is left alone. Standing queries and alerts stay where they are.

    \b
      searchlib copy index 'opensearch+https://ann@search.example/wire?shards=3&replicas=1'
      searchlib copy index with-stories --stories
    """
    if stories and is_address(target):
        raise click.UsageError("stories are of archives in a folder: TO is on a cluster")
    if _place(source) == _place(target):
        raise click.UsageError("FROM and TO are the same archive")
    console = stderr()
    with (
        open_archive(source) as old, damage_named(old), old.snapshot() as commit,
        _open_or_create(target, _copied(old), stories) as new, progress_bar(console) as progress,
    ):  # fmt: skip
        read, written = _Sum(old.schema), _Sum(old.schema)
        watches = len(old.watches()) if isinstance(old, Archive) else 0
        report = new.add(read.passed(commit.export()), on_progress=progress)
        for _ in written.passed(new.export()):
            pass
    console.print(
        f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged in "
        f"{render.took(report.took)}"
    )
    if not read.same_as(written):
        console.print(
            f"they differ: {source} has {render.number(read.count, 'article')}, {target} "
            f"{render.number(written.count, 'article')}: what was changed in {target} or is there "
            "besides is to be deleted, or name another place"
        )
        return Exit.NOT_ALL
    console.print(f"the same: {render.number(read.count, 'article')}, compared by their digests")
    if watches:
        queries = render.number(watches, "standing query")
        console.print(
            f"{queries} of {source} and their alerts are not copied{_cure(source, target)}"
        )
    return Exit.DONE


def _cure(source: str, target: str) -> str:
    """How standing queries are copied, to where they can be."""
    if is_address(target):
        return ""
    load = f"searchlib watch load - --archive {target}"
    return f": searchlib watch list --json --archive {source} | {load}"


def _place(name: str) -> str:
    return name.partition("?")[0] if is_address(name) else os.path.realpath(name)


def _copied(archive: AnyArchive) -> AnyArchive:
    """The archive; NotSupported if its articles are not all of it."""
    if not archive.schema.stores_all:
        why = "it has texts that are not stored, or terms that a Whoosh program made of them"
        raise NotSupported("copy", why, "copy the folder with its files")
    return archive


def _open_or_create(target: str, old: AnyArchive, stories: str | None) -> AnyArchive:
    """The archive at a place, made as the old one is if there is none, or with stories if that is
    asked for; ArchiveError if it has another schema or other settings. On a cluster there are no
    stories."""
    settings = dict(old.settings)
    if stories:
        settings["stories"] = STORIES[stories]
    if is_address(target):
        settings.pop("stories", None)
    try:
        new = open_archive(target)
    except ArchiveNotFound:
        return create_archive(target, old.schema, **settings)
    if (new.schema, new.settings) != (old.schema, settings):
        new.close()
        cure = "name a new place"
        raise ArchiveError(f"{target}: this archive has another schema or zone: {cure}", target)
    return new
