"""``python -m benchmarks.languages DATA``: the table of languages, from checkouts in a folder."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from benchmarks.languages import measures, sources
from benchmarks.languages.measures import Sample
from searchlib.analysis import LANGUAGES, rules

#: Recall and precision in percent of the first trial of these rules, on Universal Dependencies.
TRIAL = {
    "ru": (86.6, 94.0), "hu": (65.9, 92.5), "lt": (81.2, 88.6), "fr": (80.0, 88.1),
    "tr": (42.6, 93.3), "ro": (69.4, 85.5), "es": (86.5, 84.7), "pt": (83.3, 83.8),
    "it": (79.4, 85.6), "pl": (69.5, 93.7),
}  # fmt: skip
_MIXED = ("en", "fr", "de")
_VERSIONS = (1, 2)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables of the languages that the command line names, or of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.languages", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of checkouts, see sources.py")
    parser.add_argument("languages", nargs="*", help="ISO codes; default all with a stemmer")
    parser.add_argument("--words", type=int, default=20_000, help="words asked of a vocabulary")
    parser.add_argument(
        "--articles",
        action="append",
        default=[],
        metavar="CODE=FILE",
        help="JSON lines of articles whose words stand in for a vocabulary that is not there",
    )
    options = parser.parse_args(arguments)
    languages = options.languages or sorted(LANGUAGES)
    articles = dict(option.split("=", 1) for option in options.articles)
    _vocabularies(options.data, languages, options.words, articles)
    _treebanks(options.data, languages)
    if not options.languages:
        _mixed(options.data)


def _vocabularies(data: Path, languages: list[str], limit: int, articles: dict[str, str]) -> None:
    print("\n## Snowball's vocabularies\n\nPercent, by the rules of version 1 / version 2.\n")
    columns = ("words", "pairs joined", "found plain", "class found plain", "unknown plain")
    _head("language", *columns)
    for language in languages:
        if language in articles:
            tokens = sources.article_words(Path(articles[language]), rules())
        else:
            tokens = sources.vocabulary(data, language, rules())
        if not tokens:
            continue
        sample = Sample(language, dict.fromkeys(tokens, 1))
        asked = tokens[:: max(1, len(tokens) // limit)]
        cells: list[list[float]] = [[], [], [], []]
        for version in _VERSIONS:
            found = measures.archive([sample], version)
            cells[0].append(measures.joined(sample, found, asked))
            word, its_class = measures.typed_plain(sample, found, limit)
            cells[1].append(word)
            cells[2].append(its_class)
            cells[3].append(measures.unknown_plain(sample, version))
        _row(language, f"{len(tokens):,}", *map(_pair, cells))


def _treebanks(data: Path, languages: list[str]) -> None:
    print("\n## Universal Dependencies\n")
    print("Percent, by the rules of version 1 / version 2 (the trial's in brackets).\n")
    columns = ("recall", "precision", "plain recall", "plain precision", "apart joined")
    _head("language", "words", *columns)
    for language in languages:
        pairs = sources.treebank(data, language, rules())
        if not pairs:
            continue
        sample = Sample(language, Counter(token for token, _ in pairs))
        typed = {token: sample.plain[token] for token in sample.marked}
        cells: list[list[float]] = [[], [], [], [], []]
        for version in _VERSIONS:
            found = measures.archive([sample], version)
            quality = measures.lemmas(found, pairs)
            cells[0].append(quality.recall)
            cells[1].append(quality.precision)
            if len(typed) > len(sample.counts) / 1000:
                quality = measures.lemmas(found, pairs, typed)
                cells[2].append(quality.recall)
                cells[3].append(quality.precision)
            cells[4].append(measures.kept_apart(sample, found))
        texts = [*map(_pair, cells[:4]), " / ".join(f"{cell:.2f}" for cell in cells[4])]
        if language in TRIAL:
            texts[:2] = [f"{text} ({trial})" for text, trial in zip(texts, TRIAL[language])]
        _row(language, f"{len(sample.counts):,}", *texts)


def _mixed(data: Path) -> None:
    print("\n## False words a query word, in an archive of English, French and German\n")
    _head("words of", "version 1", "version 2")
    treebanks = {
        language: Counter(token for token, _ in sources.treebank(data, language, rules()))
        for language in _MIXED
    }
    lists = {language: Counter(sources.vocabulary(data, language, rules())) for language in _MIXED}
    for name, words in (("treebanks", treebanks), ("Snowball's vocabularies", lists)):
        samples = [Sample(language, counts) for language, counts in words.items() if counts]
        false = [
            measures.false_words(samples, measures.archive(samples, version))
            for version in _VERSIONS
        ]
        _row(name, *(f"{number:.2f}" for number in false))


def _head(*cells: str) -> None:
    _row(*cells)
    _row(*["---"] * len(cells))


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def _pair(values: list[float]) -> str:
    return " / ".join("–" if value != value else f"{value:.1f}" for value in values) or "–"


if __name__ == "__main__":
    main()
