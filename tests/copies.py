"""Articles and near copies of them, made by a seeded generator; and their stories in plain Python,
without an archive."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

import numpy as np

from searchlib.analysis.vocabulary import ChunkAnalyser, Vocabulary
from searchlib.index.sketches import sketch_texts, title_hash
from searchlib.search.stories import RULES, group

_WORDS = (
    "harbour rain minister council budget strike ferry union school bridge river storm market "
    "price engine village winter doctor vote report city road station company worker"
    " teacher farmer court"
).split()
_NAMES = (
    "Hansen Okafor Lindqvist Marchetti Devereux Tanaka Obermann Castellan Yardley Whitcomb".split()
)
_LINKS = ["of the", "with a", "after the", "in a", "said the", "for its", "and the", "from a"]


def text(chance: random.Random, words: int) -> str:
    """A text of about so many words, with names and numbers in it."""
    parts: list[str] = []
    while len(parts) < words:
        parts += [chance.choice(_WORDS), *chance.choice(_LINKS).split()]
        if chance.random() < 0.2:
            parts += [
                chance.choice(_NAMES) + chance.choice("abcdefgh"),
                str(chance.randrange(9999)),
            ]
    return " ".join(parts)


def edited(chance: random.Random, original: str) -> str:
    """A near copy of a text, or one that shares a little with it."""
    words = original.split()
    match chance.randrange(7):
        case 0:
            return original
        case 1:
            return " ".join(words[: max(8, 6 * len(words) // 10)])
        case 2:
            return "WIRE - " + original + " (MORE TO COME)"
        case 3:
            return original + " " + text(chance, len(words) // 2)
        case 4:
            for _ in range(len(words) // 8):
                words[chance.randrange(len(words))] = chance.choice(_WORDS)
            return " ".join(words)
        case 5:
            middle = words[len(words) // 5 : 4 * len(words) // 5]
            return " ".join([text(chance, 12), *middle, text(chance, len(words) // 2)])
    return text(chance, len(words)) + " " + " ".join(words[-len(words) // 4 :])


def articles(seed: int, count: int) -> list[dict[str, Any]]:
    """Articles of some days, many of them copies of one another."""
    chance = random.Random(seed)
    bodies: list[str] = []
    made = []
    for number in range(count):
        body = text(chance, chance.choice((5, 12, 40, 120, 400)))
        if bodies and chance.random() < 0.7:
            body = edited(chance, chance.choice(bodies))
        bodies.append(body)
        article = {"id": str(number), "title": body[: chance.choice((0, 20))], "body": body,
                   "source": chance.choice(("Wire", "Post", "Times"))}  # fmt: skip
        if chance.random() < 0.9:
            article["date"] = f"2022-01-{chance.randrange(1, 10):02}"
        made.append({name: value for name, value in article.items() if value})
    return made


def plain_stories(records: Iterable[dict[str, Any]]) -> set[tuple[str, ...]]:
    """The keys of the articles of each story, by the Python implementations alone; articles of one
    day are in the order in which they were added."""
    rows = sorted(records, key=lambda row: row.get("date", ""))
    if not rows:
        return set()
    batch = Vocabulary(ChunkAnalyser())
    chunks, counts, _ = batch.cut([row["body"] for row in rows])
    ends = np.append(0, np.cumsum(batch.lengths(chunks)))[np.cumsum(counts)]
    titles = [title_hash(row.get("title", "")) for row in rows]
    sketches = sketch_texts(batch, [(chunks, counts)], titles)
    days = [int(row["date"][8:10]) if "date" in row else -99 for row in rows]
    sources = ["", "Wire", "Post", "Times"]
    firsts = group(
        sketches.shingles, sketches.levels, sketches.names, sketches.name_counts,
        np.diff(ends, prepend=0).astype(np.int32), sketches.titles,
        np.array([sources.index(row.get("source", "")) for row in rows], np.uint64),
        np.zeros(len(rows), np.uint64), np.array(days, np.int32), astuple(RULES),
    )  # fmt: skip
    stories = defaultdict(list)
    for row, first in zip(rows, firsts.tolist(), strict=True):
        stories[first].append(row["id"])
    return {tuple(keys) for keys in stories.values()}
