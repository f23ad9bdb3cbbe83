"""The commands about standing queries: ``watch add``, ``list``, ``remove``, ``test`` and ``run``.

``run`` keeps how far it has told alerts in a folder, as the file ``token``, under a lock. The token
is replaced after each page of alerts, when what tells them has succeeded: what was told is told
again only if that failed, or was killed before the token was written.
"""

from __future__ import annotations

import contextlib
import mailbox
import os
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import click
import msgspec

from searchlib.any_archive import AnyArchive
from searchlib.archive import open as open_archive
from searchlib.cli.indexing import archive_option
from searchlib.cli.output import command_line, print_results, print_whole, stderr, stdout
from searchlib.codec.directory import Directory
from searchlib.errors import (
    AlertsForgotten,
    ArchiveError,
    ArchiveLocked,
    ArgumentError,
    UnknownKey,
)
from searchlib.index.alerts import Alert, Alerts, is_token
from searchlib.index.lock import WriterLock
from searchlib.repl import data, render
from searchlib.repl.outcome import Exit, damage_named
from searchlib.requests import Match
from searchlib.watches.watch import Watch
from searchlib.watches.watch_list import MALFORMED, watch_of

__all__ = ["watch"]

_PAGE = 1000  # alerts that are told together
_READ = 1 << 20  # alerts that are read together
_MAX_SAID = 1 << 26  # characters of what is said of articles that are remembered
_TOKEN, _MAX_TOKEN = "token", 100
_MAX_SUBJECT = 180  # characters of the subject of a message, unless one name has more
_KEYS = ("name", "query", "match", "filters", "notify")  # of a standing query as JSON
_FOLDER = "watch-run"  # in the archive's, unless --state names another

AlertPage = Sequence[tuple[Alert, str]]  # with what is said of the article
Article = dict[str, Any] | None  # None if it was deleted


class Teller(NamedTuple):
    """``tell`` tells alerts, with what ``describe`` says of each article."""

    describe: Callable[[Article, render.Layout], str]
    tell: Callable[[AlertPage], None]


@click.group()
def watch() -> None:
    """Keep standing queries, and tell what they find."""


@watch.command("add")
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@archive_option
@click.option("--match", type=click.Choice(["all", "any", "best"]), default="all",
              help="Whether an article must have all of the words, or any.")  # fmt: skip
@click.option("--filter", "filters", multiple=True, metavar="FIELD:VALUE",
              help="Only articles with this value; several of one field: any of them.")  # fmt: skip
@click.option("--changed", is_flag=True, help="Tell changed articles too that matched before.")
def add(
    name: str, query: tuple[str, ...], path: str, match: Match, filters: tuple[str, ...],
    changed: bool,
) -> None:  # fmt: skip
    """Keep a QUERY under a NAME. It looks at articles that are added from now on.

    It takes the place of one of the same NAME, with its filters and --changed, and says what these
    were.

    \b
      searchlib watch add floods 'flood* /s (river OR coast)' --filter section:world
    """
    values: dict[str, list[str]] = {}
    for given in filters:
        field, colon, value = given.partition(":")
        if not (field and colon and value):
            raise click.UsageError(f"--filter {given}: type a field and a value: section:world")
        values.setdefault(field, []).append(value)
    text = " ".join(query)
    with open_archive(path) as archive, damage_named(archive):
        old = next((watch for watch in archive.watches() if watch.name == name), None)
        watch = archive.watch(
            name, text, match=match, filters=values, notify="changed" if changed else "new"
        )
        found = archive.search(text, match=match, filters=values, limit=0, highlight=False)
        notes = [render.plain(note) for note in found.notes]
        if not len(archive):  # which has no article with any word
            notes = [note for note in notes if not note.startswith("no article has ")]
    articles = render.number(found.total, "article")
    test = command_line(f"searchlib watch test {shlex.quote(render.plain(name))}", path)
    notes.append(f"it finds {articles} as of now: {test}")
    console = stderr()
    said, *changes = render.watch_report(watch, old)
    console.print(said)
    for line in changes:
        console.print(f"  {line}")
    for note in notes:
        console.print(note, style="dim")


