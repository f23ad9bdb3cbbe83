"""The commands of the prompt, which begin with a colon.

Registering a command also makes its help and its completion.
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import get_args

from rich.console import Group, RenderableType
from rich.text import Text

from searchlib.any_archive import AnyArchive
from searchlib.archive_set import answered
from searchlib.errors import (
    AlertsForgotten,
    ArgumentError,
    NotSupported,
    QueryError,
    SearchlibError,
)
from searchlib.highlight import highlight
from searchlib.highlight_terms import Highlight
from searchlib.index.alerts import Alert
from searchlib.query import HELP, parse
from searchlib.repl import export, render, saved
from searchlib.repl.completion import Names
from searchlib.repl.outcome import Exit
from searchlib.repl.saved import SavedSearch
from searchlib.repl.session import Refused, Session
from searchlib.requests import (
    Collapse,
    DateUnit,
    FacetRequest,
    Match,
    SortKey,
    by_month,
    by_year,
    sortable,
)
from searchlib.results import Hit, Results, not_stored
from searchlib.schema import Date, Keyword, Number, Schema
from searchlib.schema import Text as TextField
from searchlib.stats import Stats
from searchlib.synonyms import Synonyms

__all__ = ["COMMANDS", "Command", "arguments", "command", "names", "run", "run_line"]

Action = Callable[[Session, list[str]], Exit]

_TOP, _TOP_OF_NAMED = 8, 25  # values shown of each of all fields, of each named field
_MAX_MONTHS = 120  # a longer timeline is by year
_HISTORY_LINES = 30
_SHOWN_ALERTS = 100
_SHOWN_STORIES = 10
_COLLAPSES: dict[str, Collapse | None] = {"off": None, **{one: one for one in get_args(Collapse)}}
_SHORT = {"b": "back", "p": "prev", "r": "run"}  # abbreviations that several commands begin with


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name, its usage line, its help in one line and in full."""

    name: str
    usage: str
    summary: str
    detail: str
    action: Action


#: The commands by name, in the order of ``:help``.
COMMANDS: dict[str, Command] = {}


def command(usage: str) -> Callable[[Action], Action]:
    """Register a function as the command that ``usage`` begins with; its docstring is the help."""

    def register(action: Action) -> Action:
        name = usage.split()[0].removeprefix(":")
        summary, _, detail = inspect.cleandoc(action.__doc__ or "").partition("\n\n")
        detail = "\n\n".join(" ".join(part.split()) for part in detail.split("\n\n"))
        COMMANDS[name] = Command(name, usage, summary.rstrip("."), detail, action)
        return action

    return register


def run_line(session: Session, line: str) -> Exit:
    """Run a line as it was typed: a command, or a query."""
    if line.startswith(":"):
        return run(session, line)
    session.forget()  # what another search was narrowed to
    return session.search(line)


def run(session: Session, line: str) -> Exit:
    """Run a line that begins with a colon. A command may be abbreviated (:n for :next).

    Raises :class:`Refused` for an unknown command, or one that needs other arguments.
    """
    typed, *args = line.strip().removeprefix(":").split() or [""]
    if re.fullmatch(r"[+-]\d{1,9}", typed):
        return session.narrow(int(typed[1:]), out=typed[0] == "-")
    return _find(typed.lower()).action(session, args)


def _find(typed: str) -> Command:
    typed = _SHORT.get(typed, typed)
    if typed in COMMANDS:
        return COMMANDS[typed]
    completed = [name for name in COMMANDS if typed and name.startswith(typed)]
    if len(completed) == 1:
        return COMMANDS[completed[0]]
    near = completed or difflib.get_close_matches(typed, COMMANDS, n=2)
    cure = " or ".join(f":{name}" for name in near) if near else ":help"
    if not typed.strip(":"):
        raise Refused(f"the name of a command comes after the colon: try {cure}")
    raise Refused(f"there is no command :{typed}: try {cure}")


