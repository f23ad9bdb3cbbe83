"""Whoosh's matchers with their bugs fixed, so that they can be an oracle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from whoosh import query as wq
from whoosh.matching import AndMaybeMatcher, AndNotMatcher, InverseMatcher
from whoosh.matching.combo import ArrayUnionMatcher
from whoosh.query.spans import SpanNot
from whoosh.searching import SearchContext


def _find_first(self: Any) -> None:
    """``AndNotMatcher`` compares its first two documents only if they are the same, and so
    returns the first of ``a`` though it is in ``b``, if ``b`` begins earlier."""
    if self.a.is_active() and self.b.is_active():
        self._find_next()


def _skip_to(self: Any, id: int) -> None:
    """``AndNotMatcher`` asks for the document of an ``a`` that has come to its end."""
    if id < self.a.id():
        return
    self.a.skip_to(id)
    if self.a.is_active() and self.b.is_active():
        self._find_next()


_array_union_skip_to = ArrayUnionMatcher.skip_to


def _skip_forward_only(self: Any, docnum: int) -> None:
    """``ArrayUnionMatcher`` goes back when asked for a document before the one it is at."""
    if self.is_active() and docnum > self.id():
        _array_union_skip_to(self, docnum)


def _skip_both(self: Any, id: int) -> None:
    """``AndMaybeMatcher`` leaves ``b`` behind where ``a`` goes further than it was asked to."""
    self.a.skip_to(id)
    if self.a.is_active() and self.b.is_active():
        self.b.skip_to(self.a.id())


_find_next_inverse = InverseMatcher._find_next


def _find_next_live(self: Any) -> None:
    """``InverseMatcher`` stops at a deleted document if what it inverts ends just before."""
    _find_next_inverse(self)
    while self._id < self.limit and self.missing(self._id):
        self._id += 1
        _find_next_inverse(self)


_span_not_spans = SpanNot._Matcher._get_spans


def _spans_while_b_is_active(self: Any) -> Any:
    """``SpanNot`` asks for the document of a ``b`` that has come to its end."""
    return _span_not_spans(self) if self.b.is_active() else self.a.spans()


_multi_term_matcher = wq.MultiTerm.matcher


def _decide_over_all_segments(self: Any, searcher: Any, context: Any = None) -> Any:
    """``MultiTerm`` scores 1, or as its terms, by how many of them one segment has: scores would
    depend on how the articles are divided."""
    terms = [term for term in self._btexts(searcher.get_parent().reader()) if term]
    if len(terms) < 2:
        return _multi_term_matcher(self, searcher, context)
    if self.constantscore:
        context = context.set(weighting=None) if context else SearchContext(weighting=None)
    any_of = wq.Or([wq.Term(self.field(), term) for term in terms], boost=self.boost)
    return any_of.matcher(searcher, context)


@pytest.fixture(autouse=True, scope="module")
def _fixed_matchers() -> Iterator[None]:
    with (
        patch.object(AndNotMatcher, "_find_first", _find_first),
        patch.object(AndNotMatcher, "skip_to", _skip_to),
        patch.object(AndMaybeMatcher, "skip_to", _skip_both),
        patch.object(ArrayUnionMatcher, "skip_to", _skip_forward_only),
        patch.object(InverseMatcher, "_find_next", _find_next_live),
        patch.object(wq.MultiTerm, "matcher", _decide_over_all_segments),
        patch.object(SpanNot._Matcher, "_get_spans", _spans_while_b_is_active),
    ):
        yield
