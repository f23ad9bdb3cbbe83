"""Texts that are equal in real corpora, counted in plain Python, are each found as one story."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

import searchlib as sl
from tests.corpora import corpus, records

_WORDS = re.compile(r"\w+")
_FEWEST = 8  # words of a text that has a story


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "equal"), [("reuters21578.jsonl.gz", 727), ("senate_press.jsonl.gz", 844)]
)
def test_equal_texts_are_one_story(tmp_path: Path, name: str, equal: int) -> None:
    path = corpus(name)
    by_words: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for record in records(path):
        words = tuple(_WORDS.findall((record["body"] or "").lower()))
        if len(words) >= _FEWEST:
            by_words[words].add(str(record["id"]))
    copies = [keys for keys in by_words.values() if len(keys) > 1]
    assert sum(map(len, copies)) == equal
    with sl.Archive.create(tmp_path / "a", language="en", stories=True) as archive:
        archive.add(records(path))
        for keys in copies:
            assert keys <= {hit.id for hit in archive.copies(min(keys))}
