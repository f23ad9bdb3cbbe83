"""An archive made to harm: nothing of it is executed, nothing outside of it is touched, sizes
are checked before memory is taken."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import searchlib as sl
from searchlib.codec.segment_file import _MAGIC, _TAIL, PAGE
from searchlib.errors import ArchiveError, ArchiveNotFound, CorruptArchive
from tests.trust.world import SCHEMA, article, put

MEMORY = 64 << 20  # bytes that may be taken to find out that an archive is bad


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with sl.Archive.create(tmp_path / "archive", SCHEMA) as archive:
        archive.add([article(f"k{n}") for n in range(20)])
        archive.delete(["k3"])
    return tmp_path / "archive"


def signed(body: Any) -> bytes:
    """A manifest with a right checksum."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return text + b"\n%08x\n" % zlib.crc32(text)


def manifest(path: Path) -> dict[str, Any]:
    text = (path / "manifest.json").read_bytes().removesuffix(b"\n").rpartition(b"\n")[0]
    body: dict[str, Any] = json.loads(text)
    return body


def use(path: Path) -> None:
    """Everything that reads the archive's files."""
    with sl.Archive.open(path) as archive:
        archive.search("rain", facets=["section"])
        list(archive.export())


def refused(path: Path, kind: type[ArchiveError] = CorruptArchive) -> None:
    """Opening it raises a typed error, without taking memory."""
    tracemalloc.start()
    try:
        with pytest.raises(kind):
            use(path)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
    assert sl.Archive.open(path).check() if kind is ArchiveError else True


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "leads up": lambda m: m["segments"][0].update(file="../../etc/passwd"),
    "absolute": lambda m: m["segments"][0].update(file="/etc/passwd"),
    "backslash": lambda m: m["segments"][0].update(file="..\\00000001.seg"),
    "nul": lambda m: m["segments"][0].update(file="00000001.seg\0"),
    "not a name": lambda m: m["segments"][0].update(file=["00000001.seg"]),
    "the manifest": lambda m: m["segments"][0].update(file="manifest.json"),
    "deletes lead up": lambda m: m["segments"][0]["deletes"].update(file="../00000002.del"),
    "deletes are a list": lambda m: m["segments"][0].update(deletes=[1]),
    "huge documents": lambda m: m["segments"][0].update(documents=1 << 62),
    "4G documents": lambda m: m["segments"][0].update(documents=1 << 32),
    "negative documents": lambda m: m["segments"][0].update(documents=-1),
    "documents are a float": lambda m: m["segments"][0].update(documents=20.0),
    "documents are true": lambda m: m["segments"][0].update(documents=True),
    "huge length": lambda m: m["segments"][0].update(bytes=1 << 60),
    "segment twice": lambda m: m["segments"].append(m["segments"][0]),
    "segment is text": lambda m: m["segments"].append("x"),
    "segments are a number": lambda m: m.update(segments=7),
    "no serial": lambda m: m.pop("serial"),
    "serial of the past": lambda m: m.update(serial=0),
    "generation is text": lambda m: m.update(generation="1"),
    "format is text": lambda m: m.update(format="__import__('os')"),
    "schema is code": lambda m: m.update(schema="__import__('os').system('true')"),
    "unknown kind": lambda m: m["schema"][0].update(kind="os.system"),
    "bad option": lambda m: m["schema"][0].update(clean="x"),
    "settings are a list": lambda m: m.update(settings=[1]),
    "no block": lambda m: m["settings"].update(layout={"block": 0}),
    "huge block": lambda m: m["settings"].update(layout={"block": 1 << 60}),
    "layout of text": lambda m: m["settings"].update(layout="x"),
    "a week of ten days": lambda m: m["settings"].update(week_start=9),
    "week of text": lambda m: m["settings"].update(week_start="x"),
    "days first perhaps": lambda m: m["settings"].update(day_first="x"),
    "marks are a number": lambda m: m.update(reading=7),
    "a mark of text": lambda m: m.update(reading=["x"]),
    "a mark behind all": lambda m: m.update(reading=[["0" * 16, "0" * 16, 1, 1 << 63, "0" * 16]]),
    "a mark before all": lambda m: m.update(reading=[["0" * 16, "0" * 16, -1, 1, "0" * 16]]),
    "a long mark": lambda m: m.update(reading=[["0" * 99, "0" * 16, 1, 1, "0" * 16]]),
    "a mark of lists": lambda m: m.update(reading=[[[], "0" * 16, 1, 1, "0" * 16]]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_hostile_manifests(change: str, path: Path) -> None:
    body = manifest(path)
    CHANGES[change](body)
    (path / "manifest.json").write_bytes(signed(body))
    refused(path)


@pytest.mark.parametrize(
    "data",
    [b"[" * 200_000, b'{"a":' * 200_000, b"9" * 100_000, b"null", b"[]", b"\xff\xfe", b"NaN"],
)
def test_hostile_json(data: bytes, path: Path) -> None:
    (path / "manifest.json").write_bytes(signed(data))
    refused(path)


def test_a_huge_manifest_is_not_read(path: Path) -> None:
    with open(path / "manifest.json", "wb") as file:
        file.truncate(1 << 36)
    refused(path)


def test_settings_that_this_machine_does_not_know(path: Path) -> None:
    body = manifest(path)
    body["settings"]["zone"] = "../../../etc/passwd"
    (path / "manifest.json").write_bytes(signed(body))
    with pytest.raises(ArchiveError, match="zone"):
        sl.Archive.open(path)


def test_a_later_format_is_named(path: Path) -> None:
    (path / "manifest.json").write_bytes(signed(manifest(path) | {"format": 99}))
    with pytest.raises(ArchiveError, match="format 99"):
        sl.Archive.open(path)


def refooted(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change a segment's footer, with right checksums everywhere."""
    body = manifest(path)
    file = path / body["segments"][0]["file"]
    data = file.read_bytes()
    start, length, _, _ = _TAIL.unpack(data[-_TAIL.size :])
    footer = json.loads(data[start : start + length])
    made = change(footer)
    text = made if isinstance(made, bytes) else json.dumps(footer).encode()
    crc = zlib.crc32(text)
    data = data[:start] + text + _TAIL.pack(start, len(text), crc, _MAGIC)
    file.write_bytes(data)
    body["segments"][0].update(bytes=len(data), crc=crc)
    (path / "manifest.json").write_bytes(signed(body))


FOOTERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "huge count": lambda f: f["sections"].update({"stored.lengths": [64, 1 << 60, "u4"]}),
    "beyond the end": lambda f: f["sections"].update({"stored.lengths": [1 << 62, 1, "u4"]}),
    "negative": lambda f: f["sections"].update({"stored.lengths": [-64, 4, "u4"]}),
    "object dtype": lambda f: f["sections"].update({"stored.lengths": [64, 1, "O"]}),
    "dtype is a list": lambda f: f["sections"].update({"stored.lengths": [64, 1, ["u4"]]}),
    "short section": lambda f: f["sections"].update({"stored.lengths": [64]}),
    "section is null": lambda f: f["sections"].update({"stored.lengths": None}),
    "sections are a list": lambda f: f.update(sections=[]),
    "no meta": lambda f: f.pop("meta"),
    "meta is text": lambda f: f.update(meta="x"),
    "fields are text": lambda f: f["meta"].update(fields="x"),
    "field is a number": lambda f: f["meta"]["fields"].update(body=7),
    "no kind": lambda f: f["meta"]["fields"]["body"].pop("kind"),
    "no block": lambda f: f["meta"]["fields"]["body"].update(block=0),
    "block is text": lambda f: f["meta"]["fields"]["body"].update(block="x"),
    "other documents": lambda f: f["meta"].update(documents=1 << 40),
    "table elsewhere": lambda f: f.update(table=[-1, 1, 0]),
    "table is huge": lambda f: f.update(table=[1 << 60, 1 << 60, 0]),
    "deep": lambda f: b"[" * 100_000,
}


@pytest.mark.parametrize("change", FOOTERS)
def test_hostile_footers(change: str, path: Path) -> None:
    refooted(path, FOOTERS[change])
    refused(path)


class Bomb:
    """Would run code if it were unpickled."""

    def __reduce__(self) -> Any:
        return os.mkdir, (os.environ["SEARCHLIB_BOMB"],)


def test_no_code_runs_on_open(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCHLIB_BOMB", str(tmp_path / "exploded"))
    bomb = pickle.dumps(Bomb())
    code = b"import os; os.mkdir(os.environ['SEARCHLIB_BOMB'])\n"
    for name in ("_MAIN_1.toc", "MAIN_WRITELOCK", "x.pickle", "schema.pkl"):
        (path / name).write_bytes(bomb)
    for name in ("searchlib.py", "sitecustomize.py", "conftest.py", "numpy.py", "schema.py"):
        (path / name).write_bytes(code)
    before = set(sys.modules)
    use(path)
    put(sl.Archive.open(path)._store, [article("more")])
    for name in os.listdir(path):
        if name.endswith((".seg", ".del", ".json", ".lock")):
            (path / name).write_bytes(bomb)
            with suppress(ArchiveError):  # the lock's text is nothing to a reader
                use(path)
    assert not (tmp_path / "exploded").exists()
    assert not {name for name in set(sys.modules) - before if "conftest" in name}


def kinds(path: Path) -> list[Path]:
    return [next(path.glob(f"*.{ending}")) for ending in ("json", "seg", "del")]


def test_links_are_refused(path: Path, tmp_path: Path) -> None:
    for file in kinds(path):
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(CorruptArchive, match="link"):
            use(path)
        file.unlink()
        (tmp_path / "elsewhere").rename(file)
    use(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_pipes_and_directories_are_refused_without_waiting(path: Path, tmp_path: Path) -> None:
    for file in kinds(path):
        for make in (os.mkfifo, os.mkdir):
            file.rename(tmp_path / "elsewhere")
            make(file)
            with pytest.raises(CorruptArchive, match="not a plain file"):
                use(path)
            os.unlink(file) if make is os.mkfifo else os.rmdir(file)
            (tmp_path / "elsewhere").rename(file)


def test_writing_follows_no_link(path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    serial = manifest(path)["serial"]
    for name in ("manifest.json.new", f"{serial + 1:08d}.seg", f"{serial + 2:08d}.del"):
        (path / name).symlink_to(victim)
    with sl.Archive.open(path) as archive:
        archive.add([article("k1", 5)])
        assert archive.get("k1") is not None
    lock = path / "writer.lock"
    lock.unlink()
    lock.symlink_to(victim)
    with sl.Archive.open(path) as archive, pytest.raises(ArchiveError, match="lock"):
        archive.add([article("k2", 5)])
    assert victim.read_text() == "precious"


def test_other_files_are_left_alone(path: Path) -> None:
    names = ["notes.seg", "a.new", "1.del", "draft.txt", "README", "000000001.segx"]
    for name in names:
        (path / name).write_text("mine")
    with sl.Archive.open(path) as archive:
        archive.add([article("k1", 9)])
        archive.optimize()
    assert all((path / name).read_text() == "mine" for name in names)


def test_a_directory_may_be_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(path)
    with sl.Archive.open(tmp_path / "link") as archive:
        assert archive.add([article("more")]).added == 1
    use(path)


def test_paths_that_are_not_archives(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for name in ("missing", "file", "file/below", "."):
        with pytest.raises(ArchiveNotFound):
            sl.Archive.open(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "fork") or os.getuid() != 0, reason="becomes another user")
def test_reading_needs_no_write_permission(path: Path, tmp_path: Path) -> None:
    for folder in (path, *path.parents):
        if folder.is_relative_to(tmp_path.parent.parent.parent):
            folder.chmod(0o755)
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setuid(65534)
            use(path)
            with pytest.raises(ArchiveError), sl.Archive.open(path) as archive:
                archive.add([article("more")])
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


def rewritten(path: Path, name: str, change: Callable[[npt.NDArray[Any]], Any]) -> None:
    """Change the numbers of a section of the first segment, with right checksums everywhere."""
    body = manifest(path)
    file = path / body["segments"][0]["file"]
    data = bytearray(file.read_bytes())
    start, length, _, magic = _TAIL.unpack(data[-_TAIL.size :])
    footer = json.loads(data[start : start + length])
    at, count, dtype = footer["sections"][name]
    numbers = np.frombuffer(bytes(data), f"<{dtype}", count, at).copy()
    change(numbers)
    data[at : at + numbers.nbytes] = numbers.tobytes()
    end = footer["table"][0]
    pages = (data[place : min(place + PAGE, end)] for place in range(0, end, PAGE))
    table = b"".join(zlib.crc32(page).to_bytes(4, "little") for page in pages)
    footer["table"] = [end, len(table) // 4, zlib.crc32(table)]
    text = json.dumps(footer).encode()
    crc = zlib.crc32(text)
    tail = _TAIL.pack(end + len(table), len(text), crc, magic)
    file.write_bytes(bytes(data[:end]) + table + text + tail)
    body["segments"][0].update(bytes=file.stat().st_size, crc=crc)
    (path / "manifest.json").write_bytes(signed(body))


def most(place: int) -> Callable[[npt.NDArray[Any]], None]:
    """A change that makes a number huge."""
    return lambda numbers: numbers.__setitem__(place, min(np.iinfo(numbers.dtype).max, 1 << 33))


SECTIONS: dict[str, tuple[str, Callable[[npt.NDArray[Any]], Any]]] = {
    "forms": ("field.body.first.heads", most(0)),
    "forms inside": ("field.body.first.steps", most(3)),
    "postings": ("field.body.starts.heads", most(0)),
    "postings inside": ("field.body.starts.steps", most(5)),
    "occurrences": ("field.body.tokens.heads", most(0)),
    "ends of terms": ("field.body.terms.ends.heads", most(0)),
    "ends of terms inside": ("field.body.terms.ends.steps", most(5)),
    "ends of surfaces": ("field.body.surfaces.ends.heads", most(0)),
    "frequencies": ("field.body.freqs", most(0)),
    "values": ("field.topics.held", most(-1)),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_wrong_offsets_are_not_merged(section: str, path: Path) -> None:
    rewritten(path, *SECTIONS[section])
    tracemalloc.start()
    try:
        with sl.Archive.open(path) as archive, pytest.raises(CorruptArchive):
            archive.optimize()
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_wrong_forms_of_format_1_are_not_merged(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parent / "frozen" / "format1", tmp_path / "archive")
    rewritten(tmp_path / "archive", "field.body.first", most(-1))
    with sl.Archive.open(tmp_path / "archive") as archive, pytest.raises(CorruptArchive):
        archive.optimize()