def arguments(session: Session) -> Mapping[str, Sequence[str]]:
    """What may follow each command, for completion."""
    schema, standing = session.archive.schema, _watch_names(session)
    dates, sorted_by = schema.names(Date), sortable(schema, Date, Number, Keyword, TextField)
    return {
        "facets": [
            *schema.names(Keyword),
            *(f"{d}:{p}" for d in dates for p in _PERIODS),
            *(f"{name}:step=nice" for name in schema.names(Number)),
        ],
        "run": list(saved.load(session.archive.path)),
        **dict.fromkeys(("watch", "unwatch", "alerts"), standing),
        "timeline": [*dates, *(f"{d}:{p}" for d in dates for p in _PERIODS)],
        "sort": ["rank", *(f"{sign}{name}" for name in sorted_by for sign in ("-", ""))],
        "match": list(get_args(Match)),
        "collapse": list(_COLLAPSES),
        "boost": [*schema.names(Number), "off"],
        "help": ["query", *COMMANDS],
    }


_PERIODS = get_args(DateUnit)


@command(":next [N]")
def _next(session: Session, args: list[str]) -> Exit:
    """The next page of results, or the N-th after this one."""
    session.turn(_number(args, 1))
    return Exit.DONE


@command(":prev [N]")
def _prev(session: Session, args: list[str]) -> Exit:
    """The page of results before this one, or the N-th before it."""
    session.turn(-_number(args, 1))
    return Exit.DONE


@command(":page N")
def _page(session: Session, args: list[str]) -> Exit:
    """A page of results by its number."""
    session.go_to(_number(args, None) - 1)
    return Exit.DONE


def _number(args: list[str], default: int | None) -> int:
    """The number from 1 on that a command was given."""
    if not args and default is not None:
        return default
    number = int(args[0][:9]) if len(args) == 1 and args[0].isdecimal() else 0
    if not number:
        raise Refused("type a number from 1 on, as in :page 3")
    return number


@command(":open N")
def _open(session: Session, args: list[str]) -> Exit:
    """The whole article of hit N, with what matched marked.

    N may also be the number of a line of :copies, :stories or :alerts: :open c2.

    At a terminal a long article is shown in the pager: Space and b turn its pages, n jumps to
    the next match, /word searches, q comes back.
    """
    article = session.article(" ".join(args))
    archive, layout, schema = session.archive, session.layout, session.archive.schema
    if isinstance(article, Hit) and article.archive is not None:  # it may have a schema of its own
        layout, schema = layout.for_hit(article), article._schema or schema
    record = archive.get(article)
    if record is None:
        raise Refused("that article has been deleted since")
    terms: Sequence[Highlight] = ()
    if session.text:
        parsed = archive.parse(session.text, match=session.match, synonyms=session.synonyms)
        terms = parsed.highlight_terms

    def marked(name: str | None) -> str:
        if name is not None and name in schema.unstored:
            return not_stored(name)
        if name is None or not record.get(name):
            return ""
        text = str(record[name])
        language, version = schema.language_of(name, record), schema.rules.version
        return highlight(
            text, terms, field=name, language=language, version=version, form="terminal"
        )

    title, body = marked(layout.title), marked(layout.body)
    words = render.marked_words(title + body)
    session.page_out(render.article(record, schema, layout, title, body), words)
    return Exit.DONE


