"""Compiled plans against the same plans over arrays: the same answers to the last bit.

The archives here are large enough for dense terms, for many bitset words, and for pruning to skip
most of them, which the archives of ``tests/versus`` are not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from itertools import permutations, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query as wq

from searchlib import Archive, Date, Key, Keyword, Number, Schema, Text, kernels
from searchlib.codec.directory import Directory
from searchlib.index.index_reader import IndexReader
from searchlib.index.store import IndexStore
from searchlib.kernels.constants import MAX_CHILDREN
from searchlib.requests import FacetRequest, Ranking, SortKey
from searchlib.search import kernel_plan
from searchlib.search.kernel_plan import cacheable_memory, kernel_node_maker
from searchlib.search.plan_boolean import PlanNode
from searchlib.search.plan_leaves import MatchAllNode, MatchNoneNode, RangeNode, TermNode
from searchlib.search.plan_phrase import PhraseNode
from searchlib.search.plan_spans import Spans, SpansNode
from searchlib.search.searcher import IndexSearcher
from searchlib.search.top_k import ExecutionOptions
from searchlib.span_queries import AnyField, AtLeast, First, Near, Same, Word
from searchlib.whoosh_backend.fallback import MatcherFallback

pytestmark = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")

SCHEMA = Schema(
    id=Key(), title=Text(weight=2.0, language="en"), body=Text(language="en"), date=Date(),
    section=Keyword(), authors=Keyword(many=True), words=Number(),
)  # fmt: skip
STEMS = ["rain", "bank", "harbour", "vote", "storm", "river", "market", "school", "train", "law"]
WORDS = [stem + end for stem in STEMS for end in ("", "s", "ed", "ing")]
RARE = [f"{stem}{chr(97 + i)}" for stem in STEMS for i in range(8)]


def article(rng: random.Random, number: int) -> dict[str, Any]:
    """An article of words from the commonest to the rarest; now and then a very long one."""
    length = 9000 if number == 77 else rng.randrange(60)
    words = [WORDS[min(int(rng.paretovariate(0.8)) - 1, 39)] for _ in range(length)]
    words += rng.choices(RARE, k=rng.randrange(2))
    values: dict[str, Any] = {
        "id": f"a{number}",
        "title": " ".join(rng.choices(WORDS, k=rng.randrange(4))),
        "body": " ".join(words),
        "authors": rng.sample(["Ann Lee", "Bo Ek", "Cy Day"], rng.randrange(3)),
        "words": rng.choice((0.5, 2, 7)),
    }
    if rng.random() < 0.9:
        values["date"] = f"20{rng.randrange(10, 14)}-{rng.randrange(1, 13):02}-01"
        values["section"] = rng.choice(["world", "sports", "arts"])
    return values


@pytest.fixture(scope="module", params=[{}, {"layout": {"block": 7, "dense": 3}}])
def store(tmp_path_factory: pytest.TempPathFactory, request: Any) -> Iterator[IndexStore]:
    """Two segments with deleted articles, in blocks of the usual size and of seven documents."""
    path = tmp_path_factory.mktemp("kernels") / "archive"
    rng = random.Random(7)
    store = IndexStore.create(Directory(path), SCHEMA, **request.param)
    archive = Archive(store)
    archive.add([article(rng, n) for n in range(5000)])
    archive.delete([f"a{n}" for n in range(0, 5000, 9)])
    archive.add([article(rng, n) for n in range(5000, 6200)])
    yield store
    archive.close()


_boosts = st.sampled_from((1.0, 0.5, 3.0, 0.0, -1.0))
_stems = st.sampled_from(STEMS + RARE[:20] + ["nowhere"])
_fields = st.sampled_from(("body", "title"))
_leaves = (
    st.builds(wq.Term, _fields, _stems, boost=_boosts)
    | st.builds(wq.Term, st.just("body_exact"), st.sampled_from(WORDS))
    | st.builds(wq.Term, st.just("section"), st.sampled_from(("world", "arts", "none")))
    | st.builds(wq.Term, st.just("authors"), st.sampled_from(("ann lee", "bo ek")))
    | st.builds(wq.NumericRange, st.just("words"), st.sampled_from((None, 0.5, 1)), st.just(5))
    | st.builds(wq.Phrase, _fields, st.lists(st.sampled_from(STEMS), min_size=2, max_size=4))
    | st.builds(
        wq.Phrase,
        st.just("body_exact"),
        st.lists(st.sampled_from(WORDS[:9]), min_size=2, max_size=3),
        boost=_boosts,
    )
    | st.builds(wq.Prefix, st.just("body"), st.sampled_from(("rain", "ba", "lawa")))
    | st.builds(wq.Every, st.sampled_from((None, "date", "authors")), boost=_boosts)
)
_trees: st.SearchStrategy[Any] = st.recursive(
    _leaves,
    lambda inner: (
        st.builds(wq.And, st.lists(inner, min_size=2, max_size=4), boost=_boosts)
        | st.builds(wq.Or, st.lists(inner, min_size=2, max_size=10), boost=_boosts)
        | st.builds(wq.AndNot, inner, inner)
        | st.builds(wq.AndMaybe, inner, inner)
        | st.builds(wq.Not, inner)
        | st.builds(wq.ConstantScoreQuery, inner, score=_boosts)
    ),
    max_leaves=8,
)


def search(
    store: IndexStore, query: Any, limit: int, options: ExecutionOptions, **more: Any
) -> Any:
    with store.reader() as reader:
        searcher = IndexSearcher(
            reader, store.zone, options=options, fallback=MatcherFallback(reader)
        )
        return searcher.search(query, limit, **more)


def check_all_options(store: IndexStore, query: Any) -> None:
    for limit in (0, 1, 10, 700):
        over_arrays = search(store, query, limit, ExecutionOptions(kernels=False))
        for options in (ExecutionOptions(), ExecutionOptions(prune=False)):
            assert search(store, query, limit, options) == over_arrays


@settings(max_examples=30)
@given(query=_trees)
def test_the_same_as_over_arrays(store: IndexStore, query: Any) -> None:
    check_all_options(store, query)


@pytest.mark.slow
@settings(max_examples=200)
@given(query=_trees)
def test_more_queries_give_the_same_as_over_arrays(store: IndexStore, query: Any) -> None:
    check_all_options(store, query)


@settings(max_examples=30)
@given(query=_trees)
def test_facets_and_sorting_give_the_same_too(store: IndexStore, query: Any) -> None:
    facets = [FacetRequest("section"), FacetRequest("authors"), FacetRequest("date", "month")]
    over_arrays = search(store, query, 10, ExecutionOptions(kernels=False), facets=facets)
    assert search(store, query, 10, ExecutionOptions(), facets=facets) == over_arrays
    sort = [SortKey("date", descending=True)]
    assert search(store, query, 10, ExecutionOptions(), sort=sort) == search(
        store, query, 10, ExecutionOptions(kernels=False), sort=sort
    )


def _word(text: str) -> Any:
    return AnyField([Word("title", (text,)), Word("body", (text,))])


@settings(max_examples=30)
@given(
    words=st.lists(st.sampled_from([*RARE[:40], "nowhere"]), min_size=1, max_size=9),
    common=st.lists(st.sampled_from(STEMS), max_size=2),
    ranking=st.sampled_from(("bm25f", "whoosh")),
    boost=_boosts,
)
def test_words_in_few_documents(
    store: IndexStore, words: list[str], common: list[str], ranking: Ranking, boost: float
) -> None:
    """Short lists are read side by side, in one field and in several."""
    facets = [FacetRequest("section")]
    for leaf in (partial(wq.Term, "body"), _word):
        query = wq.Or([leaf(word) for word in [*words, *common]], boost=boost)
        for one in (query, query.subqueries[0]):
            over_arrays = search(
                store, one, 10, ExecutionOptions(kernels=False), ranking=ranking, facets=facets
            )
            for options in (ExecutionOptions(), ExecutionOptions(prune=False)):
                found = search(store, one, 10, options, ranking=ranking, facets=facets)
                assert found == over_arrays


@pytest.mark.parametrize("count", [6, 31, 32, 33, 60])
def test_an_or_of_many_common_words(store: IndexStore, count: int) -> None:
    words = [*STEMS, *RARE][:count]
    check_all_options(store, wq.Or([wq.Term("body", word) for word in words]))
    check_all_options(store, wq.Or([_word(word) for word in words], boost=2.0))


def test_a_plan_that_is_kept_is_compiled_once(store: IndexStore) -> None:
    with store.reader() as reader:
        searcher = IndexSearcher(reader, store.zone, fallback=MatcherFallback(reader))
        query = wq.And([wq.Term("body", "rain"), wq.Or([wq.Term("body", w) for w in RARE[:5]])])
        first = searcher.search(query, 10, keep=True)
        plan = searcher.planner.plan(query, keep=True)
        assert plan is searcher.planner.plan(query, keep=True)
        assert plan.compiled is not None
        [compiled] = plan.compiled
        assert searcher.search(query, 10, keep=True) == first
        assert plan.compiled[0] is compiled
        assert searcher.cached_plan(query, "whoosh") is plan
        assert searcher.cached_plan(wq.Term("body", "rain"), "whoosh") is None
        found = first.total, list(first.best)
        for forms in ([compiled], [], None):  # one, none as other threads use all, none are kept
            plan.compiled = forms
            total, best = searcher.run_again(plan, 10)
            assert (total, list(best)) == found
        plan.compiled = []
        assert searcher.search(query, 10, keep=True) == first
        assert searcher.search(query, 10) == first
        assert searcher.planner.plan(query) is not plan
        for _ in range(2100):  # no more are kept than are allowed
            searcher.search(wq.Term("body", "bank"), 1, keep=True)
        assert plan.compiled is None
        assert searcher.search(query, 10, keep=True) == first
        pattern = wq.Prefix("body", "rain")
        searcher.search(pattern, 1, keep=True)
        assert searcher.planner.plan(pattern, keep=True).compiled is None


def test_threads_may_run_one_query(store: IndexStore) -> None:
    with store.reader() as reader:
        searcher = IndexSearcher(reader, store.zone, fallback=MatcherFallback(reader))
        query = wq.Or([wq.Term("body", word) for word in STEMS])
        expected = searcher.search(query, 20)
        with ThreadPoolExecutor(4) as threads:
            found = threads.map(
                lambda _: searcher.search(query, 20, keep=True) == expected, range(200)
            )
            assert all(found)


def test_many_children_and_long_phrases_run_over_arrays(store: IndexStore) -> None:
    check_all_options(store, wq.Or([wq.Term("body", word) for word in [*STEMS, *RARE[:80]]]))
    check_all_options(
        store, wq.And([wq.Or([wq.Term("body", w) for w in STEMS + RARE]), wq.Term("body", "law")])
    )
    check_all_options(store, wq.Phrase("body", ["rain"] * 70))
    check_all_options(store, wq.Phrase("body", ["rain", "bank"], slop=3))


def test_as_many_children_as_are_compiled(store: IndexStore) -> None:
    words = [wq.Term("body", word) for word in (STEMS + RARE)[: MAX_CHILDREN + 1]]
    assert len(words) == MAX_CHILDREN + 1
    with store.reader() as reader:
        planner = IndexSearcher(reader, store.zone, fallback=MatcherFallback(reader)).planner
        for kind in (wq.And, wq.Or):
            for count, is_compiled in ((MAX_CHILDREN, True), (MAX_CHILDREN + 1, False)):
                plan = planner.plan(kind(words[:count]))
                maker = kernel_node_maker(plan)
                assert maker is not None
                assert (maker(plan, 0) is not None) is is_compiled


def test_positions_far_into_a_text_and_frequent_terms(store: IndexStore) -> None:
    """One article has 9,000 words: positions and counts that are exceptions in packed ints."""
    for first in STEMS[:3]:
        for second in STEMS[:3]:
            check_all_options(store, wq.Phrase("body", [first, second, first]))
            check_all_options(store, wq.Phrase("body_exact", [first, second + "s"]))


def test_phrases_are_the_same_with_position_masks_and_bitsets(tmp_path: Path) -> None:
    rng = random.Random(3)
    store = IndexStore.create(Directory(tmp_path / "archive"), SCHEMA)
    archive = Archive(store)
    archive.add([article(rng, n) for n in range(900)])
    phrases = [
        wq.Phrase(field, list(words))
        for field, of in (("body", STEMS[:3]), ("body_exact", WORDS[:4]))
        for size in (2, 3)
        for words in product(of, repeat=size)
    ]
    with store.reader() as reader:
        searcher = IndexSearcher(reader, store.zone, fallback=MatcherFallback(reader))
        field = reader.segments[0].core.text("body")
        assert field is not None
        lists = [field.find(stem.encode()) for stem in STEMS[:3]]

        def memory() -> list[int]:
            return [found.kernel_list().nbytes for found in lists if found is not None]

        before = memory()
        expected = [searcher.search(query, 20) for query in phrases]
        for _ in range(3):
            assert [searcher.search(query, 20) for query in phrases] == expected
        after = memory()
        counts = [found.count for found in lists if found is not None]
        # Masks of all occurrences, and of each of the four forms of the first.
        masks = [8 * n for n in counts]
        masks[0] *= 5
        grown = [b - a for a, b in zip(before, after, strict=True)]
        # The last is too rare in its documents for bitsets.
        assert [g > m for g, m in zip(grown, masks, strict=True)] == [True, True, False]
        assert grown[2] == masks[2]
        arrays = ExecutionOptions(kernels=False)
        plain = IndexSearcher(reader, store.zone, fallback=MatcherFallback(reader), options=arrays)
        assert [plain.search(query, 20) for query in phrases] == expected
    archive.close()


def test_nodes_without_a_compiled_form() -> None:
    stats: Any = None
    assert kernel_node_maker(PlanNode(stats)) is None
    spans = SpansNode(Spans(PlanNode(stats), lambda _: None))
    compile_spans = kernel_node_maker(spans)
    assert compile_spans is not None
    assert compile_spans(spans, 0) is None
    assert kernel_node_maker(MatchAllNode(stats, 1.0)) is not None


def test_nearness_of_words_and_phrases_is_compiled(store: IndexStore) -> None:
    rain, banks = wq.Term("body", "rain"), wq.Phrase("body_exact", ["bank", "banks"])
    either = wq.Or([rain, banks])
    simple = Same(Same(rain, either, "sentence", "body"), banks, "sentence", "body")
    nested = Same(Same(rain, either, "sentence", "body"), banks, "paragraph", "body")
    sloppy = wq.Phrase("body", ["rain", "bank"], 3)
    with store.reader() as reader:
        planner = IndexSearcher(reader, store.zone, fallback=MatcherFallback(reader)).planner
        for query, is_compiled in (
            (Near(either, banks, 5, False), True),
            (simple, True),
            (nested, False),
            (Near(rain, sloppy, 5, True), False),
            (Near(rain, wq.Prefix("body", "ba"), 5, True), False),
            (AtLeast(rain, 2), False),
        ):
            plan = planner.plan(query)
            maker = kernel_node_maker(plan)
            assert maker is not None
            assert (maker(plan, 0) is not None) == is_compiled, query
    for first, second, third in permutations(STEMS[:3]):
        phrase = wq.Phrase("body", [first, second])
        check_all_options(store, Near(phrase, wq.Term("body", third), 1, True))


RAIN, SNOW, WIND = (wq.Term("body", word) for word in ("rain", "snow", "wind"))
SLOPPY = wq.Phrase("body", ["rain", "wind"], slop=2)
TOO_MANY = [wq.Term("body", f"w{n}") for n in range(MAX_CHILDREN + 1)]


def in_one_sentence(count: int) -> Any:
    return reduce(lambda a, b: Same(a, b, "sentence", "body"), TOO_MANY[:count])


@pytest.mark.parametrize(
    ("query", "lists"),
    [
        (RAIN, 0), (wq.And([RAIN, SNOW]), 0), (wq.Or([RAIN, SNOW]), 0), (wq.AndNot(RAIN, SNOW), 0),
        (wq.AndMaybe(RAIN, SNOW), 0), (wq.Not(RAIN), 0), (wq.ConstantScoreQuery(RAIN, 2.0), 0),
        (wq.Every(), 0), (wq.Every("title"), 0), (wq.NumericRange("words", 1, 20), 0),
        (wq.Phrase("body", ["rain", "wind"]), 0), (wq.Term("section", "world"), 0),
        (AnyField([wq.Term("title_exact", "again"), wq.Term("body", "fell")]), 0),
        (AnyField([wq.Term("title_exact", "again"), wq.Term("body", "cloud")]), 0),
        (wq.NullQuery, 0), (AnyField([Word("title", ("rain",)), Word("body", ("rain",))]), 0),
        (wq.Prefix("body", "s", constantscore=False), 0),
        (Near(RAIN, SNOW, 2, True), 0), (Near(RAIN, SNOW, 2, False), 0),
        (Near(wq.Phrase("body", ["rain", "and"]), SNOW, 2, True), 0),
        (Near(wq.Or([RAIN, SNOW]), WIND, 2, True), 0),
        (Same(RAIN, SNOW, "sentence", "body"), 0),
        (Same(Same(RAIN, SNOW, "sentence", "body"), WIND, "sentence", "body"), 0),
        # These have no compiled form, but for a list within a plan.
        (SLOPPY, None), (AtLeast(RAIN, 2), None), (First(RAIN, 2), None),
        (Near(RAIN, wq.Prefix("body", "s"), 2, True), None), (Near(RAIN, SLOPPY, 2, True), None),
        (Near(RAIN, AtLeast(SNOW, 1), 2, True), None),
        (Near(RAIN, wq.Or([SNOW, AtLeast(WIND, 1)]), 2, True), None),
        (wq.And(TOO_MANY), None), (wq.Or(TOO_MANY), None),
        (wq.Phrase("body", [term.text for term in TOO_MANY]), None),
        (wq.Or(TOO_MANY[1:]), 0),
        (wq.Phrase("body", [term.text for term in TOO_MANY[1:]]), 0),
        (Near(wq.Phrase("body", [term.text for term in TOO_MANY[1:]]), RAIN, 2, True), 0),
        (Near(wq.Phrase("body", [term.text for term in TOO_MANY]), RAIN, 2, True), None),
        (Near(wq.Or(TOO_MANY[1:]), RAIN, 2, True), 0), (Near(wq.Or(TOO_MANY), RAIN, 2, True), None),
        (in_one_sentence(MAX_CHILDREN - 1), 0), (in_one_sentence(MAX_CHILDREN), None),
        (wq.And([RAIN, SLOPPY]), 1), (wq.Or([SLOPPY, AtLeast(RAIN, 2), RAIN]), 2),
        (wq.AndNot(RAIN, SLOPPY), 1), (wq.ConstantScoreQuery(SLOPPY, 2.0), 1),
    ],
    ids=lambda one: f"{one!r:.60}",
)  # fmt: skip
def test_what_is_compiled(
    reader: IndexReader, searcher: IndexSearcher, monkeypatch: pytest.MonkeyPatch,
    query: Any, lists: int | None,
) -> None:  # fmt: skip
    made, as_list = [], kernel_plan._as_list
    monkeypatch.setattr(
        kernel_plan, "_as_list", lambda node, segment: made.append(1) or as_list(node, segment)
    )
    plan = searcher.planner_of("bm25f").plan(query)
    for segment in (0, 1):
        made.clear()
        maker = kernel_node_maker(plan)
        assert maker is not None
        compiled = maker(plan, segment)
        assert (compiled is None) == (lists is None)
        assert len(made) == (lists or 0)


@pytest.mark.parametrize(
    "empty",
    [
        wq.NumericRange("words", 500, 600), wq.Term("body", "zebra"),
        AnyField([Word("title", ("zebra",)), Word("body", ("cloud",))]),
        AnyField([wq.Term("title_exact", "again"), wq.Term("body", "cloud")]),
        AnyField([wq.Term("title_exact", "again"), wq.Term("body", "fell")]),
    ],
    ids=repr,
)  # fmt: skip
def test_nothing_is_compiled_for_what_finds_nothing_in_a_segment(
    searcher: IndexSearcher, monkeypatch: pytest.MonkeyPatch, empty: Any
) -> None:
    plan: Any = searcher.planner_of("bm25f").plan(wq.And([RAIN, empty]))
    made: list[Any] = []
    monkeypatch.setattr(
        kernel_plan, "_children", lambda nodes, segment: made.append(segment) or [None]
    )
    monkeypatch.setattr(kernels.search, "conjunction", lambda children, boost: None)
    for segment in (0, 1):
        kernel_plan._and(plan, segment)
    assert made == [n for n in (0, 1) if all(child.match(n).count for child in plan.children)]


def test_what_a_segment_lacks_is_compiled_or_not(
    planner: Any, reader: IndexReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing matches where no document has the field; units that a segment lacks are read."""
    lacking = RangeNode(planner.match_none().stats, [None, None], 1, 2, False, False, 1.0)
    maker = kernel_node_maker(lacking)
    assert maker is not None
    assert maker(lacking, 0) is not None
    plan = planner.plan(Same(RAIN, SNOW, "sentence", "body"))
    maker = kernel_node_maker(plan)
    assert maker is not None
    assert maker(plan, 0) is not None
    monkeypatch.setattr(plan.spans.units, "bitset", lambda segment: None)
    assert maker(plan, 0) is None


