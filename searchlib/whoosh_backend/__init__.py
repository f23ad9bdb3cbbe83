"""The archive as a Whoosh backend: Whoosh's Index, IndexReader, IndexWriter and Matcher over an
:class:`~searchlib.index.store.IndexStore`.

Whoosh's guide 'How to implement a new backend' names the classes to derive from. Programs change
one import: ``from searchlib.whoosh_backend import create_in, exists_in, open_dir`` (or
``FileStorage``, ``RamStorage``, and what else programs import of ``whoosh.index``).
"""

from whoosh.index import EmptyIndexError, IndexVersionError, LockError, OutOfDateError

from searchlib.whoosh_backend.storage import (
    FileStorage,
    RamStorage,
    create_in,
    exists,
    exists_in,
    open_dir,
    version,
    version_in,
)

__all__ = [
    "EmptyIndexError", "FileStorage", "IndexVersionError", "LockError", "OutOfDateError",
    "RamStorage", "create_in", "exists", "exists_in", "open_dir", "version", "version_in",
]  # fmt: skip