@command(":facets [FIELD...]")
def _facets(session: Session, args: list[str]) -> Exit:
    """How many of the articles found have each value of a field.

    Without FIELD, the most frequent values of all fields. Dates are counted by a unit: :facets
    date:year, also decade, quarter, month, week, week_of, day, weekday, hour; numbers by steps or
    edges: :facets words:step=nice, :facets words:edges=0/100/500. Options come after commas:
    :facets section:limit=50,order=value,prefix=b,min=2. Without a search before it, the whole
    archive is counted.

    Values are numbered: :+3 narrows the search to the third, :-3 leaves it out, :back undoes it.
    Once narrowed, the field still shows what its other values would find.
    """
    results = session.counts(args or session.facet_fields())
    width, blocks = session.out.width, []
    session.values = []
    for name, counts in results.facets.items():
        request = FacetRequest.parse(name)
        if not args and not counts and not session.filters:
            continue
        is_long = args and request.limit is not None
        top = len(counts) if is_long else _TOP_OF_NAMED if args else _TOP
        values = counts.values() if request.unit else counts.values()[:top]
        first = None if request.unit in _NOT_NARROWED else len(session.values) + 1
        blocks += [
            render.counted(
                counts, top, width, unicode=session.unicode, first=first,
                chosen=session.filters.get(request.field),
            ),
            Text(),
        ]  # fmt: skip
        if first is not None:
            session.values += [(request.field, _as_filter(request, value)) for value in values]
    session.page_out(Group(*blocks, _scope(session, results)))
    return Exit.DONE if any(map(len, results.facets.values())) else Exit.NO_HITS


#: Units whose values are no period that can be searched.
_NOT_NARROWED = ("weekday", "hour")


def _as_filter(request: FacetRequest, value: str) -> str:
    """A value of a facet as what the query language finds."""
    if request.unit == "week_of":
        last = min(date.fromisoformat(value).toordinal() + 6, date.max.toordinal())
        return f"{value}..{date.fromordinal(last).isoformat()}"
    return value


@command(":timeline [FIELD]")
def _timeline(session: Session, args: list[str]) -> Exit:
    """How many of the articles found are from each month, as bars.

    More than ten years are shown by year. FIELD is a date field, also with a unit:
    :timeline date:day.
    """
    if len(args) > 1:
        raise Refused("one field at a time: :timeline date")
    facet = args[0] if args else session.layout.date
    if facet is None:
        raise Refused("this archive has no dates")
    if ":" in facet:
        results = session.counts([facet])
    else:
        results = session.counts([by_month(facet)])
        if len(next(iter(results.facets.values()))) > _MAX_MONTHS:
            results = session.counts([by_year(facet)])
    counts = next(iter(results.facets.values()))
    bars = render.timeline(counts, session.out.width, unicode=session.unicode)
    session.page_out(Group(bars, _scope(session, results)))
    return Exit.DONE if len(counts) else Exit.NO_HITS


def _scope(session: Session, results: Results) -> Group:
    """What was counted, and which of several archives are left out."""
    left_out = render.notes(note for note in results.notes if note.startswith("partial:"))
    return Group(_counted_over(session, results), *left_out)


def _counted_over(session: Session, results: Results) -> Text:
    """What was counted: "over 3 articles (2 stories): rain"."""
    what = "the whole archive" if session.query is None else "articles like that one"
    what = session.text or what
    if session.filters:
        what = f"{what} ({session.narrowed_to})"
    counted = render.number(results.total, "article")
    if results.stories is not None:
        counted += f" ({render.number(results.stories, 'story')})"
    return Text(f"over {counted}: {render.plain(what)}", style="dim")


@command(":compare [UNIT] QUERY | QUERY ...")
def _compare(session: Session, args: list[str]) -> Exit:
    """Several queries over time: how many articles each finds in each period, and their share.

    After :collapse they are stories. Put | between the queries: :compare year wheat | barley |
    "Kansas City". UNIT is decade, year, quarter, month, week or day; else months, or years if there
    are more than ten.
    """
    unit = next((unit for unit in get_args(DateUnit)[:-2] if args[:1] == [unit]), None)
    text = " ".join(args[1:] if unit else args)
    queries = [query.strip() for query in text.split("|") if query.strip()]
    if not queries:
        raise Refused("type the queries, with | between them: :compare wheat | barley")
    match: Match = "all" if session.match == "best" else session.match
    collapse = session.collapse
    shown = session.archive.timeline(queries, by=unit or "month", match=match, collapse=collapse)
    if unit is None and len(shown.periods) > _MAX_MONTHS:
        shown = session.archive.timeline(queries, by="year", match=match, collapse=collapse)
    lines = render.comparison(shown, session.out.width, unicode=session.unicode)
    session.page_out(Group(*render.notes(shown.notes), lines))
    return Exit.DONE if shown.periods or any(shown.missing.values()) else Exit.NO_HITS


