"""Articles to measure with: from corpus files, or generated from a seed.

Synthetic articles have what matters to an index of news: words by Zipf's law (Mandelbrot's
form) with real stop words at the top, bursts (a word used once in an article is likely to come
again; events have words of their own for a few weeks), set phrases, log-normal lengths, dates
that thin out at weekends, and sections, sources and authors of very different sizes.

The articles of one seed are always the same, and the first n of a larger corpus are the corpus
of n articles.
"""

from __future__ import annotations

import datetime
import gzip
import itertools
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Article = dict[str, Any]
Ints = npt.NDArray[np.int64]

#: The fields that every peer indexes and stores.
FIELDS = ("id", "title", "body", "date", "source", "section", "authors")

PROJECT = Path(__file__).resolve().parent.parent

_BLOCK = 1000  # articles generated from one random stream
_WORDS = 300_000
_STOPS = (
    "the of to and in a said for that on is was it by with at he from has as be have an its "
    "will but not are his were they been which this had who would about their after more one "
    "over also than up or year new last two people there first some government could other we "
    "when out she all into so no time if before against because during him what percent between "
    "only her since most can under years made state most three while them where many such any "
    "then may now officials do police these day week through president country being company "
    "including group minister world city just how still market well since back both next month"
)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ONSETS = _split("b c d f g h j k l m n p r s t v w st tr pr gr cl br fl sh ch pl cr")
_VOWELS = _split("a e i o u ai ea ou ie oo")
_CODAS = ("", "n", "r", "l", "t", "s", "m", "nd", "st", "ck")
_SECTIONS = _split("world politics business sports culture science health technology opinion local")
_SOURCES = [
    f"{town} {kind}"
    for kind in ("Wire", "Herald", "Post", "Courier")
    for town in ("Northgate", "Eastport", "Westmere", "Southam", "Midvale", "Harbour")
]
_FIRST = _split("Ann Ben Cara Dan Eve Finn Gail Hugh Iris Joel Kim Lars Mona Nils Olga Paul")
_LAST = _split("Abbot Brook Cole Dunn Ellis Frost Grant Hale Irwin Joyce Kerr Lane Moss Nash")
_AUTHORS = [f"{first} {last}" for last in _LAST for first in _FIRST]
_DAY_ONE = datetime.date(2004, 1, 1).toordinal()
_DAYS = 365 * 12


def _spell(rank: int) -> str:
    """The word of a rank: short ones first, all different."""
    syllables = []
    number = rank
    while True:
        number, onset = divmod(number, len(_ONSETS))
        number, vowel = divmod(number, len(_VOWELS))
        syllables.append(_ONSETS[onset] + _VOWELS[vowel])
        if number == 0:
            break
        number -= 1
    return "".join(syllables) + _CODAS[rank % len(_CODAS)]


