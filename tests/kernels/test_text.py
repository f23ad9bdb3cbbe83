"""The compiled forms of cutting, inverting and writing give what the Python forms give."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.vocabulary import Vocabulary, analyse_chunk
from searchlib.codec import postings, postings_writer
from searchlib.codec import text_field as text
from searchlib.index import inverter as inversion
from searchlib.schema import Text
from tests.texts import TEXTS

pytestmark = pytest.mark.skipif(kernels.text is None, reason="not compiled")
INT32 = np.int32


def both() -> tuple[Any, Any]:
    return Vocabulary(), kernels.text.Vocabulary(analyse_chunk)


def spelled(vocabulary: Any, texts: list[str]) -> tuple[list[bytes], list[int]]:
    numbers, counts = vocabulary.numbers(texts)
    known = vocabulary.words()
    return [known[i] for i in numbers.tolist()], counts.tolist()


@given(st.lists(TEXTS | st.text(max_size=40), max_size=8))
def test_words(texts: list[str]) -> None:
    plain, compiled = both()
    for _ in range(2):  # the second time all chunks are known
        assert spelled(compiled, texts) == spelled(plain, texts)
    assert len(compiled) == len(plain)
    assert compiled.cut(texts)[1].tolist() == [len(text.split()) for text in texts]


@given(st.lists(st.text("aB1.,'&+#_s-", max_size=12), max_size=20))
def test_words_of_ascii(texts: list[str]) -> None:
    plain, compiled = both()
    assert spelled(compiled, texts) == spelled(plain, texts)


def test_texts_are_cut_at_the_blanks_of_python() -> None:
    signs = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF]
    texts = [f"a{sign}b" for sign in signs]
    counts = kernels.text.Vocabulary(analyse_chunk).cut(texts)[1]
    for text_, count in zip(texts, counts, strict=True):
        assert count == len(text_.split()), repr(text_)


def test_odd_texts() -> None:
    texts = ["", "\x00", "a\x00b \x00", "\ud800 a\udfffb", "\ud83d", "\u3000", "x" * 5_000_000]
    texts.append(" ".join(f"w{i:x}" for i in range(300_000)))
    texts.append("é" * 100_000)
    plain, compiled = both()
    numbers, counts = compiled.numbers(texts)
    wanted, wanted_counts = plain.numbers(texts)
    assert (counts.tolist(), numbers.tolist()[:9]) == (wanted_counts.tolist(), wanted.tolist()[:9])
    known = [word.decode("utf-8", "surrogatepass") for word in compiled.words()]
    assert [known[i] for i in numbers] == [plain.surface_forms[i] for i in wanted]
    with pytest.raises(TypeError):
        compiled.cut(["a", None])
    assert compiled.size > 5_000_000


def test_an_error_while_a_chunk_is_analysed_comes_out() -> None:
    vocabulary = kernels.text.Vocabulary(lambda chunk: 1 / 0)
    assert vocabulary.cut(["plain"])[0].tolist() == [0]
    with pytest.raises(ZeroDivisionError):
        vocabulary.cut(["caf\u00e9"])


@given(st.lists(st.lists(TEXTS, max_size=4), max_size=4), st.data())
def test_inversion(parts: list[list[str]], data: st.DataObject) -> None:
    found = []
    known: list[bytes] = []
    for vocabulary in both():
        cut = [vocabulary.cut(texts) for texts in parts]
        made = inversion.inverter(vocabulary, cut)
        lengths, uses = made.tally()
        words = vocabulary.words()
        if not found:
            known = sorted(words)
            size = data.draw(st.integers(1, 5))
            terms = {word: data.draw(st.integers(0, size - 1)) for word in known}
            step = data.draw(st.integers(1, size))
        assert sorted(words) == known
        term = np.array([terms[word] for word in words], INT32)
        form = np.array([known.index(word) for word in words], INT32)
        counts, occurrences = made.count(term, form, size)
        spread = [
            [array.tolist() for array in made.spread(at, min(at + step, size))]
            for at in range(0, size, step)
        ]
        by_word = {word: int(times) for word, times in zip(words, uses, strict=True)}
        found.append((lengths.tolist(), by_word, counts.tolist(), occurrences.tolist(), spread))
    assert found[0] == found[1]


def test_inversion_refuses_what_does_not_fit() -> None:
    vocabulary = kernels.text.Vocabulary(analyse_chunk)
    chunks, counts = vocabulary.cut(["a b c", "a"])
    make = kernels.text.Inversion
    for bad in (chunks + 1, chunks - 1, chunks[1:]):
        with pytest.raises(ValueError, match="chunk"):
            make(vocabulary, [(bad, counts)])
    with pytest.raises(ValueError, match="chunk"):
        make(vocabulary, [(chunks, np.array([5, -1], INT32))])
    made = make(vocabulary, [(chunks, counts)])
    with pytest.raises(ValueError, match="no such terms"):
        made.spread(0, 1)
    ids = np.arange(3, dtype=INT32)
    for bad in (ids + 1, ids - 1):
        with pytest.raises(ValueError, match="no term"):
            made.count(bad, ids, 3)
    with pytest.raises(ValueError):  # noqa: PT011
        made.count(ids[:2], ids[:2], 3)
    made.count(ids, ids, 3)
    with pytest.raises(ValueError, match="no such terms"):
        made.spread(1, 4)
    assert made.spread(0, 3)[0].tolist() == [0, 1, 0, 0]
    vocabulary.cut(["d " * 1000 + " ".join(map(str, range(10_000)))])
    with pytest.raises(ValueError, match="was added to"):
        made.spread(0, 3)


@st.composite
def lists_of_postings(draw: st.DrawFn) -> tuple[Any, ...]:
    documents = draw(st.integers(1, 40))
    some = st.lists(st.integers(0, documents - 1), unique=True, max_size=documents).map(sorted)
    lists = draw(st.lists(some, max_size=6))
    docs = np.array([doc for one in lists for doc in one], INT32)
    freqs = np.array(
        draw(st.lists(st.integers(1, 400), min_size=len(docs), max_size=len(docs))), INT32
    )
    lengths = np.array(
        draw(st.lists(st.integers(0, 5000), min_size=documents, max_size=documents)), np.int64
    )
    return np.array(list(map(len, lists)), np.int64), docs, freqs, lengths


@given(st.lists(st.binary(max_size=12) | st.sampled_from([b"", b"\0", b"internal", b"internals"])))
def test_order(items: list[bytes]) -> None:
    wanted = sorted(range(len(items)), key=items.__getitem__)
    assert kernels.text.order(items).tolist() == wanted


@given(lists_of_postings(), st.integers(1, 8), st.sampled_from([1, 4, 64]), st.floats(0.1, 9))
def test_split_docs(made: tuple[Any, ...], dense: int, block: int, weight: float) -> None:
    average = float(made[3].mean()) or 1.0
    options = (dense, block, weight, average, postings.K1, postings.B, postings.BLOCK_MAX_STEP)
    same(postings_writer.split_docs(*made, *options), kernels.text.split_docs(*made, *options))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=20), st.randoms())
def test_split_forms(terms: list[tuple[int, int]], random: Any) -> None:
    kinds = np.array([kind for kind, _ in terms], np.uint8)
    tokens = np.array([count for _, count in terms], np.int64)
    highest = (0, 1, 3, 15, 255, 65535)
    forms = [random.randint(0, highest[kind]) for kind, count in terms for _ in range(count)]
    made = tokens, np.array(forms, INT32), kinds
    same(postings_writer.split_forms(*made), kernels.text.split_forms(*made))


@given(st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=6), max_size=12))
def test_form_counts(lists: list[list[int]]) -> None:
    forms = np.array([form for one in lists for form in one], INT32)
    freqs = np.array(list(map(len, lists)), INT32)
    same(text.form_counts(forms, freqs, 7), kernels.text.form_counts(forms, freqs, 7))


def test_planes_refuse_what_does_not_fit() -> None:
    long, short = np.array([3, 3], np.int64), np.zeros(4, INT32)
    some, kinds = np.array([2, 2], np.int64), np.zeros(2, np.uint8)
    options = (1, 64, 1.0, 1.0, 1.2, 0.75, 0.01)
    with pytest.raises(ValueError, match="documents"):
        kernels.text.split_docs(long, short, short, some, *options)
    for bad in (short + 2, short - 1):
        with pytest.raises(ValueError, match="no document"):
            kernels.text.split_docs(some, bad, short, some, *options)
    with pytest.raises(ValueError, match="block"):
        kernels.text.split_docs(some, short, short, some, 1, 0, *options[2:])
    with pytest.raises(ValueError, match="forms"):
        kernels.text.split_forms(long, short, kinds)
    with pytest.raises(ValueError, match="no such term"):
        kernels.text.split_forms(some, short, kinds + np.uint8(6))
    for forms, freqs in ((short + 7, [4]), (short - 1, [4]), (short, [5]), (short, [3])):
        with pytest.raises(ValueError, match="forms"):
            kernels.text.form_counts(forms, np.array(freqs, INT32), 7)


ANY_TEXT = st.text(st.characters(codec=None), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=4,
)


@given(st.dictionaries(ANY_TEXT, ANY_TEXT | st.lists(ANY_TEXT, max_size=3) | VALUES, max_size=5))
def test_json(row: dict[str, Any]) -> None:
    made = kernels.text.to_json(row)
    simple = all(
        isinstance(one, str)
        for value in row.values()
        for one in (value if isinstance(value, list) else [value])
    )
    try:
        wanted = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    except (UnicodeEncodeError, TypeError):
        assert made is None
    else:
        assert made == (wanted if simple else None)


def test_json_of_every_sign() -> None:
    row = {f"k{c}": chr(c) * 3 for c in (*range(0x300), 0x2028, 0xFFFF, 0x1F600)}
    wanted = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert kernels.text.to_json(row) == wanted
    assert kernels.text.to_json({}) == b"{}"
    assert kernels.text.to_json({1: "a"}) is None


def test_plain_texts_are_those_that_cleaning_leaves() -> None:
    field = Text()
    for c in range(0x100):
        assert kernels.text.plain(chr(c)) == (c < 128 and field.normalize(chr(c)) == chr(c)), c
    for other in (None, 7, b"a", [], type("Text", (str,), {})("a")):
        assert not kernels.text.plain(other)


def same(wanted: Any, found: Any) -> None:
    assert len(wanted) == len(found)
    for one, other in zip(wanted, found, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()
