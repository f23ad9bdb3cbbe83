"""The dictionary of an archive and what a query word stands for in it, in plain Python.

This is the specification that the measures run on; a test holds the engine to it.
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
    _typed: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, words: Mapping[str, int], language: str) -> None:
        """Add words as written, with their occurrences."""
        rule = rules(self.version)
        for word, (surface, term) in zip(words, analysed(words, language, self.version)):
            self.owners[surface][term] += words[word]
            self.forms[term].add(surface)
            for other in rule.alternates(word, language):
                self.owners[other][term] += words[word]

    def resolve(self, word: str, languages: Iterable[str] = ()) -> set[tuple[str, str]]:
        """The pairs of a term and a surface form that a query word stands for."""
        read_in = tuple(languages) or self.languages
        if self.version == 1:
            terms = {analysed([word], language, 1)[0][1] for language in read_in}
        else:
            terms, pairs = self._terms(word, read_in)
            return {*pairs, *self._all_forms(terms)}
        return self._all_forms(terms)

    def _terms(self, word: str, languages: tuple[str, ...]) -> tuple[set[str], set[tuple[str, str]]]:
        """The terms in all their forms, and the pairs that count in one form only."""
        rule = rules(self.version)
        surface = rule.surface(word)
        stems = {rule.terms([word], language)[0] for language in languages}
        pairs: set[tuple[str, str]] = set()
        terms: set[str] = set()
        surfaces = [
            form
            for form in {surface, *(o for lang in languages for o in rule.alternates(word, lang))}
            if form in self.owners
        ]
        for form in surfaces:
            counts = self.owners[form]
            total = sum(counts.values())
            for term, count in counts.items():
                if count >= self.guard * total:
                    terms.add(term)
                else:
                    pairs.add((term, form))
        plain = word == surface
        if surfaces and plain:
            return terms, pairs
        terms |= stems & self.forms.keys()
        if plain:
            for language in languages:
                terms |= self._unknown(surface, language)
        return terms, pairs

    def _unknown(self, surface: str, language: str) -> set[str]:
        """The terms with a surface form that has the stem of this one, read as typed plain."""
        rule = rules(self.version)
        if not self._typed:
            known = list(self.owners)
            for each in self.languages:
                for form, stem in zip(known, rule.terms(known, each), strict=True):
                    self._typed.setdefault((each, stem), set()).update(self.owners[form])
        return self._typed.get((language, rule.terms([surface], language)[0]), set())

    def _all_forms(self, terms: Iterable[str]) -> set[tuple[str, str]]:
        return {(term, form) for term in terms for form in self.forms.get(term, ())}


def analysed(words: Iterable[str], language: str, version: int) -> list[tuple[str, str]]:
    """The surface form and the term of each word as written. Version 1 knows no accents."""
    rule = rules(version)
    read = [rule.word(word, language) for word in words] if version == 1 else list(words)
    return [(rule.surface(word), term) for word, term in zip(read, rule.terms(read, language))]
