"""Saved web pages: the main text and what the page says of itself, by trafilatura."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.raw_record import RawRecord, RecordItem, read_whole
from searchlib.ingest.record_dates import record_date
from searchlib.ingest.text_encoding import decoded

__all__ = ["page_values", "read_html"]

_MAX_PAGE = 16 * 1024 * 1024
_MAX_BLOCKS = 20  # of JSON-LD
_MAX_TAGS = 400_000  # a page with more is no article, and takes minutes
_META = re.compile(r"<meta\s[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))")
_LD_JSON = re.compile(
    r"<script[^<>]+application/ld\+json[^<>]*>([^<]*+(?:<(?!/script)[^<]*+)*+)</script>",
    re.IGNORECASE,
)
_LANG = re.compile(r"<html[^<>]*?\slang\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_CANONICAL = re.compile(r"<link\b[^<>]*\brel=[\"']?canonical[^<>]*>", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*>(.{0,2000}?)</title>", re.IGNORECASE | re.DOTALL)
_HEADLINE = re.compile(r"<h1\b[^<>]*>(.{0,2000}?)</h1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ARTICLE_TYPES = re.compile("Article|Posting|Report", re.IGNORECASE)
_DATE_NAMES = (
    "article:published_time", "datePublished", "og:published_time", "pubdate", "publishdate",
    "publish-date", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.created",
    "dc.date", "dcterms.date", "cXenseParse:recs:publishtime", "date",
)  # fmt: skip


def read_html(
    stream: io.BufferedReader, name: str, url: str = "", charset: str | None = None
) -> Iterator[RecordItem]:
    """Yield the article of a page, or a Rejected if it has none. Nothing is fetched; ``url`` and
    ``charset`` are what the server said of it.

    >>> page = b"<html><title>Rain</title><body><p>It rained all day.</p></body></html>"
    >>> [record.values for record in read_html(io.BufferedReader(io.BytesIO(page)), "rain.html")]
    [{'title': 'Rain', 'body': 'It rained all day.'}]
    """
    data = read_whole(stream, name, _MAX_PAGE, "page")
    if isinstance(data, Rejected):
        yield data
        return
    values = page_values(decoded(data, charset), url)
    if isinstance(values, str):
        yield Rejected(name, None, f"{url}: {values}" if url else values)
    else:
        yield RawRecord(values)


def page_values(page: str, url: str = "") -> dict[str, Any] | str:
    """The article of a page, as the fields of one; or a text that says why there is none.

    >>> page_values("<html></html>")
    'the page has no text'
    """
    if page.count("<") > _MAX_TAGS:
        return f"the page has more than {_MAX_TAGS:,} tags"
    body, extracted = _main_text(page, url)
    meta, linked = _meta(page), _linked_data(page)
    body = _longer(body, linked.get("articleBody"))
    values: dict[str, Any] = {
        "title": linked.get("headline") or meta.get("og:title") or _first(_HEADLINE, page)
        or extracted.get("title") or _first(_TITLE, page),
        "body": body,
        **_date(linked.get("datePublished"), *map(meta.get, map(str.lower, _DATE_NAMES)),
                extracted.get("date")),
        "source": _names(linked.get("publisher"))[:1] or meta.get("og:site_name")
        or extracted.get("sitename"),
        "section": meta.get("article:section") or _names(linked.get("articleSection"))[:1],
        "authors": _names(linked.get("author")) or _split(meta.get("author") or "")
        or _split(extracted.get("author") or ""),
        "topics": _split(meta.get("news_keywords") or meta.get("keywords") or "", ",;"),
        "url": _canonical(page) or meta.get("og:url") or url,
        "lang": _lang(page, meta, linked),
    }  # fmt: skip
    if not body:
        return "the page has no text"
    first, _, rest = body.partition("\n\n")
    if rest and first == values["title"]:
        values["body"] = rest
    for name in ("source", "section"):
        if isinstance(values[name], list):
            values[name] = values[name][0] if values[name] else None
    return {name: value for name, value in values.items() if value}


def _longer(body: str, said: Any) -> str:
    """The text that JSON-LD says is that of the article, if the page shows less than half of it."""
    if not isinstance(said, str) or len(said) <= 2 * len(body):
        return body
    from searchlib.ingest.html_text import html_to_text, is_html

    text = html_to_text(said) if is_html(said) else html.unescape(said)
    return _paragraphs(text) or body


def _paragraphs(text: str) -> str:
    """The lines of a text with an empty line between them."""
    lines = (line.strip() for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def _date(*candidates: Any) -> dict[str, str]:
    """The first date that is one; else what the page has, as ``published_text``: a page is worth
    having without its date too."""
    said = [date for date in candidates if isinstance(date, str) and date.strip()]
    for date in said:
        try:
            return {"date": record_date(date, None)}
        except ValueError:
            continue
    return {"published_text": said[0]} if said else {}


def _main_text(page: str, url: str) -> tuple[str, dict[str, Any]]:
    """The main text, its paragraphs with an empty line between them, and what else was found."""
    import trafilatura

    try:
        found = trafilatura.bare_extraction(
            page, url=url or None, with_metadata=True, include_comments=False,
            include_tables=True, favor_recall=True, output_format="python",
        )  # fmt: skip
    except Exception:  # of lxml and of trafilatura, on pages that are broken
        found = None
    extracted = {} if found is None else found.as_dict() if hasattr(found, "as_dict") else found
    text: str = (extracted or {}).get("text") or ""
    if not text.strip():
        from searchlib.ingest.html_text import html_to_text

        text = html_to_text(page).replace("\n\n", "\n")
    return _paragraphs(text), extracted or {}


def _meta(page: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for tag in _META.findall(page):
        attributes = {
            name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag)
        }
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        if name and attributes.get("content"):
            values.setdefault(name.lower(), attributes["content"].strip())
    return values


def _linked_data(page: str) -> dict[str, Any]:
    """The article in the page's JSON-LD (schema.org), or {}."""
    for match in islice(_LD_JSON.finditer(page), _MAX_BLOCKS):
        block = match[1]
        try:
            data = json.loads(block.strip().removeprefix("<!--").removesuffix("-->"))
        except (ValueError, RecursionError):
            continue
        stack = [data]
        while stack:
            item = stack.pop(0)
            if isinstance(item, list):
                stack += item[:100]
            elif isinstance(item, dict):
                if _ARTICLE_TYPES.search(str(item.get("@type", ""))):
                    return item
                stack += [item[key] for key in ("@graph", "mainEntity") if key in item]
    return {}


def _names(value: Any) -> list[str]:
    """The names of what JSON-LD has as a text, an object or a list of these."""
    if isinstance(value, str):
        return [html.unescape(value).strip()] if value.strip() else []
    if isinstance(value, dict):
        return _names(value.get("name"))
    if isinstance(value, list):
        return [name for item in value for name in _names(item)]
    return []


def _split(text: str, separators: str = ";") -> list[str]:
    parts = re.split(f"[{separators}]", text)
    return [part.strip() for part in parts if part.strip()]


def _first(pattern: re.Pattern[str], page: str) -> str:
    match = pattern.search(page)
    return " ".join(html.unescape(_TAG.sub(" ", match[1])).split()) if match else ""


def _canonical(page: str) -> str:
    match = _CANONICAL.search(page)
    if match is None:
        return ""
    attributes = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(match[0])}
    address = attributes.get("href", "")
    return address if address.startswith(("http://", "https://")) else ""


def _lang(page: str, meta: dict[str, str], linked: dict[str, Any]) -> str:
    match = _LANG.search(page)
    named = linked.get("inLanguage")
    language = match[1] if match else named if isinstance(named, str) else meta.get("og:locale", "")
    return language.replace("_", "-")
