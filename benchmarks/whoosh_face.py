"""A Whoosh program on an archive, beside the same program on a stock Whoosh index.

    python -m benchmarks.whoosh_face ../shared/corpora/reuters21578.jsonl.gz [--queries 20]

Both indexes are made by the same code with the same ``whoosh.fields.Schema``, by Whoosh's
``create_in`` and by ours, in one commit. Each query is asked of both in turn, which first changes;
totals and the sizes of groups must be the same. (The order of hits is not compared: Whoosh rounds
the lengths of long texts, which changes scores. Of collapsed searches it counts what it came by,
and to its totals a filter that nothing matches is none.)

Queries are trees: Whoosh's parser takes the same time for both, and is not measured. In each
round a query is asked five times in a row of the one and then of the other (fewer times if it takes
long), and the least of all its times counts, so that the caches of a busy machine favour neither.
A time is the CPU time of the thread: of the search alone, and of the search with the titles of the
first ten hits read. The nine classes of the other benchmarks come first, then what Whoosh programs
ask besides.

With ``--archive`` the other side is ``archive.whoosh`` of an archive with a schema of searchlib's
own, whose analysis differs: there nothing is compared.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from whoosh import fields, index, query, sorting

from benchmarks import corpus, queries, timing
from benchmarks.archive_sets import build
from benchmarks.peers.whoosh import document, parser, schema, text_of
from searchlib import whoosh_backend
from searchlib.archive import Archive

_IN_A_ROW = 5
_LONG = 30_000_000  # nanoseconds
Times = tuple[float, float]  # of stock Whoosh and of ours


class Search(NamedTuple):
    """A search of a Whoosh program: a tree, and the arguments beside it."""

    tree: Any
    arguments: dict[str, Any]


def whoosh_schema() -> fields.Schema:
    """The schema of the benchmarks, with columns for what is sorted and grouped by, and the number
    of words."""
    made = schema()
    made.remove("date")
    made.remove("section")
    made.add("date", fields.DATETIME(stored=True, sortable=True))
    made.add("section", fields.ID(stored=True, sortable=True))
    made.add("words", fields.NUMERIC(sortable=True))
    return made


def fill(made: Any, articles: Iterable[corpus.Article]) -> None:
    """Index articles by Whoosh's writer, in one commit."""
    writer = made.writer(limitmb=256)
    for article in articles:
        writer.add_document(**document(article), words=len(article["body"].split()))
    writer.commit()


def searches(drawn: Sequence[queries.Query], made: Any) -> dict[str, list[Search]]:
    """What is asked, by class: the nine first."""
    parsers = {match: parser(made, ("body",), match) for match in ("all", "any")}
    asked: dict[str, list[Search]] = {}
    for one in drawn:
        if not one.stems:
            tree = parsers["any" if one.match == "any" else "all"].parse(text_of(one))
            asked.setdefault(one.kind, []).append(Search(tree, _grouping(one.facets)))
    words, dated = asked["one word"], [one for one in drawn if one.since]
    date = _between(max(dated, key=_days))
    newest = sorting.FieldFacet("date", reverse=True)
    some_words = query.NumericRange("words", 100, 200)
    starts = [term.text[:3] for _, term in zip(range(len(words)), _terms(words), strict=False)]

    def with_words(**arguments: Any) -> list[Search]:
        return [Search(search.tree, arguments) for search in words]

    return asked | {
        "prefix": [Search(query.Prefix("body", start), {}) for start in starts],
        "date range": [Search(_between(one), {}) for one in dated],
        "number range": [Search(query.And([search.tree, some_words]), {}) for search in words],
        "filter": with_words(filter=date),
        "sorted by date": with_words(sortedby="date"),
        "newest first": with_words(sortedby=newest),
        "sorted by two": with_words(sortedby=["section", newest]),
        "grouped": with_words(groupedby="section"),
        "collapsed": with_words(collapse="section"),
        "matched terms": with_words(terms=True),
        "all hits": with_words(limit=None),
    }


def _grouping(names: Sequence[str]) -> dict[str, Any]:
    facets = {
        name: sorting.FieldFacet(name, allow_overlap=name == "authors", maptype=sorting.Count)
        for name in names
    }
    return {"groupedby": facets} if facets else {}


def _terms(asked: Sequence[Search]) -> Iterable[Any]:
    return (leaf for search in asked for leaf in search.tree.leaves())


def _days(one: queries.Query) -> datetime.timedelta:
    return datetime.date.fromisoformat(one.until) - datetime.date.fromisoformat(one.since)


def _between(one: queries.Query) -> Any:
    since, until = map(datetime.datetime.fromisoformat, (one.since, one.until))
    return query.DateRange("date", since, until)


