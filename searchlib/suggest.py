"""Words that an archive has: completions of a beginning, and the likely word for a typo."""

from __future__ import annotations

from collections.abc import Iterator

from whoosh.support.levenshtein import distance

from searchlib.analysis import fold
from searchlib.schema import Schema, Text
from searchlib.storage.store import Snapshot
from searchlib.storage.text import TextField

__all__ = ["completions", "correction", "is_known"]

_LOOKED_AT = 20_000  # words that a beginning may have; the first ones count
_EDITS = 2


def _fields(snapshot: Snapshot, schema: Schema) -> Iterator[TextField]:
    for name in schema.names(Text):
        for segment in snapshot.segments:
            field = segment.data.text(name)
            if field is not None:
                yield field


def _beginning(field: TextField, prefix: bytes) -> Iterator[tuple[bytes, int]]:
    """The words as written with this beginning, and in how many documents each is."""
    words = field.surfaces
    first, last = words.prefixed(prefix)
    for rank in range(first, min(last, first + _LOOKED_AT)):
        count = field.surface(words.number(rank)).count
        if count:
            yield words.ranked(rank), count


def completions(snapshot: Snapshot, schema: Schema, start: str, limit: int) -> list[str]:
    """The words that begin like this, those of the most articles first."""
    prefix = fold(start).encode() if start.strip() else b""
    if not prefix:
        return []
    counts: dict[bytes, int] = {}
    for field in _fields(snapshot, schema):
        for word, count in _beginning(field, prefix):
            counts[word] = counts.get(word, 0) + count
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return [word.decode() for word in ordered[:limit]]


def is_known(snapshot: Snapshot, schema: Schema, word: str) -> bool:
    """Whether any article has the word as written."""
    wanted = fold(word).encode()
    return any(field.surfaces.find(wanted) >= 0 for field in _fields(snapshot, schema))


def correction(snapshot: Snapshot, schema: Schema, word: str) -> str | None:
    """The word of the archive that is nearest to this one: at most two letters changed, added
    or left out, the first letter kept; among equally near ones the one of most articles."""
    wanted = fold(word)
    if len(wanted) < 3:
        return None
    edits = 1 if len(wanted) < 5 else _EDITS
    best: tuple[int, int, str] | None = None
    for field in _fields(snapshot, schema):
        for found, count in _beginning(field, wanted[0].encode()):
            text = found.decode()
            if abs(len(text) - len(wanted)) > edits:
                continue
            far = distance(text, wanted, limit=edits)
            if 0 < far <= edits and (best is None or (far, -count) < best[:2]):
                best = (far, -count, text)
    return best[2] if best else None
