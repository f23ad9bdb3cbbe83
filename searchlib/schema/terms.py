"""The fields of an archive that keeps the documents of a ``whoosh.fields.Schema`` as Whoosh does.

The terms of such a field are those that its Whoosh field type makes: whatever its analyzer is, and
for numbers, dates and booleans too. So the archive answers a Whoosh program as a Whoosh index does,
term by term. The other fields (:mod:`.fields`) are searchlib's own, and know more of their values.

In the schema of such an archive each Whoosh field is a :class:`Terms`; if it is sortable, there is
a :class:`Column` with it; and there is one hidden :class:`~.fields.Key`, since documents of a
Whoosh index need no key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as option
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

from whoosh import fields as whoosh_fields
from whoosh.fields import SpellField
from whoosh.formats import (
    CharacterBoosts,
    Characters,
    Existence,
    Frequency,
    PositionBoosts,
    Positions,
)

from searchlib.errors import SchemaError
from searchlib.schema.fields import Field, Key, Keyword, Stored, Text
from searchlib.schema.fieldtype_data import describe, fieldtype_of
from searchlib.schema.from_whoosh import NO_PLACE, checked_schema

__all__ = [
    "HIDDEN_KEY",
    "Column",
    "TermList",
    "Terms",
    "column_of",
    "occurrences",
    "query_fields",
    "term_list",
    "terms_fields",
    "terms_of",
    "whoosh_of_terms",
]

#: The key of an article of such an archive; no field of a Whoosh schema begins with "_".
HIDDEN_KEY = "_key"
_COLUMN = "_column_"
_FORMATS = (Existence, Frequency, Positions, Characters, PositionBoosts, CharacterBoosts)


class TermList(list[bytes]):
    """The terms of a field of one document, in the order of their positions; ``attributes`` are
    those of :mod:`searchlib.codec.token_attributes` that are not common, each a value a term."""

    def __init__(self, terms: Iterable[bytes] = ()) -> None:
        super().__init__(terms)
        self.attributes: dict[str, list[Any]] = {}


@dataclass(frozen=True, slots=True)
class Terms(Text):
    """A field whose terms a Whoosh field type makes, described by ``fieldtype``
    (:func:`.fieldtype_data.describe`). A ``given`` one is the program's own object; it has no
    description if a part of it is of a class that is not Whoosh's, and then opening the archive
    needs it again.

    >>> Terms.of("tags", whoosh_fields.KEYWORD(commas=True)).terms("rain, Snow")
    [b'rain', b'Snow']
    """

    kind: ClassVar[str] = "terms"
    language: str | None = ""
    fieldtype: str = ""
    is_text: bool = True  # whether its terms are words, which the query language can ask for
    given: Any = option(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, name: str, fieldtype: Any) -> Terms:
        """The field of a Whoosh field type; SchemaError names what has no place in an archive."""
        _check(name, fieldtype)
        weight = fieldtype.format.field_boost if fieldtype.format else 1.0
        is_text = bool(fieldtype.indexed and fieldtype.analyzer) and not (
            isinstance(fieldtype, (whoosh_fields.NUMERIC, SpellField)) or fieldtype.self_parsing()
        )
        searched = is_text and bool(fieldtype.scorable)
        # The words of a field for spelling come with that field.
        is_stored = bool(fieldtype.stored) or isinstance(fieldtype, SpellField)
        return cls(
            "", weight, searched, is_stored, describe(fieldtype) or "", is_text,
            fieldtype,
        )  # fmt: skip

    def __reduce__(self) -> tuple[Any, ...]:
        options = (self.language, self.weight, self.searched, self.stored)
        return Terms, (*options, self.fieldtype, self.is_text)

    def normalize(self, value: Any) -> Any:
        return value

    def to_whoosh(self) -> Any:
        if self.given is not None:
            return self.given
        if not self.fieldtype:
            raise SchemaError(
                "a field of this archive has an analyzer, or is of a type, that is the program's "
                "own: open it with its schema, as in open_dir(folder, schema=schema)"
            )
        return fieldtype_of(self.fieldtype)

    def terms(self, value: Any) -> TermList:
        """The terms of a value: :func:`terms_of`."""
        return terms_of(self.to_whoosh(), value)

    @property
    def has_values(self) -> bool:
        """Whether it holds whole values, and not the words of a text."""
        is_known = self.given is not None or bool(self.fieldtype)
        return is_known and isinstance(self.to_whoosh(), (whoosh_fields.ID, whoosh_fields.KEYWORD))

    @property
    def has_positions(self) -> bool:
        """Whether it is known where its terms stand, so that there are phrases."""
        form = self.to_whoosh().format
        return form is not None and bool(form.supports("positions"))

    def asked(self, text: str) -> tuple[str, ...]:
        """The terms that a text in a query stands for, by the analyzer of the field.

        >>> Terms.of("tags", whoosh_fields.KEYWORD(commas=True)).asked("harbour news")
        ('harbour news',)
        """
        return tuple(self.to_whoosh().process_text(text, mode="query"))


@dataclass(frozen=True, slots=True)
class Column(Keyword):
    """The value by which documents are sorted and grouped in a :class:`Terms` field, as text that
    sorts as the values do.

    >>> Column().normalize("Ann  Lee")
    'Ann  Lee'
    """

    kind: ClassVar[str] = "column"

    def normalize(self, value: Any) -> Any:
        return value


def column_of(name: str) -> str:
    """The name of the :class:`Column` of a field.

    >>> column_of("price")
    '_column_price'
    """
    return _COLUMN + name


def terms_fields(schema: Any) -> dict[str, Field]:
    """The fields of an archive that keeps the documents of a ``whoosh.fields.Schema`` as Whoosh
    does. SchemaError names what has no place.

    >>> schema = whoosh_fields.Schema(path=whoosh_fields.ID(sortable=True))
    >>> list(terms_fields(schema))
    ['_key', 'path', '_column_path']
    """
    schema = checked_schema(schema)
    if getattr(schema, "_dyn_fields", None):
        raise SchemaError(f"dynamic fields ({next(iter(schema._dyn_fields))}): {NO_PLACE}")
    archive_fields: dict[str, Field] = {HIDDEN_KEY: Key()}
    for name, fieldtype in schema.items():
        archive_fields[name] = Terms.of(name, fieldtype)
        if fieldtype.column_type:
            archive_fields[column_of(name)] = Column()
    return archive_fields


def whoosh_of_terms(fields: Mapping[str, Field]) -> Any:
    """The ``whoosh.fields.Schema`` of the :class:`Terms` among these fields."""
    schema = whoosh_fields.Schema()
    fieldtypes = {n: field.to_whoosh() for n, field in fields.items() if isinstance(field, Terms)}
    # Those that come with others, such as the words of a field for spelling, are there with them.
    for name in sorted(fieldtypes, key=lambda name: type(fieldtypes[name]) is SpellField):
        if name not in schema:
            schema.add(name, fieldtypes[name])
    return schema


def query_fields(fields: Mapping[str, Field]) -> dict[str, Field]:
    """These fields as the query language sees them: text is searched, values are asked for by the
    name of their field, and all else is only stored."""
    seen: dict[str, Field] = {}
    for name, field in fields.items():
        if isinstance(field, Terms) and field.is_text and field.has_values:
            seen[name] = Keyword(many=True)
        elif isinstance(field, Terms) and field.is_text:
            seen[name] = Text("", field.weight, field.searched, field.stored)
        else:
            seen[name] = field if isinstance(field, Key) else Stored()
    return seen


def _check(name: str, fieldtype: Any) -> None:
    if fieldtype.vector and not all(
        fieldtype.format.supports(kind) or not fieldtype.vector.supports(kind)
        for kind in ("positions", "characters", "position_boosts", "character_boosts")
    ):
        raise SchemaError(f"{name}: a vector has what its field has, and no more: {NO_PLACE}")
    if fieldtype.indexed and type(fieldtype.format) not in _FORMATS:
        kind = type(fieldtype.format).__name__
        raise SchemaError(f"{name}: postings of the format {kind} are not kept: {NO_PLACE}")


def terms_of(fieldtype: Any, value: Any, boost: float = 1.0) -> TermList:
    """The terms that a Whoosh field type makes of a value, in the order of their positions, with
    what else is kept of them; ``boost`` multiplies their weights. Raises what the field type
    raises for a value that it cannot take.

    >>> terms = terms_of(whoosh_fields.TEXT(), "the rain in Spain")
    >>> terms, terms.attributes
    ([b'rain', b'spain'], {'positions': [1, 2]})
    """
    if not fieldtype.indexed:
        return TermList()
    return term_list(list(_tokens(fieldtype, value)), fieldtype.format, boost)


def term_list(tokens: list[_Token], form: Any, boost: float = 1.0) -> TermList:
    """The terms of some occurrences, in the order of their positions, for a field of a format."""
    if any(after.position < before.position for before, after in pairwise(tokens)):
        tokens.sort(key=lambda token: token.position)
    terms = TermList(token.term for token in tokens)
    if [token.position for token in tokens] != list(range(len(tokens))):
        terms.attributes["positions"] = [token.position for token in tokens]
    if not tokens:
        return terms
    if isinstance(form, Characters):
        terms.attributes["starts"] = [token.start for token in tokens]
        terms.attributes["ends"] = [token.end for token in tokens]
    if boost != 1.0 or any(token.boost != 1.0 for token in tokens):
        terms.attributes["boosts"] = [boost * token.boost for token in tokens]
    return terms


class _Token(NamedTuple):
    term: bytes
    position: int
    boost: float = 1.0
    start: int = 0
    end: int = 0


def _tokens(fieldtype: Any, value: Any) -> Iterator[_Token]:
    form = fieldtype.format
    if type(form) is Positions and type(value) is str and _is_common(fieldtype):
        for token in fieldtype.analyzer(value, positions=True, boosts=True, mode="index"):
            if not token.stopped:
                yield _Token(token.text.encode(), token.pos, token.boost)
        return
    count = 0
    for term, freq, weight, value_bytes in fieldtype.index(value):
        yield from occurrences(form, term, freq, weight, value_bytes, count)
        count += freq


def occurrences(
    form: Any, term: bytes, freq: int, weight: float, value_bytes: bytes, first: int
) -> Iterator[_Token]:
    """The occurrences of a term that a format has encoded in one document. ``first`` is the
    position of the first one where the format has no positions."""
    boost = weight / (freq * form.field_boost)
    if isinstance(form, CharacterBoosts):
        for position, start, end, boost in form.decode_character_boosts(value_bytes):
            yield _Token(term, position, boost, start, end)
    elif isinstance(form, PositionBoosts):
        for position, boost in form.decode_position_boosts(value_bytes):
            yield _Token(term, position, boost)
    elif isinstance(form, Characters):
        for position, start, end in form.decode_characters(value_bytes):
            yield _Token(term, position, boost, start, end)
    elif isinstance(form, Positions):
        yield from (_Token(term, p, boost) for p in form.decode_positions(value_bytes))
    else:
        yield from (_Token(term, first + number, boost) for number in range(freq))


def _is_common(fieldtype: Any) -> bool:
    """Whether the terms of a field type are those of its analyzer."""
    return type(fieldtype).index is whoosh_fields.FieldType.index
