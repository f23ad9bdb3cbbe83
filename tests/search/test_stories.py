# ruff: noqa: E501
"""Articles grouped into stories: the compiled grouping is that of Python, and what it finds."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib import kernels
from searchlib.analysis.vocabulary import vocabulary
from searchlib.index.sketches import sketch_texts
from searchlib.search.stories import RULES, STRICT, group
from tests.copies import articles


def _arguments(seed: int, count: int, strict: bool) -> tuple[Any, ...]:
    made = sorted(articles(seed, count), key=lambda article: article.get("date", ""))
    batch = vocabulary()
    chunks, counts, _ = batch.cut([article["body"] for article in made])
    ends = np.append(0, np.cumsum(batch.lengths(chunks)))[np.cumsum(counts)]
    titles = [len(article.get("title", "")) for article in made]
    sketches = sketch_texts(batch, [(chunks, counts)], titles)
    days = [int(article.get("date", "2022-01--9")[8:]) for article in made]
    return (
        sketches.shingles, sketches.levels, sketches.names, sketches.name_counts,
        np.diff(ends, prepend=0).astype(np.int32), sketches.titles,
        np.array([len(article.get("source", "")) % 5 for article in made], np.uint64),
        np.array([int(article["id"]) % 3 for article in made], np.uint64),
        np.array(days, np.int32),
        astuple(STRICT if strict else RULES),
    )  # fmt: skip


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
@given(st.integers(0, 1 << 30), st.integers(0, 40), st.booleans())
@settings(max_examples=12)
def test_compiled_stories_are_those_of_python(seed: int, count: int, strict: bool) -> None:
    arguments = _arguments(seed, count, strict)
    assert kernels.stories.group(*arguments).tolist() == group(*arguments).tolist()


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
def test_boilerplate_is_passed_over_in_the_same_way() -> None:
    shared = " ".join(f"foot{n}" for n in range(30))
    bodies = [f"{shared} " + " ".join(f"w{n}x{k}" for k in range(12)) for n in range(230)]
    batch = vocabulary()
    chunks, counts, _ = batch.cut(bodies)
    sketches = sketch_texts(batch, [(chunks, counts)], [0] * len(bodies))
    arguments = (
        sketches.shingles, sketches.levels, sketches.names, sketches.name_counts,
        np.full(len(bodies), 42, np.int32), sketches.titles,
        np.zeros(len(bodies), np.uint64), np.zeros(len(bodies), np.uint64),
        np.zeros(len(bodies), np.int32),
        astuple(RULES),
    )  # fmt: skip
    assert kernels.stories.group(*arguments).tolist() == group(*arguments).tolist()


_STORY = (
    "OSLO (Wire) - The ferry Nordlys ran aground off Bergen on Tuesday with 212 people aboard, and "
    "the coast guard brought all of them ashore before nightfall, its spokesman Arne Haugen said. "
    "Divers are to look at the hull on Wednesday. The ship was built in 1994 and had been repaired "
    "in Gdansk last spring, according to its owner, Hurtig Line. The weather was calm at the time, "
    "and nobody was hurt, though several passengers told Radio Vest of a loud noise and of darkness "
    "in the corridors while the crew handed out blankets and coffee."
)
_GRANT = (
    "Senator Brown announced today that the {town} Volunteer Fire Department will receive a grant "
    "of ${amount} from the Department of Homeland Security. The grant will help the department buy "
    "breathing apparatus and train its members. Firefighters put their lives at risk every day and "
    "must have what they need, the senator said. The program was set up in the year 2000 and has "
    "since helped departments all over the state to buy vehicles, radios and protective clothing."
)


def _together(tmp_path: Path, bodies: list[str], **settings: Any) -> list[list[str]]:
    with sl.Archive.create(tmp_path / "a", stories=settings.pop("stories", True)) as archive:
        archive.add(
            {"id": str(n), "body": body, "date": settings.get("dates", ["2022-01-01"] * 99)[n]}
            for n, body in enumerate(bodies)
        )
        return [[hit.id for hit in archive.copies(str(n))] for n in range(len(bodies))]


@pytest.mark.parametrize(
    "copy",
    [
        " ".join(_STORY.split()[:60]),
        "URGENT - " + _STORY + " (MORE TO COME)",
        _STORY.replace("212", "214").replace("Haugen", "Hagen"),
        "BERGEN (Wire) - All aboard a ferry are safe. " + _STORY.partition("said. ")[2],
        _STORY.upper(),
    ],
)
def test_a_copy_joins_the_story_of_its_original(tmp_path: Path, copy: str) -> None:
    assert _together(tmp_path, [_STORY, copy]) == [["0", "1"], ["0", "1"]]


@pytest.mark.parametrize(("authors", "stories"), [(["Brown"], True), ([], "strict")])
def test_form_letters_are_no_copies(tmp_path: Path, authors: list[str], stories: Any) -> None:
    letters = [
        _GRANT.format(town=town, amount=amount)
        for town, amount in (("Old Wooster", "44,018"), ("New Okeana", "84,502"))
    ]
    with sl.Archive.create(tmp_path / "a", stories=stories) as archive:
        archive.add({"id": n, "body": body, "authors": authors} for n, body in enumerate(letters))
        assert [hit.id for hit in archive.copies("0")] == ["0"]


def test_a_correction_by_the_same_authors_is_a_copy(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", stories=True) as archive:
        for key, body in (("a", _STORY), ("b", _STORY.replace("Haugen", "Hagen"))):
            archive.add([{"id": key, "title": "Aground", "body": body, "authors": ["Ann Lee"]}])
        assert [hit.id for hit in archive.copies("b")] == ["a", "b"]


def test_articles_days_apart_are_no_copies_unless_they_are_the_same(tmp_path: Path) -> None:
    dates = ["2022-01-01", "2022-01-09", "2022-03-01"]
    bodies = [_STORY, _STORY.replace("212", "214"), _STORY]
    assert _together(tmp_path, bodies, dates=dates) == [["0", "2"], ["1"], ["0", "2"]]


@pytest.mark.parametrize(
    "text",
    [
        "央视网消息：长江是中华民族的母亲河，也是中华民族发展的重要支撑。从国家到沿江省市，把修复长江生态环境摆在"
        "压倒性位置，共抓大保护、不搞大开发，万里长江正焕发出新的生机与活力，两岸人民的生活越来越好。",
        "قال وزير الخارجية إن المحادثات التي جرت في العاصمة كانت مثمرة وإن الجانبين اتفقا على مواصلة "
        "الحوار خلال الأسابيع المقبلة من أجل التوصل إلى اتفاق شامل يخدم مصالح الشعبين ويعزز الأمن والسلام",
    ],
)
def test_texts_of_other_scripts_have_copies_too(tmp_path: Path, text: str) -> None:
    assert _together(tmp_path, [text, text[: 2 * len(text) // 3]])[0] == ["0", "1"]
