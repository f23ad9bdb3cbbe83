"""Our Whoosh reader against a plain inverted index, and against the reader of a stock index."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from whoosh.reading import TermNotFound

from searchlib.analysis import rules, tokenize
from searchlib.schema import Date, Number, Schema, Text

from .archives import (
    SMALL_BLOCKS,
    SampleArchive,
    exact_lengths,
    keys_of,
    sample_archive,
    stock_index,
    whoosh_values,
)
from .profiles import DEEP, QUICK
from .strategies import histories, schemas

Postings = dict[bytes, dict[int, list[int]]]

RULES = rules()


def inverted(schema: Schema, name: str, rows: list[tuple[int, dict[str, Any]]]) -> Postings:
    """Term -> document -> positions, of a Whoosh field of a text, token by token."""
    base: Any = schema.fields[schema.base(name)]
    postings: Postings = defaultdict(lambda: defaultdict(list))
    for doc, row in rows:
        for position, token in enumerate(tokenize(row.get(schema.base(name), ""))):
            word = RULES.word(token, base.language)
            is_exact = name != schema.base(name)
            term = RULES.surface(word) if is_exact else RULES.terms([word], base.language)[0]
            postings[term.encode()][doc].append(position)
    return postings


def text_fields(schema: Schema) -> list[str]:
    names = schema.names(Text)
    return sorted({*names, *map(schema.exact, names)})


def postings_of(matcher: Any) -> Iterator[tuple[int, float, int, list[int]]]:
    """Document, weight, frequency and positions of all that a matcher finds."""
    while matcher.is_active():
        yield (
            matcher.id(),
            matcher.weight(),
            matcher.value_as("frequency"),
            matcher.value_as("positions"),
        )
        matcher.next()


def check_postings(sample: SampleArchive) -> None:
    """Each segment's terms, postings, positions and lengths are those of its documents."""
    with sample.store.reader() as reader:
        keys = keys_of(reader)
        for leaf, start in zip(reader.segments, reader.doc_bases, strict=True):
            live = [d for d in range(leaf.documents) if leaf.live_docs is None or leaf.live_docs[d]]
            stored = [json.loads(leaf.core.doc_store[doc]) for doc in live]
            assert stored == [sample.articles[keys[start + doc]] for doc in live]
            for name in text_fields(sample.schema):
                doc_store = leaf.core.doc_store
                rows = [(doc, json.loads(doc_store[doc])) for doc in range(leaf.documents)]
                lists = inverted(sample.schema, name, rows)
                field = leaf.core.text(sample.schema.base(name))
                assert field is not None
                assert field.lengths.tolist() == [
                    len(tokenize(row.get(sample.schema.base(name), ""))) for _, row in rows
                ]
                exact = name != sample.schema.base(name)
                terms = field.surface_forms if exact else field.terms
                # A surface form is there once for each term that it stands under.
                ranked = list(dict.fromkeys(terms.term_at_rank(rank) for rank in range(len(terms))))
                assert ranked == sorted(lists)
                for number, term in enumerate(ranked):
                    by_doc = lists[term]
                    posting_list = (
                        field.find_exact(term) if exact else field.posting_list(number, -1)
                    )
                    assert posting_list is not None
                    assert posting_list.docs.tolist() == sorted(by_doc)
                    assert posting_list.count == len(by_doc)
                    assert posting_list.freqs.tolist() == [len(by_doc[d]) for d in sorted(by_doc)]
                    assert posting_list.occurrences == sum(map(len, by_doc.values()))
                    assert posting_list.positions.tolist() == [
                        p for d in sorted(by_doc) for p in by_doc[d]
                    ]
                    plane = posting_list.freqs_by_doc(leaf.documents).tolist()
                    assert plane == [len(by_doc.get(d, ())) for d in range(leaf.documents)]


