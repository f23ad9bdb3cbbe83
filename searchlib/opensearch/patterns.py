"""Patterns for OpenSearch: prefixes, wildcards, regular expressions and fuzzy words."""

from __future__ import annotations

import re
from typing import Any

from whoosh import query as wq

from searchlib.errors import QueryError
from searchlib.query.regex import BadRegex, check_regex

__all__ = [
    "PATTERNS",
    "check_pattern_count",
    "interval_of_pattern",
    "lucene_regex",
    "query_of_pattern",
    "text_of",
]

PATTERNS = (wq.Prefix, wq.Wildcard, wq.Regex, wq.FuzzyTerm)
_MAX_EXPANSIONS = 1024  # words that a pattern near others may stand for: a cluster takes no more
_MAX_FUZZY, _MAX_PATTERNS = 128, 512  # of a query, each in each field
_MAX_EDITS = 2  # that OpenSearch knows
_CLASS_OR_ESCAPE = re.compile(r"\\(.)|\[|\]", re.DOTALL)


def check_pattern_count(query: Any) -> None:
    """QueryError "too-many-words" if a tree has more patterns than nodes may be asked for: each is
    an automaton in each segment, and that of a fuzzy word is large."""
    leaves = query.leaves() if isinstance(query, wq.Query) else ()
    found = [leaf for leaf in leaves if isinstance(leaf, PATTERNS)]
    fuzzy = sum(isinstance(leaf, wq.FuzzyTerm) for leaf in found)
    for count, most, what in ((fuzzy, _MAX_FUZZY, "fuzzy words"), (len(found), _MAX_PATTERNS,
                              "patterns")):  # fmt: skip
        if count > most:
            raise QueryError(
                "too-many-words", (0, 0),
                f"{count:,} {what}, each in each field, are more than the {most} that a cluster is "
                "asked for", "write fewer, or name a field",
            )  # fmt: skip


def text_of(text: Any) -> str:
    """The text of a term or a pattern, which may be bytes."""
    return text.decode() if isinstance(text, bytes) else str(text)


def query_of_pattern(
    query: Any, path: str, boost: float, rewrite: str = "constant_score"
) -> dict[str, Any]:
    """The query for the articles with a word that a pattern stands for; each has the same score,
    or with another ``rewrite`` its own."""
    kind, _, value = _pattern(query)
    options: dict[str, Any] = {"value": value, "rewrite": rewrite, "boost": boost}
    if kind == "fuzzy":
        options |= _edits(query)
    if kind == "regexp":
        options["flags"] = "NONE"
    return {kind: {path: options}}


def interval_of_pattern(query: Any, use: dict[str, str]) -> dict[str, Any]:
    """The intervals of the words that a pattern stands for."""
    kind, option, value = _pattern(query)
    if kind == "prefix":  # which has a lower limit
        literal = re.sub(r"([\\*?])", r"\\\1", value)
        kind, option, value = "wildcard", "pattern", f"{literal}*"
    options: dict[str, Any] = {option: value, **use}
    if kind == "fuzzy":
        options |= _edits(query)
    else:
        options["max_expansions"] = _MAX_EXPANSIONS
    if kind == "regexp":
        options["flags_value"] = 0
    return {kind: options}


def _pattern(query: Any) -> tuple[str, str, str]:
    """The kind of a pattern, what intervals call its text, and its text."""
    text = text_of(query.text)
    if isinstance(query, wq.Prefix):
        return "prefix", "prefix", text
    if isinstance(query, wq.FuzzyTerm):
        if query.maxdist > _MAX_EDITS:
            raise _not_supported(f"{query.maxdist} edits", "use ~2", text)
        return "fuzzy", "term", text
    if isinstance(query, wq.Wildcard):
        if "[" in text:
            raise _not_supported("[ ] in a wildcard", "use a regular expression", text)
        return "wildcard", "pattern", text.replace("\\", "\\\\")
    if isinstance(query, wq.Regex):
        return "regexp", "pattern", lucene_regex(text)
    raise QueryError(
        "not-in-text", (0, 0), f"{type(query).__name__} cannot be part of a span query",
        "use words, phrases and patterns",
    )  # fmt: skip


def _edits(query: Any) -> dict[str, Any]:
    """An exchange of two letters is two edits, as in searchlib."""
    return {
        "fuzziness": query.maxdist, "prefix_length": query.prefixlength, "transpositions": False,
    }  # fmt: skip


def lucene_regex(text: str) -> str:
    r"""A regular expression of ``whoosh.query.Regex``, which matches at the beginning of words, for
    Lucene, which matches whole words. QueryError for what Lucene would read in another way.

    >>> lucene_regex("colou?r$"), lucene_regex(r"(?:\d|[\da])x$"), lucene_regex("rain")
    ('colou?r', '([0-9]|[0-9a])x', 'rain.*')
    """
    whole = text.endswith("$") and not text.endswith("\\$")
    body = text.removesuffix("$") if whole else text
    try:
        body = check_regex(body)
    except BadRegex as error:
        raise _not_supported(str(error), "write /colou?r/", text) from None
    inside = False

    def written(found: re.Match[str]) -> str:
        nonlocal inside
        if found[1] is None:
            inside = found[0] == "["
            return found[0]
        if found[1] == "d":
            return "0-9" if inside else "[0-9]"
        if found[1] in "wWsSD":
            raise _not_supported(f"\\{found[1]}", "write the letters, as in [a-z]", text)
        return found[0]

    return _CLASS_OR_ESCAPE.sub(written, body).replace("(?:", "(") + ("" if whole else ".*")


def _not_supported(what: str, cure: str, text: str) -> QueryError:
    return QueryError("not-supported", (0, 0), f"a cluster does not know {what}", cure, text)
