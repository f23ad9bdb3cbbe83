"""Text fields: posting lists of terms and of their surface forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchlib import kernels
from searchlib.analysis.byte_strings import ByteStrings
from searchlib.codec.cache import Cache
from searchlib.codec.directory import Directory
from searchlib.codec.segment_file import SegmentFile
from searchlib.codec.text_field import (
    PostingList,
    TextField,
    are_postings,
    form_counts,
    write_dictionary,
)
from searchlib.errors import CorruptArchive
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.schema import Key, Schema, Text
from tests.index.resigned import change_segment
from tests.parts import create_store, entry, with_sections, write_segment_file

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


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("forms", "freqs", "documents", "occurrences"),
    [
        ([0, 0, 2, 2, 0], [3, 2], [2, 0, 2], [3, 0, 2]),
        ([1, 0, 1, 0], [4], [1, 1, 0], [2, 2, 0]),
        ([1, 1, 2, 1], [1, 1, 2], [0, 3, 1], [0, 3, 1]),
        ([2, 2, 2], [1, 1, 1], [0, 0, 3], [0, 0, 3]),
        ([], [], [0, 0, 0], [0, 0, 0]),
    ],
)
def test_form_counts_of_postings(
    forms: list[int], freqs: list[int], documents: list[int], occurrences: list[int],
    compiled: bool,
) -> None:  # fmt: skip
    if compiled and not kernels.available:
        pytest.skip("the kernels were not built")
    count: Any = kernels.codec.form_counts if compiled else form_counts
    arrays = count(np.array(forms, np.int32), np.array(freqs, np.int32), 3)
    assert [array.tolist() for array in arrays] == [documents, occurrences]
    assert {array.dtype for array in arrays} == {np.dtype("u4")}


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
        ({"positions": [0, 2, 0, 1]}, True),
        ({"counts": [3, 0], "docs": [0, 1, 2], "occurrences": [4, 0], "positions": [0, 2, 1, 3],
          "forms": [0, 1, 1, 0], "form_uses": [2, 2, 0]}, False),
        ({"freqs": [0, 3, 1], "positions": [0, 1, 2, 1]}, False),
        ({"positions": [0, 3, 0, 1]}, False),
        ({"positions": [0, 2, 0, 0]}, True),
        ({"docs": [0, 1, 0], "positions": [0, 2, 1, 1]}, True),
        ({"docs": [1, 0, 1]}, False),
        ({"counts": [1, 2], "docs": [0, 1, 2], "occurrences": [2, 2], "positions": [0, 2, 1, 3],
          "forms": [0, 1, 0, 0], "form_uses": [1, 1, 2]}, True),
        ({"counts": [1, 2], "docs": [0, 2, 1], "occurrences": [2, 2], "positions": [0, 2, 3, 1],
          "forms": [0, 1, 0, 0], "form_uses": [1, 1, 2]}, False),
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
)  # fmt: skip
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


# What the words of these texts have as a term; of the others, terms are the words.
STEMS = {"banks": "bank", "votes": "vote", "voting": "vote"}
MANY = ["banks bank rain", "rain bank", "banks banks", "", "vote votes bank votes voting", "rain"]


@pytest.mark.parametrize("name", ["body", "raw"])
def test_all_lists_are_those_of_the_texts(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = create_store(tmp_path, *({"id": str(n), name: text} for n, text in enumerate(MANY)))
    field = store.reader().segments[0].core.text(name)
    assert field is not None
    with monkeypatch.context() as patch:  # as it is without the kernels
        patch.setattr(kernels, "available", False)
        plain = IndexStore(Directory(tmp_path)).reader().segments[0].core.text(name)
        assert plain is not None
        assert plain._compiled_owners is None
    texts = [text.split() for text in MANY]
    tokens = [(doc, n, word) for doc, text in enumerate(texts) for n, word in enumerate(text)]
    term_of = lambda word: STEMS.get(word, word) if name == "body" else word  # noqa: E731
    words = sorted({word for _, _, word in tokens})
    terms = sorted({term_of(word) for word in words})
    forms_of = [[word for word in words if term_of(word) == term] for term in terms]
    assert [term.decode() for term in field.terms] == terms
    assert [form.decode() for form in field.surface_forms] == words
    for number, forms in enumerate(forms_of):
        assert [form.decode() for form in field.surface_forms_of(number)] == forms
    first_forms, by_ordinal = field.forms_by_term()
    assert first_forms.tolist() == [0, *np.cumsum(list(map(len, forms_of))).tolist()]
    ordinals = [word for forms in forms_of for word in forms]
    assert [form.decode() for form in by_ordinal] == ordinals
    assert [ordinals[n] for n in field.forms_by_spelling().tolist()] == words
    uses = [sum(word == other for _, _, other in tokens) for word in ordinals]
    assert field.form_uses().tolist() == uses
    if name == "body":
        docs = [len({doc for doc, _, other in tokens if other == word}) for word in ordinals]
        counts = field.all_form_counts(1, len(ordinals))
        assert [array.tolist() for array in counts] == [docs[1:], uses[1:]]
    lists = [(field.find(term.encode()), -1, [t for t in tokens if term_of(t[2]) == term])
             for term in terms]  # fmt: skip
    for number, forms in enumerate(forms_of):
        for form, word in enumerate(forms):
            numbers = (number, form if len(forms) > 1 else -1)
            assert field.owners(word.encode()) == [numbers]
            use = (*numbers, sum(word == other for _, _, other in tokens))
            assert field.owner_uses(word.encode()) == plain.owner_uses(word.encode()) == [use]
            found = field.find_exact(word.encode())
            lists.append((found, numbers[1], [t for t in tokens if t[2] == word]))
    starts = [sum(map(len, texts[:doc])) for doc in range(len(texts))]
    for found, form, wanted in lists:
        assert isinstance(found, PostingList)
        docs = sorted({doc for doc, _, _ in wanted})
        freqs = [sum(doc == other for other, _, _ in wanted) for doc in docs]
        assert (found.form, found.count, found.occurrences) == (form, len(docs), len(wanted))
        assert found.docs.tolist() == docs
        assert found.freqs.tolist() == freqs
        assert found.ends.tolist() == np.cumsum(freqs).tolist()
        assert found.positions.tolist() == [n for _, n, _ in wanted]
        assert found.global_positions.tolist() == [starts[doc] + n for doc, n, _ in wanted]
        spread = dict(zip(docs, freqs, strict=True))
        assert found.freqs_by_doc(6).tolist() == [spread.get(doc, 0) for doc in range(6)]
        assert found.doc_starts is field.doc_starts
        assert (found.term_postings is found) is (form < 0)
        for some in (docs, docs[:1], docs[1:]):
            positions = found.global_positions_in(np.array(some, np.int32)).tolist()
            assert positions == [starts[doc] + n for doc, n, _ in wanted if doc in some]
    assert field.docs_by_term(2).tolist() == [*lists[0][0].docs, *lists[1][0].docs]
    some_terms = [terms[1].encode(), b"none", terms[0].encode()]
    assert field.parts(some_terms, [(b"none", words[0].encode())]) == [(0, -1), (1, -1)]
    if kernels.available:
        found = lists[0][0]
        assert not found.kernel_list().has_positions
        assert found.kernel_list(with_positions=True) is found.kernel_list()
        assert found.kernel_list().has_positions
        cache = field._cache
        before = cache.bytes
        for _ in range(2):
            found.kernel_list().add_masks()
            assert cache.bytes == before + 8 * found.term_postings.count


def test_units_of_a_field_are_cached(tmp_path: Path) -> None:
    store = create_store(tmp_path, {"id": "a", "body": "It rains. It snows.\n\nSun."})
    field = store.reader().segments[0].core.text("body")
    assert field is not None
    for unit, starts in (("sentence", [0, 2, 4]), ("paragraph", [0, 4])):
        found, bitset = field.unit_starts(unit), field.unit_bitset(unit)
        assert found is not None
        assert bitset is not None
        assert found.tolist() == starts
        assert bitset.tolist() == [sum(1 << start for start in [*starts, 5])]
        assert field.unit_starts(unit) is found
        assert field.unit_bitset(unit) is bitset


GERMAN = Schema(id=Key(), body=Text(language="de"))


@pytest.fixture
def german(tmp_path: Path) -> tuple[SegmentFile, dict[str, Any]]:
    """The segment file of three texts, one without a word, and the field's meta data."""
    store = IndexStore.create(Directory(tmp_path), GERMAN)
    with IndexWriter(store) as writer:
        for number, text in enumerate(["Häuser Haus Bank über", "", "Hauser Banken über"]):
            writer.put(*entry(GERMAN, {"id": str(number), "body": text}))
        writer.commit()
    file = store.reader().segments[0].core.segment_file
    return file, file.meta["fields"]["body"]