def measure(
    stock: Any, ours: Any, asked: Sequence[Search], rounds: int, *, titles: bool,
    is_same: bool = True, clock: Callable[[], int] = time.thread_time_ns,
) -> list[Times]:  # fmt: skip
    """The nanoseconds of each search, of stock Whoosh's searcher and of ours: the least."""
    times: list[tuple[list[int], list[int]]] = [([], []) for _ in asked]
    gc.disable()
    try:
        for turn in range(rounds + 1):
            gc.collect()
            for number, search in enumerate(asked):
                answers: list[Any] = [None, None]
                for which in (0, 1) if (turn + number) % 2 else (1, 0):
                    searcher = (stock, ours)[which]
                    spent = 0
                    for _ in range(_IN_A_ROW if turn else 1):  # the first round warms up
                        start = clock()
                        answers[which] = _run(searcher, search, titles=titles)
                        times[number][which].append(clock() - start)
                        spent += times[number][which][-1]
                        if spent > _LONG:
                            break
                if is_same and not turn:
                    _compare(search, *answers)
    finally:
        gc.enable()
    return [(min(first), min(second)) for first, second in times]


def _run(searcher: Any, search: Search, *, titles: bool) -> Any:
    results = searcher.search(search.tree, **search.arguments)
    for name in results.facet_names():
        results.groups(name)
    if titles:
        for hit in results[:10]:
            hit.get("title")
    return results


def _compare(search: Search, stock: Any, ours: Any) -> None:
    counts = [
        {name: _sizes(results.groups(name)) for name in results.facet_names()}
        for results in (stock, ours)
    ]
    is_counted = "collapse" not in search.arguments and len(ours[:1])
    if (
        counts[0] != counts[1]
        or len(stock[:10]) != len(ours[:10])
        or (is_counted and len(stock) != len(ours))
    ):
        raise AssertionError(f"{search}: {len(stock)} and {len(ours)} hits")


def _sizes(groups: dict[Any, Any]) -> dict[Any, int]:
    return {name: one if isinstance(one, int) else len(one) for name, one in groups.items()}


def main(arguments: list[str] | None = None) -> None:
    """Build both indexes, ask them, and print a table."""
    options = _options(arguments)
    articles = {article["id"]: article for article in corpus.read_lines(options.corpus)}
    chosen = [
        {name: article.get(name) for name in corpus.FIELDS}
        for article in list(articles.values())[: options.limit]
    ]
    words = queries.Words(iter(chosen), random.Random(options.seed))
    drawn = queries.draw_from(words, options.queries, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        places = [options.keep or Path(folder, name) for name in ("stock", "ours")]
        stock = _made(index, places[0] / "stock", chosen)
        if options.archive:
            ours: Any = Archive.open(build(chosen, Path(folder), 1)[0]).whoosh
        else:
            ours = _made(whoosh_backend, places[1] / "ours", chosen)
        asked = searches(drawn, stock)
        if options.archive:
            asked.pop("number range")
        print(f"{len(chosen):,} articles\n")
        with stock.searcher() as theirs, ours.searcher() as of_archive:
            print_table(theirs, of_archive, asked, options.rounds, is_same=not options.archive)


def _made(module: Any, folder: Path, articles: Sequence[corpus.Article]) -> Any:
    if module.exists_in(str(folder)):
        return module.open_dir(str(folder))
    folder.mkdir(parents=True)
    made = module.create_in(str(folder), whoosh_schema())
    fill(made, articles)
    return made


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--archive", action="store_true", help="an archive of searchlib's schema")
    parser.add_argument("--keep", type=Path, help="a folder for the indexes, which are kept there")
    parser.add_argument("--limit", type=int, help="use only so many articles")
    parser.add_argument("--queries", type=int, default=20, help="of each class")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def print_table(
    stock: Any, ours: Any, asked: dict[str, list[Search]], rounds: int, *, is_same: bool = True
) -> None:
    """Print a row for each class, as it is measured, and one for all of the nine."""
    print("| class | Whoosh, µs | archive, µs | times as fast | with ten titles, µs | times |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    every: tuple[list[Times], list[Times]] = ([], [])
    for kind, rows in asked.items():
        pair = [
            measure(stock, ours, rows, rounds, titles=titles, is_same=is_same)
            for titles in (False, True)
        ]
        print(_row(kind, *pair), flush=True)
        if kind in queries.KINDS:
            every[0].extend(pair[0])
            every[1].extend(pair[1])
            if len(every[0]) == sum(len(asked[kind]) for kind in asked if kind in queries.KINDS):
                print(_row("all nine", *every), flush=True)


def _row(kind: str, alone: Sequence[Times], with_titles: Sequence[Times]) -> str:
    def ratio(times: Sequence[Times]) -> float:
        return timing.geometric_mean([theirs / ours for theirs, ours in times])

    stock, ours = (median(one) / 1e3 for one in zip(*alone, strict=True))
    titles = median(one[1] for one in with_titles) / 1e3
    return (
        f"| {kind} | {stock:,.0f} | {ours:,.0f} | {ratio(alone):.0f} "
        f"| {titles:,.0f} | {ratio(with_titles):.0f} |"
    )


if __name__ == "__main__":
    main()
