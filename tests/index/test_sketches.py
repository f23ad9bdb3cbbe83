"""Sketches of texts: the compiled ones are those of Python, whatever the language."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.vocabulary import ChunkAnalyser, Vocabulary, vocabulary
from searchlib.codec.story_sketches import StorySketches
from searchlib.index.sketches import sketch_texts, title_hash
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
