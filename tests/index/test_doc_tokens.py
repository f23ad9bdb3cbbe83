"""The tokens of one document, read off the posting lists."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from searchlib.index import doc_tokens as module
from searchlib.index.doc_tokens import doc_tokens, tokens_of_docs
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


def test_tokens_of_some_documents_are_those_of_the_posting_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(4)
    words = [*("rain rains rained snow wind storms the".split()), *(f"w{n}" for n in range(40))]
    bodies = [" ".join(chance.choices(words, k=chance.randrange(200))) for _ in range(90)]
    store = create_store(tmp_path, *({"id": f"{n}", "body": b} for n, b in enumerate(bodies)))
    with store.reader() as reader:
        field = reader.segments[0].core.text("body")
        assert field is not None
        postings = field.postings
        docs, freqs, positions, forms = postings.read_terms(0, postings.terms)
        owners = np.repeat(np.repeat(np.arange(postings.terms), postings.counts()), freqs)
        places = np.repeat(field.doc_starts[docs], freqs) + positions
        docs = np.repeat(docs, freqs)
        for count in (0, 1, 5, 90):
            some = np.array(sorted(chance.sample(range(90), count)), np.int64)
            for most in (1, 300, 1 << 20):
                monkeypatch.setattr(module, "_MAX_OCCURRENCES", most)
                are_wanted = np.isin(docs, some)
                found = tokens_of_docs(field, some)
                for one, every in zip(found, (owners, places, forms), strict=True):
                    assert one.tolist() == every[are_wanted].tolist()
