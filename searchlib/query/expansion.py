"""Synonyms in a query: each word becomes itself or what stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from searchlib.analysis.rules import Rules
from searchlib.query.ast import AndExpr, Expr, MaybeExpr, NearExpr, NotExpr, OrExpr, WordExpr
from searchlib.query.terms import words
from searchlib.synonyms import Synonyms

__all__ = ["synonym_length", "with_synonyms"]


def with_synonyms(node: Expr, synonyms: Synonyms, rules: Rules, notes: list[str]) -> Expr:
    """The tree with the synonyms of its words, in any form; a note is added for each. What is
    quoted, a pattern or a value stays as it is.

    >>> from searchlib.analysis.rules import rules
    >>> tree = with_synonyms(WordExpr(("tv",)), Synonyms([["tv", "television"]]), rules(), [])
    >>> [part.tokens for part in tree.parts]
    [('tv',), ('television',)]
    """

    def expanded(node: Expr) -> Expr:
        if isinstance(node, WordExpr):
            (changed,) = run([node], OrExpr)
            return changed
        if isinstance(node, AndExpr):
            joined = tuple(run(node.parts, AndExpr))
            is_one = len(joined) == 1 and node.weight == 1.0
            return joined[0] if is_one else replace(node, parts=joined)
        if isinstance(node, OrExpr):
            parts: list[Expr] = []
            for part in run(node.parts, OrExpr):
                if isinstance(part, OrExpr) and part.weight == 1.0:
                    parts += part.parts
                else:
                    parts.append(part)
            return replace(node, parts=tuple(parts))
        if isinstance(node, NotExpr):
            return replace(node, part=expanded(node.part))
        if isinstance(node, NearExpr):
            return replace(node, a=expanded(node.a), b=expanded(node.b))
        if isinstance(node, MaybeExpr):
            required, optional = expanded(node.required), expanded(node.optional)
            return replace(node, required=required, optional=optional)
        return node

    def run(parts: Sequence[Expr], join: type[AndExpr] | type[OrExpr]) -> list[Expr]:
        """Parts that stand side by side; of several words that are one synonym, the most. Words
        that say little are left out where they are part of none."""
        found: list[Expr] = []
        at = 0
        while at < len(parts):
            matched = synonym_length(parts[at:], synonyms)
            if matched:
                found.append(_any_of(parts[at : at + matched], join, synonyms, rules, notes))
                at += matched
            else:
                part = parts[at]
                if not isinstance(part, WordExpr):
                    found.append(expanded(part))
                elif not part.says_little:
                    found.append(part)
                at += 1
        return found or list(parts)

    return expanded(node)


def synonym_length(parts: Sequence[Expr], synonyms: Synonyms) -> int:
    """How many of the first parts are words that others stand for, together; 0 if none are.

    >>> words = [WordExpr((text,)) for text in ("united", "kingdom", "rain")]
    >>> synonym_length(words, Synonyms([["uk", "united kingdom"]]))
    2
    """
    tokens: tuple[str, ...] = ()
    longest = 0
    first = parts[0]
    for count, part in enumerate(parts, 1):
        if not isinstance(part, WordExpr) or not isinstance(first, WordExpr):
            break
        if (part.field, part.weight) != (first.field, first.weight):
            break
        tokens += part.tokens
        if len(tokens) > synonyms.longest:
            break
        if synonyms.of(tokens):
            longest = count
    return longest


def _any_of(
    parts: Sequence[Expr], join: type[AndExpr] | type[OrExpr], synonyms: Synonyms, rules: Rules,
    notes: list[str],
) -> OrExpr:  # fmt: skip
    """Words, or what stands for them. Of the words as typed, those that say little need not match,
    unless all of them are such."""
    first = parts[0]
    assert isinstance(first, WordExpr)
    typed = [token for part in parts if isinstance(part, WordExpr) for token in part.tokens]
    alternatives = synonyms.of(tuple(typed))
    span = (first.span[0], parts[-1].span[1])
    telling = [part for part in parts if isinstance(part, WordExpr) and not part.says_little]
    own: tuple[Expr, ...] = tuple(telling or parts)
    if len(own) > 1 and join is AndExpr:
        own = (AndExpr(own, span=span),)
    others = [
        WordExpr(tokens, first.field, span=span, weight=first.weight)
        for tokens in (words(text, rules) for text in alternatives)
        if tokens
    ]
    note = f"{' '.join(typed)}: also {', '.join(alternatives)}"
    if note not in notes:
        notes.append(note)
    return OrExpr((*own, *others), span=span)
