"""The engines of the game: each makes an index of texts and answers the game's commands.

The texts are those of the game: letters of ASCII in lower case and blanks, in one field without a
language. ``COUNT`` is answered by the number of documents, ``TOP_10`` by 1, ``TOP_10_COUNT`` and
``TOP_100_COUNT`` by the number too; no stored field is read.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

COMMANDS = ("COUNT", "TOP_10", "TOP_10_COUNT", "TOP_100_COUNT")
_NO_LETTERS = re.compile("[^a-z]+")
_LIMITS = {"COUNT": 0, "TOP_10": 10, "TOP_10_COUNT": 10, "TOP_100_COUNT": 100}


class Engine(Protocol):
    """An engine with an open index."""

    def answer(self, command: str, query: str) -> int: ...


def plain_text(text: str) -> str:
    """A text as the game has it.

    >>> plain_text("It's 5 o'clock; rain.")
    'it s o clock rain '
    """
    return _NO_LETTERS.sub(" ", text.lower())


class Searchlib:
    """searchlib, with the words of a query as alternatives."""

    def __init__(self, folder: Path) -> None:
        import searchlib

        self._snapshot = searchlib.Archive.open(folder).snapshot()

    @staticmethod
    def build(texts: Iterable[str], folder: Path) -> None:
        import searchlib as sl

        schema = sl.Schema(id=sl.Key(), text=sl.Text(language=""))
        with sl.Archive.create(folder, schema) as archive:
            archive.add({"id": str(number), "text": text} for number, text in enumerate(texts))
            archive.optimize()

    def answer(self, command: str, query: str) -> int:
        if command == "COUNT":
            return self._snapshot.count(query, match="any")
        results = self._snapshot.search(
            query, limit=_LIMITS[command], match="any", highlight=False
        )  # fmt: skip
        return 1 if command == "TOP_10" else results.total


class Tantivy:
    """Tantivy through its Python package. It has no count without a best document."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._index = tantivy.Index.open(str(folder))
        self._searcher: Any = self._index.searcher()

    @staticmethod
    def build(texts: Iterable[str], folder: Path) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("text", stored=False, tokenizer_name="default")
        folder.mkdir(parents=True)
        index = tantivy.Index(builder.build(), str(folder))
        writer = index.writer(512_000_000, 1)
        for number, text in enumerate(texts):
            writer.add_document(tantivy.Document(id=[str(number)], text=[text]))
        writer.commit()
        writer.wait_merging_threads()

    def answer(self, command: str, query: str) -> int:
        parsed = self._index.parse_query(query, ["text"])
        limit = max(1, _LIMITS[command])
        found = self._searcher.search(parsed, limit, count=command != "TOP_10")
        return 1 if command == "TOP_10" else int(found.count)


class Lucene:
    """Lucene 10 or later, in a Java of version 21 or later that runs ``LuceneGame.java``.

    The jars of lucene-core, lucene-queryparser, lucene-queries and lucene-sandbox are in the folder
    that ``LUCENE_JARS`` names.
    """

    @staticmethod
    def command(action: str, folder: Path) -> list[str]:
        jars = Path(os.environ["LUCENE_JARS"]) / "*"
        source = Path(__file__).with_name("LuceneGame.java")
        # The vector instructions are what Lucene advises; one thread needs no other collector.
        options = ["--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"]
        options += ["-Xms1g", "-Xmx1g", "-XX:+UseSerialGC", "-cp", str(jars)]
        return ["java", *options, str(source), action, str(folder.resolve())]

    @staticmethod
    def build(texts: Iterable[str], folder: Path) -> None:
        folder.mkdir(parents=True)
        command = Lucene.command("build", folder)
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as java:
            assert java.stdin is not None
            java.stdin.writelines(f"{text}\n" for text in texts)
        if java.returncode:
            raise subprocess.CalledProcessError(java.returncode, command)


#: Those that are compared; the first is ours.
ENGINES: dict[str, Any] = {"searchlib": Searchlib, "tantivy": Tantivy}
if "LUCENE_JARS" in os.environ:
    ENGINES["lucene"] = Lucene