def _vocabulary() -> list[str]:
    """The words by rank: stop words, then generated ones, some of them inflected forms."""
    words = dict.fromkeys(_STOPS.split())
    rank = 0
    while len(words) < _WORDS:
        base = _spell(rank)
        words.setdefault(base)
        if rank % 4 == 1:
            words.setdefault(base + ("s", "ed", "ing", "er")[rank // 4 % 4])
        if rank % 50 == 7:
            words.setdefault(str(rank))
        rank += 1
    return list(words)[:_WORDS]


class Generator:
    """Generates the articles of a seed.

    >>> [a["id"] for a in Generator(1).articles(2)]
    ['s1-0', 's1-1']
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        weights = 1.0 / (np.arange(_WORDS) + 2.7) ** 1.07
        self._cdf = np.cumsum(weights) / weights.sum()
        words = _vocabulary()
        # A word's four shapes: plain, capital, before a stop, both.
        shapes = (str, str.capitalize, "{},".format, "{}.".format)
        self._shapes = [shape(word) for shape in shapes for word in words]
        rng = np.random.default_rng([seed, 1])
        self._follow = self._draw(rng, 3 * _WORDS).reshape(3, _WORDS)
        self._events = self._draw_rare(rng, 40 * 600).reshape(600, 40)

    def articles(self, count: int) -> Iterator[Article]:
        """The first ``count`` articles."""
        for block in range(0, count, _BLOCK):
            yield from itertools.islice(self._block(block), count - block)

    def _draw(self, rng: np.random.Generator, count: int) -> Ints:
        return self._ranks(rng.random(count))

    def _draw_rare(self, rng: np.random.Generator, count: int) -> Ints:
        low = self._cdf[150]
        return self._ranks(low + (1 - low) * rng.random(count))

    def _ranks(self, at: npt.NDArray[np.float64]) -> Ints:
        ranks: Ints = np.minimum(np.searchsorted(self._cdf, at), _WORDS - 1).astype(np.int64)
        return ranks

    def _block(self, first: int) -> Iterator[Article]:
        rng = np.random.default_rng([self.seed, 2, first])
        u = rng.random((_BLOCK, 8))
        normal = np.sqrt(-2 * np.log(1 - u[:, 0])) * np.cos(2 * np.pi * u[:, 1])
        lengths = np.clip(np.exp(5.2 + 0.65 * normal), 12, 4000).astype(np.int64)
        days = (u[:, 2] * _DAYS).astype(np.int64)
        weekend = ((days + _DAY_ONE) % 7 == 0) | ((days + _DAY_ONE) % 7 == 6)
        days = np.where(weekend & (u[:, 3] < 0.6), np.maximum(days - 3, 0), days)
        tokens = self._running_text(rng, lengths, days)
        ends = np.cumsum(lengths)
        for i, (end, length) in enumerate(zip(ends.tolist(), lengths.tolist(), strict=True)):
            text = tokens[end - length : end]
            head = text[: 6 + i % 5] % _WORDS
            minute = int(u[i, 4] * 1440)
            date = datetime.date.fromordinal(_DAY_ONE + int(days[i])).isoformat()
            many = [_AUTHORS[int(len(_AUTHORS) * u[i, 5] ** 2)]]
            if u[i, 6] < 0.15:
                many.append(_AUTHORS[int(len(_AUTHORS) * u[i, 6] / 0.15)])
            yield {
                "id": f"s{self.seed}-{first + i}",
                "title": " ".join(self._shapes[w] for w in head.tolist()).capitalize(),
                "body": " ".join(map(self._shapes.__getitem__, text.tolist())),
                "date": f"{date}T{minute // 60:02}:{minute % 60:02}:00",
                "source": _SOURCES[int(len(_SOURCES) * u[i, 7] ** 3)],
                "section": _SECTIONS[int(len(_SECTIONS) * u[i, 6] ** 2)],
                "authors": list(dict.fromkeys(many)),
            }

    def _running_text(self, rng: np.random.Generator, lengths: Ints, days: Ints) -> Ints:
        """The words of all articles, concatenated; each in the shape that its position needs."""
        total = int(lengths.sum())
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        place = np.arange(total)
        tokens = self._draw(rng, total)
        kind = rng.random(total)
        # Bursts: words of the event that the article is about, and words it has used before.
        event = (days // 22 + (rng.random(len(days)) < 0.5) * 200) % len(self._events)
        event_words = self._events[
            np.repeat(event, lengths), (rng.random(total) ** 2 * 40).astype(int)
        ]
        tokens = np.where(kind < 0.08, event_words, tokens)
        before = tokens[starts + (rng.random(total) * (place - starts)).astype(np.int64)]
        tokens = np.where((kind > 0.75) & (before > 100), before, tokens)
        # Set phrases: a word is often followed by one of three others.
        follows = (rng.random(total) < 0.25) & (place > starts)
        which = (rng.random(total) ** 2 * 3).astype(np.int64)
        tokens = np.where(follows, self._follow[which, np.roll(tokens, 1)], tokens)
        mark = rng.random(total)
        stop = (mark < 0.055) | (place == starts + np.repeat(lengths, lengths) - 1)
        capital = (np.roll(stop, 1) | (place == starts)) & ~stop
        comma = (mark > 0.95) & ~stop & ~capital
        shaped: Ints = tokens + _WORDS * np.select([stop, capital, comma], [3, 1, 2], 0)
        return shaped


def corpora_folder() -> Path:
    """Where corpus files are: SEARCHLIB_CORPORA, or ``shared/corpora`` beside the project."""
    return Path(os.environ.get("SEARCHLIB_CORPORA", PROJECT.parent / "shared" / "corpora"))


@dataclass(frozen=True)
class Corpus:
    """A JSON Lines file of articles with exactly the :data:`FIELDS`."""

    name: str
    path: Path
    articles: int
    text_bytes: int

    def read(self) -> Iterator[Article]:
        """The articles, one after the other."""
        return read_lines(self.path)

    def batches(self, commits: int) -> Iterator[Iterator[Article]]:
        """The articles in ``commits`` batches of about the same size."""
        articles = self.read()
        size, more = divmod(self.articles, commits)
        for i in range(commits):
            yield itertools.islice(articles, size + (i < more))


# The other libraries get articles by the same decoders that searchlib uses.
try:
    from isal.igzip import open as _gzip_open
except ImportError:
    _gzip_open = gzip.open
_decode = msgspec.json.Decoder().decode


def read_lines(path: Path) -> Iterator[Article]:
    """The articles of a JSON Lines file, plain or .gz."""
    opener: Any = _gzip_open if path.suffix == ".gz" else open
    with opener(path, "rb") as lines:
        for line in lines:
            if not line.isspace():
                yield _decode(line)


def names() -> list[str]:
    """The available corpora."""
    files = sorted(corpora_folder().glob("*.jsonl.gz"))
    return [path.name.removesuffix(".jsonl.gz") for path in files] + ["synthetic"]


def prepare(name: str, limit: int | None, work: Path, seed: int = 1) -> Corpus:
    """The corpus as a file in ``work``, written on first use.

    ``limit`` is the number of articles (from the first); a synthetic corpus needs one. Raises
    FileNotFoundError if there is no such corpus.
    """
    label = f"{name}{f'-seed{seed}' if name == 'synthetic' else ''}-{limit or 'all'}"
    path = work / "corpora" / f"{label}.jsonl.gz"
    sizes_path = path.with_name(f"{label}.json")
    if not sizes_path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        articles: Iterable[Article]
        if name == "synthetic":
            articles = Generator(seed).articles(limit or 10_000)
        else:
            articles = itertools.islice(_of_file(name), limit)
        count, size = _write(articles, path)
        sizes_path.write_text(json.dumps({"articles": count, "text_bytes": size}))
    return Corpus(label, path, **json.loads(sizes_path.read_text()))


def _of_file(name: str) -> Iterator[Article]:
    path = corpora_folder() / f"{name}.jsonl.gz"
    if not path.exists():
        raise FileNotFoundError(f"no corpus {name!r} in {path.parent}: {', '.join(names())}")
    seen = set()  # not every peer replaces an article with the same id
    for article in read_lines(path):
        if article["id"] not in seen:
            seen.add(article["id"])
            yield {field: article.get(field, "") for field in FIELDS}


def _write(articles: Iterable[Article], path: Path) -> tuple[int, int]:
    count = size = 0
    with gzip.open(path, "wt", compresslevel=3, encoding="utf-8") as file:
        for article in articles:
            line = json.dumps(article, ensure_ascii=False)
            file.write(line + "\n")
            size += len(article["title"]) + len(article["body"])
            count += 1
    return count, size
