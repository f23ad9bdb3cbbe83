"""What programs import of ``whoosh.index`` and ``whoosh.filedb.filestore``: archives made and
opened by their folder, or by a storage object."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any
from weakref import finalize

from whoosh.fields import ensure_schema
from whoosh.filedb import filestore
from whoosh.index import _DEF_INDEX_NAME, EmptyIndexError

from searchlib.codec.directory import Directory, Durability
from searchlib.errors import ArchiveError, ArchiveNotFound
from searchlib.index.manifest import MANIFEST, TAKE_OVER, whoosh_index_names
from searchlib.index.store import IndexStore
from searchlib.schema import Schema
from searchlib.whoosh_backend.index import ArchiveIndex
from searchlib.whoosh_backend.writer import lock_error

__all__ = [
    "FileStorage", "RamStorage", "create_in", "exists", "exists_in", "open_dir", "version",
    "version_in",
]  # fmt: skip

Path = str | os.PathLike[str]
_MEMORY = "/dev/shm"  # a folder in memory, where there is one


def create_in(
    dirname: Path, schema: Any, indexname: str | None = None, *, durability: Durability = "full"
) -> ArchiveIndex:
    """Make an archive in a folder for the documents of a ``whoosh.fields.Schema``, which it keeps
    as Whoosh does (``Schema.from_whoosh(schema, exact=True)``), or for those of a
    :class:`Schema`. With an ``indexname`` of its own it is in a folder of that name within the
    folder. Raises :class:`SchemaError` for what has no place in an archive.

    As Whoosh does, it makes a new index in place of one that is there; but neither an archive with
    a :class:`Schema` nor a Whoosh index is thrown away unasked: :class:`ArchiveError`. With
    ``durability="relaxed"`` its commits are no safer from a power cut than Whoosh's: see
    :meth:`.Archive.open`.

    >>> import tempfile
    >>> from whoosh import fields
    >>> schema = fields.Schema(id=fields.ID(unique=True, stored=True), title=fields.TEXT)
    >>> create_in(tempfile.mkdtemp(), schema).doc_count()
    0
    """
    return FileStorage(dirname, durability=durability).create_index(schema, indexname)


def open_dir(
    dirname: Path, indexname: str | None = None, readonly: bool = False, schema: Any = None, *,
    durability: Durability = "full",
) -> ArchiveIndex:  # fmt: skip
    """The archive in a folder as a Whoosh index; :class:`ArchiveNotFound` if there is none.
    ``schema`` is needed if a field of it has an analyzer of the program's own, ``durability`` is
    that of the commits that are made with it.

    >>> import tempfile
    >>> from searchlib.schema import Key
    >>> folder = tempfile.mkdtemp()
    >>> _ = create_in(folder, Schema(id=Key()))
    >>> open_dir(folder).is_empty()
    True
    """
    storage = FileStorage(dirname, readonly=readonly, durability=durability)
    return storage.open_index(indexname, schema)


def exists_in(dirname: Path, indexname: str | None = None) -> bool:
    """Whether there is an archive in a folder. A Whoosh index is none: :func:`open_dir` and
    :func:`create_in` say how to make one of it.

    >>> exists_in("nowhere")
    False
    """
    return FileStorage(dirname).index_exists(indexname)


def exists(storage: Any, indexname: str | None = None) -> bool:
    """Whether there is an archive in a storage object.

    >>> exists(RamStorage())
    False
    """
    return bool(storage.index_exists(indexname))


def version_in(dirname: Path, indexname: str | None = None) -> tuple[Any, int]:
    """The version of Whoosh whose interface an archive in a folder has, and that of Whoosh's files,
    which an archive does not have; :class:`ArchiveNotFound` if there is none.

    >>> import tempfile
    >>> from whoosh import fields
    >>> folder = tempfile.mkdtemp()
    >>> index = create_in(folder, fields.Schema(id=fields.ID))
    >>> version_in(folder) == (index.release, index.version)
    True
    """
    return version(FileStorage(dirname), indexname)


def version(storage: Any, indexname: str | None = None) -> tuple[Any, int]:
    """The same of an archive in a storage object.

    >>> from whoosh import fields
    >>> storage = RamStorage()
    >>> index = storage.create_index(fields.Schema(id=fields.ID))
    >>> version(storage) == (index.release, index.version)
    True
    """
    index = storage.open_index(indexname)
    return index.release, index.version


class _ArchiveStorage:
    """The part of Whoosh's storage objects that makes and opens indexes; ``folder`` is theirs."""

    folder: str
    durability: Durability = "full"

    def create_index(
        self, schema: Any, indexname: str | None = None, indexclass: Any = None
    ) -> ArchiveIndex:
        """Make an archive: see :func:`create_in`."""
        directory = _StorageDirectory(self, indexname)
        ours = _schema_of(schema)
        is_there = self.index_exists(indexname)
        if not is_there and (whoosh_index := self._whoosh_index_here(indexname)):
            raise ArchiveError(f"{whoosh_index}; or name another folder", self.folder)
        with lock_error():
            if ours.is_exact and is_there:
                IndexStore.replace(directory, ours)
            else:
                IndexStore.create(directory, ours)
        return ArchiveIndex(IndexStore(directory, ours), self, indexname or _DEF_INDEX_NAME)

    def open_index(
        self, indexname: str | None = None, schema: Any = None, indexclass: Any = None
    ) -> ArchiveIndex:
        """Open an archive: see :func:`open_dir`."""
        directory = _StorageDirectory(self, indexname)
        if not self.index_exists(indexname):
            nothing = f"{directory.path}: no archive here: create_in makes one"
            raise NoArchive(self._whoosh_index_here(indexname) or nothing, directory.path)
        ours = None if schema is None else _schema_of(schema)
        return ArchiveIndex(IndexStore(directory, ours), self, indexname or _DEF_INDEX_NAME)

    def index_exists(self, indexname: str | None = None) -> bool:
        """Whether there is an archive of this name."""
        return os.path.exists(_StorageDirectory(self, indexname).path / MANIFEST)

    def _whoosh_index_here(self, indexname: str | None) -> str:
        """That there is a Whoosh index of this name, and what to do with it; "" if there is none.
        Whoosh keeps all that a folder has in the folder itself."""
        names = whoosh_index_names(Directory(self.folder).list_files())
        if not names or (indexname not in (None, _DEF_INDEX_NAME, *names)):
            return ""
        return (
            f"{self.folder}: a Whoosh index is here, and no archive: {TAKE_OVER}, with --exact for "
            "open_dir"
        )


