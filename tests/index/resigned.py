"""Segments that make no sense and whose checksums are right all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import SegmentFile, SegmentFileWriter
from searchlib.index.manifest import MANIFEST, read_manifest
from searchlib.ingest.record import digest

__all__ = ["change_segment", "replace_articles"]

Array = npt.NDArray[Any]


def change_segment(
    path: Path, number: int, change: Callable[[dict[str, Array], dict[str, Any]], None]
) -> str:
    """Let ``change`` edit the sections and the meta data of a segment of the archive at ``path``,
    and write it with checksums that fit; returns the name of its file."""
    directory = Directory(path)
    manifest = read_manifest(directory)
    segments = list(manifest.segments)
    info = segments[number]
    with SegmentFile(directory, info.file, info.bytes, info.crc) as segment_file:
        sections = {name: segment_file.array(name).copy() for name in segment_file._sections}
        meta = dict(segment_file.meta)
    change(sections, meta)
    out = SegmentFileWriter(directory)
    for name, array in sections.items():
        out.put(name, array)
    out.meta = meta
    (path / info.file).unlink()
    size, crc = out.write(info.file)
    segments[number] = replace(info, bytes=size, crc=crc)
    directory.write_atomic(MANIFEST, replace(manifest, segments=tuple(segments)).to_bytes())
    return info.file


def replace_articles(sections: dict[str, Array], articles: dict[int, bytes]) -> None:
    """Store other bytes for some documents of a segment with one block, with right digests."""
    assert len(sections["stored.ends"]) == 1
    text = zstandard.ZstdDecompressor().decompress(sections["stored"].tobytes())
    ends = np.cumsum(sections["stored.lengths"], dtype=np.int64).tolist()
    stored = [text[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    digests = bytearray(sections["key.digests"].tobytes())
    for document, article in articles.items():
        stored[document] = article
        digests[16 * document : 16 * document + 16] = digest(article)
    packed = zstandard.ZstdCompressor().compress(b"".join(stored))
    sections["stored"] = np.frombuffer(packed, np.uint8)
    sections["stored.ends"] = np.array([len(packed)], "u4")
    sections["stored.lengths"] = np.array(list(map(len, stored)), "u4")
    sections["key.digests"] = np.frombuffer(bytes(digests), np.uint8)
