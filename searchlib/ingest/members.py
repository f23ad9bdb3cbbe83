"""The files within ZIP and TAR archives, one after the other."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from shutil import copyfileobj
from typing import IO

from searchlib.ingest.article import Rejected

__all__ = ["Member", "tar_members", "zip_members"]

#: A file within: its name, and its stream, which is open until the next one is asked for.
Member = tuple[str, IO[bytes]]

_MAX_MEMBERS = 1_000_000
# A member that is both longer than this and so many times longer than its compressed form is
# taken for a bomb.
_MAX_SIZE, _MAX_RATIO = 64 * 1024 * 1024, 200
_HIDDEN = ("__MACOSX/",)


def zip_members(stream: io.BufferedReader, name: str) -> Iterator[Member | Rejected]:
    """The files of a ZIP archive."""
    with tempfile.TemporaryFile() as file:  # its end is read first, which a stream cannot
        copyfileobj(stream, file)
        file.seek(0)
        try:
            with zipfile.ZipFile(file) as archive:
                for info in archive.infolist()[:_MAX_MEMBERS]:
                    path = f"{name}/{info.filename}"
                    if info.is_dir() or _is_hidden(info.filename):
                        continue
                    if info.file_size > _MAX_SIZE and (
                        info.file_size > _MAX_RATIO * max(info.compress_size, 1)
                    ):
                        yield Rejected(path, None, f"it would grow to {info.file_size:,} bytes")
                        continue
                    try:
                        with archive.open(info) as member:
                            yield path, member
                    except (RuntimeError, NotImplementedError) as error:  # encrypted, rare methods
                        yield Rejected(path, None, f"it cannot be unpacked: {error}")
                    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                        yield Rejected(path, None, f"it is damaged: {error}")
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            yield Rejected(name, None, f"the ZIP archive is damaged: {error}")


def tar_members(stream: io.BufferedReader, name: str) -> Iterator[Member | Rejected]:
    """The files of a TAR archive; links and devices in it are passed over."""
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for info in archive:
                file = archive.extractfile(info) if info.isfile() else None
                if file is not None and not _is_hidden(info.name):
                    with file:
                        yield f"{name}/{info.name}", file
    except (tarfile.TarError, EOFError, ValueError) as error:
        yield Rejected(name, None, f"the TAR archive is damaged: {error}")


def _is_hidden(path: str) -> bool:
    return path.startswith(_HIDDEN) or path.rpartition("/")[2].startswith(".")
