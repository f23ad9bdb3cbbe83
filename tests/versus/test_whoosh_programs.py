"""Random programs of Whoosh's: on our index they give what they give on a stock one in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import analysis, fields, sorting
from whoosh import query as wq
from whoosh.filedb import filestore

from searchlib.whoosh_backend import RamStorage
from searchlib.whoosh_backend.searcher import ArchiveSearcher

from .profiles import DEEP, QUICK

WORDS = ("the", "rain", "Rain", "sun", "snow", "of", "raining", "suns", "x")
TAGS = ("a", "b", "B c", "d", "")
START = datetime(2022, 8, 31)
LENGTHS = (0, 1, 2, 3, 5, 8, 10)  # Whoosh rounds none up to 10, nor twice of any

texts = st.sampled_from(LENGTHS).flatmap(
    lambda size: st.lists(st.sampled_from(WORDS), min_size=size, max_size=size).map(" ".join)
)
numbers = st.integers(-(2**31) + 1, 2**31 - 2) | st.integers(-3, 3)
ANALYZERS = (
    analysis.StandardAnalyzer(), analysis.SimpleAnalyzer(), analysis.StemmingAnalyzer(),
    analysis.RegexTokenizer() | analysis.StopFilter(renumber=False, minsize=1),
    analysis.SpaceSeparatedTokenizer() | analysis.TeeFilter(
        analysis.PassFilter(), analysis.LowercaseFilter()
    ),
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder for what Whoosh keeps of its indexes in memory, which else is one for all processes
    and deleted by each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("whoosh")))
        yield


@dataclass
class Program:
    """What a program does: its schema, its commits and its searches."""

    schema: fields.Schema
    commits: list[list[tuple[str, Any]]]
    searches: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)

    def run(self, index: Any) -> list[Any]:
        """All that it finds in an index, which it fills first."""
        added = 0
        for commit in self.commits:
            with index.writer() as writer:
                writer.merge = False  # where documents stand after merging differs
                for method, value in commit:
                    if method == "delete":
                        writer.delete_by_query(value)
                    else:
                        getattr(writer, method)(number=added, **value)
                        added += 1
        with index.searcher() as searcher:
            return [self._found(searcher, q, options) for q, options in self.searches]

    @staticmethod
    def _found(searcher: Any, q: Any, options: dict[str, Any]) -> Any:
        narrowing = [options[name] for name in ("filter", "mask") if name in options]
        if "collapse" in options and not all(map(list, map(searcher.docs_for_query, narrowing))):
            return None  # if it matches nothing, Whoosh 2.7.4 does not collapse; its `docs` raises
        try:
            results = searcher.search(q, optimize=False, **options)
            grouped = {name: results.groups(name) for name in results.facet_names()}
        except ValueError:  # Whoosh cannot sort by a column that a segment lacks
            return None
        except OverflowError:  # nor has it a date for articles without one, which are a group
            return None
        # To the `docs` of Whoosh 2.7.4 a filter that nothing matches is none, and so is a mask that
        # leaves nothing.
        is_asked = isinstance(searcher, ArchiveSearcher) or len(results) or not narrowing
        found = results.docs() if is_asked else ()
        number_of = {n: searcher.stored_fields(n)["number"] for n in found}
        is_scored = "sortedby" not in options
        hits = [(hit.fields(), round(hit.score, 9) if is_scored else 0) for hit in results]
        groups = {name: _numbered(group, number_of, options.get("maptype"))
                  for name, group in grouped.items()}  # fmt: skip
        docs = sorted(number_of.values())
        counts = dict(getattr(results, "collapsed_counts", {}))
        return hits, len(results), groups, docs, getattr(results, "filtered_count", 0), counts


def _numbered(groups: dict[Any, Any], number_of: dict[int, int], maptype: Any) -> dict[Any, Any]:
    """Groups with the numbers of documents as they were added: a segment whose documents are all
    deleted is not there in an archive."""
    if maptype is sorting.Count:
        return groups
    if maptype is sorting.Best:
        return {name: number_of[doc] for name, doc in groups.items()}
    return {name: [number_of[doc] for doc in docs] for name, docs in groups.items()}


@st.composite
def schemas(draw: Any) -> fields.Schema:
    """A schema with every kind of field, each with some of its options."""
    is_sortable = st.booleans()
    return fields.Schema(
        id=fields.ID(stored=True, unique=True, sortable=draw(is_sortable)),
        body=fields.TEXT(
            analyzer=draw(st.sampled_from(ANALYZERS)), stored=draw(st.booleans()),
            chars=draw(st.booleans()), field_boost=draw(st.sampled_from([1.0, 2.0])),
        ),
        plain=fields.TEXT(phrase=False, sortable=draw(is_sortable)),
        tags=fields.KEYWORD(
            commas=True, scorable=draw(st.booleans()), stored=True, lowercase=draw(st.booleans())
        ),
        size=fields.NUMERIC(sortable=draw(is_sortable), stored=True),
        date=fields.DATETIME(sortable=draw(is_sortable), stored=True),
        is_new=fields.BOOLEAN(stored=True),
        parts=fields.NGRAMWORDS(2, 3, queryor=draw(st.booleans())),
        number=fields.STORED,
    )  # fmt: skip


@st.composite
def documents(draw: Any) -> dict[str, Any]:
    values = {
        "id": st.sampled_from("abcdefgh"), "body": texts, "plain": texts,
        "parts": st.sampled_from(["", "x", "Rain", "suns"]),
        "tags": st.lists(st.sampled_from(TAGS), max_size=3).map(",".join),
        "size": numbers, "date": st.integers(0, 50).map(lambda h: START + timedelta(hours=h)),
        "is_new": st.booleans(),
    }  # fmt: skip
    names = draw(st.sets(st.sampled_from(sorted(values)), min_size=2)) | {"id"}
    document = {name: draw(values[name]) for name in sorted(names)}
    if draw(st.integers(0, 9)) == 0 and "body" in document:
        document["_body_boost"] = 2.0
    return document


def queries(depth: int = 2) -> st.SearchStrategy[Any]:
    words = st.sampled_from([word.lower() for word in WORDS] + ["rai", "su"])
    names = st.sampled_from(["body", "plain", "tags", "id", "parts"])
    hours = st.integers(-1, 51).map(lambda h: START + timedelta(hours=h))
    leaves = st.one_of(
        st.builds(wq.Term, names, words | st.sampled_from("abcd"),
                  boost=st.sampled_from([1.0, 0.5])),
        st.builds(wq.Term, st.just("size"), st.integers(-3, 3)),
        st.builds(wq.Term, st.just("is_new"), st.booleans()),
        st.builds(wq.NumericRange, st.just("size"), st.none() | st.integers(-3, 3),
                  st.none() | st.integers(-3, 9), st.booleans(), st.booleans()),
        st.builds(wq.DateRange, st.just("date"), hours, hours),
        st.builds(wq.Phrase, st.just("body"), st.lists(words, min_size=2, max_size=3),
                  slop=st.integers(1, 3)),
        st.builds(wq.Prefix, st.sampled_from(["body", "plain"]), st.sampled_from(["r", "s", "x"])),
        st.builds(wq.Every, st.none() | names),
    )  # fmt: skip
    if not depth:
        return leaves
    inner = queries(depth - 1)
    several = st.lists(inner, min_size=1, max_size=3)
    return leaves | st.one_of(
        several.map(wq.And), several.map(wq.Or),
        st.builds(wq.AndNot, inner, inner), st.builds(wq.AndMaybe, inner, inner),
    )  # fmt: skip


SORTS = st.sampled_from(["id", "size", "date", "plain"]).flatmap(
    lambda name: st.sampled_from([name, sorting.FieldFacet(name, reverse=True)])
)
OPTIONS = st.fixed_dictionaries(
    {"limit": st.sampled_from([None, 1, 3, 100])},
    optional={
        "sortedby": SORTS | st.lists(SORTS, min_size=1, max_size=2),
        "reverse": st.booleans(),
        "groupedby": st.sampled_from(
            ["id", "size", "date", "is_new", ["id", "size"]]
            + [sorting.FieldFacet(name, allow_overlap=True) for name in ("tags", "id", "plain")]
        ),
        "maptype": st.sampled_from([sorting.Count, sorting.UnorderedList, sorting.Best]),
        "filter": queries(1), "mask": queries(0), "collapse": st.sampled_from(["id", "size"]),
    },
)  # fmt: skip


@st.composite
def programs(draw: Any) -> Program:
    changes = st.one_of(
        documents().map(lambda document: ("add_document", document)),
        documents().map(lambda document: ("update_document", document)),
        queries(0).map(lambda q: ("delete", q)),
    )
    commits = st.lists(st.lists(changes, max_size=6), min_size=1, max_size=3)
    searches = st.lists(st.tuples(queries(), OPTIONS), min_size=1, max_size=5)
    return Program(draw(schemas()), draw(commits), draw(searches))


def check(program: Program) -> None:
    index, stock_index = (
        storage.create_index(program.schema) for storage in (RamStorage(), filestore.RamStorage())
    )
    ours, stock = program.run(index), program.run(stock_index)
    if index.doc_count_all() != stock_index.doc_count_all():
        # A segment whose documents are all deleted is gone, and its words have no part in scores.
        ours, stock = ([found and found[1:] for found in run] for run in (ours, stock))
    assert [found for found, theirs in zip(ours, stock, strict=True) if theirs is not None] == [
        theirs for theirs in stock if theirs is not None
    ]


@given(programs())
@QUICK
def test_programs(program: Program) -> None:
    check(program)


def test_a_filter_that_nothing_matches() -> None:
    schema = fields.Schema(id=fields.ID(stored=True), body=fields.TEXT, number=fields.STORED)
    rows = [("add_document", {"id": "a", "body": "rain"})] * 2
    options = {"limit": 1, "filter": wq.Term("body", "the")}
    masked = {"limit": 1, "mask": wq.Term("body", "the")}
    searches = [
        (wq.Term("id", "a"), one | more)
        for one in (options, masked) for more in ({}, {"collapse": "id"})
    ]  # fmt: skip
    check(Program(schema, [rows], searches))


@pytest.mark.slow
@given(programs())
@settings(DEEP, max_examples=200)
def test_many_programs(program: Program) -> None:
    check(program)
