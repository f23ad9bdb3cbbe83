"""Tells damage from mistakes of ours when reading an archive ends in an error of Python's own.

An archive whose numbers make no sense, though its checksums are right, can lead any code astray
that relies on them, and what is raised then is an IndexError or a ValueError from somewhere. Such
an error becomes :class:`CorruptArchive` only if a check of all that the commit holds finds damage.
Otherwise it is a mistake of ours, or of the caller, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from searchlib.errors import CorruptArchive, SearchlibError
from searchlib.index.index_reader import IndexReader
from searchlib.index.segment_check import check_segment, zone_of
from searchlib.index.store import IndexStore

__all__ = ["DamageGuard", "damage_behind", "damage_in", "damage_of", "guarded"]

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def damage_in(reader: IndexReader) -> CorruptArchive | None:
    """The first damage that a check of the open segments of a commit finds, or None.

    >>> import tempfile
    >>> from searchlib.codec.directory import Directory
    >>> from searchlib.index.store import IndexStore
    >>> from searchlib.schema import NEWS
    >>> store = IndexStore.create(Directory(tempfile.mkdtemp()), NEWS)
    >>> damage_in(store.reader()) is None
    True
    """
    zone = zone_of(reader.manifest.settings)
    try:
        for segment in reader.segments:
            check_segment(segment.core, reader.schema, zone)
    except CorruptArchive as error:
        return error
    except SearchlibError:  # the reader was closed meanwhile
        pass
    return None


def damage_behind(
    error: Exception, find_damage: Callable[[], CorruptArchive | None]
) -> CorruptArchive | None:
    """The damage to the archive that an error comes from, or None. Searchlib's own errors say
    themselves what is wrong."""
    return None if isinstance(error, SearchlibError) else find_damage()


def damage_of(store: IndexStore) -> CorruptArchive | None:
    """The first damage that a check of the last commit finds, or None."""
    try:
        with store.reader() as reader:
            return damage_in(reader)
    except CorruptArchive as error:
        return error
    except SearchlibError:
        return None


class DamageGuard:
    """Raises an error of its block as :class:`CorruptArchive` if ``damage`` finds that the archive
    is the cause; searchlib's own errors, and those of ``passed`` types, pass unchanged.

    >>> with DamageGuard(lambda: None):
    ...     [][1]
    Traceback (most recent call last):
    ...
    IndexError: list index out of range
    """

    def __init__(
        self, damage: Callable[[], CorruptArchive | None], *passed: type[Exception]
    ) -> None:
        self._damage = damage
        self._passed: tuple[type[Exception], ...] = (SearchlibError, *passed)
        self._callers: Exception | None = None  # an error that the caller's own code raised

    def __enter__(self) -> DamageGuard:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, self._passed):
            return
        if error is not self._callers and (damage := self._damage()) is not None:
            raise damage from error

    def callers(self, items: Iterable[S]) -> Iterator[S]:
        """The items of the caller's iterable, whose errors pass unchanged."""
        try:
            yield from items
        except Exception as error:
            self._callers = error
            raise


def guarded(
    *passed: type[Exception],
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """A decorator for methods: a call runs in a :class:`DamageGuard` whose ``damage`` is the
    object's ``find_damage``. A generator must use the guard in its body instead."""

    def decorate(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
        @wraps(method)
        def call(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return method(self, *args, **kwargs)
            except passed:
                raise
            except Exception as error:
                damage = damage_behind(error, self.find_damage)  # type: ignore[attr-defined]
                if damage is None:
                    raise
                raise damage from error

        return cast("Callable[Concatenate[S, P], R]", call)

    return decorate
