"""Several posting lists as one: documents, frequencies and positions are those of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import searchlib as sl
from searchlib import kernels
from searchlib.codec.directory import Directory
from searchlib.codec.joined_postings import JoinedPostings
from searchlib.index.store import IndexStore


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
