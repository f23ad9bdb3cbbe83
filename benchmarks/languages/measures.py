"""The figures of one language: what a query word finds, and what it should find."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.languages.model import GUARD, Dictionary, analysed
from searchlib.analysis import LANGUAGES, rules
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


def stem_classes(words: Iterable[str], language: str) -> dict[str, str]:
    """Each word with its Snowball stem, as written: words with one stem are joined by Snowball.

    The letters that the rules normalize first (Arabic alefs, say) are the same to it; normalizing
    never takes words apart, which :func:`joined` counts on Snowball's own stems.
    """
    listed = list(words)
    normalized = listed
    for step in NORMALIZERS.get(language, ()):
        normalized = [step(word) for word in normalized]
    return dict(zip(listed, snowball(language).stemWords(normalized), strict=True))


def raw_stems(words: Iterable[str], language: str) -> dict[str, str]:
    """Each word with its Snowball stem, without any rule of ours before it."""
    listed = list(words)
    return dict(zip(listed, snowball(language).stemWords(listed), strict=True))


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


def typed_plain(found: Found, stems: Mapping[str, str], queries: Sequence[str], version: int) -> tuple[float, float]:
    """The share of words with marks that are found when typed without, and of their classes."""
    surface = rules(2).surface
    classes = by_class(stems)
    marked = [word for word in queries if surface(word) != word]
    hits = same = all_ = 0
    for word in marked:
        got = found(surface(word))
        hits += word in got
        same += len(classes[stems[word]] & got)
        all_ += len(classes[stems[word]])
    return percent(hits, len(marked)), percent(same, all_)


def unknown_plain(words: Mapping[str, int], stems: Mapping[str, str], language: str, version: int) -> float:
    """The share of words of its stem that a word with marks finds which is not in the archive, typed without marks: on average of
    such words. Every fifth word is left out of the archive."""
    surface = rules(2).surface
    chosen = sorted(words)
    random.Random(1).shuffle(chosen)
    out = set(chosen[: len(chosen) // 5])
    kept = {word: count for word, count in words.items() if word not in out}
    found = archive(kept, language, version)
    surfaces = {surface(word) for word in kept}
    classes = by_class({word: stems[word] for word in kept})
    shares = []
    for word in out:
        same = classes.get(stems[word])
        if same and surface(word) != word and surface(word) not in surfaces:
            shares.append(len(same & found(surface(word))) / len(same))
    return percent(sum(shares), len(shares))


def kept_apart(found: Found, stems: Mapping[str, str], counts: Mapping[str, int]) -> float:
    """The share of occurrences found that are of words which Snowball keeps apart from the query
    word, in percent; words that differ in accents only are one word to every query."""
    surface = rules(2).surface
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


def lemmas(found: Found, pairs: Sequence[tuple[str, str]], typed: Callable[[str], str], among: Callable[[str], bool]) -> Quality:
    """Recall and precision on true lemmas, the mean over the words of a treebank; recall is of the
    other forms, over words that have any."""
    lemmas_of: dict[str, set[str]] = defaultdict(set)
    forms_of: dict[str, set[str]] = defaultdict(set)
    for word, lemma in pairs:
        lemmas_of[word].add(lemma)
        forms_of[lemma].add(word)
    recalls, precisions = [], []
    for word, its in lemmas_of.items():
        if not among(word):
            continue
        right = set().union(*(forms_of[lemma] for lemma in its))
        got = found(typed(word))
        precisions.append(len(right & got) / max(1, len(got)))
        if len(right) > 1:
            recalls.append(len((right & got) - {word}) / (len(right) - 1))
    return Quality(percent(sum(recalls), len(recalls)), percent(sum(precisions), len(precisions)))


def false_words(words: Mapping[str, Mapping[str, int]], found: Found) -> float:
    """The number of false words that a query word finds in an archive of several languages, on
    average: other than those of its stem in its language, and those written alike."""
    surface = rules(2).surface
    false = asked = 0
    for language, counts in words.items():
        stems = stem_classes(counts, language)
        classes = by_class(stems)
        for word in counts:
            right = classes[stems[word]]
            got = found(word) - right
            false += sum(surface(other) != surface(word) for other in got)
            asked += 1
    return false / max(1, asked)


def percent(part: float, whole: float) -> float:
    """A share in percent; NaN of nothing."""
    return 100 * part / whole if whole else float("nan")