def check_reader(sample: SampleArchive) -> None:
    """The Whoosh reader over several segments, some documents deleted, agrees with the articles."""
    with sample.store.reader() as reader, sample.index().reader() as whoosh_reader:
        keys = keys_of(reader)
        live = [doc for doc in range(len(keys)) if not whoosh_reader.is_deleted(doc)]
        assert (
            whoosh_reader.doc_count()
            == len(sample.articles)
            == len(live)
            == sample.index().doc_count()
        )
        assert whoosh_reader.doc_count_all() == len(keys) == sample.index().doc_count_all()
        assert whoosh_reader.has_deletions() == (len(live) < len(keys))
        assert list(whoosh_reader.all_doc_ids()) == live
        assert sorted(keys[doc] for doc in live) == sorted(sample.articles)
        for doc in live:
            row = sample.articles[keys[doc]]
            dates = whoosh_values(
                sample.schema, {n: row[n] for n in row if n in sample.schema.names(Date)}
            )
            assert whoosh_reader.stored_fields(doc) == row | dates
        rows = [(doc, sample.articles[keys[doc]]) for doc in live]
        for name in text_fields(sample.schema):
            weight = whoosh_reader.schema[name].format.field_boost
            for term, by_doc in inverted(sample.schema, name, rows).items():
                assert (name, term) in whoosh_reader
                assert whoosh_reader.doc_frequency(name, term) >= len(by_doc)  # deleted ones count
                got: list[Any] = list(postings_of(whoosh_reader.postings(name, term)))
                assert got == [
                    (doc, pytest.approx(len(at) * weight), len(at), at)
                    for doc, at in sorted(by_doc.items())
                ]
        with pytest.raises(TermNotFound):
            whoosh_reader.term_info(text_fields(sample.schema)[0], "nowhere")
        assert whoosh_reader.doc_frequency(text_fields(sample.schema)[0], "nowhere") == 0


def check_against_stock(sample: SampleArchive) -> None:
    """On one segment without deletes, a stock reader gives the same, call by call."""
    sample.optimize()
    with sample.store.reader() as reader:
        rows = [sample.articles[key] for key in keys_of(reader)]
    stock = stock_index(sample.schema, rows)
    exact = exact_lengths(sample.schema, rows)
    with sample.index().reader() as ours, stock.reader() as theirs:
        # Stock Whoosh counts a field as indexed once a document has it.
        names = [name for name in theirs.indexed_field_names() if any(theirs.lexicon(name))]
        assert [n for n in sorted(ours.indexed_field_names()) if any(ours.lexicon(n))] == sorted(
            names
        )
        assert list(ours.all_doc_ids()) == list(theirs.all_doc_ids())
        for name in names:
            terms = list(theirs.lexicon(name))
            assert list(ours.lexicon(name)) == terms
            middle = terms[len(terms) // 2]
            for start in (b"", middle, middle[:-1], middle + b"\x00"):
                wanted = [t for n, t in theirs.terms_from(name, start) if n == name]
                assert [t for n, t in ours.terms_from(name, start) if n == name] == wanted
                wanted = list(theirs.expand_prefix(name, start))
                assert list(ours.expand_prefix(name, start)) == wanted
            field = sample.schema.fields[sample.schema.base(name)]
            for term in terms:
                check_term(ours, theirs, name, term, exact=exact)
            if isinstance(field, Text):
                assert ours.field_length(name) == theirs.field_length(name)
                if exact:  # the shortest is 0 in a stock index if a document lacks the field
                    assert ours.max_field_length(name) == theirs.max_field_length(name)
                    lengths = [theirs.doc_field_length(d, name) or 0 for d in range(len(rows))]
                    assert [ours.doc_field_length(d, name) for d in range(len(rows))] == lengths
            if theirs.has_column(name) and not isinstance(field, (Date, Number, Text)):
                column = theirs.column_reader(name)
                assert list(ours.column_reader(name)) == [column[d] for d in range(len(rows))]
        assert Counter(ours.all_terms()) == Counter(theirs.all_terms())


def check_term(ours: Any, theirs: Any, name: str, term: bytes, *, exact: bool) -> None:
    """The two readers agree on one term."""
    assert ours.doc_frequency(name, term) == theirs.doc_frequency(name, term)
    assert ours.frequency(name, term) == pytest.approx(theirs.frequency(name, term), rel=1e-6)
    mine, stock = ours.term_info(name, term), theirs.term_info(name, term)
    for method in ("weight", "doc_frequency", "max_weight", "min_id", "max_id"):
        assert getattr(mine, method)() == pytest.approx(getattr(stock, method)(), rel=1e-6), (
            term,
            method,
        )
    if exact and theirs.schema[name].scorable:
        assert (mine.min_length(), mine.max_length()) == (stock.min_length(), stock.max_length())
    a, b = ours.postings(name, term), theirs.postings(name, term)
    assert list(a.all_ids()) == list(b.all_ids())


@QUICK
@given(schemas(), histories(batches=8))
def test_reader_on_short_histories(schema: Schema, history: Any) -> None:
    with sample_archive(schema, history, SMALL_BLOCKS) as sample:
        check_postings(sample)
        check_reader(sample)
        check_against_stock(sample)
        check_postings(sample)


@pytest.mark.slow
@DEEP
@given(schemas(), histories(batches=12))
def test_reader_on_long_histories(schema: Schema, history: Any) -> None:
    with sample_archive(schema, history) as sample:
        check_postings(sample)
        check_reader(sample)
        check_against_stock(sample)
        check_postings(sample)
