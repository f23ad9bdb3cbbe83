"""Several posting lists as one: documents, frequencies and positions are those of all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import searchlib as sl
from searchlib import kernels
from searchlib.codec.directory import Directory
from searchlib.codec.joined_postings import JoinedPostings, _pack_positions
from searchlib.codec.packed_ints import Packed12BitWriter
from searchlib.index.store import IndexStore
from tests.parts import create_store, write_segment_file


def test_a_surface_form_under_two_terms(tmp_path: Path) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text(language="fr"))
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        archive.add(
            [
                {"id": "a", "body": "pâris puis paris"},
                {"id": "b", "body": "paris"},
                {"id": "c", "body": "rien"},
                {"id": "d", "body": "encore pâris"},
            ]
        )
    with IndexStore(Directory(tmp_path / "a")).reader() as reader:
        field = reader.segments[0].core.text("body")
        assert field is not None
        if len(field.owners(b"paris")) < 2:
            pytest.fail("pâris and paris should have terms of their own")
        postings = field.find_exact(b"paris")
        assert isinstance(postings, JoinedPostings)
        assert postings.docs.tolist() == [0, 1, 3]
        assert postings.freqs.tolist() == [2, 1, 1]
        assert postings.positions.tolist() == [0, 2, 0, 1]
        assert (postings.count, postings.occurrences) == (3, 4)


def test_several_terms_and_forms_as_one(tmp_path: Path) -> None:
    texts = ["bank rain vote", "rain", "banks votes rain rain", "", "sun banks", "vote banks vote"]
    store = create_store(tmp_path, *({"id": f"{n}", "body": text} for n, text in enumerate(texts)))
    field = store.reader().segments[0].core.text("body")
    assert field is not None
    parts = field.parts([b"vote", b"none"], [(b"bank", b"banks"), (b"bank", b"rain")])
    joined = field.joined(parts, 1.0)
    assert isinstance(joined, JoinedPostings)
    assert joined.form == -1
    words = [text.split() for text in texts]
    places = [(doc, n) for doc, row in enumerate(words) for n, word in enumerate(row)
              if word in ("vote", "votes", "banks")]  # fmt: skip
    docs = sorted({doc for doc, _ in places})
    starts = [sum(map(len, words[:doc])) for doc in range(len(words))]
    freqs = [sum(doc == other for other, _ in places) for doc in docs]
    assert (joined.count, joined.occurrences) == (len(docs), len(places))
    assert joined.docs.tolist() == docs
    assert joined.freqs.tolist() == freqs
    assert joined.ends.tolist() == np.cumsum(freqs).tolist()
    assert joined.positions.tolist() == [n for _, n in places]
    assert joined.global_positions.tolist() == [starts[doc] + n for doc, n in places]
    assert joined.freqs_by_doc(6).tolist() == [1, 0, 2, 0, 1, 3]
    assert joined.doc_starts.tolist()[:6] == starts
    for some in (docs, docs[:1], docs[1:], docs[::2], []):
        found = joined.global_positions_in(np.array(some, np.int32))
        assert found.tolist() == [starts[doc] + n for doc, n in places if doc in some]
    assert joined.docs is field.joined(parts, 1.0).docs  # cached
    assert not joined.is_dense
    if kernels.available:
        assert not joined.kernel_list().has_positions
        assert joined.kernel_list(with_positions=True) is joined.kernel_list()
        assert joined.kernel_list().has_positions
    assert field.joined(parts[:1], 1.0).form >= 0  # alone it is the list itself


@pytest.mark.parametrize("positions", [[], [7], [7, 4095, 513], [0xEFF, 0xF00, 1 << 20, 256]])
def test_positions_are_packed_as_in_a_segment(tmp_path: Path, positions: list[int]) -> None:
    def fill(out: Any) -> None:
        writer = Packed12BitWriter(out, "p")
        writer.add(np.array(positions, np.int64))
        writer.finish()

    file, _ = write_segment_file(tmp_path, fill)
    low, high, start, places, values = _pack_positions(np.array(positions, np.uint32))
    assert start == 0
    for name, array in (("", low), (".high", high), (".at", places), (".value", values)):
        section = file.array(f"p{name}")
        assert (array.tolist(), array.dtype) == (section.tolist(), section.dtype)


@pytest.mark.parametrize("copies", [1, 100])  # so that it is sparse, and dense
def test_the_kernels_have_the_same_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copies: int
) -> None:
    if not kernels.available:
        pytest.skip("the kernels were not built")
    schema = sl.Schema(id=sl.Key(), body=sl.Text(language="fr"))
    texts = ["pâris bon paris bon", "paris bon bon bon", "pâris " * 300, "bon bon bon pâris"]
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        archive.add([{"id": f"{n}", "body": text} for n, text in enumerate(texts * copies)])

    def found(query: str) -> list[tuple[str, float]]:
        with sl.open(tmp_path / "a") as archive:
            return [(hit.id, hit.score) for hit in archive.search(query, limit=500)]

    queries = ['"paris"', '"paris" OR bon', '"paris" bon', '"paris bon"']
    compiled = list(map(found, queries))
    with IndexStore(Directory(tmp_path / "a")).reader() as reader:
        field = reader.segments[0].core.text("body")
        assert field is not None
        postings = field.find_exact(b"paris")
        assert isinstance(postings, JoinedPostings)
        assert postings.is_dense is (copies == 100)
    monkeypatch.setattr(kernels, "available", False)
    assert list(map(found, queries)) == compiled
    assert [len(hits) for hits in compiled] == [4 * copies, 4 * copies, 3 * copies, 2 * copies]
