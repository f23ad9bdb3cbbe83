"""Sentences and paragraphs of texts that were cut are those that are read in the texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from searchlib import kernels
from searchlib.analysis.rules import rules
from searchlib.analysis.sentences import unit_starts
from searchlib.analysis.vocabulary import ChunkAnalyser, Vocabulary, vocabulary
from tests.texts import TEXTS

PIECES = st.sampled_from(
    [
        *("rain", "Rain", "the", "Mr.", "U.S.", "J.", "I.", "Inc.", "3.5", "end.", "End!", "Eh?"),
        *("so...", "…", "«Yes.»", '"Go."', "(no.)", "?!", ".?", ".", "'it", "“so", "”", "(", "é."),
        *(
            "雨。雪",
            "雨。",
            "。",
            "雨。」風",
            "مطر؟",
            "བོད།",
            "वर्षा।",
            "ไทย",
            "。風",
            "風。.",
            "Δεν",
        ),
        *(" ", " ", " ", "  ", "\n", "\n", "\n\n", "\n \t\n", "\n\t", "\n  ", "\n\u3000", "\r\n"),
        *("\u3000", "\xa0", "\u2029", "\n \n  ", "\n\n\n", "\n   \u3000"),
    ]
)
MADE = st.lists(PIECES, max_size=24).map("".join) | st.lists(PIECES, max_size=12).map(" ".join)


def vocabularies(version: int = 2) -> list[Any]:
    plain = Vocabulary(ChunkAnalyser(version))
    return [plain, vocabulary(version)] if kernels.available else [plain]


def read(texts: list[str], unit: str, version: int) -> list[int]:
    """Where units begin, with the texts put end to end."""
    starts, end = [], 0
    for text in texts:
        starts += [end + start for start in unit_starts(text, unit, version)]
        end += len(rules(version).tokenize(rules(version).prepare(text)))
    return starts


def agree(texts: list[str], version: int = 2) -> None:
    prepared = list(map(rules(version).prepare, texts))
    for batch in vocabularies(version):
        for tag in (0, 0):  # the second time all chunks are known
            sentences, paragraphs = batch.text_units(*batch.cut(prepared, tag))
            starts = np.cumsum(sentences) - sentences
            assert starts.tolist() == read(texts, "sentence", version), (batch, texts)
            firsts = np.cumsum(paragraphs) - paragraphs
            assert starts[firsts].tolist() == read(texts, "paragraph", version), (batch, texts)
            assert sentences.sum() == sum(batch.lengths(batch.cut(prepared, tag)[0]))


@given(st.lists(MADE | TEXTS, max_size=4), st.sampled_from([1, 2]))
@example(["One.\n\nTwo", "\n\nA\nB", "A\nB\n\n", "A\nB\n  ", "A\nB\n\t", "", "...\n\n.", "x"], 2)
def test_units_of_any_text(texts: list[str], version: int) -> None:
    agree(texts, version)


def test_units_at_every_pair_of_signs() -> None:
    signs = ".!?…\"'”’»)]([“‘«。」་།a1\u00e9\u0130"
    for a in signs:
        agree([f"x{a}{b} {c} y" for b in signs for c in ("y", "Y", "(y", "“Y")])


@pytest.mark.parametrize("text", ["", " ", "...", "\n\n", "—"])
def test_a_text_without_tokens_has_no_units(text: str) -> None:
    for batch in vocabularies():
        assert [len(units) for units in batch.text_units(*batch.cut([text, text]))] == [0, 0]
