"""Tables as text: comma- or otherwise separated values (RFC 4180 and what programs write)."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.field_names import is_known_name
from searchlib.ingest.raw_record import RawRecord, RecordItem
from searchlib.ingest.streams import MAX_RECORD
from searchlib.ingest.text_encoding import SAMPLE, decoded, readable, text_stream

__all__ = ["dialect_of", "read_csv", "sample_rows"]

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 30
_LONGEST_NAME = 40  # characters of a column's name
_VALUE = re.compile(
    r"https?://\S+|\d{4}-\d\d-\d\d.*|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*|[\d.,]*\d[\d.,]*"
)


class Dialect(csv.Dialect):
    """How a table is written: the delimiter, and whether a backslash or a second quotation mark
    stands before a quotation mark in a value."""

    quotechar = '"'
    lineterminator = "\n"
    quoting = csv.QUOTE_MINIMAL
    strict = False

    def __init__(self, delimiter: str, backslash: bool = False) -> None:
        self.delimiter = delimiter
        self.doublequote = not backslash
        self.escapechar = "\\" if backslash else None


def dialect_of(sample: str, preferred: str = "") -> Dialect | None:
    """The dialect of a table, given its first lines; None if they are none. ``preferred`` is the
    delimiter that the file's name suggests.

    >>> dialect_of("id;title\\n1;Rain, heavy\\n").delimiter
    ';'
    >>> dialect_of("A text.\\nAnother line.\\n") is None
    True
    """
    rest = sample.replace('\\"', "")
    backslash = rest != sample and '""' not in rest.replace(',""', "").replace('"",', "")
    best: tuple[float, str] = (0.0, "")
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in sample_rows(sample, Dialect(delimiter, backslash)) if row]
        if not widths or widths[0] < 2:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths)
        score = same + 0.01 * min(widths[0], 20) + (0.5 if delimiter == preferred else 0)
        if same >= 0.5:
            best = max(best, (score, delimiter))
    return Dialect(best[1], backslash) if best[1] else None


def sample_rows(sample: str, dialect: Dialect) -> list[list[str]]:
    """The first rows of a table; the last one, which may be cut off, is left out if there are
    others.

    >>> sample_rows("a,b\\n1,2\\n3,", Dialect(","))
    [['a', 'b'], ['1', '2']]
    """
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), dialect):
            rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    is_whole = len(rows) < 2 or (len(rows) <= _SAMPLE_ROWS and sample.endswith("\n"))
    return rows if is_whole else rows[:-1]


def read_csv(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield a record a row; the first row names the columns. If it is an article already, they are
    "column 1" and so on.

    >>> table = io.BufferedReader(io.BytesIO(b'id,title\\n1,"Rain\\nand snow"\\n'))
    >>> [record.values for record in read_csv(table, "news.csv")]
    [{'id': '1', 'title': 'Rain\\nand snow'}]
    """
    csv.field_size_limit(MAX_RECORD)
    sample = decoded(stream.peek(SAMPLE)[:SAMPLE])
    text = text_stream(stream)
    if sample[:4].lower() == "sep=":  # of spreadsheets
        sample = sample.partition("\n")[2]
        text.readline()
    is_tabbed = name.lower().partition(".t")[2].startswith(("sv", "ab"))
    dialect = dialect_of(sample, "\t" if is_tabbed else "") or Dialect("\t" if is_tabbed else ",")
    rows = csv.reader(text, dialect)
    try:
        header = next(rows, [])
    except csv.Error as error:
        yield Rejected(name, None, f"not a table: {error}")
        return
    if not any(header):
        yield Rejected(name, None, "the table has no first row with the names of its columns")
        return
    first = None if _names_columns(header) else header
    columns = _columns([""] * len(header) if first else header)
    while True:
        try:
            row, first = first or next(rows, None), None
        except csv.Error as error:
            yield Rejected(f"{name}:{rows.line_num}", None, f"not a row of the table: {error}")
            continue
        if row is None:
            break
        if not any(row):
            continue
        place = str(rows.line_num)
        if any(row[len(columns) :]):
            why = f"the row has {len(row)} values, and the table {len(columns)} columns"
            yield Rejected(f"{name}:{place}", None, why)
            continue
        values: dict[str, Any] = dict(zip(columns, map(readable, row)))
        yield RawRecord(values, place)


def _names_columns(header: list[str]) -> bool:
    """Whether a first row has names of columns, and not an article already."""
    cells = [readable(cell).strip().removeprefix("\ufeff") for cell in header]
    if any(map(is_known_name, cells)):
        return True
    is_text = any(len(cell) > _LONGEST_NAME and len(cell.split()) > 5 for cell in cells)
    is_value = any(_VALUE.fullmatch(cell) for cell in cells[1:]) or cells[0].isdigit()
    return not (is_text or is_value)


def _columns(header: list[str]) -> list[str]:
    """The names of the columns: each once, and none empty."""
    seen: Counter[str] = Counter()
    columns = []
    for number, cell in enumerate(header, 1):
        column = readable(cell).strip().removeprefix("\ufeff").strip('"') or f"column {number}"
        seen[column] += 1
        columns.append(column if seen[column] == 1 else f"{column} ({seen[column]})")
    return columns
