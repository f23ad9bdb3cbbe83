"""Tests of searchlib/opensearch/mapping.py."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from searchlib.errors import NotSupported
from searchlib.ingest.record import canonical_json
from searchlib.opensearch.mapping import UNIT_TOKENS, DocumentMaker, properties, settings
from searchlib.schema import NEWS, Date, Key, Keyword, Number, Schema, Stored, Text


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


def test_texts_that_are_not_stored_are_refused() -> None:
    schema = Schema(id=Key(), t=Text(), u=Text(stored=False))
    with pytest.raises(NotSupported, match="the text of u is not stored, and a cluster needs it"):
        properties(schema)


def test_the_mapping_of_each_kind() -> None:
    schema = Schema(id=Key(), t=Text(language="en"), k=Keyword(), n=Number(), d=Date(), s=Stored())
    words = {"type": "text", "analyzer": "words", "index_options": "positions", "norms": False,
             "similarity": "frequency"}  # fmt: skip
    found = properties(schema)
    assert {name: field["properties"] for name, field in found.pop("f")["properties"].items()} == {
        "id": {"value": {"type": "keyword"}},
        "t": {
            "terms": words, "exact": words, "forms": {"type": "keyword"},
            "units": {"type": "text", "analyzer": "units", "norms": False},
            "sort": {"type": "keyword", "index": False},
            "length": {"type": "integer", "index": False},
        },
        "k": {"value": {"type": "keyword"}, "label": {"type": "keyword", "index": False}},
        "n": {"value": {"type": "double"}},
        "d": {
            "start": {"type": "long"}, "end": {"type": "long"},
            "day": {"type": "keyword", "index": False}, "hour": {"type": "keyword", "index": False},
        },
    }  # fmt: skip
    assert found == {
        "article": {"type": "keyword", "index": False, "doc_values": False},
        "digest": {"type": "keyword", "index": False},
        "seq": {"type": "long"},
        "languages": {"type": "keyword"},
    }


def test_the_settings_of_an_index() -> None:
    made = settings(2, 1)
    assert (made["number_of_shards"], made["number_of_replicas"]) == (2, 1)
    assert made["refresh_interval"] == "-1"
    assert made["similarity"]["frequency"]["script"] == {"source": "return doc.freq;"}
    assert made["analysis"]["tokenizer"] == {
        "blanks": {"type": "whitespace", "max_token_length": 30_000}
    }
    assert made["analysis"]["filter"] == {"gaps": {"type": "stop", "stopwords": ["_"]}}
    assert made["analysis"]["analyzer"]["units"]["filter"] == ["gaps"]


def test_a_document_has_the_values_of_each_kind() -> None:
    schema = Schema(
        id=Key(), t=Text(language=""), k=Keyword(many=True), n=Number(), d=Date(), s=Stored()
    )
    row = {"id": "a", "t": "«Ünder»  one", "k": ["Ann Lee", "BO"], "n": 7, "s": [1],
           "d": "2022-08"}  # fmt: skip
    made = DocumentMaker(schema, UTC).document(row, b"\x01\x02", b"{}", 9)
    fields = made.pop("f")
    assert made == {"article": "{}", "digest": "0102", "seq": 9, "languages": [""]}
    assert fields["k"] == {
        "value": ["ann lee", "bo"], "label": ["ann lee\x1fAnn Lee", "bo\x1fBO"]
    }  # fmt: skip
    assert (fields["n"], fields["id"]) == ({"value": 7}, {"value": "a"})
    assert fields["d"]["day"] == "2022-08" and fields["d"]["end"] > fields["d"]["start"]
    assert (fields["t"]["length"], fields["t"]["units"]) == (2, "sp eq")
    assert fields["t"]["sort"].startswith("under")
    assert "exact" not in fields["t"] and "s" not in fields
    empty = DocumentMaker(schema, UTC).document({"id": "a", "t": "..."}, b"", b"{}", 1)
    assert "length" not in empty["f"]["t"]


def test_a_language_of_two_fields_is_named_once() -> None:
    schema = Schema(id=Key(), a=Text(language="fr"), b=Text(language="en"), c=Text(language="en"))
    row = {"id": "a", "a": "x", "b": "y", "c": "z"}
    assert DocumentMaker(schema, UTC).document(row, b"", b"{}", 1)["languages"] == ["en", "fr"]


def test_other_spellings_are_values_of_the_dictionary() -> None:
    schema = Schema(id=Key(), body=Text(language="de"))
    forms = fields_of(schema, {"id": "a", "body": "Häuser Haus Häuser"})["body"]["forms"]
    assert forms == ["f\x1fhauser\x1fhaus\x1f2", "f\x1fhaus\x1fhaus\x1f1", "a\x1fhaeuser\x1fhauser"]


def test_a_token_for_each_sum_of_bits() -> None:
    assert UNIT_TOKENS[:6] == ["_", "s", "e", "se", "p", "sp"]
    assert UNIT_TOKENS[8:10] == ["q", "sq"]
    assert UNIT_TOKENS[15] == "sepq"
    assert len(set(UNIT_TOKENS)) == 16


def test_no_more_words_are_kept_than_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchlib.opensearch.mapping._CACHED_TOKENS", 2)
    maker = DocumentMaker(NEWS, UTC)
    kept = []
    for word in ("rain", "snow", "rain", "wind"):
        maker.document({"id": "a", "body": word}, b"", b"{}", 1)
        kept.append([text for text, _ in maker._tokens])
    assert kept == [["rain"], ["rain", "snow"], ["rain", "snow"], ["wind"]]
