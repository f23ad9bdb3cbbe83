"""Other people's names for the fields of an article: which key of a record is its title.

:class:`FieldNames` reads the names of a record's keys, and of the keys of objects in it
("source.name"), by the table below and by what the caller says. A record that has the fields'
own names is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from searchlib.errors import ArgumentError
from searchlib.ingest.article import ARTICLE_FIELDS

__all__ = ["FieldNames", "fields_named", "is_known_name"]

# For each field the names that it has elsewhere, the best first; a record's first that is not
# empty is taken. Compared without case, blanks and punctuation.
_TABLE = {
    "id": "guid key uid uuid article_id doc_id docno post_id news_id story_id item_id identifier"
    " nid id_str",
    "title": "headline web_title head hed heading subject article_title post_title news_title"
    " headline_text title_text titre titel titulo"
    " título titolo headline_main nombre name",
    "body": "text content article full_text fulltext body_text main_text maintext content_text"
    " article_body article_text post_content page_content content_html body_html story"
    " content_encoded raw_text plain_text texte contenu contenido inhalt testo texto articulo"
    " artikel message lead_paragraph selftext full_text_content"
    " description summary short_description abstract lead lede excerpt snippet dek",
    "date": "published published_at pub_date publish_date published_date publication_date"
    " date_published date_publish published_on published_time published_parsed web_publication_date"
    " first_publication_date first_published post_date article_date news_date date_time datetime"
    " timestamp time created created_at created_date date_created issued version_created"
    " fecha datum data_publicacao date_publication pubdate_utc created_utc date_de_publication"
    " fecha_de_publicacion veröffentlichungsdatum erscheinungsdatum data_di_pubblicazione"
    " data_de_publicação publicatiedatum"
    " updated updated_at modified date_modified last_updated",
    "crawled": "crawled_at date_crawled crawl_date crawl_time scraped scraped_at scrape_date"
    " date_download downloaded_at fetched fetched_at retrieved retrieved_at collected_at",
    "source": "outlet publisher publication newspaper source_name media_name media site site_name"
    " website source_domain domain journal paper news_source feed feed_title channel quelle fuente",
    "section": "category desk news_desk section_name rubric rubrik rubrique article_section"
    " pillar_name seccion sezione",
    "authors": "author byline creator writer writers reporter reporters by author_name post_author"
    " dc_creator autor auteur autore autores auteurs user",
    "topics": "tags tag keywords keyword subjects topic categories labels tag_list themes",
    "places": "place locations location countries country geo",
    "url": "link permalink web_url article_url post_url news_url source_url canonical_url href uri"
    " share_link external_url urls",
    "lang": "language locale lang_code language_code language_iso idioma sprache langue",
    "dateline": "date_line",
}  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


_FIELDS_OF: dict[str, list[tuple[str, int]]] = {}
for _field, _names in _TABLE.items():
    for _rank, _name in enumerate([_field, *_names.split()]):
        _FIELDS_OF.setdefault(_plain(_name), []).append((_field, _rank))
_UNDERSCORE_ID = "_id"  # MongoDB, CouchDB
# Objects that hold the article, or a part of it: of CouchDB, Elasticsearch, JSON:API and others.
_WRAPPERS = ("doc", "_source", "attributes", "fields", "article")
# The same, where nothing around them is a title or a text: of posts (ActivityPub), of listings.
_ENVELOPES = ("object", "data")
_TEXTS = frozenset(("title", "body"))
# Fields for which an article is not refused: what has no name stays beside them.
_OF_NAMES = frozenset(("source", "section", "authors", "editors", "places", "topics"))
_MAX_NESTING = 8  # objects and lists around a name
_NESTED_NAMES = (
    "name", "title", "webTitle", "main", "text", "rendered", "value", "label", "term",
    "displayName", "display_name", "fullName", "full_name", "keyword", "tag", "slug", "href", "url",
    "$t", "#text", "content", "original", "$oid", "$date", "$numberLong",
)  # fmt: skip


class FieldNames:
    """Which keys become which fields.

    ``given`` maps fields to keys (``{"title": "headline", "body": "lead,text"}``): several keys are
    joined, dots lead into objects. ``keep`` says which other keys are kept (None: all), ``drop``
    which are left out, and ``split`` in which fields a text has several names ("Ann and Bo; Cy").

    >>> names = FieldNames()
    >>> names.rename({"headline": "Rain", "source": {"name": "Wire"}, "words": 3})
    {'title': 'Rain', 'source': 'Wire', 'words': 3}
    >>> names.renamed
    {'headline': 'title'}
    """

    def __init__(
        self,
        given: Mapping[str, str] | None = None,
        *,
        keep: Iterable[str] | None = None,
        drop: Iterable[str] = (),
        split: Iterable[str] = (),
    ) -> None:
        self._given = {field: _paths(field, keys) for field, keys in (given or {}).items()}
        self._keep = None if keep is None else frozenset(keep)
        self._drop = frozenset(drop)
        self.split = frozenset(split)
        self._fields = self._targets = frozenset(ARTICLE_FIELDS)
        self._plans: dict[tuple[str, ...], _Plan | None] = {}
        #: Keys that became fields so far: {"headline": "title"}.
        self.renamed: dict[str, str] = {}

    def use_fields(self, fields: Iterable[str] | None) -> None:
        """Look for these fields, those of a schema; None for those of an article."""
        self._targets = frozenset(ARTICLE_FIELDS if fields is None else fields)
        self._fields = self._targets | frozenset(ARTICLE_FIELDS)
        self._plans.clear()

    def settings(self) -> list[Any]:
        """All that decides what becomes of a record, as plain values."""
        keep = None if self._keep is None else sorted(self._keep)
        return [sorted(self._given.items()), keep, sorted(self._drop), sorted(self.split)]

    def stays(self, key: str) -> bool:
        """Whether a record may stay as it is, as far as this key goes: it is not renamed, left out,
        unpacked or divided, whatever the others are."""
        if self._given or self._keep is not None or key in self._drop or key in self.split:
            return False
        if key in self._fields:
            return True
        is_wrapper = key in _WRAPPERS or key in _ENVELOPES or key == _UNDERSCORE_ID
        fields = {field for field, _ in _FIELDS_OF.get(_plain(key), ())}
        return not is_wrapper and self._targets.isdisjoint(fields)

    def rename(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record with the names of fields, and with simple values where an object stands for
        its name. The record itself is not changed."""
        plan = self._plan(record)
        for _ in range(_MAX_NESTING):
            if plan is None or not any(isinstance(record[key], dict) for key in plan.wrappers):
                break
            record = _unwrapped(record, plan.wrappers)
            plan = self._plan(record)
        if plan is None:
            return {
                key: value if type(value) is str else self._value(key, value)
                for key, value in record.items()
            }
        values: dict[str, Any] = {}
        used: set[str] = set()
        for field, candidates in plan.sources.items():
            for paths in candidates:
                value = _joined([_at(record, path) for path in paths])
                if field in _OF_NAMES and _has_object(value):
                    continue
                if value not in (None, "", [], {}):
                    values[field] = value
                    used.update(key for path in paths for key in _keys(path))
                    name = ",".join(".".join(path) for path in paths)
                    if name != field:
                        self.renamed.setdefault(name, field)
                    break
        for key in plan.others:
            if key not in used and record[key] not in (None, "") and key not in values:
                values[key] = self._value(key, record[key])
        return values

    def _value(self, key: str, value: Any) -> Any:
        return _simple(value) if key in self._fields else value

    def _plan(self, record: dict[str, Any]) -> _Plan | None:
        """What becomes of a record with these keys; None if it stays as it is."""
        keys = tuple(record)
        try:
            return self._plans[keys]
        except KeyError:
            pass
        if len(self._plans) > 10_000:  # records whose keys are data
            self._plans.clear()
        plan = self._plans[keys] = self._new_plan(keys)
        return plan

    def _new_plan(self, keys: tuple[str, ...]) -> _Plan | None:
        claimed = {key for paths in self._given.values() for path in paths for key in _keys(path)}
        sources: dict[str, list[list[tuple[str, ...]]]] = {}
        ranked: dict[str, list[tuple[int, str]]] = {}
        for key in keys:
            if key in self._fields or key in self._drop or key in claimed:
                continue
            for field, rank in _FIELDS_OF.get(_plain(key), ()):
                if field in self._targets and field not in self._given:
                    ranked.setdefault(field, []).append((rank, key))
        for field, found in ranked.items():
            own = [field] if field in keys else []
            sources[field] = [[(key,)] for key in [*own, *(key for _, key in sorted(found))]]
        for field, paths in self._given.items():
            sources[field] = [paths]
        has_text = not sources.keys().isdisjoint(_TEXTS) or not _TEXTS.isdisjoint(keys)
        names = _WRAPPERS if has_text else (*_WRAPPERS, *_ENVELOPES)
        wrappers = [key for key in keys if key in names and key not in self._fields]
        if not sources and not wrappers and self._keep is None and self._drop.isdisjoint(keys):
            return None
        others = [key for key in keys if key in self._fields and key not in sources]
        others += [
            key
            for key in keys
            if key not in self._fields
            and key not in claimed
            and key not in self._drop
            and (self._keep is None or key in self._keep)
        ]
        return _Plan(sources, [key for key in others if key not in self._drop], wrappers)


