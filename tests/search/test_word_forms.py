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
from searchlib.search import word_forms
from searchlib.search.searcher import IndexSearcher
from searchlib.search.top_k import ExecutionOptions
from searchlib.search.word_forms import Form, WordForms, WordMeaning, WordReader
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


class Given(WordReader):
    """A reader of a dictionary that is given: how often each surface form of each term occurs, and
    which forms are typed in other ways."""

    def __init__(
        self,
        forms: Mapping[str, Mapping[str, int]] | None = None,
        alternates: Mapping[str, str] | None = None,
        *,
        language: str | None = None,
        used: tuple[str, ...] = ("en",),
    ) -> None:
        body = sl.Text() if language is None else sl.Text(language=language)
        super().__init__(sl.Schema(id=sl.Key(), body=body, title=sl.Text()))
        self.forms = {
            surface.encode(): {term.encode(): count for term, count in owners.items()}
            for surface, owners in (forms or {}).items()
        }
        self.alternates = alternates or {}
        self.used = used

    def _dictionary(self, name: str) -> Any:
        return self

    def _used_languages(self) -> tuple[str, ...]:
        return self.used

    def owners(self, surface: bytes) -> dict[bytes, int]:
        return self.forms.get(surface, {})

    def alternates_of(self, spelling: bytes) -> list[bytes]:
        other = self.alternates.get(spelling.decode())
        return [] if other is None else [other.encode()]

    def forms_with_prefix(self, prefix: bytes) -> list[bytes]:
        return [form for form in sorted(self.forms) if form.startswith(prefix)]

    def has_term(self, term: bytes) -> bool:
        return any(term in owners for owners in self.forms.values())


@pytest.mark.parametrize(
    ("word", "forms", "terms", "single", "nearest"),
    [
        # Plain and known: its owners, the commonest first, and before them its own term.
        ("bank", {"bank": {"bank": 9}}, "bank", "", None),
        ("bank", {"bank": {"bank": 9, "bänk": 1}}, "bank bänk", "", "bank"),
        ("bank", {"bank": {"bank": 10, "bänk": 1}}, "bank", "bänk/bank", "bank"),
        ("bank", {"bank": {"bank": 1, "bänk": 9}}, "bank bänk", "", "bank"),
        ("bank", {"bank": {"bänk": 9}}, "bänk", "", None),
        ("bank", {"bank": {"bänk": 9, "bonk": 9, "bunk": 8}}, "bonk bänk bunk", "", None),
        ("bank", {"bank": {"bank": 1, "bänk": 99}}, "bänk", "bank/bank", "bank"),
        # Plain and unknown: its own term, and those with a form of the same stem.
        ("zebra", {}, "zebra", "", None),
        ("banking", {"banks": {"bank": 3}}, "bank", "", None),
        ("banking", {"banked": {"bänk": 3}, "bankers": {"banker": 3}}, "bänk", "", None),
        ("banking", {"bank": {"bank": 3}, "banked": {"bänk": 3}}, "bank bänk", "", None),
        ("bugs", {"bugged": {"búg": 1}}, "búg", "", None),
        ("aas", {"aaing": {"áa": 1}}, "aa", "", None),  # two letters say too little
        ("happiness", {"happy": {"háppi": 1}}, "háppi", "", None),  # the last one may be another
        ("dying", {"dies": {"díe": 1}}, "die", "", None),  # its stem is not its beginning
        # With an accent: the owners of its surface form, and its own term.
        ("pâris", {"paris": {"paris": 9, "par": 1}}, "par paris", "", "par"),
        ("pâris", {"paris": {"paris": 9}, "pars": {"par": 1}}, "paris par", "", None),
        ("pâris", {"pars": {"par": 1, "parx": 1}}, "par", "", None),
        ("pâris", {}, "par", "", None),
        # A form that is typed in another way, and a word that is.
        ("haeuser", {"hauser": {"haus": 2}}, "haus", "", None),
        ("håll", {"haall": {"haall": 2}}, "haall", "", None),
        ("håll", {"haall": {"haall": 2}, "halls": {"hall": 1}}, "haall hall", "", None),
    ],
)
def test_what_a_word_stands_for(
    word: str, forms: dict[str, dict[str, int]], terms: str, single: str, nearest: str | None
) -> None:
    used = ("sv",) if "å" in word else ("fr",) if "â" in word else ("en",)
    reader = Given(forms, {"haeuser": "hauser"}, used=used)
    meaning = reader.meaning("body", word)
    assert [term.decode() for term in meaning.terms] == terms.split()
    assert [f"{f.term.decode()}/{f.surface.decode()}" for f in meaning.forms] == single.split()
    assert meaning.nearest == (None if nearest is None else nearest.encode())
    assert reader.meaning("body", word) is meaning


def test_forms_are_guessed_at_where_the_stem_differs_in_its_last_letter_at_most() -> None:
    for word, term in (("straats", b"str\xc3\xa0at"), ("straten", b"straat")):
        reader = Given({"straat": {"stràat": 1}}, used=("nl",))
        assert reader.meaning("body", word).terms == (term,)


