"""Rendering for the prompt and the command line: plain values -> something rich can print.

Nothing here prints. All text of articles passes through ``printable`` or a snippet, so that none
can control the terminal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.text import Text

from searchlib.errors import NotSupported, QueryError
from searchlib.highlight import printable
from searchlib.requests import DateUnit, FacetRequest
from searchlib.results import Copies, FacetCounts, Hit, Results
from searchlib.schema import Date, Keyword, Schema
from searchlib.schema import Text as TextField
from searchlib.stats import Stats
from searchlib.timeline import Timeline, periods_between
from searchlib.watches.watch import Watch

__all__ = [
    "Layout",
    "Wrapped",
    "article",
    "comparison",
    "copies_list",
    "copies_of",
    "counted",
    "facets",
    "listing",
    "marked_words",
    "no_hits",
    "notes",
    "plain",
    "problem",
    "results",
    "size",
    "stats",
    "stories",
    "table",
    "timeline",
    "title_of",
    "took",
    "undated",
    "watch",
    "watch_changes",
    "watch_report",
    "when",
]

_MARGIN = 5  # columns for the rank and the blanks beside it
_SNIPPET_LINES = 3
_SHORT_ID = 12  # columns of ids that stand beside the titles of copies on any screen
_COUNT_COLUMNS = 5  # of the articles of a story
_TITLE_WORDS = 12  # of a text without a title
_VALUE_COLUMNS = 40  # of the longest value of a facet
_MAX_GAP = 24  # empty months or years in a row that a timeline shows each
_GAP = "…"
_BOTH = " (articles, stories)"
_BAR_COLUMNS = 24  # of the longest bar of a facet
# What is not broken across lines: a word, or a character of a script without blanks between
# words, each with the punctuation that must not begin or end a line, and the blanks after it.
_WIDE = "\u2e80-\u2fff\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_OPENING, _CLOSING = "“‘（《〈「『【〔", "”’）》〉」』】〕，。、；：！？…"
_PIECE = re.compile(
    rf"[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}]+)?[{_CLOSING}]*\s*", re.DOTALL
)
_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which fields of a schema are shown where; None where it has no such field.

    >>> from searchlib.schema import NEWS
    >>> Layout.of(NEWS)
    Layout(title='title', body='body', date='date', about=('source', 'section'))
    """

    title: str | None
    body: str | None
    date: str | None
    about: tuple[str, ...]

    @classmethod
    def of(cls, schema: Schema) -> Layout:
        """The layout for a schema: the usual names first, else the first of a kind."""
        texts = schema.names(TextField)
        single = [name for name, f in schema if isinstance(f, Keyword) and not f.many]
        title = "title" if "title" in texts else texts[0] if len(texts) > 1 else None
        bodies = [name for name in texts if name != title]
        usual = tuple(name for name in ("source", "section") if name in single)
        return cls(
            title=title,
            body="body" if "body" in bodies else next(iter(bodies), None),
            date=schema.date_field,
            about=usual or tuple(single[:2]),
        )

    def for_hit(self, hit: Hit) -> Layout:
        """The layout of a hit: of several archives, it may have another schema."""
        if hit.archive is None or hit._schema is None:
            return self
        return Layout.of(hit._schema)


def when(value: Any) -> str:
    """A stored date as it is shown.

    >>> when("2022-08-31T09:20+08:00"), when("2022-08")
    ('2022-08-31 09:20 +08:00', '2022-08')
    """
    day, _, time = printable(str(value)).partition("T")
    for sign in "+-":
        time = time.replace(sign, f" {sign}")
    return f"{day} {time}".rstrip()


def plain(value: Any) -> str:
    """A stored value in one line.

    >>> plain(["Ann Lee", "Bo Li"])
    'Ann Lee, Bo Li'
    """
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(one) for one in value)
    return printable(str(value))