class _Plan:
    """What becomes of records with the same keys: for each field the paths that may give it, the
    keys that stay, and those of objects that are to be unpacked first."""

    __slots__ = ("others", "sources", "wrappers")

    def __init__(
        self,
        sources: dict[str, list[list[tuple[str, ...]]]],
        others: list[str],
        wrappers: list[str],
    ) -> None:
        self.sources = sources
        self.others = others
        self.wrappers = wrappers


def _unwrapped(record: dict[str, Any], wrappers: list[str]) -> dict[str, Any]:
    """The record with the contents of these objects in their place."""
    inner: dict[str, Any] = {}
    for key in wrappers:
        inner |= record[key] if isinstance(record[key], dict) else {key: record[key]}
    return {key: value for key, value in record.items() if key not in wrappers} | inner


def _paths(field: str, keys: str) -> list[tuple[str, ...]]:
    paths = [tuple(key.strip().split(".")) for key in keys.split(",") if key.strip()]
    if not paths:
        raise ArgumentError(f"no key is given for {field}: write {field}=KEY, as in title=headline")
    return paths


def _keys(path: tuple[str, ...]) -> tuple[str, str]:
    """The keys of a record that a path may begin with: its first part, or all of it."""
    return path[0].removesuffix("[]"), ".".join(path)