@command(":back")
def _back(session: Session, args: list[str]) -> Exit:
    """The search before it was narrowed by :+N or :-N (numbers of :facets)."""
    return session.back()


@command(":list [off]")
def _list(session: Session, args: list[str]) -> Exit:
    """A line for each hit, as many as fit; off shows snippets again."""
    if args not in ([], ["on"], ["off"]):
        raise Refused("type :list, or :list off")
    session.is_list = args != ["off"]
    session.limit = session.fitting()
    return session.again()


@command(":similar N")
def _similar(session: Session, args: list[str]) -> Exit:
    """Articles like hit N."""
    return session.similar(session.article(" ".join(args)))


@command(":copies N")
def _copies(session: Session, args: list[str]) -> Exit:
    """The near copies of hit N: all articles of its story, the first one first.

    A * marks the one of hit N. They are for archives that were made with --stories; hits that have
    copies say how many. :open c2 shows the second of them.
    """
    return session.copies(session.article(" ".join(args)))


@command(":stories [N]")
def _stories(session: Session, args: list[str]) -> Exit:
    """The ten stories, or N, with the most copies, of the articles found or of the whole archive.

    A story is there if one of its articles is found and another is in the archive: 1 of 3 has one
    that is found and two others. They are for archives that were made with --stories. :open s2
    shows the first article of the second that is found, and :copies s2 all of them.
    """
    limit = _number(args, _SHOWN_STORIES)
    found = session.archive.most_copied(session.counted(), limit=limit)
    labels = session.label("s", found)
    lines: list[RenderableType] = list(render.notes(found.notes))
    lines.append(render.stories(found, session.layout, session.out.width, labels))
    among = "the whole archive" if session.query is None else "the articles found"
    if not found:
        lines.append(Text(f"none of {among} has copies", style="dim"))
    elif len(found) < limit:
        lines.append(Text(f"no others of {among} have copies", style="dim"))
    lines.append(_counted_over(session, session.counts([], collapse="story")))
    session.page_out(Group(*lines))
    return Exit.DONE if found else Exit.NO_HITS


@command(":collapse story|story:first|story:latest|off")
def _collapse(session: Session, args: list[str]) -> Exit:
    """One hit for all near copies of a text.

    story shows the best of them, story:first and story:latest the first or the latest one that is
    found. It is for archives that were made with --stories. Counts are of articles and of stories
    then.
    """
    before = session.collapse
    if len(args) != 1 or args[0] not in _COLLAPSES:
        raise Refused(
            f"it is {before or 'off'} now; type :collapse story, story:first, story:latest or off"
        )
    session.collapse = _COLLAPSES[args[0]]
    try:
        session.archive.search("*", collapse=session.collapse, limit=0)
        return session.again()
    except SearchlibError:
        session.collapse = before
        raise


@command(":explain N")
def _explain(session: Session, args: list[str]) -> Exit:
    """How the score of hit N comes about: what each word adds."""
    hit = session.hit(" ".join(args))
    if session.text is None:
        raise Refused("these results come from no query: search first")
    explanation = session.archive.explain(session.request(session.text), hit)
    session.out.print(Text(str(explanation)))
    return Exit.DONE


