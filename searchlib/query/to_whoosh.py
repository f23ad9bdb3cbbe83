"""Syntax tree (:mod:`.ast`) -> a ``whoosh.query`` tree over the fields of a schema.

Trees are built in normal form: ``normalize()``, which costs more than most searches, is never
called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from whoosh import query as wq

from searchlib.analysis import Rules, fold_keyword
from searchlib.dates import to_micros
from searchlib.query import ast
from searchlib.query.diagnostics import refuse
from searchlib.query.regex import anchored
from searchlib.query.terms import stems, surface_forms
from searchlib.schema import Keyword, Schema, Terms, Text, known_language
from searchlib.schema.weights import MAX_BOOST, MIN_BOOST
from searchlib.span_queries import AnyField, AtLeast, First, Near, Period, Same, Word

__all__ = ["TreeTranslator", "pattern_text"]


class TreeTranslator:
    """Builds ``whoosh.query`` trees over one schema.

    >>> from searchlib.schema import Key, Schema, Text
    >>> builder = TreeTranslator(Schema(id=Key(), body=Text()))
    >>> builder.build(ast.WordExpr(("rains",)), "rains")
    Word('body', ('rains',))
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._default_fields = schema.searched()
        self._only_field = self._default_fields[0] if len(self._default_fields) == 1 else None
        self._rules = schema.rules
        texts = schema.names(Text)
        self._languages = {name: schema.default_language(name) for name in texts}
        # Where a word may stand for other terms than its spelling says.
        self._has_forms = {n: schema.rules.version > 1 and schema.exact(n) != n for n in texts}
        self._exact = {name: schema.exact(name) for name in schema.fields}
        # The fields of a Whoosh program, which have analyzers of their own.
        self._terms = {n: field for n, field in schema.fields.items() if isinstance(field, Terms)}

    def build(self, node: ast.Expr, text: str) -> Any:
        """The tree of a whole query; ``text``, its text, is for errors."""
        if not self._default_fields:
            for part in ast.walk(node):
                if getattr(part, "field", "") is None:
                    refuse("no-text-field", *part.span, "no field is searched by default",
                           "write the field: field:word", text)  # fmt: skip
        if self._schema.language_field is not None:
            self._narrow(node, None)
        try:
            return _TRANSLATE[type(node)](self, node, node.weight)
        except _WeightError as error:
            cure = f"keep them between {MIN_BOOST:g} and {MAX_BOOST:g}"
            message = f"the weights multiply to {error.weight:g}"
            refuse("bad-weight", *error.span, message, cure, text)

    def build_part(self, node: ast.Expr) -> Any:
        """The tree of a part of a query that was built, or of one with fewer words."""
        return _TRANSLATE[type(node)](self, node, node.weight)

    def _build(self, node: ast.Expr, weight: float) -> Any:
        return _TRANSLATE[type(node)](self, node, _times(weight, node))

    def _narrow(self, node: Any, languages: tuple[str, ...] | None) -> None:
        """Have the words of a query be read in the language that it asks for: ``lang:fr chat``."""
        if isinstance(node, ast.AndExpr):
            for part in node.parts:
                languages = self._languages_of(part) or languages
            for part in node.parts:
                self._narrow(part, languages)
        elif isinstance(node, ast.WordExpr):
            node.languages = languages
        else:
            for part in ast.parts_of(node):
                self._narrow(part, languages)

    def _languages_of(self, node: Any) -> tuple[str, ...] | None:
        """The languages that an operand asks for; None if it is about something else."""
        if isinstance(node, ast.ValueExpr) and node.field == self._schema.language_field:
            language = known_language(node.text)
            return None if language is None else (language,)
        if isinstance(node, ast.OrExpr):
            each = [self._languages_of(part) for part in node.parts]
            if all(each):
                return tuple(dict.fromkeys(name for names in each for name in names or ()))
        return None

    def _word(self, node: Any, weight: float) -> Any:
        return self._each(node.field, lambda name: self._word_in(node, name, weight))

    def _word_in(self, node: Any, name: str, weight: float) -> Any:
        if name in self._terms:
            return self._asked(name, " ".join(node.tokens), 1, weight)
        if self._has_forms[name]:
            return Word(name, node.tokens, node.languages, weight)
        terms = stems(node.tokens, self._languages[name], self._rules.version)
        return _words(name, terms, 1, weight)

    def _phrase(self, node: Any, weight: float) -> Any:
        return self._each(node.field, lambda name: self._phrase_in(node, name, weight))

    def _phrase_in(self, node: Any, name: str, weight: float) -> Any:
        if name in self._terms:
            return self._asked(name, " ".join(node.tokens), node.slop, weight)
        forms = surface_forms(node.tokens, self._languages[name], self._rules)
        return _words(self._exact[name], forms, node.slop, weight)

    def _pattern(self, node: Any, weight: float) -> Any:
        return self._each(node.field, lambda name: self._pattern_in(node, name, weight))

    def _pattern_in(self, node: Any, name: str, weight: float) -> Any:
        return _pattern(node, pattern_text(node, self._rules), self._exact[name], weight)

    def _each(self, field: str | None, build: Callable[[str], Any]) -> Any:
        if field is not None:
            return build(field)
        if self._only_field is not None:
            return build(self._only_field)
        return AnyField([build(name) for name in self._default_fields])

    def _asked(self, name: str, text: str, slop: int, weight: float) -> Any:
        """What a text stands for in a field of a Whoosh program, by its own analyzer: a phrase if
        it has positions, else all of its terms."""
        field = self._terms[name]
        terms = field.asked(text)
        if not terms:
            return wq.NullQuery
        if len(terms) > 1 and not field.has_positions:
            return wq.And([wq.Term(name, term, boost=weight) for term in terms])
        return _words(name, terms, slop, weight)

    def _value(self, node: Any, weight: float) -> Any:
        if node.field in self._terms:
            return self._asked(node.field, node.text, 1, weight)
        keyword = isinstance(self._schema.fields[node.field], Keyword)
        text = self._rules.keyword(node.text) if keyword else node.text
        term = wq.Term(node.field, text, boost=weight)
        if node.field == self._schema.language_field and known_language(text) == text:
            # A language range (RFC 4647): "pt" is "pt-BR" too.
            return wq.Or([term, wq.Prefix(node.field, f"{text}-", boost=weight)])
        return term

    def _range(self, node: Any, weight: float) -> Any:
        return wq.NumericRange(
            node.field, node.low, node.high, node.low_exclusive, node.high_exclusive, boost=weight
        )

    def _period(self, node: Any, weight: float) -> Any:
        start, end = node.interval.start, node.interval.end
        first = None if start is None else to_micros(start)
        return Period(node.field, first, None if end is None else to_micros(end), boost=weight)

    def _and(self, node: Any, weight: float) -> Any:
        required, excluded = [], []
        for part in node.parts:
            if type(part) is ast.NotExpr:
                excluded.append(self._build(part.part, 1.0))
            else:
                required.append(self._build(part, weight))
        if not required:
            tree = wq.Every(boost=weight)
        else:
            tree = required[0] if len(required) == 1 else wq.And(required)
        return wq.AndNot(tree, _any(excluded)) if excluded else tree

    def _or(self, node: Any, weight: float) -> Any:
        return wq.Or([self._build(part, weight) for part in node.parts])

    def _not(self, node: Any, weight: float) -> Any:
        return wq.AndNot(wq.Every(boost=weight), self._build(node.part, 1.0))

    def _maybe(self, node: Any, weight: float) -> Any:
        return wq.AndMaybe(self._build(node.required, weight), self._build(node.optional, weight))

    def _positional(self, node: Any, weight: float) -> Any:
        """Positions are per field, so the whole node is built for each field by itself."""
        field = _field_of(node)
        return self._each(field, lambda name: self._in_field(node, name, weight))

    def _in_field(self, node: Any, name: str, weight: float) -> Any:
        if isinstance(node, (ast.WordExpr, ast.PhraseExpr, ast.PatternExpr)):
            weight = _times(weight, node)
            if isinstance(node, ast.WordExpr):
                return self._word_in(node, name, weight)
            if isinstance(node, ast.PhraseExpr):
                return self._phrase_in(node, name, weight)
            return self._pattern_in(node, name, weight)
        if isinstance(node, ast.OrExpr):
            weight = _times(weight, node)
            return wq.Or([self._in_field(part, name, weight) for part in node.parts])
        if isinstance(node, ast.AtLeastExpr):
            return AtLeast(self._in_field(node.part, name, weight), node.count)
        if isinstance(node, ast.FirstExpr):
            return First(self._in_field(node.part, name, weight), node.limit)
        assert isinstance(node, ast.NearExpr)
        weight = _times(weight, node)
        a, b = self._in_field(node.a, name, weight), self._in_field(node.b, name, weight)
        if node.unit == "word":
            return Near(a, b, node.slop, node.ordered)
        return Same(a, b, node.unit, name)


