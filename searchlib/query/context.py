"""What the parts of the parser share while one query is read."""

from __future__ import annotations

from typing import NoReturn

from searchlib.dates import DateSettings
from searchlib.query.ast import Span
from searchlib.query.diagnostics import QueryCode, refuse
from searchlib.query.limits import Limits
from searchlib.query.terms import surface_forms, words
from searchlib.schema import Field, Schema, Text

__all__ = ["ParseContext"]

_NAMES = frozenset(("may", "us"))  # stop words that are typed for a name: "us economy"


class ParseContext:
    """The query text, what it is read against, the notes about it, and how deep the parser is.

    ``depth`` counts the brackets and operators around the current token, ``clauses`` the
    operands so far; both are held to ``limits``.

    >>> from searchlib.schema import NEWS
    >>> context = ParseContext("Title:rain", NEWS, DateSettings(), Limits())
    >>> context.field_name("Title"), context.field_type(None).__name__
    ('title', 'Text')
    """

    __slots__ = ("_is_capitals", "clauses", "dates", "depth", "limits", "notes", "schema", "text")

    def __init__(self, text: str, schema: Schema, dates: DateSettings, limits: Limits) -> None:
        self.text = text
        self.schema = schema
        self.dates = dates
        self.limits = limits
        self.depth = 0
        self.clauses = 0
        self.notes: list[str] = []
        self._is_capitals = isinstance(text, str) and text.isupper()

    def refuse(self, code: QueryCode, span: Span, message: str, cure: str) -> NoReturn:
        """Raise the :class:`~searchlib.errors.QueryError` of a code, with a place in the text."""
        start, end = span
        refuse(code, start, max(end, start + 1), message, cure, self.text)

    def add_note(self, note: str) -> None:
        """Add a note about the query, once."""
        if note not in self.notes:
            self.notes.append(note)

    def words(self, text: str) -> tuple[str, ...]:
        """The words of a text as typed: see :func:`searchlib.query.terms.words`."""
        return words(text, self.schema.rules)

    def is_stop_word(self, token: str, field: str | None) -> bool:
        """Whether a word as typed says little in the language of the field, or of all fields that
        are searched by default."""
        if token in _NAMES:
            return False
        stop_words = self.schema.stop_words(field)
        if token.isascii() and token.islower():
            return token.replace("'", "") in stop_words or token.removesuffix("'s") in stop_words
        lower = token.lower()
        if token != lower and not self._is_capitals:
            return False  # initials: "US" is not "us"
        return surface_forms((lower,), "", self.schema.rules)[0] in stop_words

    def check_depth(self, depth: int, span: Span) -> None:
        """Refuse the query if ``depth`` is beyond the limit."""
        if depth > self.limits.depth:
            message = f"brackets and operators go deeper than {self.limits.depth}"
            self.refuse("too-deep", span, message, "write it with fewer")

    def field_type(self, field: str | None) -> type[Field]:
        """The type of a field; None stands for the text fields searched by default."""
        return Text if field is None else type(self.schema.query_fields[field])

    def field_name(self, name: str) -> str:
        """The name of a field in the case of the schema; ``name`` itself if there is none."""
        fields = self.schema.fields
        if name in fields:
            return name
        return next((other for other in fields if other.lower() == name.lower()), name)
