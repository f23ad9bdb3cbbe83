"""Doc values: keys by hash, keywords by rank, dates and numbers with missing values."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from searchlib.codec import doc_values
from searchlib.codec.doc_values import (
    MISSING,
    KeyDocValues,
    KeywordDocValues,
    NumericDocValues,
    key_hash,
    write_keys,
    write_keywords,
    write_numbers,
)
from searchlib.codec.term_dictionary import write_terms
from searchlib.errors import CorruptArchive
from searchlib.ingest.record import digest
from tests.parts import with_sections, write_segment_file


def test_keys_and_digests(tmp_path: Path) -> None:
    keys = [b"b", b"a", b"b", "北".encode()]
    digests = [digest(bytes([n])) for n in range(4)]
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_keys(out, keys, digests))
    values_reader = KeyDocValues(segment_file, 4)
    assert values_reader.find(b"b") == [0, 2]
    assert values_reader.find(b"x") == []
    assert values_reader.find_many([b"x", b"a"], key_hash([b"x", b"a"])) == [(1, 1)]
    asked = [b"b", b"x", *keys[1:]]
    found = [(n, doc) for n, key in enumerate(asked) for doc in range(4) if keys[doc] == key]
    assert values_reader.find_many(asked, key_hash(asked)) == found
    assert values_reader.digest(2) == digests[2]
    assert values_reader.digests() == b"".join(digests)
    assert [keys[doc] for doc in values_reader.docs_by_key()] == sorted(keys)


def test_hashes_of_keys_do_not_change() -> None:
    assert [hex(number) for number in key_hash([b"a17", b""])] == [
        "0xf85814e5bd665a53", "0xb4b2797457a0a6e4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"key.hashes": lambda hashes: hashes ^ np.uint64(1)}, "key.hashes.*hashes of other keys"),
        ({"key.text": lambda text: text | 0x80}, "the terms of 'key' are not UTF-8"),
    ],
)
def test_keys_that_do_not_agree(
    tmp_path: Path, changed: dict[str, Callable[[Any], Any]], says: str
) -> None:
    keys = [b"b", b"a", b"cc"]
    file, _ = write_segment_file(tmp_path, lambda out: write_keys(out, keys, [b"0" * 16] * 3))
    KeyDocValues(file, 3).check()
    sections = {name: change(file.array(name)) for name, change in changed.items()}
    values_reader = KeyDocValues(with_sections(tmp_path, file, sections), 3)
    with pytest.raises(CorruptArchive, match=says):
        values_reader.check()


def test_keys_with_equal_hashes(tmp_path: Path) -> None:
    top = np.iinfo(np.uint64).max
    with patch.object(doc_values, "key_hash", lambda keys: np.full(len(keys), top)):
        segment_file, _ = write_segment_file(
            tmp_path, lambda out: write_keys(out, [b"a", b"b"], [b"0" * 16] * 2)
        )
        values_reader = KeyDocValues(segment_file, 2)
        assert (values_reader.find(b"a"), values_reader.find(b"b"), values_reader.find(b"c")) == (
            [0],
            [1],
            [],
        )
        assert values_reader.find_many([b"b"], doc_values.key_hash([b"b"])) == [(0, 1)]


def test_a_segment_without_keys(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_keys(out, [], []))
    values_reader = KeyDocValues(segment_file, 0)
    assert values_reader.find(b"a") == []
    assert values_reader.find_many([b"a"], key_hash([b"a"])) == []


SPELLINGS = [(b"arts", b"Arts"), (b"sports", b"Sports"), (b"world", b"World")]


def test_one_keyword_a_document(tmp_path: Path) -> None:
    owners, numbers = np.array([0, 2, 3]), np.array([2, 1, 2])
    segment_file, _ = write_segment_file(
        tmp_path, lambda out: write_keywords(out, "k", SPELLINGS, owners, numbers, 5, many=False)
    )
    values_reader = KeywordDocValues(segment_file, "k", 5)
    assert list(values_reader.terms) == [b"arts", b"sports", b"world"]
    assert list(values_reader.labels) == [b"Arts", b"Sports", b"World"]
    assert [values_reader.docs(rank).tolist() for rank in range(3)] == [[], [2], [0, 3]]
    assert [values_reader.count(rank) for rank in range(3)] == [0, 1, 2]
    assert [values_reader.ranks_of(doc) for doc in range(5)] == [[2], [], [1], [2], []]
    assert values_reader.count_values(None).tolist() == [0, 1, 2, 2]
    assert values_reader.count_values(np.array([0, 1, 2])).tolist() == [0, 1, 1, 1]
    assert values_reader.count_values(np.array([], int)).tolist() == [0, 0, 0, 0]


def test_several_keywords_a_document(tmp_path: Path) -> None:
    owners, numbers = np.array([0, 0, 2, 2, 2]), np.array([2, 1, 0, 2, 1])
    segment_file, _ = write_segment_file(
        tmp_path, lambda out: write_keywords(out, "k", SPELLINGS, owners, numbers, 4, many=True)
    )
    values_reader = KeywordDocValues(segment_file, "k", 4)
    assert [values_reader.ranks_of(doc) for doc in range(4)] == [[2, 1], [], [0, 2, 1], []]
    assert [values_reader.docs(rank).tolist() for rank in range(3)] == [[2], [0, 2], [0, 2]]
    assert values_reader.count_values(None).tolist() == [1, 2, 2, 2]
    assert values_reader.count_values(np.array([0, 1])).tolist() == [0, 1, 1, 1]


SEVERAL = [
    (b"sport", b"SPORT"), (b"arts", b"Arts"), (b"sport", b"Sport"), (b"sport", b"sport"),
]  # fmt: skip


def test_the_label_is_the_commonest_spelling(tmp_path: Path) -> None:
    owners, numbers = np.array([0, 1, 3, 4, 5, 6]), np.array([0, 1, 2, 3, 2, 1])
    segment_file, _ = write_segment_file(
        tmp_path, lambda out: write_keywords(out, "k", SEVERAL, owners, numbers, 7, many=False)
    )
    values_reader = KeywordDocValues(segment_file, "k", 7)
    values_reader.check()
    assert list(values_reader.labels) == [b"Arts", b"Sport"]
    assert [values_reader.ranks_of(doc) for doc in range(4)] == [[1], [0], [], [1]]
    written = [values_reader.texts_of(doc) for doc in range(7)]
    assert written == [["SPORT"], ["Arts"], [], ["Sport"], ["sport"], ["Sport"], ["Arts"]]
    assert values_reader.terms_with_variants() == [b"sport"]
    assert values_reader.spelling_counts([1], None) == [
        (1, "Sport", 2), (1, "SPORT", 1), (1, "sport", 1),
    ]  # fmt: skip
    live_docs = np.array([True, True, True, False, True, False, True])
    assert values_reader.spelling_counts([1, 0], live_docs) == [
        (0, "Arts", 2), (1, "SPORT", 1), (1, "sport", 1),
    ]  # fmt: skip


def test_spellings_of_several_keywords_a_document(tmp_path: Path) -> None:
    owners, numbers = np.array([0, 0, 2, 3, 3]), np.array([2, 1, 0, 1, 2])
    segment_file, _ = write_segment_file(
        tmp_path, lambda out: write_keywords(out, "k", SEVERAL, owners, numbers, 4, many=True)
    )
    values_reader = KeywordDocValues(segment_file, "k", 4)
    values_reader.check()
    written = [values_reader.texts_of(doc) for doc in range(4)]
    assert written == [["Sport", "Arts"], [], ["SPORT"], ["Arts", "Sport"]]
    live_docs = np.array([False, True, True, False])
    assert values_reader.spelling_counts([0, 1], live_docs) == [(1, "SPORT", 1)]
    texts, of_values = values_reader.texts()
    assert [texts[number] for number in of_values] == [SEVERAL[number] for number in numbers]


def test_of_equally_common_spellings_the_first_is_the_label(tmp_path: Path) -> None:
    owners, numbers = np.array([0, 1]), np.array([3, 2])
    segment_file, _ = write_segment_file(
        tmp_path, lambda out: write_keywords(out, "k", SEVERAL, owners, numbers, 2, many=False)
    )
    values_reader = KeywordDocValues(segment_file, "k", 2)
    assert list(values_reader.labels) == [b"Arts", b"Sport"]


@pytest.mark.parametrize("many", [False, True])
def test_a_field_without_values(tmp_path: Path, many: bool) -> None:
    none = np.empty(0, np.int64)
    segment_file, _ = write_segment_file(
        tmp_path, lambda out: write_keywords(out, "k", [], none, none, 2, many=many)
    )
    values_reader = KeywordDocValues(segment_file, "k", 2)
    assert values_reader.ranks_of(1) == []
    assert values_reader.count_values(None).tolist() == [2]
    assert values_reader.count_values(np.array([1])).tolist() == [1]


def test_more_than_256_keywords(tmp_path: Path) -> None:
    values = [(b"%05d" % n, b"L%d" % n) for n in range(300)]
    owners = np.arange(300)
    segment_file, _ = write_segment_file(
        tmp_path,
        lambda out: write_keywords(out, "k", values, owners, owners[::-1], 301, many=False),
    )
    values_reader = KeywordDocValues(segment_file, "k", 301)
    assert values_reader.ranks_of(0) == [299]
    assert values_reader.ranks_of(300) == []


def test_ranges_of_dates(tmp_path: Path) -> None:
    values = np.array([30, MISSING, 10, 30, -5, MISSING], np.int64)
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_numbers(out, "n", values))
    values_reader = NumericDocValues(segment_file, "n", 6, "i8")
    assert values_reader.sorted_values().tolist() == [-5, 10, 30, 30]
    assert sorted(values_reader.docs_with_value().tolist()) == [0, 2, 3, 4]
    for low, high, low_exclusive, high_exclusive, expected in (
        (None, None, False, False, [0, 2, 3, 4]),
        (10, 30, False, False, [0, 2, 3]),
        (10, 30, True, False, [0, 3]),
        (10, 30, False, True, [2]),
        (30, 10, False, False, []),
        (10, 10, True, True, []),
        (None, -5, False, True, []),
        (31, None, False, False, []),
    ):
        docs = values_reader.between(
            low, high, low_exclusive=low_exclusive, high_exclusive=high_exclusive
        )
        assert sorted(docs.tolist()) == expected
    assert values_reader.order_range(30, 10, low_exclusive=True, high_exclusive=True) == (4, 4)
    assert values_reader.order_range(-5, 10, low_exclusive=True, high_exclusive=False) == (1, 2)


def test_minus_zero_is_zero(tmp_path: Path) -> None:
    values = np.array([0.0, np.nan, -0.0, 2.5])
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_numbers(out, "n", values))
    values_reader = NumericDocValues(segment_file, "n", 4, "f8")
    assert not np.signbit(values_reader.values).any()
    assert sorted(values_reader.docs_with_value().tolist()) == [0, 2, 3]
    assert sorted(
        values_reader.between(0, 0, low_exclusive=False, high_exclusive=False).tolist()
    ) == [0, 2]


def test_limits_of_a_range_are_rounded_as_values_are(tmp_path: Path) -> None:
    values = np.array([2.0**53, 1.0])
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_numbers(out, "n", values))
    values_reader = NumericDocValues(segment_file, "n", 2, "f8")

    def between(low: float | None, high: float | None) -> list[int]:
        return sorted(
            values_reader.between(low, high, low_exclusive=False, high_exclusive=False).tolist()
        )

    assert between(2**53 + 1, None) == [0]
    assert between(None, 10**400) == [0, 1]
    assert between(None, -(10**400)) == []


def test_periods_of_dates(tmp_path: Path) -> None:
    values = np.array([30, MISSING, 10, 30], np.int64)
    segment_file, _ = write_segment_file(
        tmp_path, lambda out: write_numbers(out, "n", values, {3: 90, 2: 40})
    )
    values_reader = NumericDocValues(segment_file, "n", 4, "i8")
    assert values_reader.partial_docs.tolist() == [2, 3]
    assert values_reader.partial_ends.tolist() == [40, 90]
    beyond = {end: values_reader.docs_beyond(end).tolist() for end in (10, 11, 30, 31, 40, 90)}
    assert beyond == {10: [], 11: [2], 30: [2], 31: [2, 3], 40: [3], 90: []}


@pytest.mark.parametrize("dtype", ["i8", "f8"])
@pytest.mark.parametrize("documents", [0, 1, 3])
def test_documents_without_a_value(tmp_path: Path, dtype: str, documents: int) -> None:
    values = np.full(documents, MISSING if dtype == "i8" else np.nan, dtype)
    file, _ = write_segment_file(tmp_path, lambda out: write_numbers(out, "n", values))
    values_reader = NumericDocValues(file, "n", documents, dtype)
    assert (len(values_reader.order), len(values_reader.partial_docs)) == (0, 0)
    assert len(values_reader.partial_ends) == 0
    assert values_reader.docs_beyond(5).tolist() == []


def test_the_end_of_the_last_period(tmp_path: Path) -> None:
    values = np.array([30, 10], np.int64)
    for end, is_right in ((_END, True), (_END + 1, False)):
        (tmp_path / str(end)).mkdir()
        file, _ = write_segment_file(
            tmp_path / str(end),
            lambda out, end=end: write_numbers(out, "n", values, {1: end}),
        )
        with (
            nullcontext() if is_right else pytest.raises(CorruptArchive, match=r"n\.partial\.ends")
        ):
            NumericDocValues(file, "n", 2, "i8")


def test_numbers_have_no_periods(tmp_path: Path) -> None:
    values = np.array([30.0, 10.0])
    file, _ = write_segment_file(tmp_path, lambda out: write_numbers(out, "n", values, {0: 90}))
    with pytest.raises(CorruptArchive, match=r"n\.partial.*these documents do not exist"):
        NumericDocValues(file, "n", 2, "f8")


@pytest.mark.parametrize("ends", [{1: 90}, {0: 30}, {4: 90}, {0: 1 << 62}])
def test_periods_that_cannot_be(tmp_path: Path, ends: dict[int, int]) -> None:
    values = np.array([30, MISSING, 10, 30], np.int64)
    segment_file, _ = write_segment_file(
        tmp_path, lambda out: write_numbers(out, "n", values, ends)
    )
    with pytest.raises(CorruptArchive):
        NumericDocValues(segment_file, "n", 4, "i8")


def test_a_key_whose_hash_is_above_all_others_is_not_there(tmp_path: Path) -> None:
    segment_file, _ = write_segment_file(tmp_path, lambda out: write_keys(out, [b"a"], [b"0" * 16]))
    keys = KeyDocValues(segment_file, 1)
    above = key_hash([b"a"]) + np.uint64(1)
    assert keys.find_many([b"a", b"a"], np.append(above, key_hash([b"a"]))) == [(1, 0)]


@pytest.mark.parametrize(
    ("name", "array", "says"),
    [
        ("key.hashes", [1, 2], "key.hashes.*not sorted"),
        ("key.hashes", [2, 1, 3], "key.hashes.*not sorted"),
        ("key.docs", [0, 1], "key.docs.*no permutation"),
        ("key.docs", [0, 1, 1], "key.docs.*no permutation"),
        ("key.docs", [0, 1, 3], "key.docs.*no permutation"),
        ("key.docs", [2, 1, 0, 0], "key.docs.*no permutation"),
        ("key.hashes", [1, 3, 2], "key.hashes.*not sorted"),
        ("key.text", [97, 98], "key.ends.*does not rise from 0 to 2"),
    ],
)
def test_keys_that_cannot_be(tmp_path: Path, name: str, array: list[int], says: str) -> None:
    file, _ = write_segment_file(
        tmp_path, lambda out: write_keys(out, [b"a", b"b", b"c"], [b"0" * 16] * 3)
    )
    KeyDocValues(file, 3).check()
    dtype = np.uint64 if name == "key.hashes" else np.uint8
    with pytest.raises(CorruptArchive, match=says):
        KeyDocValues(with_sections(tmp_path, file, {name: np.array(array, dtype)}), 3)
    with pytest.raises(CorruptArchive, match=r"key\.ends.*another length"):
        KeyDocValues(file, 4)


# Of four documents [Sport, Arts], [], [SPORT, sport], [Arts, Sport]: the ranks 1 0 - 1 1 - 0 1.
@pytest.mark.parametrize(
    ("name", "array", "says"),
    [
        ("k.starts", [0, 2, 5], "k.starts.*does not rise"),
        ("k.starts", [1, 2, 6], "k.starts.*does not rise"),
        ("k.starts", [0, 7, 6], "k.starts.*does not rise"),
        ("k.starts", [0, 6], "k.starts.*does not rise"),
        ("k.held", [0, 2, 2, 4, 5], "k.held.*does not rise"),
        ("k.held", [1, 2, 2, 4, 6], "k.held.*does not rise"),
        ("k.held", [0, 2, 1, 4, 6], "k.held.*does not rise"),
        ("k.held", [0, 2, 2, 6], "k.held.*does not rise"),
        ("k.ranks", [1, 0, 1, 1, 0, 2], "k.ranks.*no value 2"),
        ("k.variant.values", [2, 2], "k.variant.values.*do not exist"),
        ("k.variant.values", [3, 2], "k.variant.values.*do not exist"),
        ("k.variant.values", [2, 6], "k.variant.values.*do not exist"),
        ("k.variant.numbers", [0], "k.variant.numbers.*do not exist"),
        ("k.variant.numbers", [0, 2], "k.variant.numbers.*do not exist"),
        ("k.variant.numbers", [1, 1], "k.variant.numbers.*not of one value"),
        ("k.variant.values", [1, 2], None),
    ],
)
def test_keywords_that_cannot_be(
    tmp_path: Path, name: str, array: list[int], says: str | None
) -> None:
    owners, numbers = np.array([0, 0, 2, 2, 3, 3]), np.array([2, 1, 0, 3, 1, 2])
    file, _ = write_segment_file(
        tmp_path, lambda out: write_keywords(out, "k", SEVERAL, owners, numbers, 4, many=True)
    )
    KeywordDocValues(file, "k", 4).check()
    dtype = np.uint32 if name == "k.held" else np.uint8
    changed = with_sections(tmp_path, file, {name: np.array(array, dtype)})
    if says is None:
        KeywordDocValues(changed, "k", 4)
        return
    with pytest.raises(CorruptArchive, match=says):
        KeywordDocValues(changed, "k", 4)


_SINGLE = [0, 2, 3], [0, 1, 2]  # documents and spellings: SPORT, none, Arts, Sport
_MANY = [0, 0, 2, 3, 3], [2, 1, 0, 1, 3]


def _keywords(many: bool) -> Callable[[Any], None]:
    docs, numbers = map(np.array, _MANY if many else _SINGLE)
    return lambda out: write_keywords(out, "k", SEVERAL, docs, numbers, 4, many=many)


@pytest.mark.parametrize(
    ("many", "sections"),
    [
        (False, {"starts": [0, 1, 3], "docs": [2, 0, 3], "ranks": [1, 2, 0, 1],
                 "variant.values": [3], "variant.numbers": [0],
                 "texts": ["Arts", "SPORT", "Sport"]}),
        (True, {"starts": [0, 2, 5], "docs": [0, 3, 0, 2, 3], "ranks": [1, 0, 1, 0, 1],
                "held": [0, 2, 2, 3, 5], "variant.values": [0, 4], "variant.numbers": [0, 1],
                "texts": ["Arts", "SPORT", "Sport", "sport"]}),
    ],
)  # fmt: skip
def test_the_sections_of_keywords(tmp_path: Path, many: bool, sections: dict[str, Any]) -> None:
    file, _ = write_segment_file(tmp_path, _keywords(many))
    values_reader = KeywordDocValues(file, "k", 4)
    values_reader.check()
    assert values_reader.variants is not None
    texts = [*values_reader.labels, *values_reader.variants]
    assert [text.decode() for text in texts] == sections.pop("texts")
    assert list(values_reader.terms) == [b"arts", b"sport"]
    assert values_reader.term_texts == ["arts", "sport"]
    for name, array in sections.items():
        assert file.array(f"k.{name}").tolist() == array
    written, numbers = values_reader.texts()
    docs, spellings = _MANY if many else _SINGLE
    assert [written[number] for number in numbers] == [SEVERAL[number] for number in spellings]
    assert [doc for doc in range(4) for _ in values_reader.ranks_of(doc)] == docs
    for doc in range(4):
        of_doc = [SEVERAL[n][1].decode() for d, n in zip(docs, spellings, strict=True) if d == doc]
        assert values_reader.texts_of(doc) == of_doc
    if many:
        assert values_reader.value_counts().tolist() == [2, 0, 1, 2]
    texts_by_doc = [(doc, *SEVERAL[n]) for doc, n in zip(docs, spellings, strict=True)]
    for mask in itertools.product([True, False], repeat=4):
        for ranks in ([0], [1], [0, 1], []):
            counts = Counter(
                (values_reader.terms.ordinal(term), text.decode())
                for doc, term, text in texts_by_doc
                if mask[doc] and values_reader.terms.ordinal(term) in ranks
            )
            rows = values_reader.spelling_counts(ranks, np.array(mask))
            assert sorted(rows) == sorted((*row, count) for row, count in counts.items())


def test_spellings_of_a_field_without_variants(tmp_path: Path) -> None:
    docs, numbers = np.array([0, 2]), np.array([2, 0])
    file, _ = write_segment_file(
        tmp_path, lambda out: write_keywords(out, "k", SPELLINGS, docs, numbers, 3, many=False)
    )
    values_reader = KeywordDocValues(file, "k", 3)
    assert values_reader.variants is None
    assert values_reader.terms_with_variants() == []
    assert [values_reader.texts_of(doc) for doc in range(3)] == [["World"], [], ["Arts"]]
    everything = [(0, "Arts", 1), (2, "World", 1)]
    assert values_reader.spelling_counts([0, 1, 2], None) == everything
    assert values_reader.spelling_counts([2], np.array([True, True, False])) == [everything[1]]
    assert values_reader.spelling_counts([0], np.array([True, True, False])) == []


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    ("name", "array", "says", "when"),
    [
        ("text", b"tarzsport", "the terms of 'k' are not sorted", "opened"),
        ("label.text", b"ArtsSPOR", "k.label.ends.*does not rise from 0 to 8", "opened"),
        ("variant.text", b"S", "k.variant.*", "opened"),
        ("text", b"arts\xffport", "the terms of 'k' are not UTF-8", "checked"),
        ("label.text", b"Arts\xffPORT", "the terms of 'k.label' are not UTF-8", "checked"),
        ("variant.text", b"\xffport", "the terms of 'k.variant' are not UTF-8", "checked"),
        ("starts", [0, 2, 3], "k.starts.*other counts", "checked"),
        ("docs", [3, 0, 2], "k.docs.*other documents", "checked"),
    ],
)
def test_keywords_that_do_not_agree(
    tmp_path: Path, many: bool, name: str, array: bytes | list[int], says: str, when: str
) -> None:
    file, _ = write_segment_file(tmp_path, _keywords(many))
    if name == "starts" and many:
        array = [0, 3, 5]
    elif isinstance(array, list) and many:
        array = [*array, 0, 0]
    elif name == "variant.text" and len(array) > 1 and many:
        array = b"\xffportsport"
    values = np.frombuffer(array, "u1") if isinstance(array, bytes) else np.array(array, "u1")
    changed = with_sections(tmp_path, file, {f"k.{name}": values})
    if when == "opened":
        with pytest.raises(CorruptArchive, match=says):
            KeywordDocValues(changed, "k", 4)
        return
    values_reader = KeywordDocValues(changed, "k", 4)
    with pytest.raises(CorruptArchive, match=says):
        values_reader.check()


def test_a_spelling_of_a_document_without_a_value(tmp_path: Path) -> None:
    file, _ = write_segment_file(tmp_path, _keywords(many=False))
    changed = with_sections(tmp_path, file, {"k.variant.values": np.array([1], np.uint8)})
    with pytest.raises(CorruptArchive, match="a spelling is not of one value"):
        KeywordDocValues(changed, "k", 4)


def test_a_label_too_many(tmp_path: Path) -> None:
    def fill(out: Any) -> None:
        write_terms(out, "k", [b"arts"])
        write_terms(out, "k.label", [b"Arts", b"SPORT"])
        for name, array in (("docs", [0]), ("starts", [0, 1]), ("ranks", [0])):
            out.put(f"k.{name}", np.array(array, "u1"))

    file, _ = write_segment_file(tmp_path, fill)
    with pytest.raises(CorruptArchive, match=r"k\.label\.ends.*another length"):
        KeywordDocValues(file, "k", 1)


@pytest.mark.parametrize("many", [False, True])
def test_other_spellings_none_of_which_is_there(tmp_path: Path, many: bool) -> None:
    def fill(out: Any) -> None:
        write_keywords(out, "k", [], np.empty(0, int), np.empty(0, int), 0, many=many)
        write_terms(out, "k.variant", [])
        for name in ("values", "numbers"):
            out.put(f"k.variant.{name}", np.empty(0, "u1"))

    values_reader = KeywordDocValues(write_segment_file(tmp_path, fill)[0], "k", 0)
    values_reader.check()
    assert values_reader.terms_with_variants() == []


def test_one_keyword_a_document_that_cannot_be(tmp_path: Path) -> None:
    file, _ = write_segment_file(
        tmp_path,
        lambda out: write_keywords(
            out, "k", SEVERAL, np.array([0, 2]), np.array([0, 1]), 3, many=False
        ),
    )
    assert file.array("k.ranks").tolist() == [1, 2, 0]  # 2 is none
    for ranks, says in (([1, 3, 0], "no value 3"), ([1, 2], "another length")):
        changed = with_sections(tmp_path, file, {"k.ranks": np.array(ranks, np.uint8)})
        with pytest.raises(CorruptArchive, match=rf"k\.ranks.*{says}"):
            KeywordDocValues(changed, "k", 3)
    wide = with_sections(tmp_path, file, {"k.ranks": np.array([1, 2, 0], np.uint32)})
    assert KeywordDocValues(wide, "k", 3).ranks_of(0) == [1]
    wide = with_sections(tmp_path, file, {"k.ranks": np.array([1, 2, 0], np.uint64)})
    with pytest.raises(CorruptArchive, match="too wide"):
        KeywordDocValues(wide, "k", 3)


_DAY = 24 * 3600 * 1_000_000
_END = ((date.max - date.min).days + 2) * _DAY  # a day after that of the last date
_FLOAT = float(np.finfo(np.float64).max)


@pytest.mark.parametrize(("dtype", "low", "high"), [("i8", -_DAY, _END), ("f8", -_FLOAT, _FLOAT)])
def test_the_lowest_and_the_highest_values_there_are(
    tmp_path: Path, dtype: str, low: float, high: float
) -> None:
    beyond: tuple[float, float] = (low - 1, high + 1) if dtype == "i8" else (-np.inf, np.inf)
    fill = lambda *values: lambda out: write_numbers(out, "n", np.array(values, dtype))  # noqa: E731
    file, _ = write_segment_file(tmp_path, fill(high, low))
    assert NumericDocValues(file, "n", 2, dtype).sorted_values().tolist() == [low, high]
    for values in ((low, beyond[1]), (beyond[0], high)):
        (tmp_path / str(values)).mkdir()
        file, _ = write_segment_file(tmp_path / str(values), fill(*values))
        with pytest.raises(CorruptArchive, match="out of range"):
            NumericDocValues(file, "n", 2, dtype)


@pytest.mark.parametrize(
    ("name", "array", "says"),
    [
        ("n", [30, MISSING, 10], "n.: it has another length"),
        ("n", [30, 20, 10, 30], "n.order.*other documents"),
        ("n", [30, MISSING, 10, MISSING], "n.order.*other documents"),
        ("n.order", [0, 2, 3], "n.order.*not sorted"),
        ("n.order", [2, 0, 0], "n.order.*other documents"),
        ("n.order", [2, 0, 1], "n.order.*other documents"),
        ("n.order", [2, 0], "n.order.*other documents"),
        ("n.partial", [3, 2], "n.partial.*do not exist"),
        ("n.partial", [2, 2], "n.partial.*do not exist"),
        ("n.partial", [2, 4], "n.partial.*do not exist"),
        ("n.partial", [1, 2], "n.partial.ends.*before it begins"),
        ("n.partial.ends", [40], "n.partial.ends.*before it begins"),
        ("n.partial.ends", [10, 90], "n.partial.ends.*before it begins"),
        ("n.order", [0, 3, 2], "n.order.*not sorted"),
        ("n.order", [2, 0, 3, 2, 0], "n.order.*other documents"),
        ("n.order", [2, 0, 4], "n.order.*other documents"),
    ],
)
def test_dates_that_cannot_be(tmp_path: Path, name: str, array: list[int], says: str) -> None:
    values = np.array([30, MISSING, 10, 30], np.int64)
    file, _ = write_segment_file(
        tmp_path, lambda out: write_numbers(out, "n", values, {3: 90, 2: 40})
    )
    NumericDocValues(file, "n", 4, "i8")
    dtype = np.uint8 if name in ("n.order", "n.partial") else np.int64
    with pytest.raises(CorruptArchive, match=says):
        NumericDocValues(
            with_sections(tmp_path, file, {name: np.array(array, dtype)}), "n", 4, "i8"
        )
