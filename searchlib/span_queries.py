"""Queries that Whoosh does not have: :class:`Word`, the span queries :class:`Near`,
:class:`Same`, :class:`AtLeast` and :class:`First`, and the period of dates :class:`Period`.

They are ``whoosh.query.Query`` classes like any other: they compare by value, have children, and
run on any Whoosh index that keeps positions, by Whoosh's own span matchers. On an archive the
planner makes plans of them (:mod:`searchlib.search.span_planner`). Only :class:`Same` needs the
text of the articles, and runs on an archive only.

A part is a ``Term``, ``Word``, ``Phrase``, pattern, ``Or`` of parts, or another span query, all of
one field.
A *span* of it is one occurrence, from its first to its last token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from whoosh import query as wq
from whoosh.matching import FilterMatcher
from whoosh.query.spans import SpanFirst, SpanNear, SpanWrappingMatcher

from searchlib.analysis.sentences import TextUnit

__all__ = ["AnyField", "AtLeast", "First", "Near", "Period", "Same", "SpanQuery", "Word"]


class Word(wq.Query):  # type: ignore[misc]
    """A word of a text field as it was typed, in any of its forms; or several next to each other.

    Which terms it stands for depends on the words and the languages of the archive, and is found
    out when the query is run; ``languages`` narrows these (None: all of them). A program that means
    a certain term writes ``whoosh.query.Term``.

    >>> print(Word("body", ("co", "operation")))
    body:co-operation
    """

    def __init__(
        self, fieldname: str, words: tuple[str, ...], languages: tuple[str, ...] | None = None,
        boost: float = 1.0,
    ) -> None:  # fmt: skip
        self.fieldname = fieldname
        self.words = tuple(words)
        self.languages = languages
        self.boost = boost

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        languages = f", languages={self.languages!r}" if self.languages is not None else ""
        boost = f", boost={self.boost!r}" if self.boost != 1.0 else ""
        return f"Word({self.fieldname!r}, {self.words!r}{languages}{boost})"

    def __str__(self) -> str:
        boost = f"^{self.boost}" if self.boost != 1.0 else ""
        return f"{self.fieldname}:{'-'.join(self.words)}{boost}"

    def _key(self) -> tuple[Any, ...]:
        return (self.fieldname, self.words, self.languages, self.boost)

    def is_leaf(self) -> bool:
        return True

    def field(self) -> str:
        return self.fieldname

    def copy(self) -> Word:
        return Word(*self._key())

    def estimate_size(self, ixreader: Any) -> int:
        return int(self._tree(ixreader, ixreader.schema).estimate_size(ixreader))

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        tree = self._tree(searcher.reader(), searcher.schema)
        return tree.matcher(searcher, context)

    def read(self, schema: Any) -> Any:
        """The query of Whoosh's own for the word in the default language of its field, whatever
        words an archive has; ``schema`` is a searchlib.Schema."""
        rules, language = schema.rules, schema.default_language(self.fieldname)
        terms = rules.terms([rules.word(word, language) for word in self.words], language)
        if len(terms) == 1:
            return wq.Term(self.fieldname, terms[0], boost=self.boost)
        return wq.Phrase(self.fieldname, terms, boost=self.boost)

    def _tree(self, reader: Any, schema: Any) -> Any:
        """The query of Whoosh's own that finds the same articles."""
        for leaf, _ in reader.leaf_readers():
            if hasattr(leaf, "tree_of_word"):  # an archive
                return leaf.tree_of_word(self)
        field = schema[self.fieldname]
        terms = [t for word in self.words for t in field.process_text(word, mode="query")]
        if not terms:
            return wq.NullQuery
        if len(terms) == 1:
            return wq.Term(self.fieldname, terms[0], boost=self.boost)
        return wq.Phrase(self.fieldname, terms, boost=self.boost)


class AnyField(wq.Or):  # type: ignore[misc]
    """The same word in any of several fields, a query for each. To Whoosh it is an ``Or``; a query
    text is ranked by the fields together (:mod:`searchlib.search.bm25`).

    >>> print(AnyField([Word("title", ("rain",)), Word("body", ("rain",))]))
    (title:rain OR body:rain)
    """