@watch.command()
@click.argument("file", type=click.File("rb"))
@archive_option
def load(file: BinaryIO, path: str) -> None:
    """Keep the queries of a FILE (- for standard input): lines as list --json prints them.

    Each needs a name of its own and a query, and may have match, filters and notify; one of a name
    that stands takes its place, others come after those that stand, in the order of the lines. If
    one is refused, none is kept.

    \b
      searchlib watch list --json --archive old | searchlib watch load - --archive new
    """
    watches: dict[str, Watch] = {}
    for number, line in enumerate(file, 1):
        if line.strip():
            one = _watch_of(line, number)
            if watches.setdefault(one.name, one) is not one:
                raise click.UsageError(f"line {number}: {one.name!r} is in an earlier line, too")
    with open_archive(path) as archive, damage_named(archive):
        standing = {one.name: one for one in archive.watches()}
        count = archive.watch_all(watches.values())
    replaced = [one for name, one in watches.items() if name in standing]
    changed = sum(one != standing[one.name] for one in replaced)
    parts = {"new": count - len(replaced), "changed": changed, "as before": len(replaced) - changed}
    said = ", ".join(f"{number:,} {what}" for what, number in parts.items() if number)
    stderr().print(f"watching {render.number(count, 'query')} of the file: {said or 'it is empty'}")


def _watch_of(line: bytes, number: int) -> Watch:
    try:
        watch = watch_of(line)
        unknown = msgspec.json.decode(line, type=dict[str, Any]).keys() - _KEYS
    except msgspec.DecodeError as error:
        what = "standing query" if isinstance(error, msgspec.ValidationError) else "JSON"
        raise click.UsageError(f"line {number} is no {what}: {error}") from None
    except MALFORMED as error:
        why = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise click.UsageError(f"line {number} is no standing query: {why}") from None
    for key in sorted(unknown):
        near = get_close_matches(key.lower(), _KEYS, n=1) or [", ".join(_KEYS)]
        wrong = f"line {number}: a standing query has no {render.plain(key)!r}"
        raise click.UsageError(f"{wrong}: try {near[0]}")
    return watch


@watch.command("list")
@archive_option
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each.")
def list_(path: str, as_json: bool) -> int:
    """List the standing queries."""
    with open_archive(path) as archive, damage_named(archive):
        watches = archive.watches()
    if as_json:
        for one in watches:
            filters = {field: list(values) for field, values in one.filters}
            said = {"name": one.name, "query": one.query, "match": one.match, "filters": filters}
            click.echo(data.to_json(said | {"notify": one.notify}))
    elif watches:
        stdout().print(render.table([(one.name, render.watch(one)) for one in watches]))
    else:
        cure = f"{command_line('searchlib watch add NAME QUERY', path)} keeps one"
        stderr().print(f"no standing query here yet: {cure}")
    return Exit.DONE if watches else Exit.NO_HITS


@watch.command()
@click.argument("name")
@archive_option
def remove(name: str, path: str) -> None:
    """Take a standing query away. Its alerts stay."""
    with open_archive(path) as archive, damage_named(archive):
        _named(archive, name, path)
        archive.unwatch(name)
    stderr().print(f"no longer watching {render.plain(name)}; its alerts stay")


def _named(archive: AnyArchive, name: str, path: str) -> Watch:
    """The standing query of a name."""
    for one in archive.watches():
        if one.name == name:
            return one
    cure = f"{command_line('searchlib watch list', path)} shows them"
    raise UnknownKey(f"no standing query is named {name!r}: {cure}", name)


@watch.command()
@click.argument("name")
@archive_option
@click.option("--limit", type=click.IntRange(0, 1000), default=10, show_default=True)
def test(name: str, path: str, limit: int) -> int:
    """Show what a standing query finds as of now."""
    with open_archive(path) as archive, damage_named(archive):
        one = _named(archive, name, path)
        results = archive.search(one.query, match=one.match, filters=one.filters, limit=limit)
        print_results(archive, results, one.query, None, "view")
        return Exit.DONE if results.total else Exit.NO_HITS


@watch.command()
@archive_option
@click.option("--since", default="last", metavar="last|start|TOKEN", show_default=True,
              help="last: what no run has told yet; start: all that there is.")  # fmt: skip