def test_alternates(german: tuple[SegmentFile, dict[str, Any]], tmp_path: Path) -> None:
    file, meta = german
    field = TextField(file, "field.body", meta, 3, Cache())
    rows = [(b"haeuser", b"hauser"), (b"ueber", b"uber")]
    assert list(field.all_alternates()) == rows
    for alternate, surface in rows:
        assert field.alternates_of(alternate) == [surface]
    for other in (b"", b"h", b"haeuser hauser", b"haeuser ", b"hauser", b"zz"):
        assert field.alternates_of(other) == []
    names = [name for name in file._sections if "alternates" in name]
    old = with_sections(tmp_path, file, dict.fromkeys(names))
    field = TextField(old, "field.body", meta, 3, Cache())
    assert (list(field.all_alternates()), field.alternates_of(b"ueber")) == ([], [])
    unsorted = file.array("field.body.alternates.text").copy()
    unsorted[0] = ord("z")
    changed = with_sections(tmp_path, file, {"field.body.alternates.text": unsorted})
    with pytest.raises(CorruptArchive, match=r"the terms of 'field\.body\.alternates' are not sor"):
        TextField(changed, "field.body", meta, 3, Cache())


@pytest.mark.parametrize(
    ("name", "change", "read", "says"),
    [
        ("lengths", lambda a: np.append(a, a[:1] * 0), "lengths", "another number of documents"),
        ("lengths", lambda a: a + a, "lengths", r"field\.body\.lengths'.*another sum"),
        ("lengths", lambda a: a[::-1], "lengths", ""),
        ("order", lambda a: a[1:], "surface_forms", r"field\.body\.order'.*another length"),
        ("order", lambda a: a + 1, "surface_forms", "the order of .* is no permutation"),
        (
            "order",
            lambda a: np.append(a[:1] + 1, a[1:]),
            "surface_forms",
            "the order of .* is no permutation",
        ),
        ("order", lambda a: (a + np.arange(len(a))).astype("u4"), "surface_forms", ""),
        ("terms.text", lambda a: a | 0x80, "check_texts", "the terms of .*terms' are not UTF-8"),
        ("surfaces.text", lambda a: a | 0x80, "check_texts", "surfaces' are not UTF-8"),
        ("terms.text", lambda a: a[::-1], "", r"the terms of 'field\.body\.terms' are not sorted"),
        ("surfaces.text", lambda a: a[::-1], "", r"'field\.body\.surfaces' are not sorted"),
    ],
)
def test_what_does_not_fit_together(
    german: tuple[SegmentFile, dict[str, Any]], tmp_path: Path, name: str, change: Any, read: str,
    says: str,
) -> None:  # fmt: skip
    file, meta = german
    section = f"field.body.{name}"
    changed = with_sections(tmp_path, file, {section: change(file.array(section))})

    def use() -> Any:
        field = TextField(changed, "field.body", meta, 3, Cache())
        value = getattr(field, read)
        return value() if callable(value) else list(value)

    if not says:
        plain = TextField(file, "field.body", meta, 3, Cache())
        assert read == "lengths" or use() == list(plain.surface_forms)
        assert len(use()) == len(getattr(plain, read))
        return
    with pytest.raises(CorruptArchive, match=says):
        use()


