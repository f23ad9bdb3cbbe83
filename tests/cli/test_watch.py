"""``searchlib watch``: each alert is told once, unless what tells it failed."""

from __future__ import annotations

import json
import mailbox
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

import searchlib as sl
from searchlib.cli.watch import _as_mail, _subject
from searchlib.cli.watch import _Mailer as Mailer
from searchlib.codec.directory import Directory
from searchlib.index.alerts import Alert
from searchlib.index.lock import WriterLock
from searchlib.repl.render import Layout

from .conftest import Cli


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> str:
    path = str(tmp_path / "archive")
    sl.Archive.create(path).close()
    monkeypatch.setenv("SEARCHLIB_ARCHIVE", path)
    assert cli("watch", "list").code == 1
    assert cli("watch", "add", "rain", "rain", "OR", "snow").code == 0
    assert cli("watch", "add", "floods", "flood*", "--filter", "section:world", "--filter",
               "section:local", "--match", "any", "--changed").code == 0  # fmt: skip
    return path


def _add(path: str, *records: dict[str, str]) -> None:
    with sl.open(path) as archive:
        archive.add(records)


def test_they_are_listed_tried_and_removed(archive: str, cli: Cli) -> None:
    assert cli("watch", "list").out.splitlines() == [
        "rain    rain OR snow",
        "floods  flood* · section: world, local · match any · changed ones too",
    ]
    lines = [json.loads(line) for line in cli("watch", "list", "--json").out.splitlines()]
    assert lines[1]["filters"] == {"section": ["world", "local"]}
    assert cli("watch", "test", "rain").code == 1
    _add(archive, {"id": "a", "title": "Snow in Oslo"})
    assert "Snow in Oslo" in cli("watch", "test", "rain").out
    Path("b.jsonl").write_text('{"id": "b", "title": "rain"}')
    assert "1 alert of standing queries" in cli("index", "b.jsonl").err
    assert "watch list" in cli("watch", "test", "storm").err
    said = cli("watch", "add", "rain", "snwo OR snow OR /os[l]o/", "--filter", "section:world").err
    assert said.splitlines()[:3] == [
        "watching rain: snwo OR snow OR /os[l]o/ · section: world",
        "  its query was: rain OR snow", "  it was not narrowed",
    ]  # fmt: skip
    again = cli("watch", "add", "floods", "flood*").err
    assert again.splitlines()[:4] == [
        "watching floods: flood*", "  its match was: any",
        "  it was narrowed to section: world, local", "  it told changed articles too",
    ]  # fmt: skip
    same = cli("watch", "add", "floods", "flood*").err
    assert same.splitlines()[0] == "floods stands already, as it is: flood*"
    assert "no article has the word 'snwo'" in said
    assert said.splitlines()[-1] == "it finds 0 articles as of now: searchlib watch test rain"
    assert "comes after --" in cli("watch", "add", "dry", "-rain").err
    assert "last, start, or a token" in cli("watch", "run", "--since", "yesterday").err
    assert "no longer watching rain" in cli("watch", "remove", "rain").err
    missing = cli("watch", "remove", "rain")
    assert (missing.code, "watch list" in missing.err) == (2, True)
    assert cli("watch", "add", "x", "(rain").code == 2
    assert cli("watch", "add", "x", "rain", "--filter", "section").code == 2


