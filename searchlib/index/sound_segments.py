"""The segments of a damaged archive that are sound: they can be taken over as they are.

That saves what cannot be indexed anew, because it is not stored: texts of fields with
``stored=False``, and the terms that a Whoosh program made of its documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import footer_of
from searchlib.index.manifest import SegmentInfo
from searchlib.index.segment_check import check_segment, zone_of
from searchlib.index.segment_reader import SegmentCore, live_docs_of
from searchlib.schema import Schema
from searchlib.schema.archive_settings import story_field_of

__all__ = ["SoundSegment", "segment_info", "sound_segments"]


@dataclass
class SoundSegment:
    """A segment that nothing is wrong with, its keys, and which of its documents are live;
    ``is_known`` unless deleted ones may be among these."""

    info: SegmentInfo
    keys: list[str]
    live_docs: npt.NDArray[np.bool_]
    is_known: bool


def segment_info(directory: Directory, file: str) -> tuple[SegmentInfo, int]:
    """A segment as its own file describes it, and the version of its analysis: for an archive whose
    manifest is lost. CorruptArchive if its footer is damaged, ValueError if it makes no sense."""
    size, crc, meta = footer_of(directory, file)
    documents, version = meta.get("documents"), meta.get("analysis")
    if type(documents) is not int or type(version) is not int:
        raise ValueError(f"{file}: its footer is not well formed")
    return SegmentInfo(file, documents, size, crc), version


def sound_segments(
    directory: Directory, infos: Iterable[SegmentInfo], schema: Schema,
    settings: Mapping[str, Any], add_problem: Callable[[Path, Exception], None], *,
    has_manifest: bool,
) -> list[SoundSegment]:  # fmt: skip
    """Those of these segments that are sound, checked number by number; what is wrong with the
    others goes to ``add_problem``. A key that is live in several is so in the last one only."""
    found = []
    for info in infos:
        try:
            core = SegmentCore(directory, info, Cache(0))
            core.acquire()
            try:
                core.segment_file.verify_all()
                check_segment(core, schema, zone_of(settings), story_field_of(settings))
                keys = [core.keys.keys.text(document) for document in range(info.documents)]
            finally:
                core.release()
        except Exception as error:
            add_problem(directory.path / info.file, error)
            continue
        live_docs, is_known = np.ones(info.documents, bool), has_manifest
        if info.deleted_docs is not None:
            try:
                live_docs = live_docs_of(directory, info.deleted_docs, info.documents)
            except Exception as error:
                add_problem(directory.path / info.deleted_docs.file, error)
                is_known = False
        found.append(SoundSegment(info, keys, live_docs.copy(), is_known))
    _drop_repeated(found)
    return found


def _drop_repeated(segments: list[SoundSegment]) -> None:
    seen: set[str] = set()
    known = [segment for segment in segments if segment.is_known]
    unknown = [segment for segment in segments if not segment.is_known]
    for segment in (*reversed(known), *reversed(unknown)):
        for document in np.flatnonzero(segment.live_docs).tolist():
            key = segment.keys[document]
            segment.live_docs[document] = key not in seen
            seen.add(key)
