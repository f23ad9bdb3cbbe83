"""The Whoosh field types that a schema's fields become, beside Whoosh's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import analysis as whoosh_analysis
from whoosh import columns as whoosh_columns
from whoosh import fields as whoosh_fields
from whoosh import query as whoosh_query

from searchlib import analysis

__all__ = ["DATETIME", "KEYWORD", "NUMBER", "listed", "text_field"]


def listed(value: Any) -> list[Any]:
    """The values of a keyword field, one or many. A set has no order: its values are sorted, so
    that the same article is always the same.

    >>> listed("a"), listed(("b", "a")), listed({"b", "a"})
    (['a'], ['b', 'a'], ['a', 'b'])
    """
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return list(value) if isinstance(value, (list, tuple)) else [value]


class KeywordFilter(whoosh_analysis.Filter):  # type: ignore[misc]
    """A Whoosh filter: :func:`~searchlib.analysis.fold_keyword` on each token.

    >>> [t.text for t in (whoosh_analysis.IDTokenizer() | KeywordFilter())("World  News")]
    ['world news']
    """

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        for token in tokens:
            token.text = analysis.fold_keyword(token.text)
            yield token


class KEYWORD(whoosh_fields.ID):  # type: ignore[misc]
    """The Whoosh field of a :class:`Keyword`: whole values, folded, one or many.

    >>> list(KEYWORD().index(["World News", "world  news"]))
    [(b'world news', 1, 1.0, b'')]
    """

    def __init__(self) -> None:
        # Whoosh's parser asks the analyzer for what stands between quotes.
        analyzer = whoosh_analysis.IDTokenizer() | KeywordFilter()
        super().__init__(stored=True, sortable=True, analyzer=analyzer)

    def index(self, value: Any, **kwargs: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        for term in sorted({analysis.fold_keyword(one) for one in listed(value)}):
            yield term.encode(), 1, 1.0, b""

    def to_column_value(self, value: Any) -> Any:
        """Whoosh's columns hold one value: the first of several."""
        return super().to_column_value(next(iter(listed(value)), ""))

    def process_text(self, text: str, **kwargs: Any) -> Iterator[str]:
        return iter((analysis.fold_keyword(text),))

    def self_parsing(self) -> bool:
        return True

    def parse_query(self, fieldname: str, qstring: str, boost: float = 1.0) -> Any:
        return whoosh_query.Term(fieldname, analysis.fold_keyword(qstring), boost=boost)


class DATETIME(whoosh_fields.DATETIME):  # type: ignore[misc]
    """The Whoosh field of a :class:`Date`: one term a value, since ranges run over the column.

    >>> DATETIME().shift_step
    0
    """

    def __init__(self) -> None:
        super().__init__(stored=True, sortable=True)
        self.shift_step = 0


class NUMBER(whoosh_fields.NUMERIC):  # type: ignore[misc]
    """The Whoosh field of a :class:`Number`: 64-bit floats, one term a value.

    >>> NUMBER().numtype
    <class 'float'>
    """

    def __init__(self) -> None:
        super().__init__(float, 64, stored=True, sortable=True, shift_step=0)

    def default_column(self) -> Any:
        """Whoosh's own default, not a number, has no place in a column of integers."""
        return whoosh_columns.NumericColumn("Q", default=2**64 - 1)


def text_field(language: str, weight: float, *, stored: bool) -> Any:
    """The field of running text: positions kept, words analysed for the language.

    >>> text_field("en", 2.0, stored=True).format.field_boost
    2.0
    """
    return whoosh_fields.TEXT(
        analyzer=analysis.analyzer(language), phrase=True, stored=stored, field_boost=weight
    )
