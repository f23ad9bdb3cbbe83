"""The tokens of one document, read off the posting lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchlib.index import doc_tokens as module
from searchlib.index.doc_tokens import doc_tokens
from tests.parts import create_store


def test_surface_forms_and_terms_are_in_the_order_of_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = create_store(
        tmp_path,
        {"id": "a", "body": "Rain rained; raining rain"},
        {"id": "b"},
        {"id": "c", "body": "the rains of Oslo, the end", "raw": "Rains here"},
    )
    with store.reader() as reader:
        core = reader.segments[0].core
        body, raw = core.text("body"), core.text("raw")
        assert body is not None and raw is not None
        for most in (1, 1 << 20):  # a term at a time, and all at once
            monkeypatch.setattr(module, "_MAX_OCCURRENCES", most)
            forms, terms = zip(*doc_tokens(body, 0), strict=True)
            assert (forms, terms) == (("rain", "rained", "raining", "rain"), ("rain",) * 4)
            assert doc_tokens(body, 1) == []
            forms = tuple(form for form, _ in doc_tokens(body, 2))
            assert forms == ("the", "rains", "of", "oslo", "the", "end")
            assert doc_tokens(raw, 2) == [("rains", "rains"), ("here", "here")]
