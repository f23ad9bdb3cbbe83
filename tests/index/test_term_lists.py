"""Lists of terms as the inverter wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from searchlib.codec.token_attributes import TokenAttributes
from searchlib.index.inverter import Inverter
from searchlib.index.term_lists import TermLists
from searchlib.schema import TermList
from tests.parts import write_segment_file

DOCUMENTS = st.lists(st.none() | st.lists(st.binary(max_size=2), max_size=5), max_size=6)


@given(DOCUMENTS)
def test_postings_are_those_of_the_lists(documents: list[list[bytes] | None]) -> None:
    lists = TermLists()
    lists.add([None if terms is None else TermList(terms) for terms in documents], None)
    dictionary, inverter = lists.dictionary(), Inverter(lists, lists.batches())
    lengths, occurrences = inverter.count_words()
    assert lengths.tolist() == [len(terms or ()) for terms in documents]
    distinct = {term for terms in documents for term in terms or ()}
    assert dictionary.terms.tolist() == sorted(distinct)
    term_of = dictionary.form_of_word
    inverter.count_postings(term_of, term_of * 0, len(dictionary.terms))
    docs, freqs, positions, _ = (a.tolist() for a in inverter.postings(0, len(dictionary.terms)))
    expected: list[Any] = []
    for term in dictionary.terms.tolist():
        for number, terms in enumerate(documents):
            places = [place for place, other in enumerate(terms or ()) if other == term]
            expected += [(number, places)] * bool(places)
    starts = [sum(freqs[:n]) for n in range(len(freqs))]
    got = [(d, positions[s : s + f]) for d, s, f in zip(docs, starts, freqs, strict=True)]
    assert got == expected
    assert occurrences.sum() == sum(freqs)


def test_attributes_are_those_of_the_terms_and_else_the_common_ones(tmp_path: Path) -> None:
    both, boosts = TermList([b"a", b"b"]), TermList([b"c"])
    both.attributes = {"positions": [3, 4], "boosts": [1.0, 2.0]}
    boosts.attributes = {"boosts": [0.5]}
    lists = TermLists()
    lists.add([TermList([b"a"]), both, None, boosts], None)
    file, _ = write_segment_file(tmp_path, lambda out: lists.write_attributes(out, "body"))
    read = TokenAttributes(file, "body", np.array([1, 2, 0, 1]))
    assert [{n: a.tolist() for n, a in read.of(doc).items()} for doc in range(4)] == [
        {}, {"positions": [3, 4], "boosts": [1.0, 2.0]}, {}, {"positions": [0], "boosts": [0.5]},
    ]  # fmt: skip
    assert not read.has("starts")


def test_each_term_is_its_only_form() -> None:
    lists = TermLists()
    lists.add([TermList([b"rain", b"bank", b"rain"]), None, TermList([b"sun"])], None)
    dictionary = lists.dictionary()
    assert dictionary.terms.tolist() == dictionary.forms.tolist() == [b"bank", b"rain", b"sun"]
    assert dictionary.form_of_word.tolist() == [1, 0, 2]
    assert dictionary.term_of_form.tolist() == dictionary.by_spelling.tolist() == [0, 1, 2]
    assert (dictionary.term_of_form.dtype, dictionary.by_spelling.dtype) == (np.int32, np.int64)
    assert dictionary.alternates == []


def test_the_memory_of_terms_and_of_tokens_is_counted() -> None:
    lists, sizes = TermLists(), []
    for terms in ([], [b"a", b"b"], [b"a", b"b"], [b"c"]):
        lists.add([TermList(terms)], None)
        sizes.append(lists.size)
    assert sizes == [0, 320, 340, 500]
