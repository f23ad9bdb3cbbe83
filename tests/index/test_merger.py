"""Merging: what was deleted is gone, the rest is as if it had been added in one commit."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib.codec.directory import Directory
from searchlib.dates.partial_date import from_micros
from searchlib.errors import CorruptArchive
from searchlib.index import merger
from searchlib.index.index_reader import IndexReader
from searchlib.index.manifest import read_manifest
from searchlib.index.store import IndexStore
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text
from tests.index.resigned import change_segment
from tests.parts import SCHEMA, add_records, create_store, delete_keys, merge_all

PLAIN = Schema(id=Key(), body=Text(), raw=Text(language=""), kind=Keyword(many=True), n=Number())


def terms(reader: IndexReader, name: str) -> list[str]:
    """The terms of a field in the only segment."""
    [segment] = reader.segments
    field = segment.core.text(name)
    return [] if field is None else [term.decode() for term in field.terms]


def forms(reader: IndexReader, name: str) -> list[str]:
    """The surface forms of a field's only segment."""
    [segment] = reader.segments
    field = segment.core.text(name)
    return [] if field is None else [form.decode() for form in field.surface_forms]


def content(reader: IndexReader) -> Any:
    """All that is in the only segment, for comparison."""
    [segment] = reader.segments
    segment_file = segment.core.segment_file
    names = sorted(n for n in segment_file._sections if not n.startswith("stored"))
    arrays = {n: repr(segment_file.array(n).tolist()) for n in names}  # as text: NaN is not NaN
    return arrays | {"docs": list(segment.core.doc_store), "meta": segment_file.meta}


RECORDS = (
    {
        "id": "a",
        "body": "connected connection banks",
        "raw": "Connected",
        "kind": ["x", "y"],
        "n": 1,
    },
    {"id": "b", "body": "connects the bank", "kind": ["y"]},
    {"id": "c", "n": -0.5},
    {"id": "d", "body": "zebra zebras " * 200, "raw": "only here", "kind": ["z"]},
    {"id": "e", "body": "bank connected", "kind": ["X"], "n": 7},
)


@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
def test_the_merged_segment_equals_one_written_at_once(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merger, "_MAX_TOKENS", chunk)
    many = IndexStore.create(Directory(tmp_path / "many"), PLAIN, layout={"block": 2, "dense": 2})
    once = IndexStore.create(Directory(tmp_path / "once"), PLAIN, layout={"block": 2, "dense": 2})
    for record in RECORDS:
        add_records(many, record)
    delete_keys(many, "d")  # with it go all documents of some terms, forms and keywords
    merge_all(many)
    add_records(once, *(record for record in RECORDS if record["id"] != "d"))
    with many.reader() as merged, once.reader() as made:
        assert terms(merged, "body") == ["bank", "connect", "the"]
        assert "zebras" not in forms(merged, "body")
        assert content(merged) == content(made)


def test_segments_without_live_documents_are_dropped(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), PLAIN)
    add_records(store, *RECORDS)
    delete_keys(store, *"abcde")
    with store.reader() as reader:
        assert reader.segments == ()
        assert reader.documents == reader.live_count == 0
    merge_all(store)
    assert not list(tmp_path.glob("*.seg"))


def test_a_text_field_without_any_term(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), PLAIN)
    add_records(store, *RECORDS)
    add_records(store, {"id": "f"})
    delete_keys(store, *"abde")
    merge_all(store)
    with store.reader() as reader:
        [segment] = reader.segments
        assert segment.documents == 2
        assert terms(reader, "body") == []
        field = segment.core.text("body")
        assert field is not None
        assert field.lengths.tolist() == [0, 0]
        assert len(field.surface_forms) == 0
        assert field.find(b"bank") is None
    add_records(store, {"id": "g", "body": "bank"})
    merge_all(store)  # and such a segment can be merged again
    with store.reader() as reader:
        assert terms(reader, "body") == ["bank"]