def test_they_are_taken_along(archive: str, cli: Cli) -> None:
    listed = cli("watch", "list", "--json").out
    assert cli("create", "--archive", "other").code == 0
    Path("queries.jsonl").write_text(listed + '\n{"name": "short", "query": "short"}\n')
    loaded = cli("watch", "load", "queries.jsonl", "--archive", "other")
    assert (loaded.code, loaded.err) == (0, "watching 3 queries of the file: 3 new\n")
    with open("queries.jsonl", "a", encoding="utf-8") as file:
        file.write('{"name": "a", "query": "first"}\n')
    changed = Path("queries.jsonl").read_text().replace('"short"}', '"shorter"}')
    Path("queries.jsonl").write_text(changed)
    loaded = cli("watch", "load", "queries.jsonl", "--archive", "other")
    assert loaded.err == "watching 4 queries of the file: 1 new, 1 changed, 2 as before\n"
    assert cli("watch", "list", "--archive", "other").out.splitlines()[2:] == [
        "short   shorter", "a       first",
    ]  # fmt: skip
    Path("empty.jsonl").write_text("\n")
    loaded = cli("watch", "load", "empty.jsonl", "--archive", "other")
    assert (loaded.code, loaded.err) == (0, "watching 0 queries of the file: it is empty\n")
    again = cli("watch", "list", "--json", "--archive", "other").out
    assert again.startswith(listed)
    for line, why in (('{"name": "x"}', "line 5 is no standing query: no 'query'"),
                      ("[]", "line 5 is no standing query"), ("{", "line 5 is no JSON"),
                      ('{"name": "x", "query": "y", "filter": {"section": "world"}}',
                       "line 5: a standing query has no 'filter': try filters"),
                      ('{"name": "x", "query": "y", "zz": 1}',
                       "no 'zz': try name, query, match, filters, notify"),
                      ('{"name": "short", "query": "x"}', "line 5: 'short' is in an earlier line"),
                      ('{"name": "x", "query": "(rain"}', "standing query 'x'")):  # fmt: skip
        Path("wrong.jsonl").write_text(again + line)
        failed = cli("watch", "load", "wrong.jsonl", "--archive", "other")
        assert failed.code == 2
        assert why in " ".join(failed.err.split())
    assert cli("watch", "list", "--json", "--archive", "other").out == again


def test_commands_that_are_proposed_name_the_archive(cli: Cli) -> None:
    Path("rain.jsonl").write_text('{"id": "b", "title": "rain"}')
    place = ("--archive", "my news")
    listed = "searchlib watch list --archive 'my news' shows them"
    cli("create", *place)
    for arguments, said in (
        (("watch", "list"), "searchlib watch add NAME QUERY --archive 'my news' keeps one"),
        (("watch", "add", "heavy rain", "rain"),
         "searchlib watch test 'heavy rain' --archive 'my news'"),
        (("index", "rain.jsonl"), "searchlib watch run --archive 'my news' tells them"),
        (("watch", "remove", "x"), listed), (("watch", "test", "x"), listed),
    ):  # fmt: skip
        assert said in cli(*arguments, *place).err


