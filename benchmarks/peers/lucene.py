"""Lucene, in a Java process that gets the queries over a pipe (see Bench.java).

Needs java and javac, and the jars of lucene-core, lucene-analysis-common, lucene-queryparser
and lucene-facet (9.x) with hppc in the folder that LUCENE_JARS names. The time of a query is
measured in the Java process, without the pipe.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.corpus import Corpus
from benchmarks.peers.base import Answer, Peer, quoted
from benchmarks.queries import Query

_SOURCE = Path(__file__).with_name("Bench.java")
_CLASSES = Path(__file__).with_name("__pycache__") / "java"


def _jars() -> list[Path]:
    folder = os.environ.get("LUCENE_JARS")
    return sorted(Path(folder).glob("*.jar")) if folder else []


class Lucene(Peer):
    """English stems by Snowball, one index writer on as many threads as cores."""

    name = "lucene"
    package = "lucene-core"
    module = "subprocess"
    appends = False

    def missing(self) -> str:
        if not any(jar.name.startswith("lucene-core") for jar in _jars()):
            return "no jars: LUCENE_JARS names no folder with lucene-core"
        if not shutil.which("java") or not shutil.which("javac"):
            return "no java and javac"
        _compile()
        return ""

    def version(self) -> str:
        names = (re.match(r"lucene-core-(.*)\.jar", jar.name) for jar in _jars())
        return next(match[1] for match in names if match)

    def build(self, corpus: Corpus, folder: Path, commits: int = 1) -> None:
        subprocess.run(
            [*_java(), "build", str(folder / "index"), str(corpus.path),
             str(-(-corpus.articles // commits)), str(os.cpu_count() or 1)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def open(self, folder: Path) -> _Searcher:
        arguments = ["search", str(folder / "index"), ",".join(self.fields)]
        return _Searcher([*_java(), *arguments])


def _class_path() -> str:
    return os.pathsep.join(map(str, _jars()))


def _compile() -> None:
    """Compile Bench.java if it has changed since the last time."""
    done = _CLASSES / "Bench.class"
    if not done.exists() or done.stat().st_mtime < _SOURCE.stat().st_mtime:
        command = ["javac", "-nowarn", "-cp", _class_path(), "-d", str(_CLASSES), str(_SOURCE)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _java() -> list[str]:
    """The beginning of the command line."""
    path = os.pathsep.join((str(_CLASSES), _class_path()))
    return ["java", "-Xmx1g", "-Xms512m", "-XX:+UseSerialGC", "-cp", path, "Bench"]


class _Searcher:
    #: Rounds of all queries before any is timed, so that Java has compiled the hot code.
    warm_rounds = 10
    #: Nanoseconds of the last search, as measured in Java.
    elapsed: int

    def __init__(self, command: list[str]) -> None:
        self._java = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        self._ask("warm")  # returns when the index is open

    def parse(self, query: Query) -> str:
        """Only builds the text: Java parses it as part of each search."""
        if query.match == "phrase":
            return quoted(query.words)
        text = (" " if query.match == "any" else " AND ").join(query.words)
        since, until = query.since.replace("-", ""), query.until.replace("-", "")
        return f"{text}\t{since}\t{until}\t{','.join(query.facets)}"

    def search(self, query: Query, k: int = 10) -> Answer:
        answer = self._ask(self.parse(query))
        self.elapsed = answer["ns"]
        return Answer(answer["total"], answer["ids"], answer["facets"])

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._java.stdin
        assert self._java.stdout
        self._java.stdin.write(line + "\n")
        self._java.stdin.flush()
        answer = self._java.stdout.readline()
        if not answer:
            raise RuntimeError(f"the Java process ended: {self._java.wait()}")
        fields: dict[str, Any] = json.loads(answer)
        return fields

    def close(self) -> None:
        assert self._java.stdin
        assert self._java.stdout
        self._java.stdin.close()
        self._java.wait()
        self._java.stdout.close()
