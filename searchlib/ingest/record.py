"""The stored form of a record: its canonical JSON, its digest, and the instants of its dates.

Articles are compared and stored in this form. :func:`row_reader` recognises JSON records that
are in it already, which saves reading each value twice.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from searchlib import kernels
from searchlib.dates import read_partial_date, to_micros
from searchlib.ingest.article import ARTICLE_FIELDS
from searchlib.kernels.constants import ValueCheck
from searchlib.schema import TEXTS_DIGEST, Date, Field, Keyword, Number, Schema, Stored
from searchlib.schema.fields import KEY_BYTES

__all__ = [
    "canonical_json",
    "digest",
    "instant",
    "instants",
    "period_end",
    "row_reader",
    "stored_fields",
    "stored_json",
]

_PARTIAL_LENGTHS = (4, 7)  # of "2022" and "2022-08"
_MICROSECOND = timedelta(microseconds=1)


def canonical_json(row: dict[str, Any]) -> bytes:
    """A normalised article as it is stored: keys are sorted, so equal articles have equal bytes.

    >>> canonical_json({"title": "Rain", "id": "a1"})
    b'{"id":"a1","title":"Rain"}'
    """
    if kernels.available:
        data = kernels.records.canonical_json(row)
        if data is not None:
            return data
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def stored_json(row: dict[str, Any], schema: Schema) -> bytes:
    """What is stored of a normalised article: its canonical JSON, with a digest in the place of the
    texts that are not stored, so that articles with other texts are not equal.

    >>> from searchlib.schema import Key, Text
    >>> stored_json({"body": "Rain", "id": "a1"}, Schema(id=Key(), body=Text(stored=False)))
    b'{"_texts":"WUEY8C5NOMo+/dUcJDhn4A","id":"a1"}'
    """
    if not schema.unstored:
        return canonical_json(row)
    texts = {name: row[name] for name in schema.unstored if name in row}
    if not texts:
        return canonical_json(row)
    stored = {name: value for name, value in row.items() if name not in texts}
    stored[TEXTS_DIGEST] = b64encode(digest(canonical_json(texts))).decode().rstrip("=")
    return canonical_json(stored)


def stored_fields(data: str | bytes, schema: Schema) -> dict[str, Any]:
    """The fields of an article that is stored as this JSON, those of the schema first.

    >>> from searchlib.schema import NEWS
    >>> list(stored_fields('{"desk":"night","id":"a1","title":"Rain"}', NEWS))
    ['id', 'title', 'desk']
    """
    record: dict[str, Any] = json.loads(data)
    if schema.unstored:
        record.pop(TEXTS_DIGEST, None)
    ordered = {name: record[name] for name in schema.fields if name in record}
    return ordered | record


def digest(data: bytes) -> bytes:
    """The digest, 16 bytes, by which articles are compared (BLAKE2b, RFC 7693).

    >>> len(digest(b"{}"))
    16
    """
    return hashlib.blake2b(data, digest_size=16).digest()


@lru_cache(maxsize=8192)
def instant(iso: str, zone: tzinfo) -> int:
    """The start of a stored date, in microseconds since the beginning of the year 1 (UTC). A date
    without a zone is read in ``zone``.

    >>> from datetime import UTC
    >>> instant("0001-01-02", UTC)
    86400000000
    """
    if len(iso) == 19 and iso[13] == ":":  # to the second, without a zone
        start, offset = datetime.fromisoformat(iso + "Z"), None
    else:
        partial_date = read_partial_date(iso)
        start, offset = partial_date.start, partial_date.offset
    shift = None if offset is not None else zone.utcoffset(start)  # of the local clock time
    # Subtracted from the number, since a datetime cannot be moved to before the year 1.
    return to_micros(start) - (shift // _MICROSECOND if shift else 0)


def period_end(iso: str, zone: tzinfo) -> int | None:
    """The first microsecond after a date of which only the year or the month is known, as
    :func:`instant` counts; None for a date with its day.

    >>> from datetime import UTC
    >>> period_end("0001", UTC) == instant("0002", UTC), period_end("2022-08-31", UTC)
    (True, None)
    """
    if len(iso) not in _PARTIAL_LENGTHS:
        return None
    following = read_partial_date(iso).end
    if following is None:  # of the year 9999
        return instant(f"{iso[:4]}-12-31T23:59:59.999999", zone) + 1
    return instant(following.date().isoformat(), zone)


def instants(
    dates: list[str | None], zone: tzinfo, missing: int
) -> tuple[list[int], dict[int, int]]:
    """:func:`instant` of each date, ``missing`` for none; and :func:`period_end` of those that have
    one, by their place.

    >>> from datetime import UTC
    >>> instants(["0001-01-02", None, "0001"], UTC, -1)
    ([86400000000, -1, 0], {2: 31536000000000})
    """
    starts: list[int | None] = [None] * len(dates)
    offset = zone.utcoffset(None)  # None for zones with more than one
    if kernels.available and offset is not None:
        starts = kernels.records.instants(dates, offset // _MICROSECOND)
    ends: dict[int, int] = {}
    for place, iso in enumerate(dates):
        if starts[place] is None and iso is not None:
            starts[place] = instant(iso, zone)
            if (end := period_end(iso, zone)) is not None:
                ends[place] = end
    return [missing if start is None else start for start in starts], ends


def row_reader(
    schema: Schema, stays: Callable[[str], bool] = lambda _: True
) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """A function that returns the row of a JSON record which is in its stored form already: what
    ``Article.from_record`` and ``Schema.normalize`` would make of it. That is the record itself
    or a copy without its empty values; None if that cannot be decided quickly (without the
    kernels, always), and of records with a key for which ``stays`` is false.

    >>> from searchlib.schema import NEWS
    >>> row_reader(NEWS)({"id": 7}) is None
    True
    """
    if not kernels.available:
        return lambda record: None
    fields = {**dict.fromkeys(ARTICLE_FIELDS, Stored()), **schema.fields}
    checks = {
        name: _check(field, ARTICLE_FIELDS.get(name)) if stays(name) else ValueCheck.NEVER
        for name, field in fields.items()
    }
    return kernels.records.RowReader(checks, schema.key, KEY_BYTES, stays)


def _check(field: Field, value_type: str | None) -> ValueCheck:
    """How the kernel checks that a value is in its stored form, given the field and the type
    that the value has in an article (None for keys that an article does not have)."""
    many = isinstance(field, Keyword) and field.many
    if isinstance(field, Date):
        return ValueCheck.DATE if value_type in (None, "date") else ValueCheck.NEVER
    if value_type == "date" or isinstance(field, Number) or (value_type == "names" and not many):
        texts = value_type == "names" and isinstance(field, Stored)
        return ValueCheck.STORED_TEXTS if texts else ValueCheck.NEVER
    if isinstance(field, Stored):
        return ValueCheck.STORED if value_type is None else ValueCheck.STORED_TEXT
    if many:
        return ValueCheck.LABELS if value_type in (None, "names") else ValueCheck.NEVER
    checks = {"key": ValueCheck.KEY, "text": ValueCheck.TEXT, "keyword": ValueCheck.LABEL}
    return checks[field.kind]
