"""The sentences and paragraphs of merged segments, also of those that were written without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib.codec.directory import Directory
from searchlib.errors import CorruptArchive
from searchlib.index import unit_merge
from searchlib.index.store import IndexStore
from tests.index.resigned import change_segment, replace_articles
from tests.parts import add_records, create_store, delete_keys, merge_all

SECOND = (
    {"id": "a", "body": "It rained. Then sun.\n\nSnow.", "raw": "One. Two."},
    {"id": "b", "body": "", "raw": "x"},
    {"id": "c", "body": "gone. gone.\n\nGone. Gone."},
)
MORE = tuple({"id": f"f{n}", "raw": "wind. Snow", "body": "rain"} for n in range(40))
GONE = {"id": "g", "body": "gone. Gone.", "raw": "gone. Gone."}
FIRST = ({"id": "d", "body": "wind " * 300 + ". Storm!"}, {"id": "e", "raw": "雨。雪。"})
LEFT = (*FIRST, *MORE, SECOND[0], SECOND[1])


def without_units(sections: dict[str, Any], meta: dict[str, Any]) -> None:
    for name in [name for name in sections if ".sentences" in name or ".paragraphs" in name]:
        del sections[name]


def units(store: IndexStore) -> dict[str, list[list[int]]]:
    with store.reader() as reader:
        [segment] = reader.segments
        found = {}
        for name in ("body", "raw"):
            field: Any = segment.core.text(name)
            field.units.check()
            found[name] = [field.units.starts(unit).tolist() for unit in ("sentence", "paragraph")]
        return found


@pytest.mark.parametrize("old", [(), (0,), (0, 1)])
def test_units_are_merged_or_read(
    tmp_path: Path, old: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_merge, "_BATCH_BYTES", 40)
    many = create_store(tmp_path / "many", FIRST[0], GONE, FIRST[1], *MORE)
    add_records(many, *SECOND)
    for number in old:
        change_segment(tmp_path / "many", number, without_units)
    store = IndexStore(Directory(tmp_path / "many"))
    delete_keys(store, "c", "g")
    merge_all(store)
    found = units(store)
    assert found == units(create_store(tmp_path / "once", *LEFT))
    assert found["body"] == [[0, *range(300, 342), 343, 345], [0, *range(301, 342), 345]]
    assert found["raw"] == [list(range(85)), [0, *range(2, 83, 2), 84]]


@pytest.mark.parametrize(
    "article", [b'{"body":"two words","id":"a"}', b'{"body":7,"id":"a"}', b"["]
)
def test_texts_that_are_not_the_index_s(tmp_path: Path, article: bytes) -> None:
    create_store(tmp_path, {"id": "a", "body": "rain"}, {"id": "b", "body": "snow"})

    def change(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        without_units(sections, meta)
        replace_articles(sections, {0: article})

    change_segment(tmp_path, 0, change)
    store = IndexStore(Directory(tmp_path))
    delete_keys(store, "b")
    with store.reader() as reader:
        [segment] = reader.segments
        with pytest.raises(CorruptArchive):
            list(unit_merge.live_units(segment.core, "body", np.array([0, -1])))


def test_units_that_make_no_sense(tmp_path: Path) -> None:
    create_store(tmp_path, *SECOND)
    names: list[str] = []

    def change(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        names.extend(name for name in sections if name.startswith("field.body.sentences"))
        for name in names:
            sections[name] = sections[name] ^ 1

    change_segment(tmp_path, 0, change)
    assert names
    with IndexStore(Directory(tmp_path)).reader() as reader, pytest.raises(CorruptArchive):
        list(unit_merge.live_units(reader.segments[0].core, "body", np.arange(3)))
