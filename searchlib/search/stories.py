"""Stories: near copies of one text (agency copies, updates, cut and corrected versions) as one.

The stories of a commit are worked out from the sketches of its live articles
(:mod:`searchlib.codec.story_sketches`), when they are first asked for: no text is read. So they
depend on nothing but the articles and the order of their dates; deleting, updating and merging need
no further care.

Articles are taken in the order of their dates, those without a date first, and those of one instant
as they were added. Each joins the story whose first article it is most like, or opens one:

1. *Candidates* are the first articles of stories within three days that share three shingles with
   it, and one in ten of those of both; a shingle of more than 200 of them is boilerplate and passed
   over. An article that joined a story but is unlike its first article is looked at too, and must
   be liked more.
2. *A quarter*, nearly, of the shingles of both texts together stand in both (Jaccard's measure,
   what is alike by chance left out), or most of the shorter text in the other (*containment*), and
   a tenth of both. An article that carries a quarter of another one shares less; a cut text is
   contained.
3. *Two fifths* of the rarer names and numbers of the one stand in the other; those in more than one
   in a hundred stories so far are common. And two articles of the same source do not have three
   such names each that the other lacks; two by the same authors under other titles have the same
   names. For what an agency sends twice is an update of the same names, and what an office sends
   twice on a day, each with names of its own, is a form letter.
4. *An update* names what the first version named, whatever it has of its own. So a tenth of both
   is enough where three quarters of all names of the earlier text stand in the later one. For the
   same reason a longer text that shares less than a third is none if it lacks more than a third of
   those names, and one three times as long if it lacks a fifth: it carries a piece of the other.
5. *Short texts* are tables, dividends and rates more often than not. On other days, under other
   titles, or if many of their words are names and numbers, all of those count, also common ones:
   each text of them must not have one that the other lacks. But of one day, and where they are no
   tables, one is an update of the other if it has two thirds of its names, and of the rarer ones.

A text with the same sketch as another is of the same story, whatever their dates.

:func:`group` is the Python implementation of ``searchlib.kernels.stories.group``, which gives the
same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchlib import kernels
from searchlib.codec.doc_values import MISSING, key_hash
from searchlib.codec.story_sketches import StorySketches, rates_of
from searchlib.errors import CorruptArchive
from searchlib.index.index_reader import IndexReader
from searchlib.kernels.constants import Sketch
from searchlib.schema import Keyword, Text

__all__ = ["RULES", "STRICT", "GroupingRules", "Stories", "group"]

Array = npt.NDArray[Any]
_DAY = 86_400_000_000  # microseconds
_NO_DAY = -(1 << 30)  # of articles without a date: they are alike by date only to each other


@dataclass(frozen=True, slots=True)
class GroupingRules:
    """When two articles are copies of one text.

    ``alike`` is Jaccard's measure at least; ``cut_alike`` if ``contained`` of the shorter text is
    in the other; of texts with fewer than ``short_words`` also ``short_contained`` is.
    ``same_title`` and ``other_title`` are how many of the names of the one are in the other, and
    ``much_alike_names`` if one is ``contained`` in the other and they are ``much_alike`` by
    Jaccard's measure; of those names that at most ``rare`` of the stories have, or ``rare_floor``
    stories. With fewer than three of them on a side ``few_names`` of the text is contained, of a
    short one ``short_few_names``, and all of it under another title.

    A later text that is ``update_alike``, with ``update_contained`` of the shorter one in the
    other, is an update if it has ``update_names`` of all names of the earlier one; where one is
    short ``update_names_short``, and ``update_rare`` of the rare ones, if both are of one day, have
    ``tiny_words`` and fewer names than ``update_table`` of their words. A longer text is no copy
    without ``mixed_names`` of the earlier one's below ``mixed_alike``, and without ``grown_names``
    if it has ``grown_times`` as many words.

    With ``own_names`` of them on each side that the other lacks they are different, of one source
    with ``own_names_same_source``; by the same authors under other titles with
    ``own_names_same_authors`` on both sides together, of all names with ``all_names``. If one is
    short and the days or titles differ, or names are ``table`` of its words, all names count, and
    one on each side makes them different, of one title and day ``own_names_short``; on both
    sides together if both are short and of other days, or one has fewer than ``tiny_words`` and
    another title, unless all of the one is in the other.

    An article is unlike the first one of its story below ``near``; what is to join it has
    ``member`` of it, and ``distant`` of the first one. ``days`` are the days between them at most.
    """

    alike: float = 0.23
    update_alike: float = 0.1
    update_contained: float = 0.4
    update_names: float = 0.77
    update_names_short: float = 0.65
    update_rare: float = 0.66
    update_table: float = 0.5
    grown_times: float = 3.0
    grown_names: float = 0.8
    mixed_alike: float = 0.32
    mixed_names: float = 0.65
    contained: float = 0.8
    cut_alike: float = 0.1
    short_contained: float = 0.6
    same_title: float = 0.4
    other_title: float = 0.4
    much_alike: float = 0.26
    much_alike_names: float = 0.2
    few_names: float = 0.4
    short_few_names: float = 0.85
    own_names: float = 33.0
    own_names_same_source: float = 3.0
    own_names_same_authors: float = 1.0
    own_names_short: float = 2.0
    table: float = 0.4
    all_names: bool = False
    rare_floor: float = 5.0
    rare: float = 0.01
    near: float = 0.9
    member: float = 0.8
    distant: float = 0.4
    short_words: int = 95
    tiny_words: int = 30
    days: int = 3


RULES = GroupingRules()
STRICT = GroupingRules(
    alike=0.7,
    update_alike=2.0,
    contained=0.9,
    short_contained=0.8,
    same_title=0.75,
    other_title=0.85,
    much_alike=2.0,
    few_names=0.95,
    short_few_names=0.95,
    own_names=3.0,
    own_names_same_source=2.0,
    own_names_short=1.0,
    all_names=True,
    member=2.0,
)


class Stories:
    """The stories of a commit. Documents are numbered over all segments; ``story_of`` has the first
    document of the story of each (int32), or -1 of those that are deleted."""

    def __init__(self, reader: IndexReader, story_field: str, *, strict: bool = False) -> None:
        docs, sketches, words = _live_sketches(reader, story_field)
        instants = _instants(reader)[docs]
        order = np.argsort(instants, kind="stable")  # those of one instant as they were added
        days = np.where(instants == MISSING, _NO_DAY, instants // _DAY).astype(np.int32)
        make: Any = kernels.stories.group if kernels.available else group
        ordered = sketches.take(order)
        firsts = make(
            ordered.shingles, ordered.levels, ordered.names, ordered.name_counts,
            words[order].astype(np.int32), ordered.titles,
            *(_by_whom(reader, name)[docs[order]] for name in ("source", "authors")), days[order],
            astuple(STRICT if strict else RULES),
        )  # fmt: skip
        docs = docs[order]
        self.story_of: npt.NDArray[np.int32] = np.full(reader.documents, -1, np.int32)
        self.story_of[docs] = docs[firsts]
        self._place = np.full(reader.documents, -1, np.int64)  # in the order of dates
        self._place[docs] = np.arange(len(docs))
        # The documents by story, those of each in the order of dates; and where each begins.
        by_story = np.lexsort((np.arange(len(docs)), firsts))
        self._members = docs[by_story]
        sizes = np.bincount(firsts, minlength=len(docs))
        self._starts = np.zeros(reader.documents, np.int64)
        self._sizes = np.zeros(reader.documents, np.int64)
        self._starts[docs] = np.cumsum(sizes) - sizes
        self._sizes[docs] = sizes

    def members(self, document: int) -> list[int]:
        """The articles of the story of a document, the first one first."""
        story = int(self.story_of[document])
        if story < 0:
            return []
        start = int(self._starts[story])
        members: list[int] = self._members[start : start + int(self._sizes[story])].tolist()
        return members

    def places(self, documents: Array) -> Array:
        """Where documents stand in the order of dates: int64."""
        places: Array = self._place[documents]
        return places

    def sizes(self, documents: Array) -> Array:
        """How many articles the story of each of some documents has: int64."""
        sizes: Array = self._sizes[self.story_of[documents]]
        return sizes


def _live_sketches(reader: IndexReader, story_field: str) -> tuple[Array, StorySketches, Array]:
    """The live documents, numbered over all segments, their sketches, and how many words their
    texts have."""
    docs, parts, words = [np.empty(0, np.int64)], [], [np.empty(0, np.int64)]
    for segment, doc_base in zip(reader.segments, reader.doc_bases, strict=True):
        sketches, text = segment.core.story_sketches, segment.core.text(story_field)
        if sketches is None or text is None or not isinstance(
            reader.schema.fields.get(story_field), Text
        ):  # fmt: skip
            why = "its sketches of texts are missing"
            raise CorruptArchive(segment.core.segment_file.file, why)
        lengths = text.lengths.astype(np.int64)
        if segment.live_docs is None:
            live = np.arange(segment.documents)
            parts.append(sketches)
        else:
            live = np.flatnonzero(segment.live_docs)
            parts.append(sketches.take(live))
        docs.append(live + doc_base)
        words.append(lengths[live])
    return np.concatenate(docs), StorySketches.join(parts), np.concatenate(words)


def _instants(reader: IndexReader) -> Array:
    """The dates of all documents: microseconds, MISSING where there is none."""
    name = reader.schema.date_field
    parts = [np.empty(0, np.int64)]
    for segment in reader.segments:
        dates = None if name is None else segment.core.number(name)
        parts.append(np.full(segment.documents, MISSING) if dates is None else dates.values)
    return np.concatenate(parts)


def _by_whom(reader: IndexReader, name: str) -> npt.NDArray[np.uint64]:
    """A number for the values of a keyword field of each document; 0 where it has none."""
    numbers = np.zeros(reader.documents, np.uint64)
    if not isinstance(reader.schema.fields.get(name), Keyword):
        return numbers
    for segment, doc_base in zip(reader.segments, reader.doc_bases, strict=True):
        values = segment.core.keyword(name)
        if values is None:
            continue
        # At the end what stands for no value.
        hashes = np.append(key_hash(list(values.terms)), np.uint64(0)).astype(np.uint64)
        own = hashes[values.ranks]
        if values.value_offsets is not None:
            totals = np.append(np.uint64(0), np.cumsum(own, dtype=np.uint64))
            own = np.diff(totals[values.value_offsets])
        numbers[doc_base : doc_base + segment.documents] = own
    return numbers


def group(
    shingles: Array, levels: Array, names: Array, name_counts: Array, words: Array, titles: Array,
    sources: Array, authors: Array, days: Array, rules: tuple[Any, ...],
) -> npt.NDArray[np.int32]:  # fmt: skip
    """For each of some articles, in the order of their days, the first article of its story."""
    grouping = _Grouping(GroupingRules(*rules))
    sketches = _split(shingles, levels, names, name_counts)
    columns = (words, rates_of(words), titles, sources, authors, days)
    rows = zip(sketches, *(column.tolist() for column in columns), strict=True)
    for (by_level, own_names), *others in rows:
        grouping.add(_Article(by_level, own_names, *others))
    return np.array(grouping.firsts, np.int32)


def _split(shingles: Array, levels: Array, names: Array, name_counts: Array) -> list[Any]:
    """Of each article the shingles of each level, from the highest, and its names."""
    runs = np.split(shingles, np.cumsum(levels.ravel(), dtype=np.int64))
    of_levels = [frozenset(run.tolist()) for run in runs[:-1]]
    own_names = np.split(names, np.cumsum(name_counts, dtype=np.int64))[:-1]
    step = int(Sketch.LEVELS)
    return [
        (tuple(of_levels[step * n : step * n + step]), own.tolist())
        for n, own in enumerate(own_names)
    ]


@dataclass(frozen=True, slots=True)
class _Article:
    levels: tuple[frozenset[int], ...]
    names: list[int]
    words: int
    rate: int
    title: int
    source: int
    authors: int
    day: int

    @property
    def shingles(self) -> list[tuple[int, int]]:
        return [(level, value) for level, own in enumerate(self.levels) for value in own]

    def is_table(self, part: float) -> bool:
        """Whether so much of the words of a text are names and numbers."""
        return len(self.names) >= part * self.words


class _Names:
    """How many names two texts have, and both; and how many of those of the second are in the
    first, those alike by chance left out."""

    def __init__(self, first: set[int], second: set[int], limit: int) -> None:
        self.first, self.second, self.both = len(first), len(second), len(first & second)
        self.fewer = min(self.first, self.second)
        self.different = len(first ^ second)
        by_chance = (self.first - self.both) * (self.second - self.both)
        self.named = self.both - by_chance / limit


class _Grouping:
    """Articles as they come, and the first article of the story of each."""

    def __init__(self, rules: GroupingRules) -> None:
        self._rules = rules
        self.firsts: list[int] = []
        self._articles: list[_Article] = []
        self._equal: dict[Any, int] = {}
        self._lists: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._names: Counter[int] = Counter()  # in how many first articles each is
        self._stories = 0
        self._oldest = 0
        self._listed: dict[int, int] = {}  # articles in the lists: how many shingles they have

    def add(self, article: _Article) -> None:
        number = len(self._articles)
        self._articles.append(article)
        self.firsts.append(number)
        shingles = article.shingles
        if not shingles:
            return
        key = (article.words, article.levels, tuple(article.names))
        equal = self._equal.setdefault(key, number)
        if equal != number:
            self.firsts[number] = self.firsts[equal]
            return
        while self._articles[self._oldest].day < article.day - self._rules.days:
            self._listed.pop(self._oldest, None)
            self._oldest += 1
        best, part = self._most_like(number, shingles)
        if best is None:
            self._stories += 1
            self._names.update(article.names)
        else:
            self.firsts[number] = self.firsts[best]
        if best is None or (self.firsts[best] == best and part < self._rules.near):
            self._listed[number] = len(shingles)
            for shingle in shingles:
                self._lists[shingle].append(number)

    def _most_like(self, number: int, shingles: list[tuple[int, int]]) -> tuple[int | None, float]:
        since = self._articles[number].day - self._rules.days
        common = Sketch.COMMON + sum(self._listed.values()) // (1 << Sketch.HASH_BITS)
        hits: Counter[int] = Counter()
        for shingle in shingles:
            recent = [n for n in self._lists.get(shingle, ()) if self._articles[n].day >= since]
            if len(recent) <= common:
                hits.update(recent)
        best, best_part = None, 0.0
        for other in sorted(hits):
            if hits[other] < self._least_shared(number, other):
                continue
            part = self._likeness(number, other)
            first = self.firsts[other]
            if first != other and (
                part < self._rules.member or self._shared(number, first)[0] < self._rules.distant
            ):
                continue
            if part > best_part:
                best, best_part = other, part
        return best, best_part

    def _least_shared(self, number: int, other: int) -> int:
        """How many shingles two texts share at least, if they are alike at all."""
        one, two = self._articles[number], self._articles[other]
        counts = len(one.shingles), len(two.shingles)
        if one.rate == two.rate:
            least = sum(counts) // (Sketch.SHINGLES_A_SHARED + 1)
        else:  # all of those of the higher rate are compared
            least = counts[two.rate > one.rate] // Sketch.SHINGLES_A_SHARED
        return min(max(least, int(Sketch.LEAST_SHARED)), *counts)

    def _shared(self, number: int, other: int) -> tuple[float, float]:
        """How much of the shorter text is in the other; and of the shingles that one or the other
        has, how many both have (those left out that are likely to be alike by chance)."""
        one, two = self._articles[number], self._articles[other]
        rate = max(one.rate, two.rate)
        both = either = own = others = by_chance = 0
        for a, b in list(zip(one.levels, two.levels, strict=True))[: Sketch.LEVELS - rate]:
            shared = len(a & b)
            by_chance += (len(a) - shared) * (len(b) - shared)
            both, either = both + shared, either + len(a) + len(b) - shared
            own, others = own + len(a), others + len(b)
        fewer = min(own, others)
        if both == 0 or both < min(Sketch.LEAST_SHARED, fewer):
            return 0.0, 0.0
        return both / fewer, (both - by_chance / (1 << Sketch.HASH_BITS)) / either

    def _likeness(self, number: int, other: int) -> float:
        """How much of the shorter text is in the other, or 0 if they are not of one story; the
        second is the earlier one."""
        rules, one, two = self._rules, self._articles[number], self._articles[other]
        part, jaccard = self._shared(number, other)
        is_short = min(one.words, two.words) < rules.short_words
        if part == 0:
            return 0.0
        is_alike = jaccard >= (rules.cut_alike if part >= rules.contained else rules.alike)
        is_alike = is_alike and not (is_short and part < rules.short_contained)
        may_be_update = jaccard >= rules.update_alike and part >= rules.update_contained
        if not is_alike and not may_be_update:
            return 0.0
        all_names, rare = self._shared_names(one, two)
        same_title = one.title != 0 and one.title == two.title
        is_other = one.day != two.day or one.title != two.title
        takes_all = is_short and (
            is_other or one.is_table(rules.table) or two.is_table(rules.table)
        )
        same_authors = one.authors != 0 and one.authors == two.authors and not same_title
        takes_all = takes_all or (same_authors and rules.all_names)
        names = all_names if takes_all else rare
        own_names, own = rules.own_names, names.fewer - names.both
        if takes_all:
            own_names = rules.own_names_short if same_title and not is_other else 1
        if same_authors:
            own_names, own = min(own_names, rules.own_names_same_authors), names.different
            if own >= own_names:
                return 0.0
        may_be_update = may_be_update and self._is_update(one, two, all_names, rare)
        if may_be_update and is_short:
            return part
        if is_short and part < 1 and not same_authors and (
            (one.day != two.day and max(one.words, two.words) < rules.short_words)
            or (one.title != two.title and min(one.words, two.words) < rules.tiny_words)
        ):  # fmt: skip
            own = names.different
        elif not same_authors and one.source and one.source == two.source:
            own_names = min(own_names, rules.own_names_same_source)
        if own >= own_names or (not is_alike and not may_be_update):
            return 0.0
        if not is_short and self._is_mixture(one, two, all_names, jaccard):
            return 0.0
        if may_be_update:
            return part
        if names.fewer < Sketch.LEAST_SHARED:
            bar = rules.few_names
            if is_short:
                bar = rules.short_few_names if one.title == two.title else 1
            return part if part >= bar else 0.0
        bar = rules.same_title if same_title else rules.other_title
        if part >= rules.contained and jaccard >= rules.much_alike:
            bar = min(bar, rules.much_alike_names)
        return part if names.both / names.fewer >= bar else 0.0

    def _shared_names(self, one: _Article, two: _Article) -> tuple[_Names, _Names]:
        """All names of two articles that can be compared, and the rare ones of them."""
        limit = min(
            own[-1] + 1 if len(own) == Sketch.MOST_NAMES else 1 << Sketch.NAME_BITS
            for own in (one.names, two.names)
        )
        most = self._rules.rare_floor + self._rules.rare * self._stories
        first, second = ({n for n in own if n < limit} for own in (one.names, two.names))
        return _Names(first, second, limit), _Names(
            {n for n in first if self._names[n] <= most},
            {n for n in second if self._names[n] <= most}, limit,
        )  # fmt: skip

    def _is_update(self, one: _Article, two: _Article, names: _Names, rare: _Names) -> bool:
        """Whether a text names what an earlier one does."""
        rules = self._rules
        if min(one.words, two.words) >= rules.short_words:
            return names.second >= Sketch.LEAST_SHARED and (
                names.named >= rules.update_names * names.second
            )
        return (
            one.day == two.day
            and min(one.words, two.words) >= rules.tiny_words
            and not (one.is_table(rules.update_table) or two.is_table(rules.update_table))
            and names.named >= rules.update_names_short * names.second
            and rare.both > 0
            and rare.both >= rules.update_rare * rare.second
        )

    def _is_mixture(self, one: _Article, two: _Article, names: _Names, jaccard: float) -> bool:
        """Whether a longer text has too few of an earlier one's names for what they share."""
        rules = self._rules
        if one.words <= two.words or names.second < Sketch.LEAST_SHARED:
            return False
        if one.words >= rules.grown_times * two.words:
            return names.named < rules.grown_names * names.second
        return jaccard < rules.mixed_alike and names.named < rules.mixed_names * names.second
