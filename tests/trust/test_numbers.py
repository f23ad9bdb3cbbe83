"""Numbers at the ends of their ranges and beyond: weights, boosts and scores.

The kernels sort bitset words by 255 divided by a bound; a weight of 1e-307 made that infinite, and
the index that came of it ended the process. What is out of range is refused; what is in range gives
the answers of the plan over arrays, to the last bit.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query as wq

import searchlib as sl
from searchlib import (
    Archive,
    CorruptArchive,
    Key,
    Number,
    QueryError,
    Schema,
    SchemaError,
    Text,
    kernels,
)
from searchlib.codec.checksum import crc32
from searchlib.codec.directory import Directory
from searchlib.index.store import IndexStore
from searchlib.schema.weights import MAX_BOOST, MAX_WEIGHT, MIN_BOOST, MIN_WEIGHT
from searchlib.search.searcher import IndexSearcher
from searchlib.search.top_k import ExecutionOptions, TopCollector
from searchlib.whoosh_backend.fallback import MatcherFallback

FIELDS = ["least", "middle", "most"]
SCHEMA = Schema(
    id=Key(), least=Text(language="", weight=MIN_WEIGHT), middle=Text(language=""),
    most=Text(language="", weight=MAX_WEIGHT), n=Number(),
)  # fmt: skip
WORDS = [*"abcdefgh"]
LIMITS = (0, 1, 7, 300)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexStore]:
    """Two segments; dense and sparse terms, over many bitset words."""
    rng = random.Random(11)
    store = IndexStore.create(Directory(tmp_path_factory.mktemp("numbers") / "archive"), SCHEMA)
    archive = Archive(store)
    for first, last in ((0, 2500), (2500, 3200)):
        archive.add(
            [
                {"id": f"a{n}", "n": n % 5}
                | {name: " ".join(rng.choices(WORDS, range(1, 9), k=rng.randrange(9)))
                   for name in FIELDS}
                | ({"middle": "rare " * (n % 3 + 1)} if n % 50 == 0 else {})
                for n in range(first, last)
            ]
        )  # fmt: skip
    yield store
    archive.close()


def answers(store: IndexStore, query: Any, options: ExecutionOptions) -> list[Any]:
    with store.reader() as reader:
        searcher = IndexSearcher(
            reader, store.zone, options=options, fallback=MatcherFallback(reader)
        )
        return [searcher.search(query, limit) for limit in LIMITS]


def check_paths(store: IndexStore, query: Any) -> list[Any]:
    over_arrays = answers(store, query, ExecutionOptions(kernels=False))
    assert answers(store, query, ExecutionOptions()) == over_arrays
    assert answers(store, query, ExecutionOptions(prune=False)) == over_arrays
    assert all(math.isfinite(score) for top_docs in over_arrays for _, _, score in top_docs.best)
    return over_arrays


def two_hundred(path: Path, *schema: Schema, **options: Any) -> Archive:
    archive = Archive.create(path / "archive", *schema, **options)
    archive.add([{"id": str(n), "body": "tin copper" if n % 3 else "tin"} for n in range(200)])
    return archive


# --- What is out of range is refused -------------------------------------------------------------


@pytest.mark.parametrize(
    "weight", [1e-307, 1e308, 5e-324, 9.9e-7, 1.1e6, -1.0, math.nan, math.inf, 10**400]
)
def test_a_field_of_such_a_weight_is_refused(weight: Any) -> None:
    with pytest.raises(
        SchemaError, match=r"body: the weight is from 1e-06 to 1e\+06, not"
    ) as error:
        Schema(id=Key(), body=Text(weight=weight))
    assert error.value.field == "body"


@pytest.mark.parametrize("weight", ["1e-307", "1e308", "NaN", "Infinity", "-1", "1e999", "null"])
def test_a_saved_schema_of_such_a_weight_is_corrupt(tmp_path: Path, weight: str) -> None:
    two_hundred(tmp_path, Schema(id=Key(), body=Text(weight=2.5))).close()
    file = tmp_path / "archive" / "manifest.json"
    text = file.read_bytes().rpartition(b"\n")[0].rpartition(b"\n")[0]
    changed = text.replace(b'"weight": 2.5', b'"weight": ' + weight.encode())
    assert changed != text
    file.write_bytes(changed + b"\n%08x\n" % crc32(changed))
    with pytest.raises(CorruptArchive, match="body: the weight is") as error:
        sl.open(tmp_path / "archive") if hasattr(sl, "open") else Archive.open(tmp_path / "archive")
    assert error.value.file.endswith("manifest.json")


@pytest.mark.parametrize("boost", [1e-308, 5e-324, 1e-101, 1e101, math.nan, math.inf, -math.inf])
def test_a_tree_of_such_a_boost_is_refused(tmp_path: Path, boost: float) -> None:
    with two_hundred(tmp_path, Schema(id=Key(), body=Text(), n=Number())) as archive:
        tin = wq.Term("body", "tin")
        for query in (
            wq.Term("body", "tin", boost=boost),
            wq.And([tin, wq.Term("body", "copper")], boost=boost),
            wq.ConstantScoreQuery(tin, boost),
            wq.NumericRange("n", 1, None, boost=boost),
            wq.DisjunctionMax([tin, wq.Term("body", "copper", boost=boost)]),
        ):
            for ask in (archive.search, archive.count):
                with pytest.raises(QueryError, match="is not a boost") as error:
                    ask(query)
                assert error.value.code == "bad-weight"


@pytest.mark.parametrize("factor", ["0.000001", "1000000"])
def test_weights_of_groups_inside_each_other_are_refused_when_they_multiply_too_far(
    tmp_path: Path, factor: str
) -> None:
    limits = sl.Limits(depth=400)
    with two_hundred(tmp_path, Schema(id=Key(), body=Text()), limits=limits) as archive:
        query = f"(tin OR copper)^{factor}"
        for depth in range(60):
            try:
                assert archive.search(query).total == 200
            except QueryError as error:
                assert error.code == "bad-weight" and 14 <= depth <= 17
                assert "tin" in query[slice(*error.span)]
                break
            query = f"({query} {'OR' if depth % 2 else 'ANDMAYBE'} zinc{depth})^{factor}"
        else:
            pytest.fail("nothing was refused")
        with pytest.raises(QueryError, match="weights multiply to"):
            archive.search("(" * 60 + "tin" + f" zinc)^{factor}" * 60)
        assert archive.search(query, lenient=True).notes


def test_scores_of_whoosh_matchers_are_finite(store: IndexStore) -> None:
    class Endless(wq.Every):  # type: ignore[misc]
        def matcher(self, searcher: Any, context: Any = None) -> Any:
            from whoosh.matching import ListMatcher

            return ListMatcher([1, 2], weights=[math.inf, math.nan])

    with pytest.raises(QueryError, match="scores that are no numbers"):
        answers(store, Endless(), ExecutionOptions())


# --- What is in range gives the answers of the plan over arrays ----------------------------------

ENDS = (MIN_BOOST, MAX_BOOST, -MIN_BOOST, -MAX_BOOST, 0.0, 1.0)


@pytest.mark.parametrize("boost", ENDS)
@pytest.mark.parametrize("name", FIELDS)
def test_least_and_largest_weights_and_boosts(store: IndexStore, name: str, boost: float) -> None:
    for word in ("h", "rare"):
        check_paths(store, wq.Term(name, word, boost=boost))
    terms = [wq.Term(name, word, boost=boost) for word in ("a", "h", "rare")]
    others = [wq.Term(other, "g") for other in FIELDS]
    check_paths(store, wq.Or(terms + others))
    check_paths(store, wq.And([terms[1], wq.Or(others)]))
    check_paths(store, wq.Or([wq.Or(terms, boost=1 / boost if boost else 0.0), others[0]]))
    check_paths(store, wq.AndMaybe(wq.NumericRange("n", 1, 2, boost=boost), terms[1]))
    check_paths(store, wq.Phrase(name, ["h", "g"], boost=boost))


def test_small_boosts_keep_the_order(store: IndexStore) -> None:
    terms = [wq.Term(name, word) for name in FIELDS for word in "gh"]
    for boost in (2.0**-300, 2.0**-100, 2.0**300):  # exact factors
        plain = check_paths(store, wq.Or(terms))[-1].best
        scaled = check_paths(store, wq.Or(terms, boost=boost))[-1].best
        assert scaled == [(segment, doc, score * boost) for segment, doc, score in plain]


any_float = st.floats() | st.sampled_from((1e-308, 5e-324, 1e-306, 1.5e308, -1e300))
in_range = st.sampled_from((*ENDS, 1e-99, 1e99, -2.0)) | st.floats(1e-100, 1e100)


def trees(boosts: Any) -> Any:
    leaves = (
        st.builds(wq.Term, st.sampled_from(FIELDS), st.sampled_from([*WORDS, "rare"]), boost=boosts)
        | st.builds(wq.NumericRange, st.just("n"), st.integers(0, 4), st.none(), boost=boosts)
        | st.builds(wq.Every, boost=boosts)
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(wq.And, st.lists(inner, min_size=2, max_size=4), boost=boosts)
            | st.builds(wq.Or, st.lists(inner, min_size=2, max_size=6), boost=boosts)
            | st.builds(wq.AndNot, inner, inner)
            | st.builds(wq.AndMaybe, inner, inner)
            | st.builds(wq.ConstantScoreQuery, inner, score=boosts)
        ),
        max_leaves=6,
    )


@settings(max_examples=60)
@given(query=trees(in_range) | trees(in_range | any_float))
def test_any_tree_is_refused_or_gives_the_same_on_both_paths(store: IndexStore, query: Any) -> None:
    try:
        check_paths(store, query)
    except QueryError as error:
        assert error.code == "bad-weight"


# --- The kernels by themselves: any score --------------------------------------------------------

needs_kernels = pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
scores_of_any_size = st.lists(
    st.floats() | st.sampled_from((0.0, 5e-324, 1e-308, 1.4e-306, 1e308, math.nan, math.inf)),
    min_size=2, max_size=12,
)  # fmt: skip


def best_of(docs: Any, scores: Any, limit: int) -> list[tuple[int, str]]:
    best = TopCollector(limit)
    best.add(docs.astype(np.int64), scores, None, 0)
    return [(doc, repr(score)) for _, doc, score in best.top_docs([0])]


def run(plan: Any, limit: int, prune: bool) -> list[tuple[int, str]]:
    top = kernels.search.TopCollector(limit)
    kernels.search.collect([plan], top, [0], [None], None, prune, None)
    return [(doc, repr(score)) for _, doc, score in top.top_docs([0])]


@needs_kernels
@given(pattern=scores_of_any_size, limit=st.sampled_from((1, 3, 100)), spread=st.integers(1, 50))
def test_lists_of_any_scores(pattern: list[float], limit: int, spread: int) -> None:
    """Finite, subnormal, huge, negative and infinite scores, and NaN, which is below all."""
    docs = np.arange(0, 40 * spread, spread, dtype=np.int32)
    scores = np.resize(np.array(pattern), 40)
    wanted = best_of(docs, scores, limit)
    for prune in (True, False):
        plan = kernels.search.doc_list(int(docs[-1]) + 1, docs, scores, 0.0)
        assert run(plan, limit, prune) == wanted


@needs_kernels
@given(
    first=scores_of_any_size, second=scores_of_any_size, boost=any_float,
    limit=st.sampled_from((1, 3, 100)),
)  # fmt: skip
def test_sums_of_any_scores(
    first: list[float], second: list[float], boost: float, limit: int
) -> None:
    docs = np.arange(0, 4000, 100, dtype=np.int32)
    other = np.arange(0, 4000, 40, dtype=np.int32)
    one, two = np.resize(np.array(first), 40), np.resize(np.array(second), 100)
    summed = np.zeros((2, 4000))
    summed[0, docs], summed[1, other] = one, two
    union = np.union1d(docs, other)
    with np.errstate(all="ignore"):
        total = summed[0, union] + summed[1, union]
        if boost != 1:
            total = total * boost
    wanted = best_of(union, total, limit)
    for prune in (True, False):
        children = [
            kernels.search.doc_list(4000, docs, one, 0.0),
            kernels.search.doc_list(4000, other, two, 0.0),
        ]
        assert run(kernels.search.disjunction(children, boost), limit, prune) == wanted


def test_the_ranges_are_documented() -> None:
    text = (Path(sl.__file__).parent / "query" / "LANGUAGE.md").read_text()
    assert "from 0.000001 to 1000000" in text and "from 1e-100 to 1e100" in text
    assert "0.000001 to 1,000,000" in (Text.__doc__ or "")
    assert json.loads(json.dumps(MIN_WEIGHT)) == MIN_WEIGHT
