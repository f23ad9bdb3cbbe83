"""Articles written into files: CSV, JSON Lines and Markdown, one after the other."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from searchlib.any_archive import AnyArchive
from searchlib.archive_set import ArchiveSet
from searchlib.errors import ArgumentError
from searchlib.repl import data
from searchlib.repl.render import Layout, plain
from searchlib.schema import Number, Schema

__all__ = [
    "FORMS",
    "fields_of",
    "output_file",
    "unstored_notes",
    "with_archive",
    "write_parquet",
    "written",
]

_PARQUET_ROWS = 5_000

Record = Mapping[str, Any]


def fields_of(archive: AnyArchive) -> list[str]:
    """The names of an archive's fields, those that a reader looks for first at the front; before
    them ``archive``, where several are asked."""
    layout = Layout.of(archive.schema)
    place = "archive" if isinstance(archive, ArchiveSet) else None
    first = [name for name in (place, archive.schema.key, layout.title, layout.date) if name]
    return list(dict.fromkeys([*first, *archive.schema.fields]))


def with_archive(record: Record, archive: str | None) -> Record:
    """An article with the archive that it is in, where several are asked; a field ``archive`` of
    its own stays.

    >>> with_archive({"id": "a"}, "news")
    {'archive': 'news', 'id': 'a'}
    """
    return record if archive is None else {"archive": archive, **record}


def unstored_notes(archive: AnyArchive, names: Iterable[str]) -> Iterator[str]:
    """What to say of these fields of an archive whose texts are not stored, so that no file has
    them; of several archives, in which of them."""
    schemas = archive.schema_of_each() if isinstance(archive, ArchiveSet) else {"": archive.schema}
    places: dict[tuple[str, ...], list[str]] = {}
    for place, schema in schemas.items():
        unstored = tuple(name for name in names if name in schema.unstored)
        places.setdefault(unstored, []).append(place)
    for unstored, some in places.items():
        if unstored:
            where = f" in {', '.join(some)}" if len(places) > 1 else ""
            yield f"not stored{where}, and left out: {', '.join(unstored)}"


def written(
    form: str, records: Iterable[Record], names: Sequence[str], separator: str = "; "
) -> Iterator[str]:
    """The text of records in a form, piece by piece: only these fields of them. ``separator`` joins
    several values where they stand in one line.

    >>> "".join(written("csv", [{"id": "a", "authors": ["Ann", "Bo"]}], ["id", "authors"]))
    'id,authors\\na,Ann; Bo\\n'
    """
    return FORMS[form](records, names, separator)


def _csv(records: Iterable[Record], names: Sequence[str], separator: str) -> Iterator[str]:
    yield data.csv_line(names)
    for record in records:
        yield data.csv_line(_cell(record.get(name), separator) for name in names)


def _cell(value: Any, separator: str) -> str:
    """A value as the cell of a table: several are joined."""
    if isinstance(value, (list, tuple)):
        return separator.join(_cell(one, separator) for one in value)
    return "" if value is None else str(value)


def _json_lines(records: Iterable[Record], names: Sequence[str], separator: str) -> Iterator[str]:
    for record in records:
        yield data.to_json({name: record[name] for name in names if name in record}) + "\n"


def _markdown(records: Iterable[Record], names: Sequence[str], separator: str) -> Iterator[str]:
    title = next((name for name in names if name in ("title", "headline")), names[0])
    long = [name for name in names if name in ("body", "text", "content")]
    for record in records:
        about = [
            f"{name}: {plain(_cell(record[name], separator))}"
            for name in names
            if name != title and name not in long and record.get(name)
        ]
        texts = [str(record[name]) for name in long if record.get(name)]
        heading = " ".join(plain(_cell(record.get(title), separator)).split()) or "(no title)"
        yield "\n\n".join([f"## {heading}", "  \n".join(about), *texts]) + "\n\n"


#: What writes each form.
FORMS: dict[str, Callable[[Iterable[Record], Sequence[str], str], Iterator[str]]] = {
    "csv": _csv,
    "jsonl": _json_lines,
    "md": _markdown,
}


def write_parquet(
    output: str, records: Iterable[Record], names: Sequence[str], schema: Schema
) -> None:
    """Write records into a file of Parquet, some at a time: numbers as float64, several values as
    lists, all else as text as it is kept. ArgumentError without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        cure = "pip install 'searchlib[columns]'"
        raise ArgumentError(f"Parquet needs the package pyarrow: {cure}") from None
    types = {name: _arrow_type(pa, schema.fields.get(name)) for name in names}
    table = pa.schema(list(types.items()))
    partial = _beside(output)
    try:
        with pq.ParquetWriter(partial, table) as writer:
            rows = iter(records)
            while some := list(islice(rows, _PARQUET_ROWS)):
                columns = [
                    [_arrow_value(one.get(name), types[name]) for one in some] for name in names
                ]
                writer.write_batch(pa.record_batch(columns, schema=table))
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def _arrow_type(pa: Any, field: Any) -> Any:
    if isinstance(field, Number):
        return pa.float64()
    return pa.list_(pa.string()) if getattr(field, "many", False) else pa.string()


def _arrow_value(value: Any, arrow_type: Any) -> Any:
    kind = str(arrow_type)
    if value is None:
        return None
    if kind == "double":
        return float(value)
    if kind.startswith("list"):
        return [str(one) for one in (value if isinstance(value, (list, tuple)) else [value])]
    return value if isinstance(value, str) else data.to_json(value)


def _beside(output: str) -> Path:
    """Where a file is written until it is complete; ArgumentError if its folder is not there."""
    folder = os.path.dirname(output) or "."
    if not os.path.isdir(folder):
        raise ArgumentError(f"{output}: there is no folder {folder}: make it first")
    return Path(f"{output}.partial")


@contextlib.contextmanager
def output_file(output: str | None, *, at_once: bool = False) -> Iterator[IO[str]]:
    """Standard output, or a file that is either complete or not there. With ``at_once`` standard
    output, too, gets all or nothing."""
    if output is None:
        if not at_once:
            yield sys.stdout
            return
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as whole:
            yield whole
            whole.seek(0)
            shutil.copyfileobj(whole, sys.stdout)
        return
    partial = _beside(output)
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