def _at(record: Any, path: tuple[str, ...]) -> Any:
    """The value at a path; of each item of a list, if one stands on the way."""
    value = record
    for number, part in enumerate(path):
        if isinstance(value, Mapping):
            whole = ".".join(path[number:])
            if whole in value:  # a key that has a dot
                return _simple(value[whole])
            value = value.get(part.removesuffix("[]"))
        elif isinstance(value, list):
            return [_at(item, path[number:]) for item in value]
        else:
            return None
    return _simple(value)


def _joined(values: list[Any]) -> Any:
    if len(values) == 1:
        return values[0]
    texts = [value for value in values if value not in (None, "", [])]
    if any(isinstance(value, list) for value in texts):
        return [item for value in texts for item in (value if isinstance(value, list) else [value])]
    return "\n\n".join(map(str, texts))


def _has_object(value: Any) -> bool:
    """Whether no plain value was found in an object: it stays as it is, under its own name."""
    if isinstance(value, list):
        return any(map(_has_object, value))
    return isinstance(value, dict)


def _simple(value: Any, depth: int = _MAX_NESTING) -> Any:
    """The name that stands in an object, for a field, which needs a plain value."""
    if not depth:
        return value
    if isinstance(value, dict):
        if value.get("name") and isinstance(value.get("value"), str):
            return value[
                "value"
            ]  # a name and its value, as in {"name": "subject", "value": "Rain"}
        for name in _NESTED_NAMES:
            if value.get(name) not in (None, "", [], {}):
                return _simple(value[name], depth - 1)
        first_last = [value.get("first_name"), value.get("last_name")]
        named = " ".join(part for part in first_last if isinstance(part, str) and part)
        return named or value
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        parts = [_simple(item, depth - 1) for item in value]
        if any(isinstance(item, str) and item != item.strip() for item in value):
            return "".join(map(str, parts))  # pieces of one text: ["Rain in ", {"text": "Oslo"}]
        return parts
    return value


def fields_named(names: Iterable[str]) -> set[str]:
    """The fields of articles that these keys may be.

    >>> sorted(fields_named(["headline", "pubDate", "colour"]))
    ['date', 'title']
    """
    return {field for name in names for field, _ in _FIELDS_OF.get(_plain(name), ())}


def is_known_name(name: str) -> bool:
    """Whether a key is a field of articles, or one of the names that it has elsewhere.

    >>> is_known_name("pubDate"), is_known_name("colour")
    (True, False)
    """
    return _plain(name) in _FIELDS_OF
