"""Parses the text of a crawled news page into its parts. Nothing is guessed.

From top to bottom a page has: the crawl line (" date 2022-08-31" before the title), the title,
header lines in any order (agency and time, "Updated:", "Source:", "By ..."), the paragraphs
(the first may begin with a dateline), and lines with the editors' names. Every part may be
missing. A line that matches none of the patterns below belongs to the body, so no text is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from searchlib.dates import (
    DateFormatError,
    MonthDay,
    PartialDate,
    parse_date,
    read_partial_date,
)
from searchlib.ingest.agencies import agency_zone

__all__ = ["Dateline", "Page", "parse_page", "read_dateline"]


@dataclass(slots=True)
class Page:
    """The parts of a page. Dates are ISO 8601 text; a missing part is empty.

    >>> Page(title="Rain").editors
    []
    """

    title: str = ""
    body: str = ""
    date: str = ""
    updated: str = ""
    crawled: str = ""
    source: str = ""
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    dateline: str = ""
    dateline_date: str = ""


@dataclass(frozen=True, slots=True)
class Dateline:
    """The dateline that opens a report: "TIANJIN, Aug. 30 (Xinhua) -- ".

    ``text`` is the dateline as written, without the agency; ``date`` is ISO text or "";
    ``source`` is the agency; ``length`` is the length in characters, dash included.

    >>> read_dateline("OSLO, May 2 (Wire) -- Snow fell.", "2022-05-02").places
    ('Oslo',)
    """

    text: str
    places: tuple[str, ...]
    date: str
    source: str
    length: int


_SPACE = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_SPACES = re.compile(f"[{_SPACE}][ {_SPACE}]*| [ {_SPACE}]+")  # all but a single plain space
_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\ufeff\u200b\u2060\x00-\x08\x0e-\x1f\x7f]")

_CRAWLED = re.compile(
    r"(?:crawl(?:ed)?[ _-]?)?(?:date|crawled)[ :]+(\d{4}-\d\d-\d\d)(?: +(.*))?", re.IGNORECASE
)
_MONTH = (
    r"(?i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
# "Xinhua) 09:20, August 31, 2022", "(China Daily) August 31, 2022", "(Xinhua)"
_STAMP = re.compile(r"\(?(?P<agency>[^()|\d][^()|]{0,60}?) ?\) ?(?P<rest>.*)")
_LABEL = re.compile(
    r"\(?(?P<label>last updated|updated(?: at| on)?|update|published(?: at| on)?|publish time"
    r"|posted(?: at| on)?|pub(?:lication)? date|time|source|from|editors?|web editors?|authors?)"
    r" ?: ?(?P<value>.*?)\)?",
    re.IGNORECASE,
)
_BY = re.compile(
    r"by:? (?P<names>[^()\d|]{2,120}?)(?: ?\((?P<agency>[^()]{1,60})\)(?P<rest>.*))?", re.IGNORECASE
)
_EDITORS = re.compile(
    r"[(\[]? ?(?:web |copy |desk |chief |managing |responsible )?editors?(?: in charge)? ?[:\uff1a]"
    r" ?(?P<names>[^()\[\]]{1,200}?) ?[)\]]?\.?",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_][^\d,;:!?()]{0,59}")
_SEPARATORS = re.compile(r" ?[,;\u3001\uff0c] ?(?:and )?| and | & ")
# Words of a person's name that may be in lower case.
_PARTICLES = frozenset((
    "al", "bin", "da", "de", "del", "den", "der", "di", "dos", "du", "el", "ibn", "la", "le",
    "ten", "van", "von", "zu",
))  # fmt: skip
_DATELINE = re.compile(
    r"(?P<text>(?P<place>[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.'\u2019/ -]+"
    r"(?:, ?[A-Z][A-Za-z\u00c0-\u024f.'\u2019 -]+?)*?)"
    rf"(?:,? (?P<date>{_MONTH} +\d{{1,2}}(?:, \d{{4}})?|\d{{1,2}} {_MONTH}(?: \d{{4}})?))?)"
    r"(?: *\((?P<agency>[A-Z][^()]{0,60})\))?"
    r" *(?:--+|[-\u2013\u2014\u2015]) ?"
)
# Words of a place's name that are in lower case: Rio de Janeiro, Port-au-Prince.
_LOWERCASE_WORDS = frozenset((
    "am", "au", "da", "de", "del", "den", "der", "di", "do", "du", "el", "en", "la", "las", "le",
    "les", "los", "of", "on", "sur", "the",
))  # fmt: skip


def parse_page(text: str) -> Page:
    """Parse the text of a page. Every text gives a Page; an empty text gives an empty one.

    >>> page = parse_page("Rain in Oslo\\n(Wire) 09:20, May 2, 2022\\nIt rained.\\n(Editor: Li)")
    >>> page.title, page.date, page.source, page.body, page.editors
    ('Rain in Oslo', '2022-05-02T09:20', 'Wire', 'It rained.', ['Li'])
    """
    page = Page()
    lines = [_SPACES.sub(" ", line).strip() for line in _LINE_ENDS.split(_INVISIBLE.sub("", text))]
    first = _read_header(lines, page)
    end = _read_footer(lines, first, page)
    body = re.sub("\n{3,}", "\n\n", "\n".join(lines[first:end]).strip("\n"))
    dateline = read_dateline(body, page.date or page.crawled)
    if dateline is not None:
        body = body[dateline.length :]
        page.dateline, page.dateline_date = dateline.text, dateline.date
        page.places = list(dateline.places)
        page.source = page.source or dateline.source
    page.body = body
    zone = agency_zone(page.source)
    if zone is not None:
        for name in ("date", "updated"):
            date = getattr(page, name)
            if date:
                setattr(page, name, read_partial_date(date).in_zone(zone).iso())
    # Without another date, the time of the update is that of the page.
    page.date = page.date or page.updated
    return page


def _read_header(lines: list[str], page: Page) -> int:
    """Read the lines above the body into ``page``; returns the index of the body's first line."""
    number = 0
    while number < len(lines):
        line = lines[number]
        if line and not (_read_crawl_line(line, page) or _read_header_line(line, page)):
            if page.title or not _is_title(lines, number, page):
                break
            page.title = line
        number += 1
    return number