def test_a_word_is_read_in_each_language() -> None:
    both = Given(used=("en", "fr"))
    assert both.languages("body") == ("en", "fr")
    assert Given(used=()).languages("body") == (both.schema.default_language("body"),)
    assert Given(language="", used=("fr",)).languages("body") == ("",)
    assert both.meaning("body", "pâris").terms == (b"paris",)  # one that no article has is enough
    read = both._readings
    assert read("body", "Rain", None) == [("rain", "en"), ("rain", "fr")]
    assert [language for _, language in read("body", "x", ("fr", "de"))] == ["fr"]
    assert [language for _, language in read("body", "x", ("de", "it"))] == ["de", "it"]
    none = Given(language="")
    assert [language for _, language in none._readings("body", "x", ("fr",))] == [""]


def test_words_of_archives_of_the_first_version() -> None:
    reader = Given({"bank": {"bänk": 3}}, used=("fr",))
    reader._rules = rules(1)
    assert reader.languages("body") == (reader.schema.default_language("body"),)
    assert reader.meaning("body", "Banks").terms == (b"bank",)
    reader = Given(language="")
    reader._rules = rules(1)
    assert reader.languages("body") == ("",)
    assert reader.meaning("body", "Banks").terms == (b"banks",)


def test_surfaces_and_stop_words() -> None:
    reader = Given(used=("en", "fr"))
    assert reader.surface("Café") == "cafe"
    assert {"the", "les"} <= reader.stop_words()
    assert "rain" not in reader.stop_words()
    assert "les" not in Given(used=("en",)).stop_words()


def test_known_words_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_forms, "_CACHED_WORDS", 2)
    reader = Given()
    for word in "rain snow wind sun".split():
        reader.meaning("body", word)
        assert len(reader._meanings) <= 2


def test_trees_without_words() -> None:
    """Each word by what it stands for: terms of the field, and forms of the exact field."""
    reader = Given()
    forms = {"form": (Form(b"t", b"form"), Form(b"u", b"form"))}

    def meaning(name: str, word: str, languages: Any = None) -> WordMeaning:
        terms = () if word == "form" else (word.encode(),)
        if word == "both":
            terms = (b"both", b"other")
        return WordMeaning(terms, forms.get(word, ()))

    reader.meaning = meaning  # type: ignore[method-assign]

    def term(text: str, field: str = "body", boost: float = 1.0) -> Any:
        return wq.Term(field, text, boost=boost)

    either = wq.Or([term("both"), term("other")])
    for words, expected in (
        (("a",), term("a", boost=2.0)),
        (("both",), wq.Or([term("both"), term("other")], boost=2.0)),
        (("form",), term("form", "body_exact", 2.0)),
        (("a", "b"), wq.Phrase("body", ["a", "b"], boost=2.0)),
        (("a", "both"), Near(term("a"), either, 1, True)),
        (("both", "a"), Near(either, term("a"), 1, True)),
        (("a", "form"), Near(term("a"), term("form", "body_exact"), 1, True)),
        (("a", "both", "c"), Near(Near(term("a"), either, 1, True), term("c"), 1, True)),
        ((), wq.NullQuery),
    ):
        tree = reader.plain(Word("body", words, boost=2.0))
        assert tree == expected
        assert getattr(tree, "boost", 1.0) == getattr(expected, "boost", 1.0)
    assert reader.plain(Word("nothing", ("a",))) == wq.NullQuery
    assert reader.plain(Word("id", ("a",))) == wq.NullQuery
    leaf = term("x")
    assert reader.plain(leaf) is leaf
    tree = wq.And([Word("body", ("a",)), wq.Not(Word("body", ("b",))), leaf])
    assert reader.plain(tree) == wq.And([term("a"), wq.Not(term("b")), leaf])


def test_dictionaries_of_several_segments() -> None:
    texts = ["bank bank banks", "bank", "banked Häuser"]
    with archive_of(sl.Schema(id=sl.Key(), body=sl.Text(language="de")), *texts) as archive:
        archive.add([{"id": "y", "body": "bank Häuser zebra"}])
        with archive.snapshot() as snapshot:
            reader = snapshot._view.reader
            assert len(reader.segments) == 2
            dictionary = WordForms(reader)._dictionary("body")
            assert dictionary.owners(b"bank") == {b"bank": 4}
            assert dictionary.owners(b"zzz") == {}
            assert dictionary.alternates_of(b"haeuser") == [b"hauser"]
            found = dictionary.forms_with_prefix(b"ban")
            assert sorted(found) == [b"bank", b"banked", b"banks"]
            assert dictionary.forms_with_prefix(b"zebr") == [b"zebra"]
            assert [dictionary.has_term(term) for term in (b"bank", b"zebra", b"zzz")] == [
                True, True, False
            ]  # fmt: skip


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
