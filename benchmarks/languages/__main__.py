"""``python -m benchmarks.languages DATA``: the table of languages, from checkouts in a folder."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from benchmarks.languages import measures, sources
from searchlib.analysis import LANGUAGES, rules

#: Recall and precision in percent of the first trial of these rules, on Universal Dependencies.
TRIAL = {
    "ru": (86.6, 94.0), "hu": (65.9, 92.5), "lt": (81.2, 88.6), "fr": (80.0, 88.1),
    "tr": (42.6, 93.3), "ro": (69.4, 85.5), "es": (86.5, 84.7), "pt": (83.3, 83.8),
    "it": (79.4, 85.6), "pl": (69.5, 93.7),
}  # fmt: skip
_MIXED = ("en", "fr", "de")


def main(arguments: list[str] | None = None) -> None:
    """Print the tables of the languages that the command line names, or of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.languages", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of checkouts, see sources.py")
    parser.add_argument("languages", nargs="*", help="ISO codes; default all with a stemmer")
    parser.add_argument("--words", type=int, default=20_000, help="words asked of a vocabulary")
    options = parser.parse_args(arguments)
    languages = options.languages or sorted(LANGUAGES)
    _vocabularies(options.data, languages, options.words)
    _treebanks(options.data, languages)
    if not options.languages:
        _mixed(options.data)


def _vocabularies(data: Path, languages: list[str], limit: int) -> None:
    print("\n## Snowball's vocabularies\n")
    print("Percent, by the rules of version 1 / version 2.\n")
    print(_row("language", "words", "pairs joined", "found plain", "class found plain", "unknown plain"))
    print(_row(*["---"] * 6))
    for language in languages:
        words = sources.vocabulary(data, language, rules())
        if not words:
            continue
        stems = measures.stems(words, language)
        counts = dict.fromkeys(words, 1)
        asked = words[:: max(1, len(words) // limit)]
        cells: list[list[float]] = [[], [], [], []]
        for version in (1, 2):
            found = measures.archive(counts, language, version)
            cells[0].append(measures.joined(found, stems, asked))
            word, its_class = measures.typed_plain(found, stems, asked)
            cells[1].append(word)
            cells[2].append(its_class)
            cells[3].append(measures.unknown_plain(asked, stems, language, version))
        print(_row(language, f"{len(words):,}", *map(_pair, cells)), flush=True)


def _treebanks(data: Path, languages: list[str]) -> None:
    print("\n## Universal Dependencies\n")
    print("Percent, by the rules of version 1 / version 2 (the trial's in brackets).\n")
    print(_row("language", "words", "recall", "precision", "plain recall", "plain precision", "apart joined"))
    print(_row(*["---"] * 7))
    surface = rules().surface
    for language in languages:
        pairs = sources.treebank(data, language, rules())
        if not pairs:
            continue
        counts = Counter(word for word, _ in pairs)
        stems = measures.normalized_stems(counts, language)
        cells: list[list[float]] = [[], [], [], [], []]
        for version in (1, 2):
            found = measures.archive(counts, language, version)
            quality = measures.lemmas(found, pairs)
            plain = measures.lemmas(found, pairs, surface)
            cells[0].append(quality.recall)
            cells[1].append(quality.precision)
            cells[2].append(plain.recall)
            cells[3].append(plain.precision)
            cells[4].append(measures.kept_apart(found, stems, counts))
        texts = [*map(_pair, cells[:4]), " / ".join(f"{cell:.2f}" for cell in cells[4])]
        if language in TRIAL:
            texts[:2] = [f"{text} ({trial})" for text, trial in zip(texts, TRIAL[language])]
        print(_row(language, f"{len(counts):,}", *texts), flush=True)


def _mixed(data: Path) -> None:
    print("\n## False words a query word, in an archive of English, French and German\n")
    print(_row("words of", "version 1", "version 2"))
    print(_row(*["---"] * 3))
    treebanks = {
        language: Counter(word for word, _ in sources.treebank(data, language, rules()))
        for language in _MIXED
    }
    lists = {language: Counter(sources.vocabulary(data, language, rules())) for language in _MIXED}
    for name, words in (("treebanks", treebanks), ("Snowball's vocabularies", lists)):
        if all(words.values()):
            false = [measures.false_words(words, measures.mixed(words, v)) for v in (1, 2)]
            print(_row(name, *(f"{number:.2f}" for number in false)), flush=True)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _pair(values: list[float]) -> str:
    return " / ".join("–" if value != value else f"{value:.1f}" for value in values)


if __name__ == "__main__":
    main()
