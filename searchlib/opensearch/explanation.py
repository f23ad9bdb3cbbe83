"""How the score of one article of a cluster comes about: what :mod:`searchlib.explaining` asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from whoosh import query as wq

from searchlib.opensearch.cluster import Cluster
from searchlib.opensearch.scoring import Scorer, WordScore, any_of
from searchlib.opensearch.translation import Translator
from searchlib.requests import Ranking
from searchlib.schema import Schema
from searchlib.search.plan_leaves import ScorePart, field_part, word_parts
from searchlib.span_queries import Word

__all__ = ["ArticleScores"]


class ArticleScores:
    """The scores of the article with a key. Each is asked of the cluster; ``translator`` makes a
    translator for a scorer."""

    def __init__(
        self, cluster: Cluster, schema: Schema, key: str, ranking: Ranking,
        translator: Callable[[Scorer], Translator],
    ) -> None:  # fmt: skip
        self._cluster = cluster
        self._schema = schema
        self._key = {"term": {f"f.{schema.key}.value": key}}
        self._ranking: Ranking = ranking
        self._translator = translator

    def score(self, tree: Any) -> float | None:
        """That of a tree; None if the article does not match."""
        scorer = self._scorer()
        query = self._translator(scorer)(tree)
        scorer.complete()
        return self.score_of(query)

    def score_of(self, query: dict[str, Any]) -> float | None:
        """That of a query in the language of the cluster."""
        hit = self._hit(query)
        return None if hit is None else float(hit["_score"])

    def parts_of_word(self, tree: Any) -> list[ScorePart]:
        """What that of a word or a phrase is made of; nothing if it is made as that of others."""
        if isinstance(tree, wq.Phrase):
            words = [wq.Term(tree.fieldname, word) for word in tree.words]
        elif isinstance(tree, Word) and len(tree.words) > 1:
            words = [Word(tree.fieldname, (word,), tree.languages) for word in tree.words]
        else:
            return self._parts(tree)
        parts = [
            ScorePart(f"word {n} of the phrase", self.score(word) or 0.0, tuple(self._parts(word)))
            for n, word in enumerate(words, 1)
        ]
        return parts if tree.boost == 1.0 else [*parts, ScorePart("times", tree.boost)]

    def _parts(self, tree: Any) -> list[ScorePart]:
        scorer = self._scorer()
        words = self._translator(scorer).word_scores(tree)
        queries = [scorer.word(word) for word in words]
        scorer.complete()
        if len(words) < 2:
            return self._parts_of(words[0], scorer) if words else []
        names = ("the word in any spelling", "the word as spelled")
        scores = map(self.score_of, queries)
        return [
            ScorePart(name, score, tuple(self._parts_of(word, scorer)))
            for name, word, score in zip(names, words, scores, strict=True)
            if score is not None
        ]

    def _parts_of(self, word: WordScore, scorer: Scorer) -> list[ScorePart]:
        fields = []
        for name, clauses in word.clauses.items():
            length = f"f.{name}.length"
            if (hit := self._hit(any_of(clauses), length)) is not None:
                frequency, words = int(hit["_score"]), int(hit["fields"][length][0])
                weight = self._schema.fields[name].weight  # type: ignore[attr-defined]
                value = scorer.share(name, frequency, words)
                fields.append(field_part(name, frequency, words, weight, value))
        return word_parts(
            word.frequency, scorer.documents, word.idf, scorer.k1, tuple(fields), word.boost
        )

    def _scorer(self) -> Scorer:
        return Scorer(self._cluster, self._schema, self._ranking)

    def _hit(self, query: Sequence[Any] | dict[str, Any], *values: str) -> dict[str, Any] | None:
        whole = {"bool": {"must": [query], "filter": [self._key]}}
        body = {"query": whole, "size": 1, "_source": False, "docvalue_fields": list(values)}
        hits: list[dict[str, Any]] = self._cluster.search(body)["hits"]["hits"]
        return hits[0] if hits else None
