"""Several posting lists as one: documents, frequencies and positions are those of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import searchlib as sl
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