class SpanQuery(wq.Query):  # type: ignore[misc]
    """The base of the span queries: ``parts``, and the arguments that follow them."""

    boost = 1.0

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))

    def __repr__(self) -> str:
        arguments = [*self.parts, *self._arguments()]
        return f"{type(self).__name__}({', '.join(map(repr, arguments))})"

    def _arguments(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def _key(self) -> tuple[Any, ...]:
        return (self.parts, self._arguments())

    def is_leaf(self) -> bool:
        return False

    def children(self) -> Iterator[Any]:
        return iter(self.parts)

    def apply(self, fn: Callable[[Any], Any]) -> Any:
        return type(self)(*map(fn, self.parts), *self._arguments())

    def normalize(self) -> Any:
        query = self.apply(lambda part: part.normalize())
        return wq.NullQuery if any(part == wq.NullQuery for part in query.parts) else query

    def requires(self) -> Any:
        return wq.And(self.parts).requires()

    def estimate_size(self, ixreader: Any) -> int:
        return min(int(part.estimate_size(ixreader)) for part in self.parts)


class Near(SpanQuery):
    """``a`` and ``b`` at most ``slop`` positions apart; with ``ordered``, ``a`` before ``b``.

    The distance is from the last token of the earlier one to the first of the later: 1 is next to
    each other.

    >>> query = Near(wq.Term("body", "rain"), wq.Term("body", "snow"), 5, False)
    >>> print(query)
    (body:rain NEAR/5 body:snow)
    """

    def __init__(self, a: Any, b: Any, slop: int, ordered: bool) -> None:
        super().__init__(a, b)
        self.slop = slop
        self.ordered = ordered

    def __str__(self) -> str:
        return f"({self.parts[0]} {'W' if self.ordered else 'NEAR'}/{self.slop} {self.parts[1]})"

    def _arguments(self) -> tuple[Any, ...]:
        return (self.slop, self.ordered)

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        near = SpanNear(*self.parts, slop=self.slop, ordered=self.ordered, mindist=1)
        return near.matcher(searcher, context)


class AtLeast(SpanQuery):
    """``part`` at least ``count`` times in the field.

    >>> print(AtLeast(wq.Term("body", "rain"), 3))
    atleast3(body:rain)
    """

    def __init__(self, part: Any, count: int) -> None:
        super().__init__(part)
        self.count = count

    def __str__(self) -> str:
        return f"atleast{self.count}({self.parts[0]})"

    def _arguments(self) -> tuple[Any, ...]:
        return (self.count,)

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        return _MinCountMatcher(self.parts[0].matcher(searcher, context), self.count)


class First(SpanQuery):
    """``part`` within the first ``limit`` tokens of the field.

    >>> print(First(wq.Term("body", "rain"), 50))
    first50(body:rain)
    """

    def __init__(self, part: Any, limit: int) -> None:
        super().__init__(part)
        self.limit = limit

    def __str__(self) -> str:
        return f"first{self.limit}({self.parts[0]})"

    def _arguments(self) -> tuple[Any, ...]:
        return (self.limit,)

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        return SpanFirst(self.parts[0], limit=self.limit - 1).matcher(searcher, context)


class Same(SpanQuery):
    """``a`` and ``b`` in one ``unit``, "sentence" or "paragraph", of the text field ``name``.

    >>> print(Same(wq.Term("body", "rain"), wq.Term("body", "snow"), "sentence", "body"))
    (body:rain /s body:snow)
    """

    def __init__(self, a: Any, b: Any, unit: TextUnit, name: str) -> None:
        super().__init__(a, b)
        self.unit = unit
        self.name = name

    def __str__(self) -> str:
        return f"({self.parts[0]} /{self.unit[0]} {self.parts[1]})"

    def _arguments(self) -> tuple[Any, ...]:
        return (self.unit, self.name)

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        raise NotImplementedError(
            "sentences and paragraphs are found in an archive only: use archive.search"
        )


class Period(wq.NumericRange):  # type: ignore[misc]
    """Dates from ``start`` up to but without ``end``, in microseconds; None is no limit. A date of
    which only the year or the month is known must lie in it as a whole.

    On an index that is no archive it is the range of the dates' beginnings.

    >>> print(Period("date", 0, 86_400_000_000))
    date:[0 TO 86400000000}
    """

    def __init__(
        self, name: str, start: int | None, end: int | None, *, boost: float = 1.0
    ) -> None:
        super().__init__(name, start, end, endexcl=end is not None, boost=boost)

    def simplify(self, ixreader: Any) -> Any:
        return self

    def docs(self, searcher: Any) -> Iterator[int]:
        docs: Iterator[int] = self.matcher(searcher).all_ids()
        return docs

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        matcher = super().matcher(searcher, context)
        docs_beyond = getattr(searcher.reader(), "docs_beyond", None)
        if docs_beyond is None or self.end is None:
            return matcher
        return FilterMatcher(matcher, docs_beyond(self.fieldname, self.end), exclude=True)


class _MinCountMatcher(SpanWrappingMatcher):  # type: ignore[misc]
    """The documents that have at least ``count`` different spans."""

    def __init__(self, child: Any, count: int) -> None:
        self._count = count
        super().__init__(child)

    def copy(self) -> _MinCountMatcher:
        return _MinCountMatcher(self.child.copy(), self._count)

    def _replacement(self, newchild: Any) -> _MinCountMatcher:
        return _MinCountMatcher(newchild, self._count)

    def _get_spans(self) -> Any:
        spans = {(span.start, span.end): span for span in self.child.spans()}
        return list(spans.values()) if len(spans) >= self._count else []