def test_each_alert_is_told_once(archive: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchlib.cli.watch._PAGE", 2)
    monkeypatch.setattr("searchlib.cli.watch._READ", 3)
    monkeypatch.setattr("searchlib.cli.watch._MAX_SAID", 10)
    assert cli("watch", "run").code == 1
    _add(archive, *({"id": f"{n}", "title": f"Rain {n}"} for n in range(5)))
    shown = cli("watch", "run")
    assert (shown.code, shown.out.splitlines()[4]) == (0, "rain: 4  Rain 4")
    assert len(shown.out.splitlines()) == 5
    assert (cli("watch", "run").code, cli("watch", "run").out) == (1, "")
    _add(archive, {"id": "f", "title": "Floods", "section": "world"})
    _add(archive, {"id": "f", "title": "More floods", "section": "world"})
    told = [json.loads(line) for line in cli("watch", "run", "--json").out.splitlines()]
    assert [(one["name"], one["kind"]) for one in told] == [("floods", "first"),
                                                            ("floods", "changed")]  # fmt: skip
    assert told[1]["article"]["title"] == "More floods"
    with sl.open(archive) as opened:
        opened.delete(["f"])
    again = cli("watch", "run", "--since", "start").out.splitlines()
    assert again[-2:] == ["floods: f  (deleted)", "floods: f (changed)  (deleted)"]
    assert len(cli("watch", "run", "--state", "elsewhere").out.splitlines()) == 7
    assert cli("watch", "run", "--since", "x").code == 2


def test_a_command_that_fails_is_given_the_same_again(archive: str, cli: Cli) -> None:
    _add(archive, {"id": "a", "title": "Rain"})
    failed = cli("watch", "run", "--exec", "cat > got; exit 3")
    assert failed.code == 4
    assert "ended with 3" in failed.err
    assert json.loads(Path("got").read_text())["key"] == "a"
    assert cli("watch", "run", "--exec", "cat > again").code == 0
    assert Path("again").read_text() == Path("got").read_text()
    assert cli("watch", "run", "--exec", "cat > never").code == 1
    assert not Path("never").exists()


def test_that_alerts_were_forgotten_is_said_once(archive: str, cli: Cli) -> None:
    _add(archive, {"id": "a", "title": "Rain"})
    cli("watch", "run")
    _add(archive, {"id": "b", "title": "Rain"})
    with sl.open(archive) as opened:
        opened.forget_alerts()
    said = "alerts that no run has told were forgotten: it goes on behind them\n"
    for expected in ((1, "", said), (1, "", "")):
        ran = cli("watch", "run")
        assert (ran.code, ran.out, ran.err) == expected
    _add(archive, {"id": "c", "title": "Rain", "date": "2024-05-07"})
    assert cli("watch", "run").out == "rain: c  2024-05-07  Rain\n"


def test_alerts_that_cannot_be_written_are_told_again(archive: str, cli: Cli) -> None:
    _add(archive, {"id": "a", "title": "Rain"})
    failed = cli("watch", "run", "--mail-file", "no/such/box")
    assert (failed.code, failed.out) == (4, "")
    assert "box: No such file or directory: the next run tells the same alerts" in failed.err
    box = mailbox.mbox("box")
    box.lock()
    failed = cli("watch", "run", "--mail-file", "box")
    box.unlock()
    box.close()
    assert (failed.code, "the next run tells the same alerts again" in failed.err) == (4, True)
    assert cli("watch", "run").out == "rain: a  Rain\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(28, "No space left"), 4, "No space left: the next"),
        (OSError("x"), 4, "x: the next"),
        (BrokenPipeError(32, "Broken pipe"), 4, "Broken pipe: the next"),
    ],
)
def test_output_that_fails_is_told_again(
    archive: str, cli: Cli, monkeypatch: pytest.MonkeyPatch, error: OSError, code: int, said: str
) -> None:
    _add(archive, {"id": "a", "title": "Rain"})
    with monkeypatch.context() as patched:
        patched.setattr("searchlib.cli.watch._print", Mock(side_effect=error))
        failed = cli("watch", "run")
    assert (failed.code, failed.err[: len(said)]) == (code, said)
    assert cli("watch", "run").out == "rain: a  Rain\n"


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.skipif(os.name == "nt", reason="pipes of Windows break in another way")
def test_a_reader_that_goes_away_is_told_again(
    archive: str, cli: Cli, form: tuple[str, ...], unbuffered: str
) -> None:
    title = "Rain " * 200  # a page is more than a pipe holds
    _add(archive, *({"id": f"{n}", "title": title} for n in range(300)))
    command = [sys.executable, "-m", "searchlib", "watch", "run", *form]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        os.read(process.stdout.fileno(), 100)
        process.stdout.close()
        said = process.stderr.read().decode()
    assert said == "Broken pipe: the next run tells the same alerts again\n"
    assert process.returncode == 4
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.close()
    assert process.returncode == 4
    assert len(cli("watch", "run").out.splitlines()) == 300


def test_a_mailbox_gets_a_message_for_each_run(archive: str, cli: Cli) -> None:
    _add(archive, {"id": "a", "title": "Rain in Zürich", "url": "https://example.org/a"})
    assert cli("watch", "run", "--mail-file", "box").code == 0
    assert cli("watch", "run", "--mail-file", "box").code == 1
    _add(archive, {"id": "b", "title": "From here"}, {"id": "c", "title": "snow"})
    assert cli("watch", "run", "--mail-file", "box").code == 0
    box = mailbox.mbox("box")
    first, second = box
    box.close()
    assert first["subject"] == "1 alert: rain (1)"
    text = first.get_payload(decode=True).decode()
    assert text == "rain: Rain in Zürich\n    a\n    https://example.org/a\n"
    assert second["subject"] == "1 alert: rain (1)"


