"""The text of a news page, as crawled, taken apart: what the page says, and nothing guessed.

A page reads from top to bottom: the crawl line (" date 2022-08-31" before the title), the title,
lines about it in any order (agency and time, "Updated:", "Source:", "By ..."), the paragraphs
(the first may begin with a dateline), and lines with the editors' names. Every part may be
missing. A line that fits no pattern below is text of the article, so that nothing is lost.
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
    """The parts of a page; dates are ISO text, a part that is missing is empty.

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
    """The beginning of a report: "TIANJIN, Aug. 30 (Xinhua) -- ".

    ``text`` is as written without the agency, ``date`` ISO text or "", ``length`` how many
    characters of the paragraph it takes.

    >>> read_dateline("OSLO, May 2 (Wire) -- Snow fell.", "2022-05-02").places
    ('Oslo',)
    """

    text: str
    places: tuple[str, ...]
    date: str
    source: str
    length: int


_BLANK = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BLANKS = re.compile(f"[{_BLANK}][ {_BLANK}]*| [ {_BLANK}]+")  # whatever is not one plain blank
_LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile("[\ufeff\u200b\u2060\x00-\x08\x0e-\x1f\x7f]")

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
# Words inside a person's name that may be small.
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
# Words inside a place's name that stay small: Rio de Janeiro, Port-au-Prince.
_SMALL = frozenset((
    "am", "au", "da", "de", "del", "den", "der", "di", "do", "du", "el", "en", "la", "las", "le",
    "les", "los", "of", "on", "sur", "the",
))  # fmt: skip


def parse_page(text: str) -> Page:
    """The parts of the page; any text gives a Page, an empty one for an empty text.

    >>> page = parse_page("Rain in Oslo\\n(Wire) 09:20, May 2, 2022\\nIt rained.\\n(Editor: Li)")
    >>> page.title, page.date, page.source, page.body, page.editors
    ('Rain in Oslo', '2022-05-02T09:20', 'Wire', 'It rained.', ['Li'])
    """
    page = Page()
    lines = [_BLANKS.sub(" ", line).strip() for line in _LINE_ENDS.split(_UNSEEN.sub("", text))]
    first = _head(lines, page)
    last = _tail(lines, first, page)
    body = re.sub("\n{3,}", "\n\n", "\n".join(lines[first:last]).strip("\n"))
    found = read_dateline(body, page.date or page.crawled)
    if found is not None:
        body = body[found.length :]
        page.dateline, page.dateline_date = found.text, found.date
        page.places = list(found.places)
        page.source = page.source or found.source
    page.body = body
    zone = agency_zone(page.source)
    if zone is not None:
        for name in ("date", "updated"):
            written = getattr(page, name)
            if written:
                setattr(page, name, read_partial_date(written).placed_in(zone).iso())
    # A page that only says when it was updated is the version of that time.
    page.date = page.date or page.updated
    return page


def _head(lines: list[str], page: Page) -> int:
    """Takes the lines above the text; the number of the first line of the text."""
    number = 0
    while number < len(lines):
        line = lines[number]
        if line and not (_crawl_line(line, page) or _about_line(line, page)):
            if page.title or not _is_title(lines, number, page):
                break
            page.title = line
        number += 1
    return number


def _crawl_line(line: str, page: Page) -> bool:
    match = _CRAWLED.fullmatch(line)
    if match is None or page.crawled or page.title:
        return False
    moment = _moment(match[1])
    if moment is None:
        return False
    page.crawled = moment.iso()
    page.title = match[2] or ""
    return True


def _is_title(lines: list[str], number: int, page: Page) -> bool:
    """The first line is the title, unless it begins the text: a dateline, or a long paragraph."""
    line = lines[number]
    if len(line) > 300 or read_dateline(line, "") is not None:
        return False
    # Below the agency and time a title is rare: only a short line that ends as no sentence does.
    if page.date or page.source or page.authors:
        more = any(lines[number + 1 :])
        return more and len(line) <= 150 and line[-1] not in '.\u3002!?\u201d"'
    return True


def _about_line(line: str, page: Page) -> bool:
    """Takes a line that tells source, time or authors; False when it is no such line."""
    if len(line) > 200:
        return False
    return _labelled(line, page) or _byline(line, page) or _stamped(line, page)


def _stamped(line: str, page: Page) -> bool:
    """ "(Xinhua) 09:20, August 31, 2022", with either of the two missing."""
    moment = _moment(line) if page.title else None
    if moment is None:
        match = _STAMP.fullmatch(line)
        if match is None:
            return False
        agency, rest = match["agency"].strip(), match["rest"].strip(" ,")
        moment = _moment(rest) if rest else None
        # Any remark may stand in brackets: without a time it has to be an agency we know.
        if moment is None and (rest or agency_zone(agency) is None):
            return False
        page.source = page.source or agency
    if moment is not None:
        page.date = page.date or moment.iso()
    return True


