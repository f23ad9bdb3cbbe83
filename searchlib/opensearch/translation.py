"""A ``whoosh.query`` tree -> the query language of OpenSearch.

A span query that intervals would not find all of is handed to ``check``, which gives the keys of
what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from whoosh import query as wq

from searchlib.errors import QueryError
from searchlib.opensearch.intervals import field_of, has_intervals, interval
from searchlib.opensearch.mapping import path_of
from searchlib.opensearch.patterns import PATTERNS, query_of_pattern, text_of
from searchlib.opensearch.scoring import Scorer, WordScore, unscored
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text
from searchlib.search.planner import NEAREST_BOOST
from searchlib.search.word_forms import WordReader
from searchlib.span_queries import AnyField, AtLeast, First, Near, Period, Same, Word

__all__ = ["Translator"]

_NONE: dict[str, Any] = {"match_none": {}}
#: The keys that a span query finds, given it and the query for the articles that it may find.
Check = Callable[[Any, dict[str, Any]], list[str]]


class Translator:
    """Translates the trees of one archive: ``words`` resolves their words, ``scorer`` scores them.

    >>> from searchlib.opensearch.dictionary import ClusterWords
    >>> from searchlib.schema import NEWS
    >>> words, scorer = ClusterWords(None, NEWS), Scorer(None, NEWS, "bm25f")
    >>> Translator(NEWS, words, scorer, lambda tree, query: [])(wq.Term("source", "wire"))
    {'constant_score': {'filter': {'term': {'f.source.value': 'wire'}}, 'boost': 1.0}}
    """

    def __init__(self, schema: Schema, words: WordReader, scorer: Scorer, check: Check) -> None:
        self._schema = schema
        self.words = words
        self._scorer = scorer
        self._check = check

    def __call__(self, query: Any) -> dict[str, Any]:
        """The translation, whose scores :meth:`Scorer.complete` has to complete; QueryError
        "not-supported" for a node that has none."""
        for kind in type(query).__mro__:
            if kind in self._MAKERS:
                translated: dict[str, Any] = self._MAKERS[kind](self, query)
                return translated
        if query == wq.NullQuery:
            return _NONE
        raise QueryError(
            "not-supported", (0, 0), f"a cluster cannot run {type(query).__name__}",
            "use the nodes that query texts have",
        )  # fmt: skip

    def word_scores(self, query: Any) -> list[WordScore]:
        """What scores a word in one field or in several: nothing if it is none, one, or two if
        its spelling is shared, of which the second adds to the first."""
        leaves = query.subqueries if isinstance(query, AnyField) else [query]
        if isinstance(query, AnyField) and self._scorer.ranking != "bm25f":
            return []
        if not leaves or not all(map(self._is_word, leaves)):
            return []
        boost = leaves[0].boost
        if boost < 0:
            raise QueryError(
                "not-supported", (0, 0), f"{query}: a cluster has no scores below 0",
                "use a weight of 0 or more",
            )  # fmt: skip
        clauses: dict[str, list[dict[str, Any]]] = {}
        nearest: dict[str, list[dict[str, Any]]] = {}
        for leaf in leaves:
            name = self._schema.base(leaf.fieldname)
            clauses[name] = self._clauses(leaf)
            if isinstance(leaf, Word):
                meaning = self.words.meaning(name, leaf.words[0], leaf.languages)
                if meaning.nearest is not None:
                    nearest[name] = [self._clause(name, meaning.nearest)]
        scores = [WordScore(clauses, boost)]
        if nearest and self._scorer.ranking == "bm25f":
            scores.append(WordScore(nearest, boost * NEAREST_BOOST, scores[0]))
        return scores

    def _is_word(self, query: Any) -> bool:
        """Whether a query is of one word of a text."""
        one = isinstance(query, wq.Term) or (isinstance(query, Word) and len(query.words) == 1)
        return one and isinstance(self._field(query.fieldname), Text)

    def _clauses(self, query: Any) -> list[dict[str, Any]]:
        """The terms that a word stands for, in its field."""
        if isinstance(query, wq.Term):
            return [self._clause(query.fieldname, query.text)]
        plain = self.words.plain(query)
        leaves = plain.subqueries if isinstance(plain, wq.Or) else [plain]
        return [self._clause(leaf.fieldname, leaf.text) for leaf in leaves]

    def _clause(self, whoosh_field: str, text: Any) -> dict[str, Any]:
        return {"term": {path_of(self._schema, whoosh_field): text_of(text)}}

    def _scored(self, query: Any) -> dict[str, Any] | None:
        scores = self.word_scores(query)
        if not scores:
            return None
        word, *optional = map(self._scorer.word, scores)
        return _bool(must=[word], should=optional) if optional else word

    def _field(self, name: str) -> Any:
        return self._schema.fields.get(self._schema.base(name))

    def _word(self, query: Any) -> dict[str, Any]:
        if not isinstance(self._field(query.fieldname), Text) or not query.words:
            return _NONE
        return self._scored(query) or self._spans(query)

    def _any_field(self, query: Any) -> dict[str, Any]:
        return self._scored(query) or self._or(query)

    def _term(self, query: Any) -> dict[str, Any]:
        field, name = self._field(query.fieldname), query.fieldname
        if field is None:
            return _NONE
        if isinstance(field, Text):
            return self._scored(query) or _NONE
        if isinstance(field, (Key, Keyword)):
            return _constant(self._clause(name, query.text), query.boost)
        raise QueryError(
            "not-supported", (0, 0), f"a cluster cannot look up the term {query}", "use a range"
        )

    def _every(self, query: Any) -> dict[str, Any]:
        if query.fieldname in (None, "", "*"):
            return {"match_all": {"boost": query.boost}}
        if not isinstance(self._field(query.fieldname), (Text, Keyword, Date, Number, Key)):
            return _NONE
        return _constant({"exists": {"field": self._path(query)}}, query.boost)

    def _path(self, query: Any) -> str:
        return path_of(self._schema, query.fieldname)

    def _and(self, query: Any) -> dict[str, Any]:
        return self._joined(query, must=[self(part) for part in query.subqueries])

    def _or(self, query: Any) -> dict[str, Any]:
        return self._joined(query, should=[self(part) for part in query.subqueries])

    def _joined(self, query: Any, **parts: list[dict[str, Any]]) -> dict[str, Any]:
        """One is passed on as it is, without the boost, as Whoosh does."""
        [parts_of] = parts.values()
        if len(parts_of) < 2:
            return parts_of[0] if parts_of else _NONE
        translated = _bool(**parts)
        if query.boost != 1.0:
            translated["bool"]["boost"] = query.boost
        return translated

    def _not(self, query: Any) -> dict[str, Any]:
        return _bool(must=[{"match_all": {}}], must_not=[self(query.query)])

    def _and_not(self, query: Any) -> dict[str, Any]:
        return _bool(must=[self(query.a)], must_not=[self(query.b)])

    def _and_maybe(self, query: Any) -> dict[str, Any]:
        return _bool(must=[self(query.a)], should=[self(query.b)])

    def _require(self, query: Any) -> dict[str, Any]:
        return _bool(must=[self(query.a)], filter=[self(query.b)])

    def _constant(self, query: Any) -> dict[str, Any]:
        return _constant(self(query.child), query.score)

    def _range(self, query: Any) -> dict[str, Any]:
        bounds = {}
        if query.start is not None:
            bounds["gt" if query.startexcl else "gte"] = query.start
        if query.end is not None:
            bounds["lt" if query.endexcl else "lte"] = query.end
        return _constant({"range": {self._path(query): bounds}}, query.boost)

    def _period(self, query: Any) -> dict[str, Any]:
        found = self._range(query)
        if query.end is None:
            return found
        beyond = {"range": {f"f.{query.fieldname}.end": {"gt": query.end}}}
        return _bool(must=[found], must_not=[beyond])

    def _pattern(self, query: Any) -> dict[str, Any]:
        """Those of few words score by these, as they do in a folder."""
        field = self._field(query.fieldname)
        if not isinstance(field, (Text, Keyword, Key)):
            return _NONE
        path = self._path(query)
        found = query_of_pattern(query, path, query.boost)
        if not isinstance(field, Text):
            return found
        terms = query_of_pattern(query, path, 1.0, "scoring_boolean")
        forms = self._scorer.words_of(terms, path)
        if not forms:
            return found
        words = wq.Or([wq.Term(query.fieldname, form) for form in forms], boost=query.boost)
        return _bool(filter=[found], should=[self(words)])

    def _spans(self, query: Any) -> dict[str, Any]:
        """Where words stand decides alone what is found, and the words alone how it scores."""
        name = field_of(query)
        if not isinstance(self._field(name), Text):
            if isinstance(query, wq.Phrase):
                return _NONE
            raise QueryError(
                "not-in-text", (0, 0), f"{query} has no position in a text",
                "use words and phrases",
            )  # fmt: skip
        words = self(_words_of(query))
        plain = self.words.plain(query)
        if has_intervals(plain):
            path = path_of(self._schema, self._schema.base(name))
            found: dict[str, Any] = {"intervals": {path: interval(self._schema, plain)}}
        else:
            found = {
                "terms": {
                    path_of(self._schema, self._schema.key): self._check(plain, unscored(words))
                }
            }
        return _bool(filter=[found], should=[words])

    _MAKERS: ClassVar[dict[type, Callable[[Translator, Any], dict[str, Any]]]] = {
        wq.Term: _term,
        Word: _word,
        AnyField: _any_field,
        wq.Every: _every,
        wq.And: _and,
        wq.Or: _or,
        wq.Not: _not,
        wq.AndNot: _and_not,
        wq.AndMaybe: _and_maybe,
        wq.Require: _require,
        wq.ConstantScoreQuery: _constant,
        wq.NumericRange: _range,
        Period: _period,
        wq.TermRange: _range,
        wq.Phrase: _spans,
        Near: _spans,
        Same: _spans,
        AtLeast: _spans,
        First: _spans,
        **dict.fromkeys(PATTERNS, _pattern),
    }


def _words_of(query: Any) -> Any:
    """What scores a span query, and what every article that it finds matches: its words."""
    if isinstance(query, wq.Phrase):
        words = [wq.Term(query.fieldname, word) for word in query.words]
        return wq.And(words, boost=query.boost)
    if isinstance(query, Word) and len(query.words) > 1:
        each = [Word(query.fieldname, (word,), query.languages) for word in query.words]
        return wq.And(each, boost=query.boost)
    if isinstance(query, (Near, Same)):
        return wq.And([_words_of(part) for part in query.parts])
    if isinstance(query, (AtLeast, First)):
        return _words_of(query.parts[0])
    return query  # of an Or a phrase scores only where it stands


def _constant(found: dict[str, Any], boost: float) -> dict[str, Any]:
    return {"constant_score": {"filter": found, "boost": boost}}


def _bool(**parts: Iterable[Any]) -> dict[str, Any]:
    return {"bool": {name: list(found) for name, found in parts.items() if found}}
