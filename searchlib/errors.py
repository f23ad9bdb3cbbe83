"""Everything that searchlib raises on purpose, in one tree, and its warning.

::

    SearchlibError
    ├── ArgumentError          a call with a value that cannot be (also a ValueError)
    │   └── AlertsForgotten    alerts since a token were forgotten before they were read
    ├── ArgumentTypeError      a call with the wrong types or arguments (also a TypeError)
    ├── UnknownKey             no article has that key, no field has that name (also a KeyError)
    ├── SchemaError            a schema that is not well formed, or that differs from the archive's
    ├── RecordError            an article that is rejected: where, which field, why
    ├── QueryError             a mistake in a query: code, span, message, cure
    ├── NotSupported           what an archive on a cluster cannot do: why, and what to do instead
    └── ArchiveError           trouble with the archive's directory, a file of it, or its cluster
        ├── ArchiveNotFound    there is no archive
        ├── ArchiveLocked      another process is writing: its process id, since when
        ├── ArchiveUnreachable its cluster does not answer
        ├── ArchiveDenied      its cluster refuses the user
        ├── CorruptArchive     a file is not what was written
        ├── SnapshotClosed     a snapshot or an archive was used after it was closed
        └── TooManyDeletes     files lack more of the archive's articles than may be deleted

Each message says what is wrong, where, and what to do. Errors are plain values: they compare by
type and content, and they can be pickled, so a process pool hands them on.

:class:`PerformanceWarning` is a warning: searchlib works, but without its compiled kernels.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

__all__ = [
    "AlertsForgotten",
    "ArchiveDenied",
    "ArchiveError",
    "ArchiveLocked",
    "ArchiveNotFound",
    "ArchiveUnreachable",
    "ArgumentError",
    "ArgumentTypeError",
    "CorruptArchive",
    "NotSupported",
    "PerformanceWarning",
    "QueryCode",
    "QueryError",
    "RecordError",
    "SchemaError",
    "SearchlibError",
    "SnapshotClosed",
    "TooManyDeletes",
    "UnknownKey",
]

#: Every code that a query can be refused with. Codes are stable.
QueryCode = Literal[
    # The query as a whole
    "not-a-query",  # neither text nor a whoosh.query tree
    "empty-query",  # there is nothing to search for
    "too-long",  # longer than the limit
    "too-deep",  # brackets and operators inside each other, beyond the limit
    "too-many-clauses",  # more words and values than the limit
    # Brackets, quotes and operators
    "unclosed-bracket",  # a bracket is opened and not closed
    "unopened-bracket",  # a bracket is closed that was not opened
    "empty-brackets",  # nothing between brackets
    "unclosed-quote",  # a quotation mark is opened and not closed
    "empty-quote",  # no word between quotation marks
    "phrase-too-long",  # a phrase of more words than the limit
    "dangling-operator",  # an operator without something on both sides
    "unclear-not",  # NOT or - before a NEAR without brackets
    "no-distance",  # NEAR without a number
    "bad-distance",  # a distance, count or limit that cannot be
    "not-in-text",  # NEAR, atleast or first around something without a position in a text
    "bad-weight",  # a weight or boost that is not a number in its range
    # Fields and their values
    "unknown-field",  # no field has that name
    "not-searchable",  # the field is stored but not searched
    "no-text-field",  # no field of the schema is searched by default
    "empty-field",  # a field without a value
    "two-fields",  # NEAR over words of different fields, or a field inside a field
    "misplaced-sign",  # a - or + between a field and its value
    "missing-colon",  # = or > after the name of a field, where a : belongs
    "bad-number",  # not a number, or an empty range of numbers
    "bad-date",  # not a date, or one that can be read in two ways
    "not-a-range",  # a range or comparison in a field that has none, or in no field
    # Patterns
    "not-a-word",  # a pattern or fuzzy word made of several words, or of none
    "too-broad",  # a pattern that would match most words
    "mixed-signs",  # signs that do not go together, as in =civil*
    "bad-fuzzy",  # more edits than the limit, or not a number of them
    "bad-pattern",  # a regular expression that is not well formed, or not allowed
    # The search itself
    "too-many-words",  # the patterns match more words than the limit
    "too-many-spans",  # parts near each other more often than the limit
    "too-many-articles",  # more articles to read for sentences than the limit
    "too-slow",  # more seconds than the limit
    "not-supported",  # a node of a whoosh.query tree that cannot be run
]


class SearchlibError(Exception):
    """The root: ``except SearchlibError`` catches whatever searchlib raises on purpose.

    >>> issubclass(QueryError, SearchlibError)
    True
    """

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception would call __init__ with the message alone, whatever its parameters are.
        return _restore, (type(self), self.args, self.__dict__)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        assert isinstance(other, SearchlibError)
        return (self.args, self.__dict__) == (other.args, other.__dict__)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


def _restore(
    error_type: type[SearchlibError], args: tuple[Any, ...], state: dict[str, Any]
) -> SearchlibError:
    """The error that was pickled; ``__init__`` does not run."""
    error = error_type.__new__(error_type, *args)
    error.__dict__.update(state)
    return error


class ArgumentError(SearchlibError, ValueError):
    """A call with a value that cannot be: a negative limit, a field that cannot be sorted by.

    >>> issubclass(ArgumentError, ValueError)
    True
    """


class AlertsForgotten(ArgumentError):
    """Alerts that came after a token were forgotten (:meth:`Archive.forget_alerts`) before they
    were read on from it. ``token`` goes on with those that are left.

    >>> AlertsForgotten("3.0", "8.0").token
    '8.0'
    """

    def __init__(self, since: str, token: str) -> None:
        super().__init__(
            f"alerts since the token {since} were forgotten before they were read on from it: "
            f"those that are left begin at the token {token}"
        )
        self.since = since
        self.token = token


class ArgumentTypeError(SearchlibError, TypeError):
    """A call with a value of the wrong type, with arguments missing, or with too many.

    >>> issubclass(ArgumentTypeError, TypeError)
    True
    """


class UnknownKey(SearchlibError, KeyError):
    """No article has the key, or no field has the name, that was looked up: ``key``.

    >>> str(UnknownKey("no article has the key 'a9'", "a9"))
    "no article has the key 'a9'"
    """

    def __init__(self, message: str, key: object) -> None:
        super().__init__(message)
        self.key = key

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show its repr

    @classmethod
    def field(cls, name: object, names: Iterable[str]) -> UnknownKey:
        """The error for a field's name that is none of ``names``, which it lists.

        >>> raise UnknownKey.field("titel", ["id", "title"])
        Traceback (most recent call last):
        ...
        searchlib.errors.UnknownKey: there is no field 'titel': the fields are id, title
        """
        return cls(f"there is no field {name!r}: the fields are {', '.join(names)}", name)


class SchemaError(SearchlibError):
    """A schema is not well formed, or differs from the one an archive was made with.

    ``field`` names the field at fault, or is None when it is the whole schema.

    >>> SchemaError("two keys", field="id").field
    'id'
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class RecordError(SearchlibError):
    """One article is rejected. ``where`` is its place ("news.jsonl:17"), ``why`` the reason.

    >>> str(RecordError("news.jsonl:17", "date", "the 31st of June does not exist"))
    'news.jsonl:17: date: the 31st of June does not exist'
    """

    def __init__(self, where: str, field: str | None, why: str) -> None:
        super().__init__(": ".join(part for part in (where, field, why) if part))
        self.where = where
        self.field = field
        self.why = why


