"""The prompt, with typed keys from a pipe; and lines read from one."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import to_formatted_text
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from searchlib.archive import Archive
from searchlib.repl import shell
from searchlib.repl.completion import Names
from searchlib.repl.outcome import Exit
from searchlib.repl.session import Session
from searchlib.repl.shell import answer, history_file, read_lines, run_prompt

from .conftest import Screen


def test_the_toolbar_says_what_is_set(session: Session) -> None:
    assert shell._toolbar(session).split(" · ")[1:3] == ["sort rank", "match best"]
    session.sort, session.match, session.limit = "-date", "any", 7
    assert shell._toolbar(session) == " limit 7 · sort -date · match any · Tab completes"
    session.recency, session.boost_by = 30.0, "words"
    assert shell._toolbar(session).split(" · ")[3:5] == ["recency 30", "boost words"]


def test_the_toolbar_says_what_was_narrowed(session: Session) -> None:
    for line in ("rain", ":facets section", ":-1"):
        shell.answer(session, line)
    assert " · :back from (rain) NOT section:" in shell._toolbar(session)
    for line in (":back", ":facets section", ":+1"):
        shell.answer(session, line)
    assert " · :back from rain, section: " in shell._toolbar(session)
    shell.answer(session, ":back")
    assert shell._toolbar(session).endswith(" · Tab completes")


def test_comments(session: Session, screen: Screen) -> None:
    assert shell._typed('"a # b" # c') == '"a # b"'
    assert shell._typed("C# #2 rain#") == "C# #2 rain#"
    assert shell._typed("# all of it") == shell._typed("#all of it") == ""
    shell.answer(session, ":limit 1 # a note")
    assert session.limit == 1


def test_nobody_reads_on(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*of: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(shell.commands, "run_line", broken)
    with pytest.raises(BrokenPipeError):
        shell.answer(session, "rain")


def test_a_file_that_cannot_be_written(session: Session, screen: Screen) -> None:
    def full(*of: object) -> None:
        raise OSError(28, "No space left on device", "saved.json")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shell.commands, "run_line", full)
        shell.answer(session, ":save rain")
    assert "error: saved.json: No space left on device" in screen.errors()


def test_piped_lines(session: Session, screen: Screen) -> None:
    outcome = read_lines(session, io.StringIO("wheat\n\n  :facets section \nbridge\n"))
    assert outcome is Exit.DONE
    text = screen.read()
    assert text.index("of 7 in") < text.index("business  6") < text.rindex("all of 1 in")
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ("", Exit.DONE),
        ("wheat", Exit.DONE),
        ("wheat\nxyzzy", Exit.NO_HITS),
        ("xyzzy\nwheat", Exit.DONE),
        ("wheat\nautor:x", Exit.BAD_REQUEST),
        ("wheat\n:nope", Exit.BAD_REQUEST),
        ("autor:x\n:quit\nxyzzy", Exit.DONE),
    ],
)
def test_the_outcome_is_that_of_the_last_line(session: Session, lines: str, outcome: Exit) -> None:
    assert read_lines(session, lines.splitlines()) is outcome


@pytest.mark.parametrize("line", ["wheat", ":stats"])
@pytest.mark.parametrize("debug", [False, True])
def test_a_mistake_of_ours_does_not_end_the_prompt(
    session: Session, screen: Screen, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], line: str, debug: bool,
) -> None:  # fmt: skip
    def broken(*args: object, **how: object) -> None:
        raise ZeroDivisionError("[red]")

    session.debug = debug
    with monkeypatch.context() as patch:
        patch.setattr(Archive, "search", broken)
        patch.setattr(Archive, "stats", broken)
        assert answer(session, line) is Exit.OUR_MISTAKE
        assert read_lines(session, ["bridge", line]) is Exit.OUR_MISTAKE
    message = " ".join(screen.errors().split())
    assert "ZeroDivisionError: [red]" in message
    assert "https://" in message
    assert ("in broken" in capsys.readouterr().err) == debug
    assert read_lines(session, [line, "bridge"]) is Exit.DONE  # it goes on


def test_a_closed_archive_is_an_archive_error(tmp_path: Path, screen: Screen) -> None:
    archive = Archive.create(tmp_path / "a")
    session = Session(archive, screen.out, screen.err)
    archive.close()
    assert answer(session, "wheat") is Exit.ARCHIVE_TROUBLE
    assert "closed" in screen.errors()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def keys(state: Path) -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


def test_the_prompt(session: Session, screen: Screen, keys: PipeInput) -> None:
    keys.send_text("wheat\r:limit 2\r")
    keys.send_text("\x04")
    assert run_prompt(session) is Exit.DONE
    text = screen.read()
    assert "9 articles in" in text
    assert "of 7 in" in text
    assert "1 to 2 of 7 in" in text


def test_ctrl_c_clears_the_line(session: Session, screen: Screen, keys: PipeInput) -> None:
    keys.send_text("xyzzy\x03wheat\r:quit\r")
    run_prompt(session)
    assert "of 7 in" in screen.read()
    assert session.lines == ["wheat", ":quit"]


def test_ctrl_c_stops_a_search_and_not_the_prompt(
    session: Session, screen: Screen, keys: PipeInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    search: Callable[[str], Exit] = session.search

    def slow(text: str) -> Exit:
        if text == "slow":
            raise KeyboardInterrupt
        return search(text)

    monkeypatch.setattr(session, "search", slow)
    keys.send_text("slow\rwheat\r:quit\r")
    run_prompt(session)
    assert screen.errors() == "stopped\n"
    assert "of 7 in" in screen.read()


def test_lines_end_with_the_prompt(session: Session, screen: Screen) -> None:
    assert read_lines(session, ["wheat", ":quit", "bridge"]) is Exit.DONE
    assert session.lines == ["wheat", ":quit"]
    text = screen.read()
    assert text.startswith("> wheat\n") and text.endswith("> :quit\n")


@pytest.mark.parametrize(
    ("line", "typed"),
    [(" a   b ", "a b"), ('"# a" # b', '"# a" '), ('"a" # b "c"', '"a" '), ("a#b", "a#b"),
     ("#", ""), ("a #", "a "), ('"a # b', '"a # b')],
)  # fmt: skip
def test_where_a_comment_begins(line: str, typed: str) -> None:
    assert shell._typed(line) == typed.strip()


def test_several_lines_pasted_are_one_query(session: Session, keys: PipeInput) -> None:
    keys.send_text("\x1b[200~wheat\n  kansas\r\ncity\n\x1b[201~\r:quit\r")
    run_prompt(session)
    assert session.lines == ["wheat kansas city", ":quit"]
    assert "\n+wheat kansas city\n" in history_file().read_text()


def test_history_is_kept(session: Session, archive: Archive, keys: PipeInput) -> None:
    keys.send_text("wheat\r:quit\r")
    run_prompt(session)
    assert history_file().stat().st_mode & 0o777 == 0o600
    assert history_file().parent.stat().st_mode & 0o777 == 0o700
    later = Session(archive, session.out, session.err)
    keys.send_text("\x1b[A\x1b[A\r:quit\r")  # up, up
    run_prompt(later)
    assert later.lines == ["wheat", ":quit", "wheat", ":quit"]


@pytest.mark.parametrize("block", ["file", "folder"])
def test_a_history_that_cannot_be_written_is_ignored(
    session: Session, state: Path, keys: PipeInput, block: str
) -> None:
    if block == "file":
        (state / "searchlib").write_text("in the way")
    else:
        (state / "searchlib" / "history").mkdir(parents=True)
    keys.send_text("wheat\r:quit\r")
    assert run_prompt(session) is Exit.DONE
    assert isinstance(shell._history(), InMemoryHistory)


def test_the_folder_of_the_history_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "a" / "b"))
    for _ in range(2):
        assert isinstance(shell._history(), FileHistory)
    assert (tmp_path / "a" / "b" / "searchlib" / "history").is_file()


def test_a_disk_that_is_full(
    session: Session, keys: PipeInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*of: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileHistory, "store_string", full)
    keys.send_text("wheat\r:quit\r")
    assert run_prompt(session) is Exit.DONE


class Prompts:
    """In the place of prompt_toolkit's: keeps what it is made with, and has lines typed."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.history = options["history"]
        self.default_buffer = SimpleNamespace(text="")
        made.append(self)

    def prompt(self, message: object) -> str:
        while_empty = self.options["complete_while_typing"]()
        self.default_buffer.text = "w"
        typing.append((while_empty, self.options["complete_while_typing"]()))
        raise EOFError


