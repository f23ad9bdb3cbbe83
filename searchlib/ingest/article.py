"""An article: the fields of ``NEWS`` as plain values, and any other keys of its record."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from dataclasses import field as dataclass_field
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from searchlib.dates import read_iso
from searchlib.errors import RecordError
from searchlib.ingest.news_page import parse_page

__all__ = ["ARTICLE_FIELDS", "Article", "RecordConverter", "Rejected", "read_page"]


@dataclass(slots=True)
class Article:
    """A news article. Dates are ISO 8601 text, as ``PartialDate.iso()`` writes it; "" is unknown.

    ``extra`` holds the keys that ``NEWS`` does not have. ``where`` is the file and line that the
    article was read from ("news.jsonl:17"); it is not compared and not stored.

    >>> Article(id="a1", title="Rain", authors=["Ann Lee"]).record()
    {'id': 'a1', 'title': 'Rain', 'authors': ['Ann Lee']}
    """

    id: str = ""
    title: str = ""
    body: str = ""
    date: str = ""
    crawled: str = ""
    source: str = ""
    section: str = ""
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    dateline: str = ""
    url: str = ""
    lang: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    where: str = field(default="", compare=False)

    def record(self) -> dict[str, Any]:
        """The article as a plain dict without its empty values; extra keys come last.

        >>> Article(id="a1", extra={"words": 460}).record()
        {'id': 'a1', 'words': 460}
        """
        record = {name: value for name, value in zip(ARTICLE_FIELDS, _field_values(self)) if value}
        record.update(self.extra)
        return record

    @classmethod
    def from_record(
        cls, record: Mapping[str, Any], where: str = "", *, day_first: bool | None = None
    ) -> Article:
        """The article of a JSON record. Empty values count as missing.

        ``day_first`` says how to read "03/04/2022". Raises
        :class:`~searchlib.errors.RecordError` for a value that does not fit its field.

        >>> Article.from_record({"id": 7, "date": "31 Aug 2022", "words": 460}).record()
        {'id': '7', 'date': '2022-08-31', 'words': 460}
        """
        values: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for key, value in record.items():
            if type(value) is str and key in _TEXT_FIELDS:
                values[key] = value
            elif (value_type := ARTICLE_FIELDS.get(key)) is None:
                extra[key] = value
            elif value is not None and value != "":
                try:
                    values[key] = _read_value(value, value_type, day_first)
                except ValueError as error:
                    raise RecordError(where, key, str(error)) from None
        return cls(**values, extra=extra, where=where)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was skipped: where it stands, the field at fault if there is one, why, and the
    record itself, if it could be read and not too many were rejected.

    >>> str(Rejected("news.jsonl:17", "date", "there is no month 13"))
    'news.jsonl:17: date: there is no month 13'
    """

    where: str
    field: str | None
    why: str
    record: dict[str, Any] | None = dataclass_field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.field, self.why) if part)


#: Converts a JSON record and its location ("news.jsonl:17") to the item that a reader yields: an
#: :class:`Article`, or a row for the index. Raises :class:`~searchlib.errors.RecordError`.
RecordConverter = Callable[[dict[str, Any], str], Any]

_TEXT, _NAME, _NAMES, _DATE = "text", "name", "names", "date"
#: The fields of an article, in order -> the type of their values.
ARTICLE_FIELDS = {
    "id": _NAME, "title": _TEXT, "body": _TEXT, "date": _DATE, "crawled": _DATE, "source": _NAME,
    "section": _NAME, "authors": _NAMES, "editors": _NAMES, "places": _NAMES, "topics": _NAMES,
    "dateline": _TEXT, "url": _TEXT, "lang": _TEXT,
}  # fmt: skip
_field_values = attrgetter(*ARTICLE_FIELDS)
# Fields that take a string unchanged.
_TEXT_FIELDS = frozenset(
    name for name, value_type in ARTICLE_FIELDS.items() if value_type in (_TEXT, _NAME)
)
_TYPE_NAMES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def _read_value(value: Any, value_type: str, day_first: bool | None) -> Any:
    """The value of a field of this type; ValueError says what is wrong."""
    if value_type == _DATE:
        if isinstance(value, str) and not value.strip():
            return ""
        return read_iso(value, day_first=day_first)
    if value_type == _NAMES:
        if isinstance(value, (list, tuple, set, frozenset)):
            return [
                item if type(item) is str else _read_name(item)
                for item in value
                if item is not None
            ]
        return [_read_name(value)]
    if value_type == _NAME:
        # Some exports write a single name as a list of one.
        return _read_name(value[0] if isinstance(value, list) and len(value) == 1 else value)
    raise ValueError(f"a text is expected, not {_type_name(value)}")


def _read_name(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"a name is expected, not {_type_name(value)}")


def _type_name(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), type(value).__name__)


def read_page(text: str, where: str = "") -> Article:
    """The article in the text of a crawled news page. Every text gives one; see ``news_page.py``.

    The id is built from source, date and title, so that a page that is read again, or a
    corrected version of it, replaces the old one. The date in the dateline and an "Updated:" time
    become the extra keys ``dateline_date`` and ``updated``.

    >>> article = read_page("Rain in Oslo\\n\\n(Wire) 09:20, May 2, 2022\\n\\nIt rained.")
    >>> article.id
    'wire-20220502T0920-rain-in-oslo'
    """
    page = parse_page(text)
    extra = {name: value for name in ("dateline_date", "updated") if (value := getattr(page, name))}
    return Article(
        id=_page_id(page.source, page.date, page.title, page.body),
        title=page.title,
        body=page.body,
        date=page.date,
        crawled=page.crawled,
        source=page.source,
        authors=page.authors,
        editors=page.editors,
        places=page.places,
        dateline=page.dateline,
        extra=extra,
        where=where,
    )


_MAX_SLUG = 80  # characters of the title in an id


def _page_id(source: str, date: str, title: str, body: str) -> str:
    if not (title or body):
        return ""
    timestamp = re.sub("[-:]", "", date[:16])
    slug = _slug(title)
    parts = [_slug(source), timestamp, slug[:_MAX_SLUG].rstrip("-")]
    # A digest keeps apart pages without a date or a title, and titles that are equal once cut.
    if not (date and slug):
        parts.append(_short_digest(f"{title}\n{body}"))
    elif len(slug) > _MAX_SLUG:
        parts.append(_short_digest(title))
    return "-".join(part for part in parts if part)


def _slug(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("\u2019", "")
    return re.sub(r"[\W_]+", "-", folded).strip("-")


def _short_digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
