"""Reads word lists and treebanks from checkouts on this machine; fetches nothing.

A folder has a checkout of https://github.com/snowballstem/snowball-data, and of treebanks of
https://github.com/UniversalDependencies, named as there (``snowball-data``, ``UD_French-GSD``), or
bare repositories of them (``.../UD_French-GSD/repo``).
"""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from searchlib.analysis import LANGUAGES, Rules

#: Language -> its treebank, ``UD_...`` at https://github.com/UniversalDependencies.
TREEBANKS = {
    "ar": "Arabic-PUD", "ca": "Catalan-AnCora", "cs": "Czech-FicTree", "da": "Danish-DDT",
    "de": "German-GSD", "el": "Greek-GDT", "en": "English-EWT", "es": "Spanish-GSD",
    "et": "Estonian-EDT", "eu": "Basque-BDT", "fa": "Persian-Seraji", "fi": "Finnish-TDT",
    "fr": "French-GSD", "ga": "Irish-IDT", "hi": "Hindi-PUD", "hu": "Hungarian-Szeged",
    "hy": "Armenian-ArmTDP", "id": "Indonesian-GSD", "it": "Italian-ISDT",
    "lt": "Lithuanian-ALKSNIS", "nl": "Dutch-LassySmall", "no": "Norwegian-Bokmaal",
    "pl": "Polish-PDB", "pt": "Portuguese-Bosque", "ro": "Romanian-RRT", "ru": "Russian-GSD",
    "sr": "Serbian-SET", "sv": "Swedish-Talbanken", "ta": "Tamil-TTB", "tr": "Turkish-IMST",
}  # fmt: skip
# Here prepositions and pronouns, which are written together with a word, are forms of their own.
_JOINED = frozenset({"ar"})
_ID, _FORM, _LEMMA, _PART_OF_SPEECH = range(4)
_CONTENT = frozenset({"NOUN", "VERB", "ADJ", "ADV", "PROPN"})


@dataclass(frozen=True)
class Checkout:
    """The files of a repository: a work tree, or a git directory without one."""

    folder: Path

    def names(self) -> list[str]:
        """The paths of all files."""
        if self._bare:
            return self._git("ls-tree", "-r", "--name-only", "HEAD").decode().splitlines()
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return [str(path.relative_to(self.folder)) for path in files]

    def read(self, name: str) -> str | None:
        """The text of a file; None if the repository lacks its content (large files may)."""
        try:
            data = (
                self._git("show", f"HEAD:{name}")
                if self._bare
                else (self.folder / name).read_bytes()
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        return (gzip.decompress(data) if name.endswith(".gz") else data).decode()

    @property
    def _bare(self) -> bool:
        return (self.folder / "HEAD").exists() and (self.folder / "objects").exists()

    def _git(self, *arguments: str) -> bytes:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True).stdout


def checkouts(data: Path) -> dict[str, Checkout]:
    """The repositories of a folder by their names, without an owner before a "+"."""
    found = {}
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        inner = folder / "repo"
        name = folder.name.rpartition("+")[2]
        found[name] = Checkout(inner if (inner / "HEAD").exists() else folder)
    return found


def vocabulary(data: Path, language: str, rules: Rules) -> list[str]:
    """The tokens of Snowball's list of words of a language, each once."""
    checkout = checkouts(data).get("snowball-data")
    names = [f"{LANGUAGES[language]}/voc.txt", f"{LANGUAGES[language]}/voc.txt.gz"]
    texts = [text for name in names if checkout and (text := checkout.read(name))]
    tokens = [token for text in texts for token in rules.tokenize(rules.prepare(text))]
    return list(dict.fromkeys(tokens))


def article_words(path: Path, rules: Rules) -> list[str]:
    """The different tokens of the texts of articles (JSON lines, compressed or not)."""
    opened = gzip.open if path.name.endswith(".gz") else open
    tokens: dict[str, None] = {}
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            text = f"{record.get('title', '')}\n{record.get('body', '')}"
            tokens |= dict.fromkeys(rules.tokenize(rules.prepare(text)))
    return [token for token in tokens if token.isalpha()]


def treebank(data: Path, language: str, rules: Rules) -> list[tuple[str, str]]:
    """The forms of content words in the treebank of a language, in small letters, in order, each
    with its lemma; those that are not one token are left out. A treebank is in up to three files,
    of which snapshots may lack the largest."""
    checkout = checkouts(data).get(f"UD_{TREEBANKS.get(language)}")
    if checkout is None:
        return []
    pairs = []
    for name in checkout.names():
        if name.endswith(".conllu"):
            for form, lemma in _tokens(checkout.read(name) or "", language):
                tokens = rules.tokenize(rules.prepare(_lower(form, language)))
                if len(tokens) == 1:
                    pairs.append((tokens[0], lemma))
    return pairs


def _lower(form: str, language: str) -> str:
    return (form.replace("I", "ı").replace("İ", "i") if language == "tr" else form).lower()


def _tokens(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The forms and lemmas of a CoNLL-U file, see https://universaldependencies.org/format.html.

    A form of several words ("du", of "de" and "le") has the lemma of its content word if it has
    one only.
    """
    for sentence in text.split("\n\n"):
        rows = [line.split("\t") for line in sentence.splitlines() if not line.startswith("#")]
        forms = _joined(_forms(rows)) if language in _JOINED else _forms(rows)
        for form, words, _ in forms:
            content = [word[_LEMMA] for word in words if word[_PART_OF_SPEECH] in _CONTENT]
            if len(content) == 1:
                yield form, content[0].lower()


_Form = tuple[
    str, list[list[str]], bool
]  # as written, the rows of its words, whether a blank follows


def _forms(rows: list[list[str]]) -> Iterator[_Form]:
    """The forms of a sentence; the parts of a form of several words are not forms again."""
    last = 0  # the last word of a form of several
    for number, row in enumerate(rows):
        is_blank = "SpaceAfter=No" not in row[-1]
        if "-" in row[_ID]:
            first, _, end = row[_ID].partition("-")
            last = int(end)
            yield row[_FORM], rows[number + 1 : number + 2 + last - int(first)], is_blank
        elif "." not in row[_ID] and int(row[_ID]) > last:
            yield row[_FORM], [row], is_blank


def _joined(forms: Iterator[_Form]) -> Iterator[_Form]:
    """Forms with what is written together with them."""
    form, words = "", list[list[str]]()
    for part, its_words, is_blank in forms:
        if part.isalpha():
            form, words = form + part, [*words, *its_words]
        if words and (is_blank or not part.isalpha()):
            yield form, words, True
            form, words = "", []