made: list[Prompts] = []
typing: list[tuple[bool, bool]] = []


def test_how_the_prompt_is_made(
    session: Session, screen: Screen, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "PromptSession", Prompts)
    assert run_prompt(session) is Exit.DONE
    assert typing.pop() == (False, True)  # the menu opens when something is typed
    options = made.pop().options
    assert options["reserve_space_for_menu"] == 6
    assert options["bottom_toolbar"]() == shell._toolbar(session)
    assert session.pager is shell.pager.show
    assert session.limit == session.fitting()
    screen.out.width = 300
    screen.read()
    run_prompt(session)
    assert screen.read().startswith(f"9 articles in {session.archive.path}. Type words to search")


@pytest.mark.parametrize(
    ("reply", "goes_on"), [("", True), (" x", True), ("q", False), (" Quit", False)]
)
@pytest.mark.parametrize("terminal", [True, False])
def test_whether_to_show_more(
    session: Session, screen: Screen, reply: str, goes_on: bool, terminal: bool
) -> None:
    asked: list[str] = []
    screen.out.input = lambda question: asked.append(question) or reply  # type: ignore[assignment, func-returns-value, return-value]
    screen.out._force_terminal = terminal
    assert shell._ask_for_more(session) is goes_on
    assert asked == ["[dim]-- more: Enter, or q to stop -- [/dim]"]
    # At a terminal the question is erased: a line up, and that line cleared.
    assert screen.read() == ("\x1b[1A\x1b[2K" if terminal else "")


