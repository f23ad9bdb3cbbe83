"""The command that takes over an index of Whoosh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from whoosh import fields as whoosh_fields
from whoosh import index as whoosh_index

from searchlib.archive import Archive
from searchlib.cli.indexing import archive_option
from searchlib.cli.output import print_report, progress_bar, stderr
from searchlib.errors import SchemaError
from searchlib.repl import render
from searchlib.repl.outcome import Exit
from searchlib.schema import Key, Schema
from searchlib.schema.from_whoosh import field_of_whoosh

__all__ = ["import_whoosh"]


@click.command("import-whoosh")
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@archive_option
@click.option(
    "--trust", is_flag=True,
    help="The index is from someone you trust: opening it can run any program in it.",
)  # fmt: skip
@click.option(
    "--exact", is_flag=True,
    help="Keep the documents as Whoosh does, with all that is indexed of them: for its programs.",
)  # fmt: skip
def import_whoosh(folder: str, path: str, trust: bool, exact: bool) -> int:
    """Make an archive of the Whoosh index in FOLDER.

    The index is not changed. Texts that it does not store cannot come, nor can fields that an
    archive does not have: they are named. With --exact all comes, for a Whoosh program that opens
    the archive with searchlib.whoosh_backend.open_dir; searchlib's own searches know less of it.
    """
    if not whoosh_index.exists_in(folder):
        raise click.UsageError(f"{folder}: no Whoosh index here")
    if not trust:
        raise click.UsageError(
            "a Whoosh index is opened by unpickling its schema, which can run any program: add "
            "--trust if you know who made it"
        )
    console = stderr()
    old = whoosh_index.open_dir(folder)
    if exact:
        try:
            count = _take_over(old, path)
        finally:
            old.close()
        console.print(f"{render.number(count, 'document')} taken over")
        return Exit.DONE
    try:
        schema, key, lost = _schema_of(old.schema)
        with Archive.create(path, schema) as archive, progress_bar(console) as progress:
            report = archive.add(_articles(old, schema, key), on_progress=progress)
    finally:
        old.close()
    print_report(console, report)
    for name, why in lost.items():
        console.print(f"  not taken over: {render.plain(name)}: {render.plain(why)}")
    return Exit.NOT_ALL if lost or report.rejected else Exit.DONE


def _take_over(old: Any, path: str) -> int:
    """Make an archive of all documents of an index, with the terms that it has of them; returns
    how many there are."""
    schema = Schema.from_whoosh(old.schema, exact=True)
    with Archive.create(path, schema) as archive, old.reader() as reader:
        with archive.whoosh.writer() as writer:
            writer.add_reader(reader)
        return len(archive)


def _schema_of(old: Any) -> tuple[Schema, str, dict[str, str]]:
    """The schema for the articles of an index, the name of its key ("" if it has none, and they get
    numbers), and why some fields cannot come."""
    unique = [name for name, field in old.items() if field.unique and field.stored]
    key = unique[0] if len(unique) == 1 else ""
    fields: dict[str, Any] = {key or "id": Key()}
    lost = {}
    for name, field in old.items():
        if name == key:
            continue
        if not field.stored and not isinstance(field, whoosh_fields.STORED):
            lost[name] = "the index does not store it"
            continue
        try:
            fields[name if name != "id" or key else "id_"] = field_of_whoosh(name, field)
        except SchemaError as error:
            lost[name] = str(error).partition(": ")[2] or str(error)
    return Schema(**fields), key, lost


def _articles(old: Any, schema: Schema, key: str) -> Iterator[dict[str, Any]]:
    with old.reader() as reader:
        for number, stored in reader.iter_docs():
            article = {name: value for name, value in stored.items() if name in schema.fields}
            if not key:
                if "id" in stored:
                    article["id_"] = stored["id"]
                article["id"] = f"document {number + 1}"
            yield article
