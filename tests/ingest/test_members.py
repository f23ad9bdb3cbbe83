"""Files within archives, and archives that would grow without bound."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import Any

import pytest

from searchlib.ingest import members
from searchlib.ingest.article import Rejected
from searchlib.ingest.members import tar_members, zip_members
from searchlib.ingest.streams import STREAM_ERRORS, buffered


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def tarred(mode: Any = "w", **files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def contents(read: Any, data: bytes) -> list[Any]:
    items = read(buffered(io.BytesIO(data)), "x")
    return [
        str(item) if isinstance(item, Rejected) else (item[0], item[1].read()) for item in items
    ]


def test_zip() -> None:
    data = zipped(a=b"one", b__c=b"two", b__=b"", **{".hidden": b"x"})
    assert contents(zip_members, data) == [("x/a", b"one"), ("x/b/c", b"two")]


def test_tar() -> None:
    assert contents(tar_members, tarred(a=b"one", b=b"")) == [("x/a", b"one"), ("x/b", b"")]


@pytest.mark.parametrize("read", [zip_members, tar_members])
def test_damaged_archives(read: Any) -> None:
    whole = zipped(a=b"one" * 999) if read is zip_members else tarred(a=b"one" * 999)
    for cut in range(1, len(whole), 97):
        for item in contents_or_error(read, whole[:cut]):
            assert isinstance(item, (str, tuple))
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 255
    contents_or_error(read, bytes(flipped))


def contents_or_error(read: Any, data: bytes) -> list[Any]:
    """A member that cannot be read raises one of the errors of reading a stream."""
    try:
        return contents(read, data)
    except STREAM_ERRORS as error:
        return [str(error)]


def test_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_MAX_SIZE", 100_000)
    data = zipped(a=bytes(10_000_000), b=b"two")
    assert contents(zip_members, data) == [
        "x/a: it would grow to 10,000,000 bytes", ("x/b", b"two")
    ]  # fmt: skip


def test_what_is_taken_for_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is long, and many times longer than its compressed form."""
    monkeypatch.setattr(members, "_MAX_SIZE", 100)
    monkeypatch.setattr(members, "_MAX_RATIO", 10)
    for data, is_bomb in ((bytes(1000), True), (bytes(100), False), (bytes(range(250)), False)):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", data)
            archive.writestr("b", b"x")
        found = [
            str(one) if isinstance(one, Rejected) else (one[0], one[1].read())
            for one in members.zip_members(io.BufferedReader(io.BytesIO(file.getvalue())), "z")  # type: ignore[arg-type]
        ]
        first = "z/a: it would grow to 1,000 bytes" if is_bomb else ("z/a", data)
        assert found == [first, ("z/b", b"x")]


@pytest.mark.parametrize(
    ("path", "is_hidden"),
    [("a/b", False), (".a", True), ("a/.b", True), ("a/.b/c", False), ("__MACOSX/a", True),
     ("a/__MACOSX/b", False), ("a.b", False)],
)  # fmt: skip
def test_hidden_members(path: str, is_hidden: bool) -> None:
    assert members._is_hidden(path) == is_hidden
