from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import pytest

from searchlib.index.index_reader import IndexReader
from searchlib.search.planner import Planner
from searchlib.search.searcher import IndexSearcher
from searchlib.whoosh_backend.fallback import MatcherFallback

from .samples import sample_store


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexReader]:
    with sample_store(tmp_path_factory.mktemp("search") / "archive").reader() as reader:
        assert [segment.documents for segment in reader.segments] == [5, 3]
        yield reader


@pytest.fixture
def searcher(reader: IndexReader) -> IndexSearcher:
    return IndexSearcher(reader, UTC, fallback=MatcherFallback(reader))


@pytest.fixture
def planner(searcher: IndexSearcher) -> Planner:
    return searcher.planner
