"""The dictionary of an archive and what a query word stands for in it, in plain Python.

The measures run on this model of ``searchlib/search/word_forms.py``, since there are many words
to ask; ``tests/test_benchmarks.py`` holds the engine to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from searchlib.analysis import rules

#: An owner with a smaller share of the occurrences of a surface form counts in that form only.
GUARD = 0.1


@dataclass
class Dictionary:
    """The surface forms of an archive with their terms, and how often each pair occurs."""

    languages: tuple[str, ...]
    version: int = 2
    guard: float = GUARD
    owners: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    forms: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    alternates: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _plain_stems: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, tokens: Mapping[str, int], language: str) -> None:
        """Add tokens, with their occurrences."""
        for token, (word, surface, term) in zip(tokens, analysed(tokens, language, self.version)):
            self.owners[surface][term] += tokens[token]
            self.forms[term].add(surface)
            for other in rules(self.version).alternates(word, language):
                self.alternates[other].add(surface)

    def resolve(self, token: str) -> set[tuple[str, str]]:
        """The pairs of a term and a surface form that a query word stands for."""
        readings: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for language in self.languages:
            [(word, surface, term)] = analysed([token], language, self.version)
            readings[word, surface].append((language, term))
        pairs: set[tuple[str, str]] = set()
        for (word, surface), read in readings.items():
            pairs |= self._resolve(word, surface, dict(read))
        return pairs

    def _resolve(self, word: str, surface: str, read: dict[str, str]) -> set[tuple[str, str]]:
        own_terms = set(read.values())
        if self.version == 1:
            return self._all_forms(own_terms)
        rule = rules(self.version)
        spellings = {surface}
        is_plain = surface == word.replace("'", "")
        if not is_plain:
            for language in read:
                spellings.update(rule.alternates(word, language))
        for spelling in tuple(spellings):
            spellings |= self.alternates.get(spelling, set())
        known = spellings & self.owners.keys()
        terms, pairs = self._owners(known)
        sure = own_terms & {term for spelling in known for term in self.owners[spelling]}
        if not known or not is_plain:
            terms |= sure or own_terms
        if not known and is_plain:
            for language in read:
                terms |= self._of_plain_stem(surface, language)
        return pairs | self._all_forms(terms)

    def _owners(self, spellings: Iterable[str]) -> tuple[set[str], set[tuple[str, str]]]:
        """The owners of spellings that count in all forms, and the pairs that count in one."""
        terms: set[str] = set()
        pairs: set[tuple[str, str]] = set()
        for spelling in spellings:
            counts = self.owners[spelling]
            total = sum(counts.values())
            for term, count in counts.items():
                if count >= self.guard * total:
                    terms.add(term)
                else:
                    pairs.add((term, spelling))
        return terms, pairs

    def _of_plain_stem(self, surface: str, language: str) -> set[str]:
        """The terms with a surface form that has the stem of this one, both read as typed."""
        rule = rules(self.version)
        if not self._plain_stems:
            known = list(self.owners)
            for each in self.languages:
                for form, stem in zip(known, rule.terms(known, each), strict=True):
                    self._plain_stems.setdefault((each, stem), set()).update(self.owners[form])
        return self._plain_stems.get((language, rule.terms([surface], language)[0]), set())

    def _all_forms(self, terms: Iterable[str]) -> set[tuple[str, str]]:
        return {(term, form) for term in terms for form in self.forms.get(term, ())}


def analysed(tokens: Iterable[str], language: str, version: int) -> list[tuple[str, str, str]]:
    """The word, the surface form and the term of each token."""
    rule = rules(version)
    words = [rule.word(token, language) for token in tokens]
    terms = rule.terms(words, language)
    return [(word, rule.surface(word), term) for word, term in zip(words, terms, strict=True)]
