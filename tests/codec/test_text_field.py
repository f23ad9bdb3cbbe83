"""Text fields: posting lists of terms and of their surface forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib import kernels
from searchlib.codec.directory import Directory
from searchlib.codec.text_field import PostingList, TextField, are_postings, form_counts
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


def test_the_postings_of_each_form_by_its_ordinal(tmp_path: Path) -> None:
    field = text_field(tmp_path, "body")
    numbered = {form: n for n, form in enumerate(field.surface_forms)}
    assert sorted(numbered) == [b"bank", b"banks", b"rain"]
    postings = {form: field.form_postings(number) for form, number in numbered.items()}
    assert {form: one.docs.tolist() for form, one in postings.items()} == {
        b"bank": [0], b"banks": [0, 2], b"rain": [0, 1],
    }  # fmt: skip
    assert {form: one.occurrences for form, one in postings.items()} == {
        b"bank": 1, b"banks": 3, b"rain": 2,
    }  # fmt: skip
    # The only form of a term has the postings of the term itself.
    places = {form: field._term_and_form(number) for form, number in numbered.items()}
    assert places == {b"bank": (0, 0), b"banks": (0, 1), b"rain": (1, -1)}


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


# Of documents of 3, 2 and 4 words: term 0 is in the first (forms 0 and 1) and in the last, term 1
# in the other.
_POSTINGS: dict[str, list[int]] = {
    "counts": [2, 1], "docs": [0, 2, 1], "freqs": [2, 1, 1], "occurrences": [3, 1],
    "positions": [0, 2, 3, 1], "lengths": [3, 2, 4], "forms": [0, 1, 1, 0], "form_sizes": [2, 1],
    "form_uses": [1, 2, 1],
}  # fmt: skip


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("changed", "are_right"),
    [
        ({}, True),
        ({"form_sizes": None, "form_uses": None}, True),
        ({"docs": [1, 2, 1], "positions": [0, 1, 3, 1]}, True),
        ({"counts": [3, 0]}, False),
        ({"counts": [1, 1]}, False),
        ({"counts": [2, 2]}, False),
        ({"docs": [2, 0, 1], "positions": [0, 2, 1, 1]}, False),
        ({"docs": [2, 2, 1]}, False),
        ({"docs": [0, 3, 1]}, False),
        ({"docs": [-1, 2, 1]}, False),
        ({"docs": [0, 2, -1]}, False),
        ({"freqs": [3, 0, 1]}, False),
        ({"freqs": [1, 2, 1], "positions": [0, 2, 3, 1], "occurrences": [2, 2]}, False),
        ({"freqs": [2, 1, 2]}, False),
        ({"occurrences": [2, 2]}, False),
        ({"positions": [2, 0, 3, 1]}, False),
        ({"positions": [0, 0, 3, 1]}, False),
        ({"positions": [0, 3, 3, 1]}, False),
        ({"positions": [0, 2, 4, 1]}, False),
        ({"positions": [0, 2, 3, 2]}, False),
        ({"forms": [0, 2, 1, 0], "form_uses": [1, 1, 2]}, False),
        ({"forms": [0, 1, 1, 1]}, False),
        ({"forms": [0, 1, 1, -1], "form_uses": [1, 3, 0]}, False),
        ({"forms": [-1, 1, 1, 0]}, False),
        ({"form_uses": [2, 1, 1]}, False),
        ({"form_uses": [1, 2]}, False),
        ({"form_sizes": [1, 2]}, False),
        ({"form_sizes": [2, 2]}, False),
        ({"form_sizes": [2, 2], "form_uses": [1, 2, 1, 0]}, True),
    ],
)
def test_what_can_be_postings(
    changed: dict[str, list[int] | None], are_right: bool, compiled: bool
) -> None:
    if compiled and not kernels.available:
        pytest.skip("the kernels were not built")
    wide = dict.fromkeys(("counts", "occurrences", "form_sizes", "form_uses"), np.int64)
    dtypes: dict[str, Any] = {"positions": np.uint16, **wide}
    arrays = [
        None if values is None else np.array(values, dtypes.get(name, np.int32))
        for name, values in (_POSTINGS | changed).items()
    ]
    check: Any = kernels.codec.are_postings if compiled else are_postings
    assert check(*arrays) is are_right


def test_no_postings_of_no_term() -> None:
    none = np.empty(0, np.int32)
    assert are_postings(none, none, none, none, none, none, none, None, None)
    some = np.zeros(1, np.int32)
    assert not are_postings(none, some, some, none, none, some, none, None, None)
    assert not are_postings(none, none, none, none, some, some, none, None, None)


def test_which_terms_are_dense(tmp_path: Path) -> None:
    words = [f"rain {'snow' if n % 2 else 'bank'}" for n in range(300)]
    store = create_store(tmp_path, *({"id": str(n), "body": text} for n, text in enumerate(words)))
    field = store.reader().segments[0].core.text("body")
    assert field is not None
    rain, snow = field.find(b"rain"), field.find(b"snow")
    assert rain is not None
    assert snow is not None
    assert (rain.is_dense, snow.is_dense) == (True, False)


def test_a_term_without_a_form_is_refused(tmp_path: Path) -> None:
    create_store(tmp_path, *({"id": str(n), "body": f"bank banks w{n}"} for n in range(9)))

    def edit(sections: dict[str, Any], meta: dict[str, Any]) -> None:
        steps = sections["field.body.first.steps"]  # 0 2 3 4 ...
        assert steps[:3].tolist() == [0, 2, 3]
        steps[1] = 0

    change_segment(tmp_path, 0, edit)
    core = IndexStore(Directory(tmp_path)).reader().segments[0].core
    with pytest.raises(CorruptArchive, match=r"field\.body\.first.*a term has no form"):
        core.text("body")


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