@click.option("--state", "folder", type=click.Path(file_okay=False), metavar="FOLDER",
              help="Where it keeps how far it has come. [watch-run, in the archive]")  # fmt: skip
@click.option("--exec", "command", metavar="COMMAND",
              help="Run this in a shell, with the alerts as JSON Lines as its input.")  # fmt: skip
@click.option("--mail-file", type=click.Path(dir_okay=False), metavar="FILE",
              help="Append messages to a mailbox (mbox), about 1,000 of them each.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each.")
def run(
    path: str, since: str, folder: str | None, command: str | None, mail_file: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Tell what they have found since the last run: for cron.

    Nothing is told twice, unless that failed: the command, or writing to the mailbox or the output.
    Then the next run begins again with the same alerts, and the exit code is 4. The exit code is 1
    if there is nothing new, and 3 if another run of the same state is still going on.

    \b
      searchlib watch run --exec 'notify-desk --json'
      searchlib watch run --json --state ~/alerts >> alerts.jsonl
    """
    if sum(map(bool, (command, mail_file, as_json))) > 1:
        raise click.UsageError("--exec, --mail-file and --json: one of them")
    teller = Teller(_as_json, _print_json) if as_json else Teller(_as_line, _print)
    if command is not None:
        teller = Teller(_as_json, _Runner(command))
    elif mail_file is not None:
        teller = Teller(_as_mail, _Mailer(mail_file))
    with open_archive(path) as archive, damage_named(archive):
        archive.watches()  # NotSupported before anything is made
        state = Directory(folder or Path(archive.path, _FOLDER))
        state.create()
        with _alone(state):
            try:
                code = _run(archive, state, since, teller)
                if code == Exit.NO_HITS and sys.stdout.isatty():  # not under cron, which mails it
                    stderr().print("nothing new")
                return code
            except _TellingFailed as error:
                try:
                    stderr().print(f"{error}: the next run tells the same alerts again")
                except OSError:  # its reader may be gone, too: no flush at exit must fail again
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
                return Exit.NOT_ALL


@contextlib.contextmanager
def _alone(state: Directory) -> Iterator[None]:
    """Hold the lock of a state; raises ArchiveError while another run does."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(WriterLock(state, timeout=0))
        except ArchiveLocked as error:
            who = "" if error.holder is None else f" (process {error.holder})"
            wrong = f"another watch run of this state{who} is still going on"
            cure = "run again when it is done, or with another --state"
            raise ArchiveError(f"{state.path}: {wrong}: {cure}", state.path) from None
        yield


def _run(archive: AnyArchive, state: Directory, since: str, teller: Teller) -> int:
    token, count = _first_token(state, since), 0
    while True:
        try:
            alerts: Alerts = archive.alerts(token, limit=_READ)
        except AlertsForgotten as error:
            stderr().print("alerts that no run has told were forgotten: it goes on behind them")
            token = error.token
            continue
        for page, after in _pages(archive, alerts, teller):
            _tell(teller, page)
            state.write_atomic(_TOKEN, after.encode() + b"\n")
        if not alerts and alerts.token != token:
            state.write_atomic(_TOKEN, alerts.token.encode() + b"\n")
        token, count = alerts.token, count + len(alerts)
        if len(alerts) < _READ:
            return Exit.DONE if count else Exit.NO_HITS


def _tell(teller: Teller, page: AlertPage) -> None:
    try:
        teller.tell(page)
    except OSError as error:  # of the mailbox, or of standard output, whose reader may be gone
        where = f"{os.fspath(error.filename)}: " if error.filename else ""
        raise _TellingFailed(f"{where}{error.strerror or error}") from None
    except mailbox.Error as error:  # another program holds it
        raise _TellingFailed(str(error)) from None


def _pages(archive: AnyArchive, alerts: Alerts, teller: Teller) -> Iterator[tuple[AlertPage, str]]:
    """Some alerts after the other, each with what is said of the article, and the token of those
    that follow."""
    layout = render.Layout.of(archive.schema)
    said, room = dict[str, str](), _MAX_SAID  # many queries find the same articles
    for first in range(0, len(alerts), _PAGE):
        some = alerts[first : first + _PAGE]
        for alert in some:
            if alert.key not in said:
                said[alert.key] = teller.describe(archive.get(alert.key), layout)
                room -= len(said[alert.key])
        yield [(alert, said[alert.key]) for alert in some], alerts.token_after(first + len(some))
        if room < 0:
            said, room = {}, _MAX_SAID


def _first_token(state: Directory, since: str) -> str | None:
    if since == "start":
        return None
    if since != "last":
        if not is_token(since):
            cure = "type last, start, or a token, as archive.alerts() gives it"
            raise click.UsageError(f"--since {since}: {cure}")
        return since
    if not state.exists(_TOKEN):
        return None
    path = state.path / _TOKEN
    try:
        return state.read(_TOKEN, _MAX_TOKEN).decode("ascii").strip()
    except UnicodeDecodeError:
        raise ArgumentError(f"{path}: this is no token: delete it to be told all anew") from None


def _as_line(article: Article, layout: render.Layout) -> str:
    """The date of an article, if it has one, and its title."""
    return "  ".join(filter(None, (_date_of(article, layout), render.title_of(article, layout))))


def _date_of(article: Article, layout: render.Layout) -> str:
    return render.when((article or {}).get(layout.date or "") or "")


def _print(page: AlertPage) -> None:
    lines = [
        f"{render.plain(alert.name)}: {render.plain(alert.key)}{_mark(alert)}  {line}".rstrip()
        for alert, line in page
    ]
    print_whole("".join(f"{line}\n" for line in lines))


def _mark(alert: Alert) -> str:
    return " (changed)" if alert.kind == "changed" else ""


def _print_json(page: AlertPage) -> None:
    print_whole(_json_lines(page))


def _as_json(article: Article, layout: render.Layout) -> str:
    return data.to_json(article)


def _json_lines(page: AlertPage) -> str:
    """A line of JSON for each alert."""
    lines = []
    for alert, article in page:
        said = {"name": alert.name, "key": alert.key, "commit": alert.commit, "kind": alert.kind}
        lines.append(f'{data.to_json(said)[:-1]}, "article": {article}}}\n')
    return "".join(lines)


class _TellingFailed(Exception):
    pass


class _Runner:
    """Gives alerts to a command."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __call__(self, page: AlertPage) -> None:
        sys.stdout.flush()
        code = subprocess.run(
            self._command, shell=True, input=_json_lines(page).encode(), check=False,
        ).returncode  # fmt: skip
        if code:
            raise _TellingFailed(f"the command ended with {code}")


class _Mailer:
    """Appends a message to a mailbox, on the disk when it returns."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, page: AlertPage) -> None:
        message = EmailMessage()
        message["Subject"] = _subject(page)
        message["Date"] = formatdate()
        message["From"] = "searchlib <searchlib@localhost>"
        message["Message-ID"] = make_msgid(domain="localhost")
        message.set_content("\n".join(_mail_lines(page)) + "\n")
        box = mailbox.mbox(self._path)
        try:
            box.lock()
            box.add(message)
            box.flush()
        finally:
            box.close()


def _subject(page: AlertPage) -> str:
    """How many alerts each query has; of those that have no room it says how many they are."""
    counts = Counter(alert.name for alert, _ in page)
    subject = f"{render.number(len(page), 'alert')}: "
    for place, (name, count) in enumerate(counts.items()):
        item = f"{', ' if place else ''}{name} ({count})"
        if place and len(subject) + len(item) > _MAX_SUBJECT:
            return f"{subject} and {len(counts) - place:,} more"
        subject += item
    return subject


def _as_mail(article: Article, layout: render.Layout) -> str:
    """The title of an article, its date and source, and its address, a line each."""
    lines = [render.title_of(article, layout)]
    if article is not None:
        source = [render.plain(article[name]) for name in layout.about[:1] if article.get(name)]
        lines.append(" · ".join(filter(None, (_date_of(article, layout), *source))))
        url = article.get("url")
        lines += [render.plain(url)] if isinstance(url, str) else []
    return "\n".join(lines)


def _mail_lines(page: AlertPage) -> Iterator[str]:
    for alert, said in page:
        title, *others = said.split("\n")
        about, *url = others or [""]
        yield f"{alert.name}: {title or alert.key}{_mark(alert)}"
        for line in (" · ".join(filter(None, (alert.key, about))), *url):
            yield f"    {line}"