@command(":why ID")
def _why(session: Session, args: list[str]) -> Exit:
    """Why the last query does not find an article: the parts of it that the article fails.

    ID is the article's id, or the number of a hit of these results; of several archives that have
    the id the folder comes before it: :why year-2023 a1.
    """
    if session.text is None:
        raise Refused("there is no query: search first")
    key = " ".join(args)
    if not key:
        raise Refused("which article? type its id, as :open shows it")
    folder, _, rest = key.partition(" ")
    article: str | Hit | tuple[str, str] = key
    if key not in session.archive and key.isdecimal():
        article = session.hit(key)
    elif rest and folder in getattr(session.archive, "paths", ()):
        article = (folder, rest)
    lines = session.archive.why_not(session.request(session.text), article)
    for line in lines or ["the query finds it"]:
        session.out.print(Text(render.plain(line)))
    return Exit.DONE


@command(":limit N")
def _limit(session: Session, args: list[str]) -> Exit:
    """Show N results a page."""
    if len(args) != 1 or not args[0].isdecimal() or not 1 <= int(args[0]) <= 1000:
        raise Refused(f"it is {session.limit} now; type a number from 1 to 1000: :limit 20")
    session.limit = int(args[0])
    return session.again()


@command(":sort rank|FIELD|-FIELD")
def _sort(session: Session, args: list[str]) -> Exit:
    """The best articles first (rank), or those in the order of a field.

    A minus reverses the order: :sort -date shows the newest first. Several fields: :sort
    section -date.
    """
    choices = arguments(session)["sort"]
    try:
        keys = [SortKey.parse(text) for text in " ".join(args).replace(" ", ",").split(",")]
        valid = bool([key.resolve(session.archive.schema) for key in keys if key]) or keys == [None]
    except ArgumentError:
        valid = False
    if not valid or (None in keys and len(keys) > 1):
        raise Refused(f"it is {session.sort or 'rank'} now; type one of: {' '.join(choices)}")
    session.sort = ",".join(str(key) for key in keys if key) or None
    return session.again()


@command(":match all|any|best")
def _match(session: Session, args: list[str]) -> Exit:
    """Whether an article must have all of the words, or any; "best" puts those with all first.

    It is best at first: articles with some of the words come after those with all. :facets,
    :timeline, :compare, :stories and :export take those with all then, if there are any.
    """
    choices: tuple[Match, ...] = get_args(Match)
    if len(args) != 1 or args[0] not in choices:
        raise Refused(f"it is {session.match} now; type :match all, :match any or :match best")
    session.match = next(choice for choice in choices if choice == args[0])
    return session.again()


@command(":synonyms FILE|off")
def _synonyms(session: Session, args: list[str]) -> Exit:
    """Search words with what stands for them, as a file says it; off ends that.

    A line of the file is tv, television (both ways) or uk => united kingdom (one way). What is
    quoted is searched as it is.
    """
    if not args:
        count = len(session.synonyms or ())
        known = f"{count:,} words have synonyms" if count else "it is off"
        raise Refused(f"{known} now; type the name of a file, or off: :synonyms news.txt")
    session.synonyms = None if args == ["off"] else Synonyms.read(" ".join(args))
    return session.again()


@command(":recency DAYS|off")
def _recency(session: Session, args: list[str]) -> Exit:
    """Let articles of so many days ago score half as much as those of now; off ends that.

    Those of twice as many days ago score a quarter, and those without a date as the oldest. It
    matters where the best come first, as :sort rank has it.
    """
    try:
        days = None if args == ["off"] else float(" ".join(args))
    except ValueError:
        now = "off" if session.recency is None else f"{session.recency:g}"
        cure = "type a number of days, or off: :recency 30"
        raise Refused(f"it is {now} now; {cure}") from None
    return _rank_by(session, days, session.boost_by)


@command(":boost FIELD|off")
def _boost(session: Session, args: list[str]) -> Exit:
    """Let a number that articles have raise their scores, such as of readers; off ends that.

    Scores are multiplied by 1 + ln(1 + number). It matters where the best come first, as :sort
    rank has it.
    """
    if len(args) != 1:
        fields = ", ".join(session.archive.schema.names(Number)) or "this archive has none"
        now = session.boost_by or "off"
        raise Refused(f"it is {now} now; type off, or a field of numbers: {fields}")
    return _rank_by(session, session.recency, None if args == ["off"] else args[0])