def _labelled(line: str, page: Page) -> bool:
    """ "Updated: ...", "Source: Xinhua | 2022-08-31 09:20 | Editor: huaxia".

    Between bars a bare time is the date and one bare name the source. Every part has to be
    understood, and one of them to be more than a bare name.
    """
    parts = [part.strip() for part in line.split("|")]
    taken: dict[str, str] = {}
    for part in parts:
        kind, value = _part(part, alone=len(parts) == 1)
        if not kind or kind in taken:
            return False
        taken[kind] = value
    if not taken.keys() - {"name"}:
        return False
    page.source = page.source or taken.get("source", "") or taken.get("name", "")
    page.updated = page.updated or taken.get("updated", "")
    page.date = page.date or taken.get("date", "")
    page.editors = page.editors or _names(taken.get("editors", ""))
    page.authors = page.authors or _names(taken.get("authors", ""))
    return True


def _part(part: str, *, alone: bool) -> tuple[str, str]:
    """What one part of such a line tells, and its value; ("", "") when it is not known."""
    match = _LABEL.fullmatch(part)
    if match is None:
        if alone:
            return "", ""
        moment = _moment(part)
        if moment is not None:
            return "date", moment.iso()
        by = _BY.fullmatch(part)
        if by is not None and by["agency"] is None:
            return "authors", by["names"]
        return ("name", part) if _NAME.fullmatch(part) else ("", "")
    label, value = match["label"].lower(), match["value"].strip()
    if label in ("source", "from"):
        return ("source", value) if _is_source(value) else ("", "")
    if "editor" in label or "author" in label:
        kind = "editors" if "editor" in label else "authors"
        return (kind, value) if _names(value) else ("", "")
    moment = _moment(value)
    if moment is None:
        return "", ""
    return "updated" if "update" in label else "date", moment.iso()


def _is_source(value: str) -> bool:
    return 0 < len(value) <= 60 and value[-1] not in ".!?\u3002"


def _byline(line: str, page: Page) -> bool:
    """ "By Ann Lee and Bo Li", also "By Ann Lee (China Daily) 09:20, August 31, 2022"."""
    match = _BY.fullmatch(line)
    if match is None or page.authors or not (page.title or match["agency"]):
        return False
    names = _names(match["names"])
    # Names have capitals (or no case, as in Chinese); a sentence has small words.
    if not names or any(
        word[0].islower() and word not in _PARTICLES for name in names for word in name.split()
    ):
        return False
    rest = (match["rest"] or "").strip(" ,")
    moment = _moment(rest) if rest else None
    if rest and moment is None:
        return False
    page.authors = names
    page.source = page.source or (match["agency"] or "").strip()
    if moment is not None:
        page.date = page.date or moment.iso()
    return True


def _tail(lines: list[str], first: int, page: Page) -> int:
    """Takes the editors' lines at the end; the number of the line after the text."""
    last = len(lines)
    editors: list[list[str]] = []  # a line each, from the last line up
    while last > first:
        line = lines[last - 1]
        match = _EDITORS.fullmatch(line)
        if match is not None and _names(match["names"]):
            editors.append(_names(match["names"]))
        elif line and not (not page.source and _labelled(line, page)):
            break
        last -= 1
    page.editors += [name for line_names in reversed(editors) for name in line_names]
    return last


def _names(text: str) -> list[str]:
    """The names of a list; none when a part of it is no name."""
    names = [name.strip() for name in _SEPARATORS.split(text.strip(" .")) if name.strip()]
    return names if all(_NAME.fullmatch(name) and len(name.split()) <= 6 for name in names) else []


def read_dateline(paragraph: str, published: str) -> Dateline | None:
    """The dateline that ``paragraph`` begins with; None when there is none.

    A place in capitals is one only before a date or an agency in brackets. The year is the one
    that puts the date last before ``published`` (ISO text; a day later is allowed, for clocks
    differ), within half a year; without ``published`` a date without a year stays "".

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
            date = _dated(form, published)
        elif form is not None:
            date = form.start.date().isoformat()
    text = match["text"].strip(" ,")
    return Dateline(text, _places(match["place"]), date, match["agency"] or "", match.end())


def _dated(form: MonthDay, published: str) -> str:
    moment = _moment(published) if published else None
    if moment is None or form.day is None or moment.precision in ("year", "month"):
        return ""
    latest = moment.local + timedelta(days=1)
    for year in (latest.year, latest.year - 1):
        try:
            day = datetime(year, form.month, form.day)
        except ValueError:  # 29 February, or the year 0
            continue
        if latest - timedelta(days=184) <= day <= latest:
            return day.date().isoformat()
    return ""


def _places(text: str) -> tuple[str, ...]:
    """ "NEW YORK/LONDON" is two places; what is not in capitals only tells where a place is."""
    parts = [part.strip(" -") for part in re.split("[,/]", text)]
    capitals = [
        part for part in parts if part == part.upper() and not re.fullmatch(r"(?:\w\.)+", part)
    ]
    return tuple(dict.fromkeys(_place(part) for part in capitals if part))


def _place(text: str) -> str:
    words = re.split("([ -])", text.lower())
    return "".join(
        word if word in _SMALL and number else word[:1].upper() + word[1:]
        for number, word in enumerate(words)
    )


def _moment(text: str) -> PartialDate | None:
    try:
        return read_partial_date(text)
    except ValueError:
        return None
