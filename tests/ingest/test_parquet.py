"""Parquet and Arrow files."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow
import pyarrow.parquet

from searchlib.ingest import parquet
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


def test_values_and_places_of_rows() -> None:
    """In two batches; what JSON has not becomes text, and what is not there is left out."""
    rows = [
        {
            "data": b"caf\xc3\xa9 \xff", "day": date(2022, 8, 31), "price": Decimal("1.50"),
            "at": time(9, 20), "nested": {"when": date(2022, 8, 31), "no": None},
            "list": [datetime(2022, 8, 31), None], "yes": True, "half": 0.5, "none": None,
        },
        {"yes": False},
    ]  # fmt: skip
    table = pyarrow.Table.from_pylist(rows)
    out = io.BytesIO()
    with pyarrow.ipc.new_file(out, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=1):
            writer.write_batch(batch)
    stream = io.BufferedReader(io.BytesIO(out.getvalue()))
    found: list[Any] = list(read_arrow(stream, "a.arrow"))
    assert [(record.place, record.values) for record in found] == [
        ("1", {
            "data": "café \ufffd", "day": "2022-08-31", "price": "1.50", "at": "09:20:00",
            "nested": {"when": "2022-08-31", "no": None},
            "list": ["2022-08-31T00:00:00", None], "yes": True, "half": 0.5,
        }),
        ("2", {"yes": False}),
    ]  # fmt: skip


def test_damage_is_told_with_its_row() -> None:
    [why] = rejections(read_parquet, b"PAR1 rain PAR1", "a.parquet")
    assert why.startswith("a.parquet:1: the table is damaged or of a kind that is not read: ")
    assert "\n" not in why

    def batches(_: object) -> Any:
        yield TABLE.to_batches()[0]
        raise pyarrow.ArrowInvalid("bad page\nsomewhere")

    found: list[Any] = list(parquet._rows(io.BufferedReader(io.BytesIO()), "a", batches))
    assert [record.place for record in found[:2]] == ["1", "2"]
    assert str(found[2]) == ("a:3: the table is damaged or of a kind that is not read: bad page")
