"""A Whoosh matcher over the arrays of a posting list."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, Protocol

from whoosh.formats import (
    CharacterBoosts,
    Characters,
    Existence,
    Frequency,
    PositionBoosts,
    Positions,
)
from whoosh.matching import ListMatcher, NullMatcher, ReadTooFar
from whoosh.system import pack_uint

__all__ = ["DocAttributes", "PostingMatcher"]

# What Whoosh's formats say of an occurrence, and which of it they encode: subclasses first.
_ATTRIBUTES_OF = {
    "positions": ("positions",),
    "characters": ("positions", "starts", "ends"),
    "position_boosts": ("positions", "boosts"),
    "character_boosts": ("positions", "starts", "ends", "boosts"),
}
_ENCODED = (
    (CharacterBoosts, "character_boosts"),
    (Characters, "characters"),
    (PositionBoosts, "position_boosts"),
    (Positions, "positions"),
)


class DocAttributes(Protocol):
    """The attributes of the tokens of a document: see :mod:`searchlib.codec.token_attributes`."""

    def of(self, doc: Any, /) -> Mapping[str, Any]: ...


class PostingMatcher(ListMatcher):  # type: ignore[misc]
    """The documents of one term, with weights, and with positions for text fields.

    ``positions`` are those of all documents end to end, ``starts`` where those of each document
    start, ``freqs`` how many they are; all None for a field without positions. ``index`` is the
    place in the list to start from; ``attributes`` are those of the field's tokens. The whole list
    counts as one block.
    """

    def __init__(
        self, ids: list[Any], weights: list[float], freqs: list[int] | None, fmt: Any, scorer: Any,
        term: Any, terminfo: Any, positions: Any = None, starts: Any = None, index: int = 0,
        attributes: DocAttributes | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            ids, weights=weights, format=fmt, scorer=scorer, term=term, terminfo=terminfo
        )
        self._i = index
        self._freqs = freqs
        self._positions = positions
        self._starts = starts
        self._attributes = attributes

    def copy(self) -> PostingMatcher:
        return PostingMatcher(
            self._ids, self._weights, self._freqs, self._format, self._scorer, self._term,
            self._terminfo, self._positions, self._starts, self._i, self._attributes,
        )  # fmt: skip

    def replace(self, minquality: float = 0) -> Any:
        # minquality is ignored: Whoosh passes it on unchanged through a matcher with a boost.
        return self if self.is_active() else NullMatcher()

    def skip_to(self, id: int) -> None:  # the name is Whoosh's
        if not self.is_active():
            raise ReadTooFar
        self._i = bisect_left(self._ids, id, self._i)

    def value(self) -> bytes:
        form = self._format
        if self._freqs is None or type(form) is Existence:
            return b""
        if type(form) is Frequency:
            frequency: bytes = pack_uint(self.value_as("frequency"))
            return frequency
        astype = next(astype for format_class, astype in _ENCODED if isinstance(form, format_class))
        encoded = form.encode(self.value_as(astype))
        value: bytes = encoded[0] if isinstance(encoded, tuple) else encoded
        return value

    def value_as(self, astype: str) -> Any:
        if astype == "frequency":
            return 1 if self._freqs is None else self._freqs[self._i]
        if astype == "weight":
            return self.weight()
        if astype in _ATTRIBUTES_OF and self._freqs is not None:
            columns = [self._attribute(attribute) for attribute in _ATTRIBUTES_OF[astype]]
            return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        return super().value_as(astype)

    def _attribute(self, name: str) -> list[Any]:
        """The values of an attribute for the occurrences in the document it stands at."""
        start = self._starts[self._i]
        tokens = self._positions[start : start + self._freqs[self._i]]  # type: ignore[index]
        of_doc = self._attributes.of(self._ids[self._i]) if self._attributes else {}
        if name in of_doc:
            values: list[Any] = of_doc[name][tokens].tolist()
            return values
        if name == "positions":
            positions: list[Any] = tokens.tolist()
            return positions
        return [1.0 if name == "boosts" else 0] * len(tokens)

    def block_max_weight(self) -> float:
        return float(self._terminfo.max_weight())
