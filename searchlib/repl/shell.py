"""The prompt at a terminal, and the same lines read from a pipe."""

from __future__ import annotations

import re
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion, ThreadedCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.styles import Style
from rich.text import Text

from searchlib.errors import NotSupported, SearchlibError
from searchlib.repl import commands, pager, render
from searchlib.repl.completion import Names, complete
from searchlib.repl.outcome import Exit, damage_named, exit_of, our_mistake
from searchlib.repl.saved import state_directory
from searchlib.repl.session import Session

__all__ = ["answer", "history_file", "read_lines", "run_prompt"]

# What people type at any prompt; to search for the words, they are quoted.
_WORDS = {"exit": ":quit", "quit": ":quit", "help": ":help", "?": ":help"}
_STYLE = Style.from_dict({"bottom-toolbar": "noreverse #888888", "prompt": "bold"})


def answer(session: Session, line: str) -> Exit:
    """Run one line, a query or a command, and show its results or what is wrong with it."""
    line = _typed(line)
    if not line:
        return Exit.DONE
    line = _WORDS.get(line.lower(), line)
    session.lines.append(line)
    try:
        with damage_named(session.archive):
            return commands.run_line(session, line)
    except BrokenPipeError:  # nobody reads on: the command ends
        raise
    except (SearchlibError, OSError) as error:
        session.err.print(render.problem(error))
        return exit_of(error)
    except Exception as error:  # the prompt goes on
        if session.debug:
            traceback.print_exc()
        session.err.print(Text(our_mistake(error)))
        return exit_of(error)


_COMMENT = re.compile("^#| #(?= |$)")


def _typed(line: str) -> str:
    """A line without needless blanks and without a comment, which begins with a # that stands
    alone, outside of quotes, or with one at the beginning of the line.

    >>> _typed("rain  # in Oslo"), _typed("#rain"), _typed('C# "a # b"')
    ('rain', '', 'C# "a # b"')
    """
    line = " ".join(line.split())
    for found in _COMMENT.finditer(line):
        if line.count('"', 0, found.start()) % 2 == 0:
            return line[: found.start()]
    return line


def read_lines(session: Session, lines: Iterable[str]) -> Exit:
    """Run the lines of a pipe or file, each shown before its answer; returns the outcome of the
    last one. A line that begins with # is a comment."""
    outcome = Exit.DONE
    for line in lines:
        if typed := _typed(line):
            session.out.print(Text(f"> {render.plain(typed)}", style="bold"))
            outcome = answer(session, line)
        if session.leaving:
            break
    return outcome


def run_prompt(session: Session) -> Exit:
    """Run the prompt at a terminal until :quit or Ctrl-D.

    Ctrl-C stops a search, or clears the line.
    """
    session.more = lambda: _ask_for_more(session)
    session.pager = pager.show
    session.limit = session.fitting()
    prompt: PromptSession[str] = PromptSession(
        history=_history(),
        completer=ThreadedCompleter(_Completer(session)),
        # Room for the menu is made when something is typed, not below each answer.
        complete_while_typing=Condition(lambda: bool(prompt.default_buffer.text)),
        key_bindings=_bindings(),
        bottom_toolbar=lambda: _toolbar(session),
        style=_STYLE,
        reserve_space_for_menu=6,
    )
    session.lines.extend(reversed(list(prompt.history.load_history_strings())))
    session.out.print(
        Text.assemble(
            (f"{len(session.archive):,} articles", "bold"),
            f" in {session.archive.path}. Type words to search, :help for more, Ctrl-D to leave.",
        )
    )
    while not session.leaving:
        try:
            line = prompt.prompt(HTML("<prompt>search&gt;</prompt> "))
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        try:
            answer(session, line)
        except KeyboardInterrupt:
            session.err.print(Text("stopped", style="dim"))
    return Exit.DONE


def _toolbar(session: Session) -> str:
    sort = session.sort or "rank"
    last = "Tab completes"
    if session.trail:  # narrowed by :+N, which is a filter, or by :-N, which is part of the query
        asked = [session.text or "*", session.narrowed_to]
        last = f":back from {render.plain(', '.join(filter(None, asked)))}"
    once = "" if session.collapse is None else " · one hit a story"
    factors = "" if session.recency is None else f" · recency {session.recency:g}"
    factors += "" if session.boost_by is None else f" · boost {session.boost_by}"
    return f" limit {session.limit} · sort {sort} · match {session.match}{factors}{once} · {last}"


def _ask_for_more(session: Session) -> bool:
    """Ask whether to show more, and erase the question afterwards."""
    try:
        reply = session.out.input("[dim]-- more: Enter, or q to stop -- [/dim]")
    except (KeyboardInterrupt, EOFError):
        session.out.print()
        return False
    if session.out.is_terminal:
        session.out.file.write("\x1b[1A\x1b[2K")
    return not reply.strip().lower().startswith("q")


def _bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        """Pasted lines are one query: line ends become blanks, and Enter is waited for."""
        event.current_buffer.insert_text(" ".join(event.data.split()))

    return bindings


class _Completer(Completer):
    """:func:`complete` for prompt_toolkit; the names are those of the last commit."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: tuple[int, Names] | None = None  # the names of a commit
        self._lock = threading.Lock()

    def get_completions(self, document: Document, complete_event: object) -> Iterator[Completion]:
        try:
            with self._lock:
                generation = self._commit()
                if self._known is None or self._known[0] != generation:  # others add articles too
                    self._known = generation, commands.names(self._session)
                names = self._known[1]
            suggestions = complete(document.text, document.cursor_position, names)
        except Exception:
            return  # the search itself will say what is wrong
        for suggestion in suggestions:
            yield Completion(
                suggestion.text,
                start_position=suggestion.start - document.cursor_position,
                display_meta=suggestion.note,
            )

    def _commit(self) -> int:
        """The number of the last commit; 0 on a cluster, which has none."""
        with suppress(NotSupported):
            return self._session.archive.generation
        return 0


def history_file() -> Path:
    """The file of the history: searchlib/history in the user's state directory.

    That is ``XDG_STATE_HOME``, or else ~/.local/state.
    """
    return state_directory() / "history"


def _history() -> History:
    """The history on disk; one in memory where that cannot be written."""
    try:
        path = history_file()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        with path.open("r+b"):
            return _TolerantHistory(path)
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
        return InMemoryHistory()


class _TolerantHistory(FileHistory):
    """A history in a file; errors of writing it, such as a full disk, are ignored."""

    def store_string(self, string: str) -> None:
        try:
            super().store_string(string)
        except OSError:
            return
