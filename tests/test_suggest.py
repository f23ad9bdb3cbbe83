"""Completions, corrections and the notes about a query that found nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import searchlib as sl
from searchlib import suggest

SCHEMA = sl.Schema(
    id=sl.Key(), title=sl.Text(), body=sl.Text(), texte=sl.Text(language="fr"), section=sl.Keyword()
)
BODIES = [
    "The civil court of Oslo", "Civil servants of the civil service", "A civilization of cats",
    "Café society in Zürich", "C++ and U.S. courts", "北京",
]  # fmt: skip


@contextmanager
def filled(path: Path) -> Iterator[sl.Archive]:
    with sl.Archive.create(path, SCHEMA) as archive:
        archive.add({"id": f"b{number}", "body": body} for number, body in enumerate(BODIES))
        archive.add([{"id": "f", "texte": "Les nationalités", "section": "World News"}])
        yield archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[sl.Archive]:
    with filled(tmp_path) as archive:
        yield archive


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sl.Archive]:
    """For the tests that only read."""
    with filled(tmp_path_factory.mktemp("archive")) as archive:
        yield archive


def test_completions_come_by_number_of_articles(archive: sl.Archive) -> None:
    assert archive.suggest("civ") == ["civil", "civilization"]
    assert archive.suggest("c", limit=2) == ["civil", "c++"]
    assert archive.suggest("COURT") == ["court", "courts"]
    archive.add([{"id": f"n{n}", "title": "civilization"} for n in range(2)])
    assert archive.suggest("civ") == ["civilization", "civil"]


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("Caf", ["cafe"]), ("CAFÉ", ["cafe"]), ("zü", ["zurich"]), ("u.s", ["u.s"]),
        ("C+", ["c++"]), ("北", ["北"]), ("natio", ["nationalites"]), ("civilized", []),
        ("", []), ("  ", []), ("civil court", []), ("'", []), ("*", []), ("\ud800", []),
        ("\x00", []),
    ],
)  # fmt: skip
def test_completions(shared: sl.Archive, start: str, words: list[str]) -> None:
    assert shared.suggest(start) == words


def test_limits(shared: sl.Archive) -> None:
    assert shared.suggest("c", limit=0) == []
    assert len(shared.suggest("c", limit=99)) == 7


def test_deleted_articles_are_not_suggested(archive: sl.Archive) -> None:
    archive.add([{"id": "x", "body": "zebra zebras"}, {"id": "y", "body": "zeppelin"}])
    archive.add([{"id": "big", "body": "zoo " * 200}])  # not merged with what is small
    assert archive.suggest("ze") == ["zebra", "zebras", "zeppelin"]
    archive.delete(["x"])
    assert archive.stats().deleted
    assert archive.suggest("ze") == ["zeppelin"]
    assert archive.did_you_mean("zebro") is None
    assert archive.search("zebra").notes == ["no article has the word 'zebra'"]


@pytest.mark.parametrize(
    ("query", "better"),
    [
        ("civilisation", "civilization"),  # a letter for another
        ("civilizatin", "civilization"),  # one left out
        ("civillization", "civilization"),  # one too many
        ("civilizatoin", "civilization"),  # two swapped
        ("Civilisatoin", "civilization"),  # two edits
        ("cifilisatoin", None),  # three
        ("sivilization", None),  # the first letter is kept
        ("civilization", None),
        ("CIVILIZATION", None),
        ("civilizations", "civilization"),  # no article has it so written
        ("oslo", None),
        ("os", None),  # too short to tell
        ("kafka", None),
        ("zurich caffe", "zurich cafe"),
        ('"civil sociaty" OR osloo', '"civil society" OR oslo'),
        ("body:osloo -coort", "body:oslo -coort"),  # what is excluded is left alone
        ("section:wrld osloo", "section:wrld oslo"),
        ("civilisation^2 AND (osloo)", "civilization^2 AND (oslo)"),
        ("texte:nationalitez", "texte:nationalites"),  # not English
        ("civi*", None),
        ("section:wrld", None),
    ],
)
def test_did_you_mean(shared: sl.Archive, query: str, better: str | None) -> None:
    assert shared.did_you_mean(query) == better


def test_only_whole_words_are_replaced(archive: sl.Archive) -> None:
    archive.add([{"id": "c", "body": "cart carts"}])
    assert archive.did_you_mean("catr catrography") == "cart catrography"


def test_the_name_of_a_field_is_no_word(archive: sl.Archive) -> None:
    archive.add([{"id": "b", "body": "titles bodily"}])
    assert archive.did_you_mean("body:osloo title") == "body:oslo titles"
    assert archive.did_you_mean("title:osloo title") == "title:oslo titles"


def test_of_equally_near_words_the_commonest(archive: sl.Archive) -> None:
    archive.add([{"id": "r1", "body": "rail"}, {"id": "r2", "body": "rain"}])
    assert archive.did_you_mean("raix") == "rail"
    archive.add([{"id": "r3", "body": "rain"}])
    assert archive.did_you_mean("raix") == "rain"


def test_notes_name_what_no_article_has(archive: sl.Archive) -> None:
    found = archive.search("osloo civil section:'Wrld News'", lenient=True)
    assert "no article has the word 'osloo': did you mean oslo?" in found.notes
    assert archive.search('section:"wrld news"').notes == [
        "no article has section 'wrld news': did you mean World News?"
    ]
    assert archive.search("section:news").notes == [
        "no article has section 'news': did you mean World News?"
    ]
    assert archive.search("oslo AND cafe").notes == []  # both are there, not together
    archive.delete(["f"])
    assert archive.search("section:world").notes == ["no article has section 'world'"]


@pytest.mark.parametrize("count", [16, 17])
def test_notes_look_up_sixteen_words_and_name_three_near_ones(
    shared: sl.Archive, count: int
) -> None:
    words = ["civl", "osloo", "cuort", "servnts", *(f"xyzzy{n}y" for n in range(count - 4))]
    notes = shared.search(" ".join(words)).notes
    of_words = [note for note in notes if note.startswith("no article has the word")]
    assert len(of_words) == 16
    assert sum("did you mean" in note for note in of_words) == suggest._MAX_NOTED_CORRECTIONS


def test_an_empty_archive(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive:
        assert archive.suggest("a") == []
        assert archive.did_you_mean("rain") is None
        assert archive.search("rain").notes == ["no article has the word 'rain'"]


def test_words_of_most_articles_are_noted(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "archive") as archive:
        archive.add({"id": i, "body": f"the rain{' of may' * (i % 2)}"} for i in range(40))
        note = "in more than half of the articles: add a rarer one"
        assert archive.search("the").notes == [f"this word is {note}"]
        assert archive.search("+the rain").notes == [f"each of these words is {note}"]
        assert archive.search("the rain").notes == [
            "left out, as they say little: the; write +the to ask for one", f"this word is {note}"
        ]  # fmt: skip
        assert archive.search("rain may").notes == []
        assert archive.search('"the rain"').notes == []
        assert archive.search("may -sun").notes == []
        assert archive.search("may sun", match="any").notes == ["no article has the word 'sun'"]


@pytest.mark.parametrize(
    ("query", "better"),
    [
        ("court", None),  # "courts" is there too, and one letter away
        ("courts", None),
        ("u.s", None),
        ("cat", "cats"),
        ("ofo", "of"),  # three letters are enough
        ("off", "of"),
        ("fo", None),  # two are not
        ("cuort", "court"),  # five letters: two edits
        ("ciuvl", "civil"),
        ("cafx", "cafe"),  # four: one
        ("caxx", None),
    ],
)
def test_what_is_there_is_left_alone_and_short_words_are_corrected(
    shared: sl.Archive, query: str, better: str | None
) -> None:
    assert shared.did_you_mean(query) == better


def test_three_letters_are_corrected(archive: sl.Archive) -> None:
    archive.add([{"id": "o", "body": "oil rose"}])
    assert archive.did_you_mean("oyl") == "oil"
    assert archive.did_you_mean("oyl rise") == "oil rose"
    assert archive.did_you_mean("oil rose") is None


def test_a_form_that_no_article_has_any_more_is_corrected(archive: sl.Archive) -> None:
    archive.add([{"id": "z", "body": "zebra " * 3}, {"id": "y", "body": "zebras"}])
    archive.add([{"id": "big", "body": "zoo " * 200}])
    assert archive.did_you_mean("zebras") is None
    archive.delete(["y"])
    assert archive.did_you_mean("zebras") == "zebra"


def test_a_number_is_no_misspelled_other_one(tmp_path: Path) -> None:
    schema = sl.Schema(id=sl.Key(), body=sl.Text(), date=sl.Date())
    with sl.Archive.create(tmp_path / "a", schema) as archive:
        archive.add([{"id": "a", "body": "rain in 2022, 31415 litres", "date": "2023"}])
        assert archive.did_you_mean("rain 2023") is None
        assert archive.search("rain 2023").notes == [
            "no article has the word '2023': a date is written date:2023"
        ]
        assert archive.search("rain 31416").notes == ["no article has the word '31416'"]


@pytest.mark.parametrize(
    ("word", "better", "bodies"),
    [
        # Of equally near ones: doubled letters, then the same length, then the most articles.
        ("hapy", "happy", ["happy", "haps", "haps of haps", "haps"]),
        ("wind", "wand", ["win", "win", "wand"]),
        ("rail", "rain", ["raid", "rain", "rain"]),
        ("rail", "raid", ["raid", "rain"]),
    ],
)
def test_the_best_of_equally_near_words(
    tmp_path: Path, word: str, better: str, bodies: list[str]
) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add([{"id": n, "body": body} for n, body in enumerate(bodies)])
        assert archive.did_you_mean(word) == better


def test_no_more_words_are_replaced_than_are_allowed(
    shared: sl.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "osloo civl xyzzy of cuort"
    for most, better in ((2, "oslo civil xyzzy of cuort"), (3, "oslo civil xyzzy of cuort"),
                         (4, "oslo civil xyzzy of court"), (0, None)):  # fmt: skip
        monkeypatch.setattr("searchlib.suggest._MAX_REPLACED", most)
        assert shared.did_you_mean(query) == better


def test_notes_name_no_more_than_four_near_words(shared: sl.Archive) -> None:
    words = ["civl", "osloo", "cuort", "servnts", "soceity", "zurih"]
    notes = shared.search(" OR ".join(words)).notes
    assert [note.partition(": did")[0] for note in notes] == [
        f"no article has the word {word!r}" for word in words
    ]
    assert ["did you mean" in note for note in notes] == [True] * 4 + [False] * 2


def test_values_of_filters_that_no_article_has(
    shared: sl.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("searchlib.suggest._MAX_CHECKED_WORDS", 2)
    filters = [("section", ["a", "b", "c"])]
    assert suggest.missing_filters(shared._current()._words, filters) == [
        "no article has section 'a'", "no article has section 'b'"
    ]  # fmt: skip


@pytest.mark.parametrize(("articles", "is_noted"), [(19, False), (20, True)])
def test_words_of_most_articles_of_a_small_archive(
    tmp_path: Path, articles: int, is_noted: bool
) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add({"id": i, "body": "rain of may" if i % 2 else "rain"} for i in range(articles))
        note = "this word is in more than half of the articles: add a rarer one"
        assert archive.search("rain").notes == ([note] if is_noted else [])
        assert archive.search("may").notes == []  # half of them is not more than half
        assert archive.search('rain "rain of may"').notes == []


def test_other_writings_of_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add([{"id": "a", "body": "U.N. and E.U., UN and EU"}, {"id": "b", "title": "U.N."}])
        notes = ["UN finds U.N too", "EU finds E.U too"]
        assert archive.search("UN-EU").notes == archive.search("UN EU").notes == notes
        monkeypatch.setattr("searchlib.suggest._MAX_CHECKED_WORDS", 1)
        assert archive.search("UN-EU").notes == notes[:1]


def test_values_near_one_that_no_article_has(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", sl.NEWS) as archive:
        long = "Weather Travel Business World News"
        sections = [
            "Sports A",
            "Sports B",
            "Sports C",
            "Sports D",
            *(f"{n} {long}" for n in "abcd"),
        ]
        archive.add(
            {"id": n, "section": section, "lang": "pt-BR" if n else "en"}
            for n, section in enumerate(sections)
        )
        asked = {
            "section:sports": "'sports': did you mean Sports D or Sports C or Sports B?",
            'section:"sports e"': "'sports e': did you mean Sports D or Sports C or Sports B?",
            "section:news": f"'news': did you mean {' or '.join(f'{n} {long}' for n in 'abc')}?",
            "section:xyz": "'xyz'",
        }
        for query, note in asked.items():
            assert archive.search(query).notes == [f"no article has section {note}"]
        # A language without a region is in those with one.
        assert archive.search("lang:pt").notes == archive.search("lang:en").notes == []
        assert archive.search("lang:p").notes == ["no article has lang 'p'"]
        archive.add([{"id": "x", "section": "pt-BR"}])
        assert archive.search("section:pt").notes != []


def test_how_long_words_are_that_are_corrected(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        words = ["x" * 37 + "yz", "u" * 38 + "vw"]
        archive.add([{"id": "a", "body": " ".join(words)}])
        assert archive.did_you_mean(words[0] + "z") == words[0]  # of forty letters
        assert archive.did_you_mean(words[1] + "z") is None


def test_eight_words_are_replaced(shared: sl.Archive) -> None:
    found = shared.did_you_mean(" ".join(["osloo"] * 9))
    assert found == " ".join(["oslo"] * 8 + ["osloo"])


def test_a_note_of_common_words_is_for_queries_of_few_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sl.Archive.create(tmp_path / "a", SCHEMA) as archive:
        archive.add({"id": i, "body": "rain snow hail"} for i in range(20))
        monkeypatch.setattr("searchlib.suggest._MAX_CHECKED_WORDS", 2)
        assert archive.search("rain snow").notes == [
            "each of these words is in more than half of the articles: add a rarer one"
        ]
        assert archive.search("rain snow hail").notes == []
