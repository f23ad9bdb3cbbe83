"""Queries drawn at random from a corpus, as plain data.

Words come from all bands of document frequency: the target frequency is log-uniform between
one article and that of the most frequent word. Half of the queries of several words draw each word
independently (many of these match little or nothing), half draw them from one article (so that
at least one article matches). Phrases are taken from running text, stop words included.

Only words that every tokenizer treats alike are drawn: ASCII letters between blanks. Words that
are operators in one of the query languages are left out, but not from phrases.
"""

from __future__ import annotations

import bisect
import datetime
import itertools
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.corpus import Article, Corpus

_OPERATORS = "and or not near same to in has adj pre w since before between"
_COUNTED = 1_000_000  # articles, from the first, that are read to draw queries
_SAMPLED = 3000  # articles that phrases and words used together are taken from
#: The two facet fields.
FACETS = ("section", "authors")


@dataclass(frozen=True)
class Query:
    """What to search for. ``match`` is all, any or phrase; dates are ISO days, both included.

    ``stems`` marks a phrase that matches any form of its words, as it does for every peer; in
    searchlib a quoted phrase means the words as written, so there both are measured.
    """

    kind: str
    words: tuple[str, ...]
    match: str = "all"
    since: str = ""
    until: str = ""
    facets: tuple[str, ...] = ()
    stems: bool = False


class Words:
    """The words of a corpus by document frequency, and some of its articles."""

    def __init__(self, articles: Iterator[Article], rng: random.Random) -> None:
        frequency: Counter[str] = Counter()
        days: list[str] = []
        self.sample: list[list[str]] = []
        for i, article in enumerate(articles):
            chunks = article["body"].split()
            frequency.update({c.lower() for c in map(_bare, chunks) if c})
            if article["date"]:
                days.append(article["date"][:10])
            at = i if i < _SAMPLED else rng.randrange(i + 1)
            if at < _SAMPLED:
                self.sample[at : at + 1] = [chunks]
        self.days = sorted(days)
        operators = set(_OPERATORS.split())
        self.frequency = {w: n for w, n in frequency.items() if w not in operators}
        self._by_count = sorted(self.frequency, key=lambda w: (self.frequency[w], w))
        self._counts = [self.frequency[w] for w in self._by_count]

    def draw(self, rng: random.Random, among: Sequence[str] = ()) -> str:
        """A word with a log-uniform document frequency, from ``among`` or from all words."""
        words = sorted(among, key=lambda w: (self.frequency[w], w)) or self._by_count
        counts = [self.frequency[w] for w in words] if among else self._counts
        target = math.exp(rng.uniform(0, math.log(self._counts[-1])))
        low = bisect.bisect_left(counts, target / 1.3)
        high = bisect.bisect_right(counts, target * 1.3)
        if low == high:  # no word near it: the next one up or down
            low = min(low, len(words) - 1)
            low = low - 1 if low and rng.random() < 0.5 else low
            high = low + 1
        return words[rng.randrange(low, high)]

    def several(self, rng: random.Random, count: int) -> tuple[str, ...]:
        """Different words, drawn independently or from one article."""
        drawn: dict[str, None] = {}
        among: list[str] = []
        if rng.random() < 0.5:
            among = self._words_of_one_article(rng)
        for _ in range(200):
            drawn.setdefault(self.draw(rng, among if len(among) > count else ()))
            if len(drawn) == count:
                break
        return tuple(drawn)

    def _words_of_one_article(self, rng: random.Random) -> list[str]:
        chunks = self.sample[rng.randrange(len(self.sample))]
        words = {c.lower() for c in map(_bare, chunks) if c}
        return sorted(words & self.frequency.keys())

    def phrase(self, rng: random.Random, count: int) -> tuple[str, ...]:
        """Consecutive words of running text, without punctuation between them."""
        while True:
            chunks = self.sample[rng.randrange(len(self.sample))]
            if len(chunks) < count:
                continue
            start = rng.randrange(len(chunks) - count + 1)
            phrase = chunks[start : start + count]
            if all(c.isascii() and c.isalpha() and len(c) <= 30 for c in phrase):
                return tuple(c.lower() for c in phrase)

    def period(self, rng: random.Random) -> tuple[str, str]:
        """The first and last day of a period: from a day to the whole corpus, log-uniform."""
        first, last = (datetime.date.fromisoformat(d) for d in (self.days[0], self.days[-1]))
        span = max(1, (last - first).days)
        length = int(math.exp(rng.uniform(0, math.log(span))))
        since = first + datetime.timedelta(rng.randrange(max(1, span - length)))
        return since.isoformat(), (since + datetime.timedelta(length)).isoformat()