class Wrapped:
    """A text wrapped to the right of a label, which has ``margin`` columns.

    Unlike rich's own wrapping, it also breaks lines between Chinese, Japanese and Korean
    characters.
    """

    def __init__(self, text: Text, label: Text | None = None, margin: int = 0) -> None:
        self._text = text
        self._label = label or Text()
        self._margin = margin

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        label = self._label.copy()
        label.pad_right(max(0, self._margin - label.cell_len))
        room = max(20, options.max_width - self._margin)
        for paragraph in self._text.split("\n", allow_blank=True):
            for line in paragraph.divide(_breaks(paragraph.plain, room)):
                beside = Text.assemble(label, line, overflow="ignore")
                beside.rstrip()
                yield beside
                label = Text(" " * self._margin)


def _breaks(line: str, room: int) -> list[int]:
    """The offsets at which a line is broken so that no part has more than ``room`` columns.

    >>> _breaks("wheat and corn", 10), _breaks("他在北京大学。", 12)
    ([10], [5])
    """
    breaks: list[int] = []
    used = 0
    for piece in _PIECE.finditer(line):
        word = piece[0].rstrip()
        columns = cell_len(word)
        if used + columns > room and used:
            breaks.append(piece.start())
            used = 0
        if columns > room:  # a word too long for any line, such as a URL
            for offset, letter in enumerate(word, piece.start()):
                if used + cell_len(letter) > room:
                    breaks.append(offset)
                    used = 0
                used += cell_len(letter)
        else:
            used += columns
        used += cell_len(piece[0]) - columns
    return breaks


def results(page: Results, layout: Layout, width: int) -> RenderableType:
    """A page of results: notes, hits with snippets, and a footer with the totals."""
    blocks: list[RenderableType] = list(notes(page.notes))
    for hit in page:
        rank = Text(f"{hit.rank:>{_MARGIN - 2}}", style="dim")
        block = _hit(hit, layout.for_hit(hit), width)
        blocks += (Wrapped(block, rank, _MARGIN), Text())
    return Group(*blocks, _footer(page))


def result_list(page: Results, common: Layout, width: int) -> RenderableType:
    """A page of results with a line for each hit: rank, day, title and source."""
    lines: list[RenderableType] = list(notes(page.notes))
    margin = max(_MARGIN, len(str(page.offset + len(page))) + 2)
    for hit in page:
        layout = common.for_hit(hit)
        about = [plain(hit[name]) for name in layout.about[:1] if hit.get(name)]
        if (copies := hit.copies) and copies.is_copied:
            about.append(f"x{copies.count}")
        line = Text(f"{hit.rank:>{margin - 2}}  ", style="dim", no_wrap=True, overflow="ellipsis")
        if layout.date:
            line.append(f"{when(hit.get(layout.date) or '')[:10]:<12}", style="not dim")
        title = title_of(hit, layout) or plain(hit.id)
        room = max(20, width - line.cell_len - sum(cell_len(text) + 2 for text in about))
        if cell_len(title) > room:
            title = set_cell_size(title, room - 1).rstrip() + "…"
        line.append(title, style="not dim bold")
        line.append("".join(f"  {text}" for text in about))
        lines.append(line)
    return Group(*lines, _footer(page))


def watch(one: Watch) -> str:
    """A standing query in one line.

    >>> watch(Watch("floods", "rain", filters={"section": "world"}, notify="changed"))
    'rain · section: world · changed ones too'
    """
    parts = [one.query, *(f"{field}: {', '.join(values)}" for field, values in one.filters)]
    parts += [f"match {one.match}"] if one.match != "all" else []
    return " · ".join(parts + (["changed ones too"] if one.notify == "changed" else []))


