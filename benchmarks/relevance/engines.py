"""The libraries that are compared: each indexes title and body, and gives the ids of the best
documents for the words of a query, any of which may match."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["ENGINES", "Search"]

#: The words of a query, and how many documents are wanted -> their ids, best first.
Search = Callable[[str, int], Sequence[str]]
Docs = list[dict[str, str]]


def _searchlib(docs: Docs, **options: Any) -> Search:
    import searchlib as sl

    archive = sl.Archive.create(tempfile.mkdtemp())
    archive.add(docs)

    def search(text: str, limit: int) -> list[str]:
        results = archive.search(text, limit=limit, highlight=False, lenient=True, **options)
        return [hit.id for hit in results]

    return search


def _tantivy(docs: Docs) -> Search:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for name in ("title", "body"):
        builder.add_text_field(name, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer(64_000_000, 1)
    for doc in docs:
        writer.add_document(tantivy.Document(**doc))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(text: str, limit: int) -> list[str]:
        query = index.parse_query(text, ["title", "body"])
        return [searcher.doc(place)["id"][0] for _, place in searcher.search(query, limit).hits]

    return search


def _whoosh(docs: Docs) -> Search:
    from whoosh.analysis import StemmingAnalyzer
    from whoosh.fields import ID, TEXT, Schema
    from whoosh.index import create_in
    from whoosh.qparser import MultifieldParser, OrGroup

    analyzer = StemmingAnalyzer()
    schema = Schema(id=ID(stored=True), title=TEXT(analyzer), body=TEXT(analyzer))
    index = create_in(tempfile.mkdtemp(), schema)
    writer = index.writer(limitmb=512)
    for doc in docs:
        writer.add_document(**doc)
    writer.commit()
    searcher = index.searcher()
    parser = MultifieldParser(["title", "body"], schema, group=OrGroup, plugins=[])

    def search(text: str, limit: int) -> list[str]:
        return [hit["id"] for hit in searcher.search(parser.parse(text), limit=limit)]

    return search


def _bm25s(docs: Docs) -> Search:
    import bm25s  # type: ignore[import-untyped]
    import Stemmer

    stemmer = Stemmer.Stemmer("english")

    def tokenize(texts: list[str], **options: Any) -> Any:
        return bm25s.tokenize(
            texts, stopwords="en", stemmer=stemmer, show_progress=False, **options
        )

    retriever = bm25s.BM25()
    texts = [f"{doc['title']} {doc['body']}" for doc in docs]
    retriever.index(tokenize(texts), show_progress=False)

    def search(text: str, limit: int) -> list[str]:
        tokens = tokenize([text], return_ids=False)
        if not tokens[0]:
            return []
        rows, _ = retriever.retrieve(tokens, k=min(limit, len(docs)), show_progress=False)
        return [docs[row]["id"] for row in rows[0].tolist()]

    return search


#: Name -> what builds the engine over documents.
ENGINES: dict[str, Callable[[Docs], Search]] = {
    "searchlib": lambda docs: _searchlib(docs, match="any"),
    "searchlib best": lambda docs: _searchlib(docs, match="best"),
    "searchlib all": lambda docs: _searchlib(docs, match="all"),
    "searchlib whoosh": lambda docs: _searchlib(docs, match="any", ranking="whoosh"),
    "tantivy": _tantivy,
    "whoosh": _whoosh,
    "bm25s": _bm25s,
}
