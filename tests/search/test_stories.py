# ruff: noqa: E501
"""Articles grouped into stories: the compiled grouping is that of Python, and what it finds."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import astuple, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searchlib as sl
from searchlib import kernels
from searchlib.analysis.vocabulary import vocabulary
from searchlib.codec.story_sketches import rates_of
from searchlib.errors import CorruptArchive
from searchlib.index.sketches import sketch_texts
from searchlib.kernels.constants import Sketch
from searchlib.search import stories as stories_module
from searchlib.search.stories import RULES, STRICT, GroupingRules, Stories, group
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


def _random_sketches(pick: random.Random) -> tuple[Any, ...]:
    """A few articles whose sketches have much in common, by rules that are as random."""
    levels_of = int(Sketch.LEVELS)
    bases = [[pick.sample(range(512), 1 << place) for place in range(levels_of)] for _ in range(2)]
    base_names = [pick.sample(range(4096), 64) for _ in range(2)]
    shingles: list[int] = []
    names: list[int] = []
    levels, columns = [], []
    day = 0
    for _ in range(pick.randint(2, 9)):
        which = pick.choice((0, 0, 0, 1))
        words = pick.choice((20, 29, 30, 31, 60, 94, 95, 96, 200, 700, 2000))
        rate = int(rates_of(np.array([words]))[0])
        share, more = pick.choice((0.1, 0.3, 0.5, 0.9, 0.9, 1, 1)), pick.choice((0, 0, 0, 1, 4))
        row = []
        for base in bases[which][: levels_of - rate]:
            own = {one for one in base if pick.random() < share}
            own |= {pick.randrange(512) for _ in range(more)}
            shingles += sorted(own)
            row.append(len(own))
        levels.append(row + [0] * rate)
        size = pick.choice((0, 1, 2, 3, 5, 12, 32, 64))
        own = set(pick.choice((base_names[which], base_names[which][:4]))[:size])
        own = {one for one in own if pick.random() < 0.95}
        own |= {pick.randrange(4096) for _ in range(pick.choice((0, 0, 1, 2, 5)))}
        own_names = sorted(own)[: Sketch.MOST_NAMES]
        names += own_names
        day += pick.choice((0, 0, 0, 1, 1, 3, 4))
        columns.append(
            (
                len(own_names),
                words,
                pick.choice((0, 5, 5, 6)),
                *pick.choices((0, 1, 1, 2), k=2),
                day,
            )
        )
    counts, words_, titles, sources, authors, days = zip(*columns, strict=True)
    if pick.random() < 0.3:
        rules = pick.choice((RULES, STRICT))
    else:
        parts = {
            name: pick.choice((0.0, 0.1, 0.3, 0.5, 0.8, 1.0))
            for name in GroupingRules.__dataclass_fields__
        }
        parts |= {name: float(pick.randint(1, 6)) for name in parts if name.startswith("own_names")}
        parts |= {"alike": pick.choice((0, 0.1, 0.4)), "rare_floor": pick.choice((0.0, 1.0, 9.0))}
        parts |= {"short_words": pick.choice((30, 95, 3000)), "tiny_words": pick.choice((30, 96))}
        parts |= {"days": pick.randint(0, 4), "all_names": pick.random() < 0.5}
        rules = GroupingRules(**parts)  # type: ignore[arg-type]
    return (
        np.array(shingles, np.uint16), np.array(levels, np.uint8), np.array(names, np.uint16),
        np.array(counts, np.uint8), np.array(words_, np.int32), np.array(titles, np.uint16),
        np.array(sources, np.uint64), np.array(authors, np.uint64), np.array(days, np.int32),
        astuple(rules),
    )  # fmt: skip


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
def test_any_sketches_are_grouped_in_the_same_way() -> None:
    joined = 0
    for seed in range(400):
        arguments = _random_sketches(random.Random(seed))
        stories = group(*arguments).tolist()
        assert kernels.stories.group(*arguments).tolist() == stories, seed
        joined += stories != list(range(len(stories)))
    assert 100 < joined < 350


def _rules_of_two(pick: random.Random, arguments: tuple[Any, ...]) -> GroupingRules:
    """Rules whose numbers are those of two of the articles, so that these just keep them or not."""
    grouping = stories_module._Grouping(RULES)
    shingles, levels, names, counts, words, titles, sources, authors, days, _ = arguments
    sketches = stories_module._split(shingles, levels, names, counts)
    columns = [column.tolist() for column in (words, titles, sources, authors, days)]
    for (by_level, own), size, title, source, author, day in zip(sketches, *columns, strict=True):
        rate = int(rates_of(np.array([size]))[0])
        grouping.add(stories_module._Article(by_level, own, size, rate, title, source, author, day))
    exact: dict[str, float] = {}
    for name in GroupingRules.__dataclass_fields__:
        earlier, later = sorted(pick.sample(range(len(words)), 2))
        one, two = grouping._articles[later], grouping._articles[earlier]
        part, jaccard = grouping._shared(later, earlier)
        every, rare = grouping._shared_names(one, two)
        value = {
            **dict.fromkeys(("contained", "update_contained", "short_contained", "near", "member",
                             "distant", "few_names", "short_few_names"), part),
            **dict.fromkeys(("update_names", "update_names_short", "grown_names", "mixed_names"),
                            every.named / max(every.second, 1)),
            **dict.fromkeys(("same_title", "other_title", "much_alike_names"),
                            rare.both / max(rare.fewer, 1)),
            **dict.fromkeys(("table", "update_table"), len(one.names) / one.words),
            **dict.fromkeys(("own_names", "own_names_same_source", "own_names_short"),
                            float(rare.fewer - rare.both)),
            "own_names_same_authors": float(rare.different),
            "update_rare": rare.both / max(rare.second, 1), "grown_times": one.words / two.words,
            "rare": 0.0, "rare_floor": float(pick.randint(0, 3)), "days": one.day - two.day,
            "all_names": pick.random() < 0.5, "short_words": one.words, "tiny_words": two.words,
        }.get(name, jaccard)  # fmt: skip
        if name == "days" or pick.random() < 0.7:
            exact[name] = value
    loose = {"own_names": 99.0, "alike": 0.0, "member": 0.0, "other_title": 0.0, "same_title": 0.0}
    chosen = {name: value for name, value in loose.items() if pick.random() < 0.5}
    return replace(RULES, **{**exact, **chosen})  # type: ignore[arg-type]


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
def test_what_just_keeps_the_rules_is_grouped_in_the_same_way() -> None:
    for seed in range(200):
        pick = random.Random(seed)
        arguments = _random_sketches(pick)
        arguments = (*arguments[:-1], astuple(_rules_of_two(pick, arguments)))
        stories = group(*arguments).tolist()
        assert kernels.stories.group(*arguments).tolist() == stories, seed


def _article(shingles: Any, names: Any = (), **values: int) -> stories_module._Article:
    levels = (frozenset(shingles), *[frozenset[int]()] * (Sketch.LEVELS - 1))
    columns = {"words": 200, "rate": 0, "title": 0, "source": 0, "authors": 0, "day": 0, **values}
    return stories_module._Article(levels, list(names), **columns)


def _grouping(rules: dict[str, Any], *articles: stories_module._Article) -> Any:
    grouping = stories_module._Grouping(replace(RULES, **rules))
    grouping._articles = list(articles)
    return grouping


@pytest.mark.parametrize(
    ("one", "two", "least"),
    [
        ((22, 0), (22, 0), 4), ((22, 0), (21, 0), 3), ((55, 3), (55, 3), 10),
        ((90, 1), (50, 0), 9), ((50, 0), (90, 1), 9), ((50, 1), (90, 0), 5),
        ((5, 0), (99, 0), 5), ((3, 0), (3, 0), 3), ((2, 0), (3, 0), 2), ((9, 0), (1, 1), 1),
    ],
)  # fmt: skip
def test_how_many_shingles_candidates_share(
    one: tuple[int, int], two: tuple[int, int], least: int
) -> None:
    """Of both together one in eleven, or of the one of the higher rate one in ten; but three, or
    all."""
    articles = [_article(range(size), rate=rate) for size, rate in (one, two)]
    assert _grouping({}, *articles)._least_shared(0, 1) == least


@pytest.mark.parametrize(
    ("likeness", "shared", "joins"),
    [(0.8, (0.4, 0.0), 1), (0.7, (0.4, 0.9), 2), (0.8, (0.3, 0.9), 2)],
)
def test_who_joins_by_an_article_that_is_unlike_the_first_one(
    likeness: float, shared: tuple[float, float], joins: int
) -> None:
    """Of three articles the second is in the story of the first; the third is some less liked."""
    grouping = _grouping({}, *[_article(range(9))] * 4)
    grouping.firsts = [0, 0, 2, 3]
    grouping._lists.update({(0, n): [1, 2] for n in range(9)})
    grouping._likeness = lambda number, other: likeness if other == 1 else 0.5
    grouping._shared = lambda number, first: shared
    found = grouping._most_like(3, [(0, n) for n in range(9)])
    assert found == (joins, likeness if joins == 1 else 0.5)


_FEW, _MANY = _article(range(10), range(10)), _article(range(20), [0, *range(20, 29)])


@pytest.mark.parametrize(
    ("one", "two", "rules", "likeness"),
    [
        # All of the one is in the other and half of both, and one of ten names.
        (_FEW, _MANY, {"contained": 1.0, "much_alike": 0.5, "much_alike_names": 0.1}, 1.0),
        (_FEW, _MANY, {"contained": 1.1, "much_alike": 0.5, "much_alike_names": 0.1}, 0.0),
        (_FEW, _MANY, {"contained": 1.0, "much_alike": 0.6, "much_alike_names": 0.1}, 0.0),
        (_FEW, _MANY, {"contained": 1.0, "much_alike": 0.5, "much_alike_names": 0.2}, 0.0),
        # A short update by the same authors, with a name of its own.
        *(
            (
                _article(range(9), [1, 2, 3, 4], words=60, title=1, authors=7),
                _article(range(9), [1, 2, 3], words=60, title=2, authors=7),
                {"own_names_same_authors": most}, likeness,
            )
            for most, likeness in ((1.0, 0.0), (2.0, 0.0))
        ),
        (
            _article(range(9), [1, 2, 3], words=60, title=1, authors=7),
            _article(range(9), [1, 2, 3], words=60, title=2, authors=7), {}, 1.0,
        ),
        # Of tiny texts under other titles none has a name that the other lacks.
        *(
            (
                _article(range(10), [1, 2, 3], words=words, title=1),
                _article(range(1, 11), [1, 2, 3, 4], words=60, title=2), {"update_alike": 2.0},
                likeness,
            )
            for words, likeness in ((30, 0.9), (29, 0.0))
        ),
        # Half of both alike, which is enough only for an update.
        *(
            (
                _article(range(10), [1, 2, 3]), _article(range(20), [1, 2, 3]),
                {"alike": 0.9, "cut_alike": 0.9, "update_alike": update_alike}, likeness,
            )
            for update_alike, likeness in ((0.5, 1.0), (0.51, 0.0))
        ),
    ],
)  # fmt: skip
def test_how_alike_two_texts_are(one: Any, two: Any, rules: Any, likeness: float) -> None:
    assert _grouping(rules, two, one)._likeness(1, 0) == likeness


@pytest.mark.parametrize(
    ("rules", "words", "is_update"),
    [
        ({}, 60, True), ({"update_names_short": 0.76}, 60, False), ({"update_rare": 0.76}, 60, False),
        ({"tiny_words": 60}, 60, True), ({"tiny_words": 61}, 60, False),
        ({"short_words": 60, "update_names": 0.75}, 60, True),
        ({"short_words": 60, "update_names": 0.76}, 60, False),
        ({"update_table": 0.1}, 60, True), ({"update_table": 0.1}, 40, False),
    ],
)  # fmt: skip
def test_an_update_names_what_the_first_version_did(
    rules: dict[str, Any], words: int, is_update: bool
) -> None:
    """Here three of its four names, and no other."""
    one, two = _article((), [1, 2, 3], words=60), _article((), [1, 2, 3, 4], words=words)
    grouping = _grouping({"update_names_short": 0.75, "update_rare": 0.75, **rules}, one, two)
    names = grouping._shared_names(one, two)
    assert grouping._is_update(one, two, *names) == is_update


@pytest.mark.parametrize(
    ("words", "jaccard", "names", "is_mixture"),
    [
        (200, 0.1, 1, False), (201, 0.1, 1, True), (201, 0.1, 5, False), (201, 0.1, 4, True),
        (201, 0.4, 1, False), (201, 0.3, 1, True), (599, 0.4, 5, False), (600, 0.4, 5, True),
        (600, 0.4, 8, False), (600, 0.4, 7, True),
    ],
)  # fmt: skip
def test_a_longer_text_that_lacks_names_carries_a_piece_of_another(
    words: int, jaccard: float, names: int, is_mixture: bool
) -> None:
    """One of 200 words has ten names: half of them are enough, if it has less than three times as
    many words; or else eight."""
    one, two = _article((), range(names), words=words), _article((), range(10))
    rules = {"mixed_alike": 0.4, "mixed_names": 0.5, "grown_names": 0.8}
    grouping = _grouping(rules, one, two)
    every, _ = grouping._shared_names(one, two)
    assert grouping._is_mixture(one, two, every, jaccard) == is_mixture


def test_names_are_compared_as_far_as_both_texts_keep_them() -> None:
    """A text of many names keeps the lowest ones."""
    many = _article((), [*range(Sketch.MOST_NAMES - 1), 60])
    few = _article((), [10, 59, 60, 61])
    every, _ = _grouping({}, many, few)._shared_names(many, few)
    assert (every.first, every.second, every.both) == (Sketch.MOST_NAMES, 3, 2)
    assert every.named == 2 - (Sketch.MOST_NAMES - 2) / 61
    every, _ = _grouping({}, few, few)._shared_names(_article((), [1, 10, 60]), few)
    assert (every.first, every.second, every.both) == (3, 4, 2)
    assert every.named == 2 - 2 / (1 << Sketch.NAME_BITS)


@pytest.mark.skipif(not kernels.available, reason="the kernels were not built")
@pytest.mark.parametrize(("others", "old", "joins"), [(201, 0, True), (202, 0, False),
                                                      (202, 2, False)])  # fmt: skip
def test_from_how_many_articles_on_a_shingle_is_boilerplate(
    others: int, old: int, joins: bool
) -> None:
    """200, and one more for 512 shingles of recent articles: here of 5 each."""
    sizes = [250] * old + [5] * others + [3]
    shingles: list[int] = []
    for number, size in enumerate(sizes):
        own = range(100, 350) if size == 250 else [1, 2, 3, 400 + number % 50, 451 + number % 60]
        shingles += [*own][:size]
    levels = np.zeros((len(sizes), Sketch.LEVELS), np.uint8)
    levels[:, 0] = sizes
    nothing = np.zeros(len(sizes), np.uint64)
    rules = replace(
        RULES, alike=0.0, cut_alike=0.0, short_contained=1.0, few_names=0.0, short_few_names=0.0,
        contained=1.0, own_names=99.0,
    )  # fmt: skip
    arguments = (
        np.array(shingles, np.uint16), levels, np.empty(0, np.uint16), nothing.astype(np.uint8),
        np.full(len(sizes), 50, np.int32), nothing.astype(np.uint16), nothing, nothing,
        np.array([0] * old + [9] * (others + 1), np.int32), astuple(rules),
    )  # fmt: skip
    stories = group(*arguments).tolist()
    assert kernels.stories.group(*arguments).tolist() == stories
    assert (stories[-1] != len(sizes) - 1) == joins


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


_OTHER = (
    "The harbour board of Turku wants to dredge the old basin before the ice comes, and asked three "
    "firms for their prices. Fishermen of Kustavi fear for the herring. The town of Naantali is to "
    "pay a third of what it costs, its treasurer Lena Sundqvist told the council, which is to vote "
    "in October; the state has not yet said whether it will give anything at all for it. "
)


def test_an_update_joins_and_an_article_that_carries_a_piece_of_another_does_not(
    tmp_path: Path,
) -> None:
    sentences = _STORY.split(". ")
    update = _OTHER + ". ".join([sentences[0][16:], *sentences[1:-1]])
    assert _together(tmp_path, [_STORY, update]) == [["0", "1"], ["0", "1"]]
    carries = _OTHER + "Nobody knows yet when the vote is to be. " + ". ".join(sentences[-2:])
    assert _together(tmp_path / "b", [_STORY, carries]) == [["0"], ["1"]]


_BRIEF = (
    "Halden Paper said it sold its Rjukan mill to Vestfold Energi for 41 mln crowns. The mill has "
    "212 workers, and the buyer will keep most of them. Terms of payment were not disclosed."
)
_BRIEF_AGAIN = (
    "The sale of a paper mill in Norway was made known today. Halden Paper said it sold its Rjukan "
    "mill to Vestfold Energi for 41 mln crowns. The mill has 212 workers, and analysts said that "
    "the price of 41 mln was fair."
)


def test_a_brief_is_updated_on_its_day(tmp_path: Path) -> None:
    assert _together(tmp_path, [_BRIEF, _BRIEF_AGAIN]) == [["0", "1"], ["0", "1"]]
    dates = ["2022-01-01", "2022-01-02"]
    assert _together(tmp_path / "b", [_BRIEF, _BRIEF_AGAIN], dates=dates) == [["0"], ["1"]]
    other = _BRIEF_AGAIN.replace("Halden", "Namdal").replace("Vestfold", "Agder")
    assert _together(tmp_path / "c", [_BRIEF, other]) == [["0"], ["1"]]


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


def test_texts_of_few_words_have_no_copies(tmp_path: Path) -> None:
    text = "Heavy rain fell on Oslo and Bergen today"
    few = text.removesuffix(" today")
    assert _together(tmp_path, [text, few, text, few]) == [["0", "2"], ["1"], ["0", "2"], ["3"]]


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


_CORRECTED = _STORY.replace("212", "214").replace("Haugen", "Hagen")


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("2022-01-02", "2022-01-05T12:00Z", True),
        ("2022-01-02T00:00:00Z", "2022-01-05T23:59:59.9Z", True),
        ("2022-01-01T12:00Z", "2022-01-04T23:59:59.9Z", True),
        ("2022-01-01T23:59:59.9Z", "2022-01-05T00:00:00Z", False),
        (None, None, True),
        (None, "0001-01-01", False),
    ],
)
def test_days_between_copies(
    tmp_path: Path, first: str | None, second: str | None, together: bool
) -> None:
    with sl.Archive.create(tmp_path / "a", stories=True) as archive:
        for key, body, date in (("b", _CORRECTED, second), ("a", _STORY, first)):
            archive.add([{"id": key, "body": body, "date": date}])
        found = [hit.id for hit in archive.copies("b")]
        # Those of one instant are in the order in which they were added.
        assert found == ((["a", "b"] if first else ["b", "a"]) if together else ["b"])


@pytest.mark.parametrize("compiled", [True, False])
def test_stories_of_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    if compiled and not kernels.available:
        pytest.skip("the kernels were not built")
    schema = sl.Schema(id=sl.Key(), body=sl.Text(), date=sl.Date(), source=sl.Keyword())
    lone = "Something else happened in another town, where nobody had thought of it at all."
    rows = [
        ("c", _STORY, "2022-01-03"), ("x", lone, "2022-01-02"), ("gone", _STORY, "2022-01-01"),
        ("a", _STORY, "2022-01-01"), ("b", _CORRECTED, "2022-01-02"), ("short", "Rain.", "2022-01-01"),
        ("y", lone + " Or so they say.", "2022-01-04"),
        ("letter 1", _GRANT.format(town="Old Wooster", amount="44,018"), "2022-02-01"),
        ("letter 2", _GRANT.format(town="New Okeana", amount="84,502"), "2022-02-01"),
    ]  # fmt: skip
    monkeypatch.setattr(kernels, "available", compiled)
    with ExitStack() as stack:
        archive = stack.enter_context(sl.Archive.create(tmp_path / "a", schema, stories=True))
        for part in (rows[:6], rows[6:]):
            archive.add({"id": key, "body": body, "date": date} for key, body, date in part)
        archive.delete(["gone"])
        if not compiled:
            monkeypatch.setattr(kernels, "stories", None, raising=False)
        reader = stack.enter_context(archive.snapshot())._view.reader
        assert [segment.documents for segment in reader.segments] == [6, 3]
        stories = Stories(reader, "body")
        number_of = {
            segment.core.keys.keys[doc].decode(): doc_base + doc
            for segment, doc_base in zip(reader.segments, reader.doc_bases, strict=True)
            for doc in range(segment.documents)
        }
        key_of = {number: key for key, number in number_of.items()}
        members = {
            key: " ".join(key_of[one] for one in stories.members(number))
            for key, number in number_of.items()
        }
        assert members == {
            "a": "a b c", "b": "a b c", "c": "a b c", "x": "x y", "y": "x y", "short": "short",
            "gone": "", "letter 1": "letter 1 letter 2", "letter 2": "letter 1 letter 2",
        }  # fmt: skip
        assert stories.story_of[number_of["gone"]] == -1
        sizes = {
            key: int(stories.sizes(number)) for key, number in number_of.items() if key != "gone"
        }
        assert sizes == {key: len(members[key].replace("letter ", "").split()) for key in sizes}
        # Those without another of their day between them.
        by_date = ["b", "c", "y", "letter 1", "letter 2"]
        places = stories.places(np.array([number_of[key] for key in by_date])).tolist()
        assert places == sorted(places)
        every = stories.places(np.array([number_of[key] for key in sizes])).tolist()
        assert sorted(every) == list(range(8))
        assert stories.places(np.array([number_of["gone"]])).tolist() == [-1]
        for strict, letters in ((True, [1, 1]), (False, [2, 2])):
            stories = Stories(reader, "body", strict=strict)
            assert [
                int(stories.sizes(number_of[key])) for key in ("letter 1", "letter 2")
            ] == letters
        for field in ("date", "nothing"):
            with pytest.raises(CorruptArchive, match="its sketches of texts are missing"):
                Stories(reader, field)


def test_an_archive_without_sketches(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", stories=False) as archive:
        archive.add([{"id": "a", "body": _STORY}])
        with archive.snapshot() as view, pytest.raises(CorruptArchive, match="are missing"):
            Stories(view._view.reader, "body")


def test_numbers_of_sources_and_authors(tmp_path: Path) -> None:
    """Equal for the same names in any order, and 0 where there are none."""
    rows = [
        {"source": "Wire", "authors": ["Ann", "Bo"]},
        {"source": "wire", "authors": ["Bo", "Ann"]},
        {"source": "Post", "authors": ["Ann"]},
        {},
        {"source": "Post", "authors": ["Bo"]},
    ]
    with ExitStack() as stack:
        archive = stack.enter_context(sl.Archive.create(tmp_path / "a", stories=True))
        archive.add({"id": n, "body": "x", **row} for n, row in enumerate(rows))
        archive.add([{"id": "later", "body": "x", "source": "WIRE", "authors": ["Ann"]}])
        reader = stack.enter_context(archive.snapshot())._view.reader
        assert [segment.documents for segment in reader.segments] == [5, 1]
        for name, alike in (("source", [0, 0, 2, 3, 2, 0]), ("authors", [0, 0, 2, 3, 4, 2])):
            numbers = stories_module._by_whom(reader, name).tolist()
            assert [numbers.index(number) for number in numbers] == alike
            assert numbers[3] == 0
        assert not stories_module._by_whom(reader, "nothing").any()
        assert not stories_module._by_whom(reader, "body").any()
        core = SimpleNamespace(keyword=lambda name: None)
        lacking: Any = SimpleNamespace(
            documents=6, schema=reader.schema, doc_bases=reader.doc_bases,
            segments=[SimpleNamespace(core=core, documents=5), reader.segments[1]],
        )  # fmt: skip
        numbers = stories_module._by_whom(lacking, "source").tolist()
        assert numbers[:5] == [0] * 5
        assert numbers[5] == stories_module._by_whom(reader, "source")[0]


def test_names_that_many_stories_have_count_only_by_strict_rules() -> None:
    """Two texts by the same authors, under other titles, that differ in two such names."""
    texts = [([7, 8], n) for n in range(8)] + [([7], 99), ([8], 99)]
    shingles = [sorted(random.Random(base).sample(range(512), 40)) for _, base in texts]
    levels = np.zeros((len(texts), Sketch.LEVELS), np.uint8)
    levels[:, 0] = 40
    whose = np.array([1] * 10, np.uint64)
    for rules, together in ((RULES, True), (STRICT, False)):
        rules = replace(rules, own_names_short=9.0)
        stories = group(
            np.array(shingles, np.uint16).ravel(), levels,
            np.array([name for names, _ in texts for name in names], np.uint16),
            np.array([len(names) for names, _ in texts], np.uint8), np.full(10, 200, np.int32),
            np.arange(1, 11).astype(np.uint16), whose * np.uint64(0), whose, np.zeros(10, np.int32),
            astuple(rules),
        )  # fmt: skip
        assert (stories[9] == 8) == together