def watch_changes(old: Watch, new: Watch) -> list[str]:
    """What a standing query was, where it is not the same any more, a line each.

    >>> old = Watch("floods", "rain", filters={"section": "world"}, notify="changed")
    >>> watch_changes(old, Watch("floods", "rain OR flood*"))
    ['its query was: rain', 'it was narrowed to section: world', 'it told changed articles too']
    >>> watch_changes(old, old)
    []
    """
    lines = [f"its query was: {old.query}"] if old.query != new.query else []
    if old.match != new.match:
        lines.append(f"its match was: {old.match}")
    if old.filters != new.filters:
        filters = "; ".join(f"{field}: {', '.join(values)}" for field, values in old.filters)
        lines.append(f"it was narrowed to {filters}" if filters else "it was not narrowed")
    if old.notify != new.notify:
        is_changed = old.notify == "changed"
        lines.append("it told changed articles too" if is_changed else "it told new articles alone")
    return lines


def watch_report(new: Watch, old: Watch | None) -> list[str]:
    """What is said of a standing query that is kept, in the place of one of its name, if there was
    one.

    >>> watch = Watch("floods", "rain")
    >>> watch_report(watch, None), watch_report(watch, watch)
    (['watching floods: rain'], ['floods stands already, as it is: rain'])
    """
    if new == old:
        return [f"{plain(new.name)} stands already, as it is: {watch(new)}"]
    changes = [] if old is None else watch_changes(old, new)
    return [f"watching {plain(new.name)}: {watch(new)}", *changes]


def stories(
    hits: Sequence[Hit], common: Layout, width: int, labels: Sequence[str] = ()
) -> RenderableType:
    """Stories, two lines each: how many of the articles are found and how many there are, if these
    are not the same, the title of one of them, when and where; after their labels, if they have
    some."""
    copied = [(hit, copies) for hit in hits if (copies := hit.copies) is not None]
    column = max((len(_of_all(copies)) for _, copies in copied), default=0)
    column = max(column, _COUNT_COLUMNS)
    margin = max((max(4, len(label) + 1) for label in labels), default=0)
    lines = []
    for (hit, copies), label in zip(copied, labels or [""] * len(copied), strict=True):
        title = title_of(hit, common.for_hit(hit)) or plain(hit.id)
        count = f"{label:<{margin}}{_of_all(copies):>{column}}"
        lines.append(Text.assemble((count, "dim"), "  ", (title, "bold")))
        archive = "" if hit.archive is None else f"{plain(hit.archive)} · "
        lines.append(Text(f"{' ' * len(count)}  {archive}{copies_of(copies)}", style="dim"))
    for line in lines:
        line.truncate(max(40, width), overflow="ellipsis")
    return Group(*lines)


def _of_all(copies: Copies) -> str:
    """How many articles of a story are found, and how many there are.

    >>> from searchlib.results import Carried
    >>> first, last = Carried("a", "Wire", "2024-09-01"), Carried("b", "Post", "2024-09-02")
    >>> _of_all(Copies(3, first, last, found=3)), _of_all(Copies(3, first, last, found=1))
    ('3', '1 of 3')
    """
    if copies.found in (None, copies.count):
        return f"{copies.count:,}"
    return f"{copies.found:,} of {copies.count:,}"


def copies_list(
    members: Sequence[Hit], own: Hit, layout: Layout, width: int, labels: Sequence[str]
) -> RenderableType:
    """The articles of a story, a line each: its label, day, id, source and title; long ids are in
    lines of their own. ``own`` is marked."""
    if len(members) == 1:
        return Text("it has no copies", style="dim")
    lines: list[RenderableType] = []
    columns = max(cell_len(plain(hit.id)) for hit in members)
    is_beside = columns <= max(_SHORT_ID, width - 72)  # the title has its place
    for hit, label in zip(members, labels, strict=True):
        line = Text(f"{label:>{len(labels[-1])}} ", style="dim", no_wrap=True, overflow="ellipsis")
        line.append("* " if (hit.id, hit.archive) == (own.id, own.archive) else "  ")
        if layout.date:
            line.append(f"{when(hit.get(layout.date) or '')[:16]:<18}", style="dim")
        if is_beside:
            line.append(set_cell_size(plain(hit.id), columns) + "  ", style="dim")
        about = [plain(hit[name]) for name in layout.about[:1] if hit.get(name)]
        about += [] if hit.archive is None else [plain(hit.archive)]
        line.append("".join(f"{text}  " for text in about))
        line.append(title_of(hit, layout) or plain(hit.id), style="bold")
        line.truncate(max(40, width), overflow="ellipsis")
        lines.append(line)
        if not is_beside:
            margin = len(labels[-1]) + 3
            lines.append(Wrapped(Text(plain(hit.id), style="dim"), margin=margin))
    lines.append(Text(f"{number(len(members), 'article')}; * is the one asked about", style="dim"))
    return Group(*lines)


