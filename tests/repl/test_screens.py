"""The prompt as it looks at a terminal, in tmux; skipped where that is not here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from searchlib.archive import Archive

needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None or shutil.which("less") is None, reason="tmux or less is not here"
)
pytestmark = [needs_tmux, pytest.mark.slow]

ROWS = {80: 24, 120: 40}


class Terminal:
    """A terminal of some columns with the prompt in it."""

    def __init__(self, socket: Path, columns: int, archive: Path, state: Path) -> None:
        self.tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        environment = {**os.environ, "XDG_STATE_HOME": str(state), "PAGER": "", "LESS": ""}
        for name in ("TMUX", "COLUMNS", "LINES"):
            environment.pop(name, None)
        command = f"{sys.executable} -m searchlib repl --archive {archive}"
        size = ["-x", str(columns), "-y", str(ROWS[columns])]
        subprocess.run(
            [*self.tmux, "new-session", "-d", "-s", "t", *size, command],
            check=True, env=environment,
        )  # fmt: skip
        self.wait("search>")

    def screen(self) -> str:
        ran = subprocess.run(
            [*self.tmux, "capture-pane", "-p", "-t", "t"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return ran.stdout

    def wait(self, pattern: str) -> str:
        """The screen when it shows this; an assertion error after a while."""
        until = time.monotonic() + 20
        while not re.search(pattern, self.screen()):
            assert time.monotonic() < until, f"no {pattern!r} in\n{self.screen()}"
            time.sleep(0.05)
        time.sleep(0.15)  # what follows it
        return self.screen()

    def key(self, *keys: str) -> None:
        subprocess.run([*self.tmux, "send-keys", "-t", "t", *keys], check=True)

    def type(self, line: str, pattern: str) -> str:
        subprocess.run([*self.tmux, "send-keys", "-t", "t", "-l", line], check=True)
        time.sleep(0.1)
        self.key("Enter")
        return self.wait(pattern)

    def end(self) -> None:
        subprocess.run([*self.tmux, "kill-server"], check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("screens") / "a"
    text = "Rain fell on the old harbour all week, and the gulls complained. " * 12
    with Archive.create(path, language="en") as archive:
        archive.add(
            {
                "id": f"a{n:02}", "title": f"Rain number {n} comes to town", "section": "AB"[n % 2],
                "date": f"2022-{n % 12 + 1:02}-03", "source": "Wire",
                "body": "\n\n".join([text] * 9 + ["The last word is rain."]),
            }
            for n in range(60)
        )  # fmt: skip
    return path


@pytest.fixture(params=sorted(ROWS))
def terminal(
    request: pytest.FixtureRequest, folder: Path, tmp_path: Path
) -> Iterator[tuple[Terminal, int]]:
    made = Terminal(tmp_path / "socket", request.param, folder, tmp_path / "state")
    yield made, ROWS[request.param]
    made.end()


def test_all_hits_of_a_page_stay_on_the_screen(terminal: tuple[Terminal, int]) -> None:
    prompt, rows = terminal
    screen = prompt.type("rain", r"1 to \d+ of 60")
    assert re.search(r"^  1  Rain number", screen, re.MULTILINE)
    assert screen.index("  1  Rain") < screen.index("  3  Rain") < screen.index("of 60")
    screen = prompt.type(":list", rf"1 to {rows - 5} of 60")
    assert re.search(r"^  1  2022-", screen, re.MULTILINE)
    assert len(re.findall(r"^ {1,2}\d+  2022-", screen, re.MULTILINE)) == rows - 5


def test_a_long_article_in_the_pager(terminal: tuple[Terminal, int]) -> None:
    prompt, _ = terminal
    prompt.type("title:7 rain", "of 1 in|1 of|all of")
    first = prompt.type(":open 1", r"(?m)^:$|^~|lines 1")
    assert "Rain number 7" in first
    prompt.key("Space")
    time.sleep(0.3)
    assert "Rain number 7" not in prompt.screen()
    prompt.key("b")
    prompt.wait("Rain number 7")
    prompt.key("n")
    time.sleep(0.3)
    prompt.key("G")
    prompt.wait("The last word is rain")
    prompt.key("q")
    prompt.wait(r"search>\s*\n")
    assert "limit" in prompt.screen()  # the prompt's toolbar is back


def test_narrowing_and_the_help(terminal: tuple[Terminal, int]) -> None:
    prompt, _ = terminal
    prompt.type("rain", "of 60")
    screen = prompt.type(":facets section", "over 60 articles")
    assert re.search(r"1  [AB]  30", screen)
    screen = prompt.type(":+1", "of 30")
    assert re.search(r"· :back from rain, section: [AB]", screen)
    screen = prompt.type(":facets section", "over 30 articles")
    assert re.search(r"1 \*[AB]  30", screen)
    assert re.search(r"2  [AB]  30", screen)
    prompt.type(":back", "of 60")
    prompt.type(":help", ":next")
    prompt.key("q")
