"""The command that takes over an index of Whoosh."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import click
from whoosh import index as whoosh_index
from whoosh.writing import IndexingError

from searchlib.archive import Archive
from searchlib.cli.indexing import archive_option, check_alone
from searchlib.cli.output import print_report, progress_bar, stderr
from searchlib.cli.whoosh_mapping import WhooshMapping
from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveError, SchemaError, SearchlibError
from searchlib.index.manifest import MANIFEST, whoosh_index_names
from searchlib.index.store import remove
from searchlib.opensearch.address import is_address
from searchlib.repl import render
from searchlib.repl.outcome import Exit
from searchlib.schema import Schema, Terms
from searchlib.schema.from_whoosh import NO_PLACE

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
@click.option(
    "--key", metavar="FIELD",
    help="The field that names the documents, as no two do alike.  [the one unique field]",
)  # fmt: skip
def import_whoosh(
    folder: str, path: str, trust: bool, exact: bool, indexname: str | None, here: bool,
    key: str | None,
) -> int:  # fmt: skip
    """Make an archive of the Whoosh index in FOLDER.

    The index is not changed. Texts that it does not store cannot come; they are named, and so are
    fields of kinds that an archive does not have, whose values are kept and not searched. With
    --exact all comes, for a Whoosh program that opens the archive with
    searchlib.whoosh_backend.open_dir; searchlib's own searches know less of it. FOLDER may also
    hold the archive of a Whoosh program, to make one of searchlib's own fields of it.
    """
    if exact and key is not None:
        raise click.UsageError("--exact keeps documents without a key: leave --key out")
    if os.path.exists(os.path.join(folder, MANIFEST)):
        _check_place(path, here)
        with Archive.open(folder) as archive:
            _check_exact(archive, exact)
            return _import(archive.whoosh, folder, path, key)
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
        return _take_over(old, folder, path) if exact else _import(old, folder, path, key)


def _check_exact(archive: Archive, exact: bool) -> None:
    """UsageError if an archive is not to be imported but copied."""
    if exact or not archive.schema.is_exact:
        cure = "copy the folder" if archive.schema.is_exact else "searchlib copy makes another"
        raise click.UsageError(f"{archive.path}: this is an archive, and no Whoosh index: {cure}")


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
    except SearchlibError:
        raise
    except IndexingError as error:  # a value that has no place
        raise ArchiveError(f"{folder}: {error}", folder) from error
    except (ImportError, AttributeError) as error:
        what = f"its schema has what a program has: {error}"
        cure = "set PYTHONPATH to where that program is"
        raise ArchiveError(f"{folder}: {what}: {cure}", folder) from error
    except Exception as error:
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            raise
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
    try:
        schema = Schema.from_whoosh(old.schema, exact=True)
    except SchemaError as error:
        why = str(error).removesuffix(NO_PLACE).removesuffix(": ")
        raise SchemaError(f"{why}: import the index without --exact") from None
    for name, field in schema:
        if isinstance(field, Terms) and not field.fieldtype:
            cure = "without --exact, or have the program copy it: create_in(...), add_reader"
            raise SchemaError(f"{name}: its analyzer or its type is the program's own: {cure}")
    with _new_archive(path, schema) as archive:
        with _reading(folder), old.reader() as reader, archive.whoosh.writer() as writer:
            writer.add_reader(reader)
        count = len(archive)
    stderr().print(f"{render.number(count, 'document')} taken over")
    return Exit.DONE


def _read(mapping: WhooshMapping, folder: str) -> Iterator[dict[str, Any]]:
    with _reading(folder):
        yield from mapping.articles()


def _import(old: Any, folder: str, path: str, key: str | None) -> int:
    """Make an archive of what is stored of the documents of an index."""
    console = stderr()
    with _reading(folder):
        mapping = WhooshMapping(old, key)
    with _new_archive(path, mapping.schema) as archive, progress_bar(console) as progress:
        report = archive.add(_read(mapping, folder), on_progress=progress)
    print_report(console, report, path)
    for note in mapping.notes:
        console.print(f"  {render.plain(note)}")
    for what, reasons in (
        ("kept, and not searched", mapping.not_searched), ("not taken over", mapping.lost),
    ):  # fmt: skip
        for name, why in reasons.items():
            console.print(f"  {what}: {render.plain(name)}: {render.plain(why)}")
    is_all = not (mapping.not_searched or mapping.lost or report.rejected)
    return Exit.DONE if is_all else Exit.NOT_ALL