class QueryError(SearchlibError):
    """A mistake in a query, or a query that costs more than its limits allow.

    ``code`` is one of :data:`QueryCode` ("unknown-field"), ``span`` the (start, end) offsets of the
    place in ``text``, ``cure`` what to type instead.

    >>> error = QueryError("unknown-field", (0, 5), "no field 'autor'", "try author", "autor:x")
    >>> print(error.pointer())
    autor:x
    ^^^^^
    """

    def __init__(
        self, code: QueryCode, span: tuple[int, int], message: str, cure: str = "", text: str = ""
    ) -> None:
        super().__init__(f"{message}: {cure}" if cure else message)
        self.code: QueryCode = code
        self.span = span
        self.message = message
        self.cure = cure
        self.text = text

    def pointer(self) -> str:
        """The query, and below it a line with carets under the mistake."""
        start, end = self.span
        shown = "".join(" " if c.isspace() else c for c in self.text)
        return f"{shown}\n{' ' * start}{'^' * max(1, end - start)}"


class ArchiveError(SearchlibError):
    """Trouble with an archive on disk; ``path`` is its directory, or the file at fault.

    >>> ArchiveError("the disk is full", "index").path
    'index'
    """

    def __init__(self, message: str, path: str | os.PathLike[str] = "") -> None:
        super().__init__(message)
        self.path = os.fspath(path)