class NoArchive(ArchiveNotFound, EmptyIndexError):  # type: ignore[misc]
    """:class:`ArchiveNotFound` that is also the error that Whoosh programs expect."""


class FileStorage(_ArchiveStorage, filestore.FileStorage):  # type: ignore[misc]
    """Whoosh's storage object for a folder, whose indexes are archives.

    >>> import tempfile
    >>> from searchlib.schema import Key
    >>> storage = FileStorage(tempfile.mkdtemp())
    >>> _ = storage.create_index(Schema(id=Key()))
    >>> storage.index_exists()
    True
    """

    def __init__(
        self, path: Path, *args: Any, durability: Durability = "full", **kwargs: Any
    ) -> None:
        super().__init__(os.fspath(path), *args, **kwargs)
        self.durability = durability


class RamStorage(_ArchiveStorage, filestore.RamStorage):  # type: ignore[misc]
    """Whoosh's storage object for indexes that are gone with it: archives in a folder of its own,
    in memory where the machine has one there.

    >>> from searchlib.schema import Key
    >>> storage = RamStorage()
    >>> storage.create_index(Schema(id=Key())).doc_count()
    0
    """

    durability = "relaxed"

    def __init__(self) -> None:
        super().__init__()
        place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="searchlib-", dir=place)
        finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


class _StorageDirectory(Directory):
    """The directory of an index in a storage object, which lives as long as this does."""

    def __init__(self, storage: _ArchiveStorage, indexname: str | None) -> None:
        is_named = indexname not in (None, _DEF_INDEX_NAME)
        super().__init__(
            os.path.join(storage.folder, str(indexname)) if is_named else storage.folder,
            durability=storage.durability,
        )
        self.storage = storage


def _schema_of(schema: Any) -> Schema:
    if isinstance(schema, Schema):
        return schema
    return Schema.from_whoosh(ensure_schema(schema), exact=True)
