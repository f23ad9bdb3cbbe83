"""The figures of one language: what a query word finds, and what it should find."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.languages.model import GUARD, Dictionary, analysed
from searchlib.analysis import rules
from searchlib.analysis.normalizers import NORMALIZERS
from searchlib.analysis.snowball import snowball

#: A query word -> the words that it finds.
Found = Callable[[str], set[str]]


def archive(words: Mapping[str, int], language: str, version: int) -> Found:
    """A search in an archive of these words, one language and the rules of a version."""
    return mixed({language: words}, version)


def mixed(
    words: Mapping[str, Mapping[str, int]],
    version: int,
    *,
    guard: float = GUARD,
) -> Found:
    """A search in an archive of several languages: language -> its words and their occurrences."""
    dictionary = Dictionary(tuple(words), version, guard)
    written: dict[tuple[str, str], set[str]] = defaultdict(set)
    for language, counts in words.items():
        dictionary.add(counts, language)
        for word, (surface, term) in zip(counts, analysed(counts, language, version), strict=True):
            written[term, surface].add(word)

    def found(word: str) -> set[str]:
        return {word for pair in dictionary.resolve(word) for word in written[pair]}

    return found


def stems(words: Iterable[str], language: str) -> dict[str, str]:
    """Each word with its Snowball stem as written: words of one stem are joined by Snowball."""
    listed = list(words)
    return dict(zip(listed, snowball(language).stemWords(listed), strict=True))


def normalized_stems(words: Iterable[str], language: str) -> dict[str, str]:
    """The stems with the rules of ours that come before Snowball's: the words that these join on
    purpose ("alemães", "alemão") are not told apart."""
    listed = list(words)
    normalized = listed
    for step in NORMALIZERS.get(language, ()):
        normalized = [step(word) for word in normalized]
    return dict(zip(listed, snowball(language).stemWords(normalized), strict=True))


def by_class(stems: Mapping[str, str]) -> dict[str, set[str]]:
    """The words of each stem."""
    classes: dict[str, set[str]] = defaultdict(set)
    for word, stem in stems.items():
        classes[stem].add(word)
    return classes


def joined(found: Found, stems: Mapping[str, str], queries: Sequence[str]) -> float:
    """The share of pairs of one stem that find each other, typed as written, in percent."""
    classes = by_class(stems)
    pairs = hits = 0
    for word in queries:
        others = classes[stems[word]] - {word}
        pairs += len(others)
        hits += len(others & found(word))
    return percent(hits, pairs)


def typed_plain(
    found: Found, stems: Mapping[str, str], queries: Sequence[str]
) -> tuple[float, float]:
    """Words with marks typed without: the share that is found, and that of the words which
    Snowball joins with them."""
    surface = rules().surface
    classes = by_class(stems)
    hits = marked = in_class = whole = 0
    for word in queries:
        plain = surface(word)
        if plain != word:
            got = found(plain)
            marked += 1
            hits += word in got
            in_class += len(classes[stems[word]] & got)
            whole += len(classes[stems[word]])
    return percent(hits, marked), percent(in_class, whole)


def unknown_plain(
    words: Sequence[str], stems: Mapping[str, str], language: str, version: int
) -> float:
    """Words with marks that the archive does not have, typed without: the share of the words there
    which Snowball joins with them that each finds, on average. Every fifth word is left out."""
    surface = rules().surface
    shuffled = random.Random(1).sample(words, len(words))
    absent, present = shuffled[: len(words) // 5], shuffled[len(words) // 5 :]
    found = archive(dict.fromkeys(present, 1), language, version)
    surfaces = {surface(word) for word in present}
    classes = by_class({word: stems[word] for word in present})
    shares = []
    for word in absent:
        same = classes.get(stems[word])
        plain = surface(word)
        if same and plain != word and plain not in surfaces:
            shares.append(len(same & found(plain)) / len(same))
    return percent(sum(shares), len(shares))


def kept_apart(found: Found, stems: Mapping[str, str], counts: Mapping[str, int]) -> float:
    """The share of occurrences found that are of words which Snowball keeps apart from the query
    word, in percent; words that differ in accents only are one word to every query."""
    surface = rules().surface
    all_ = wrong = 0
    for word, count in counts.items():
        for other in found(word):
            all_ += count * counts[other]
            if stems[other] != stems[word] and surface(other) != surface(word):
                wrong += count * counts[other]
    return percent(wrong, all_)


@dataclass(frozen=True)
class Quality:
    """What words find of the other forms of their lemmas, and how much of what they find is."""

    recall: float
    precision: float


def lemmas(
    found: Found, pairs: Sequence[tuple[str, str]], typed: Callable[[str], str] | None = None
) -> Quality:
    """Recall and precision on true lemmas, on average of the words of a treebank. Recall is that
    of the other forms, of words that have any. With ``typed``, words that it changes only."""
    lemmas_of: dict[str, set[str]] = defaultdict(set)
    forms_of: dict[str, set[str]] = defaultdict(set)
    for word, lemma in pairs:
        lemmas_of[word].add(lemma)
        forms_of[lemma].add(word)
    recalls, precisions = [], []
    for word, its in lemmas_of.items():
        query = typed(word) if typed else word
        if typed and query == word:
            continue
        right = set().union(*(forms_of[lemma] for lemma in its))
        got = found(query)
        precisions.append(len(right & got) / max(1, len(got)))
        if len(right) > 1:
            recalls.append(len((right & got) - {word}) / (len(right) - 1))
    return Quality(percent(sum(recalls), len(recalls)), percent(sum(precisions), len(precisions)))


def false_words(words: Mapping[str, Mapping[str, int]], found: Found) -> float:
    """The number of false words that a query word finds in an archive of several languages, on
    average: other than those of its stem in its language, and those written alike."""
    surface = rules().surface
    false = asked = 0
    for language, counts in words.items():
        stems_of = normalized_stems(counts, language)
        classes = by_class(stems_of)
        for word in counts:
            right = classes[stems_of[word]]
            got = found(word) - right
            false += sum(surface(other) != surface(word) for other in got)
            asked += 1
    return false / max(1, asked)


def percent(part: float, whole: float) -> float:
    """A share in percent; NaN of nothing."""
    return 100 * part / whole if whole else float("nan")