def _read_crawl_line(line: str, page: Page) -> bool:
    """Read "date 2022-08-31 Title"; False if the line is not of this form."""
    match = _CRAWLED.fullmatch(line)
    if match is None or page.crawled or page.title:
        return False
    date = _read_date(match[1])
    if date is None:
        return False
    page.crawled = date.iso()
    page.title = match[2] or ""
    return True


def _is_title(lines: list[str], number: int, page: Page) -> bool:
    """The first line is the title, unless it opens the body: a dateline, or a long paragraph."""
    line = lines[number]
    if len(line) > 300 or read_dateline(line, "") is not None:
        return False
    # A title rarely follows the agency and time: take only a short line, before other text, that
    # does not end like a sentence.
    if page.date or page.source or page.authors:
        more_text = any(lines[number + 1 :])
        return more_text and len(line) <= 150 and line[-1] not in '.\u3002!?\u201d"'
    return True


def _read_header_line(line: str, page: Page) -> bool:
    """Read a line that states source, time or authors; False if it is not one."""
    if len(line) > 200:
        return False
    return _read_labels(line, page) or _read_byline(line, page) or _read_stamp(line, page)


def _read_stamp(line: str, page: Page) -> bool:
    """Read "(Xinhua) 09:20, August 31, 2022"; the agency or the time may be missing."""
    date = _read_date(line) if page.title else None
    if date is None:
        match = _STAMP.fullmatch(line)
        if match is None:
            return False
        agency, rest = match["agency"].strip(), match["rest"].strip(" ,")
        date = _read_date(rest) if rest else None
        # Any remark may stand in brackets: without a time, only a known agency is accepted.
        if date is None and (rest or agency_zone(agency) is None):
            return False
        page.source = page.source or agency
    if date is not None:
        page.date = page.date or date.iso()
    return True


def _read_labels(line: str, page: Page) -> bool:
    """Read "Updated: ..." or "Source: Xinhua | 2022-08-31 09:20 | Editor: huaxia".

    Between bars, a bare time is the date and a bare name is the source. Every part must be
    recognised, and each attribute be stated once.
    """
    parts = [part.strip() for part in line.split("|")]
    values: dict[str, str] = {}
    for part in parts:
        attribute, value = _read_part(part, alone=len(parts) == 1)
        if not attribute or attribute in values:
            return False
        values[attribute] = value
    page.source = page.source or values.get("source", "") or values.get("name", "")
    page.updated = page.updated or values.get("updated", "")
    page.date = page.date or values.get("date", "")
    page.editors = page.editors or _read_names(values.get("editors", ""))
    page.authors = page.authors or _read_names(values.get("authors", ""))
    return True


def _read_part(part: str, *, alone: bool) -> tuple[str, str]:
    """The attribute of the page that one part of such a line states ("name" for a bare name), and
    its value; ("", "") if it is not recognised."""
    match = _LABEL.fullmatch(part)
    if match is None:
        if alone:
            return "", ""
        date = _read_date(part)
        if date is not None:
            return "date", date.iso()
        byline = _BY.fullmatch(part)
        if byline is not None and byline["agency"] is None:
            return "authors", byline["names"]
        return ("name", part) if _NAME.fullmatch(part) else ("", "")
    label, value = match["label"].lower(), match["value"].strip()
    if label in ("source", "from"):
        return ("source", value) if _is_source(value) else ("", "")
    if "editor" in label or "author" in label:
        attribute = "editors" if "editor" in label else "authors"
        return (attribute, value) if _read_names(value) else ("", "")
    date = _read_date(value)
    if date is None:
        return "", ""
    return "updated" if "update" in label else "date", date.iso()


