"""The ranking of query texts against a scorer in plain Python.

The scorer reads the stored articles and computes the formula of :mod:`searchlib.search.bm25` as it
is written in the papers, one document after the other. Ours must find the same documents and give
the same scores, in the same order, with the kernels and without, with pruning and without.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.index.index_reader import IndexReader
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.ingest.record import canonical_json, digest
from searchlib.query import parse
from searchlib.schema import Key, Schema, Text
from searchlib.search.top_k import ExecutionOptions

from .archives import SMALL_BLOCKS, SampleArchive, numbered_hits, temporary_directory
from .profiles import DEEP, QUICK

WORDS = ("rain", "snow", "fog", "hail", "wind", "sun", "ice")
K1, B = 1.5, 0.6


def schema_of(weights: tuple[float, ...]) -> Schema:
    """Text fields of these weights, of words as written."""
    fields = {f"text{n}": Text(language="", weight=weight) for n, weight in enumerate(weights)}
    return Schema(id=Key(), **fields)


@st.composite
def schemas(draw: Any) -> Schema:
    return schema_of(draw(st.sampled_from(((1.0,), (3.0, 1.0), (0.25, 7.0, 1.0)))))


def random_article(schema: Schema, key: str, seed: int) -> dict[str, str]:
    """An article of a few words, or of many."""
    rng = random.Random(seed)
    article = {"id": key}
    for name in schema.names(Text):
        if rng.random() < 0.8:
            size = rng.choice((1, 3, 8, 8, 40, 700))
            some = rng.sample(WORDS, rng.randint(1, len(WORDS)))
            article[name] = " ".join(rng.choice(some) for _ in range(size))
    return article


def articles_of(schema: Schema, batches: list[list[int]]) -> list[list[dict[str, str]]]:
    return [[random_article(schema, f"k{s % 40}", s) for s in seeds] for seeds in batches]


# Expressions: a word, a phrase, or several of them. Their text, and what they score.


@dataclass(frozen=True)
class Words:
    """One word, or a phrase of several, in a field or in any."""

    words: tuple[str, ...]
    field: str | None = None
    weight: float = 1.0

    def __str__(self) -> str:
        text = self.words[0] if len(self.words) == 1 else f'"{" ".join(self.words)}"'
        field = f"{self.field}:" if self.field else ""
        return f"{field}{text}^{self.weight}" if self.weight != 1.0 else f"{field}{text}"


@dataclass(frozen=True)
class Group:
    """Parts with AND, OR or NOT between them."""

    operator: str
    parts: tuple[Any, ...]

    def __str__(self) -> str:
        return "(" + f" {self.operator} ".join(map(str, self.parts)) + ")"


def expressions(schema: Schema) -> st.SearchStrategy[Any]:
    word = st.sampled_from((*WORDS, *WORDS, "zebra"))
    field = st.sampled_from((None, None, None, *schema.names(Text)))
    weight = st.sampled_from((1.0, 1.0, 2.0, 0.5))
    words = st.one_of(st.tuples(word), st.tuples(word), st.tuples(word, word))
    leaf = st.builds(Words, words, field, weight)
    groups = lambda parts: st.builds(  # noqa: E731
        Group,
        st.sampled_from(("AND", "OR", "OR", "NOT")),
        st.tuples(parts, parts) | st.tuples(parts, parts, parts),
    )
    return st.recursive(leaf, groups, max_leaves=6)


class PlainScorer:
    """BM25F over all documents of a reader, deleted ones included, word by word."""

    def __init__(self, reader: IndexReader, schema: Schema) -> None:
        self.schema = schema
        self.documents: list[dict[str, list[str]]] = []
        self.live: list[bool] = []
        self.frequencies: dict[tuple[str, ...], int] = {}
        for segment in reader.segments:
            for number, data in enumerate(segment.core.doc_store):
                row = json.loads(data)
                self.documents.append({n: row.get(n, "").split() for n in schema.names(Text)})
                self.live.append(segment.live_docs is None or bool(segment.live_docs[number]))
        self.average = {
            name: sum(len(document[name]) for document in self.documents) / len(self.documents)
            for name in schema.names(Text)
            if self.documents
        }

    def hits(self, expression: Any) -> list[tuple[int, float]]:
        """(document, score) of all live documents that match, best first."""
        scores = [(n, self.score(expression, d)) for n, d in enumerate(self.documents)]
        found = [(n, score) for n, score in scores if score is not None and self.live[n]]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def score(self, expression: Any, document: dict[str, list[str]]) -> float | None:
        """None if the document does not match."""
        if isinstance(expression, Group):
            scores = [self.score(part, document) for part in expression.parts]
            if expression.operator == "NOT":
                return None if any(s is not None for s in scores[1:]) else scores[0]
            if expression.operator == "AND" and None in scores:
                return None
            matching = [score for score in scores if score is not None]
            return sum(matching) if matching else None
        names = [expression.field] if expression.field else list(self.schema.searched())
        if len(expression.words) == 1:
            odds = sum(self.odds(name, expression.words[0], document) for name in names)
            value = self.idf(names, expression.words[0]) * (K1 + 1) * odds / (odds + K1)
            return value * expression.weight if odds else None
        # A phrase: the sum of its words in the fields that have it.
        with_phrase = [name for name in names if _has_phrase(document[name], expression.words)]
        score = 0.0
        for name in with_phrase:
            for word in expression.words:
                odds = self.odds(name, word, document)
                score += self.idf([name], word) * (K1 + 1) * odds / (odds + K1)
        return score * expression.weight if with_phrase else None

    def odds(self, name: str, word: str, document: dict[str, list[str]]) -> float:
        """The weighted and normalized frequency of a word in a field."""
        tokens = document[name]
        weight: Any = self.schema.fields[name]
        if word not in tokens:
            return 0.0
        frequency = Counter(tokens)[word]
        return float(weight.weight * frequency / (1 - B + B * len(tokens) / self.average[name]))

    def idf(self, names: list[str], word: str) -> float:
        key = (*names, word)
        if key not in self.frequencies:
            self.frequencies[key] = sum(
                any(word in document[name] for name in names) for document in self.documents
            )
        n = self.frequencies[key]
        return log(1 + (len(self.documents) - n + 0.5) / (n + 0.5))


def _has_phrase(tokens: list[str], words: tuple[str, ...]) -> bool:
    return any(tuple(tokens[n : n + len(words)]) == words for n in range(len(tokens)))


def check(
    schema: Schema, batches: list[list[dict[str, str]]], expressions: list[Any], layout: Any
) -> None:
    """Search an archive of these articles, committed batch by batch."""
    settings = {"layout": layout} if layout else {}
    with temporary_directory() as directory:
        store = IndexStore.create(directory, schema, zone="UTC", **settings)
        for articles in batches:
            with IndexWriter(store) as writer:
                for article in articles:
                    row = schema.normalize(article)
                    data = canonical_json(row)
                    writer.put(article["id"], digest(data), row, data)
                writer.commit()
        with store.reader() as reader:
            scorer = PlainScorer(reader, schema)
            for expression in expressions:
                check_expression(SampleArchive(store, schema), reader, scorer, expression)


def check_expression(
    sample: SampleArchive, reader: IndexReader, scorer: PlainScorer, expression: Any
) -> None:
    tree = parse(str(expression), sample.schema).query
    expected = scorer.hits(expression)

    def hits(options: ExecutionOptions, limit: int = 1 << 30) -> Any:
        searcher = sample.searcher(reader, options)
        return numbered_hits(searcher, reader, tree, limit, ranking="bm25f", is_parsed=True)

    ours, total = hits(ExecutionOptions(prune=False))
    assert total == len(expected), str(expression)
    assert dict(ours) == pytest.approx(dict(expected), rel=1e-9), str(expression)
    for (doc, score), (later, lower) in pairwise(ours):
        assert score > lower or (score == lower and doc < later)
    # Over arrays and by the kernels, pruned or not: the same to the last bit.
    for options in (ExecutionOptions(kernels=False), ExecutionOptions()):
        assert hits(options) == (ours, total)
        for limit in (1, 3, 10):
            assert hits(options, limit) == (ours[:limit], total)


_batches = st.lists(st.lists(st.integers(0, 1 << 16), max_size=40), min_size=1, max_size=4)
_layouts = st.sampled_from((SMALL_BLOCKS, {"block": 2, "dense": 1}, None))


@st.composite
def cases(draw: Any) -> Any:
    schema = draw(schemas())
    batches = articles_of(schema, draw(_batches))
    return schema, batches, draw(st.lists(expressions(schema), min_size=1, max_size=6))


@QUICK
@given(cases(), _layouts)
def test_scores(case: Any, layout: Any) -> None:
    check(*case, layout)


@pytest.mark.slow
@DEEP
@given(cases(), _layouts)
def test_long(case: Any, layout: Any) -> None:
    check(*case, layout)


def test_many_documents_of_many_lengths() -> None:
    """Enough documents for windows of bitset words, and words to skip."""
    schema = schema_of((3.0, 1.0))
    rng = random.Random(5)
    articles = [
        random_article(schema, str(number), rng.randrange(1 << 30)) for number in range(6000)
    ]
    rain, snow, ice = (Words((word,)) for word in ("rain", "snow", "ice"))
    fog = Words(("fog",), "text0")
    groups = [Group("OR", (rain, snow)), Group("AND", (rain, snow)), Group("OR", (rain, fog, ice))]
    check(schema, [articles[:4000], articles[4000:]], [rain, *groups], None)
