"""The Whoosh field types of a schema's fields, where Whoosh's own do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import analysis as whoosh_analysis
from whoosh import columns as whoosh_columns
from whoosh import fields as whoosh_fields
from whoosh import query as whoosh_query

from searchlib import analysis
from searchlib.analysis import Rules, TextAnalyzer

__all__ = ["DATETIME", "KEYWORD", "NUMBER", "TextAnalyzer", "divided", "text_field", "values_of"]


def values_of(value: Any) -> list[Any]:
    """The values of a keyword field, one or many, as a list.

    The values of a set are sorted, so that equal articles are stored alike.

    >>> values_of("a"), values_of(("b", "a")), values_of({"b", "a"})
    (['a'], ['b', 'a'], ['a', 'b'])
    """
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return list(value) if isinstance(value, (list, tuple)) else [value]


def divided(value: Any, separator: str) -> Any:
    """A text with several values as a list of them; any other value as it is.

    >>> divided("a, b", ","), divided("a  b", " "), divided("a b", ""), divided(["a b"], " ")
    (['a', ' b'], ['a', 'b'], 'a b', ['a b'])
    """
    if not separator or not isinstance(value, str):
        return value
    return value.split() if separator == " " else value.split(separator)


class KeywordFilter(whoosh_analysis.Filter):  # type: ignore[misc]
    """A Whoosh filter that makes of each token the term of a keyword.

    >>> chain = whoosh_analysis.IDTokenizer() | KeywordFilter(analysis.rules())
    >>> [t.text for t in chain("World  News")]
    ['world news']
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        for token in tokens:
            token.text = self.rules.keyword(token.text)
            yield token


class KEYWORD(whoosh_fields.ID):  # type: ignore[misc]
    """The Whoosh field type of a :class:`Keyword`: one or many values, each a folded term.

    >>> list(KEYWORD().index(["World News", "world  news"]))
    [(b'world news', 1, 1.0, b'')]
    """

    def __init__(self, rules: Rules | None = None, separator: str = "") -> None:
        """``rules`` are those of the archive; without any, the current ones. ``separator`` divides
        values that come as one text."""
        self.separator = separator
        self.rules = rules or analysis.rules()
        # Whoosh's query parser passes text in quotes to the analyzer.
        analyzer = whoosh_analysis.IDTokenizer() | KeywordFilter(self.rules)
        super().__init__(stored=True, sortable=True, analyzer=analyzer)

    def index(self, value: Any, **kwargs: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        values = values_of(divided(value, self.separator))
        for term in sorted({self.rules.keyword(name) for name in values}):
            yield term.encode(), 1, 1.0, b""

    def to_column_value(self, value: Any) -> Any:
        """The first of several values: a Whoosh column holds one a document."""
        values = values_of(divided(value, self.separator))
        return super().to_column_value(next(iter(values), ""))

    def process_text(self, text: str, **kwargs: Any) -> Iterator[str]:
        return iter((self.rules.keyword(text),))

    def self_parsing(self) -> bool:
        return True

    def parse_query(self, fieldname: str, qstring: str, boost: float = 1.0) -> Any:
        return whoosh_query.Term(fieldname, self.rules.keyword(qstring), boost=boost)


class DATETIME(whoosh_fields.DATETIME):  # type: ignore[misc]
    """The Whoosh field type of a :class:`Date`: one term a value, since range queries read the
    doc values.

    >>> DATETIME().shift_step
    0
    """

    def __init__(self) -> None:
        super().__init__(stored=True, sortable=True)
        self.shift_step = 0


class NUMBER(whoosh_fields.NUMERIC):  # type: ignore[misc]
    """The Whoosh field type of a :class:`Number`: 64-bit floats, one term a value.

    >>> NUMBER().numtype
    <class 'float'>
    """

    def __init__(self) -> None:
        super().__init__(float, 64, stored=True, sortable=True, shift_step=0)

    def default_column(self) -> Any:
        """A column with an integer default: Whoosh's own default, NaN, does not fit it."""
        return whoosh_columns.NumericColumn("Q", default=2**64 - 1)


def text_field(analyzer: Any, weight: float, *, stored: bool) -> Any:
    """The Whoosh field type of running text, with positions.

    >>> text_field(TextAnalyzer(analysis.rules(), "en"), 2.0, stored=True).format.field_boost
    2.0
    """
    return whoosh_fields.TEXT(analyzer=analyzer, phrase=True, stored=stored, field_boost=weight)
