"""The standing queries of an archive as programs, kept in memory from commit to commit.

Making a program takes as long as parsing the query, so it is made once. When the file of the
standing queries changes, programs are made of new and changed ones; when the schema does, of all. A
query whose dates are relative to the present is parsed for each commit, and gets another program
when they mean other dates.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from searchlib.dates import DateSettings
from searchlib.errors import ArgumentError, QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.index.manifest import Manifest, WatchFile
from searchlib.index.store import IndexStore
from searchlib.query import Limits, parse
from searchlib.query.filter_trees import filter_trees
from searchlib.schema import Date, Schema
from searchlib.search.searcher import narrowed
from searchlib.watches.batch import Batch, LeafFailure, Programs, packed
from searchlib.watches.known_words import ArchiveWords, KnownWords
from searchlib.watches.leaves import Codes, LeafTable
from searchlib.watches.plain_queries import plain_query
from searchlib.watches.programs import ProgramMaker
from searchlib.watches.watch import Watch
from searchlib.watches.watch_list import read_watches

__all__ = ["BATCH", "Registry", "registry_of"]

#: Articles that are held against the queries at a time.
BATCH = 1024

# What a query was kept under may have been more than the defaults; and a commit must not fail
# because the archive has grown past what a person may ask.
_LIMITS = Limits(
    length=1 << 22, depth=200, clauses=1 << 17, phrase=1 << 16, edits=10, distance=1 << 20,
    expansions=1 << 20, articles_read=1 << 30, seconds=5.0,
)  # fmt: skip
_MIN_UNUSED = 1000  # programs that no query has any more, before all are made anew

Rows = npt.NDArray[np.uint64]


@dataclass(slots=True)
class _Entry:
    """A standing query: what it was made of, its program, and what makes it anew if it has
    relative dates."""

    digest: bytes
    program: bytes
    is_for_changes: bool
    dated: Watch | None


class Registry:
    """The standing queries of one archive. Its methods are for one thread at a time: see
    ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.process = os.getpid()
        self.entries: dict[str, _Entry] = {}
        self._file: WatchFile | None = None
        self._schema: Schema | None = None
        self._dates = DateSettings()
        self._unused = 0
        self._programs: Programs | None = None
        self._new_table(None)

    def _new_table(self, schema: Schema | None) -> None:
        self._schema, self.entries, self._file = schema, {}, None
        self._unused, self._programs = 0, None
        self._leaves = frozenset[int]()
        self._dated: list[_Entry] = []
        # Programs of the parts of plain queries, while programs are made.
        self._atoms: dict[str, Codes] = {}
        #: The names of the queries in their order, and for each all bits, or none if it does not
        #: alert of changes.
        self.names: list[str] = []
        self.for_changes: Rows = np.zeros((0, 1), np.uint64)
        if schema is not None:
            self.table = LeafTable(schema)
            self.known = KnownWords(self.table)
            self._maker = ProgramMaker(self.table)

    def load(
        self, store: IndexStore, manifest: Manifest, schema: Schema, dates: DateSettings
    ) -> None:
        """Have the standing queries of a commit, as the schema and ``dates`` read them. Raises
        :class:`QueryError` or :class:`ArgumentError`, naming the standing query, for one that
        cannot be read."""
        if schema != self._schema or replace(dates, now=None) != replace(self._dates, now=None):
            self._new_table(schema)
        self._dates = dates
        if manifest.watches != self._file:
            if self._unused > max(_MIN_UNUSED, len(self.entries)):
                self._new_table(schema)
            watches = read_watches(store.directory, manifest)
            try:
                self._take(watches)
            except BaseException:
                self._new_table(None)
                raise
            finally:
                self._atoms = {}
            self._file = manifest.watches
        self._read_dates()

    def _take(self, watches: Mapping[str, Watch]) -> None:
        old, self.entries, self._programs = self.entries, {}, None
        unchanged = 0
        for name, watch in watches.items():
            entry, digest = old.get(name), _digest(watch)
            if entry is None or entry.digest != digest:
                program, is_dated = self._compile(watch)
                is_for_changes = watch.notify == "changed"
                entry = _Entry(digest, program, is_for_changes, watch if is_dated else None)
            else:
                unchanged += 1
            self.entries[name] = entry
        self._unused += len(old) - unchanged
        self._dated = [entry for entry in self.entries.values() if entry.dated is not None]
        self.names = list(self.entries)
        for_changes = [entry.is_for_changes for entry in self.entries.values()]
        self.for_changes = np.where(for_changes, ~np.uint64(0), np.uint64(0))[:, None]

    def _read_dates(self) -> None:
        """Make the programs anew whose relative dates mean others than when they were made."""
        for entry in self._dated:
            if entry.dated is not None:
                program = self._program(entry.dated, self._dates)
                if program != entry.program:
                    entry.program, self._programs = program, None
                    self._unused += 1

    def _compile(self, watch: Watch) -> tuple[bytes, bool]:
        """The program of a query, and whether it depends on the day."""
        program = self._program(watch, self._dates)
        if not _may_have_dates(watch, self.table.schema):
            return program, False
        now = self._dates.local_now()
        # In another year, month, week, weekday and minute relative dates are others.
        later = replace(self._dates, now=(now - timedelta(days=402, hours=5, minutes=7, seconds=9)))
        return program, self._tree(watch, self._dates) != self._tree(watch, later)

    def _program(self, watch: Watch, dates: DateSettings) -> bytes:
        codes = self._plain_program(watch, dates)
        if codes is None:
            codes = self._maker.compile(self._tree(watch, dates))
        return packed(codes)

    def _plain_program(self, watch: Watch, dates: DateSettings) -> Codes | None:
        """The program of a query put together of those of its parts, if it is a plain one."""
        if watch.match != "all" or watch.filters or self.table.schema.is_exact:
            return None
        plain = plain_query(watch.query)
        if plain is None or not self.table.schema.stop_words(None).isdisjoint(plain.loose):
            return None

        def program_of(atom: str) -> Codes:
            codes = self._atoms.get(atom)
            if codes is None:
                tree = self._tree(Watch(watch.name, atom), dates)
                codes = self._atoms[atom] = self._maker.compile(tree)
            return codes

        try:
            required = [[program_of(atom) for atom in atoms] for atoms in plain.required]
            excluded = [program_of(atom) for atom in plain.excluded]
        except (QueryError, ArgumentError):
            return None  # to be refused with its place in the query
        return self._maker.joined(required, excluded)

    def _tree(self, watch: Watch, dates: DateSettings) -> Any:
        schema = self.table.schema

        def tree_of(text: str, match: Any) -> Any:
            return parse(text, schema, match=match, dates=dates, limits=_LIMITS).query

        try:
            filters = filter_trees(watch.filters, schema, lambda text: tree_of(text, "all"))
            return narrowed(tree_of(watch.query, watch.match), filters.values())
        except (QueryError, ArgumentError) as error:
            raise named(watch.name, error) from None

    # -- matching ----------------------------------------------------------------------------------

    def batch(self, reader: IndexReader, words: ArchiveWords) -> Batch:
        """The new articles of ``reader``, with words as ``words`` resolves them."""
        if self._programs is None:
            self._programs = Programs.of(entry.program for entry in self.entries.values())
            self._leaves = frozenset(np.unique(self._programs.codes >> 2).tolist())
        return Batch(self.table, self.known, reader, words, _LIMITS, self._leaves)

    def run(
        self, batch: Batch, segment: int, docs: npt.NDArray[Any], bits: npt.NDArray[Any], words: int
    ) -> Rows:
        """Which documents of a batch's segment (ascending) match each query, in their order: at
        the bits given, 64 a word. Raises :class:`QueryError`, naming the standing query, for one
        that cannot be run."""
        assert self._programs is not None
        try:
            rows = batch.rows(segment, docs, bits, words)
        except LeafFailure as failure:
            raise named(self._user_of(failure.leaf), failure.error) from None
        return self._programs.run(rows)

    def _user_of(self, leaf: int) -> str:
        """The first query that has a leaf."""
        return next(
            name for name, entry in self.entries.items()
            if leaf in (np.frombuffer(entry.program, np.int32) >> 2)
        )  # fmt: skip


