"""Reads word lists and treebanks from checkouts on this machine; fetches nothing.

A folder has a checkout of https://github.com/snowballstem/snowball-data, and of treebanks of
https://github.com/UniversalDependencies, named as there (``snowball-data``, ``UD_French-GSD``), or
bare repositories of them (``.../UD_French-GSD/repo``).
"""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from searchlib.analysis import LANGUAGES, Rules

# Auxiliary parts of a contracted word ("du" is "de le"): a lemma of the whole is not given.
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
    """The words of Snowball's list of a language as ``rules`` read them, each once."""
    checkout = checkouts(data).get("snowball-data")
    names = [f"{LANGUAGES[language]}/voc.txt", f"{LANGUAGES[language]}/voc.txt.gz"]
    texts = [text for name in names if checkout and (text := checkout.read(name))]
    words = [
        rules.word(token, language)
        for text in texts
        for token in rules.tokenize(rules.prepare(text))
    ]
    return list(dict.fromkeys(words))


def treebank(data: Path, language: str, rules: Rules) -> list[tuple[str, str]]:
    """The words of the treebanks of a language in order, each with its lemma, as
    ``rules`` read them; forms of several words or none are left out."""
    pairs = []
    for name, checkout in checkouts(data).items():
        if not name.startswith("UD_"):
            continue
        for file in checkout.names():
            if re.fullmatch(rf"{language}_[a-z]+-ud-(dev|test|train)\.conllu", file):
                for form, lemma in _tokens(checkout.read(file) or ""):
                    tokens = rules.tokenize(rules.prepare(form))
                    if len(tokens) == 1:
                        pairs.append((rules.word(tokens[0], language), lemma))
    return pairs


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """The forms and lemmas of a CoNLL-U file. A form made of several words has the lemma of its
    content word, if it has one only; its parts are not counted again."""
    for sentence in text.split("\n\n"):
        rows = [line.split("\t") for line in sentence.splitlines() if not line.startswith("#")]
        contracted = 0  # the last word of a contracted form
        for number, row in enumerate(rows):
            if "-" in row[0]:
                first, _, last = row[0].partition("-")
                size = int(last) - int(first) + 1
                contracted = int(last)
                parts = rows[number + 1 : number + 1 + size]
                content = [part for part in parts if part[3] in _CONTENT]
                if len(content) == 1:
                    yield row[1], content[0][2].lower()
            elif "." not in row[0]:
                if int(row[0]) > contracted and row[3] in _CONTENT:
                    yield row[1], row[2].lower()
