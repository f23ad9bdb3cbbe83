"""The standing queries of an archive as programs, kept in memory from commit to commit.

Making a program takes as long as parsing the query, so it is made once. When the file of the
standing queries changes, programs are made of new and changed ones; when the schema does, of all. A
query whose dates are relative to the present is parsed again each day, or for each commit if it
counts hours, and gets another program when they mean other dates. Many programs are kept in a file
beside the queries (:mod:`searchlib.watches.stored_programs`), so that another process has them at
once; what this file lacks is made anew, and so is the file when it lacks much.
"""

from __future__ import annotations

import os
import threading
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from whoosh import query as wq

from searchlib.codec.checksum import crc32
from searchlib.dates import DateSettings
from searchlib.errors import ArchiveError, ArgumentError, QueryError
from searchlib.index.index_reader import IndexReader
from searchlib.index.manifest import Manifest, WatchFile
from searchlib.index.store import IndexStore
from searchlib.index.watch_file import read_watch_file
from searchlib.query import Limits, parse
from searchlib.query.filter_trees import filter_trees
from searchlib.requests import Match
from searchlib.schema import Date, Schema
from searchlib.search.searcher import narrowed
from searchlib.watches.batch import Batch, LeafFailure
from searchlib.watches.known_words import ArchiveWords, KnownWords
from searchlib.watches.leaves import NONE, Codes, LeafTable
from searchlib.watches.packed_programs import PackedPrograms
from searchlib.watches.plain_queries import plain_query
from searchlib.watches.programs import ProgramMaker
from searchlib.watches.stored_programs import (
    DIGEST,
    ProgramSet,
    decode_programs,
    encode_programs,
)
from searchlib.watches.watch import Watch
from searchlib.watches.watch_list import malformed_rows_named, read_rows, watch_of

__all__ = ["BATCH", "Registry", "named", "registry_of"]

#: Articles that are held against the queries at a time.
BATCH = 1024

# What a query was kept under may have been more than the defaults; and a commit must not fail
# because the archive has grown past what a person may ask.
_LIMITS = Limits(
    length=1 << 22, depth=200, clauses=1 << 17, phrase=1 << 16, edits=10, distance=1 << 20,
    expansions=1 << 20, articles_read=1 << 30, seconds=5.0,
)  # fmt: skip
_MIN_UNUSED = 1000  # programs that no query has any more, before all are made anew
_MIN_STORED = 500  # programs: fewer are made as soon as they are read
_MIN_CHANGES = 100  # of the queries, until their programs are kept anew
_MANY_CHANGES = 1 << 60  # are always enough
_MANY_FORMS = 100_000  # of segments that came since they were
_NO_FLAGS = np.zeros(0, np.bool_)

Rows = npt.NDArray[np.uint64]


@dataclass(slots=True)
class _Dated:
    """A query with dates relative to the present, and the day that its program is that of."""

    watch: Watch
    is_of: date | None = None