def test_fields_added_to_the_schema_later(tmp_path: Path) -> None:
    add_records(IndexStore.create(Directory(tmp_path), Schema(id=Key())), {"id": "a"}, {"id": "b"})
    wider = Schema(
        id=Key(), body=Text(), kind=Keyword(), tags=Keyword(many=True), n=Number(), d=Date()
    )
    store = IndexStore(Directory(tmp_path), wider)
    with store.reader() as reader:
        assert reader.segments[0].core.text("body") is None
        assert reader.segments[0].core.keyword("kind") is None
        assert reader.segments[0].core.number("n") is None
    add_records(
        store, {"id": "c", "body": "banks", "kind": "x", "tags": ["y"], "n": 3, "d": "2022"}
    )
    merge_all(store)
    with IndexStore(Directory(tmp_path)).reader() as reader:
        assert reader.schema == wider
        [segment] = reader.segments
        kind, tags = segment.core.keyword("kind"), segment.core.keyword("tags")
        numbers, dates, text = (
            segment.core.number("n"),
            segment.core.number("d"),
            segment.core.text("body"),
        )
        assert kind is not None
        assert tags is not None
        assert numbers is not None
        assert dates is not None
        assert text is not None
        assert [kind.ranks_of(doc) for doc in range(3)] == [[], [], [0]]
        assert [tags.ranks_of(doc) for doc in range(3)] == [[], [], [0]]
        assert numbers.docs_with_value().tolist() == dates.docs_with_value().tolist() == [2]
        assert text.lengths.tolist() == [0, 0, 1]


def test_more_than_65536_documents(tmp_path: Path) -> None:
    schema = Schema(id=Key(), body=Text())
    store = IndexStore.create(Directory(tmp_path), schema)
    size = 66_000
    body = {0: "first bank", 65_535: "bank", 65_536: "banks", size - 1: "last"}
    add_records(store, *({"id": str(n), "body": body.get(n, "")} for n in range(size)))
    add_records(store, {"id": "more", "body": "bank"})
    delete_keys(store, "7")
    merge_all(store)
    with store.reader() as reader:
        [segment] = reader.segments
        text = segment.core.text("body")
        assert text is not None
        bank, last = text.find(b"bank"), text.find(b"last")
        assert bank is not None
        assert last is not None
        assert bank.docs.tolist() == [0, 65_534, 65_535, size - 1]
        assert last.docs.tolist() == [size - 2]
        assert text.form_postings(text.surface_forms.ordinal(b"banks")).docs.tolist() == [65_535]
        assert segment.core.keys.keys[size - 1] == b"more"
        assert reader.find("7") is None
        assert reader.find("65536") == (0, 65_535)

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        del sections["field.body.high"]  # without it, documents would be others

    change_segment(tmp_path, 0, edit)
    with pytest.raises(CorruptArchive, match=r"'field\.body\.high'"):
        IndexStore(Directory(tmp_path)).reader().segments[0].core.text("body")


def test_small_commits_do_not_pile_up_segments(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), PLAIN)
    for number in range(17):
        add_records(store, {"id": str(number), "body": "bank"})
    with store.reader() as reader:
        assert len(reader.segments) < 8
        assert reader.live_count == 17
        assert sorted(key for s in reader.segments for key in s.core.keys.keys) == sorted(
            b"%d" % n for n in range(17)
        )


def test_replaced_articles_are_left_out(tmp_path: Path) -> None:
    store = IndexStore.create(Directory(tmp_path), PLAIN)
    add_records(store, {"id": "a", "n": 1}, {"id": "a", "n": 2}, {"id": "b"})
    add_records(store, {"id": "a", "n": 3})
    merge_all(store)
    with store.reader() as reader:
        [segment] = reader.segments
        assert list(segment.core.doc_store) == [b'{"id":"b"}', b'{"id":"a","n":3}']


#: A section, and what it becomes: what a merge must not carry on.
NONSENSE: dict[str, Callable[[Any], Any]] = {
    "stored.firsts": lambda array: array + 1,
    "stored.lengths": lambda array: np.append(array[:-1], array[-1] + 1),
    "stored.ends": lambda array: array - 1,
    "stored": lambda array: array ^ 255,
    "key.text": lambda array: np.full_like(array, array[0]),
    "field.body.terms.text": lambda array: array[::-1],
    "field.raw.terms.text": lambda array: array | 0x80,  # not UTF-8
    "field.body.surfaces.text": lambda array: array[::-1],
    "field.body.order": lambda array: array + 1,
    "field.body.lengths": lambda array: array + 1,
    "field.body.docs": lambda array: array + 9,
    "field.raw.docs": lambda array: array[::-1],
    "field.body.freqs": lambda array: array[::-1],
    "field.body.positions": lambda array: array[::-1],
    "field.raw.positions": lambda array: array + 2,
    "field.body.forms2": lambda array: array | 255,
    "field.body.formed": lambda array: array + 1,
    "field.body.form_uses.steps": lambda array: np.append(array[:1], array[1:] ^ 1),
    "field.body.tokens.heads": lambda array: array + 1,
    "field.body.starts.heads": lambda array: array + 1,
    "field.kind.ranks": lambda array: array + 2,
    "field.kind.held": lambda array: array[::-1],
    "field.kind.text": lambda array: array[::-1],
    "field.kind.label.text": lambda array: array | 0x80,
    "field.n": lambda array: array[:-1],
    "field.day": lambda array: array - (1 << 62),
}


