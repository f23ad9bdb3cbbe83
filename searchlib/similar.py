"""The query for articles like one: its most distinctive terms (tf-idf)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import log
from types import MappingProxyType
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
    indexed: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({}),
) -> Any:  # fmt: skip
    """The query for articles that share the most distinctive terms of one, which it leaves out.

    ``documents`` is the number of articles, ``frequencies`` says how many have each of these
    terms or phrases. ``indexed`` has the surface form and the term of each token of the fields
    whose texts ``record`` does not have.
    """
    counted = _counted_terms(schema, record, indexed)
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


def _counted_terms(
    schema: Schema, record: Mapping[str, Any], indexed: Mapping[str, Sequence[tuple[str, str]]]
) -> list[tuple[Terms, int]]:
    """The terms of an article without stop words, and how often it has each; in scripts where each
    character is a token, pairs of characters next to each other."""
    counted: list[tuple[Terms, int]] = []
    for name in schema.names(Text):
        language = schema.language_of(name, record)
        stop_words = schema.rules.stop_words(language)
        tokens = indexed[name] if name in indexed else _tokens(schema, record.get(name), language)
        by_character = {surface: is_cjk(surface) for surface, _ in tokens}
        single, pairs = Counter[str](), Counter[tuple[str, ...]]()
        before = ""  # the term before, if it is a character
        for surface, term in tokens:
            if not by_character[surface]:
                single[term] += surface not in stop_words
                before = ""
                continue
            if before:
                pairs[before, term] += 1
            before = term
        counted += [((name, (term,)), count) for term, count in single.items() if count]
        # The most frequent pairs alone: each is a phrase that is looked up.
        counted += [((name, pair), count) for pair, count in pairs.most_common(_SIMILAR_PAIRS)]
    return counted


def _tokens(schema: Schema, text: Any, language: str) -> list[tuple[str, str]]:
    """The surface form and the term of each token of a text; none of what is no text."""
    rules = schema.rules
    tokens = rules.tokenize(rules.prepare(text)) if isinstance(text, str) else []
    words = [rules.word(token, language) for token in tokens]
    return list(zip(map(rules.surface, words), rules.terms(words, language), strict=True))
