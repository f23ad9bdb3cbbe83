"""What programs import of ``whoosh.index``: an archive made and opened by its folder."""

from __future__ import annotations

import os
from typing import Any

from searchlib.codec.directory import Directory
from searchlib.errors import ArchiveNotFound
from searchlib.index.manifest import MANIFEST
from searchlib.index.store import IndexStore
from searchlib.schema import Schema
from searchlib.whoosh_backend.index import ArchiveIndex

__all__ = ["create_in", "exists_in", "open_dir"]

Path = str | os.PathLike[str]


def create_in(dirname: Path, schema: Any) -> ArchiveIndex:
    """Make an archive in a folder for the articles of a ``whoosh.fields.Schema`` (see
    :meth:`Schema.from_whoosh`). Whoosh writes over an index that is there; this raises
    :class:`ArchiveError`, since an archive is not thrown away unasked: ``writer.commit(mergetype=
    whoosh.writing.CLEAR)`` empties one.

    >>> import tempfile
    >>> from whoosh import fields
    >>> schema = fields.Schema(id=fields.ID(unique=True, stored=True), title=fields.TEXT)
    >>> create_in(tempfile.mkdtemp(), schema).doc_count()
    0
    """
    ours = schema if isinstance(schema, Schema) else Schema.from_whoosh(schema)
    return ArchiveIndex(IndexStore.create(Directory(dirname), ours))


def open_dir(dirname: Path) -> ArchiveIndex:
    """The archive in a folder as a Whoosh index; :class:`ArchiveNotFound` if there is none.

    >>> import tempfile
    >>> from searchlib.schema import Key
    >>> folder = tempfile.mkdtemp()
    >>> _ = create_in(folder, Schema(id=Key()))
    >>> open_dir(folder).is_empty()
    True
    """
    if not exists_in(dirname):
        raise ArchiveNotFound(
            f"{os.fspath(dirname)}: no archive here: create_in makes one", dirname
        )
    return ArchiveIndex(IndexStore(Directory(dirname)))


def exists_in(dirname: Path) -> bool:
    """Whether there is an archive in a folder.

    >>> exists_in("nowhere")
    False
    """
    return os.path.exists(os.path.join(dirname, MANIFEST))
