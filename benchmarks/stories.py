"""Near copies found by stories, beside rensa and datasketch; what stories cost.

    python -m benchmarks.stories ../shared/corpora/reuters21578.jsonl.gz [--seed 1 2 3]
        [--bases 300] [--articles 20000] [--language en]

Articles are drawn from the corpus and a copy of each kind is made of them, with a seed; one kind is
no copy, but an article that carries a quarter of another's text. They are added to an archive of
the corpus, one kind after the other and taken out again, and a copy is found if it is of the
original's story; by the peers, if the original is among those that their index of MinHash
signatures (128 values, three-word shingles, Jaccard 0.5) gives. Of Chinese text each character is a
word. With several seeds the least and the largest share are shown. The peers' time is that of
making signatures and asking for all articles; that of stories is what indexing the corpus takes
longer with them (the least of three each), and the first search by story.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import random
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import searchlib as sl

_WIDE = r"\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"  # Chinese characters and their punctuation
_UNITS = re.compile(rf"[{_WIDE}]|[^\s{_WIDE}]+")
_BLANKS = re.compile(rf"(?<=[{_WIDE}]) (?=[{_WIDE}])")
_WORDS = re.compile(rf"(?![{_WIDE}])\w(?:(?![{_WIDE}])\w)*|[\u3400-\u9fff]")
_COMMON = (
    "government officials said plan report week public national market early major money".split()
)
_NAMES = "Harlan Okafor Lindqvist Marchetti Devereux Tanaka Obermann Castellan Yardley".split()
_FOOT = (
    "(Reporting by the staff; editing by the night desk. All rights reserved, without exception.)"
)

Found = dict[str, float]  # the share of the copies of each kind


def copies(
    base: str, other: str, third: str, fourth: str, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """(kind, text) of copies of a text; the last is none."""
    units, sentences = _UNITS.findall(base), _sentences(base)
    lead = " ".join(_sentences(other)[:2])
    words = _COMMON if re.search("[A-Za-z]{3}", base) else _UNITS.findall(third)
    yield "equal", _joined(units)
    yield "cut 40 %", _joined(units[: 6 * len(units) // 10])
    yield "new lead", " ".join([lead, *sentences[2:]]) if len(sentences) > 4 else f"{lead} {base}"
    yield "names, numbers", _renamed(base, words, chance)
    yield "boilerplate", f"HARBOUR WIRE - {base}\n\n(MORE TO COME)\n\n{_FOOT}"
    yield (
        "rewritten 30 %",
        " ".join(
            _reworded(sentence, words, chance) if chance.random() < 0.3 else sentence
            for sentence in sentences
        ),
    )
    yield "grown 50 %", base + "\n\n" + _joined(_UNITS.findall(third)[: len(units) // 2])
    last = _reworded(sentences[-1], words, chance)
    yield "update", " ".join([lead, *sentences[2:-1], last, *_sentences(third)[:2]])
    # No copy: another article that carries the end of this one.
    quarter = min(len(_UNITS.findall(fourth)), len(units)) // 4
    yield "(a quarter)", fourth + "\n\n" + _joined(units[-quarter:])


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?؟])\s+|(?<=[。！？])", text.strip()) if part]


def _joined(units: list[str]) -> str:
    return _BLANKS.sub("", " ".join(units))


def _renamed(text: str, words: list[str], chance: random.Random) -> str:
    """Every third number is another one, and up to three names are; or words, where none has a
    capital letter."""
    text = re.sub(
        r"\d[\d,.]*",
        lambda m: str(chance.randrange(9999)) if chance.random() < 0.34 else m[0],
        text,
    )
    names = sorted(set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}", text)))
    if words is _COMMON:
        for name in chance.sample(names, min(3, len(names))):
            text = re.sub(rf"\b{name}\b", chance.choice(_NAMES), text)
        return text
    units = _UNITS.findall(text)
    for unit in chance.sample(units, min(3, len(units))):
        other = chance.choice(words)
        units = [other if one == unit else one for one in units]
    return _joined(units)


def _reworded(sentence: str, words: list[str], chance: random.Random) -> str:
    units = _UNITS.findall(sentence)
    for _ in range(max(2, len(units) // 5)):
        units[chance.randrange(len(units))] = chance.choice(words)
    return _joined(units)


def planted(records: list[dict[str, Any]], bases: int, seed: int) -> list[dict[str, Any]]:
    """Copies of articles of 120 to 1,500 words, each with its kind and the id of its original."""
    chance = random.Random(seed)
    fit = [
        one for one in records
        if 120 <= len(_WORDS.findall(one.get("body") or "")) < 1500 and _sentences(one["body"])
    ]  # fmt: skip
    made = []
    for base in chance.sample(fit, min(bases, len(fit))):
        others = [chance.choice(fit)["body"] for _ in range(3)]
        for kind, text in copies(base["body"], *others, chance):
            made.append(
                {"id": f"{base['id']}/{kind}", "kind": kind, "base": str(base["id"]), "body": text,
                 "title": base.get("title") or "", "date": base.get("date") or ""}
            )  # fmt: skip
    return made


def by_stories(
    records: list[dict[str, Any]], made: list[dict[str, Any]], language: str
) -> tuple[Found, float]:
    """What stories find, and their cost by article in microseconds."""
    took: dict[bool, list[float]] = {False: [], True: []}
    found: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, stories in enumerate((False, True, True, False, False, True)):
            with sl.Archive.create(
                Path(folder, str(number)), language=language, stories=stories
            ) as archive:
                began = time.process_time()
                archive.add(records)
                if stories:
                    archive.search("*", collapse="story", limit=1)
                took[stories].append(time.process_time() - began)
                if stories and not found:
                    found = _found_by(archive, made)
    cost = (min(took[True]) - min(took[False])) / len(records) * 1e6
    return _shares(made, lambda one: found[one["id"]]), cost


def _found_by(archive: sl.Archive, made: list[dict[str, Any]]) -> dict[str, bool]:
    """Whether each copy is of the story of its original, where no other copies are."""
    found = {}
    for kind in dict.fromkeys(one["kind"] for one in made):
        own = [one for one in made if one["kind"] == kind]
        archive.add({k: v for k, v in one.items() if k not in ("kind", "base")} for one in own)
        for one in own:
            found[one["id"]] = one["base"] in {hit.id for hit in archive.copies(one["id"])}
        archive.delete([one["id"] for one in own])
    return found


def by_datasketch(records: list[dict[str, Any]], made: list[dict[str, Any]]) -> tuple[Found, float]:
    """What datasketch finds, and its time by article in microseconds."""
    from datasketch import MinHash, MinHashLSH

    index, found = MinHashLSH(threshold=0.5, num_perm=128), {}
    began = time.process_time()
    for one in [*records, *made]:
        signature = MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in _shingles(one)])
        found[str(one["id"])] = set(index.query(signature))
        index.insert(str(one["id"]), signature)
    took = (time.process_time() - began) / (len(records) + len(made)) * 1e6
    return _shares(made, lambda one: one["base"] in found[one["id"]]), took


def by_rensa(records: list[dict[str, Any]], made: list[dict[str, Any]]) -> tuple[Found, float]:
    """What rensa finds, and its time by article in microseconds."""
    from rensa import RMinHash, RMinHashLSH

    index, found = RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32), {}
    rows = [*records, *made]
    numbers = {str(one["id"]): number for number, one in enumerate(rows)}
    began = time.process_time()
    for number, one in enumerate(rows):
        signature = RMinHash(num_perm=128, seed=1)
        signature.update(_shingles(one))
        found[str(one["id"])] = set(index.query(signature))
        index.insert(number, signature)
    took = (time.process_time() - began) / len(rows) * 1e6
    return _shares(made, lambda one: numbers[one["base"]] in found[one["id"]]), took


def _shingles(article: dict[str, Any]) -> list[str]:
    words = _WORDS.findall((article.get("body") or "").lower())
    return [" ".join(three) for three in zip(words, words[1:], words[2:], strict=False)] or words


def _shares(made: list[dict[str, Any]], is_found: Callable[[dict[str, Any]], bool]) -> Found:
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for one in made:
        by_kind[one["kind"]].append(is_found(one))
    return {kind: sum(found) / len(found) for kind, found in by_kind.items()}


def main() -> None:
    """Print a table of what each finds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--bases", type=int, default=300)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--articles", type=int, help="the first ones of the corpus alone")
    parser.add_argument("--language", default="en")
    options = parser.parse_args()
    with gzip.open(options.corpus, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in islice(file, options.articles)]
    rows: dict[str, list[tuple[Found, float]]] = defaultdict(list)
    for seed in options.seed:
        made = planted(records, options.bases, seed)
        rows["stories"].append(by_stories(records, made, options.language))
        for name, measure in (("rensa", by_rensa), ("datasketch", by_datasketch)):
            if importlib.util.find_spec(name) is not None:
                rows[name].append(measure(records, made))
    found = rows["stories"][0][0]
    print(f"| {options.corpus.name} |", " | ".join(found), "| µs |")
    print("| --- |" + " ---: |" * (len(found) + 1))
    for name, results in rows.items():
        shares = (_span([shares[kind] for shares, _ in results]) for kind in found)
        took = statistics.median(took for _, took in results)
        print(f"| {name} |", " | ".join(shares), f"| {took:.0f} |")


def _span(shares: list[float]) -> str:
    low, high = f"{min(shares):.2f}", f"{max(shares):.2f}"
    return low if low == high else f"{low}-{high}"


if __name__ == "__main__":
    main()
