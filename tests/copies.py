"""Articles and near copies of them, made by a seeded generator."""

from __future__ import annotations

import random
from typing import Any

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
    match chance.randrange(6):
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