class ArchiveNotFound(ArchiveError):
    """No archive in that directory.

    >>> issubclass(ArchiveNotFound, ArchiveError)
    True
    """


class ArchiveLocked(ArchiveError):
    """Another writer holds the archive: its process id, and since when (UTC), if known.

    >>> ArchiveLocked("index", 4711, None).holder
    4711
    """

    def __init__(
        self, path: str | os.PathLike[str], holder: int | None, since: datetime | None
    ) -> None:
        who = f"process {holder}" if holder is not None else "another process"
        cure = "wait until it is done, or stop it"
        if holder == os.getpid():
            who, cure = "another writer of this program", "it is to commit or cancel first"
        when = f" since {since:%Y-%m-%d %H:%M:%S} UTC" if since is not None else ""
        super().__init__(
            f"{os.fspath(path)}: {who} has been writing to this archive{when}: {cure}", path
        )
        self.holder = holder
        self.since = since


class ArchiveUnreachable(ArchiveError):
    """The cluster of an archive does not answer, or only a part of it. Nothing that was asked for
    is known to be done; adding the same articles again is safe.

    >>> issubclass(ArchiveUnreachable, ArchiveError)
    True
    """


class ArchiveDenied(ArchiveError):
    """The cluster of an archive refuses the user, or what the user may not do.

    >>> issubclass(ArchiveDenied, ArchiveError)
    True
    """


class NotSupported(SearchlibError):
    """This archive (on a cluster, or a Whoosh program's) cannot do this: ``name`` of what was asked
    for, ``why``, ``cure``. ``shell_cure`` is that of the command and the prompt.

    >>> str(NotSupported("optimize", "the cluster merges by itself", "leave it out"))
    'optimize: the cluster merges by itself: leave it out'
    """

    def __init__(self, name: str, why: str, cure: str, shell_cure: str | None = None) -> None:
        super().__init__(f"{name}: {why}: {cure}")
        self.shell_cure = cure if shell_cure is None else shell_cure
        self.name = name
        self.why = why
        self.cure = cure

    @property
    def shell_message(self) -> str:
        """The message with ``shell_cure``.

        >>> NotSupported("x", "there are none", "give y=True", "add --y").shell_message
        'x: there are none: add --y'
        """
        return f"{self.name}: {self.why}: {self.shell_cure}"


class TooManyDeletes(ArchiveError):
    """``Archive.sync`` would delete more articles than it may: how many, of how many.

    >>> TooManyDeletes("index", 90, 100).deletes
    90
    """

    def __init__(self, path: str | os.PathLike[str], deletes: int, articles: int) -> None:
        super().__init__(
            f"{os.fspath(path)}: {deletes:,} of {articles:,} articles are not in these files any "
            "more: nothing was deleted. If that is right, allow it with most_deleted=1 (--yes)",
            path,
        )
        self.deletes = deletes
        self.articles = articles


class CorruptArchive(ArchiveError):
    """A file of the archive is not what was written; ``file`` names it.

    >>> CorruptArchive("index/s1.seg", "its length is wrong").file
    'index/s1.seg'
    """

    def __init__(self, file: str | os.PathLike[str], why: str) -> None:
        place = os.fspath(file)
        folder = place if os.path.isdir(place) else os.path.dirname(place) or "."
        super().__init__(
            f"{place}: damaged: {why}: restore the file from a copy, or save what can be read: "
            f"searchlib repair NEW --archive {shlex.quote(folder)}",
            file,
        )
        self.file = os.fspath(file)
        self.why = why


class SnapshotClosed(ArchiveError):
    """A snapshot, an archive, or results of one, used after it was closed.

    >>> issubclass(SnapshotClosed, ArchiveError)
    True
    """


class PerformanceWarning(UserWarning):
    """searchlib works, but slower than it could: the compiled kernels were not built.

    >>> issubclass(PerformanceWarning, UserWarning)
    True
    """
