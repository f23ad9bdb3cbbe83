"""From the record of a source to the row or the article of an archive.

A record that is in its stored form already passes as it is. Of others the keys get the names of
fields (:mod:`.field_names`), values become plain texts, lists and dates, and a record without a key
gets one: its address, else its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from searchlib.errors import RecordError
from searchlib.ingest.article import ARTICLE_FIELDS, Article
from searchlib.ingest.checkpoint import short_digest
from searchlib.ingest.field_names import FieldNames
from searchlib.ingest.html_text import html_to_text, is_html
from searchlib.ingest.record import row_reader
from searchlib.ingest.record_dates import has_two_orders, order_of, record_date
from searchlib.schema import Schema
from searchlib.schema.fields import KEY_BYTES

__all__ = ["MAX_PLACE", "RecordConversion"]

_TEXT_FIELDS = ("title", "body")
_DATE_FIELDS = tuple(name for name, kind in ARTICLE_FIELDS.items() if kind == "date")
_BY = re.compile(r"^by:? (?=[A-Z])", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"[;|\n]|\s(?:and|und|et|och|og|&)\s(?:by\s)?", re.IGNORECASE)
_BETWEEN_NAMES_OR_COMMAS = re.compile(rf",|{_BETWEEN_NAMES.pattern}", re.IGNORECASE)
MAX_PLACE = KEY_BYTES // 4  #: characters of a place that is a key
_MAX_NESTING = 8  # lists around a paragraph
_PARAGRAPH_KEYS = ("text", "content", "value", "body", "paragraph")
RowReader = Callable[[dict[str, Any]], dict[str, Any] | None]


class RecordConversion:
    """Converts records; ``names`` says which keys are which fields, ``day_first`` how
    "03/04/2022" is read.

    >>> convert = RecordConversion(FieldNames(), None)
    >>> convert({"headline": "Rain"}, "a.json:1", "a.json#1").record()
    {'id': 'a.json#1', 'title': 'Rain'}
    """

    def __init__(self, names: FieldNames, day_first: bool | None) -> None:
        self.names = names
        self.day_first = day_first
        self._read_row: RowReader | None = None
        self._read_plain: RowReader | None = None  # the same, of records whose keys stay
        self.key = "id"
        self._schema: Schema | None = None
        #: Stands for the file that is read, in the keys of records that have none.
        self.path = ""

    def use_schema(self, schema: Schema | None, *, rows: bool = True) -> None:
        """From now on give rows of this schema where a record can be one, in place of articles;
        without ``rows`` take only its names from it."""
        self.key = "id" if schema is None else schema.key
        self._schema = schema
        self.names.use_fields(None if schema is None else schema.fields)
        self._read_row = self._read_plain = None
        if schema is not None and rows:
            self._read_row = row_reader(schema)
            self._read_plain = row_reader(schema, self.names.stays)

    def stored_key(self, item: Article | dict[str, Any]) -> str:
        """The key of an article or row as an archive stores it; "" if it has none."""
        if not isinstance(item, Article):
            return str(item[self.key])
        try:
            return "" if self._schema is None else self._schema.normalize_key(
                item.record().get(self.key)
            )  # fmt: skip
        except RecordError:
            return ""

    def order_of_dates(self, records: list[dict[str, Any]]) -> bool | None:
        """Whether the day comes first (True) or the month in the dates of these records, if some
        could be read either way, some in one way only, and none in the other."""
        if self.day_first is not None:
            return None
        orders: set[bool | None] = set()
        is_open = False
        for record in records:
            values = self.names.rename(record)
            for name in _DATE_FIELDS:
                if isinstance(value := values.get(name), str):
                    orders.add(order_of(value))
                    is_open = is_open or has_two_orders(value)
        orders.discard(None)
        return orders.pop() if is_open and len(orders) == 1 else None

    def __call__(self, record: dict[str, Any], location: str, place: str | None = None) -> Any:
        """The row or the article of a record. ``location`` is for messages ("news.jsonl:17");
        ``place`` becomes the key of a record that has none: by default it is made of ``path`` and
        the number at the end of the location. Raises RecordError."""
        if self._read_plain is not None:
            row = self._read_plain(record)
            if row is not None and not _has_tags(row):
                return row
        values = self.names.rename(record)
        _tidy(values)
        for name in self.names.split & values.keys():
            values[name] = _names_in(values[name])
        if values.get(self.key) in (None, ""):
            if place is None:
                place = self.path and f"{self.path}#{location.rpartition(':')[2]}"
            values[self.key] = _new_key(values, place)
        for name in _DATE_FIELDS:
            if (value := values.get(name)) not in (None, ""):
                try:
                    values[name] = self._date(value)
                except ValueError as error:
                    raise RecordError(location, name, str(error)) from None
        row = None if self._read_row is None else self._read_row(values)
        if row is not None:
            return row
        return Article.from_record(values, location, day_first=self.day_first)

    def _date(self, value: Any) -> str:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and not value.strip():
            return ""
        return record_date(value, self.day_first)


def _new_key(values: dict[str, Any], place: str) -> str:
    """The key of a record that has none: its address, else its place, else a digest of its text;
    "" for one that has no text either."""
    url = values.get("url")
    if isinstance(url, str) and url and len(url.encode("utf-8", "replace")) <= KEY_BYTES:
        return url
    text = f"{values.get('title') or ''}\n{values.get('body') or ''}"
    digest = short_digest(text.encode("utf-8", "surrogatepass")) if text.strip() else ""
    return place[-MAX_PLACE:] or digest


def _has_tags(record: dict[str, Any]) -> bool:
    body = record.get("body")
    # A search for one sign is many times as fast as one for two.
    return type(body) is str and "<" in body and "</" in body and is_html(body)


def _tidy(values: dict[str, Any]) -> None:
    """Make plain text of the title and the body: of lists of paragraphs, and of HTML."""
    for name in _TEXT_FIELDS:
        value = values.get(name)
        if isinstance(value, list):
            value = _paragraph(value)
        if isinstance(value, str):
            values[name] = html_to_text(value) if is_html(value) else value
    authors = values.get("authors")
    if isinstance(authors, str):
        values["authors"] = [_BY.sub("", authors.strip())]


def _names_in(value: Any) -> list[str]:
    """The names in a text, or in each of some: "Ann and Bo; Cy" has three. Commas are between names
    where there is no semicolon."""
    texts = value if isinstance(value, list) else [value]
    names: list[str] = []
    for text in texts:
        if not isinstance(text, str):
            continue
        separators = _BETWEEN_NAMES if ";" in text else _BETWEEN_NAMES_OR_COMMAS
        names += (name.strip() for name in separators.split(_BY.sub("", text.strip())))
    return [name for name in dict.fromkeys(names) if name]


def _paragraph(value: Any, depth: int = _MAX_NESTING) -> str:
    """The text of a paragraph, or of a list of some."""
    if isinstance(value, dict):
        value = next((value[key] for key in _PARAGRAPH_KEYS if value.get(key)), "")
    if isinstance(value, list) and depth:
        return "\n\n".join(part for item in value if (part := _paragraph(item, depth - 1)))
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)
