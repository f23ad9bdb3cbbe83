"""The words of one commit: what :mod:`.suggest` asks of an archive in a folder."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from searchlib.codec.text_field import TextField
from searchlib.index.segment_reader import SegmentReader
from searchlib.schema import Text
from searchlib.search.term_scan import TermScan
from searchlib.search.word_forms import WordForms
from searchlib.suggest import edits_between

__all__ = ["CommitWords"]

_MAX_SCANNED_FORMS = 20_000  # surface forms with one prefix that are scanned, in their order
_MAX_SCANNED_VALUES = 20_000  # values of a keyword field that an unknown one is compared with


class CommitWords:
    """The words of a commit, found in its dictionaries: an :class:`.suggest.ArchiveWords`."""

    def __init__(self, reader: WordForms) -> None:
        self.reader = reader

    def article_count(self) -> int:
        """How many articles there are."""
        return self.reader.reader.live_count

    def starting_with(self, prefix: bytes) -> dict[bytes, int]:
        """The surface forms with a prefix, and in how many articles each is."""
        counts: dict[bytes, int] = {}
        for _, field in self.reader.text_fields():
            for form, count in _forms_with_prefix(field, prefix):
                counts[form] = counts.get(form, 0) + count
        return counts

    def near(self, word: str, edits: int) -> dict[bytes, int]:
        """Other surface forms with the same first letter, at most so many edits from a word, and
        in how many articles each is."""
        counts: dict[bytes, int] = {}
        for _, field in self.reader.text_fields():
            forms = field.surface_forms
            first, last = forms.prefix_range(word[0].encode())
            near = forms.terms_between(first, min(last, first + _MAX_SCANNED_FORMS))
            lengths = np.fromiter(map(len, near), np.int64, len(near))
            scan = TermScan(b"".join(near), np.cumsum(lengths))
            # The scan counts two swapped letters as two edits.
            for form in dict.fromkeys(scan.fuzzy(word, 2 * edits, 1)):
                is_near = 0 < edits_between(form.decode(), word, edits) <= edits
                if is_near and (postings := field.find_exact(form)) is not None:
                    counts[form] = counts.get(form, 0) + postings.count
        return counts

    def has_form(self, form: bytes) -> bool:
        """Whether a document that is not deleted has a surface form."""
        for segment, field in self.reader.text_fields():
            postings = field.find_exact(form)
            if postings is not None and _any_live(segment, postings.docs):
                return True
        return False

    def has_word(self, token: str) -> bool:
        """Whether a document that is not deleted has any form of a word, or no field keeps it: the
        analyzers of a Whoosh program leave words out."""
        schema = self.reader.schema
        return any(
            _any_live(segment, postings.docs)
            for name in schema.names(Text)
            for segment, postings in self.reader.postings(name, token)
        ) or not any(self.reader.meaning(name, token).terms for name in schema.searched())

    def most_articles(self, token: str) -> int:
        """In how many documents any form of a word is, in the text field that has it most."""
        return max(
            sum(postings.count for _, postings in self.reader.postings(name, token))
            for name in self.reader.schema.names(Text)
        )

    def has_value(self, name: str, folded: str) -> bool:
        """Whether a document that is not deleted has a folded value in a keyword field."""
        for segment in self.reader.reader.segments:
            doc_values = segment.core.keyword(name)
            if doc_values is None:
                continue
            rank = doc_values.terms.ordinal(folded.encode())
            if rank >= 0 and _any_live(segment, doc_values.docs(rank)):
                return True
        return False

    def labels(self, name: str) -> dict[str, str]:
        """How the first values of a keyword field are written, by their folded form."""
        labels: dict[str, str] = {}
        for segment in self.reader.reader.segments:
            doc_values = segment.core.keyword(name)
            if doc_values is None:
                continue
            for rank in range(min(len(doc_values.terms), _MAX_SCANNED_VALUES - len(labels))):
                if segment.live_docs is None or _any_live(segment, doc_values.docs(rank)):
                    labels[doc_values.terms[rank].decode()] = doc_values.labels[rank].decode()
        return labels


def _any_live(segment: SegmentReader, docs: npt.NDArray[np.int32]) -> bool:
    """Whether any of these documents is not deleted."""
    return bool(len(docs) if segment.live_docs is None else segment.live_docs[docs].any())


def _forms_with_prefix(field: TextField, prefix: bytes) -> Iterator[tuple[bytes, int]]:
    """The surface forms with this prefix, and in how many documents each is."""
    forms = field.surface_forms
    first, last = forms.prefix_range(prefix)
    for rank in range(first, min(last, first + _MAX_SCANNED_FORMS)):
        count = field.form_postings(forms.ordinal_at_rank(rank)).count
        if count:
            yield forms.term_at_rank(rank), count
