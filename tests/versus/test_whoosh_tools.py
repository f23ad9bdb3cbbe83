"""Whoosh's own tools on our index: they work, and where one can compare, as on a stock index."""

from __future__ import annotations

import random
from collections.abc import Iterator
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

from .strategies import FULL, KEYWORDS, Batch, instant
from .worlds import SMALL, World, exact_lengths, keys_of, stock_index, world

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
    """A made-up article; the same for the same number."""
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
    while not exact_lengths(FULL, [row]):  # so that a stock index gives the same scores
        row["body"] = row["body"].rsplit(maxsplit=1)[0]
    if number % 7:
        row["section"] = rng.choice(KEYWORDS)
    return row


@pytest.fixture
def made() -> Iterator[World]:
    """Articles a00 to a59 in a few segments, every fifth one deleted."""
    with world(FULL, [], SMALL) as place:
        for start in range(0, 60, 20):
            with place.index().writer() as writer:
                for number in range(start, start + 20):
                    writer.add_document(**article(number))
                    place.articles[f"a{number:02}"] = FULL.clean(article(number))
        with index_writer.IndexWriter(place.store) as writer:
            writer.delete([f"a{number:02}" for number in range(0, 60, 5)])
            writer.commit()
        place.articles = {k: v for k, v in place.articles.items() if int(k[1:]) % 5}
        yield place


@pytest.fixture
def pair(made: World) -> Iterator[tuple[Any, Any]]:
    """A searcher on our index, all in one segment, and one on a stock index of the same."""
    made.optimize()
    with made.store.reader() as snapshot:
        rows = [made.articles[key] for key in keys_of(snapshot)]
    with made.index().searcher() as ours, stock_index(FULL, rows).searcher() as theirs:
        yield ours, theirs


def ids(found: Any) -> list[str]:
    """The keys of what was found, those of one score (but for rounding) in a fixed order."""
    ranked = [(-round(hit.score or 0, 5), hit.docnum, hit["id"]) for hit in found]
    return [key for _, _, key in sorted(ranked)]


def in_order(found: Any) -> list[str]:
    return [hit["id"] for hit in found]


QUERIES = (
    wq.Term("body", "bank"),
    wq.Or([wq.Term("body", "connect"), wq.Term("title", "bank", boost=2.0)]),
    wq.And([wq.Term("body", "bank"), wq.Not(wq.Term("section", "world"))]),
    wq.Phrase("body", ["bank", "of", "the"]),
    wq.Phrase("body_exact", ["connected", "houses"]),
    wq.Prefix("body_exact", "conn"),
)


def test_types(made: World) -> None:
    index = made.index()
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
    with world(FULL, []) as made:
        assert made.index().is_empty()
        with made.index().searcher() as searcher:
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
def test_other_weightings(pair: Any, made: World, weighting: Any) -> None:
    query = QUERIES[1]
    with made.index().searcher(weighting=weighting) as searcher:
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
        found = searcher.search(query, limit=None, terms=terms)
        found.fragmenter = fragmenter
        found.formatter = highlight.UppercaseFormatter()
        # All fragments: Whoosh orders those of one score by where they lie in memory.
        texts.append([(hit["id"], hit.highlights("body", top=100)) for hit in found])
    assert sorted(texts[0]) == sorted(texts[1])
    assert any(text != text.lower() for _, text in texts[0])


def test_matched_terms(pair: Any) -> None:
    ours, theirs = (searcher.search(QUERIES[1], limit=None, terms=True) for searcher in pair)
    assert ours.matched_terms() == theirs.matched_terms() != set()
    assert [sorted(hit.matched_terms()) for hit in ours] == [
        sorted(hit.matched_terms()) for hit in theirs
    ]


def section(row: Row) -> str:
    return FULL.to_whoosh()["section"].parse_query("section", row["section"]).text  # type: ignore[no-any-return]


def test_grouped_by_column(made: World) -> None:
    with made.index().searcher() as searcher:
        found = searcher.search(wq.Every(), limit=None, groupedby="section")
        labels = found.groups("section")
        wanted: dict[str, set[str]] = {}
        for key, row in made.articles.items():
            wanted.setdefault(section(row) if "section" in row else "", set()).add(key)
        got: dict[str, set[str]] = {}
        for label, docs in labels.items():
            folded = section({"section": label}) if label else ""
            got.setdefault(folded, set()).update(searcher.stored_fields(doc)["id"] for doc in docs)
        assert got == wanted