def copies_of(copies: Copies) -> str:
    """When and by whom a story was carried.

    >>> from searchlib.results import Carried
    >>> first, last = Carried("a", "Wire", "2024-09-01"), Carried("b", "Post", "2024-09-02")
    >>> copies_of(Copies(3, first, last, (("Post", 2), ("Wire", 1))))
    '2024-09-01 to 2024-09-02 · Post 2, Wire 1'
    """
    ends = dict.fromkeys(when(one.date) for one in (copies.first, copies.last) if one.date)
    carried = ", ".join(f"{plain(source)} {count}" for source, count in copies.sources[:6])
    return " · ".join(filter(None, (" to ".join(ends), carried)))


def notes(of_answer: Iterable[str]) -> Iterator[Text]:
    """The notes of an answer."""
    for note in of_answer:
        yield Text(printable(note), style="italic bright_blue")


def _hit(hit: Hit, layout: Layout, width: int) -> Text:
    room = max(20, width - _MARGIN)
    title = Text()
    if layout.title:
        title = Text.from_ansi(hit.snippet(layout.title, width=2 * room, form="terminal"))
    block = title if title.plain else Text(printable(_first_words(hit, layout) or hit.id))
    block.stylize("bold")
    about = [when(hit[layout.date])] if layout.date and hit.get(layout.date) else []
    about += [plain(hit[name]) for name in layout.about if hit.get(name)]
    if hit.archive is not None:
        about.append(plain(hit.archive))
    if (copies := hit.copies) and copies.is_copied:
        about.append(f"{copies.count:,} copies")
    if about:
        block.append("\n" + " · ".join(about), style="dim")
    if layout.body:
        letters = _SNIPPET_LINES * (room - 8) // _columns(hit.get(layout.body) or "")
        if snippet := hit.snippet(layout.body, width=min(300, letters), form="terminal"):
            block.append("\n")
            block.append_text(Text.from_ansi(snippet))
    return block


def title_of(article: Mapping[str, Any] | None, layout: Layout) -> str:
    """The title of an article in one line, or the first words of its text; "" without both, and
    "(deleted)" for one that is not there.

    >>> layout = Layout("title", "body", None, ())
    >>> title_of({"title": "Rain\\nin Oslo"}, layout)
    'Rain in Oslo'
    >>> title_of({"body": "Rain fell in Oslo. " * 9}, layout)
    'Rain fell in Oslo. Rain fell in Oslo. Rain fell in Oslo. …'
    """
    if article is None:
        return "(deleted)"
    title = " ".join(str(article.get(layout.title or "") or "").split())
    return plain(title) or plain(_first_words(article, layout))


def _first_words(article: Mapping[str, Any], layout: Layout) -> str:
    """What stands in the place of a title."""
    words = str(article.get(layout.body or "") or "").split(maxsplit=_TITLE_WORDS)
    return " ".join(words[:_TITLE_WORDS]) + (" …" if len(words) > _TITLE_WORDS else "")


def _columns(text: str) -> int:
    """The width of most letters of a text: 2 for Chinese, Japanese and Korean, else 1."""
    sample = text[:200]
    return 2 if 2 * cell_len(sample) > 3 * len(sample) else 1


