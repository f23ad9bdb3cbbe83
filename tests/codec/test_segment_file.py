"""Segment files: sections in parts of any size, and damage that is found when it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import PAGE, SegmentFile, SegmentFileWriter, section_prefix
from searchlib.errors import CorruptArchive, SnapshotClosed
from tests.parts import write_segment_file


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


@pytest.mark.parametrize("size", [1, 7, 8, 27, 28, 35])
def test_a_file_without_room_for_a_footer_is_refused(tmp_path: Path, size: int) -> None:
    directory, out = Directory(tmp_path), SegmentFileWriter(Directory(tmp_path))
    fill(out)
    whole, crc = out.write("a.seg")
    directory.write("b.seg", [(tmp_path / "a.seg").read_bytes()[whole - size :]])
    with pytest.raises(CorruptArchive, match="too short"):
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
    assert section_prefix("stored") != "stored"
