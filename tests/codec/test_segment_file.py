"""Segment files: sections in parts of any size, and damage that is found when it is read."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib.codec import segment_file as module
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import PAGE, SegmentFile, SegmentFileWriter, section_prefix
from searchlib.errors import CorruptArchive, SnapshotClosed
from tests.parts import open_files, write_segment_file


def fill(out: SegmentFileWriter) -> None:
    out.put("numbers", np.arange(3 * PAGE, dtype="u2"))
    out.append("text", b"ab")
    out.put("numbers", np.array([7], "u2"))
    out.append("text", b"cd")
    out.put("empty", np.empty(0, "f8"))
    out.meta = {"documents": 1}


def test_sections_and_meta_data_come_back(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill)
    assert segment_file.array("numbers").tolist() == [*np.arange(3 * PAGE, dtype="u2").tolist(), 7]
    assert segment_file.array("text").tobytes() == b"abcd"
    assert segment_file.array("empty").tolist() == []
    assert segment_file.meta == {"documents": 1}
    assert "text" in segment_file
    assert "more" not in segment_file
    assert segment_file.offset("text") % 64 == 0


def test_slices_are_read_in_parts(tmp_path: Path) -> None:
    numbers = write_segment_file(tmp_path, fill)[0].slice("numbers")
    assert len(numbers) == 3 * PAGE + 1
    assert numbers.read(5, 8).tolist() == [5, 6, 7]
    assert numbers.read(2, 2).tolist() == []
    for start, end in ((-1, 2), (3, 2), (0, 3 * PAGE + 2)):
        with pytest.raises(CorruptArchive, match="are outside"):
            numbers.read(start, end)


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill)
    with pytest.raises(CorruptArchive, match=r"a\.seg.*it has no section 'more'"):
        segment_file.array("more")


def test_a_flipped_byte_is_found_when_its_page_is_read(tmp_path: Path) -> None:
    directory, out = Directory(tmp_path), SegmentFileWriter(Directory(tmp_path))
    fill(out)
    size, crc = out.write("a.seg")
    data = bytearray((tmp_path / "a.seg").read_bytes())
    data[2 * PAGE + 5] ^= 1
    (tmp_path / "a.seg").write_bytes(data)
    segment_file = SegmentFile(directory, "a.seg", size, crc)
    assert segment_file.array("text").tobytes() == b"abcd"  # in another page
    with pytest.raises(CorruptArchive, match=f"checksum of bytes {2 * PAGE} on"):
        segment_file.array("numbers")
    with pytest.raises(CorruptArchive):
        segment_file.verify_all()


def test_another_length_or_another_footer_is_refused(tmp_path: Path) -> None:
    directory, out = Directory(tmp_path), SegmentFileWriter(Directory(tmp_path))
    fill(out)
    size, crc = out.write("a.seg")
    with pytest.raises(CorruptArchive, match="bytes, not"):
        SegmentFile(directory, "a.seg", size + 1, crc)
    with pytest.raises(CorruptArchive, match="footer's checksum"):
        SegmentFile(directory, "a.seg", size, crc ^ 1)
    directory.write("b.seg", [b"x" * 100])
    with pytest.raises(CorruptArchive, match="no segment of this version"):
        SegmentFile(directory, "b.seg", 100, crc)


@pytest.mark.parametrize("size", [1, 7, 8, 27, 28, 35, 36])
def test_a_file_without_room_for_a_footer_is_refused(tmp_path: Path, size: int) -> None:
    directory, out = Directory(tmp_path), SegmentFileWriter(Directory(tmp_path))
    fill(out)
    whole, crc = out.write("a.seg")
    directory.write("b.seg", [(tmp_path / "a.seg").read_bytes()[whole - size :]])
    says = "too short" if size < 36 else "no segment of this version"
    with pytest.raises(CorruptArchive, match=says):
        SegmentFile(directory, "b.seg", size, crc)


def test_a_closed_file_is_not_read(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, fill)
    numbers = segment_file.slice("numbers")
    segment_file.close()
    segment_file.close()
    with pytest.raises(SnapshotClosed):
        segment_file.array("text")
    with pytest.raises(SnapshotClosed):
        numbers.read(0, 1)


def test_no_field_has_the_prefix_of_another_section() -> None:
    assert section_prefix("stored") == "field.stored"
    assert section_prefix("a.b%c") == "field.a%2Eb%25c"


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i2", "i4", "i8", "f8"])
def test_arrays_of_any_dtype_come_back_and_may_be_slices(tmp_path: Path, dtype: str) -> None:
    array = np.arange(50, dtype=dtype)[::3]
    file, _ = write_segment_file(tmp_path, lambda out: out.put("x", array))
    assert file.array("x", dtype).tolist() == array.tolist()
    assert file.array("x", dtype[:1]).dtype == dtype
    other = "u2" if dtype != "u2" else "u4"
    with pytest.raises(CorruptArchive, match=f"section 'x': it holds {dtype}, not {other}"):
        file.slice("x", other)


@pytest.fixture
def no_leak() -> Iterator[None]:
    """As many files are open at the end as at the beginning."""
    before = open_files()
    yield
    assert open_files() == before


@pytest.mark.usefixtures("no_leak")
@pytest.mark.parametrize("limit", [0, 3, 7, 8, 1000])
def test_long_sections_are_kept_in_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(module, "_MAX_IN_MEMORY", limit)
    out, before = SegmentFileWriter(directory := Directory(tmp_path)), open_files()
    for piece in (b"abc", b"", b"defg", b"h", b"ijk"):
        out.append("long", piece)
        out.append("short", piece[:1])
    assert (open_files() > before) is (limit < 11)
    with SegmentFile(directory, "a", *out.write("a")) as file:
        assert file.array("long").tobytes() == b"abcdefghijk"
        assert file.array("short").tobytes() == b"adhi"
    with pytest.raises(SnapshotClosed):
        file.array("long")
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.usefixtures("no_leak")
def test_a_writer_that_fails_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_IN_MEMORY", 0)
    out = SegmentFileWriter(Directory(tmp_path))
    out.append("x", b"abc")
    with pytest.raises(CorruptArchive):
        out.write("no/name")
    out = SegmentFileWriter(Directory(tmp_path))
    out.append("x", b"abc")
    out.close()


# Where a section begins, 64; so the last page is full, or has one byte less or more.
@pytest.mark.parametrize("size", [0, 1, PAGE - 65, PAGE - 64, PAGE - 63, 2 * PAGE - 64, 3 * PAGE])
def test_each_page_has_its_checksum(tmp_path: Path, size: int) -> None:
    directory, out = Directory(tmp_path), SegmentFileWriter(Directory(tmp_path))
    out.put("x", np.arange(size, dtype="u4").astype("u1"))
    written = out.write("a")
    path, whole = tmp_path / "a", (tmp_path / "a").read_bytes()
    pages = -(-(64 + size) // PAGE)
    with SegmentFile(directory, "a", *written) as file:
        file.verify_all()
        assert len(file._page_checksums) == pages
        assert file.slice("x").start == 64
    places = {64, 64 + size - 1, *(p for n in range(1, pages) for p in (n * PAGE - 1, n * PAGE))}
    for place in places if size else ():
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with SegmentFile(directory, "a", *written) as file:
            numbers, damaged = file.slice("x"), place // PAGE
            for start, end in ((0, 1), (0, size), (size - 1, size), (PAGE - 64, PAGE - 63),
                               (PAGE - 65, PAGE - 64), (0, PAGE - 64), (5, 5)):  # fmt: skip
                if not 0 <= start <= end <= size:
                    continue
                first, last = (64 + start) // PAGE, -(-(64 + end) // PAGE)
                if first <= damaged < last:
                    says = f"the checksum of bytes {damaged * PAGE} on is wrong"
                    with pytest.raises(CorruptArchive, match=says):
                        numbers.read(start, end)
                else:
                    assert len(numbers.read(start, end)) == end - start
            with pytest.raises(CorruptArchive, match="the checksum of bytes"):
                file.verify_all()


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be written there")
def test_a_page_is_compared_once_unless_all_are(tmp_path: Path) -> None:
    file, _ = write_segment_file(tmp_path, fill)
    assert file.array("text").tobytes() == b"abcd"
    with open(tmp_path / "a.seg", "r+b") as changed:
        changed.seek(file.offset("text"))
        changed.write(b"x")
    assert file.array("text").tobytes() == b"xbcd"
    with pytest.raises(CorruptArchive, match="the checksum of bytes"):
        file.verify_all()
    with pytest.raises(CorruptArchive, match="the checksum of bytes"):
        file.array("text")


_TAIL = struct.Struct("<QQI8s")
_MAGIC, _MAGIC_1 = b"slseg\x00\x02\n", b"slseg\x00\x01\n"


def forge(
    path: Path, *, footer: Any = None, head: bytes = _MAGIC, magic: bytes = _MAGIC,
    gap: bytes = b"", moved: int = 0, longer: int = 0, tail_crc: int = 0, crc: int = 0,
) -> SegmentFile:  # fmt: skip
    """A segment file of one section, "x" (u2: 0 to 9), other parts of which are as given; numbers
    are added to the right ones."""
    content = head + bytes(56) + np.arange(10, dtype="u2").tobytes() + bytes(44)
    table = struct.pack("<I", crc32(content))
    whole = {"sections": {"x": [64, 10, "u2"]}, "meta": {"m": 1},
             "table": [len(content), 1, crc32(table)]}  # fmt: skip
    text = footer if isinstance(footer, bytes) else json.dumps(whole | (footer or {})).encode()
    start, right = len(content) + len(table) + len(gap), crc32(text)
    tail = _TAIL.pack(start + moved, len(text) + longer, right + tail_crc, magic)
    (path / "f.seg").write_bytes(data := content + table + gap + text + tail)
    return SegmentFile(Directory(path), "f.seg", len(data), right + crc)


def test_a_file_of_either_format_is_read(tmp_path: Path) -> None:
    for magic in (_MAGIC, _MAGIC_1):
        with forge(tmp_path, head=magic, magic=magic) as file:
            assert file.array("x").tolist() == list(range(10))
            assert file.meta == {"m": 1}


_VERSION = "it is no segment of this version of searchlib"
_FOOTER, _TABLE = "its footer's checksum is wrong", "its page table's checksum is wrong"
_FORM = "its footer is not well formed"


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"head": _MAGIC_1}, _VERSION),
        ({"magic": _MAGIC_1}, _VERSION),
        ({"head": b"slseg\x00\x03\n", "magic": b"slseg\x00\x03\n"}, _VERSION),
        ({"moved": 1}, _FOOTER),
        ({"moved": -1}, _FOOTER),
        ({"moved": 1 << 63}, _FOOTER),
        ({"longer": 1}, _FOOTER),
        ({"longer": -1}, _FOOTER),
        ({"moved": -1, "longer": 1}, _FOOTER),
        ({"moved": 1, "longer": -1}, _FOOTER),
        ({"longer": 1 << 25}, "its footer is too long"),
        ({"tail_crc": 1}, _FOOTER),
        ({"crc": 1}, _FOOTER),
        ({"tail_crc": 1, "crc": 1}, _FOOTER),
        ({"gap": b"1234"}, "its page table is not where it should be"),
        ({"footer": b"{"}, _FORM),
        ({"footer": b"[]"}, _FORM),
        ({"footer": b"[" * 100_000}, _FORM),
        ({"footer": b"{}"}, _FORM),
        ({"footer": {"meta": []}}, f"{_FORM}.*no tables"),
        ({"footer": {"sections": [["x", 64]]}}, f"{_FORM}.*no tables"),
        ({"footer": {"table": [128, 1]}}, _FORM),
        ({"footer": {"table": [128, 1, 1, 1]}}, _FORM),
        ({"footer": {"table": None}}, _FORM),
        ({"footer": {"table": [128, 1, 7]}}, _TABLE),
        ({"footer": {"table": [128, 2, crc32(b"")]}}, _TABLE),
        ({"footer": {"table": [128, 0, crc32(b"")]}}, _TABLE),
        ({"footer": {"table": [0, 0, crc32(b"")]}}, "its page table is not where it should be"),
        ({"footer": {"table": [9_999, 1, crc32(b"")]}}, _TABLE),
        ({"footer": {"table": ["128", 1, 7]}}, _FORM),
    ],
)
def test_forged_files_are_refused(tmp_path: Path, parts: dict[str, Any], says: str) -> None:
    before = open_files()
    with pytest.raises(CorruptArchive, match=says) as raised:
        forge(tmp_path, **parts)
    assert raised.value.__traceback__ is not None
    assert open_files() == before  # the map is closed, not only forgotten


def test_a_footer_as_long_as_it_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    footer = {"meta": {"m": "x" * 100}}
    with forge(tmp_path, footer=footer) as file:
        data = (tmp_path / "f.seg").read_bytes()
        length = _TAIL.unpack(data[-_TAIL.size :])[1]
        assert file.meta == footer["meta"]
    for limit in (length, length - 1):
        monkeypatch.setattr(module, "_MAX_FOOTER", limit)
        if limit == length:
            forge(tmp_path, footer=footer).close()
            continue
        with pytest.raises(CorruptArchive, match="its footer is too long"):
            forge(tmp_path, footer=footer)


_OUTSIDE, _MALFORMED = "section 'x' reaches outside of the file", "section 'x' is not well formed"


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ([64, 10, "u2"], ""),
        ([64, 32, "u2"], ""),
        ([64, 0, "f8"], ""),
        ([128, 0, "u1"], ""),
        ([64, 33, "u2"], _OUTSIDE),
        ([128, 1, "u1"], _OUTSIDE),
        ([192, 0, "u1"], _OUTSIDE),
        ([0, 10, "u2"], _OUTSIDE),
        ([-64, 1, "u2"], _OUTSIDE),
        ([64, -1, "u2"], _OUTSIDE),
        ([64.0, 10, "u2"], _OUTSIDE),
        ([64, 10.0, "u2"], _OUTSIDE),
        (["64", 10, "u2"], _OUTSIDE),
        ([64, None, "u2"], _OUTSIDE),
        ([64, 10, "u3"], _OUTSIDE),
        ([64, 10, "O8"], _OUTSIDE),
        ([64, 10, ["u2"]], _OUTSIDE),
        ([64, 10, 2], _OUTSIDE),
        ([65, 10, "u1"], "section 'x': it does not start where a section can"),
        ([96, 10, "u1"], "section 'x': it does not start where a section can"),
        ([64, 10], _MALFORMED),
        ([64, 10, "u2", 1], _MALFORMED),
        (7, _MALFORMED),
        ({}, _MALFORMED),
    ],
)
def test_where_a_section_may_be(tmp_path: Path, section: Any, says: str) -> None:
    with forge(tmp_path, footer={"sections": {"x": section}}) as file:
        if not says:
            assert len(file.slice("x")) == section[1]
            return
        with pytest.raises(CorruptArchive, match=says):
            file.slice("x")
