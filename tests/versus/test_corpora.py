"""Whole corpora, indexed from the command line, against counts made straight from the files."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl
from tests.corpora import corpus, records

# An independent definition of a word, for text in ASCII letters only.
_WORD = re.compile(r"[a-z]+")


def index(file: Path, archive: Path) -> sl.Archive:
    command = [sys.executable, "-m", "searchlib", "index", str(file), "--archive", str(archive)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return sl.Archive.open(archive)


def last_by_id(file: Path) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in records(file)}


def keyword_counts(articles: dict[str, dict[str, Any]], name: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for record in articles.values():
        value = record.get(name) or []
        values = [value] if isinstance(value, str) else value
        counts.update({" ".join(v.split()) for v in values if v.strip()})
    return dict(counts)


def month_counts(articles: dict[str, dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(r["date"][:7] for r in articles.values() if r.get("date")))


def has_phrase(text: str, phrase: str) -> bool:
    """Whether the words stand side by side with nothing but blanks or a stop between them."""
    return (
        re.search(r"(?<![\w'&])" + r"[\s]+".join(phrase.split()) + r"(?![\w'&])", text) is not None
    )


def check_facets(
    archive: sl.Archive, articles: dict[str, dict[str, Any]], names: list[str]
) -> None:
    results = archive.search("has:id", limit=0, facets=[*names, "date:month"])
    assert results.total == len(articles)
    for name in names:
        wanted = keyword_counts(articles, name)
        if len({value.casefold() for value in wanted}) == len(wanted):
            assert dict(results.facets[name]) == wanted, name
    assert dict(results.facets["date:month"]) == month_counts(articles)
    assert results.facets["date:month"].missing == sum(not r.get("date") for r in articles.values())


def check_phrases(
    archive: sl.Archive, articles: dict[str, dict[str, Any]], phrases: list[str]
) -> None:
    for phrase in phrases:
        for name in ("title", "body"):
            results = archive.search(f'{name}:"{phrase}"', limit=len(articles))
            ids = {hit.id for hit in results}
            assert len(ids) == results.total
            plain = {i for i, r in articles.items() if has_phrase(r[name].lower(), phrase)}
            # The simple pattern needs blanks between words; the archive also sees "oil-price"
            # and "oil. Prices" as neighbours. So it finds all that the pattern finds ...
            assert plain <= ids, phrase
            # ... and what else it finds has the letters in a row once signs are left out.
            for id in ids - plain:
                text = articles[id][name].lower()
                assert f" {phrase} " in f" {' '.join(re.findall(r'[a-z0-9]+', text))} ", (
                    phrase,
                    id,
                )


@pytest.mark.slow
def test_reuters_whole(tmp_path: Path) -> None:
    file = corpus("reuters21578.jsonl.gz")
    articles = last_by_id(file)
    with index(file, tmp_path / "archive") as archive:
        assert len(archive) == len(articles) == 21_578
        check_facets(archive, articles, ["topics", "places", "section", "source"])
        check_phrases(
            archive, articles,
            ["crude oil", "bank of england", "west german", "said it", "of the", "in the first"],
        )  # fmt: skip
        march = archive.search("date:1987-03", limit=0)
        assert march.total == sum(r["date"].startswith("1987-03") for r in articles.values())
        report = archive.add(sl.read(file))
        assert (report.added, report.updated, report.unchanged) == (0, 0, len(articles))
        assert archive.check() == []


@pytest.mark.slow
def test_senate_whole(tmp_path: Path) -> None:
    file = corpus("senate_press.jsonl.gz")
    articles = last_by_id(file)
    with index(file, tmp_path / "archive") as archive:
        assert len(archive) == len(articles)
        check_facets(archive, articles, ["source", "section"])
        check_phrases(
            archive, articles, ["health care", "bank of america", "department of defense"]
        )
        assert archive.check() == []


def test_chinese_text_is_found_by_any_part(tmp_path: Path) -> None:
    file = corpus("xwlb_zh.jsonl.gz")
    some = [r for r, _ in zip(records(file), range(600))]
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.add(some)
        for part in ("长江", "中国共产党", "经济"):
            results = {hit.id for hit in archive.search(f"body:{part}", limit=len(some))}
            assert results == {r["id"] for r in some if part in r["body"]}


def test_arabic_dates_preserve_their_zone(tmp_path: Path) -> None:
    file = corpus("ant_ar.jsonl.gz")
    some = [r for r, _ in zip(records(file), range(400))]
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.add(some)
        zoned = next(r for r in some if r["date"].endswith("+01:00"))
        article = archive.get(zoned["id"])
        assert article is not None
        assert article["date"].endswith("+01:00")