class _WeightError(Exception):
    def __init__(self, span: tuple[int, int], weight: float) -> None:
        super().__init__()
        self.span = span
        self.weight = weight


def _times(weight: float, node: Any) -> float:
    """The weight of a node within groups that have this weight together."""
    if node.weight == 1.0:
        return weight
    weight *= node.weight
    if not MIN_BOOST <= weight <= MAX_BOOST:
        raise _WeightError(node.span, weight)
    return weight


def _words(name: str, terms: tuple[str, ...], slop: int, weight: float) -> Any:
    if len(terms) == 1:
        return wq.Term(name, terms[0], boost=weight)
    return wq.Phrase(name, list(terms), slop, boost=weight)


def _pattern(node: Any, text: str, name: str, weight: float) -> Any:
    if node.kind == "prefix":
        return wq.Prefix(name, text, boost=weight)
    if node.kind == "wildcard":
        return wq.Wildcard(name, text, boost=weight)
    if node.kind == "regex":
        return wq.Regex(name, text, boost=weight)
    return wq.FuzzyTerm(name, text, boost=weight, maxdist=node.edits, prefixlength=0)


def pattern_text(node: ast.PatternExpr, rules: Rules) -> str:
    """The text of a pattern as the index has it; the syntax tree has it as it is typed.

    >>> from searchlib.analysis import rules
    >>> pattern_text(ast.PatternExpr("prefix", "Ⅸ"), rules())
    'ix'
    """
    if node.kind == "regex":
        return anchored(node.text)
    if node.kind == "fuzzy":
        return surface_forms((node.text,), "", rules)[0]
    return node.text if node.text.isascii() else fold_keyword(node.text)