class _Segments:
    """Statistics of two segments, of 100 and 50 documents."""

    segments = (SimpleNamespace(documents=100), SimpleNamespace(documents=50))
    k1 = 1.2
    average = 1.0

    def idf(self, frequency: int) -> float:
        return 1.0

    def average_length(self, name: str) -> float:
        return self.average


def test_how_much_a_plan_takes_that_is_kept(
    planner: Any, searcher: IndexSearcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats: Any = _Segments()
    short, other, long = (SimpleNamespace(count=count) for count in (3, 4, 40))

    def size(plan: Any) -> int | None:
        memory = cacheable_memory(plan)
        return None if memory is None else sum(memory.values())

    lists: Any
    for lists, expected in (
        ([None, None], 1024), ([short, None], 1024 + 24), ([long, None], 1024 + 50),
        ([None, long], 1024 + 25), ([short, other], 1024 + 49),
    ):  # fmt: skip
        assert size(TermNode(stats, "body", lists, 1.0, 1.0)) == expected
    assert size(RangeNode(stats, [None, None], 1, 2, False, False, 1.0)) == 1024 + 12 + 6
    assert size(MatchNoneNode(stats)) == size(MatchAllNode(stats, 1.0)) == 1024

    def size_of(query: Any) -> int | None:
        return size(planner.plan(query))

    rain, snow = size_of(RAIN), size_of(SNOW)
    assert rain is not None
    assert snow is not None
    two = rain + snow
    phrase = wq.Phrase("body", ["rain", "snow"])
    for query in (wq.And([RAIN, SNOW]), wq.Or([RAIN, SNOW]), wq.AndNot(RAIN, SNOW),
                  wq.AndMaybe(RAIN, SNOW)):  # fmt: skip
        assert size_of(query) == two + 1024
    masks = 8 * sum(
        postings.count
        for term in planner.plan(phrase).terms
        for postings in term.posting_lists
        if postings is not None
    )
    assert size_of(phrase) == two + 1024 + masks
    # How long a document is, and how often it has the word: whether bitsets may be made.
    for average, often, bitsets in (
        (64.0, 2, 0), (64.0, 3, 8 * 2 * 40 + 4 * 41),
        (640.0, 5, 0), (640.0, 6, 8 * 11 * 40 + 4 * 41),
        (64.0 * 13106, 6554, 8 * 13107 * 40 + 4 * 41), (64.0 * 13107, 6555, 0),  # 4 MB
    ):  # fmt: skip
        stats.average = average
        frequent: Any = [
            SimpleNamespace(count=40, occurrences=40 * often, kernel_list=lambda: long)
        ]
        term = TermNode(stats, "body", frequent, 1.0, 1.0)
        of_term = size(term)
        assert of_term is not None
        assert size(PhraseNode(stats, [term], 1, 1.0)) == 1024 + of_term + 8 * 40 + bitsets
    assert size_of(wq.And([RAIN, RAIN])) == rain + 1024  # what is shared counts once
    assert size_of(wq.ConstantScoreQuery(RAIN, 1.0)) == rain + 1024
    most = 1024 * (MAX_CHILDREN + 1)
    assert size_of(wq.Or(TOO_MANY[1:])) == most
    assert size_of(wq.Phrase("body", [term.text for term in TOO_MANY[1:]])) == most
    for query in (
        wq.Or(TOO_MANY), wq.And(TOO_MANY), SLOPPY, wq.Term("section", "world"),
        wq.And([RAIN, SLOPPY]), wq.Phrase("body", [term.text for term in TOO_MANY]),
        Near(RAIN, SNOW, 2, True), wq.AndNot(RAIN, wq.Every("title")),
    ):  # fmt: skip
        assert size_of(query) is None
    monkeypatch.setattr(kernels, "available", False)
    assert size_of(RAIN) is None
