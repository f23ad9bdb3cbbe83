"""Everything that searchlib raises on purpose, in one tree.

::

    SearchlibError
    ├── SchemaError        a schema that cannot be, or that differs from the archive's
    ├── RecordError        an article that cannot be taken: where, which field, why
    ├── QueryError         a query that cannot be understood: code, span, message, cure
    └── ArchiveError       trouble with the archive's folder
        ├── ArchiveNotFound
        ├── ArchiveLocked  another process is writing: its process id, since when
        ├── CorruptArchive a file is not what was written
        └── SnapshotClosed a search on a snapshot or archive that was closed

Each message says what is wrong, where, and what to do.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Literal

__all__ = [
    "ArchiveError",
    "ArchiveLocked",
    "ArchiveNotFound",
    "CorruptArchive",
    "QueryCode",
    "QueryError",
    "RecordError",
    "SchemaError",
    "SearchlibError",
    "SnapshotClosed",
]

#: Every code that a query can be refused with. Codes are stable.
QueryCode = Literal[
    # The query as a whole
    "not-a-query",  # neither text nor a whoosh.query tree
    "bad-match",  # match is neither "all" nor "any"
    "bad-page",  # limit or offset is no whole number from 0 on
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
    "bad-weight",  # a weight that is not a number above 0
    # Fields and their values
    "unknown-field",  # no field has that name
    "unknown-key",  # no article has that key
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
    "too-many-articles",  # more articles to read for sentences than the limit
    "too-slow",  # more seconds than the limit
    "not-supported",  # a node of a whoosh.query tree that cannot be run
]


class SearchlibError(Exception):
    """The root: ``except SearchlibError`` catches whatever searchlib raises on purpose.

    >>> issubclass(QueryError, SearchlibError)
    True
    """


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
    """One article cannot be taken. ``where`` is its place ("news.jsonl:17"), ``why`` the reason.

    >>> str(RecordError("news.jsonl:17", "date", "the 31st of June does not exist"))
    'news.jsonl:17: date: the 31st of June does not exist'
    """

    def __init__(self, where: str, field: str | None, why: str) -> None:
        super().__init__(": ".join(part for part in (where, field, why) if part))
        self.where = where
        self.field = field
        self.why = why


class QueryError(SearchlibError):
    """A query cannot be understood.

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
        """The query with carets under the place at fault, in two lines."""
        start, end = self.span
        shown = "".join(" " if c.isspace() else c for c in self.text)
        return f"{shown}\n{' ' * start}{'^' * max(1, end - start)}"


class ArchiveError(SearchlibError):
    """Trouble with an archive's folder; ``path`` is the folder or the file.

    >>> ArchiveError("the disk is full", "index").path
    'index'
    """

    def __init__(self, message: str, path: str | os.PathLike[str] = "") -> None:
        super().__init__(message)
        self.path = os.fspath(path)


class ArchiveNotFound(ArchiveError):
    """No archive in that folder.

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
        when = f" since {since:%Y-%m-%d %H:%M:%S} UTC" if since is not None else ""
        super().__init__(
            f"{os.fspath(path)}: {who} has been writing to this archive{when}: "
            "wait until it is done, or stop it",
            path,
        )
        self.holder = holder
        self.since = since


class CorruptArchive(ArchiveError):
    """A file of the archive is not what was written; ``file`` names it.

    >>> CorruptArchive("index/s1.seg", "its length is wrong").file
    'index/s1.seg'
    """

    def __init__(self, file: str | os.PathLike[str], why: str) -> None:
        super().__init__(
            f"{os.fspath(file)}: damaged: {why}: restore the file from a copy, "
            "or save what can be read with searchlib repair",
            file,
        )
        self.file = os.fspath(file)


class SnapshotClosed(ArchiveError):
    """A search on a snapshot, reader or archive after it was closed.

    >>> issubclass(SnapshotClosed, ArchiveError)
    True
    """