@pytest.mark.parametrize("section", NONSENSE)
def test_nonsense_is_not_carried_into_a_new_segment(tmp_path: Path, section: str) -> None:
    store = IndexStore.create(Directory(tmp_path), SCHEMA)
    body = "connected connection connects banks bank connected " * 20
    records = [
        {"id": "a", "body": body, "raw": "some rain", "kind": ["x", "yz"], "n": 1, "day": "2022"},
        {"id": "b", "body": "bank connects", "raw": "rain some", "kind": ["yz"], "n": 2},
    ]
    add_records(store, *records)
    add_records(store, {"id": "c", "body": "bank", "raw": "rain", "kind": ["x"], "n": 3})

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        old = sections[section]
        sections[section] = NONSENSE[section](old).astype(old.dtype)
        assert sections[section].tolist() != old.tolist()

    file = change_segment(tmp_path, 0, edit)
    before = sorted(path.name for path in tmp_path.iterdir())
    generation = read_manifest(store.directory).generation
    store = IndexStore(Directory(tmp_path))
    with pytest.raises(CorruptArchive, match=re.escape(file)):
        merge_all(store)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert read_manifest(store.directory).generation == generation


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_number_is_not_carried_on(tmp_path: Path, value: float) -> None:
    store = IndexStore.create(Directory(tmp_path), SCHEMA)
    add_records(store, {"id": "a", "n": 1}, {"id": "b"})
    add_records(store, {"id": "c"})

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        sections["field.n"][0] = value

    change_segment(tmp_path, 0, edit)
    with pytest.raises(CorruptArchive, match=r"'field\.n'"):
        merge_all(IndexStore(Directory(tmp_path)))


def test_every_changed_value_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    """One value of one section at a time: then the merged segment is the right one, or there is
    none."""
    body = "connected connection connects banks bank connected "
    records = [
        {"id": "a", "body": body * 3, "raw": "some rain", "kind": ["x", "yz"], "n": 1},
        {"id": "b", "body": "bank connects", "raw": "rain some", "kind": ["yz"], "day": "2022"},
    ]
    store = IndexStore.create(Directory(tmp_path / "whole"), SCHEMA)
    add_records(store, *records)
    add_records(store, {"id": "c", "body": "bank", "kind": ["x"]})
    with store.reader() as reader:
        sections = [*reader.segments[0].core.segment_file._sections]
    # What it says of an article is believed: each of these has another meaning, and is valid.
    free = {
        "key.text",
        "key.digests",
        "field.kind.text",
        "field.kind.label.text",
        "field.kind.ranks",
    }
    free |= {f"field.{name}.terms.text" for name in ("body", "raw")} | {"field.n", "field.day"}
    free |= {"field.body.surfaces.text", "field.day.partial.ends", "stored"}
    free |= {"field.raw.positions", "field.body.positions", "field.kind.held", "stored.lengths"}
    rng, refused = random.Random(1), 0
    shutil.copytree(tmp_path / "whole", tmp_path / "right")
    merge_all(IndexStore(Directory(tmp_path / "right")))
    with IndexStore(Directory(tmp_path / "right")).reader() as reader:
        right = content(reader)
    for number, section in enumerate(name for name in sections if name not in free):
        path = tmp_path / str(number)
        shutil.copytree(tmp_path / "whole", path)

        def edit(arrays: dict[str, Any], meta: dict[str, Any], section: str = section) -> None:
            if len(array := arrays[section]):
                index = rng.randrange(len(array))
                array[index] ^= 1

        change_segment(path, 0, edit)
        try:
            merge_all(IndexStore(Directory(path)))
        except CorruptArchive:
            refused += 1
            continue
        with IndexStore(Directory(path)).reader() as reader:
            assert content(reader) == right, section
    assert refused > 10


