"""Completion at the prompt: a pure function from (text, cursor, names) to suggestions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from searchlib.analysis import fold_keyword

__all__ = ["Names", "Suggestion", "complete"]

_MAX_SUGGESTIONS = 40
_MIN_PREFIX = 3  # letters typed before words of the archive are suggested

_WORD = re.compile(r"[^\s()\[\]{}\"]*\Z")
_FIELD = re.compile(r"([A-Za-z]\w*):\Z")
_PLAIN = re.compile(r"[^\W_]+\Z")  # a value that needs no quotes


def _no_words(prefix: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Names:
    """The names that can be suggested.

    ``fields`` maps searchable fields to their kinds, ``values`` fields to their values, most
    frequent first, and how many articles have each, ``commands`` commands to their summaries,
    ``arguments`` commands to what may follow them. ``words`` gives the archive's words with a
    prefix.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    words: Callable[[str], Sequence[str]] = _no_words


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` replaces everything from offset ``start`` to the cursor, if it is chosen."""

    text: str
    start: int
    note: str = ""


def complete(text: str, cursor: int, names: Names) -> list[Suggestion]:
    """The suggestions for a line with the cursor at an offset, best first.

    >>> values = {"section": {"world": 9, "New York": 2}}
    >>> names = Names(fields={"section": "keyword"}, values=values)
    >>> [s.text for s in complete("china se", 8, names)]
    ['section:']
    >>> complete("section:new", 11, names)
    [Suggestion(text='"New York"', start=8, note='2')]
    """
    before = text[:cursor]
    complete_line = _command if before.lstrip().startswith(":") else _query
    return list(islice(complete_line(before, names), _MAX_SUGGESTIONS))


def _command(before: str, names: Names) -> Iterator[Suggestion]:
    start = len(before) - len(before.lstrip()) + 1
    name, blank, rest = before[start:].partition(" ")
    if not blank:
        for command, summary in names.commands.items():
            if command.startswith(name.lower()):
                yield Suggestion(command, start, summary)
        return
    arguments = names.arguments.get(name, ())
    quote = '"' if rest.startswith('"') else ""
    is_one = quote or any(" " in argument for argument in arguments)  # a name of several words
    typed = rest if is_one else rest.rpartition(" ")[2]
    for argument in arguments:
        written = f"{quote}{argument}{quote}"
        if written.startswith(typed) and typed not in (argument, written):
            yield Suggestion(written, len(before) - len(typed))


def _query(before: str, names: Names) -> Iterator[Suggestion]:
    quote = _open_quote(before)
    if quote is not None:
        match = _FIELD.search(before[:quote])
        if match:
            yield from _values(match[1], before[quote + 1 :], quote, names)
        return
    word = before[_word_start(before) :].lstrip("-+=")
    start = len(before) - len(word)
    name, colon, value = word.partition(":")
    if colon:
        yield from _values(name, value, start + len(name) + 1, names)
        return
    if not word:
        return
    for field_name, kind in names.fields.items():
        if field_name.startswith(word.lower()):
            yield Suggestion(field_name + ":", start, kind)
    if len(word) >= _MIN_PREFIX and _PLAIN.match(word):
        for completed in names.words(word):
            if completed != word:
                yield Suggestion(completed, start)


def _open_quote(before: str) -> int | None:
    """The offset of the quotation mark that is open at the cursor, if one is."""
    return before.rindex('"') if before.count('"') % 2 else None


def _word_start(before: str) -> int:
    match = _WORD.search(before)
    return match.start() if match else len(before)


def _values(name: str, typed: str, start: int, names: Names) -> Iterator[Suggestion]:
    """The values of a field that fit what was typed, in quotes where they need them."""
    prefix = fold_keyword(typed)
    values = names.values.get(name.lower(), {})
    for value in _ranked(values, prefix):
        if '"' in value:
            continue  # it cannot be written in a query
        quoted = value if _PLAIN.match(value) else f'"{value}"'
        yield Suggestion(quoted, start, f"{values[value]:,}")


def _ranked(values: Iterable[str], prefix: str) -> list[str]:
    """Values that begin with a prefix, then those with a later word that does."""
    first, later = [], []
    for value in values:
        folded = fold_keyword(value)
        if folded.startswith(prefix):
            first.append(value)
        elif f" {prefix}" in folded:
            later.append(value)
    return first + later
