"""Tables in columns: Parquet and Arrow (Feather) files, by pyarrow."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from shutil import copyfileobj
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.raw_record import RawRecord, RecordItem

__all__ = ["read_arrow", "read_parquet"]

_ROWS = 1024  # that are read at once


def read_parquet(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield a record a row of a Parquet file."""
    import pyarrow.parquet

    def batches(file: Any) -> Iterator[Any]:
        return iter(pyarrow.parquet.ParquetFile(file).iter_batches(batch_size=_ROWS))

    yield from _rows(stream, name, batches)


def read_arrow(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield a record a row of an Arrow or Feather file."""
    import pyarrow.ipc

    def batches(file: Any) -> Iterator[Any]:
        reader = pyarrow.ipc.open_file(file)
        return (reader.get_batch(number) for number in range(reader.num_record_batches))

    yield from _rows(stream, name, batches)


def _rows(stream: io.BufferedReader, name: str, batches: Any) -> Iterator[RecordItem]:
    import pyarrow

    number = 0
    with tempfile.TemporaryFile() as file:  # its end is read first, which a stream cannot
        copyfileobj(stream, file)
        file.seek(0)
        try:
            for batch in batches(file):
                for row in batch.to_pylist():
                    number += 1
                    values = {key: _plain(value) for key, value in row.items()}
                    yield RawRecord(
                        {key: value for key, value in values.items() if value is not None},
                        str(number),
                    )
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
            why = f"the table is damaged or of a kind that is not read: {error}"
            yield Rejected(f"{name}:{number + 1}", None, why.splitlines()[0])


def _plain(value: Any) -> Any:
    """A value as JSON can have it."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