@pytest.mark.parametrize("ends", [KeyboardInterrupt, EOFError])
def test_ctrl_c_and_ctrl_d_show_no_more(
    session: Session, screen: Screen, ends: type[BaseException]
) -> None:
    def ended(question: str) -> str:
        raise ends

    screen.out.input = ended  # type: ignore[assignment]
    assert shell._ask_for_more(session) is False
    assert screen.read() == "\n"


def test_where_the_history_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    kept = tmp_path / ".local" / "state" / "searchlib" / "history"
    assert history_file() == kept
    monkeypatch.delenv("XDG_STATE_HOME")
    assert history_file() == kept


def completions(session: Session, text: str, cursor: int | None = None) -> list[tuple[str, str]]:
    """What the prompt's completer offers with the cursor at an offset, or at the end: the line
    after each is taken, and its note."""
    position = len(text) if cursor is None else cursor
    found = shell._Completer(session).get_completions(Document(text, position), CompleteEvent())
    return [
        (
            text[: position + one.start_position] + one.text + text[position:],
            fragment_list_to_text(to_formatted_text(one.display_meta)),
        )
        for one in found
    ]


def test_the_completer_of_the_prompt(session: Session) -> None:
    assert completions(session, "rain se") == [("rain section:", "keyword")]
    assert completions(session, "se rain", 2) == [("section: rain", "keyword")]
    assert completions(session, "section:bus") == [("section:business", "6")]
    assert completions(session, "harb") == [("harbour", "")]
    assert completions(session, ":fac") == [
        (":facets", "How many of the articles found have each value of a field")
    ]
    assert completions(session, ":match ") == [
        (f":match {how}", "") for how in ("all", "any", "best")
    ]
    assert completions(session, "") == []


def test_the_completer_reads_the_names_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, calls = shell.commands.names, []

    def names(of: Session) -> Names:
        calls.append(of)
        return read(of)

    monkeypatch.setattr(shell.commands, "names", names)
    completer = shell._Completer(session)
    for text in ("se", "sec", ":o"):
        assert list(completer.get_completions(Document(text), CompleteEvent()))
    assert calls == [session]
    session.archive.add([{"id": "z9", "title": "Zebra", "section": "zoo"}])  # another commit
    found = completer.get_completions(Document("section:zo"), CompleteEvent())
    assert [one.text for one in found] == ["zoo"]
    assert calls == [session, session]
    session.archive.delete(["z9"])


def test_the_completer_of_a_closed_archive_offers_nothing(tmp_path: Path, screen: Screen) -> None:
    archive = Archive.create(tmp_path / "a")
    session = Session(archive, screen.out, screen.err)
    archive.close()
    assert completions(session, "se") == []
