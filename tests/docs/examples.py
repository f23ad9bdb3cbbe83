"""Runs the examples of a Markdown page, in order, in one folder and one Python namespace.

What a fenced block means depends on its language:

- ``python``: run. A block ``text`` right after it is what it prints.
- ``console``: each line ``$ command`` is run, ``searchlib`` in this process and others by the
  shell; the lines up to the next one are its output, errors included. Lines ``search> ...`` after
  ``searchlib repl`` are typed at the prompt.
- a block with ``title="news.jsonl"``: written to that file, and not run.
- anything else is text for people.

In expected output a line ``...`` stands for any lines, and times, rates and sizes in bytes for any
others.

    python -m tests.docs.examples docs/tutorial.md     # write what is printed into the page
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from searchlib.cli import main as cli

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=ticks)$", re.M | re.S)
_TITLE = re.compile(r'title="([^"]+)"')
_VARIES = (
    (re.compile(r"\b\d[\d,.]* (?:ns|µs|us|ms|s|seconds)(?![\w])"), "# ms"),
    (re.compile(r"\b[\d,]+ articles a second"), "# articles a second"),
    (re.compile(r"\b[\d,]+ bytes|\b\d[\d.]* [kMG]B"), "# bytes"),
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its place in the page, its language, the file it is, its text."""

    start: int  # offset of its body
    line: int
    language: str
    title: str
    body: str
    adjacent: bool  # only blanks stand between it and the block before


@dataclass(frozen=True)
class Outcome:
    """What a block should have printed, and what it printed."""

    block: Block
    expected: str
    actual: str

    @property
    def same(self) -> bool:
        """Whether they agree, but for what varies from run to run."""
        return matches(self.expected, self.actual)


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page.

    >>> [(b.language, b.title, b.body) for b in blocks('```json title="a.json"\\n{}\\n```\\n')]
    [('json', 'a.json', '{}\\n')]
    """
    found = []
    end = 0
    for match in _FENCE.finditer(page):
        info = match["info"].strip()
        title = _TITLE.search(info)
        found.append(
            Block(
                start=match.start("body"),
                line=page.count("\n", 0, match.start("body")) + 1,
                language=info.split(" ")[0],
                title=title[1] if title else "",
                body=match["body"],
                adjacent=not page[end : match.start()].strip(),
            )
        )
        end = match.end()
    return found


def matches(expected: str, actual: str) -> bool:
    """Whether two outputs agree.

    >>> matches("1 of 2 in 3 ms\\n...\\nend", "1 of 2 in 1.25 ms\\na\\nb\\nend\\n")
    True
    >>> matches("1 of 2", "1 of 3")
    False
    """
    lines = _normal(expected).split("\n")
    pattern = "".join(r"(?:.*\n)*?" if x == "..." else re.escape(x) + "\n" for x in lines)
    return re.fullmatch(pattern, _normal(actual) + "\n") is not None


def _normal(text: str) -> str:
    for pattern, constant in _VARIES:
        text = pattern.sub(constant, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def run(page: str, folder: Path, name: str = "page") -> Iterator[Outcome]:
    """Run the blocks of a page in ``folder``, which must be the current one."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    environment = _environment(folder)
    printed: str | None = None  # by the block before, if that is Python
    for block in blocks(page):
        if printed is not None and block.adjacent and block.language == "text":
            yield Outcome(block, block.body, printed)
        printed = None
        if block.title:
            Path(folder, block.title).write_text(block.body, encoding="utf-8")
        if block.language == "python" and not block.title:
            printed = _python(block, namespace, name)
        elif block.language == "console":
            yield Outcome(block, block.body, "".join(_console(block.body, folder, environment)))


def _python(block: Block, namespace: dict[str, Any], name: str) -> str:
    # Empty lines before it make the line numbers of a traceback those of the page.
    source = "\n" * (block.line - 1) + block.body
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, name, "exec"), namespace)
    return out.getvalue()


def _console(body: str, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The block as it is with the output of its commands as they are now."""
    lines = body.splitlines(keepends=True)
    while lines:
        line = lines.pop(0)
        if not line.startswith("$ "):
            continue
        command = line
        while command.endswith("\\\n"):
            command += lines.pop(0)
        typed = []
        for later in lines:
            if later.startswith("$ "):
                break
            if later.startswith("search> "):
                typed.append(later.removeprefix("search> "))
        yield command
        if typed:
            yield from _typed(command, typed, folder, environment)
        else:
            yield _run(command, "", folder, environment)


def _typed(
    command: str, typed: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[str]:
    """What each line answers: the output for all lines so far, without that of those before."""
    before = 0
    for count, line in enumerate(typed, 1):
        output = _run(command, "".join(typed[:count]), folder, environment).splitlines(True)
        # From a pipe each line is shown before its answer; at the prompt it stands there already.
        yield f"search> {line}{''.join(output[before + 1 :])}"
        before = len(output)


def _run(command: str, typed: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command prints."""
    command = command.removeprefix("$ ")
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    if words[0] == "searchlib" and not any(set(word) <= set("();<>|&") for word in words):
        return _searchlib(shlex.split(command)[1:], typed, environment)
    process = subprocess.run(
        ["sh", "-c", command],
        input=typed,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    return process.stdout


def _searchlib(arguments: list[str], typed: str, environment: dict[str, str]) -> str:
    """What the command prints to both streams, in the order that a terminal shows."""
    out = io.StringIO()
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "stdin", io.StringIO(typed)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        cli.run(arguments)
    return out.getvalue()


def _environment(folder: Path) -> dict[str, str]:
    """The environment of commands; ``searchlib`` and ``python`` are those under test."""
    programs = Path(tempfile.mkdtemp(prefix="programs-", dir=folder.parent))
    python = shlex.quote(sys.executable)
    for name, command in {"python": python, "searchlib": f"{python} -m searchlib"}.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o755)
    path = os.environ.get("PATH", os.defpath)
    environment = {k: v for k, v in os.environ.items() if k != "SEARCHLIB_ARCHIVE"}
    return environment | {
        "PATH": f"{programs}{os.pathsep}{path}",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "PYTHONUTF8": "1",
        "COLUMNS": "80",
        "TERM": "dumb",
        "NO_COLOR": "1",
    }


def rewrite(path: Path) -> int:
    """Write into the page what its examples print now; how many blocks changed."""
    page = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as parent, contextlib.chdir(parent):
        folder = Path(parent, "page")
        folder.mkdir()
        os.chdir(folder)
        changed = [one for one in run(page, folder, str(path)) if not one.same]
    for outcome in reversed(changed):
        start = outcome.block.start
        actual = "".join(f"{line.rstrip()}\n" for line in outcome.actual.splitlines())
        page = page[:start] + actual + page[start + len(outcome.block.body) :]
    path.write_text(page, encoding="utf-8")
    return len(changed)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"{argument}: {rewrite(Path(argument).resolve())} blocks written")
