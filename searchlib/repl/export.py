"""Articles written into files: CSV, JSON Lines and Markdown, one after the other."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from searchlib.errors import ArgumentError
from searchlib.repl import data
from searchlib.repl.render import Layout, plain
from searchlib.schema import Schema

__all__ = ["FORMS", "fields_of", "output_file", "written"]

Record = Mapping[str, Any]


def fields_of(schema: Schema) -> list[str]:
    """The names of a schema's fields, those that a reader looks for first at the front."""
    layout = Layout.of(schema)
    first = [name for name in (schema.key, layout.title, layout.date) if name]
    return list(dict.fromkeys([*first, *schema.fields]))


def written(form: str, records: Iterable[Record], names: Sequence[str]) -> Iterator[str]:
    """The text of records in a form, piece by piece: only these fields of them.

    >>> "".join(written("csv", [{"id": "a", "authors": ["Ann", "Bo"]}], ["id", "authors"]))
    'id,authors\\na,Ann; Bo\\n'
    """
    return FORMS[form](records, names)


def _csv(records: Iterable[Record], names: Sequence[str]) -> Iterator[str]:
    yield data.csv_line(names)
    for record in records:
        yield data.csv_line(_cell(record.get(name)) for name in names)


def _cell(value: Any) -> str:
    """A value as the cell of a table: several are joined by semicolons."""
    if isinstance(value, (list, tuple)):
        return "; ".join(map(_cell, value))
    return "" if value is None else str(value)


def _json_lines(records: Iterable[Record], names: Sequence[str]) -> Iterator[str]:
    for record in records:
        yield data.to_json({name: record[name] for name in names if name in record}) + "\n"


def _markdown(records: Iterable[Record], names: Sequence[str]) -> Iterator[str]:
    title = next((name for name in names if name in ("title", "headline")), names[0])
    long = [name for name in names if name in ("body", "text", "content")]
    for record in records:
        about = [
            f"{name}: {plain(_cell(record[name]))}"
            for name in names
            if name != title and name not in long and record.get(name)
        ]
        texts = [str(record[name]) for name in long if record.get(name)]
        heading = " ".join(plain(_cell(record.get(title))).split()) or "(no title)"
        yield "\n\n".join([f"## {heading}", "  \n".join(about), *texts]) + "\n\n"


#: What writes each form.
FORMS: dict[str, Callable[[Iterable[Record], Sequence[str]], Iterator[str]]] = {
    "csv": _csv,
    "jsonl": _json_lines,
    "md": _markdown,
}


@contextlib.contextmanager
def output_file(output: str | None) -> Iterator[IO[str]]:
    """Standard output, or a file that is either complete or not there."""
    if output is None:
        yield sys.stdout
        return
    folder = os.path.dirname(output) or "."
    if not os.path.isdir(folder):
        raise ArgumentError(f"{output}: there is no folder {folder}: make it first")
    partial = Path(f"{output}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
