"""Merges the sentences and paragraphs of a text field's segments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.analysis import prepared, vocabulary
from searchlib.analysis.text_units import UnitLengths
from searchlib.errors import CorruptArchive
from searchlib.index.segment_reader import SegmentCore

__all__ = ["live_units"]

Array = npt.NDArray[Any]
_BATCH_BYTES = 1 << 21  # of texts that are cut together


def live_units(core: SegmentCore, name: str, new_docs: Array) -> Iterator[UnitLengths]:
    """The units of the live documents of a segment's text field, in their order; ``new_docs`` is -1
    for those that are deleted. Where the segment does not have them, the texts are read. Raises
    CorruptArchive if they do not share out the documents."""
    field = core.text(name)
    assert field is not None
    if field.units is None:
        yield from _read_units(core, name, field.lengths, new_docs)
        return
    field.units.check()
    if not field.tokens:
        return
    starts = field.units.starts("sentence")
    firsts = np.searchsorted(starts, field.units.starts("paragraph"))  # sentences
    docs = np.searchsorted(field.doc_starts, starts, "right") - 1
    is_live = new_docs[docs] >= 0
    sentences = np.diff(starts, append=field.tokens)[is_live]
    yield sentences, np.diff(firsts, append=len(starts))[is_live[firsts]]


def _read_units(
    core: SegmentCore, name: str, lengths: Array, new_docs: Array
) -> Iterator[UnitLengths]:
    for docs, texts in _live_texts(core, name, new_docs):
        batch = vocabulary(core.analysis)
        chunks, counts, paragraphs = batch.cut(prepared(texts, core.analysis))
        ends = np.append(0, np.cumsum(batch.lengths(chunks)))[np.cumsum(counts)]
        if not np.array_equal(np.diff(ends, prepend=0), lengths[docs]):
            why = f"field {name!r}: the texts have other lengths than the index"
            raise CorruptArchive(core.segment_file.file, why)
        yield batch.text_units(chunks, counts, paragraphs)


def _live_texts(
    core: SegmentCore, name: str, new_docs: Array
) -> Iterator[tuple[list[int], list[str]]]:
    docs: list[int] = []
    texts: list[str] = []
    size = 0
    for document, data in enumerate(core.doc_store):
        if new_docs[document] < 0:
            continue
        docs.append(document)
        texts.append(_text(core, name, document, data))
        size += len(data)
        if size >= _BATCH_BYTES:
            yield docs, texts
            docs, texts, size = [], [], 0
    yield docs, texts


def _text(core: SegmentCore, name: str, document: int, data: bytes) -> str:
    try:
        text = json.loads(data).get(name, "")
    except (ValueError, AttributeError, RecursionError):
        text = None
    if not isinstance(text, str):
        raise CorruptArchive(core.segment_file.file, f"article {document} is not as it was added")
    return text
