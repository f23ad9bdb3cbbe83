"""Sentences and paragraphs: what the index has of them against the texts, for random articles and
queries, in the kernels and over arrays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query as wq

import searchlib as sl
from searchlib.codec.directory import Directory
from searchlib.codec.text_units import TextUnitsReader
from searchlib.index.store import IndexStore
from searchlib.search.searcher import IndexSearcher
from searchlib.search.top_k import ExecutionOptions
from searchlib.span_queries import AtLeast, First, Near, Same, Word
from searchlib.whoosh_backend.fallback import MatcherFallback

SCHEMA = sl.Schema(id=sl.Key(), title=sl.Text(language="en"), body=sl.Text(language="en"))
WORDS = ["rain", "rains", "Snow", "wind", "Mr.", "storm", "bank", "banks", "the"]
ENDS = [*[" "] * 12, ". ", ". ", "! ", "... ", ".\n\n", "\n\n", "\n", "。", "\n\t"]
KERNELS, ARRAYS = ExecutionOptions(), ExecutionOptions(kernels=False)


def text(rng: random.Random, longest: int) -> str:
    return "".join(rng.choice(WORDS) + rng.choice(ENDS) for _ in range(rng.randrange(longest)))


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """Two readers of one archive, two segments with deleted articles. For the second one the
    segments have no units, so that it reads the texts."""
    path, rng = tmp_path_factory.mktemp("units") / "archive", random.Random(3)
    store = IndexStore.create(Directory(path), SCHEMA, layout={"block": 7, "dense": 9})
    archive = sl.Archive(store)
    records = [{"id": f"a{n}", "title": text(rng, 9), "body": text(rng, 70)} for n in range(300)]
    records[7]["body"] = "rain " * 300 + "snow. " + "bank " * 900 + "wind. Rain storm " * 80
    archive.add(records[:200])
    archive.delete([f"a{n}" for n in range(3, 200, 11)])
    archive.add(records[200:])
    with store.reader() as indexed, pytest.MonkeyPatch.context() as patch:
        assert all(segment.core.text("body").units for segment in indexed.segments)
        patch.setattr(TextUnitsReader, "is_in", lambda *args: False)
        with IndexStore(Directory(path)).reader() as read:
            assert not any(segment.core.text("body").units for segment in read.segments)
            yield indexed, read
    archive.close()


def found(reader: Any, query: Any, options: ExecutionOptions) -> Any:
    searcher = IndexSearcher(reader, UTC, options=options, fallback=MatcherFallback(reader))
    return searcher.search(query, 1000)


_forms = st.sampled_from(["rain", "rains", "snow", "wind", "bank", "banks", "storm", "nowhere"])
_stems = st.sampled_from(["rain", "snow", "wind", "bank", "storm", "nowhere"])


def _parts(name: str) -> st.SearchStrategy[Any]:
    exact = f"{name}_exact"
    words = (
        st.builds(lambda stem: wq.Term(name, stem), _stems)
        | st.builds(lambda word: Word(name, (word,)), _forms)
        | st.builds(lambda form: wq.Term(exact, form), _forms)
        | st.builds(lambda a, b: Word(name, (a, b)), _forms, _forms)
        | st.builds(lambda a, b: wq.Phrase(exact, [a, b]), _forms, _forms)
        | st.builds(lambda a, b, slop: wq.Phrase(name, [a, b], slop), _stems, _stems,
                    st.integers(1, 3))
        | st.builds(lambda form: wq.Prefix(name, form[:2]), _forms)
    )  # fmt: skip
    units = st.sampled_from(["sentence", "paragraph"])
    return st.recursive(
        words,
        lambda inner: (
            st.builds(lambda parts: wq.Or(parts), st.lists(inner, min_size=1, max_size=3))
            | st.builds(Near, inner, inner, st.integers(1, 6), st.booleans())
            | st.builds(lambda a, b, unit: Same(a, b, unit, name), inner, inner, units)
            | st.builds(AtLeast, inner, st.integers(1, 3))
            | st.builds(First, inner, st.integers(1, 30))
        ),
        max_leaves=5,
    )


def _queries(name: str) -> st.SearchStrategy[Any]:
    part, units = _parts(name), st.sampled_from(["sentence", "paragraph"])
    near = st.builds(Near, part, part, st.integers(1, 6), st.booleans())
    return near | st.builds(lambda a, b, unit: Same(a, b, unit, name), part, part, units)


_spans = _queries("body") | _queries("title")
_trees = _spans | st.builds(
    lambda kind, parts: kind(parts), st.sampled_from([wq.Or, wq.And]),
    st.lists(_spans | st.builds(lambda s: wq.Term("body", s), _stems), min_size=2, max_size=3),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(_trees)
def test_the_index_finds_what_the_texts_say(readers: tuple[Any, Any], query: Any) -> None:
    indexed, read = readers
    wanted = found(read, query, ARRAYS)
    assert found(indexed, query, KERNELS) == wanted
    assert found(indexed, query, ARRAYS) == wanted
    assert found(read, query, KERNELS) == wanted
