"""An article: the keys of ``NEWS`` as plain values, and what else its record held."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from searchlib.dates import read_iso
from searchlib.errors import RecordError
from searchlib.ingest.news_page import parse_page

__all__ = ["SHAPES", "Article", "Make", "Rejected", "read_page"]


@dataclass(slots=True)
class Article:
    """A news article. Dates are ISO 8601 text, as ``PartialDate.iso()`` writes it; "" is unknown.

    ``extra`` holds the keys that are not of ``NEWS``. ``where`` tells where the article was
    read ("news.jsonl:17"); it is no part of the article.

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
        """The article as a plain dict: what is known of it, its extra keys last.

        >>> Article(id="a1", extra={"words": 460}).record()
        {'id': 'a1', 'words': 460}
        """
        known = {name: value for name, value in zip(SHAPES, _values(self)) if value}
        known.update(self.extra)
        return known

    @classmethod
    def from_record(
        cls, record: Mapping[str, Any], where: str = "", *, day_first: bool | None = None
    ) -> Article:
        """The article of a JSON record. Empty values count as missing.

        ``day_first`` says how the record's source means "03/04/2022". Raises
        :class:`~searchlib.errors.RecordError` for a value that its key cannot have.

        >>> Article.from_record({"id": 7, "date": "31 Aug 2022", "words": 460}).record()
        {'id': '7', 'date': '2022-08-31', 'words': 460}
        """
        known: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for key, value in record.items():
            if type(value) is str and key in _AS_WRITTEN:
                known[key] = value
            elif (shape := SHAPES.get(key)) is None:
                extra[key] = value
            elif value is not None and value != "":
                try:
                    known[key] = _shaped(value, shape, day_first)
                except ValueError as error:
                    raise RecordError(where, key, str(error)) from None
        return cls(**known, extra=extra, where=where)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was set aside: where it was, the field at fault if it is one, and why.

    >>> str(Rejected("news.jsonl:17", "date", "there is no month 13"))
    'news.jsonl:17: date: there is no month 13'
    """

    where: str
    field: str | None
    why: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.field, self.why) if part)


#: What becomes of the record at a place: an article, or whatever who reads asked for.
Make = Callable[[dict[str, Any], str], Any]

_TEXT, _NAME, _NAMES, _DATE = "text", "name", "names", "date"
#: What the values of the keys of ``NEWS`` are.
SHAPES = {
    "id": _NAME, "title": _TEXT, "body": _TEXT, "date": _DATE, "crawled": _DATE, "source": _NAME,
    "section": _NAME, "authors": _NAMES, "editors": _NAMES, "places": _NAMES, "topics": _NAMES,
    "dateline": _TEXT, "url": _TEXT, "lang": _TEXT,
}  # fmt: skip
_values = attrgetter(*SHAPES)
_AS_WRITTEN = frozenset(name for name, shape in SHAPES.items() if shape in (_TEXT, _NAME))
_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def _shaped(value: Any, shape: str, day_first: bool | None) -> Any:
    if shape == _DATE:
        if isinstance(value, str) and not value.strip():
            return ""
        return read_iso(value, day_first=day_first)
    if shape == _NAMES:
        if isinstance(value, (list, tuple, set, frozenset)):
            return [one if type(one) is str else _name(one) for one in value if one is not None]
        return [_name(value)]
    if shape == _NAME:
        # A list of one is how some exports write a single name.
        return _name(value[0] if isinstance(value, list) and len(value) == 1 else value)
    raise ValueError(f"a text is expected, not {_kind(value)}")


def _name(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"a name is expected, not {_kind(value)}")


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def read_page(text: str, where: str = "") -> Article:
    """The article in the text of a news page as crawled. Any text gives one; see ``page.py``.

    Its id is made of source, date and title, so that a page read again, or a corrected one,
    replaces itself. The dateline's own date and an "Updated:" time are kept as the extra keys
    ``dateline_date`` and ``updated``.

    >>> article = read_page("Rain in Oslo\\n\\n(Wire) 09:20, May 2, 2022\\n\\nIt rained.")
    >>> article.id
    'wire-20220502T0920-rain-in-oslo'
    """
    page = parse_page(text)
    extra = {name: value for name in ("dateline_date", "updated") if (value := getattr(page, name))}
    return Article(
        id=_identity(page.source, page.date, page.title, page.body),
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


_SLUG = 80


def _identity(source: str, date: str, title: str, body: str) -> str:
    if not (title or body):
        return ""
    day = re.sub("[-:]", "", date[:16])
    slug = _slug(title)
    parts = [_slug(source), day, slug[:_SLUG].rstrip("-")]
    # Without a date or a title other pages may have the same parts, and so may a cut title.
    if not (date and slug):
        parts.append(_digest(f"{title}\n{body}"))
    elif len(slug) > _SLUG:
        parts.append(_digest(title))
    return "-".join(part for part in parts if part)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("\u2019", "")
    return re.sub(r"[\W_]+", "-", plain).strip("-")


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
