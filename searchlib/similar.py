"""The query for articles like one: its most distinctive terms (tf-idf)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import Any

from whoosh import query as wq

from searchlib.query.terms import is_cjk
from searchlib.schema import Schema, Text

__all__ = ["similar_query"]

_SIMILAR_PAIRS = 60  # pairs of characters of an article whose frequency is looked up
_SIMILAR_TERMS = 25  # terms of an article that similar ones are searched by

#: A term of a field, or terms next to each other.
Terms = tuple[str, tuple[str, ...]]


def similar_query(
    schema: Schema, record: Mapping[str, Any], documents: int,
    frequencies: Callable[[Sequence[Any]], Sequence[int]],
) -> Any:  # fmt: skip
    """The query for articles that share the most distinctive terms of one, which it leaves out.

    ``documents`` is the number of articles, ``frequencies`` says how many have each of these
    terms or phrases.
    """
    counted = _counted_terms(schema, record)
    queries = [_query(*terms) for terms, _ in counted]
    weighted: list[tuple[float, str, tuple[str, ...]]] = []
    for ((name, terms), count), found in zip(counted, frequencies(queries), strict=True):
        field: Any = schema.fields[name]
        # Which no other article has says nothing of others.
        idf = log((documents + 1) / found) if found > 1 else 0.0
        weighted.append((count * idf * field.weight, name, terms))
    best = sorted((row for row in weighted if row[0] > 0), reverse=True)[:_SIMILAR_TERMS]
    if not best:
        return wq.NullQuery
    own = wq.Term(schema.key, record[schema.key])
    return wq.AndNot(wq.Or([_query(name, terms) for _, name, terms in best]), own)


def _query(name: str, terms: tuple[str, ...]) -> Any:
    return wq.Term(name, terms[0]) if len(terms) == 1 else wq.Phrase(name, list(terms))


def _counted_terms(schema: Schema, record: Mapping[str, Any]) -> list[tuple[Terms, int]]:
    """The terms of an article without stop words, and how often it has each; in scripts where each
    character is a token, pairs of characters next to each other."""
    counted: list[tuple[Terms, int]] = []
    rules = schema.rules
    for name in schema.names(Text):
        language = schema.language_of(name, record)
        stop_words = rules.stop_words(language)
        tokens = rules.tokenize(rules.prepare(record.get(name, "")))
        words = [rules.word(token, language) for token in tokens]
        terms = rules.terms(words, language)
        by_character = {token: is_cjk(token) for token in set(tokens)}
        single, pairs = Counter[str](), Counter[tuple[str, ...]]()
        for n, (token, word, term) in enumerate(zip(tokens, words, terms, strict=True)):
            if not by_character[token]:
                single[term] += rules.surface(word) not in stop_words
            elif n and by_character[tokens[n - 1]]:
                pairs[terms[n - 1], term] += 1
        counted += [((name, (term,)), count) for term, count in single.items() if count]
        # The most frequent pairs alone: each is a phrase that is looked up.
        counted += [((name, pair), count) for pair, count in pairs.most_common(_SIMILAR_PAIRS)]
    return counted
