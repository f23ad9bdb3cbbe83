"""The figures of one language: what a query word finds, and what it should find."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.languages.model import Dictionary, analysed
from searchlib.analysis import rules
from searchlib.analysis.normalizers import NORMALIZERS
from searchlib.analysis.snowball import snowball

#: A query word -> the tokens that it finds.
Found = Callable[[str], set[str]]


@dataclass(frozen=True)
class Sample:
    """The tokens of a language with their occurrences, and what Snowball makes of them."""

    language: str
    counts: Mapping[str, int]

    @cached_property
    def words(self) -> dict[str, str]:
        """The word of each token, which has its accents."""
        return {token: rules().word(token, self.language) for token in self.counts}

    @cached_property
    def plain(self) -> dict[str, str]:
        """The word of each token typed without accents."""
        return {token: rules().surface(word) for token, word in self.words.items()}

    @cached_property
    def marked(self) -> list[str]:
        """The tokens that have accents."""
        return [token for token, word in self.words.items() if self.plain[token] != word]

    @cached_property
    def stems(self) -> dict[str, str]:
        """The stem of each word as written, by Snowball alone."""
        stemmed = snowball(self.language).stemWords(list(self.words.values()))
        return dict(zip(self.words, stemmed, strict=True))

    @cached_property
    def normalized_stems(self) -> dict[str, str]:
        """The stems with the rules of ours that come before Snowball's: what these join on purpose
        ("alemães", "alemão") is not told apart."""
        words = list(self.words.values())
        for step in NORMALIZERS.get(self.language, ()):
            words = [step(word) for word in words]
        return dict(zip(self.words, snowball(self.language).stemWords(words), strict=True))

    @cached_property
    def classes(self) -> dict[str, set[str]]:
        """The tokens of each stem."""
        return _by_value(self.stems)


def archive(samples: Iterable[Sample], version: int) -> Found:
    """A search in an archive of these samples, each of its language, by the rules of a version."""
    held = tuple(samples)
    dictionary = Dictionary(tuple(sample.language for sample in held), version)
    tokens_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sample in held:
        dictionary.add(sample.counts, sample.language)
        rows = analysed(sample.counts, sample.language, version)
        for token, (_, surface, term) in zip(sample.counts, rows, strict=True):
            tokens_of[term, surface].add(token)

    def found(token: str) -> set[str]:
        return {each for pair in dictionary.resolve(token) for each in tokens_of[pair]}

    return found


def joined(sample: Sample, found: Found, asked: Sequence[str]) -> float:
    """The share of pairs of one stem that find each other, typed as written."""
    pairs = hits = 0
    for token in asked:
        others = sample.classes[sample.stems[token]] - {token}
        pairs += len(others)
        hits += len(others & found(token))
    return percent(hits, pairs)


def typed_plain(sample: Sample, found: Found, limit: int) -> tuple[float, float]:
    """Words with accents typed without: the share that is found, and that of the words which
    Snowball joins with them."""
    asked = sample.marked[:: max(1, len(sample.marked) // limit)]
    hits = in_class = whole = 0
    for token in asked:
        got = found(sample.plain[token])
        same = sample.classes[sample.stems[token]]
        hits += token in got
        in_class += len(same & got)
        whole += len(same)
    return percent(hits, len(asked)), percent(in_class, whole)


def unknown_plain(sample: Sample, version: int) -> float:
    """Words with accents that the archive does not have, typed without: the share of the words
    there which Snowball joins with them that each finds, on average. Every fifth word is out."""
    tokens = list(sample.counts)
    shuffled = random.Random(1).sample(tokens, min(len(tokens), 50_000))
    absent, present = shuffled[: len(shuffled) // 5], shuffled[len(shuffled) // 5 :]
    found = archive([Sample(sample.language, dict.fromkeys(present, 1))], version)
    known = {sample.plain[token] for token in present}
    marked = set(sample.marked)
    classes = _by_value({token: sample.stems[token] for token in present})
    shares = []
    for token in absent:
        same = classes.get(sample.stems[token])
        if same and token in marked and sample.plain[token] not in known:
            shares.append(len(same & found(sample.plain[token])) / len(same))
    return percent(sum(shares), len(shares))


def kept_apart(sample: Sample, found: Found) -> float:
    """The share of the occurrences found that are of words which Snowball keeps apart from the
    query word; words that differ in accents only are one word to every query."""
    stems, plain, counts = sample.normalized_stems, sample.plain, sample.counts
    whole = wrong = 0
    for token, count in counts.items():
        for other in found(token):
            whole += count * counts[other]
            if stems[other] != stems[token] and plain[other] != plain[token]:
                wrong += count * counts[other]
    return percent(wrong, whole)


@dataclass(frozen=True)
class Quality:
    """What words find of the other forms of their lemmas, and how much of what they find is."""

    recall: float
    precision: float


def lemmas(
    found: Found, pairs: Sequence[tuple[str, str]], typed: Mapping[str, str] | None = None
) -> Quality:
    """Recall and precision on true lemmas, on average of the tokens of a treebank. Recall is that
    of the other forms, of tokens that have any. ``typed`` has the tokens to ask, and what is typed
    for them; by default all, as written."""
    lemmas_of, forms_of = defaultdict(set), defaultdict(set)
    for token, lemma in pairs:
        lemmas_of[token].add(lemma)
        forms_of[lemma].add(token)
    recalls, precisions = [], []
    for token, query in (typed or {token: token for token in lemmas_of}).items():
        right = set().union(*(forms_of[lemma] for lemma in lemmas_of[token]))
        got = found(query)
        precisions.append(len(right & got) / max(1, len(got)))
        if len(right) > 1:
            recalls.append(len((right & got) - {token}) / (len(right) - 1))
    return Quality(percent(sum(recalls), len(recalls)), percent(sum(precisions), len(precisions)))


def false_words(samples: Sequence[Sample], found: Found) -> float:
    """The number of false words that a query word finds in an archive of several languages, on
    average: other than those of its stem in its language, and those written alike."""
    plain = {token: form for sample in samples for token, form in sample.plain.items()}
    false = asked = 0
    for sample in samples:
        stems = sample.normalized_stems
        classes = _by_value(stems)
        for token in sample.counts:
            got = found(token) - classes[stems[token]]
            false += sum(plain[other] != plain[token] for other in got)
            asked += 1
    return false / max(1, asked)


def percent(part: float, whole: float) -> float:
    """A share in percent; NaN of nothing."""
    return 100 * part / whole if whole else float("nan")


def _by_value(stems: Mapping[str, str]) -> dict[str, set[str]]:
    classes: dict[str, set[str]] = defaultdict(set)
    for token, stem in stems.items():
        classes[stem].add(token)
    return classes