def test_grouped_by_month_and_range(made: World) -> None:
    months = sorting.DateRangeFacet(
        "date", datetime(2022, 1, 1), datetime(2023, 1, 1), timedelta(days=73)
    )
    tens = sorting.RangeFacet("words", 0, 100, 30)
    with made.index().searcher() as searcher:
        found = searcher.search(
            wq.Every(),
            limit=None,
            groupedby={"months": months, "tens": tens},
            maptype=sorting.Count,
        )
        assert sum(found.groups("months").values()) == len(made.articles)
        got = found.groups("tens")
        for (low, high), count in got.items():
            assert count == sum(low <= row["words"] < high for row in made.articles.values())
        assert sum(got.values()) == len(made.articles)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", ["id", "date", "words"])
@pytest.mark.parametrize("limit", [5, None])
def test_sorted_by_column(made: World, name: str, reverse: bool, limit: int | None) -> None:
    with made.index().searcher() as searcher:
        facet = sorting.FieldFacet(name, reverse=reverse)
        found = searcher.search(wq.Every(), limit=limit, sortedby=facet)
        order = sorted(
            made.articles, key=lambda key: _value(made.articles[key], name), reverse=reverse
        )
        got = [_value(made.articles[key], name) for key in in_order(found)]
        assert got == [_value(made.articles[key], name) for key in order[:limit]]
        assert len(set(in_order(found))) == len(got)


def _value(row: Row, name: str) -> Any:
    return instant(row[name]) if name == "date" else row[name]


def test_sorted_by_many(made: World) -> None:
    facet = sorting.MultiFacet()
    facet.add_field("words", reverse=True)
    facet.add_field("date")
    facet.add_score()
    with made.index().searcher() as searcher:
        found = searcher.search(wq.Every(), limit=None, sortedby=facet)
        got = [(-made.articles[k]["words"], made.articles[k]["date"]) for k in in_order(found)]
        assert got == sorted(got)
        assert len(got) == len(made.articles)
        found = searcher.search(wq.Every(), limit=None, sortedby="words", reverse=True)
        got = [made.articles[k]["words"] for k in in_order(found)]
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
    found = pair[0].search(QUERIES[1], limit=None, collapse="date", collapse_limit=1)
    dates = [hit["date"] for hit in found]
    assert len(dates) == len(set(dates))


def test_documents_by_field(made: World) -> None:
    with made.index().searcher() as searcher:
        assert searcher.document(id="a01")["title"] == made.articles["a01"]["title"]
        assert searcher.document(id="a05") is None
        held = [
            k for k, row in made.articles.items() if "section" in row and section(row) == "world"
        ]
        assert sorted(d["id"] for d in searcher.documents(section="world")) == sorted(held)
        number = searcher.document_number(id="a01")
        assert searcher.stored_fields(number)["id"] == "a01"
        assert len(list(searcher.documents())) == len(made.articles)


def test_spelling(pair: Any, made: World) -> None:
    for word in ("bnak", "univrsity", "conection", "zzzz"):
        ours, theirs = (s.suggest("body_exact", word, limit=9, maxdist=2) for s in pair)
        # Ours are within a Damerau-Levenshtein distance, as Whoosh says; its own segments
        # count two letters that changed places as two changes.
        assert set(theirs) <= set(ours)
    assert pair[0].suggest("body_exact", "bnak", maxdist=2)[0] == "bank"
    with made.index().searcher() as searcher:
        assert searcher.corrector("body_exact").suggest("univrsity")[0] == "university"
        parser = qparser.QueryParser("body_exact", made.index().schema)
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
def test_whoosh_query_parser(pair: Any, made: World, text: str) -> None:
    query = qparser.QueryParser("body", made.index().schema).parse(text)
    ours, theirs = (searcher.search(query, limit=None) for searcher in pair)
    assert ids(ours) == ids(theirs) != []
    with made.store.reader() as snapshot:
        keys = keys_of(snapshot)
        found = made.engine(snapshot).run(query, 1000)
        assert [keys[doc] for _, doc, _ in found.best] == ids(ours)


