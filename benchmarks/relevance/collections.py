"""Collections of documents with judged queries, read in the forms that they are passed on in.

A folder is read by the names of its files: our own form (``docs.jsonl``, ``queries.tsv`` and TREC's
``qrels.txt``), that of the SMART project (``*.ALL``, ``*.QRY``, ``*.REL``), those of TIME, NPL and
LISA, and newswire of TREC with its topics.
"""

from __future__ import annotations

import gzip
import html
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Collection", "headlines", "load"]

#: Query -> document -> its grade, 0 if it is not relevant.
Judgements = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Collection:
    """Documents (id, title, body), queries by their ids, and judgements of the queries."""

    name: str
    docs: list[dict[str, str]]
    queries: dict[str, str]
    judgements: Judgements


def load(folder: Path) -> Collection:
    """The collection in a folder. Its queries are those with a relevant document in it."""
    for pattern, read in _FORMS.items():
        if next(folder.glob(pattern), None) is not None:
            docs, queries, judgements = read(folder)
            known = {doc["id"] for doc in docs}
            judged = {
                query: grades
                for query, grades in judgements.items()
                if query in queries and any(g > 0 for d, g in grades.items() if d in known)
            }
            queries = {query: queries[query] for query in judged}
            return Collection(folder.name, docs, queries, judged)
    raise SystemExit(f"{folder}: no collection in a form that is known")


def headlines(file: Path, count: int) -> Collection:
    """Headlines of articles as queries, each of which has to find its own article."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    docs = [_doc(str(row["id"]), row.get("title") or "", row.get("body") or "") for row in rows]
    able = [doc for doc in docs if doc["body"] and len(doc["title"].split()) > 3]
    chosen = random.Random(1).sample(able, count)
    queries = {doc["id"]: doc["title"] for doc in chosen}
    return Collection(f"{count} headlines", docs, queries, {id: {id: 1} for id in queries})


def _doc(id: str, title: str, body: str) -> dict[str, str]:
    return {"id": id, "title": " ".join(title.split()), "body": body}


def _text(*files: Path) -> str:
    return "\n".join(file.read_text("latin-1").replace("\r", "") for file in files)


def _trec_judgements(text: str) -> Judgements:
    judgements: Judgements = defaultdict(dict)
    for line in text.splitlines():
        if line.strip():
            query, _, doc, grade = line.split()[:4]
            judgements[query][doc] = int(grade)
    return judgements


def _own(folder: Path) -> tuple[list[dict[str, str]], dict[str, str], Judgements]:
    rows = map(json.loads, (folder / "docs.jsonl").read_text("utf-8").splitlines())
    docs = [_doc(row["id"], row.get("title", ""), row.get("body", "")) for row in rows]
    lines = (folder / "queries.tsv").read_text("utf-8").splitlines()
    queries = dict(line.split("\t", 1) for line in lines)
    return docs, queries, _trec_judgements(_text(folder / "qrels.txt"))


def _smart_records(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(id, {"T": title, "W": words, ...}) of a file of SMART."""
    for record in re.split(r"^\.I ", text, flags=re.MULTILINE)[1:]:
        id, _, rest = record.partition("\n")
        parts = re.split(r"^\.([A-Z])[^\n]*\n", rest, flags=re.MULTILINE)
        yield id.strip(), dict(zip(parts[1::2], parts[2::2], strict=True))


def _smart(folder: Path) -> tuple[list[dict[str, str]], dict[str, str], Judgements]:
    [texts], [asked], [judged] = (list(folder.glob(f"*.{end}")) for end in ("ALL", "QRY", "REL"))
    docs = [
        _doc(id, parts.get("T", ""), parts.get("W", ""))
        for id, parts in _smart_records(_text(texts))
    ]
    queries = {id: parts.get("W", "") for id, parts in _smart_records(_text(asked))}
    judgements: Judgements = defaultdict(dict)
    for line in _text(judged).splitlines():
        # "query document ..." or, in MED, as TREC does: "query 0 document 1".
        if numbers := line.split():
            judgements[numbers[0]][numbers[2 if numbers[1] == "0" else 1]] = 1
    return docs, queries, judgements


def _lists(text: str, start: str) -> Judgements:
    """Judgements that are lists of relevant documents, each after the number of its query."""
    judgements: Judgements = {}
    for query, numbers in re.findall(start + r"\s*(\d+)\s([\d\s]*)", text):
        judgements[query] = dict.fromkeys(numbers.split(), 1)
    return judgements