def _any(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else wq.Or(parts)


def _field_of(node: Any) -> str | None:
    """The field of the words below a positional node, which have the same."""
    while not hasattr(node, "field"):
        node = node.part if hasattr(node, "part") else getattr(node, "a", None) or node.parts[0]
    field: str | None = node.field
    return field


_TRANSLATE: dict[type, Callable[[TreeTranslator, Any, float], Any]] = {
    ast.WordExpr: TreeTranslator._word,
    ast.PhraseExpr: TreeTranslator._phrase,
    ast.PatternExpr: TreeTranslator._pattern,
    ast.ValueExpr: TreeTranslator._value,
    ast.RangeExpr: TreeTranslator._range,
    ast.PeriodExpr: TreeTranslator._period,
    ast.HasExpr: lambda translator, node, weight: wq.Every(node.field, boost=weight),
    ast.EverythingExpr: lambda translator, node, weight: wq.Every(boost=weight),
    ast.AndExpr: TreeTranslator._and,
    ast.OrExpr: TreeTranslator._or,
    ast.NotExpr: TreeTranslator._not,
    ast.MaybeExpr: TreeTranslator._maybe,
    ast.NearExpr: TreeTranslator._positional,
    ast.AtLeastExpr: TreeTranslator._positional,
    ast.FirstExpr: TreeTranslator._positional,
}