@pytest.mark.parametrize("deleted", [[], ["a"], ["b"], ["c"], ["a", "d"]])
def test_the_ends_of_partial_dates_go_with_their_articles(
    tmp_path: Path, deleted: list[str]
) -> None:
    days = {"a": "2022", "b": "2021-03", "c": "2020-05-06", "d": "2019"}
    store = create_store(tmp_path, *({"id": key, "day": day} for key, day in days.items()))
    delete_keys(store, *deleted)
    merge_all(store)
    with store.reader() as reader:
        [segment] = reader.segments
        numbers = segment.core.number("day")
        assert numbers is not None
        keys = [key.decode() for key in segment.core.keys.keys]
        assert keys == [key for key in days if key not in deleted]
        ends = zip(numbers.partial_docs.tolist(), numbers.partial_ends.tolist(), strict=True)
        years = {keys[doc]: from_micros(end).date().isoformat() for doc, end in ends}
    expected = {"a": "2023-01-01", "b": "2021-04-01", "d": "2020-01-01"}
    assert years == {key: end for key, end in expected.items() if key not in deleted}


def merged(tmp_path: Path, parts: Sequence[str], deleted: str = "") -> Any:
    """Two stores with the stories of these articles: many segments that are merged, and one."""
    stores, stories = [], {"field": "body", "strict": False}
    for number, keys in enumerate((parts, ["".join(parts)])):
        store = IndexStore.create(Directory(tmp_path / str(number)), PLAIN, stories=stories)
        for some in keys:
            records = [{"id": key, "body": f"{key} rain snow wind hail sun {key}"} for key in some]
            if number:
                records = [record for record in records if record["id"] not in deleted]
            add_records(store, *records)
        stores.append(store)
    if deleted:
        delete_keys(stores[0], *deleted)
    merge_all(stores[0])
    return stores


@pytest.mark.parametrize("deleted", ["", "b", "ad"])
def test_sketches_of_texts_are_merged(tmp_path: Path, deleted: str) -> None:
    many, once = merged(tmp_path, ["ab", "c", "de"], deleted)
    with many.reader() as one, once.reader() as other:
        assert [*content(one)] == [*content(other)]
        assert any("stories" in name for name in content(one))
        assert content(one) == content(other)


def test_without_the_sketches_of_one_there_are_none(tmp_path: Path) -> None:
    many, _ = merged(tmp_path, ["ab"])
    add_records(many, {"id": "c", "body": "rain"})

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        for name in [name for name in sections if name.startswith("stories")]:
            del sections[name]

    change_segment(tmp_path / "0", 0, edit)
    store = IndexStore(Directory(tmp_path / "0"))
    merge_all(store)
    with store.reader() as reader:
        [segment] = reader.segments
        assert segment.core.story_sketches is None


def test_a_key_in_two_segments_is_refused(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a"}, {"id": "c"})
    add_records(store, {"id": "b"})

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        sections["key.text"] = np.frombuffer(b"c", np.uint8)

    file = change_segment(tmp_path, 1, edit)
    with pytest.raises(CorruptArchive, match="a key is there twice") as refused:
        merge_all(IndexStore(Directory(tmp_path)))
    assert file in str(refused.value)


def test_languages_of_all_segments(tmp_path: Path) -> None:
    schema = Schema(id=Key(), body=Text(), lang=Keyword())
    store = IndexStore.create(Directory(tmp_path), schema)
    for lang in ("fr", "de", "xx"):
        add_records(store, {"id": lang, "body": "rain", "lang": lang})
    merge_all(store)
    with store.reader() as reader:
        assert reader.segments[0].core.languages == ("de", "fr")
        assert reader.segments[0].core.analysis == schema.rules.version


def test_forms_are_in_the_order_of_their_terms(tmp_path: Path) -> None:
    """By spelling "banker" is between "bank" and "banks", which are of one term. Words that are
    written otherwise too go with them."""
    records = [
        {"id": "a", "body": "banks banker", "raw": "Häuser Wind"},
        {"id": "b", "body": "bankers bank banks", "raw": "Haus Müller"},
    ]
    many, once = (create_store(tmp_path / name) for name in ("many", "once"))
    for record in records:
        add_records(many, record)
    merge_all(many)
    add_records(once, *records)
    with many.reader() as one, once.reader() as other:
        assert content(one) == content(other)
