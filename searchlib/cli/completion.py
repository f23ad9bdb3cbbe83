"""Completion in the shell: of commands and options by click, of fields by the archive's schema."""

from __future__ import annotations

import os
from typing import Any, get_args

import click
from click.shell_completion import CompletionItem, get_completion_class

from searchlib.archive import Archive
from searchlib.errors import SearchlibError
from searchlib.requests import DateUnit, sortable
from searchlib.schema import Date, Keyword, Number, Schema
from searchlib.schema import Text as TextField

__all__ = ["complete_facet", "complete_fields", "complete_sort", "completion"]

_UNITS = get_args(DateUnit)

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS), metavar="SHELL")
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes Tab complete, in bash, zsh or fish.

    It knows commands, options, and the fields of an archive.

    \b
    For bash, in ~/.bashrc:                   eval "$(searchlib completion bash)"
    For zsh, in ~/.zshrc:                     eval "$(searchlib completion zsh)"
    For fish, in ~/.config/fish/config.fish:  searchlib completion fish | source
    """
    script_class = get_completion_class(shell)
    assert script_class is not None
    command = context.find_root().command
    click.echo(script_class(command, {}, "searchlib", "_SEARCHLIB_COMPLETE").source())


def _schema(context: click.Context) -> Schema | None:
    """The schema of the archive that the command line names; None if there is none."""
    path: Any = context.params.get("path") or context.params.get("paths")
    path = path[0] if isinstance(path, tuple) and path else path
    try:
        with Archive.open(path or os.environ.get("SEARCHLIB_ARCHIVE") or "index") as archive:
            return archive.schema
    except (SearchlibError, OSError, TypeError):
        return None


def _fitting(names: list[str], typed: str) -> list[CompletionItem]:
    """Those of the names that begin with what was typed after the last comma."""
    before, comma, last = typed.rpartition(",")
    return [CompletionItem(before + comma + name) for name in names if name.startswith(last)]


def complete_fields(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """The names of the archive's fields, several with commas between them."""
    schema = _schema(context)
    return [] if schema is None else _fitting([*schema.fields], typed)


def complete_dates(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """The names of the archive's date fields."""
    schema = _schema(context)
    names = [] if schema is None else schema.names(Date)
    return [CompletionItem(name) for name in names if name.startswith(typed)]


def complete_facet(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """What can be counted."""
    schema = _schema(context)
    if schema is None:
        return []
    names = [*schema.names(Keyword)]
    names += [f"{name}:{unit}" for name in schema.names(Date) for unit in _UNITS]
    names += [f"{name}:step=nice" for name in schema.names(Number)]
    return [CompletionItem(name) for name in names if name.startswith(typed)]


def complete_sort(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """What articles can be sorted by."""
    schema = _schema(context)
    if schema is None:
        return []
    names = sortable(schema, Date, Number, Keyword, TextField)
    return _fitting(["rank", *names, *(f"-{name}" for name in names)], typed)