def _bare(chunk: str) -> str:
    """The word in a chunk of text, or "" if it is not plain ASCII letters."""
    word = chunk.strip(".,;:!?()\"'")
    return word if len(word) > 1 and len(word) <= 30 and word.isascii() and word.isalpha() else ""


def _one(words: Words, rng: random.Random) -> Query:
    return Query("one word", (words.draw(rng),))


def _several(match: str, count: int) -> Callable[[Words, random.Random], Query]:
    def draw(words: Words, rng: random.Random) -> Query:
        return Query(f"{match} of {count}", words.several(rng, count), match)

    return draw


def _phrase(count: int, stems: bool) -> Callable[[Words, random.Random], Query]:
    kind = f"phrase of {count}{', any form' if stems else ''}"

    def draw(words: Words, rng: random.Random) -> Query:
        return Query(kind, words.phrase(rng, count), "phrase", stems=stems)

    return draw


def _dated(words: Words, rng: random.Random) -> Query:
    since, until = words.period(rng)
    return Query("dates", words.several(rng, rng.choice((1, 2))), "all", since, until)


def _facets(words: Words, rng: random.Random) -> Query:
    match = rng.choice(("all", "any"))
    return Query("facets", words.several(rng, rng.choice((1, 2))), match, facets=FACETS)


_KINDS: dict[str, Callable[[Words, random.Random], Query]] = {
    "one word": _one,
    "all of 2": _several("all", 2),
    "all of 3": _several("all", 3),
    "any of 2": _several("any", 2),
    "any of 4": _several("any", 4),
    "phrase of 2": _phrase(2, stems=False),
    "phrase of 3": _phrase(3, stems=False),
    "phrase of 2, any form": _phrase(2, stems=True),
    "phrase of 3, any form": _phrase(3, stems=True),
    "dates": _dated,
    "facets": _facets,
}
#: The classes of queries, in the order of the tables.
KINDS = tuple(_KINDS)


def draw(corpus: Corpus, per_kind: int, seed: int, work: Path) -> list[Query]:
    """``per_kind`` queries of each class; the same ones for the same corpus, number and seed."""
    saved = work / "queries" / f"{corpus.name}-{per_kind}-{seed}.json"
    if not saved.exists():
        rng = random.Random(seed)
        queries = draw_from(Words(itertools.islice(corpus.read(), _COUNTED), rng), per_kind, seed)
        saved.parent.mkdir(parents=True, exist_ok=True)
        saved.write_text(json.dumps([asdict(query) for query in queries]))
    return [_from_json(entry) for entry in json.loads(saved.read_text())]


def draw_from(words: Words, per_kind: int, seed: int) -> list[Query]:
    """``per_kind`` queries of each class."""
    queries = []
    for kind, make in _KINDS.items():
        # Exact and stemmed phrases are measured on the same phrases.
        rng = random.Random(f"{seed} {kind.removesuffix(', any form')}")
        queries += [make(words, rng) for _ in range(per_kind)]
    return queries


def _from_json(entry: dict[str, object]) -> Query:
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return Query(**plain)  # type: ignore[arg-type]
