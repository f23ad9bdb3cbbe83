"""The leaves of the standing queries: words, phrases and the like, each once, whatever queries have
them. For a batch of articles each becomes a row of bits, one for each article
(:mod:`searchlib.watches.batch`); a query is a program over these rows
(:mod:`searchlib.watches.programs`).

Most leaves are sets of *surface forms* of text fields: a word in any form, a form as written, a
prefix, an ending, or several of these. All phrases of all queries are a trie of the numbers of
their words. Leaves of two such parts near each other, or in one sentence, are joined from their
places. Any other query is a leaf that the searcher answers, where its ``needs``, a program, say
that it can match.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from searchlib.schema import Keyword, Schema, Text

__all__ = ["ALL", "NONE", "Codes", "FieldLeaves", "LeafTable", "NumberPairs", "Part",
           "SearcherLeaf", "Trie", "rows_of"]  # fmt: skip

#: The leaf without articles, and that of all articles of the batch.
NONE, ALL = 0, 1

#: A program: see :mod:`searchlib.watches.programs`.
Codes = tuple[int, ...]

_Ints = npt.NDArray[np.int32]
_Kind = Literal["word", "form", "stem", "prefix", "suffix"]


class Part(NamedTuple):
    """Surface forms of a text field: those of a "word" as typed, read in some ``languages``; a
    "form" as written; those of a "stem"; those with a "prefix" or a "suffix"."""

    field: str
    kind: _Kind
    text: str
    languages: tuple[str, ...] | None = None


class SearcherLeaf(NamedTuple):
    """A ``whoosh.query`` tree that the searcher answers, for articles that ``needs`` matches; an
    empty program matches all."""

    leaf: int
    query: Any
    needs: Codes


class NumberPairs:
    """Numbers for each of some keys, 0 or more, added in any order."""

    def __init__(self, keys: bytes = b"", numbers: bytes = b"") -> None:
        """``keys`` and ``numbers`` are those that there are: int32."""
        self._keys = array("i", keys)
        self._numbers = array("i", numbers)
        self._rows: tuple[_Ints, _Ints] | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: int, number: int) -> None:
        """Add a number to those of a key."""
        self._keys.append(key)
        self._numbers.append(number)
        self._rows = None

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._keys, self._numbers, strict=True)

    def pairs(self) -> tuple[_Ints, _Ints]:
        """The keys and the numbers, in the order in which they were added."""
        return np.array(self._keys, np.int32), np.array(self._numbers, np.int32)

    def rows(self, count: int) -> tuple[_Ints, _Ints]:
        """Where the numbers of each of so many keys begin, and their end; the numbers."""
        if self._rows is None or len(self._rows[0]) != count + 1:
            self._rows = rows_of(*self.pairs(), count)
        return self._rows


class Joins:
    """Rows of so many numbers."""

    def __init__(self, width: int, numbers: bytes = b"") -> None:
        """``numbers`` are those of the rows that there are: int32."""
        self._width = width
        self._numbers = array("i", numbers)
        self._rows: _Ints | None = None

    def __len__(self) -> int:
        return len(self._numbers) // self._width

    def add(self, *numbers: int) -> None:
        """Add a row."""
        self._numbers.extend(numbers)
        self._rows = None

    def rows(self) -> _Ints:
        """All rows: int32."""
        if self._rows is None:
            self._rows = np.array(self._numbers, np.int32).reshape(-1, self._width)
        return self._rows


def rows_of(keys: _Ints, numbers: _Ints, count: int) -> tuple[_Ints, _Ints]:
    """Where the numbers of each of so many keys begin, and their end; the numbers by key.

    >>> firsts, numbers = rows_of(np.array([2, 0, 2]), np.array([5, 6, 7]), 3)
    >>> firsts.tolist(), numbers.tolist()
    ([0, 1, 1, 3], [6, 5, 7])
    """
    firsts = np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=count))))
    order = np.argsort(keys, kind="stable")
    return firsts.astype(np.int32), numbers[order].astype(np.int32, copy=False)


_DICT_OF: dict[_Kind, str] = {
    "form": "forms",
    "stem": "stems",
    "prefix": "prefixes",
    "suffix": "suffixes",
}


@dataclass(slots=True)
class FieldLeaves:
    """The leaves of a text field, by what of its text they are of."""

    #: The words, by what was typed and in which languages, and the leaves of each.
    words: dict[tuple[str, tuple[str, ...] | None], int] = field(default_factory=dict)
    word_texts: list[tuple[str, tuple[str, ...] | None]] = field(default_factory=list)
    #: (word, leaf) of each.
    word_leaves: NumberPairs = field(default_factory=NumberPairs)
    forms: dict[bytes, list[int]] = field(default_factory=dict)
    stems: dict[bytes, list[int]] = field(default_factory=dict)
    prefixes: dict[bytes, list[int]] = field(default_factory=dict)
    suffixes: dict[bytes, list[int]] = field(default_factory=dict)
    #: Their lengths, in bytes.
    prefix_lengths: set[int] = field(default_factory=set)
    suffix_lengths: set[int] = field(default_factory=set)
    #: Leaves whose places are needed, and the number of each among them.
    positional: dict[int, int] = field(default_factory=dict)
    #: How many tokens a place of each of these has.
    positional_lengths: list[int] = field(default_factory=list)
    #: (leaf, a, b, slop, ordered), with the numbers of two positional leaves.
    near: Joins = field(default_factory=lambda: Joins(5))
    #: (leaf, a, b), by the unit.
    same: dict[str, Joins] = field(default_factory=dict)
    #: Leaves of phrases, by the trie's node at which they end, and the numbers of those that are
    #: positional.
    phrase_leaves: NumberPairs = field(default_factory=NumberPairs)
    positional_phrases: NumberPairs = field(default_factory=NumberPairs)
    _numbers: _Ints | None = None  # of the positional leaves, as an array

    @property
    def is_empty(self) -> bool:
        """Whether no leaf is of the field."""
        dicts = (self.words, self.forms, self.stems, self.prefixes, self.suffixes)
        return not (any(dicts) or len(self.phrase_leaves))

    def add(self, part: Part, leaf: int) -> None:
        """Make a part of the field one of a leaf."""
        text = part.text.encode()
        if part.kind == "word":
            key = (part.text, part.languages)
            word = self.words.setdefault(key, len(self.words))
            if word == len(self.word_texts):
                self.word_texts.append(key)
            self.word_leaves.add(word, leaf)
            return
        if part.kind == "prefix":
            self.prefix_lengths.add(len(text))
        elif part.kind == "suffix":
            self.suffix_lengths.add(len(text))
        leaves: dict[bytes, list[int]] = getattr(self, _DICT_OF[part.kind])
        leaves.setdefault(text, []).append(leaf)

    def parts(self, name: str) -> Iterator[tuple[Part, int]]:
        """What the leaves are of, and the leaves; ``name`` is that of the field."""
        for word, leaf in self.word_leaves:
            yield Part(name, "word", *self.word_texts[word]), leaf
        for kind, attribute in _DICT_OF.items():
            for text, of_text in getattr(self, attribute).items():
                for leaf in of_text:
                    yield Part(name, kind, text.decode()), leaf

    def positional_numbers(self, leaves: int) -> _Ints:
        """The number of each of so many leaves among those whose places are needed, or -1."""
        if self._numbers is None or len(self._numbers) != leaves:
            self._numbers = np.full(leaves, -1, np.int32)
            self._numbers[list(self.positional)] = np.arange(len(self.positional))
        return self._numbers

    def place(self, leaf: int, length: int = 1, node: int | None = None) -> int:
        """The number of a leaf among those whose places are needed; ``node`` is that of a phrase of
        so many words."""
        number = self.positional.setdefault(leaf, len(self.positional))
        if number == len(self.positional_lengths):
            self.positional_lengths.append(length)
            self._numbers = None
            if node is not None:
                self.positional_phrases.add(node, number)
        return number


class Trie:
    """All phrases: nodes from 0 on, each child of its parent by the number of a word. The first
    words have roots."""

    def __init__(self, words: Iterable[bytes] = (), keys: Iterable[int] = ()) -> None:
        """``words`` and the ``keys`` of nodes are those that there are, in the order of their
        numbers."""
        self.words = {word: number for number, word in enumerate(words)}
        # By the parent + 1 and the word.
        self._nodes = {key: number for number, key in enumerate(keys)}
        self._arrays: tuple[_Ints, _Ints, _Ints, _Ints] | None = None

    def add(self, words: tuple[str, ...]) -> int:
        """The node at which a phrase ends."""
        node = -1
        for word in words:
            number = self.words.setdefault(word.encode(), len(self.words))
            key = (node + 1) << 32 | number
            known = self._nodes.get(key)
            if known is None:
                known = self._nodes[key] = len(self._nodes)
                self._arrays = None
            node = known
        return node

    def __len__(self) -> int:
        return len(self._nodes)

    def keys(self) -> npt.NDArray[np.int64]:
        """What each node is found by: its parent + 1, and in the lower 32 bits its word."""
        return np.fromiter(self._nodes, np.int64, len(self._nodes))

    def arrays(self) -> tuple[_Ints, _Ints, _Ints, _Ints]:
        """The root of each word (-1: none); where the children of each node begin, and their end;
        the words and the nodes of all children, by parent and word."""
        if self._arrays is None:
            keys = self.keys()
            order = np.argsort(keys)
            nodes = order.astype(np.int32)  # nodes are numbered as they came
            parents, words = keys[order] >> 32, (keys[order] & 0xFFFFFFFF).astype(np.int32)
            roots = np.full(len(self.words), -1, np.int32)
            first = int(np.searchsorted(parents, 1))
            roots[words[:first]] = nodes[:first]
            firsts = np.searchsorted(parents, np.arange(1, len(nodes) + 2)) - first
            self._arrays = roots, firsts.astype(np.int32), words[first:], nodes[first:]
        return self._arrays


class LeafTable:
    """The leaves of the standing queries over one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.count = 2
        self.fields = {name: FieldLeaves() for name in schema.names(Text)}
        self.keywords: dict[str, dict[bytes, int]] = {n: {} for n in schema.names(Keyword)}
        #: (leaf, query) of ranges of dates or numbers.
        self.ranges: list[tuple[int, Any]] = []
        self.trie = Trie()
        self.searcher_leaves: list[SearcherLeaf] = []
        # Where leaves were put in otherwise, it is found out what they are when that is asked.
        self._known: _KnownLeaves | None = None

    def parts(self, parts: tuple[Part, ...]) -> int:
        """The leaf of the articles with any of these parts."""
        known, key = self._known_leaves().others, _parts_key(parts)
        leaf = known.get(key)
        if leaf is None:
            leaf = known[key] = self._new()
            for part in parts:
                self.fields[part.field].add(part, leaf)
        return leaf

    def phrase(self, fields: tuple[str, ...], words: tuple[str, ...]) -> int:
        """The leaf of the articles with these surface forms next to each other in a field."""
        node = self.trie.add(words)
        known = self._known_leaves().phrases.setdefault(fields, {})
        if node not in known:
            known[node] = self._new()
            for name in fields:
                self.fields[name].phrase_leaves.add(node, known[node])
        return known[node]

    def keyword(self, name: str, term: bytes) -> int:
        """The leaf of the articles with a value of a keyword field."""
        known = self.keywords[name]
        if term not in known:
            known[term] = self._new()
        return known[term]

    def near(self, name: str, a: int, b: int, slop: int, *, ordered: bool) -> int:
        """The leaf of the articles with a place of ``a`` and one of ``b`` at most ``slop`` tokens
        apart: numbers of positional leaves of a field."""
        known, key = self._known_leaves().others, (name, a, b, slop, ordered)
        if key not in known:
            known[key] = self._new()
            self.fields[name].near.add(known[key], a, b, slop, int(ordered))
        return known[key]

    def same(self, name: str, a: int, b: int, unit: str) -> int:
        """The leaf of the articles with both in one sentence or paragraph."""
        known, key = self._known_leaves().others, (name, a, b, unit)
        if key not in known:
            known[key] = self._new()
            self.fields[name].same.setdefault(unit, Joins(3)).add(known[key], a, b)
        return known[key]

    def range(self, query: Any) -> int:
        """The leaf of a range of a date or number field."""
        known, key = self._known_leaves().others, _identity(query)
        if key not in known:
            known[key] = self._new()
            self.ranges.append((known[key], query))
        return known[key]

    def searched(self, query: Any, needs: Codes) -> int:
        """The leaf of a query that the searcher answers."""
        known, key = self._known_leaves().others, _identity(query)
        if key not in known:
            known[key] = self._new()
            self.searcher_leaves.append(SearcherLeaf(known[key], query, needs))
        return known[key]

    def forget_known(self) -> None:
        """Free the memory of what is found out anew when a leaf is looked for."""
        self._known = None

    def _new(self) -> int:
        self.count += 1
        return self.count - 1

    def _known_leaves(self) -> _KnownLeaves:
        if self._known is None:
            self._known = _KnownLeaves.of(self)
        return self._known