def _rank_by(session: Session, recency: float | None, boost_by: str | None) -> Exit:
    """Change the factors of the ranking and search again; what cannot be is refused, also before
    the first search, and changes nothing."""
    before = session.recency, session.boost_by
    session.recency, session.boost_by = recency, boost_by
    try:
        session.archive.search(session.request("*", limit=0))
        return session.again()
    except SearchlibError:
        session.recency, session.boost_by = before
        raise


@command(":export FILE")
def _export(session: Session, args: list[str]) -> Exit:
    """All that was found, with all fields, into a file: .csv, .jsonl or .md.

    With :match best those with all of the words, if there are any. An existing file is not written
    over.
    """
    page = session.page
    if session.match == "best" and page.complete and page.complete != page.total:
        page = session.archive.search(dataclasses.replace(page.request, match="all"))
    if len(args) != 1:
        raise Refused("type the name of a file: :export found.csv")
    form = Path(args[0]).suffix.removeprefix(".").lower()
    if form not in export.FORMS:
        raise Refused(f"the name of the file says its form: .{', .'.join(export.FORMS)}")
    if Path(args[0]).exists():
        raise Refused(f"{args[0]} is there already: type another name")
    names = export.fields_of(session.archive)
    attempts = itertools.count()

    def write() -> Results:
        # Anew if one of several archives is found damaged.
        found = session.archive.search(page.request) if next(attempts) else page
        with export.output_file(args[0]) as file:
            records = (export.with_archive(hit, hit.archive) for hit in found.all())
            file.writelines(export.written(form, records, names))
        return found

    found = answered(session.archive, write)
    session.out.print(f"{render.number(found.total, 'article')} in {render.plain(args[0])}")
    for note in found.notes:
        if note.startswith("partial:") and note not in page.notes:
            session.out.print(render.plain(note))
    for note in export.unstored_notes(session.archive, names):
        session.out.print(render.plain(note))
    return Exit.DONE


@command(":save NAME")
def _save(session: Session, args: list[str]) -> Exit:
    """Keep the present search, its order and what it was narrowed to, under a name."""
    name = _given_name(args)
    if session.text is None:
        raise Refused("there is no query to save: search first")
    search = SavedSearch(session.text, session.sort, session.match, dict(session.filters))
    replaced = saved.save(session.archive.path, name, search)
    session.out.print(f"{'replaced' if replaced else 'saved'}: {name} (:run {name})")
    return Exit.DONE


@command(":run NAME")
def _run(session: Session, args: list[str]) -> Exit:
    """Search for what was saved under a name."""
    name, searches = _given_name(args), saved.load(session.archive.path)
    search = searches.get(name)
    if search is None:
        known = ", ".join(searches) or "nothing is saved yet, :save does it"
        raise Refused(f"nothing is saved as {name}: {known}")
    session.forget()
    session.sort, session.match, session.filters = search.sort, search.match, search.filters
    return session.search(search.query)


@command(":saved")
def _saved(session: Session, args: list[str]) -> Exit:
    """The saved searches of this archive."""
    searches = saved.load(session.archive.path)
    if not searches:
        session.out.print("nothing is saved yet: :save NAME keeps the present search")
    session.out.print(render.table([(name, str(one)) for name, one in searches.items()]))
    return Exit.DONE


