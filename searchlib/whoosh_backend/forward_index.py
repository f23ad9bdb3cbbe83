"""The terms of each document of a text field: what Whoosh calls a vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from searchlib.codec.text_field import TextField
from searchlib.whoosh_backend.matcher import PostingMatcher

__all__ = ["ForwardIndex"]


class ForwardIndex:
    """The postings of a text field in the order of its documents. Making it reads all of them."""

    def __init__(self, field: TextField) -> None:
        self._field = field
        postings = field.postings
        docs, freqs, positions, _ = postings.read_terms(0, len(field.terms))
        terms = np.repeat(np.arange(len(field.terms), dtype=np.int32), postings.counts())
        order = np.argsort(docs, kind="stable")
        self._terms = terms[order]
        self._freqs = freqs[order].astype(np.int32)
        ends = np.cumsum(freqs, dtype=np.int64)
        self._starts = (ends - freqs)[order]
        self._positions = positions
        self._doc_offsets = np.searchsorted(docs[order], np.arange(field.documents + 1))

    def matcher(self, doc: int, form: Any) -> PostingMatcher:
        """A Whoosh matcher over the terms of a document, in the words of a format."""
        part = slice(int(self._doc_offsets[doc]), int(self._doc_offsets[doc + 1]))
        terms = [self._field.terms[rank].decode("utf-8", "replace") for rank in self._terms[part]]
        freqs, starts = self._freqs[part].tolist(), self._starts[part].tolist()
        attributes = self._field.attributes.of(doc)
        weights = [float(frequency) * form.field_boost for frequency in freqs]
        boosts = attributes.get("boosts")
        if boosts is not None:
            tokens = [self._positions[s : s + f] for s, f in zip(starts, freqs, strict=True)]
            weights = [float(boosts[numbers].sum()) * form.field_boost for numbers in tokens]
        return PostingMatcher(
            terms, weights, freqs, form, None, None, None, self._positions, starts,
            attributes=_OfOneDocument(attributes),
        )  # fmt: skip


class _OfOneDocument:
    """The attributes of one document's tokens, whatever the number is that they are asked by."""

    def __init__(self, attributes: dict[str, Any]) -> None:
        self._attributes = attributes

    def of(self, number: Any) -> dict[str, Any]:
        return self._attributes
