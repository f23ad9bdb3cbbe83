"""Sketches of texts: the compiled ones are those of Python, whatever the language."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.vocabulary import ChunkAnalyser, Vocabulary, vocabulary
from searchlib.codec.story_sketches import StorySketches
from searchlib.index import sketches
from searchlib.index.sketches import sketch_texts, title_hash
from searchlib.kernels.constants import Sketch
from tests.copies import articles

_LANGUAGES = ["en", "fr"]
_WORDS = st.sampled_from(
    [
        "rain",
        "Oslo",
        "(Öl",
        "$3,500",
        "Ήλιος",
        "Дождь",
        "雨が降る",
        "été",
        "don't",
        "-",
        "A.B",
        "x" * 40,
    ]
)


def _sketches(batch: Vocabulary, texts: list[str], tag: int) -> StorySketches:
    chunks, counts, _ = batch.cut(texts, tag)
    return sketch_texts(batch, [(chunks, counts)], [0] * len(texts))


def _assert_same(texts: list[str], tag: int = 0) -> None:
    compiled = _sketches(vocabulary(languages=_LANGUAGES), texts, tag)
    python = _sketches(Vocabulary(ChunkAnalyser(languages=_LANGUAGES)), texts, tag)
    for name in StorySketches.__slots__:
        assert np.array_equal(getattr(compiled, name), getattr(python, name)), name


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
@given(st.lists(st.lists(_WORDS, max_size=60).map(" ".join), max_size=4), st.integers(0, 1))
def test_compiled_sketches_are_those_of_python(texts: list[str], tag: int) -> None:
    _assert_same(texts, tag)


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
def test_long_texts_are_sketched_from_the_same_words() -> None:
    bodies = [article["body"] for article in articles(3, 20)]
    _assert_same([*bodies, " ".join(f"w{n} N{n % 7}" for n in range(5000)), "rain " * 7000])


def test_the_sketch_of_a_text_does_not_depend_on_the_language_or_on_its_neighbours() -> None:
    text = "Heavy rain fell on the harbour of Oslo on Monday, the harbour office said."
    alone = _sketches(vocabulary(languages=_LANGUAGES), [text], 0)
    tagged = _sketches(vocabulary(languages=_LANGUAGES), ["Snow fell.", text], 1)
    assert alone.shingles.tolist() == tagged.shingles.tolist()
    assert alone.names.tolist() == tagged.names.tolist()
    assert not tagged.levels[0].any()  # too short


@pytest.mark.parametrize(
    ("title", "bits"), [("", 0), (" \n", 0), ("Rain in Oslo", 6681), ("RAIN  in Oslo ", 6681),
                        ("rain in oslo!", 6345), ("雨", 2190)]
)  # fmt: skip
def test_the_hash_of_a_title_is_kept_in_archives_and_does_not_change(title: str, bits: int) -> None:
    assert title_hash(title) == bits


def test_the_hash_of_a_title_is_from_1_to_8191() -> None:
    found = {title_hash(f"title {n}") for n in range(60_000)}
    assert (min(found), max(found)) == (1, 8191)


TEXTS = [
    "Heavy rain fell on the harbour of Oslo on Monday, the 3rd harbour office said: Rain.",
    "one two three four five six seven",
    "one two three four five six seven eight",
    " ".join(f"w{n} N{n % 7}" for n in range(4000)),
]


@pytest.mark.parametrize("compiled", [True, False])
def test_sketches_are_kept_in_archives_and_do_not_change(compiled: bool) -> None:
    found = _sketches(vocabulary() if compiled else Vocabulary(ChunkAnalyser()), TEXTS, 0)
    assert found.levels.tolist() == [
        [0, 1, 1, 3, 2, 7], [0] * 6, [0, 0, 0, 0, 2, 4], [158, 0, 0, 0, 0, 0],
    ]  # fmt: skip
    assert found.shingles[:20].tolist() == [
        321, 457, 234, 314, 395, 80, 81, 137, 228, 236, 275, 439, 447, 484, 5, 80, 76, 176, 253,
        375,
    ]  # fmt: skip
    assert found.shingles[20:].tolist() == sorted(set(found.shingles[20:].tolist()))
    assert int(found.shingles.sum()) == 44325
    assert found.name_counts.tolist() == [4, 0, 0, Sketch.MOST_NAMES]
    assert found.names.tolist()[:12] == [387, 1626, 1737, 3496, 2, 5, 6, 7, 9, 10, 12, 13]


def test_words_and_shingles_beyond_those_that_are_kept() -> None:
    hashes = sketches._word_hashes([b"%d" % n for n in range(6100)]).tolist()
    words = [(value, True) for value in hashes]
    shingles, levels, names = sketches._sketch_one(words)
    kept = [sketches._shingle(*hashes[n : n + 3]) for n in range(5998)]
    kept = sorted({value & 511 for value in kept if value < 1 << 59})  # of the highest level
    assert (shingles, levels) == (kept, [len(kept), 0, 0, 0, 0, 0])
    assert names == sorted({value >> 52 for value in hashes[:6000]})[: Sketch.MOST_NAMES]


def test_hashes_of_words_and_of_shingles() -> None:
    hashes = sketches._word_hashes([b"", b"rain", "öl".encode()])
    assert hashes.tolist() == [0x5692161D100B05E5, 0x13CAA165845622A3, 0x62D254ED77C89F87]
    assert sketches._shingle(1, 2, 3) == 0x20382BE81F03F13D
    assert sketches._turned(1 << 63 | 1, 21) == 0x300000


@pytest.mark.parametrize(
    "words",
    [[], [b""], [b"a"], [b"0"], [b"9a", b"a"], [b"a", b"b7b"], [b"/:", b"", b"x0", b"9"],
     ["٣".encode(), b"b"], [b"a", b"", b"b"], [b"1", b"", b"1"]],
)  # fmt: skip
def test_which_words_have_digits(words: list[bytes]) -> None:
    found = sketches._have_digits(words)
    assert found.tolist() == [any(48 <= byte <= 57 for byte in word) for word in words] + [0]
    assert found.dtype == np.uint8


@pytest.mark.parametrize(
    ("capital", "chunks"),
    [
        (True, ["A", "Z", "Oslo", '"A', "'A", "(A", "[A", "$A", "\"'([$A", "À", "Þ", "Ά", "Ϋ", "Ѐ",
                "Я", "(Ö"]),
        (False, ["", "$", "a", "@", "[", "1", "a A", "¿A", "ß", "à", "ÿ", "ά", "α", "а", "я", "雨",
                 "\u0385", "(ö", "-A"]),
    ],
)  # fmt: skip
def test_which_chunks_begin_with_a_capital_letter(capital: bool, chunks: list[str]) -> None:
    for chunk in chunks:
        assert sketches._is_capital(chunk.encode()) is capital, chunk
    assert sketches._is_capital(b"\xc3") is False
    assert sketches._is_capital(b"\xce") is False


def test_names_are_capitals_that_are_not_written_small_too() -> None:
    alone = _sketches(vocabulary(), ["the rain fell on Oslo and on Bergen in May"], 0)
    both = _sketches(vocabulary(), ["the rain fell on Oslo and on Bergen in may May oslo 3"], 0)
    assert (alone.name_counts.tolist(), both.name_counts.tolist()) == ([3], [2])
    hashes = sketches._word_hashes([b"oslo", b"bergen", b"may", b"3"]) >> np.uint64(52)
    assert alone.names.tolist() == sorted(hashes[:3].tolist())
    assert both.names.tolist() == sorted(hashes[[1, 3]].tolist())
