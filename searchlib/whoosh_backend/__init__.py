"""The archive as a Whoosh backend: Whoosh's Index, IndexReader, IndexWriter and Matcher over an
:class:`~searchlib.index.store.IndexStore`.

Whoosh's guide 'How to implement a new backend' names the classes to derive from. Programs change
one import: ``from searchlib.whoosh_backend import create_in, exists_in, open_dir`` (or
``FileStorage``, ``RamStorage``).
"""

from searchlib.whoosh_backend.storage import (
    FileStorage,
    RamStorage,
    create_in,
    exists_in,
    open_dir,
)

__all__ = ["FileStorage", "RamStorage", "create_in", "exists_in", "open_dir"]
