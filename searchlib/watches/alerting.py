"""What the standing queries find in a commit that is about to be made.

The index writer calls this when the new segments are written and not yet named by a manifest. Each
query is run once over the archive as it will be, and looks for matches in the new segments alone.
Of articles that are there already it is asked, too, whether their old version answered it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib.dates import DateSettings
from searchlib.errors import ArgumentError, QueryError
from searchlib.index.alert_log import AlertRow
from searchlib.index.index_reader import IndexReader
from searchlib.index.store import IndexStore
from searchlib.query import Limits, parse
from searchlib.query.filter_trees import filter_trees
from searchlib.schema.archive_settings import date_settings
from searchlib.search.plan_boolean import PlanNode
from searchlib.search.searcher import IndexSearcher, narrowed
from searchlib.search.top_k import live_matches
from searchlib.watches.watch import Watch
from searchlib.watches.watch_list import read_watches
from searchlib.whoosh_backend.fallback import MatcherFallback

__all__ = ["find_alerts"]

# What a query was kept under may have been more than the defaults; and a commit must not fail
# because the archive has grown past what a person may ask.
_LIMITS = Limits(
    length=1 << 22, depth=200, clauses=1 << 17, phrase=1 << 16, edits=10, distance=1 << 20,
    expansions=1 << 20, articles_read=1 << 30, seconds=5.0,
)  # fmt: skip

_Place = tuple[int, int]  # segment, document


def find_alerts(
    store: IndexStore, old: IndexReader, new: IndexReader, first_segment: int
) -> list[AlertRow]:
    """What each standing query of ``new`` finds in its segments from ``first_segment`` on; ``old``
    is the commit before. Queries that find nothing are left out.

    An article whose old version answered the query is "changed", for queries with
    ``notify="changed"``, and else left out; so is one that came back as it was. Raises
    :class:`QueryError` or :class:`ArgumentError`, naming the standing query, for one that cannot be
    run.
    """
    watches = list(read_watches(store.directory, new.manifest).values())
    dates = date_settings(store.settings)
    arrivals = _Commit(new, dates)
    matches = [_located(watch, arrivals, first_segment) for watch in watches]
    arrived = _Arrivals(old, new, {place for places in matches for place in places})
    before = _Commit(old, dates) if arrived.old_places else None
    rows = []
    for watch, places in zip(watches, matches, strict=True):
        known = [place for place in places if place in arrived.old_places]
        answered = set[_Place]()
        if known and before is not None:
            answered = _answered(watch, before, known, arrived.old_places)
        first = [arrived.keys[p] for p in places if p in arrived.keys and p not in answered]
        changed = [arrived.keys[p] for p in places if p in answered]
        if watch.notify != "changed":
            changed = []
        if first or changed:
            rows.append(AlertRow(watch.name, first, changed))
    return rows


class _Arrivals:
    """The keys of the articles that were found, and where the old versions of some are. Those that
    came back as they were are left out."""

    def __init__(self, old: IndexReader, new: IndexReader, places: set[_Place]) -> None:
        keys = {p: new.segments[p[0]].core.keys.keys.text(p[1]) for p in sorted(places)}
        known = old.find_many(list(keys.values())) if keys else {}
        self.keys: dict[_Place, str] = {}
        self.old_places: dict[_Place, _Place] = {}
        for place, key in keys.items():
            old_place = known.get(key)
            if old_place is not None:
                if _digest(old, old_place) == _digest(new, place):
                    continue
                self.old_places[place] = old_place
            self.keys[place] = key


def _digest(reader: IndexReader, place: _Place) -> bytes:
    digest: bytes = reader.segments[place[0]].core.keys.digest(place[1])
    return digest


class _Commit:
    """Plans the standing queries on a commit, each anew, so that dates are those of today."""

    def __init__(self, reader: IndexReader, dates: DateSettings) -> None:
        self.reader = reader
        self._dates = replace(dates, now=None)
        self._searcher = IndexSearcher(
            reader, dates.zone, fallback=MatcherFallback(reader), week_start=dates.week_start
        )
        limits = _LIMITS
        planner = self._searcher.planner
        planner.set_limits(limits.expansions, limits.articles_read, limits.seconds)

    def plan(self, watch: Watch) -> PlanNode:
        """The plan of a standing query, filters included."""
        schema = self.reader.schema

        def tree_of(text: str, match: Any) -> Any:
            return parse(text, schema, match=match, dates=self._dates, limits=_LIMITS).query

        filters = filter_trees(watch.filters, schema, lambda text: tree_of(text, "all"))
        tree = narrowed(tree_of(watch.query, watch.match), filters.values())
        return self._searcher.planner.plan(tree, keep=False)


def _located(watch: Watch, commit: _Commit, first_segment: int) -> list[_Place]:
    """The live documents that a standing query finds from a segment on, in order."""
    try:
        plan, places = commit.plan(watch), list[_Place]()
        for segment in range(first_segment, len(commit.reader.segments)):
            docs = live_matches(plan, commit.reader, segment).docs
            places += [(segment, document) for document in docs.tolist()]
        return places
    except (QueryError, ArgumentError) as error:
        raise _named(watch, error) from None


def _answered(
    watch: Watch, before: _Commit, places: Sequence[_Place], old_places: dict[_Place, _Place]
) -> set[_Place]:
    """Those of the places whose old versions a standing query found."""
    try:
        plan, by_segment = before.plan(watch), dict[int, list[tuple[int, _Place]]]()
        for place in places:
            segment, document = old_places[place]
            by_segment.setdefault(segment, []).append((document, place))
        answered = set[_Place]()
        for segment, pairs in by_segment.items():
            pairs.sort()
            docs: npt.NDArray[Any] = np.array([document for document, _ in pairs])
            found = plan.contains(segment, docs)
            answered |= {pairs[index][1] for index in np.flatnonzero(found).tolist()}
        return answered
    except (QueryError, ArgumentError) as error:
        raise _named(watch, error) from None


def _named(watch: Watch, error: QueryError | ArgumentError) -> QueryError | ArgumentError:
    cure = "change it with watch, or take it away with unwatch; nothing was committed"
    if isinstance(error, QueryError):
        message = f"standing query {watch.name!r}: {error.message}"
        return QueryError(error.code, error.span, message, f"{error.cure}; {cure}", error.text)
    return ArgumentError(f"standing query {watch.name!r}: {error}; {cure}")
