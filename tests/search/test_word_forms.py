"""Which terms a word of a query stands for: owners, the guard, unknown words, languages."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query as wq

import searchlib as sl
from searchlib.analysis import rules
from searchlib.codec.directory import Directory
from searchlib.codec.joined_postings import JoinedPostings
from searchlib.index.index_writer import IndexWriter
from searchlib.index.store import IndexStore
from searchlib.search.searcher import IndexSearcher
from searchlib.search.top_k import ExecutionOptions
from searchlib.span_queries import Near, Word
from searchlib.whoosh_backend.fallback import MatcherFallback
from tests.parts import entry
from tests.versus.archives import SMALL_BLOCKS

RULES = rules()
FRENCH = sl.Schema(id=sl.Key(), body=sl.Text(language="fr"))
MIXED = sl.Schema(id=sl.Key(), body=sl.Text(), lang=sl.Keyword())


@contextmanager
def archive_of(
    schema: sl.Schema, *texts: str | Mapping[str, Any], commits: int = 1, **settings: Any
) -> Iterator[sl.Archive]:
    """An archive of these articles, whose keys are their numbers, in one or more commits."""
    articles = [{"body": t} if isinstance(t, str) else t for t in texts]
    records = [{"id": str(number), **article} for number, article in enumerate(articles)]
    with tempfile.TemporaryDirectory() as path, sl.Archive.create(path, schema, **settings) as made:
        for first in range(commits):
            made.add(records[first::commits])
        yield made


def found(archive: sl.Archive, query: Any) -> set[str]:
    return {hit.id for hit in archive.search(query, limit=1000)}


def by_whoosh(archive: sl.Archive, query: Any) -> set[str]:
    """What Whoosh's own searcher finds over the archive."""
    with archive.whoosh.searcher() as searcher:
        return {hit["id"] for hit in searcher.search(query, limit=None)}


def test_a_plain_word_leads_to_all_owners_of_its_spelling() -> None:
    # côte (coast), côté (side), and côtés, its plural.
    with archive_of(FRENCH, "la côte", "le côté", "les côtés", "la cour") as archive:
        assert found(archive, "cote") == {"0", "1", "2"}
        assert found(archive, "=cote") == {"0", "1"}
        assert found(archive, '"la cote"') == {"0"}
        assert found(archive, "cot*") == {"0", "1", "2"}


def test_a_rare_owner_counts_in_its_form_only() -> None:
    # One "pâris" must not make "paris" find every "par".
    texts = ["Paris"] * 19 + ["pâris", "par la mer"]
    with archive_of(FRENCH, *texts, commits=3) as archive:
        assert found(archive, "paris") == {str(n) for n in range(20)}
        assert found(archive, "par") >= {"20"}


def test_explain_adds_the_spelling_to_the_word() -> None:
    with archive_of(FRENCH, "de pâris", "de paris", "zzz zzz") as archive:
        best = archive.search("paris")[0]
        any_spelling, as_spelled = archive.explain("paris", "1").parts
        assert any_spelling.score + as_spelled.score == best.score
        # Inverse frequency and saturation, and the weight that the spelling has.
        assert [len(part.parts) for part in (any_spelling, as_spelled)] == [2, 3]
        assert as_spelled.parts[2].score == 0.1
        [alone] = archive.explain("paris", "0").parts
        assert (alone.what, alone.score) == (any_spelling.what, any_spelling.score)


def test_an_unknown_plain_word_finds_the_forms_of_its_stem() -> None:
    with archive_of(FRENCH, "les députés", "zzz") as archive:
        assert found(archive, "depute") == {"0"}
        assert found(archive, "député") == {"0"}


def test_the_word_itself_ranks_above_what_only_its_spelling_joins() -> None:
    # "pâris" is of the term of "par", which "paris" is not.
    with archive_of(FRENCH, "de pâris", "de paris", "zzz zzz") as archive:
        assert [hit.id for hit in archive.search("paris")] == ["1", "0"]
        assert [hit.id for hit in archive.search("pâris")] == ["0", "1"]


def test_other_spellings_come_from_the_words_and_are_not_guessed() -> None:
    german = sl.Schema(id=sl.Key(), body=sl.Text(language="de"))
    with archive_of(german, "die Häuser", "neuen", "Mueller") as archive:
        assert found(archive, "Haeuser") == {"0"}
        assert found(archive, "neun") == set()
        assert found(archive, "Müller") == {"2"}
        archive.delete(["0"])
        archive.optimize()
        assert found(archive, "Haeuser") == set()
        assert archive.check() == []


def test_initials() -> None:
    with archive_of(sl.NEWS, "The U.S. economy", "tell us", "The US said", "UN", "u.n.") as archive:
        assert found(archive, "U.S.") == found(archive, "u.s") == {"0"}
        assert found(archive, "US") == {"0", "1", "2"}
        assert found(archive, "us") == {"1", "2"}
        assert found(archive, "U.N.") == found(archive, "UN") == {"3", "4"}
        assert "US finds U.S too" in archive.search("US").notes


