"""What could be typed next: a pure function from (text, cursor, names) to suggestions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from searchlib.analysis import fold_keyword

__all__ = ["Names", "Suggestion", "complete"]

_AT_MOST = 40  # suggestions shown
_WORD_LENGTH = 3  # letters typed before words of the archive are suggested

_WORD = re.compile(r"[^\s()\[\]{}\"]*\Z")
_FIELD = re.compile(r"([A-Za-z]\w*):\Z")
_PLAIN = re.compile(r"[^\W_]+\Z")  # a value that needs no quotes


def _no_words(prefix: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Names:
    """What there is to suggest.

    ``fields`` are the searchable fields and their kinds, ``values`` the values of a field, most
    frequent first, ``commands`` the commands and their summaries, ``arguments`` what may follow
    a command. ``words`` gives the archive's words that begin with some letters.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    words: Callable[[str], Sequence[str]] = _no_words


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` may take the place of everything from offset ``start`` to the cursor."""

    text: str
    start: int
    note: str = ""


def complete(text: str, cursor: int, names: Names) -> list[Suggestion]:
    """The suggestions for a line with the cursor at an offset, best first.

    >>> names = Names(fields={"section": "keyword"}, values={"section": ["world", "New York"]})
    >>> [s.text for s in complete("china se", 8, names)]
    ['section:']
    >>> complete("section:new", 11, names)
    [Suggestion(text='"New York"', start=8, note='section')]
    """
    before = text[:cursor]
    found = _command(before, names) if before.lstrip().startswith(":") else _query(before, names)
    return [suggestion for suggestion, _ in zip(found, range(_AT_MOST), strict=False)]


def _command(before: str, names: Names) -> Iterator[Suggestion]:
    start = len(before) - len(before.lstrip()) + 1
    name, blank, rest = before[start:].partition(" ")
    if not blank:
        for command, summary in names.commands.items():
            if command.startswith(name.lower()):
                yield Suggestion(command, start, summary)
        return
    typed = rest.rsplit(" ", 1)[-1]
    for argument in names.arguments.get(name, ()):
        if argument.startswith(typed) and argument != typed:
            yield Suggestion(argument, len(before) - len(typed))


def _query(before: str, names: Names) -> Iterator[Suggestion]:
    quote = _open_quote(before)
    if quote is not None:
        named = _FIELD.search(before[:quote])
        if named:
            yield from _values(named[1], before[quote + 1 :], quote, names)
        return
    word = before[_word_start(before) :].lstrip("-+=")
    start = len(before) - len(word)
    name, colon, value = word.partition(":")
    if colon:
        yield from _values(name, value, start + len(name) + 1, names)
        return
    if not word:
        return
    for known, kind in names.fields.items():
        if known.startswith(word.lower()):
            yield Suggestion(known + ":", start, kind)
    if len(word) >= _WORD_LENGTH and _PLAIN.match(word):
        for known in names.words(word):
            if known != word:
                yield Suggestion(known, start)


def _open_quote(before: str) -> int | None:
    """The offset of the quote that the cursor is inside of."""
    return before.rindex('"') if before.count('"') % 2 else None


def _word_start(before: str) -> int:
    found = _WORD.search(before)
    return found.start() if found else len(before)


def _values(name: str, typed: str, start: int, names: Names) -> Iterator[Suggestion]:
    """Values that begin with what was typed, then those with a later word that does."""
    wanted = fold_keyword(typed)
    values = names.values.get(name.lower(), ())
    for value in _ranked(values, wanted):
        if '"' in value:
            continue  # it cannot be typed
        shown = value if _PLAIN.match(value) else f'"{value}"'
        yield Suggestion(shown, start, name.lower())


def _ranked(values: Iterable[str], wanted: str) -> list[str]:
    first, later = [], []
    for value in values:
        folded = fold_keyword(value)
        if folded.startswith(wanted):
            first.append(value)
        elif f" {wanted}" in folded:
            later.append(value)
    return first + later
