"""The commands of the prompt, which begin with a colon.

Registering a command also makes its help and its completion.
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from rich.text import Text

from searchlib.errors import QueryError
from searchlib.highlight import highlight
from searchlib.query import HELP, parse
from searchlib.repl import export, render
from searchlib.repl.completion import Names
from searchlib.repl.outcome import Exit
from searchlib.repl.session import Refused, Session
from searchlib.requests import DateUnit, Match, by_month, by_year
from searchlib.schema import Date, Keyword, Number, Schema
from searchlib.schema import Text as TextField

__all__ = ["COMMANDS", "Command", "arguments", "command", "names", "run", "run_line"]

Action = Callable[[Session, list[str]], Exit]

_TOP, _TOP_OF_NAMED = 8, 25  # values shown of each of all fields, of each named field
_MAX_MONTHS = 120  # a longer timeline is by year
_HISTORY_LINES = 30
_SHORT = {"p": "prev"}  # abbreviations that several commands begin with


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
        COMMANDS[name] = Command(name, usage, summary.rstrip("."), detail, action)
        return action

    return register


def run_line(session: Session, line: str) -> Exit:
    """Run a line as it was typed: a command, or a query."""
    if line.startswith(":"):
        return run(session, line)
    session.trail.clear()  # of another search
    return session.search(line)


def run(session: Session, line: str) -> Exit:
    """Run a line that begins with a colon. A command may be abbreviated (:n for :next).

    Raises :class:`Refused` for an unknown command, or one that needs other arguments.
    """
    typed, *args = line.strip().removeprefix(":").split()[:64] or [""]
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
    schema = session.archive.schema
    dates, sortable = schema.names(Date), schema.names(Date, Number, Keyword)
    sorted_by = [name for name in sortable if not getattr(schema.fields[name], "many", False)]
    return {
        "facets": [*schema.names(Keyword), *(f"{d}:{p}" for d in dates for p in _PERIODS)],
        "timeline": [*dates, *(f"{d}:{p}" for d in dates for p in _PERIODS)],
        "sort": ["rank", *(f"{sign}{name}" for name in sorted_by for sign in ("-", ""))],
        "match": list(get_args(Match)),
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
    if len(args) != 1 or not args[0].isdecimal() or not int(args[0][:9]) > 0:
        raise Refused("type a number from 1 on, as in :page 3")
    return int(args[0][:9])


@command(":open N")
def _open(session: Session, args: list[str]) -> Exit:
    """The whole article of hit N, with what matched marked.

    At a terminal a long article stops after each screen: Enter continues, q stops.
    """
    hit = session.hit(" ".join(args))
    archive, layout = session.archive, session.layout
    record = archive.get(hit.id)
    if record is None:
        raise Refused("that article has been deleted since")
    terms = archive.parse(session.text, match=session.match).highlight_terms if session.text else ()

    def marked(name: str | None) -> str:
        if name is None or not record.get(name):
            return ""
        schema, text = archive.schema, str(record[name])
        language, version = schema.language_of(name, record), schema.rules.version
        return highlight(
            text, terms, field=name, language=language, version=version, form="terminal"
        )

    title, body = marked(layout.title), marked(layout.body)
    session.page_out(render.article(record, archive.schema, layout, title, body))
    return Exit.DONE


@command(":facets [FIELD...]")
def _facets(session: Session, args: list[str]) -> Exit:
    """How many of the articles found have each value of a field.

    Without FIELD, the most frequent values of all fields. Dates are counted by a unit: :facets
    date:year, also decade, quarter, month, week, day, weekday, hour. Without a search before it,
    the whole archive is counted.

    Values are numbered: :+3 narrows the search to the third, :-3 leaves it out, :back undoes it.
    """
    results = session.counts(args or session.facet_fields())
    top = _TOP_OF_NAMED if args else _TOP
    shown = 0
    width = session.out.width
    session.values = []
    for name, counts in results.facets.items():
        if args or len(counts):
            first = len(session.values) + 1
            session.out.print(
                render.counted(counts, top, width, unicode=session.unicode, first=first)
            )
            session.out.print()
            shown += 1
            if ":" not in name:
                session.values += [(name, value) for value, _ in counts[:top]]
    session.out.print(_scope(session, results.total))
    return Exit.DONE if shown else Exit.NO_HITS


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
    session.out.print(render.timeline(counts, session.out.width, unicode=session.unicode))
    session.out.print(_scope(session, results.total))
    return Exit.DONE if len(counts) else Exit.NO_HITS


def _scope(session: Session, total: int) -> Text:
    """What was counted: "over 3 articles: rain"."""
    what = "the whole archive" if session.query is None else "articles like that one"
    what = session.text or what
    return Text(f"over {render.number(total, 'article')}: {render.plain(what)}", style="dim")


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
    return session.similar(session.hit(" ".join(args)))


@command(":explain N")
def _explain(session: Session, args: list[str]) -> Exit:
    """How the score of hit N comes about: what each word adds."""
    hit = session.hit(" ".join(args))
    if session.text is None:
        raise Refused("these results come from no query: search first")
    explanation = session.archive.explain(session.request(session.text), hit.id)
    session.out.print(Text(str(explanation)))
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

    A minus reverses the order: :sort -date shows the newest first.
    """
    choices = arguments(session)["sort"]
    if len(args) != 1 or args[0] not in choices:
        raise Refused(f"it is {session.sort or 'rank'} now; type one of: {' '.join(choices)}")
    session.sort = None if args[0] == "rank" else args[0]
    return session.again()