def test_an_article_has_its_own_language() -> None:
    articles = [
        {"body": "les ministres nommées", "lang": "fr-CA"},
        {"body": "die Ministerien", "lang": "de"},
        {"body": "the ministers"},
        {"body": "qo'noS ministers", "lang": "klingon"},
    ]
    with archive_of(MIXED, *articles, language="en") as archive:
        assert archive.language == "en"
        assert found(archive, "ministers") >= {"2", "3"}
        assert found(archive, "nommé") == {"0"}
        assert found(archive, "lang:fr nommé") == {"0"}
        query = archive.parse("lang:fr nommé").query
        assert Word("body", ("nommé",), ("fr",)) in list(query.subqueries)
        reader = archive._current().reader
        assert reader.languages == ("de", "en", "fr")
        report = archive.add([{"id": "x", "body": "a", "lang": "tlh"}, {"id": "y", "body": "b"}])
        assert (report.unknown_languages, report.language) == (("tlh",), "")


def test_the_summary_says_which_language_was_taken() -> None:
    with archive_of(MIXED) as archive:
        assert archive.add([{"id": "a", "body": "rain", "lang": "fr"}]).language == ""
        assert archive.add([{"id": "b", "body": "rain"}]).language == "en"


def test_a_tree_of_words_is_data() -> None:
    import pickle

    word = Word("body", ("co", "operation"), ("en",), 2.0)
    assert pickle.loads(pickle.dumps(word)) == word == word.copy()
    assert repr(word) == "Word('body', ('co', 'operation'), languages=('en',), boost=2.0)"
    assert str(word) == "body:co-operation^2.0"
    assert word != Word("body", ("co", "operation"))
    assert hash(word) == hash(word.copy())
    assert list(word.children()) == []


def test_a_term_of_a_program_is_exactly_that_term() -> None:
    with archive_of(FRENCH, "le côté", "la côte") as archive:
        [side, coast] = RULES.terms(["côté", "côte"], "fr")
        assert found(archive, wq.Term("body", side)) | found(archive, wq.Term("body", coast)) == {
            "0",
            "1",
        }


# Against an oracle -------------------------------------------------------------------------------

VOCABULARY = (
    "côte", "côté", "côtés", "cote", "côtes", "élève", "élevé", "élevés", "eleve", "paris", "pâris",
    "par", "pari", "rain", "rains", "Häuser", "Haus", "hauser", "haeuser", "US", "U.S.", "us",
    "l'été", "été", "O'Neill", "oneill", "Łódź", "lodz", "北京",
)  # fmt: skip
QUERIES = (*VOCABULARY, "elevee", "élevée", "eté", "parier", "raining", "neün", "cot")
LANGUAGES = ("en", "fr", "de", "")


def oracle(articles: Sequence[Mapping[str, Any]], query: str) -> set[str]:
    """The articles that a word finds, by the table of search/word_forms.py and nothing else."""
    pairs: Counter[tuple[str, str]] = Counter()  # (term, surface form) of all articles
    of_article: list[set[tuple[str, str]]] = []
    alternates: dict[str, set[str]] = {}
    languages = sorted({a["lang"] for a in articles if a["lang"]}) or ["en"]
    for article in articles:
        language = article["lang"]
        words = [RULES.word(t, language) for t in RULES.tokenize(RULES.prepare(article["body"]))]
        terms = RULES.terms(words, language)
        here = [(term, RULES.surface(word)) for term, word in zip(terms, words, strict=True)]
        pairs.update(here)
        of_article.append(set(here))
        for word in words:
            for other in RULES.alternates(word, language):
                alternates.setdefault(other, set()).add(RULES.surface(word))

    def owners(surface: str) -> dict[str, int]:
        return {t: n for (t, s), n in pairs.items() if s == surface}

    wanted_terms: set[str] = set()
    wanted_pairs: set[tuple[str, str]] = set()

    def add_owners(surface: str) -> set[str]:
        total = sum(owners(surface).values())
        for term, count in owners(surface).items():
            if count >= total / 10:
                wanted_terms.add(term)
            else:
                wanted_pairs.add((term, surface))
        return set(owners(surface))

    readings: dict[str, list[str]] = {}
    for language in languages:
        readings.setdefault(RULES.word(query, language), []).append(language)
    for word, its_languages in readings.items():
        surface = RULES.surface(word)
        plain = surface == word.replace("'", "")
        spellings = [surface]
        if not plain:
            for language in its_languages:
                spellings += RULES.alternates(word, language)
        known: set[str] = set()
        for spelling in set(spellings):
            for actual in {spelling, *alternates.get(spelling, ())}:
                known |= add_owners(actual)
        own = {RULES.terms([word], language)[0] for language in its_languages}
        if not known or not plain:
            wanted_terms |= (own & known) or own
        if not known and plain:
            for language in its_languages:
                [stem] = RULES.terms([surface], language)
                start = stem[: max(3, len(stem) - 1)]
                if len(start) < 3 or not surface.startswith(start):
                    continue
                for term, other in pairs:
                    if other.startswith(start) and RULES.terms([other], language) == [stem]:
                        wanted_terms.add(term)
    stop_words = frozenset().union(*map(RULES.stop_words, languages))
    from searchlib.analysis import initials

    for other in initials(query, stop_words):
        add_owners(other)
    return {
        str(number)
        for number, here in enumerate(of_article)
        if here & wanted_pairs or any(term in wanted_terms for term, _ in here)
    }


