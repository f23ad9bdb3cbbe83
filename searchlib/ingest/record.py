"""A record as it is kept: its canonical JSON, its digest, the instants of its dates.

Articles are compared and stored in this form. :func:`row_reader` finds records that are in it
already, without looking at each value twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from searchlib import kernels
from searchlib.dates import read_partial_date, to_micros
from searchlib.ingest.article import SHAPES
from searchlib.kernels.constants import ValueCheck
from searchlib.schema import Date, Field, Keyword, Number, Schema, Stored
from searchlib.schema.fields import KEY_BYTES

__all__ = ["canonical_json", "digest", "instant", "row_reader"]

_MICROSECOND = timedelta(microseconds=1)


def canonical_json(row: dict[str, Any]) -> bytes:
    """A cleaned article as it is stored: keys sorted, so that equal articles have equal bytes.

    >>> canonical_json({"title": "Rain", "id": "a1"})
    b'{"id":"a1","title":"Rain"}'
    """
    if kernels.available:
        data = kernels.records.canonical_json(row)
        if data is not None:
            return data
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(data: bytes) -> bytes:
    """16 bytes that tell whether an article is the same (BLAKE2b, RFC 7693).

    >>> len(digest(b"{}"))
    16
    """
    return hashlib.blake2b(data, digest_size=16).digest()


@lru_cache(maxsize=8192)
def instant(iso: str, zone: tzinfo) -> int:
    """The instant of a kept date, in microseconds since the beginning of the year 1 (UTC); a
    date without a zone is read in ``zone``.

    >>> from datetime import UTC
    >>> instant("0001-01-02", UTC)
    86400000000
    """
    if len(iso) == 19 and iso[13] == ":":  # to the second, without a zone
        start, offset = datetime.fromisoformat(iso + "Z"), None
    else:
        moment = read_partial_date(iso)
        start, offset = moment.start, moment.offset
    shift = None if offset is not None else zone.utcoffset(start)  # by its clock alone
    # Not from the start itself: in the first hours of year 1 there is nothing before it.
    return to_micros(start) - (shift // _MICROSECOND if shift else 0)


def row_reader(schema: Schema) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """A function that gives the row of a JSON record that is in its kept form already: what
    ``Article.from_record`` and ``Schema.clean`` would make of it. It is the record itself,
    perhaps without its empty values, or None if that cannot be told quickly (without the
    kernels, never).

    >>> from searchlib.schema import NEWS
    >>> row_reader(NEWS)({"id": 7}) is None
    True
    """
    if not kernels.available:
        return lambda record: None
    fields = {**dict.fromkeys(SHAPES, Stored()), **schema.fields}
    checks = {name: _check(field, SHAPES.get(name)) for name, field in fields.items()}
    return kernels.records.RowReader(checks, schema.key, KEY_BYTES)


def _check(field: Field, shape: str | None) -> ValueCheck:
    """How the kernel checks that a value is in its canonical form, given the shape that its key
    has in an article."""
    many = isinstance(field, Keyword) and field.many
    if isinstance(field, Date):
        return ValueCheck.DATE if shape in (None, "date") else ValueCheck.NEVER
    if shape == "date" or isinstance(field, Number) or (shape == "names" and not many):
        names = shape == "names" and isinstance(field, Stored)
        return ValueCheck.STORED_TEXTS if names else ValueCheck.NEVER
    if isinstance(field, Stored):
        return ValueCheck.STORED if shape is None else ValueCheck.STORED_TEXT
    if many:
        return ValueCheck.LABELS if shape in (None, "names") else ValueCheck.NEVER
    checks = {"key": ValueCheck.KEY, "text": ValueCheck.TEXT, "keyword": ValueCheck.LABEL}
    return checks[field.kind]