def test_meta_data_of_a_field(german: tuple[SegmentFile, dict[str, Any]], tmp_path: Path) -> None:
    file, meta = german
    for tokens in (meta["tokens"] + 1, None):
        with pytest.raises(CorruptArchive, match="its meta data say other tokens"):
            TextField(file, "field.body", meta | {"tokens": tokens}, 3, Cache())
    # The terms of a Whoosh field may be any bytes.
    changed = with_sections(
        tmp_path, file, {"field.body.terms.text": file.array("field.body.terms.text") | 0x80}
    )
    TextField(changed, "field.body", meta | {"kind": "terms"}, 3, Cache()).check_texts()


@pytest.mark.parametrize(("count", "dtype"), [(0, "i2"), (1 << 15, "i2"), ((1 << 15) + 1, "i4")])
def test_how_wide_the_order_of_forms_is(tmp_path: Path, count: int, dtype: str) -> None:
    spelling = np.roll(np.arange(count), -1)  # the first one is the last by spelling
    terms, forms = ByteStrings.of([b"a"]), ByteStrings.of([b"%d" % n for n in range(count)])
    file, _ = write_segment_file(
        tmp_path,
        lambda out: write_dictionary(out, "f", [terms], np.array([0, count]), [forms], spelling),
    )
    assert file.array("f.order").dtype == dtype
    assert (file.array("f.order") + np.arange(count)).tolist() == spelling.tolist()


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
