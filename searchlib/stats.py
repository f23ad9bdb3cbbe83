"""What an archive holds, in numbers: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from searchlib.dates import from_micros
from searchlib.index.index_reader import IndexReader
from searchlib.notebook import table_html
from searchlib.schema import Column, Terms

__all__ = ["FieldStats", "Stats", "collect_stats"]


@dataclass(frozen=True)
class FieldStats:
    """What a field holds: the ``words`` of a text field, the number of different ``values`` of a
    keyword field, the lowest and highest value of a date field (days, ISO 8601) or a number.

    >>> FieldStats("words", "number", 0, 0, 1, 900).last
    900
    """

    name: str
    kind: str
    words: int
    values: int
    first: Any = None
    last: Any = None


@dataclass(frozen=True)
class Stats:
    """What an archive holds: ``articles``, ``deleted`` ones that still take space, ``segments``,
    ``bytes`` on disk, the ``generation`` of the commit, and what each field holds.

    >>> Stats(2, 0, 1, 4096, 1, ()).articles
    2
    """

    articles: int
    deleted: int
    segments: int
    bytes: int
    generation: int
    fields: tuple[FieldStats, ...]

    def _repr_html_(self) -> str:
        """What a notebook shows: the figures, and what each field holds."""
        rows = [("articles", f"{self.articles:,}"), ("deleted", f"{self.deleted:,}"),
                ("segments", f"{self.segments:,}"), ("bytes", f"{self.bytes:,}")]  # fmt: skip
        for field in self.fields:
            if field.words:
                rows.append((field.name, f"{field.words:,} words"))
            elif field.values:
                rows.append((field.name, f"{field.values:,} values"))
            elif field.first is not None:
                rows.append((field.name, f"{field.first} to {field.last}"))
        return table_html(rows)


def collect_stats(reader: IndexReader, zone: tzinfo) -> Stats:
    """The figures of one commit; days are those of ``zone``."""
    segments = reader.segments
    live_docs = sum(-(-s.documents // 8) for s in segments if s.info.deleted_docs)
    return Stats(
        articles=reader.live_count,
        deleted=reader.documents - reader.live_count,
        segments=len(segments),
        bytes=sum(s.info.bytes for s in segments) + live_docs + reader.manifest_bytes,
        generation=reader.generation,
        fields=tuple(
            _field_stats(reader, name, zone)
            for name, field in reader.schema
            if not isinstance(field, Column)  # of which a Whoosh program knows nothing
        ),
    )


def _field_stats(reader: IndexReader, name: str, zone: tzinfo) -> FieldStats:
    field = reader.schema.fields[name]
    kind, has_words = field.kind, not isinstance(field, Terms) or field.is_text
    words, values = 0, set[bytes]()
    lowest: list[Any] = []
    highest: list[Any] = []
    for segment in reader.segments:
        if (text := segment.core.text(name)) is not None:
            words += text.tokens if has_words else 0
        elif (keywords := segment.core.keyword(name)) is not None:
            values.update(keywords.terms)
        elif (numbers := segment.core.number(name)) is not None and len(numbers.order):
            ordered = numbers.sorted_values()
            lowest.append(ordered[0].item())
            highest.append(ordered[-1].item())
    if not lowest:
        return FieldStats(name, kind, words, len(values))
    first, last = min(lowest), max(highest)
    if kind == "date":
        first, last = (f"{from_micros(n).astimezone(zone):%Y-%m-%d}" for n in (first, last))
    return FieldStats(name, kind, words, len(values), first, last)
