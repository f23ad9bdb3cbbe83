"""Parquet and Arrow files."""

from __future__ import annotations

import io
from datetime import datetime

import pyarrow
import pyarrow.parquet

from searchlib.ingest.parquet import read_arrow, read_parquet
from tests.ingest.parts import rejections, values

TABLE = pyarrow.table(
    {
        "id": ["a", "b"],
        "when": [datetime(2022, 8, 31, 9, 20), None],
        "tags": [["x", "y"], []],
        "stars": [3, 4],
    }
)
ROWS = [
    {"id": "a", "when": "2022-08-31T09:20:00", "tags": ["x", "y"], "stars": 3},
    {"id": "b", "tags": [], "stars": 4},
]


def test_parquet() -> None:
    out = io.BytesIO()
    pyarrow.parquet.write_table(TABLE, out)
    assert values(read_parquet, out.getvalue()) == ROWS
    for cut in range(0, len(out.getvalue()), 97):
        assert len(rejections(read_parquet, out.getvalue()[:cut])) == 1


def test_arrow() -> None:
    out = io.BytesIO()
    with pyarrow.ipc.new_file(out, TABLE.schema) as writer:
        writer.write_table(TABLE)
    assert values(read_arrow, out.getvalue()) == ROWS
    assert len(rejections(read_arrow, out.getvalue()[:100])) == 1
