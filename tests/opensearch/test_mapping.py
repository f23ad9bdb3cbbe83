"""Tests of searchlib/opensearch/mapping.py."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from searchlib.ingest.record import canonical_json
from searchlib.opensearch.mapping import DocumentMaker, properties
from searchlib.schema import NEWS, Key, Keyword, Number, Schema, Stored, Text


def fields_of(schema: Schema, row: dict[str, object]) -> dict[str, dict[str, object]]:
    maker = DocumentMaker(schema, ZoneInfo("Asia/Shanghai"))
    made = maker.document(row, b"\x01", canonical_json(row), 7)
    assert made["article"] == canonical_json(row).decode() and made["digest"] == "01"
    found: dict[str, dict[str, object]] = made["f"]
    return found


def test_a_text_has_terms_forms_and_units_by_position() -> None:
    text = fields_of(NEWS, {"id": "a", "title": "Rains fell. Häuser, rains"})["title"]
    assert text["terms"] == "rain fell hauser rain" and text["exact"] == "rains fell hauser rains"
    assert text["units"] == "sp e s eq"
    assert "f\x1frains\x1frain\x1f2" in text["forms"]  # type: ignore[operator]


def test_a_day_is_that_of_the_archive() -> None:
    date = fields_of(NEWS, {"id": "a", "date": "2022-08-30T20:00:00Z"})["date"]
    assert (date["day"], date["hour"]) == ("2022-08-31", "04")
    partial = fields_of(NEWS, {"id": "a", "date": "2022"})["date"]
    assert partial["day"] == "2022" and "hour" not in partial
    first = DocumentMaker(NEWS, UTC).document({"id": "a", "date": "0001"}, b"", b"{}", 1)
    assert first["f"]["date"]["end"] > 0


def test_only_what_is_searched_is_mapped() -> None:
    schema = Schema(id=Key(), t=Text(language=""), k=Keyword(), n=Number(), s=Stored())
    fields = properties(schema)["f"]["properties"]
    assert fields.keys() == {"id", "t", "k", "n"}
    assert "exact" not in fields["t"]["properties"]
    # What is only shown or sorted by is not searched, and takes no room in the index.
    stored = {
        name
        for field in fields.values()
        for name, options in field["properties"].items()
        if not options.get("index", True)
    }
    assert stored == {"sort", "length", "label"}
    norms = [fields["t"]["properties"][name]["norms"] for name in ("terms", "units")]
    assert not any(norms)  # the lengths are those of the archive