@dataclass(slots=True)
class _KnownLeaves:
    """The leaves that there are, by what they are of."""

    others: dict[Any, int] = field(default_factory=dict)
    phrases: dict[tuple[str, ...], dict[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: LeafTable) -> _KnownLeaves:
        """Those of a table."""
        known, parts = cls(), dict[int, list[Part]]()
        phrases = dict[int, tuple[int, list[str]]]()
        for name, leaves in table.fields.items():
            for part, leaf in leaves.parts(name):
                parts.setdefault(leaf, []).append(part)
            for node, leaf in leaves.phrase_leaves:
                phrases.setdefault(leaf, (node, []))[1].append(name)
            for leaf, *join in leaves.near.rows().tolist():
                known.others[name, *join] = leaf
            for unit, joins in leaves.same.items():
                for leaf, *join in joins.rows().tolist():
                    known.others[name, *join, unit] = leaf
        known.others.update((_parts_key(some), leaf) for leaf, some in parts.items())
        for leaf, (node, names) in phrases.items():
            known.phrases.setdefault(tuple(names), {})[node] = leaf
        queries = itertools.chain(table.ranges, (each[:2] for each in table.searcher_leaves))
        known.others.update((_identity(query), leaf) for leaf, query in queries)
        return known


def _parts_key(parts: Sequence[Part]) -> Any:
    return parts[0] if len(parts) == 1 else frozenset(parts)


def _identity(value: Any) -> Any:
    """What tells a query from others: its type and all its attributes."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_identity, value))
    if hasattr(value, "__dict__"):
        attributes = sorted(vars(value).items())
        return (type(value), *((name, _identity(attribute)) for name, attribute in attributes))
    return value