@st.composite
def articles(draw: Any) -> list[dict[str, Any]]:
    words = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6).map(" ".join)
    article = st.fixed_dictionaries({"body": words, "lang": st.sampled_from(LANGUAGES)})
    return draw(st.lists(article, min_size=1, max_size=12))


@settings(max_examples=20, deadline=None)
@given(articles(), st.integers(1, 3), st.booleans())
def test_words_find_what_the_table_says(
    made: list[dict[str, Any]], commits: int, optimized: bool
) -> None:
    for article in made:
        article["lang"] = article["lang"] or "en"
    with archive_of(MIXED, *made, commits=commits) as archive:
        if optimized:
            archive.optimize()
        assert archive.check() == []
        for query in QUERIES:
            if len(RULES.tokenize(query)) != 1:
                continue
            expected = oracle(made, query)
            tree = Word("body", (query,))
            assert found(archive, tree) == expected, query
            assert by_whoosh(archive, tree) == expected, query


@settings(max_examples=25, deadline=None)
@given(articles(), st.integers(1, 3))
def test_an_article_is_found_by_each_of_its_words(made: list[dict[str, Any]], commits: int) -> None:
    for article in made:
        article["lang"] = article["lang"] or "en"
    with archive_of(MIXED, *made, commits=commits) as archive:
        for number, article in enumerate(made):
            for word in set(article["body"].split()):
                typed = RULES.surface(RULES.word(word, article["lang"]))
                for query in {word, word.lower(), f'"{word}"', f"={word}"} | (
                    {typed} if len(RULES.tokenize(word)) == 1 and "." not in word else set()
                ):
                    assert str(number) in found(archive, query), (word, query)


def test_joined_lists_in_phrases_and_spans() -> None:
    """A word of several terms is one list, also in phrases and spans."""
    # The stems of "pâris" and "paris" differ, their spelling does not.
    texts = ["de pâris nord", "de paris nord", "de pâris sud", "nord paris nord"] * 20
    with archive_of(FRENCH, *texts, commits=2) as archive:
        for query in ("paris-nord", "paris NEAR/1 nord", "atleast1(paris)", "paris nord"):
            ours = found(archive, query)
            assert ours == by_whoosh(archive, archive.parse(query).query), query
            assert ours
        near = Near(Word("body", ("paris",)), Word("body", ("sud",)), 1, True)
        assert found(archive, near) == {str(n) for n in range(2, 80, 4)}


@pytest.mark.parametrize("layout", [{}, SMALL_BLOCKS])
def test_a_joined_list_is_the_same_over_arrays_and_kernels(
    tmp_path: Path, layout: dict[str, int]
) -> None:
    store = IndexStore.create(Directory(tmp_path), FRENCH, layout=layout)
    texts = ["pâris " * (n % 5) + "paris " * (n % 7) + "nord " * (300 * (n == 3)) + "fin"
             for n in range(300)]  # fmt: skip
    with IndexWriter(store) as writer:
        for number, text in enumerate(texts):
            writer.put(*entry(FRENCH, {"id": str(number), "body": text}))
        writer.commit()
    with store.reader() as reader:
        field = reader.segments[0].core.text("body")
        assert field is not None
        owners = field.owners(b"paris")
        assert len(owners) == 2
        joined = field.find_exact(b"paris")
        assert isinstance(joined, JoinedPostings)
        has = [n for n in range(300) if n % 5 or n % 7]
        assert joined.docs.tolist() == has
        assert joined.freqs.tolist() == [n % 5 + n % 7 for n in has]
        assert joined.count == len(has)
        assert joined.occurrences == sum(n % 5 + n % 7 for n in range(300))
        assert joined.ends.tolist() == np.cumsum([n % 5 + n % 7 for n in has]).tolist()
        positions = [p for n in has for p in range(n % 5 + n % 7)]
        assert joined.positions.tolist() == positions
        few = np.array([n for n in has if n % 3 == 0])
        assert joined.global_positions_in(few).tolist() == [
            int(field.doc_starts[n]) + p for n in few.tolist() for p in range(n % 5 + n % 7)
        ]
        query = wq.Or([Word("body", ("paris",)), Word("body", ("paris", "fin"))])
        results = []
        for options in (ExecutionOptions(), ExecutionOptions(kernels=False),
                        ExecutionOptions(prune=False)):  # fmt: skip
            searcher = IndexSearcher(
                reader, store.zone, options=options, fallback=MatcherFallback(reader)
            )
            results.append(searcher.search(query, 10))
        for other in results[1:]:
            assert [hit[:2] for hit in other.best] == [hit[:2] for hit in results[0].best]
            scores = [hit[2] for hit in results[0].best]
            assert [hit[2] for hit in other.best] == pytest.approx(scores)
        assert results[0].total == results[1].total == len(has)
