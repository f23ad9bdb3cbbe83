"""The command that takes over an index of Whoosh."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import click
from whoosh import fields as whoosh_fields
from whoosh import index as whoosh_index
from whoosh.writing import IndexingError

from searchlib.archive import Archive
from searchlib.cli.indexing import archive_option, check_alone
from searchlib.cli.output import print_report, progress_bar, stderr
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, SchemaError, SearchlibError
from searchlib.index.manifest import MANIFEST, whoosh_index_names
from searchlib.index.store import remove
from searchlib.opensearch.address import is_address
from searchlib.repl import render
from searchlib.repl.outcome import Exit
from searchlib.schema import Key, Schema
from searchlib.schema.from_whoosh import field_of_whoosh

__all__ = ["import_whoosh"]

_MAIN = "MAIN"  # the name that Whoosh gives an index without one


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
@click.option(
    "--indexname", metavar="NAME", help="Which index of FOLDER, if there are several.  [MAIN]"
)
@click.option(
    "--here", is_flag=True, help="Make the archive also in a folder that holds other files."
)
def import_whoosh(
    folder: str, path: str, trust: bool, exact: bool, indexname: str | None, here: bool
) -> int:
    """Make an archive of the Whoosh index in FOLDER.

    The index is not changed. Texts that it does not store cannot come, nor can fields that an
    archive does not have: they are named. With --exact all comes, for a Whoosh program that opens
    the archive with searchlib.whoosh_backend.open_dir; searchlib's own searches know less of it.
    """
    indexname = _index_in(folder, indexname)
    if not trust:
        raise click.UsageError(
            "a Whoosh index is opened by unpickling its schema, which can run any program: add "
            "--trust if you know who made it"
        )
    _check_place(path, here)
    with _reading(folder):
        old = whoosh_index.open_dir(folder, indexname)
    with closing(old):
        return (_take_over if exact else _import)(old, folder, path)


def _index_in(folder: str, indexname: str | None) -> str:
    """The name of the index to import; UsageError if there is none, or it is not clear which."""
    names = whoosh_index_names(os.listdir(folder))
    if not names:
        raise click.UsageError(f"{folder}: no Whoosh index here")
    name = indexname or (names[0] if len(names) == 1 else _MAIN)
    if name not in names:
        raise click.UsageError(
            f"{folder}: the Whoosh indexes here are {', '.join(names)}: say which with --indexname"
        )
    return name


def _check_place(path: str, here: bool) -> None:
    """An error if the archive cannot be made there, before anything is."""
    if is_address(path):
        cure = "make it in a folder, and copy that with searchlib copy"
        raise click.UsageError(f"{path}: an import does not go to a cluster: {cure}")
    if os.path.exists(os.path.join(path, MANIFEST)):
        raise ArchiveError(
            f"{path}: there is an archive here already: name another folder; or delete this one, "
            "if it is of an import that was killed",
            path,
        )
    if not here:
        check_alone(path)


@contextmanager
def _reading(folder: str) -> Iterator[None]:
    """Raises what Whoosh raises for a damaged index, which may be any error, as ArchiveError."""
    try:
        yield
    except (SearchlibError, OSError):
        raise
    except IndexingError as error:  # a value that has no place
        raise ArchiveError(f"{folder}: {error}", folder) from error
    except (ImportError, AttributeError) as error:
        what = f"its schema has what a program has: {error}"
        cure = "set PYTHONPATH to where that program is"
        raise ArchiveError(f"{folder}: {what}: {cure}", folder) from error
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        cure = "take a copy of it that is whole, or have its program make it anew"
        raise ArchiveError(f"{folder}: Whoosh cannot read it: {why}: {cure}", folder) from error


@contextmanager
def _new_archive(path: str, schema: Schema) -> Iterator[Archive]:
    """An archive that is gone again if the block raises."""
    is_new_folder = not os.path.exists(path)
    archive = Archive.create(path, schema)
    try:
        with archive:
            yield archive
    except BaseException:
        remove(Directory(path), with_folder=is_new_folder)
        raise


def _take_over(old: Any, folder: str, path: str) -> int:
    """Make an archive of all documents of an index, with the terms that it has of them."""
    schema = Schema.from_whoosh(old.schema, exact=True)
    with _new_archive(path, schema) as archive:
        with _reading(folder), old.reader() as reader, archive.whoosh.writer() as writer:
            writer.add_reader(reader)
        count = len(archive)
    stderr().print(f"{render.number(count, 'document')} taken over")
    return Exit.DONE


def _import(old: Any, folder: str, path: str) -> int:
    """Make an archive of what is stored of the documents of an index."""
    console = stderr()
    schema, key, lost = _schema_of(old.schema)
    with (
        _new_archive(path, schema) as archive, progress_bar(console) as progress, _reading(folder)
    ):  # fmt: skip
        report = archive.add(_articles(old, schema, key), on_progress=progress)
    print_report(console, report)
    for name, why in lost.items():
        console.print(f"  not taken over: {render.plain(name)}: {render.plain(why)}")
    return Exit.NOT_ALL if lost or report.rejected else Exit.DONE


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