@command(":watch NAME")
def _watch(session: Session, args: list[str]) -> Exit:
    """Keep the present query in the archive, to be told of new articles.

    NAME may have several words: :watch heavy rain.

    It is held against all articles that are added from then on, whoever adds them, with what it was
    narrowed to; an article must have all of its words, unless :match is any. :alerts shows what it
    finds, and so does searchlib watch run.
    """
    archive, name = _one_archive(session, "watch"), _given_name(args)
    if session.text is None:
        raise Refused("there is no query to keep: search first")
    old = next((one for one in archive.watches() if one.name == name), None)
    match: Match = "any" if session.match == "any" else "all"
    watch = archive.watch(name, session.text, match=match, filters=session.filters)
    said, *changes = render.watch_report(watch, old)
    note = " (without the synonyms)" if session.synonyms is not None else ""
    session.out.print(Text(f"{said}{note}; :alerts shows what it finds in new articles"))
    for line in changes:
        session.out.print(Text(f"  {line}"))
    return Exit.DONE


@command(":watches")
def _watches(session: Session, args: list[str]) -> Exit:
    """The standing queries of this archive."""
    standing = _one_archive(session, "watches").watches()
    if not standing:
        session.out.print("no standing query here yet: :watch NAME keeps the present one")
    session.page_out(render.table([(one.name, render.watch(one)) for one in standing]))
    return Exit.DONE if standing else Exit.NO_HITS


@command(":unwatch NAME")
def _unwatch(session: Session, args: list[str]) -> Exit:
    """Take a standing query away; its alerts stay."""
    archive = _one_archive(session, "unwatch")
    if not args:
        raise Refused("type the name of the query: :watches shows them")
    name = _given_name(args)
    if name not in {one.name for one in archive.watches()}:
        raise Refused(f"no standing query is named {name}: :watches shows them")
    archive.unwatch(name)
    session.out.print(f"no longer watching {name}; its alerts stay")
    return Exit.DONE


@command(":alerts [NAME]")
def _alerts(session: Session, args: list[str]) -> Exit:
    """What standing queries found since the last sitting, or the one of a NAME.

    The last 100 of them; :watch makes a query stand. :open a2 shows the second.
    """
    archive = _one_archive(session, "alerts")
    path = archive.path
    if not session.has_alerts:
        session.alerts_since, session.has_alerts = saved.last_token(path), True
    try:
        alerts = archive.alerts(session.alerts_since)
    except AlertsForgotten as error:
        session.out.print("some since the last sitting were forgotten: these are left")
        session.alerts_since = error.token
        alerts = archive.alerts(error.token)
    except ArgumentError:  # the archive is another one now
        session.alerts_since = None
        alerts = archive.alerts()
    saved.keep_token(path, alerts.token)
    of_name: Sequence[Alert] = alerts
    if args:
        of_name = [alert for alert in alerts if alert.name == _given_name(args)]
    shown = of_name[-_SHOWN_ALERTS:]
    labels = session.label("a", [alert.key for alert in shown])
    names = [
        f"{label:>{len(labels[-1])}}  {alert.name}"
        for label, alert in zip(labels, shown, strict=True)
    ]
    lines = [_alert_line(session, alert) for alert in shown]
    if len(of_name) > len(shown):
        session.out.print(f"{len(of_name) - len(shown):,} earlier ones are not shown")
    session.out.print(render.table(list(zip(names, lines, strict=True))))
    if not of_name:
        stands = _watch_names(session)
        cure = "" if stands else ": no standing query here yet, :watch NAME keeps the present one"
        if args and stands and _given_name(args) not in stands:
            cure = f": no standing query is named {_given_name(args)}, :watches shows them"
        session.out.print(Text(f"nothing new since the last sitting{cure}"))
    return Exit.DONE


def _alert_line(session: Session, alert: Alert) -> str:
    article = session.archive.get(alert.key)
    parts = [render.title_of(article, session.layout), render.plain(alert.key)]
    parts += ["changed"] if alert.kind == "changed" else []
    return " · ".join(part for part in parts if part)