def named(name: str, error: QueryError | ArgumentError) -> QueryError | ArgumentError:
    """An error of a standing query, which says which it is of."""
    cure = "change it with watch, or take it away with unwatch"
    if isinstance(error, QueryError):
        message = f"standing query {name!r}: {error.message}"
        return QueryError(error.code, error.span, message, f"{error.cure}; {cure}", error.text)
    return ArgumentError(f"standing query {name!r}: {error}; {cure}")


def _digest(watch: Watch) -> bytes:
    text = repr((watch.query, watch.match, watch.filters, watch.notify))
    return blake2b(text.encode(), digest_size=16).digest()


def _may_have_dates(watch: Watch, schema: Schema) -> bool:
    """Whether some part of a query is about a date."""
    dates = schema.names(Date)
    return any(name in watch.query for name in dates) or any(n in dates for n, _ in watch.filters)


_registries: WeakKeyDictionary[IndexStore, Registry] = WeakKeyDictionary()


def registry_of(store: IndexStore) -> Registry:
    """The registry of an archive, which is kept as long as it is open."""
    registry = _registries.get(store)
    if registry is None or registry.process != os.getpid():  # a thread of the parent may be at it
        registry = _registries[store] = Registry()
    return registry


def chunks(docs: Sequence[Any] | npt.NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Where each batch of so many documents begins and ends.

    >>> list(chunks(range(1030)))
    [(0, 1024), (1024, 1030)]
    """
    for first in range(0, len(docs), BATCH):
        yield first, min(first + BATCH, len(docs))
