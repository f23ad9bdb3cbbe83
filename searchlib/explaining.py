"""How a score comes about: the parts of a query tree, each with what it adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from whoosh import query as wq

from searchlib.dates import from_micros
from searchlib.results import Explanation
from searchlib.schema import Date, Schema
from searchlib.search.plan_leaves import ScorePart
from searchlib.span_queries import AnyField, Word

__all__ = ["explain_product", "explain_tree"]


def explain_tree(
    query: Any, schema: Schema, score: Callable[[Any], float | None],
    parts_of_word: Callable[[Any], Sequence[ScorePart]],
) -> Explanation:  # fmt: skip
    """How the score of an article comes about. ``score`` gives that of a tree, None if it does not
    match; ``parts_of_word`` what it is made of if the tree is a word or phrase, else nothing."""
    value = score(query)
    if value is not None and isinstance(query, (AnyField, Word, wq.Term, wq.Phrase)):
        factors = parts_of_word(query)
        if factors:
            return Explanation(_described(query, schema), value, True, _explained(factors))
    parts = tuple(explain_tree(part, schema, score, parts_of_word) for part in query.children())
    return Explanation(_described(query, schema), value or 0.0, value is not None, parts)


def explain_product(
    text: str, whole: Explanation, factors: Iterable[tuple[object, float]]
) -> Explanation:
    """The explanation of a query, whose score is multiplied by factors."""
    score, parts = whole.score, whole.parts or (whole,)
    for factor, value in factors:
        parts = (*parts, Explanation(f"times {factor}", value, True))
        score *= value
    return Explanation(text, score, whole.matched, parts)


def _described(query: Any, schema: Schema) -> str:
    """A part of a query as text; dates in ISO 8601, not as the numbers they are stored as."""
    if isinstance(query, wq.NumericRange) and query.fieldname in schema.names(Date):
        ends = ("" if end is None else f"{from_micros(end):%Y-%m-%dT%H:%MZ}"
                for end in (query.start, query.end))  # fmt: skip
        return f"{query.fieldname} from {' to '.join(ends)}"
    return str(query)


def _explained(parts: Sequence[ScorePart]) -> tuple[Explanation, ...]:
    return tuple(Explanation(part.what, part.value, True, _explained(part.parts)) for part in parts)