def _one_archive(session: Session, name: str) -> AnyArchive:
    """The archive; :class:`Refused` where there are several, which have no standing queries."""
    if hasattr(session.archive, "paths"):
        raise Refused(
            f":{name} is for one archive, and several are open: leave, and open one by itself: "
            "searchlib repl --archive FOLDER"
        )
    return session.archive


def _given_name(args: list[str]) -> str:
    """The name that a command was given: of one word or several, in quotes or not."""
    name = " ".join(args)
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    if not name:
        raise Refused("type a name of one word or several: heavy rain")
    return name


def _watch_names(session: Session) -> list[str]:
    """The names of the standing queries; none where there cannot be any."""
    try:
        return [one.name for one in session.archive.watches()]
    except NotSupported:
        return []


@command(":stats")
def _stats(session: Session, args: list[str]) -> Exit:
    """The archive's size, and what each field holds."""
    each: dict[str, Stats] = getattr(session.archive, "stats_of_each", dict)()
    session.out.print(render.stats(session.archive.stats(), each))
    return Exit.DONE


@command(":history [N]")
def _history(session: Session, args: list[str]) -> Exit:
    """The last queries and commands; with N, that one again."""
    if args:
        number, lines = _number(args, None), session.lines[:-1]
        if number > len(lines):
            raise Refused(f"there is no line {number:,}: :history shows their numbers")
        line = lines[number - 1]
        if line.startswith(":hi"):
            raise Refused(f"line {number:,} is :history itself: type the number of another")
        session.lines[-1] = line
        session.out.print(Text(render.plain(line), style="dim"))
        return run_line(session, line)
    first = max(1, len(session.lines) - _HISTORY_LINES + 1)
    session.out.print(render.listing(session.lines[-_HISTORY_LINES:], first))
    return Exit.DONE


@command(":help [COMMAND|query]")
def _help(session: Session, args: list[str]) -> Exit:
    """This list; more on a command; how queries are written."""
    topic = args[0].removeprefix(":").lower() if args else ""
    if topic == "query":
        session.page_out(render.table(_query_help(session)))
    elif topic:
        about = _find(topic)
        session.out.print(Text(about.usage, style="bold"))
        session.out.print(Text("\n\n".join(filter(None, (f"{about.summary}.", about.detail)))))
    else:
        rows = render.table([(c.usage, c.summary) for c in COMMANDS.values()])
        session.page_out(Group(Text("Type words to search for, or a command:"), rows))
    return Exit.DONE


@command(":quit")
def _quit(session: Session, args: list[str]) -> Exit:
    """Leave (Ctrl-D does so too)."""
    session.leaving = True
    return Exit.DONE


def _query_help(session: Session) -> list[tuple[str, str]]:
    """The query language in short, with fields of this archive."""
    schema = session.archive.schema
    keyword = next(iter(schema.names(Keyword)), None)
    number = next(iter(schema.names(Number)), None)
    text = schema.names(TextField)[:1]
    rows = [(example, meaning) for example, meaning in HELP if _is_valid(example, schema)]
    rows += [(f"{name}:budget", "in this field only") for name in text if name != "title"]
    if keyword:
        rows.append((f"{keyword}:x", f'this value; with blanks: {keyword}:"Harbour Wire"'))
    if number:
        rows.append((f"{number}:>300", f"numbers; also {number}:100..300"))
    if date := session.layout.date:
        rows.append((f"{date}:2022-08", f"dates; also {date}:2022 and {date}:2022-08-31"))
        rows.append((f"{date}:2021..2022", f"from 2021 to the end of 2022; also {date}:>=2021-03"))
    return rows


def _is_valid(example: str, schema: Schema) -> bool:
    """Whether a query is valid for archives with this schema."""
    try:
        parse(example, schema)
    except QueryError:
        return False
    return True


def names(session: Session) -> Names:
    """The names of the archive and of the commands, for completion."""
    return dataclasses.replace(
        session.names(),
        commands={name: about.summary for name, about in COMMANDS.items()},
        arguments=arguments(session),
    )