def _is_source(value: str) -> bool:
    return 0 < len(value) <= 60 and value[-1] not in ".!?\u3002"


def _read_byline(line: str, page: Page) -> bool:
    """Read "By Ann Lee and Bo Li" or "By Ann Lee (China Daily) 09:20, August 31, 2022"."""
    match = _BY.fullmatch(line)
    if match is None or page.authors or not (page.title or match["agency"]):
        return False
    names = _read_names(match["names"])
    # Words of a name are capitalised (or have no case, as in Chinese); those of a sentence are not.
    if not names or any(
        word[0].islower() and word not in _PARTICLES for name in names for word in name.split()
    ):
        return False
    rest = (match["rest"] or "").strip(" ,")
    date = _read_date(rest) if rest else None
    if rest and date is None:
        return False
    page.authors = names
    page.source = page.source or (match["agency"] or "").strip()
    if date is not None:
        page.date = page.date or date.iso()
    return True


def _read_footer(lines: list[str], first: int, page: Page) -> int:
    """Read the editors' lines below the body into ``page``; returns the index after the body."""
    end = len(lines)
    editors: list[list[str]] = []  # the names of each line, from the last line up
    while end > first:
        line = lines[end - 1]
        match = _EDITORS.fullmatch(line)
        if match is not None and _read_names(match["names"]):
            editors.append(_read_names(match["names"]))
        elif line and not (not page.source and _read_labels(line, page)):
            break
        end -= 1
    page.editors += [name for line_names in reversed(editors) for name in line_names]
    return end


def _read_names(text: str) -> list[str]:
    """The names in an enumeration; none if any part of it is not a name."""
    names = [name.strip() for name in _SEPARATORS.split(text.strip(" .")) if name.strip()]
    return names if all(_NAME.fullmatch(name) and len(name.split()) <= 6 for name in names) else []


def read_dateline(paragraph: str, published: str) -> Dateline | None:
    """The dateline at the start of ``paragraph``; None if there is none.

    Words in capitals are a dateline only before a date or an agency in brackets. A date without
    a year is the latest one before ``published`` (ISO text), at most half a year earlier; a day
    later is allowed, since time zones differ. Without ``published`` such a date is "".

    >>> read_dateline("RIO DE JANEIRO, Dec. 31 (Wire) -- Fireworks", "2023-01-01").date
    '2022-12-31'
    """
    match = _DATELINE.match(paragraph[:200])
    if match is None or not (match["date"] or match["agency"]):
        return None
    date = ""
    if match["date"]:
        try:
            form = parse_date(match["date"])
        except DateFormatError:
            return None
        if isinstance(form, MonthDay):
            date = _resolve_year(form, published)
        elif form is not None:
            date = form.start.date().isoformat()
    text = match["text"].strip(" ,")
    return Dateline(text, _read_places(match["place"]), date, match["agency"] or "", match.end())


def _resolve_year(form: MonthDay, published: str) -> str:
    """The date, with a year, of a dateline's month and day; "" if it cannot be told."""
    publication = _read_date(published) if published else None
    if publication is None or form.day is None or publication.precision in ("year", "month"):
        return ""
    latest = publication.local + timedelta(days=1)
    for year in (latest.year, latest.year - 1):
        try:
            day = datetime(year, form.month, form.day)
        except ValueError:  # 29 February, or the year 0: half a year from it there is no other
            break
        if latest - timedelta(days=184) <= day <= latest:
            return day.date().isoformat()
    return ""


def _read_places(text: str) -> tuple[str, ...]:
    """The places of "NEW YORK/LONDON"; parts that are not in capitals name the state or country
    and are left out."""
    parts = [part.strip(" -") for part in re.split("[,/]", text)]
    capitals = [
        part for part in parts if part == part.upper() and not re.fullmatch(r"(?:\w\.)+", part)
    ]
    return tuple(dict.fromkeys(_capitalize(part) for part in capitals if part))


def _capitalize(text: str) -> str:
    """ "RIO DE JANEIRO" -> "Rio de Janeiro"."""
    words = re.split("([ -])", text.lower())
    return "".join(
        word if word in _LOWERCASE_WORDS and index else word[:1].upper() + word[1:]
        for index, word in enumerate(words)
    )


def _read_date(text: str) -> PartialDate | None:
    try:
        return read_partial_date(text)
    except ValueError:
        return None