def _footer(page: Results) -> Text:
    first, last = page.offset + 1, page.offset + len(page)
    total = page.total if page.stories is None else page.stories
    if not len(page):
        shown = number(total, "article" if page.stories is None else "story")
    elif len(page) == total:
        shown = f"all of {total:,}"
    elif first == last:
        shown = f"{first:,} of {total:,}"
    else:
        shown = f"{first:,} to {last:,} of {total:,}"
    if page.stories is not None:
        stories = "" if not len(page) else " story" if total == 1 else " stories"
        shown += f"{stories} ({number(page.total, 'article')})"
    if page.complete and page.complete < page.total:
        shown += f", {page.complete:,} with all of the words,"
    return Text(f"{shown} in {took(page.took)}", style="dim")


def size(count: int) -> str:
    """A number of bytes, for people.

    >>> size(512), size(1_300_000), size(2_000_000_000)
    ('512 bytes', '1.3 MB', '2.0 GB')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return number(count, "byte")


def took(seconds: float) -> str:
    """A time as it is shown.

    >>> took(0.00034), took(0.25), took(3.2)
    ('0.34 ms', '250 ms', '3.2 s')
    """
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.2f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def number(count: int, what: str) -> str:
    """How many there are of something.

    >>> number(1, "article"), number(2000, "article"), number(2, "query")
    ('1 article', '2,000 articles', '2 queries')
    """
    several = f"{what[:-1]}ies" if what.endswith("ry") else f"{what}s"
    return f"{count:,} {what if count == 1 else several}"


def no_hits(page: Results, typed: str | None, did_you_mean: str | None) -> RenderableType:
    """An empty page: how the query was understood, if not as typed; a likelier query, if any."""
    lines = list(notes(page.notes))
    lines.append(Text(f"no hits in {took(page.took)}", style="dim"))
    if page.query and page.query != typed:
        lines.append(Text.assemble(("understood: ", "dim"), printable(page.query)))
    if did_you_mean:
        lines.append(Text.assemble("did you mean: ", (printable(did_you_mean), "bold")))
    return Group(*lines)


def counted(
    counts: FacetCounts, top: int, width: int, *, unicode: bool = True, first: int | None = None,
    chosen: str | None = None,
) -> RenderableType:  # fmt: skip
    """Counts of dates as a timeline, others as a list of the ``top`` values, which are numbered
    from ``first`` on if that is given. The value to which a search was narrowed is marked."""
    if FacetRequest.parse(counts.field).unit:
        return timeline(counts, width, unicode=unicode, first=first, chosen=chosen)
    return facets(counts, top, unicode=unicode, first=first, chosen=chosen)


def facets(
    counts: FacetCounts, top: int, *, unicode: bool = True, first: int | None = None,
    chosen: str | None = None,
) -> RenderableType:  # fmt: skip
    """The counts of a field's values: the ``top`` ones with bars, and how many are left out; those
    in stories beside them, where hits are one a story."""
    rows = [(printable(value), count) for value, count in counts[:top]]
    largest = max((count for _, count in rows), default=0)
    digits = len(f"{largest:,}")
    columns = min(_VALUE_COLUMNS, max((cell_len(value) for value, _ in rows), default=0))
    body = Text(_asked(counts), style="bold", no_wrap=True, overflow="ellipsis")
    in_stories = [""] * len(rows)
    if counts.stories is not None:
        body.append(_BOTH, style="not bold dim")
        in_stories = [
            f"{counts.stories.get(value, 0):>{digits + 1},} " for value, _ in counts[:top]
        ]
    for place, (value, count) in enumerate(rows):
        style = "bold" if value == chosen else "not bold"
        if cell_len(value) > columns:
            value = set_cell_size(value, columns - 1).rstrip() + "…"
        number_of_value = "" if first is None else f"{first + place:>3}"
        body.append(f"\n{number_of_value}", style="not bold dim")
        mark = "*" if value == chosen else " "
        numbers = f"{count:>{digits},} {in_stories[place]} "
        body.append(f" {mark}{set_cell_size(value, columns)}  {numbers}", style=style)
        bar = _bar(count, largest, _BAR_COLUMNS, unicode=unicode) if count else ""
        body.append(bar, style="not bold bright_blue")
    said = [] if rows else ["none"]
    if rest := "; ".join(filter(None, [*said, _rest(counts, len(rows))])):
        body.append(f"\n  {rest}", style="not bold dim")
    return Group(body)  # printed by itself, a text loses that it is not to be wrapped


def _asked(counts: FacetCounts) -> str:
    """What is counted: the field and the unit, without what is said of how it is listed."""
    request = FacetRequest.parse(counts.field)
    return str(FacetRequest(request.field, request.unit))


def timeline(
    counts: FacetCounts, width: int, *, unicode: bool = True, first: int | None = None,
    chosen: str | None = None,
) -> Text:  # fmt: skip
    """A bar for each period, scaled to the width; for those without an article a line too. Beside
    the articles stand their stories, where hits are one a story."""
    request = FacetRequest.parse(counts.field)
    unit = request.unit or "month"
    rows = list(counts if request.is_selection else _with_gaps(counts, unit))
    if not rows:
        return Text(f"{_asked(counts)}: none", style="dim")
    largest = max(count for value, count in rows if value != _GAP)
    digits = len(f"{largest:,}")
    margin = 0 if first is None else 5
    columns = digits + 2 if counts.stories is None else 2 * (digits + 2)
    room = max(10, width - max(len(value) for value, _ in rows) - columns - 2 - margin)
    places = {value: place for place, value in enumerate(counts.values(), first or 0)}
    body = Text(_asked(counts), style="bold")
    if counts.stories is not None:
        body.append(_BOTH, style="not bold dim")
    longest = max(len(value) for value, _ in rows)
    for value, count in rows:
        if value == _GAP:
            gap = " " * margin + _gap(count, unit, unicode=unicode)
            body.append(f"\n{gap}", style="not bold dim")
            continue
        numbered = f"{places.get(value, ''):>3} {'*' if value == chosen else ' '}"[:margin]
        body.append(f"\n{numbered}{value:<{longest}}", style="not bold dim")
        body.append(f"  {count:>{digits},}", style="not bold")
        if counts.stories is not None:
            body.append(f"  {counts.stories.get(value, 0):>{digits},}", style="not bold")
        if count:
            bar = _bar(count, largest, room, unicode=unicode)
            body.append(f"  {bar}", style="not bold bright_blue")
    if rest := _rest(counts, len(counts)):
        body.append(f"\n{rest}", style="not bold dim")
    return body


def _rest(counts: FacetCounts, shown: int) -> str:
    """What is not among the values that are shown: "3 more values; 2 articles without"."""
    rest = []
    if counts.distinct > shown:
        rest.append(number(counts.distinct - shown, "more value"))
    if counts.missing:
        rest.append(f"{number(counts.missing, 'article')} without")
    return "; ".join(rest)


_SERIES = ("bright_blue", "magenta", "green", "red", "bright_magenta", "bright_red")


def comparison(shown: Timeline, width: int, *, unicode: bool = True) -> RenderableType:
    """Several queries over time: for each period and query how many articles (or stories) there
    are, what share of all that is, and a bar."""
    names, shares = list(shown.counts), shown.shares
    if not shown.periods:
        return Text(undated(shown) or "no article is found by any of them", style="dim")
    largest = max(max(counts) for counts in shown.counts.values())
    digits = max(5, len(f"{largest:,}"))
    label = len(shown.periods[0])  # as all are
    room = max(digits + 9, (width - label) // len(names) - 2)
    body = Text(" " * label, no_wrap=True, overflow="ellipsis")
    for place, name in enumerate(names):
        title = set_cell_size(printable(name), room)
        body.append(f"  {title}", style=f"bold {_series(place)}")
    for row, period in _rows_with_gaps(shown):
        if period == _GAP:
            body.append(f"\n{_gap(row, shown.by, unicode=unicode)}", style="not bold dim")
            continue
        body.append(f"\n{period:<{label}}", style="not bold dim")
        for place, name in enumerate(names):
            count, share = shown.counts[name][row], shares[name][row]
            percent = f"{share:.1%}" if share < 0.1 else f"{share:.0%}"
            percent = percent if shown.totals[row] else ""  # no share of nothing
            body.append(f"  {count:>{digits},} {percent:>5} ", style="not bold")
            left = room - digits - 7
            bar = _bar(count, largest, left, unicode=unicode) if count else ""
            body.append(f"{bar:<{left}}", style=f"not bold {_series(place)}")
    total = "  ".join(f"{printable(name)}: {sum(shown.counts[name]):,}" for name in names)
    footer = [total, f"shares are of all {shown.counted} of a period", undated(shown)]
    return Group(body, Text("; ".join(filter(None, footer)), style="dim"))


def _rows_with_gaps(shown: Timeline) -> Iterator[tuple[int, str]]:
    """The number of each period and the period. Of more than ``_MAX_GAP`` in a row that have no
    article there is one row, (how many, "…")."""
    for total, run in groupby(enumerate(shown.periods), lambda row: bool(shown.totals[row[0]])):
        rows = list(run)
        yield from rows if total or len(rows) <= _MAX_GAP else [(len(rows), _GAP)]


def _gap(periods: int, unit: str, *, unicode: bool) -> str:
    """What stands for many periods without articles."""
    unit = unit.removesuffix("_of")  # a week_of is a week, by the date of its first day
    return f"{_GAP if unicode else '...'}  {number(periods, unit)} without articles"


def undated(shown: Timeline) -> str:
    """What is found beside the periods: "without a month in date: rain 2"; "" if nothing is."""
    rest = [f"{printable(name)} {count:,}" for name, count in shown.missing.items() if count]
    return f"without a {shown.by} in {shown.field}: {', '.join(rest)}" if rest else ""


def _series(place: int) -> str:
    return _SERIES[place % len(_SERIES)]


_MARKED = re.compile("\x1b\\[1(?:;35)?m(.*?)\x1b\\[0m", re.DOTALL)


def marked_words(text: str) -> list[str]:
    """What is marked in a text in the form for terminals, each once."""
    return list(dict.fromkeys(word.lower() for word in _MARKED.findall(text)))


def _with_gaps(counts: Iterable[tuple[str, int]], unit: DateUnit) -> Iterator[tuple[str, int]]:
    """The counts in the order of time, with 0 for periods between them that have no article. Of
    more than ``_MAX_GAP`` in a row there is one row, ("…", how many).

    >>> list(_with_gaps([("2021-12", 3), ("2022-02", 1)], "month"))
    [('2021-12', 3), ('2022-01', 0), ('2022-02', 1)]
    >>> list(_with_gaps([("0201", 1), ("2024", 5)], "year"))
    [('0201', 1), ('…', 1822), ('2024', 5)]
    """
    previous: str | None = None
    for value, count in counts if unit in ("weekday", "hour") else sorted(counts):
        if previous is not None and (empty := periods_between([previous, value], unit)[1:-1]):
            yield from [(_GAP, len(empty))] if len(empty) > _MAX_GAP else [(p, 0) for p in empty]
        previous = value
        yield value, count


def _bar(count: int, largest: int, room: int, *, unicode: bool) -> str:
    """A bar of at most ``room`` columns, and never of none.

    >>> _bar(3, 8, 4, unicode=True), _bar(1, 1000, 4, unicode=False)
    ('█▌', '#')
    """
    if not unicode:
        return "#" * max(1, round(room * count / largest))
    whole, eighths = divmod(max(1, round(8 * room * count / largest)), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()


def article(
    record: Mapping[str, Any], schema: Schema, layout: Layout, title: str, body: str
) -> RenderableType:
    """A whole article. ``title`` and ``body`` are highlighted, in the form for terminals."""
    head = Text.from_ansi(title) if title else Text(plain(record.get(schema.key, "")))
    head.stylize("bold")
    rows = []
    for name, value in record.items():
        if name not in (layout.title, layout.body) and value not in ("", [], {}):
            dated = isinstance(schema.fields.get(name), Date)
            rows.append((name, when(value) if dated else plain(value)))
    return Group(Wrapped(head), table(rows, style="dim"), Text(), Wrapped(Text.from_ansi(body)))


def problem(error: Exception) -> RenderableType:
    """An error; a query error with the query, carets under the mistake, message and cure."""
    if isinstance(error, OSError) and error.strerror:
        named = f"{os.fspath(error.filename)}: " if error.filename else ""
        return Text.assemble(("error: ", "bold red"), printable(f"{named}{error.strerror}"))
    if not isinstance(error, QueryError):
        said = error.shell_message if isinstance(error, NotSupported) else str(error)
        return Text.assemble(("error: ", "bold red"), printable(said))
    lines = list(_pointer(error))
    lines.append(Text.assemble(("error: ", "bold red"), printable(error.message)))
    if error.cure:
        lines.append(Text(f"       {printable(error.cure)}", style="green"))
    return Group(*lines)


def _pointer(error: QueryError, room: int = 72) -> Iterator[Text]:
    """The query and a line of carets under the mistake, aligned for wide letters, cut if long."""
    if not error.text:
        return
    start, end = error.span
    before, mistake, after = (
        printable(part, lines=True).replace("\n", " ")
        for part in (error.text[:start], error.text[start:end], error.text[end:])
    )
    if cell_len(before) > room // 2:
        before = "…" + _last_cells(before, room // 2 - 1)
    mistake = set_cell_size(mistake, min(cell_len(mistake), room // 2))
    if cell_len(before + mistake + after) > room:
        left = max(0, room - cell_len(before + mistake) - 1)
        after = set_cell_size(after, left).rstrip() + "…"
    yield Text.assemble(before, (mistake, "bold red"), after, no_wrap=True)
    carets = "^" * max(1, cell_len(mistake))
    yield Text(" " * cell_len(before) + carets, style="bold red", no_wrap=True)


def _last_cells(text: str, room: int) -> str:
    while cell_len(text) > room:
        text = text[max(1, len(text) - room) :]
    return text


def table(rows: Sequence[tuple[str, str]], style: str = "bold") -> RenderableType:
    """Rows of a name and its text; ``style`` is that of the names."""
    margin = 2 + max((cell_len(name) for name, _ in rows), default=0)
    return Group(*(Wrapped(Text(text), Text(name, style=style), margin) for name, text in rows))


def listing(items: Sequence[str], first: int) -> RenderableType:
    """Numbered lines."""
    digits = len(str(first + len(items) - 1))
    return Text(
        "\n".join(f"{n:>{digits}}  {printable(item)}" for n, item in enumerate(items, first))
    )


def stats(figures: Stats, each: Mapping[str, Stats] | None = None) -> RenderableType:
    """The figures of an archive: its size, then what each field holds; of several ``each``, too."""
    rows = [
        ("articles", f"{figures.articles:,}"),
        ("segments", f"{figures.segments:,}"),
        ("size", size(figures.bytes)),
    ]
    if figures.deleted:
        rows.insert(
            1,
            (
                "deleted",
                f"{figures.deleted:,}, until optimize frees their space",
            ),
        )
    for field in figures.fields:
        if field.words:
            rows.append((field.name, f"{field.words:,} words"))
        elif field.values:
            rows.append((field.name, number(field.values, "different value")))
        elif field.first is not None:
            rows.append((field.name, f"{plain(field.first)} to {plain(field.last)}"))
    for name, one in (each or {}).items():
        about = f"{number(one.articles, 'article')}, {size(one.bytes)}: {plain(name)}"
        rows.append(("archive", about))
    return table(rows)