def _time(folder: Path) -> tuple[list[dict[str, str]], dict[str, str], Judgements]:
    parts = re.split(r"^\*TEXT[^\n]*\n", _text(folder / "TIME.ALL"), flags=re.MULTILINE)[1:]
    # Documents are numbered in their order; the first line is no title.
    docs = [_doc(str(number), "", text) for number, text in enumerate(parts, 1)]
    asked = re.split(r"^\*FIND\s+(\d+)", _text(folder / "TIME.QUE"), flags=re.MULTILINE)
    queries = {
        id: text.split("*STOP")[0] for id, text in zip(asked[1::2], asked[2::2], strict=True)
    }
    judgements: Judgements = {}
    for line in _text(folder / "TIME.REL").splitlines():
        if numbers := line.split():
            judgements[numbers[0]] = dict.fromkeys(numbers[1:], 1)
    return docs, queries, judgements


def _numbered(text: str, end: str) -> dict[str, str]:
    """Texts that begin with a line of their number and end with a sign."""
    found = re.findall(rf"^\s*(\d+)\n(.*?){end}", text, re.MULTILINE | re.DOTALL)
    return dict(found)


def _npl(folder: Path) -> tuple[list[dict[str, str]], dict[str, str], Judgements]:
    texts = _numbered(_text(folder / "doc-text"), r"^\s*/\s*$")
    docs = [_doc(id, "", text) for id, text in texts.items()]
    judged = _numbered(_text(folder / "rlv-ass"), r"^\s*/\s*$")
    judgements = {id: dict.fromkeys(text.split(), 1) for id, text in judged.items()}
    return docs, _numbered(_text(folder / "query-text"), r"^/\s*$"), judgements


def _lisa(folder: Path) -> tuple[list[dict[str, str]], dict[str, str], Judgements]:
    files = sorted(file for file in folder.glob("LISA?.*") if file.suffix[1:].isdigit())
    docs = []
    for record in re.split(r"\*{10,}", _text(*files)):
        if match := re.search(r"Document\s+(\d+)\s*\n", record):
            title, _, body = record[match.end() :].partition("\n\n")
            if not body.strip():  # there is no empty line
                title, _, body = record[match.end() :].partition("\n     ")
            docs.append(_doc(match[1], title, body))
    judgements = {}
    for block in re.split(r"^Query ", _text(folder / "LISA.REL"), flags=re.MULTILINE)[1:]:
        query, _, numbers = block.split("\n", 2)
        judgements[query.strip()] = dict.fromkeys(numbers.split("-1")[0].split(), 1)
    return docs, _numbered(_text(folder / "LISA.QUE"), "#"), judgements


def _trec(folder: Path) -> tuple[list[dict[str, str]], dict[str, str], Judgements]:
    docs = []
    for file in sorted((folder / "docs").iterdir()):
        for record in re.findall(r"<DOC>(.*?)</DOC>", _text(file), re.DOTALL):
            parts = {
                tag: html.unescape(re.sub(r"</?[^<>]*>", " ", text))
                for tag, text in re.findall(r"<(\w+)>(.*?)</\1>", record, re.DOTALL)
            }
            title = re.sub(r"^\s*FT\s+\d+ \w+ \d+ /", "", parts.get("HEADLINE", ""))
            docs.append(_doc(parts["DOCNO"].strip(), title, parts.get("TEXT", "")))
    queries = {}
    for topic in re.findall(r"<top>(.*?)</top>", _text(*(folder / "topics").iterdir()), re.DOTALL):
        match = re.search(
            r"<num>\s*Number:\s*(\d+)\s*<title>\s*(?:Topic:)?(.*?)<desc>", topic, re.DOTALL
        )
        if match:
            queries[match[1]] = " ".join(match[2].split())
    return docs, queries, _trec_judgements(_text(*(folder / "qrels").iterdir()))


_Read = Callable[[Path], tuple[list[dict[str, str]], dict[str, str], Judgements]]
#: A file that a folder of this form has -> its reader.
_FORMS: dict[str, _Read] = {
    "docs.jsonl": _own,
    "TIME.ALL": _time,
    "doc-text": _npl,
    "LISA.QUE": _lisa,
    "*.QRY": _smart,
    "topics/*": _trec,
}