def test_two_runs_do_not_overlap_and_a_damaged_token_is_said(archive: str, cli: Cli) -> None:
    assert cli("watch", "run", "--json", "--exec", "cat").code == 2
    state = Directory(Path(archive, "watch-run"))
    state.create()
    with WriterLock(state):
        ran = cli("watch", "run")
        (held,) = Path(archive, "watch-run").glob("*.lock")
        held.write_text("")  # it is not known who holds it
        unknown = cli("watch", "run")
    assert ran.code == unknown.code == 3
    said = f"of this state (process {os.getpid()}) is still going on: run again when"
    assert said in " ".join(ran.err.split())
    assert "of this state is still" in " ".join(unknown.err.split())
    Path(archive, "watch-run", "token").write_bytes(b"\xff")
    assert "no token" in cli("watch", "run").err
    with sl.open(archive) as opened:
        assert opened.check() == []


def test_a_message_about_many_names_and_deleted_articles(tmp_path: Path) -> None:
    long = "n" * 300
    found = [(Alert(long, "k", 1, "changed"), None), (Alert("b", "m", 1, "first"), {"url": 3}),
             (Alert("b", "o", 1, "first"), {"title": "T", "url": "u", "source": "Wire",
                                            "date": "2024-05-07T09:20+08:00"})]  # fmt: skip
    page = [(alert, _as_mail(article, Layout.of(sl.NEWS))) for alert, article in found]
    Mailer(str(tmp_path / "box"))(page)
    box = mailbox.mbox(str(tmp_path / "box"))
    (message,) = box
    box.close()
    assert " ".join(message["subject"].split()) == f"3 alerts: {long} (1) and 1 more"
    assert message.get_payload(decode=True).decode() == (
        f"{long}: (deleted) (changed)\n    k\nb: m\n    m\n"
        "b: T\n    o · 2024-05-07 09:20 +08:00 · Wire\n    u\n"
    )


def test_the_subject_of_a_message_has_whole_names() -> None:
    page = [(Alert(f"{n} " + "x" * 40, "k", 1, "first"), "") for n in range(9)]
    names = [f"{alert.name} (1)" for alert, _ in page]
    assert _subject(page) == f"9 alerts: {', '.join(names[:3])} and 6 more"
    assert _subject(page[:3]) == f"3 alerts: {', '.join(names[:3])}"


def test_queries_are_said_as_they_are(archive: str, cli: Cli) -> None:
    query = ('section:"[red]"', ":smile:")
    assert "no article has" not in cli("watch", "add", "x", *query).err  # it is empty
    cli("watch", "remove", "x")
    _add(archive, {"id": "a", "title": "Snow"})
    ran = cli("watch", "add", "x", *query)
    assert ran.err.splitlines() == [
        'watching x: section:"[red]" :smile:', "no article has section '[red]'",
        "no article has the word 'smile'",
        "it finds 0 articles as of now: searchlib watch test x",
    ]  # fmt: skip
    ran = cli("watch", "add", "x", "rain", "--filter", "section:a:b")
    assert ran.err.splitlines()[0] == "watching x: rain · section: a:b"
    for wrong in ("section", "section:", ":x"):
        assert "type a field and a value: section:world" in cli(
            "watch", "add", "y", "rain", "--filter", wrong
        ).err  # fmt: skip
    lines = [json.loads(line) for line in cli("watch", "list", "--json").out.splitlines()]
    assert lines[-1] == {"name": "x", "query": "rain", "match": "all",
                         "filters": {"section": ["a:b"]}, "notify": "new"}  # fmt: skip
    assert cli("watch", "remove", "x").err == "no longer watching x; its alerts stay\n"
    ran = cli("watch", "test", "x")
    assert ran.err == "error: no standing query is named 'x': searchlib watch list shows them\n"


@pytest.mark.parametrize(
    "two", [("--exec", "cat", "--json"), ("--mail-file", "b", "--json"),
            ("--exec", "cat", "--mail-file", "b")]
)  # fmt: skip
def test_alerts_are_told_in_one_way(archive: str, cli: Cli, two: tuple[str, ...]) -> None:
    ran = cli("watch", "run", *two)
    assert (ran.code, "one of them" in ran.err) == (2, True)


@pytest.mark.parametrize("is_seen", [True, False])
def test_that_there_is_nothing_new_is_said_where_somebody_sees_it(
    archive: str, cli: Cli, monkeypatch: pytest.MonkeyPatch, is_seen: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_seen)
    ran = cli("watch", "run", "--archive", archive)
    assert (ran.code, ran.out, ran.err) == (1, "", "nothing new\n" if is_seen else "")
