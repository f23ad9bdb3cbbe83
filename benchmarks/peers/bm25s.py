"""bm25s: precomputed BM25 scores in sparse matrices, in NumPy.

It has neither positions nor boolean operators, so only two kinds of queries are measured: one
word, and any of several.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.corpus import Corpus
from benchmarks.peers.base import Answer, Peer
from benchmarks.queries import Query

_WORD = re.compile(r"\w+")


class Bm25s(Peer):
    """Bodies only; stemmed by PyStemmer; totals are the articles with a score above 0."""

    name = "bm25s"
    package = "bm25s"
    module = "bm25s"
    appends = False

    def supports(self, query: Query) -> bool:
        return (query.match == "any" and not query.facets) or query.kind == "one word"

    def build(self, corpus: Corpus, folder: Path, commits: int = 1) -> None:
        import bm25s

        stems = _Stems()
        tokens = []
        ids = []
        with open(folder / "articles.jsonl", "w") as stored:
            for article in corpus.read():
                stored.write(json.dumps(article) + "\n")
                ids.append(article["id"])
                tokens.append(stems.of(" ".join(article[field] for field in self.fields)))
        index = bm25s.BM25(method="lucene")
        index.index(tokens, show_progress=False)
        index.save(str(folder / "scores"), show_progress=False)
        (folder / "ids.json").write_text(json.dumps(ids))

    def open(self, folder: Path) -> _Searcher:
        import bm25s

        index = bm25s.BM25.load(str(folder / "scores"), mmap=True)
        return _Searcher(index, json.loads((folder / "ids.json").read_text()))


class _Stems(dict[str, str]):
    """Word -> stem, cached."""

    def __init__(self) -> None:
        import Stemmer

        super().__init__()
        self._stem = Stemmer.Stemmer("english").stemWord

    def __missing__(self, word: str) -> str:
        self[word] = stem = self._stem(word)
        return str(stem)

    def of(self, text: str) -> list[str]:
        return [self[word] for word in _WORD.findall(text.lower())]


class _Searcher:
    def __init__(self, index: Any, ids: list[str]) -> None:
        self.index = index
        self.ids = ids
        self._stems = _Stems()

    def parse(self, query: Query) -> list[str]:
        return self._stems.of(" ".join(query.words))

    def search(self, query: Query, k: int = 10) -> Answer:
        import numpy as np
        from bm25s import selection

        scores = self.index.get_scores(self.parse(query))
        total = int(np.count_nonzero(scores > 0))
        best, where = selection.topk(scores, k=min(k, len(scores)), backend="numpy", sorted=True)
        ids = [self.ids[i] for score, i in zip(best, where, strict=True) if score > 0]
        return Answer(total, ids)

    def close(self) -> None:
        del self.index
