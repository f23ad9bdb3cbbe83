"""What readers of formats give."""

from __future__ import annotations

import pytest

from searchlib.ingest.raw_record import RawRecord


def test_a_record_has_values_and_a_place() -> None:
    record = RawRecord({"title": "Rain"})
    assert (record.values, record.place) == ({"title": "Rain"}, "")
    with pytest.raises(AttributeError):
        record.place = "3"  # type: ignore[misc]