class Registry:
    """The standing queries of one archive. Its methods are for one thread at a time: see
    ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.process = os.getpid()
        self._read_as: tuple[Any, ...] | None = None
        self._dates = DateSettings()
        self._new_table(None)

    def _new_table(self, schema: Schema | None) -> None:
        self._file: WatchFile | None = None
        if schema is not None:
            table = LeafTable(schema)
            self._use(
                ProgramSet(table, KnownWords(table), PackedPrograms.of([]), [], [], _NO_FLAGS, 0)
            )
        else:
            self._read_as = None
        # What was kept last: its length and checksum; and how many programs were made or given up
        # since.
        self._stored: tuple[int, int] | None = None
        self._changes = 0
        # Whether what was read of a file is not yet that of a commit of this process.
        self._is_behind = False
        # Programs of the parts of plain queries, while programs are made.
        self._atoms: dict[str, Codes] = {}
        #: The names of the queries in their order, and for each all bits, or none if it does not
        #: alert of changes.
        self.names: list[str] = []
        self.for_changes: Rows = np.zeros((0, 1), np.uint64)

    def _use(self, programs: ProgramSet) -> None:
        self._set = programs
        self._dated: dict[int, _Dated] = {}
        self.table = programs.table
        self._date_fields = frozenset(self.table.schema.names(Date))
        self.known = programs.known
        self._maker = ProgramMaker(self.table)

    def load(
        self, store: IndexStore, manifest: Manifest, schema: Schema, dates: DateSettings
    ) -> None:
        """Have the standing queries of a commit, as the schema and ``dates`` read them. Raises
        :class:`QueryError` or :class:`ArgumentError`, naming the standing query, for one that
        cannot be read."""
        read_as = (schema, schema.rules.version, schema.language, replace(dates, now=None))
        if read_as != self._read_as:
            self._new_table(schema)
            self._read_as = read_as
        self._dates = dates
        if manifest.watches != self._file:
            if self._set.unused > max(_MIN_UNUSED, len(self.names)):
                self._new_table(schema)
            try:
                self._take(store, manifest)
            except BaseException:
                self._new_table(None)
                raise
            finally:
                self._atoms = {}
            self._file = manifest.watches
        self._read_dates()

    def _read_stored(self, store: IndexStore, manifest: Manifest) -> None:
        """Have the programs that a commit keeps; none if there are none, or others are needed. They
        are made anew if their file is damaged."""
        if (named := manifest.programs) is None:
            return
        self._stored, stored = (named.bytes, named.crc), None
        try:
            data = read_watch_file(store.directory, named)
            stored = decode_programs(data, self.table.schema, self._settings())
        except ArchiveError:
            store.forget_manifest()
            if store.manifest().programs != named:
                raise  # a later commit has replaced it
        if stored is None:
            self._changes = _MANY_CHANGES
        else:
            self._use(stored)
            self._is_behind = True

    def _settings(self) -> str:
        """What programs depend on besides the schema."""
        return repr(replace(self._dates, now=None))

    def _take(self, store: IndexStore, manifest: Manifest) -> None:
        """Have the standing queries of a commit: programs are made of those that are new."""
        rows = read_rows(store.directory, manifest)
        if not self.names and len(rows) >= _MIN_STORED:
            self._read_stored(store, manifest)
        old, flags = self._set, list[bool]()
        codes, starts = array("i"), array("q", [0])  # as tuples they would take ten times as much
        digests, names, dated = list(old.digests), list(old.names), dict[int, _Dated]()
        number_of = {digest: number for number, digest in enumerate(digests)}
        order = np.empty(len(rows), np.int64)
        for place, row in enumerate(rows):
            digest = blake2b(row, digest_size=DIGEST).digest()
            number = number_of.get(digest)
            if number is None:
                with malformed_rows_named(store.directory, manifest):
                    watch = watch_of(row)
                program, is_dated = self._compile(watch)
                number = number_of[digest] = len(digests)
                digests.append(digest)
                names.append(watch.name)
                codes.extend(program or (NONE,))
                starts.append(len(codes))
                flags.append(watch.notify == "changed")
                if is_dated:
                    self._dated[number] = _Dated(watch)
            if number in self._dated:
                dated[place] = self._dated[number]
            order[place] = number
        self.names = [names[number] for number in order.tolist()]
        with malformed_rows_named(store.directory, manifest):
            if len(set(self.names)) < len(rows):
                raise ValueError("a name is there twice")
        gone = len(old.names) - int((order < len(old.names)).sum())
        new = PackedPrograms(np.array(codes, np.int32), np.array(starts, np.int64))
        self._changes += gone + len(new) - len(self._left_out(new, len(old.names)))
        are_for_changes = np.concatenate((old.are_for_changes, np.array(flags, np.bool_)))[order]
        self._dated, self._set = dated, ProgramSet(
            self.table, self.known, old.programs.joined(new).chosen(order),
            [digests[number] for number in order.tolist()], self.names, are_for_changes,
            old.unused + gone,
        )  # fmt: skip
        self.for_changes = np.where(are_for_changes, ~np.uint64(0), np.uint64(0))[:, None]

    def _read_dates(self) -> None:
        """Make the programs anew whose relative dates mean others than when they were made."""
        every, programs = self._set, self._set.programs
        today = self._dates.local_now().date()
        changed = dict[int, Codes]()
        for place, dated in self._dated.items():
            if dated.is_of != today:
                program, dated.is_of = self._program_of_day(dated.watch)
                if program != programs[place]:
                    changed[place] = program
        if changed:
            numbers = np.arange(len(programs))
            numbers[list(changed)] = len(programs) + np.arange(len(changed))
            programs = programs.joined(PackedPrograms.of(list(changed.values()))).chosen(numbers)
            self._set = replace(every, programs=programs, unused=every.unused + len(changed))

    def _program_of_day(self, watch: Watch) -> tuple[Codes, date | None]:
        """The present program of a query with relative dates, and the day that it is that of; None
        if it is not that of a whole day."""
        now = self._dates.local_now()
        # The later it is, the later are the dates: those of a day's ends are the same or the day
        # has several.
        ends = (
            replace(self._dates, now=datetime.combine(now, end)) for end in (time.min, time.max)
        )
        first, last = (self._program(watch, dates) for dates in ends)
        return (first, now.date()) if first == last else (self._program(watch, self._dates), None)

    def _left_out(self, programs: PackedPrograms, first: int = 0) -> npt.NDArray[np.int64]:
        """The numbers of programs that are not kept in a file; that of the first is ``first``."""
        of_searcher = programs.users(entry.leaf for entry in self.table.searcher_leaves)
        dated = [number - first for number in self._dated if number >= first]
        return np.union1d(of_searcher, np.array(dated, np.int64))

    def to_store(self, manifest: Manifest) -> bytes | None:
        """The bytes to keep as the programs of the queries in the commit after this one; empty for
        none, None if what this one keeps does."""
        named, every = manifest.programs, self._set
        if len(every.names) < _MIN_STORED:
            return None if named is None else b""
        if named is not None and (named.bytes, named.crc) != self._stored:
            self._stored, self._changes = (named.bytes, named.crc), 0  # another process made it
        if self._is_behind and self.known.scanned > _MANY_FORMS:
            self._changes = _MANY_CHANGES  # each process would scan them anew
        self._is_behind = False
        if named is not None and self._changes <= max(_MIN_CHANGES, len(self.names) // 50):
            return None
        numbers = np.setdiff1d(np.arange(len(every.names)), self._left_out(every.programs))
        if len(numbers) < _MIN_STORED:
            return None if named is None else b""
        chosen = ProgramSet(
            self.table,
            self.known,
            every.programs.chosen(numbers),
            [every.digests[number] for number in numbers],
            [every.names[number] for number in numbers],
            every.are_for_changes[numbers],
            every.unused,
        )
        data = encode_programs(chosen, self._settings())
        self.table.forget_known()
        self._stored, self._changes = (len(data), crc32(data)), 0
        return data

    def _compile(self, watch: Watch) -> tuple[Codes, bool]:
        """The program of a query, and whether it depends on the day."""
        program = self._plain_program(watch, self._dates)
        if program is not None:
            return program, False
        tree = self._tree(watch, self._dates)
        program = self._maker.compile(tree)
        if not _has_dates(tree, self._date_fields):
            return program, False
        now = self._dates.local_now()
        # In another year, month, week, weekday and minute relative dates are others, if not on both
        # sides of now a range of them is over, or has not begun.
        step = timedelta(days=402, hours=5, minutes=7, seconds=9)
        times = [replace(self._dates, now=time) for time in (now - step, now + step)]
        return program, any(tree != self._tree(watch, dates) for dates in times)

    def _program(self, watch: Watch, dates: DateSettings) -> Codes:
        codes = self._plain_program(watch, dates)
        return self._maker.compile(self._tree(watch, dates)) if codes is None else codes

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
                tree = self._tree_of(atom, "all", dates)
                codes = self._atoms[atom] = self._maker.compile(tree)
            return codes

        try:
            required = [[program_of(atom) for atom in atoms] for atoms in plain.required]
            excluded = [program_of(atom) for atom in plain.excluded]
        except (QueryError, ArgumentError):
            return None  # to be refused with its place in the query
        return self._maker.joined(required, excluded)

    def _tree(self, watch: Watch, dates: DateSettings) -> Any:
        def tree_of(text: str) -> Any:
            return self._tree_of(text, "all", dates)

        try:
            filters = filter_trees(watch.filters, self.table.schema, tree_of)
            tree = self._tree_of(watch.query, watch.match, dates)
            return narrowed(tree, filters.values())
        except (QueryError, ArgumentError) as error:
            raise named(watch.name, error) from None

    def _tree_of(self, text: str, match: Match, dates: DateSettings) -> Any:
        try:
            return parse(text, self.table.schema, match=match, dates=dates, limits=_LIMITS).query
        except QueryError as error:
            if error.code != "bad-date" or dates.allows_empty:
                raise
        # From today up to a day that is past by now, say. It was right when it was kept, and a
        # commit must not fail because the time is over: no article is of it.
        return self._tree_of(text, match, replace(dates, allows_empty=True))

    # -- matching ----------------------------------------------------------------------------------

    def batch(
        self, reader: IndexReader, words: ArchiveWords,
        docs: Mapping[int, npt.NDArray[Any]] | None = None,
    ) -> Batch:  # fmt: skip
        """The articles of ``reader``, with words as ``words`` resolves them; only those of ``docs``
        will be asked about, if these are given by segment."""
        are_used = self._set.programs.are_used
        return Batch(self.table, self.known, reader, words, _LIMITS, are_used, docs)

    def run(
        self, batch: Batch, segment: int, docs: npt.NDArray[Any], bits: npt.NDArray[Any], words: int
    ) -> Rows:
        """Which documents of a batch's segment (ascending) match each query, in their order: at
        the bits given, 64 a word. Raises :class:`QueryError`, naming the standing query, for one
        that cannot be run."""
        try:
            rows = batch.rows(segment, docs, bits, words)
        except LeafFailure as failure:
            raise named(self._user_of(failure.leaf), failure.error) from None
        return self._set.programs.run(rows)

    def _user_of(self, leaf: int) -> str:
        """The first query that has a leaf."""
        return self.names[int(self._set.programs.users([leaf])[0])]


def named(
    name: str, error: QueryError | ArgumentError,
    cure: str = "change it with watch, or take it away with unwatch",
) -> QueryError | ArgumentError:  # fmt: skip
    """An error of a standing query, which says which it is of, with what to do about it besides."""
    if isinstance(error, QueryError):
        message = f"standing query {name!r}: {error.message}"
        return QueryError(error.code, error.span, message, f"{error.cure}; {cure}", error.text)
    return ArgumentError(f"standing query {name!r}: {error}; {cure}")


def _has_dates(tree: Any, fields: frozenset[str]) -> bool:
    """Whether some part of a query is a range of one of these fields."""
    if isinstance(tree, wq.NumericRange):
        return tree.fieldname in fields
    return any(_has_dates(child, fields) for child in tree.children())


_registries: WeakKeyDictionary[IndexStore, Registry] = WeakKeyDictionary()


def registry_of(store: IndexStore) -> Registry:
    """The registry of an archive, which is kept as long as it is open."""
    registry = _registries.get(store)
    if registry is None or registry.process != os.getpid():  # a thread of the parent may be at it
        registry = _registries[store] = Registry()
    return registry


def chunks(docs: Sequence[Any] | npt.NDArray[Any]) -> Iterator[tuple[int, int, int]]:
    """Where each batch of so many documents begins and ends, and how many words of 64 bits it
    takes.

    >>> list(chunks(range(1089)))
    [(0, 1024, 16), (1024, 1089, 2)]
    """
    for first in range(0, len(docs), BATCH):
        last = min(first + BATCH, len(docs))
        yield first, last, -(-(last - first) // 64)
