"""Writes docs/searchlib.1, the manual page, from the help of the command: python docs/man_page.py

The page is installed with the package (``man searchlib``); a test holds that it is of today.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import click
from hooks import commands

from searchlib._version import __version__

PAGE = Path(__file__).parent / "searchlib.1"

ENVIRONMENT = [
    ("SEARCHLIB_ARCHIVE", "The archive's folder where no --archive is given."),
    (
        "SEARCHLIB_OPENSEARCH_PASSWORD",
        "The password of the user in the address of an archive on a cluster.",
    ),
    ("PAGER", "What shows long texts at the prompt; else less."),
    ("NO_COLOR", "If set, what matched is bold instead of coloured."),
    ("XDG_STATE_HOME", "Where the prompt keeps its history and saved searches, in searchlib/."),
]
EXIT_CODES = [
    ("0", "Hits were found, or what was asked for is done."),
    ("1", "A search without hits, or nothing was indexed, or nothing is new for watch run."),
    ("2", "A mistake in a query or in arguments."),
    (
        "3",
        "Trouble with the archive, or with the disk that it is on; or another watch run of the "
        "same state is still going on.",
    ),
    (
        "4",
        "Not all was indexed, or not all queries of a file could be answered; the command of "
        "watch run failed, or its alerts could not be written.",
    ),
    ("70", "A mistake in searchlib itself."),
]


def roff(text: str) -> str:
    """Text with the signs escaped that mean something to roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line[:1] in ".'" else line for line in escaped.splitlines())


def paragraphs(help_text: str) -> list[str]:
    """The paragraphs of a help text; those after a form feed or \\b as they are."""
    lines: list[str] = []
    for block in inspect.cleandoc(help_text).split("\n\n"):
        if block.startswith("\b"):
            lines += [".PP", ".nf", roff(block.removeprefix("\b\n")), ".fi"]
        else:
            lines += [".PP", roff(" ".join(block.split()))]
    return lines


def options(command: click.Command, context: click.Context) -> list[str]:
    """A command's options, each with its help."""
    lines: list[str] = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None:
            lines += [".TP", f"\\fB{roff(record[0])}\\fR", roff(" ".join(record[1].split()))]
    return lines


def man_page() -> str:
    """The whole page, in the man macros of roff (man-pages(7))."""
    every = commands()
    top = every.pop("searchlib")
    lines = [
        f'.TH SEARCHLIB 1 "" "searchlib {__version__}" "User Commands"',
        ".SH NAME",
        "searchlib \\- search a news archive",
        ".SH SYNOPSIS",
        ".B searchlib\nCOMMAND [OPTIONS] [ARGUMENTS]",
        ".SH DESCRIPTION",
        *paragraphs(top.help or ""),
        ".PP",
        "Data goes to standard output, everything else to standard error.",
        ".SH COMMANDS",
    ]
    for name, command in every.items():
        context = click.Context(command, info_name=name, help_option_names=["-h", "--help"])
        usage = " ".join([name, *command.collect_usage_pieces(context)])
        lines += [f".SS {roff(usage)}", *paragraphs(command.help or ""), *options(command, context)]
    for title, rows in (("ENVIRONMENT", ENVIRONMENT), ("EXIT STATUS", EXIT_CODES)):
        lines.append(f".SH {title}")
        for term, meaning in rows:
            lines += [".TP", f"\\fB{term}\\fR", roff(meaning)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(man_page(), encoding="utf-8")
