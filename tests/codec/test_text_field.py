"""Text fields: posting lists of terms and of their surface forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib import kernels
from searchlib.codec.directory import Directory
from searchlib.codec.text_field import PostingList, TextField, form_counts
from searchlib.errors import CorruptArchive
from searchlib.index.store import IndexStore
from tests.index.resigned import change_segment
from tests.parts import create_store

TEXTS = ["banks bank rain", "rain", "banks banks", ""]


def text_field(path: Path, name: str) -> TextField:
    store = create_store(path, *({"id": str(n), name: text} for n, text in enumerate(TEXTS)))
    field = store.reader().segments[0].core.text(name)
    assert field is not None
    return field


def test_a_term_is_found_in_all_its_forms(tmp_path: Path) -> None:
    field = text_field(tmp_path, "body")
    bank = field.find(b"bank")
    assert bank is not None
    assert (bank.count, bank.occurrences) == (2, 4)
    assert bank.docs.tolist() == [0, 2]
    assert bank.freqs.tolist() == [2, 2]
    assert bank.positions.tolist() == [0, 1, 0, 1]
    assert bank.global_positions.tolist() == [0, 1, 4, 5]
    assert bank.global_positions_in(np.array([2])).tolist() == [4, 5]
    assert bank.freqs_by_doc(4).tolist() == [2, 0, 2, 0]
    assert field.find(b"ban") is None


def test_a_form_has_its_own_postings(tmp_path: Path) -> None:
    field = text_field(tmp_path, "body")
    banks = field.find_exact(b"banks")
    assert banks is not None
    assert (banks.count, banks.occurrences) == (2, 3)
    assert banks.freqs.tolist() == [1, 2]
    assert banks.global_positions.tolist() == [0, 4, 5]
    bank = field.find_exact(b"bank")
    assert isinstance(bank, PostingList)
    assert bank.docs.tolist() == [0]
    assert bank.global_positions_in(np.array([0])).tolist() == [1]
    assert bank.term_postings.count == 2
    assert field.find_exact(b"banker") is None


def test_forms_by_spelling(tmp_path: Path) -> None:
    field = text_field(tmp_path, "body")
    assert field.stemmed
    assert list(field.surface_forms) == [b"bank", b"banks", b"rain"]
    ordinal = field.surface_forms.ordinal(b"banks")
    assert field.form_postings(ordinal).docs.tolist() == [0, 2]
    field.check()


def test_without_a_stemmer_terms_are_forms(tmp_path: Path) -> None:
    field = text_field(tmp_path, "raw")
    assert not field.stemmed
    assert field.surface_forms is field.terms
    first_forms, forms = field.forms_by_term()
    assert (first_forms.tolist(), list(forms)) == ([0, 1, 2, 3], [b"bank", b"banks", b"rain"])
    exact = field.find_exact(b"banks")
    assert exact is not None
    assert exact.docs.tolist() == [0, 2]


def test_lengths_and_doc_starts(tmp_path: Path) -> None:
    field = text_field(tmp_path, "body")
    assert field.lengths.tolist() == [3, 1, 2, 0]
    assert field.doc_starts.tolist() == [0, 3, 4, 6, 6]
    assert field.tokens == 6


@pytest.mark.parametrize("name", ["docs", "freqs", "global_positions"])
def test_arrays_are_decoded_once(tmp_path: Path, name: str) -> None:
    field = text_field(tmp_path, "body")
    first, second = field.find_exact(b"banks"), field.find_exact(b"banks")
    assert getattr(first, name) is getattr(second, name)


def test_form_counts_of_postings() -> None:
    documents, occurrences = form_counts(np.array([0, 0, 2, 2, 0]), np.array([3, 2]), 3)
    assert documents.tolist() == [2, 0, 2]
    assert occurrences.tolist() == [3, 0, 2]


def test_which_terms_are_dense(tmp_path: Path) -> None:
    words = [f"rain {'snow' if n % 2 else 'bank'}" for n in range(300)]
    store = create_store(tmp_path, *({"id": str(n), "body": text} for n, text in enumerate(words)))
    field = store.reader().segments[0].core.text("body")
    assert field is not None
    rain, snow = field.find(b"rain"), field.find(b"snow")
    assert rain is not None
    assert snow is not None
    assert (rain.is_dense, snow.is_dense) == (True, False)


OFFSETS = ("terms.ends", "surfaces.ends", "first", "form_docs", "form_uses", "starts", "tokens")


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", OFFSETS)
@pytest.mark.parametrize("change", ["falls", "starts later", "ends later", "all later"])
def test_each_array_of_offsets_is_checked_when_the_field_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool, name: str, change: str
) -> None:
    create_store(tmp_path, *({"id": str(n), "body": f"bank banks w{n}"} for n in range(70)))

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        heads = sections[f"field.body.{name}.heads"]  # bases, and the count
        if change == "falls":
            heads[1] = heads[2] + 400
        elif change == "starts later":
            heads[0] += 1
        elif change == "all later":
            heads[:-1] += 1
        else:
            heads[-2] += 1

    change_segment(tmp_path, 0, edit)
    monkeypatch.setattr(kernels, "available", compiled and kernels.available)
    core = IndexStore(Directory(tmp_path)).reader().segments[0].core
    at = "formed" if (name, change) == ("first", "ends later") else name  # an array goes with it
    with pytest.raises(CorruptArchive, match=rf"field\.body\.{at}"):
        core.text("body")