def test_multifield_parser(pair: Any, made: World) -> None:
    parser = qparser.MultifieldParser(["title", "body"], made.index().schema)
    query = parser.parse("bank cafe")
    ours, theirs = (searcher.search(query, limit=None) for searcher in pair)
    assert ids(ours) == ids(theirs) != []


def test_writer_adds_updates_and_deletes(made: World) -> None:
    writer = made.index().writer()
    assert isinstance(writer, IndexWriter)
    writer.add_document(id="new", title="Rain", body="It rained.", date=datetime(2020, 1, 2))
    writer.update_document(id="a01", title="Changed")
    assert writer.delete_by_term("id", "a02") == 1
    assert writer.delete_by_query(wq.Term("id", "a03")) == 1
    assert writer.delete_by_term("id", "a03") == 0
    writer.commit()
    index = made.index()
    assert index.doc_count() == 48 + 1 - 2
    with index.searcher() as searcher:
        assert searcher.document(id="new")["date"] == datetime(2020, 1, 2)
        assert searcher.document(id="a01") == {"id": "a01", "title": "Changed"}
        assert searcher.document(id="a02") is None
        assert ids(searcher.search(wq.Term("body", "rain"))) == ["new"]
        assert ids(searcher.search(wq.Term("title", "chang"))) == ["a01"]


def test_writer_deletes_by_query(made: World) -> None:
    words = {k: set(row["body"].lower().split()) for k, row in made.articles.items()}
    held = {k for k in words if {"bank", "banks"} & words[k]}
    with made.index().writer() as writer:
        assert writer.delete_by_query(wq.Term("body", "bank")) == len(held)
    with made.index().searcher() as searcher:
        assert sorted(d["id"] for d in searcher.documents()) == sorted(set(made.articles) - held)


def test_writer_cancel(made: World) -> None:
    before = made.index().latest_generation()
    writer = made.index().writer()
    writer.add_document(id="new")
    writer.delete_by_term("id", "a01")
    writer.cancel()
    with pytest.raises(IndexingError):
        writer.add_document(id="late")
    again = made.index().writer()
    again.__enter__()
    again.add_document(id="new")
    again.__exit__(ZeroDivisionError, ZeroDivisionError(), None)  # Whoosh cancels then
    assert made.index().latest_generation() == before
    with made.index().searcher() as searcher:
        assert searcher.document(id="new") is None
        assert searcher.document(id="a01") is not None


def test_writer_refuses(made: World) -> None:
    with made.index().writer() as writer:
        with pytest.raises(SearchlibError):
            writer.add_document(title="no key")
        with pytest.raises(IndexingError):
            writer.add_field("more", FULL.to_whoosh()["title"])
        with pytest.raises(IndexingError):
            writer.remove_field("title")
        with pytest.raises(IndexingError):
            writer.delete_document(1 << 20)
        writer.add_document(id="good")
    assert made.index().doc_count() == 49


def test_writer_group_and_async(made: World) -> None:
    with made.index().writer() as writer, writer.group():
        writer.add_document(id="g1")
        writer.add_document(id="g2")
    writer = AsyncWriter(made.index())
    writer.add_document(id="async")
    writer.commit()
    with made.index().searcher() as searcher:
        assert all(searcher.document(id=key) for key in ("g1", "g2", "async"))


def test_searcher_keeps_its_commit(made: World) -> None:
    with made.index().searcher() as searcher:
        before = searcher.doc_count()
        with made.index().writer() as writer:
            writer.add_document(id="later")
            writer.delete_by_term("id", "a01")
        assert searcher.doc_count() == before
        assert searcher.document(id="a01") is not None
        assert searcher.document(id="later") is None
        assert not searcher.up_to_date()
        fresh = searcher.refresh()
        assert fresh.document(id="later") is not None
        fresh.close()


def test_schema_json(made: World) -> None:
    names = set(made.index().schema.names())
    assert {"body", "body_exact", "plain"} <= names
    assert "plain_exact" not in names
    assert Schema.from_json(FULL.to_json()) == FULL


def test_batches_leave_segments(made: World) -> None:
    made.live([Batch((("k1", 5),))])
    with made.store.reader() as snapshot:
        assert len(snapshot.segments) > 1
