"""Whoosh's own tools on our index: they work, and where one can compare, as on a stock index."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from whoosh import highlight, qparser, scoring, sorting
from whoosh import query as wq
from whoosh.index import Index
from whoosh.reading import IndexReader
from whoosh.writing import AsyncWriter, IndexingError, IndexWriter

from searchlib.errors import SearchlibError
from searchlib.index import index_writer
from searchlib.schema import Schema

from .archives import (
    SMALL_BLOCKS,
    SampleArchive,
    exact_lengths,
    keys_of,
    sample_archive,
    stock_index,
)
from .strategies import ALL_FIELDS, KEYWORDS, Batch, instant

Row = dict[str, Any]
SENTENCES = (
    "The bank of the university connects two wars.",
    "A connection was made in the café by O'Neill.",
    "Banks and universities agreed on 155,221 connected houses.",
    "中国人民 met the bank in 北京.",
    "War is near, said the man from the U.S. in the naïve café.",
    "Nothing of note happened, and the bankers went home.",
)


def article(number: int) -> Row:
    """A generated article; the same for the same number."""
    rng = random.Random(number)
    row: Row = {
        "id": f"a{number:02}",
        "title": " ".join(rng.choice(SENTENCES).split()[:4]),
        "body": " ".join(rng.choice(SENTENCES) for _ in range(rng.randint(1, 5))),
        "plain": rng.choice(SENTENCES[:2]),
        "date": f"2022-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        "words": rng.randint(0, 9) * 10,
        "places": rng.sample(KEYWORDS[2:], 2),
    }
    while not exact_lengths(ALL_FIELDS, [row]):  # so that a stock index gives the same scores
        row["body"] = row["body"].rsplit(maxsplit=1)[0]
    if number % 7:
        row["section"] = rng.choice(KEYWORDS)
    return row


@contextmanager
def sixty_articles() -> Iterator[SampleArchive]:
    """Articles a00 to a59 in a few segments, every fifth one deleted."""
    with sample_archive(ALL_FIELDS, [], SMALL_BLOCKS) as archive:
        for start in range(0, 60, 20):
            with archive.index().writer() as writer:
                for number in range(start, start + 20):
                    writer.add_document(**article(number))
                    archive.articles[f"a{number:02}"] = ALL_FIELDS.normalize(article(number))
        with index_writer.IndexWriter(archive.store) as writer:
            writer.delete([f"a{number:02}" for number in range(0, 60, 5)])
            writer.commit()
        archive.articles = {k: v for k, v in archive.articles.items() if int(k[1:]) % 5}
        yield archive


@pytest.fixture(scope="module")
def segments() -> Iterator[SampleArchive]:
    """The sixty articles, to be read."""
    with sixty_articles() as archive:
        yield archive


@pytest.fixture
def sample() -> Iterator[SampleArchive]:
    """The sixty articles, to be changed."""
    with sixty_articles() as archive:
        yield archive


@pytest.fixture(scope="module")
def optimized() -> Iterator[SampleArchive]:
    """The sixty articles in one segment, to be read."""
    with sixty_articles() as archive:
        archive.optimize()
        yield archive


@pytest.fixture(scope="module")
def stock(optimized: SampleArchive) -> Index:
    """A stock index of what ``optimized`` has."""
    with optimized.store.reader() as reader:
        rows = [optimized.articles[key] for key in keys_of(reader)]
    return stock_index(ALL_FIELDS, rows)


@pytest.fixture
def pair(optimized: SampleArchive, stock: Index) -> Iterator[tuple[Any, Any]]:
    """A searcher on our index, all in one segment, and one on a stock index of the same."""
    with optimized.index().searcher() as ours, stock.searcher() as theirs:
        yield ours, theirs


def ids(results: Any) -> list[str]:
    """The keys of the hits, those of one score (but for rounding) in a fixed order."""
    ranked = [(-round(hit.score or 0, 5), hit.docnum, hit["id"]) for hit in results]
    return [key for _, _, key in sorted(ranked)]


def in_order(results: Any) -> list[str]:
    return [hit["id"] for hit in results]


QUERIES = (
    wq.Term("body", "bank"),
    wq.Or([wq.Term("body", "connect"), wq.Term("title", "bank", boost=2.0)]),
    wq.And([wq.Term("body", "bank"), wq.Not(wq.Term("section", "world"))]),
    wq.Phrase("body", ["bank", "of", "the"]),
    wq.Phrase("body_exact", ["connected", "houses"]),
    wq.Prefix("body_exact", "conn"),
)


def test_types(sample: SampleArchive) -> None:
    index = sample.index()
    assert isinstance(index, Index)
    with index.reader() as reader:
        assert isinstance(reader, IndexReader)
        assert reader.generation() == index.latest_generation()
    assert index.up_to_date()
    assert not index.is_empty()
    assert index.refresh().doc_count() == 48
    index.optimize()
    with index.reader() as reader:
        assert reader.is_atomic()
        assert reader.doc_count_all() == 48


def test_empty_index() -> None:
    with sample_archive(ALL_FIELDS, []) as sample:
        assert sample.index().is_empty()
        with sample.index().searcher() as searcher:
            assert not searcher.search(wq.Every())
            assert not searcher.search(wq.Term("body", "bank"))
            assert searcher.suggest("body_exact", "bank") == []


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize("limit", [1, 5, 10, None])
def test_searcher_with_limit(pair: Any, query: Any, limit: int | None) -> None:
    ours, theirs = (searcher.search(query, limit=limit) for searcher in pair)
    scores = {hit["id"]: hit.score for hit in pair[1].search(query, limit=None)}
    assert len(set(ids(ours))) == ours.scored_length()
    assert [hit.score for hit in ours] == pytest.approx(
        [scores[hit["id"]] for hit in ours], rel=1e-5
    )
    assert len(ours) == len(theirs)
    assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], rel=1e-5)


@pytest.mark.parametrize("weighting", [scoring.TF_IDF(), scoring.Frequency(), scoring.BM25F(B=0.2)])
def test_other_weightings(pair: Any, optimized: SampleArchive, weighting: Any) -> None:
    query = QUERIES[1]
    with optimized.index().searcher(weighting=weighting) as searcher:
        pair[1].weighting = weighting
        ours, theirs = searcher.search(query, limit=None), pair[1].search(query, limit=None)
        assert ids(ours) == ids(theirs)
        assert [h.score for h in ours] == pytest.approx([h.score for h in theirs], rel=1e-5)


FRAGMENTERS = (
    highlight.ContextFragmenter(maxchars=60, surround=10),
    highlight.SentenceFragmenter(),
    highlight.WholeFragmenter(),
)


@pytest.mark.parametrize("query", QUERIES[:4], ids=str)
@pytest.mark.parametrize("fragmenter", FRAGMENTERS, ids=lambda f: type(f).__name__)
@pytest.mark.parametrize("terms", [False, True])
def test_highlights(pair: Any, query: Any, fragmenter: Any, terms: bool) -> None:
    texts = []
    for searcher in pair:
        results = searcher.search(query, limit=None, terms=terms)
        results.fragmenter = fragmenter
        results.formatter = highlight.UppercaseFormatter()
        # All fragments: Whoosh orders those of one score by where they lie in memory.
        texts.append([(hit["id"], hit.highlights("body", top=100)) for hit in results])
    assert sorted(texts[0]) == sorted(texts[1])
    assert any(text != text.lower() for _, text in texts[0])


def test_matched_terms(pair: Any) -> None:
    ours, theirs = (searcher.search(QUERIES[1], limit=None, terms=True) for searcher in pair)
    assert ours.matched_terms() == theirs.matched_terms() != set()
    assert [sorted(hit.matched_terms()) for hit in ours] == [
        sorted(hit.matched_terms()) for hit in theirs
    ]


def section(row: Row) -> str:
    return ALL_FIELDS.to_whoosh()["section"].parse_query("section", row["section"]).text  # type: ignore[no-any-return]


def test_grouped_by_column(segments: SampleArchive) -> None:
    with segments.index().searcher() as searcher:
        results = searcher.search(wq.Every(), limit=None, groupedby="section")
        labels = results.groups("section")
        wanted: dict[str, set[str]] = {}
        for key, row in segments.articles.items():
            wanted.setdefault(section(row) if "section" in row else "", set()).add(key)
        got: dict[str, set[str]] = {}
        for label, docs in labels.items():
            folded = section({"section": label}) if label else ""
            got.setdefault(folded, set()).update(searcher.stored_fields(doc)["id"] for doc in docs)
        assert got == wanted


def test_grouped_by_month_and_range(segments: SampleArchive) -> None:
    months = sorting.DateRangeFacet(
        "date", datetime(2022, 1, 1), datetime(2023, 1, 1), timedelta(days=73)
    )
    tens = sorting.RangeFacet("words", 0, 100, 30)
    with segments.index().searcher() as searcher:
        results = searcher.search(
            wq.Every(),
            limit=None,
            groupedby={"months": months, "tens": tens},
            maptype=sorting.Count,
        )
        assert sum(results.groups("months").values()) == len(segments.articles)
        got = results.groups("tens")
        for (low, high), count in got.items():
            assert count == sum(low <= row["words"] < high for row in segments.articles.values())
        assert sum(got.values()) == len(segments.articles)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", ["id", "date", "words"])
@pytest.mark.parametrize("limit", [5, None])
def test_sorted_by_column(
    segments: SampleArchive, name: str, reverse: bool, limit: int | None
) -> None:
    with segments.index().searcher() as searcher:
        facet = sorting.FieldFacet(name, reverse=reverse)
        results = searcher.search(wq.Every(), limit=limit, sortedby=facet)
        order = sorted(
            segments.articles, key=lambda key: _value(segments.articles[key], name), reverse=reverse
        )
        got = [_value(segments.articles[key], name) for key in in_order(results)]
        assert got == [_value(segments.articles[key], name) for key in order[:limit]]
        assert len(set(in_order(results))) == len(got)


def _value(row: Row, name: str) -> Any:
    return instant(row[name]) if name == "date" else row[name]


def test_sorted_by_many(segments: SampleArchive) -> None:
    facet = sorting.MultiFacet()
    facet.add_field("words", reverse=True)
    facet.add_field("date")
    facet.add_score()
    with segments.index().searcher() as searcher:
        results = searcher.search(wq.Every(), limit=None, sortedby=facet)
        got = [
            (-segments.articles[k]["words"], segments.articles[k]["date"])
            for k in in_order(results)
        ]
        assert got == sorted(got)
        assert len(got) == len(segments.articles)
        results = searcher.search(wq.Every(), limit=None, sortedby="words", reverse=True)
        got = [segments.articles[k]["words"] for k in in_order(results)]
        assert got == sorted(got, reverse=True)


def test_filter_mask_collapse_pages(pair: Any) -> None:
    results = []
    for searcher in pair:
        query = QUERIES[1]
        allow, mask = wq.NumericRange("words", 20, 80), wq.Term("body", "war")
        pages = [len(list(searcher.search_page(query, page, pagelen=4))) for page in (1, 2, 3)]
        results.append((ids(searcher.search(query, filter=allow, mask=mask, limit=None)), pages))
    assert results[0] == results[1]
    assert results[0][0]
    results = pair[0].search(QUERIES[1], limit=None, collapse="date", collapse_limit=1)
    dates = [hit["date"] for hit in results]
    assert len(dates) == len(set(dates))


def test_documents_by_field(segments: SampleArchive) -> None:
    with segments.index().searcher() as searcher:
        assert searcher.document(id="a01")["title"] == segments.articles["a01"]["title"]
        assert searcher.document(id="a05") is None
        wanted = [
            k
            for k, row in segments.articles.items()
            if "section" in row and section(row) == "world"
        ]
        assert sorted(d["id"] for d in searcher.documents(section="world")) == sorted(wanted)
        number = searcher.document_number(id="a01")
        assert searcher.stored_fields(number)["id"] == "a01"
        assert len(list(searcher.documents())) == len(segments.articles)


def test_spelling(pair: Any, optimized: SampleArchive) -> None:
    for word in ("bnak", "univrsity", "conection", "zzzz"):
        ours, theirs = (s.suggest("body_exact", word, limit=9, maxdist=2) for s in pair)
        # Ours are within a Damerau-Levenshtein distance, as Whoosh says; its own segments
        # count two letters that changed places as two changes.
        assert set(theirs) <= set(ours)
    assert pair[0].suggest("body_exact", "bnak", maxdist=2)[0] == "bank"
    with optimized.index().searcher() as searcher:
        assert searcher.corrector("body_exact").suggest("univrsity")[0] == "university"
        parser = qparser.QueryParser("body_exact", optimized.index().schema)
        query = parser.parse("bnak univrsity")
        fixed = searcher.correct_query(query, "bnak univrsity", maxdist=2)
        assert fixed.string == "bank university"


def test_more_like_and_key_terms(pair: Any) -> None:
    ours, theirs = pair
    for number in range(0, 20, 5):
        a, b = (dict(s.key_terms([number], "body", numterms=6)) for s in pair)
        assert a == pytest.approx(b, rel=1e-5)
    for searcher in pair:
        assert searcher.key_terms_from_text("body", SENTENCES[0], numterms=3)
    a, b = (s.search(wq.Term("id", "a01")) for s in pair)
    assert ids(a[0].more_like_this("body")) == ids(b[0].more_like_this("body")) != []
    assert ids(ours.more_like(0, "body", top=5)) == ids(theirs.more_like(0, "body", top=5))


@pytest.mark.parametrize(
    "text",
    [
        "bank",
        "title:bank AND (war OR connect*)",
        '"bank of the"',
        '"bank the"~3 -section:world',
        "universit? NOT houses",
        "date:[20220301 TO 20220630]",
        "words:[20 TO 50} bank^2",
        "section:'politics & law' OR section:Sports",
        "[b TO c]",
        "*",
    ],
)
def test_whoosh_query_parser(pair: Any, optimized: SampleArchive, text: str) -> None:
    query = qparser.QueryParser("body", optimized.index().schema).parse(text)
    ours, theirs = (searcher.search(query, limit=None) for searcher in pair)
    assert ids(ours) == ids(theirs) != []
    with optimized.store.reader() as reader:
        keys = keys_of(reader)
        results = optimized.searcher(reader).search(query, 1000)
        assert [keys[doc] for _, doc, _ in results.best] == ids(ours)


def test_multifield_parser(pair: Any, optimized: SampleArchive) -> None:
    parser = qparser.MultifieldParser(["title", "body"], optimized.index().schema)
    query = parser.parse("bank cafe")
    ours, theirs = (searcher.search(query, limit=None) for searcher in pair)
    assert ids(ours) == ids(theirs) != []


def test_writer_adds_updates_and_deletes(sample: SampleArchive) -> None:
    writer = sample.index().writer()
    assert isinstance(writer, IndexWriter)
    writer.add_document(id="new", title="Rain", body="It rained.", date=datetime(2020, 1, 2))
    writer.update_document(id="a01", title="Changed")
    assert writer.delete_by_term("id", "a02") == 1
    assert writer.delete_by_query(wq.Term("id", "a03")) == 1
    assert writer.delete_by_term("id", "a03") == 0
    writer.commit()
    index = sample.index()
    assert index.doc_count() == 48 + 1 - 2
    with index.searcher() as searcher:
        assert searcher.document(id="new")["date"] == datetime(2020, 1, 2)
        assert searcher.document(id="a01") == {"id": "a01", "title": "Changed"}
        assert searcher.document(id="a02") is None
        assert ids(searcher.search(wq.Term("body", "rain"))) == ["new"]
        assert ids(searcher.search(wq.Term("title", "chang"))) == ["a01"]


def test_writer_deletes_by_query(sample: SampleArchive) -> None:
    words = {k: set(row["body"].lower().split()) for k, row in sample.articles.items()}
    deleted = {k for k in words if {"bank", "banks"} & words[k]}
    with sample.index().writer() as writer:
        assert writer.delete_by_query(wq.Term("body", "bank")) == len(deleted)
    with sample.index().searcher() as searcher:
        assert sorted(d["id"] for d in searcher.documents()) == sorted(
            set(sample.articles) - deleted
        )


def test_writer_cancel(sample: SampleArchive) -> None:
    before = sample.index().latest_generation()
    writer = sample.index().writer()
    writer.add_document(id="new")
    writer.delete_by_term("id", "a01")
    writer.cancel()
    with pytest.raises(IndexingError):
        writer.add_document(id="late")
    again = sample.index().writer()
    again.__enter__()
    again.add_document(id="new")
    again.__exit__(ZeroDivisionError, ZeroDivisionError(), None)  # Whoosh cancels then
    assert sample.index().latest_generation() == before
    with sample.index().searcher() as searcher:
        assert searcher.document(id="new") is None
        assert searcher.document(id="a01") is not None


def test_writer_refuses(sample: SampleArchive) -> None:
    with sample.index().writer() as writer:
        with pytest.raises(SearchlibError):
            writer.add_document(title="no key")
        with pytest.raises(IndexingError):
            writer.add_field("more", ALL_FIELDS.to_whoosh()["title"])
        with pytest.raises(IndexingError):
            writer.remove_field("title")
        with pytest.raises(IndexingError):
            writer.delete_document(1 << 20)
        writer.add_document(id="good")
    assert sample.index().doc_count() == 49


def test_writer_group_and_async(sample: SampleArchive) -> None:
    with sample.index().writer() as writer, writer.group():
        writer.add_document(id="g1")
        writer.add_document(id="g2")
    writer = AsyncWriter(sample.index())
    writer.add_document(id="async")
    writer.commit()
    with sample.index().searcher() as searcher:
        assert all(searcher.document(id=key) for key in ("g1", "g2", "async"))


def test_searcher_keeps_its_commit(sample: SampleArchive) -> None:
    with sample.index().searcher() as searcher:
        before = searcher.doc_count()
        with sample.index().writer() as writer:
            writer.add_document(id="later")
            writer.delete_by_term("id", "a01")
        assert searcher.doc_count() == before
        assert searcher.document(id="a01") is not None
        assert searcher.document(id="later") is None
        assert not searcher.up_to_date()
        fresh = searcher.refresh()
        assert fresh.document(id="later") is not None
        fresh.close()


def test_schema_json(segments: SampleArchive) -> None:
    names = set(segments.index().schema.names())
    assert {"body", "body_exact", "plain"} <= names
    assert "plain_exact" not in names
    assert Schema.from_json(ALL_FIELDS.to_json()) == ALL_FIELDS


def test_batches_leave_segments(sample: SampleArchive) -> None:
    sample.apply([Batch((("k1", 5),))])
    with sample.store.reader() as reader:
        assert len(reader.segments) > 1