@command(":match all|any|best")
def _match(session: Session, args: list[str]) -> Exit:
    """Whether an article must have all of the words, or any; "best" puts those with all first."""
    choices: tuple[Match, ...] = get_args(Match)
    if len(args) != 1 or args[0] not in choices:
        raise Refused(f"it is {session.match} now; type :match all, :match any or :match best")
    session.match = next(choice for choice in choices if choice == args[0])
    return session.again()


@command(":export FILE")
def _export(session: Session, args: list[str]) -> Exit:
    """All that was found, with all fields, into a file: .csv, .jsonl or .md.

    An existing file is not written over.
    """
    page = session.page
    if len(args) != 1:
        raise Refused("type the name of a file: :export found.csv")
    form = Path(args[0]).suffix.removeprefix(".").lower()
    if form not in export.FORMS:
        raise Refused(f"the name of the file says its form: .{', .'.join(export.FORMS)}")
    if Path(args[0]).exists():
        raise Refused(f"{args[0]} is there already: type another name")
    with export.output_file(args[0]) as file:
        for piece in export.written(form, page.all(), export.fields_of(session.archive.schema)):
            file.write(piece)
    session.out.print(f"{render.number(page.total, 'article')} in {render.plain(args[0])}")
    return Exit.DONE


@command(":stats")
def _stats(session: Session, args: list[str]) -> Exit:
    """The archive's size, and what each field holds."""
    session.out.print(render.stats(session.archive.stats()))
    return Exit.DONE


@command(":history [N]")
def _history(session: Session, args: list[str]) -> Exit:
    """The last queries and commands; with N, that one again."""
    if args:
        number, lines = _number(args, None), session.lines[:-1]
        if number > len(lines):
            raise Refused(f"there are {len(lines):,} lines: :history shows their numbers")
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
        session.out.print(render.table(_query_help(session)))
    elif topic:
        about = _find(topic)
        session.out.print(Text(about.usage, style="bold"))
        session.out.print(Text("\n\n".join(filter(None, (f"{about.summary}.", about.detail)))))
    else:
        session.out.print("Type words to search for, or a command:")
        session.out.print(render.table([(c.usage, c.summary) for c in COMMANDS.values()]))
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
    rows += [(f"{name}:budget", "in this field only") for name in text]
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
