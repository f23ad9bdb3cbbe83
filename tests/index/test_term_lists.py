"""Lists of terms as the inverter wants them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from searchlib.index.inverter import Inverter
from searchlib.index.term_lists import TermLists
from searchlib.schema import TermList

DOCUMENTS = st.lists(st.none() | st.lists(st.binary(max_size=2), max_size=5), max_size=6)


@given(DOCUMENTS)
def test_postings_are_those_of_the_lists(documents: list[list[bytes] | None]) -> None:
    lists = TermLists()
    lists.add([None if terms is None else TermList(terms) for terms in documents], None)
    dictionary, inverter = lists.dictionary(), Inverter(lists, lists.batches())
    lengths, occurrences = inverter.count_words()
    assert lengths.tolist() == [len(terms or ()) for terms in documents]
    assert dictionary.terms == sorted({term for terms in documents for term in terms or ()})
    term_of = dictionary.form_of_word
    inverter.count_postings(term_of, term_of * 0, len(dictionary.terms))
    docs, freqs, positions, _ = (a.tolist() for a in inverter.postings(0, len(dictionary.terms)))
    expected: list[Any] = []
    for term in dictionary.terms:
        for number, terms in enumerate(documents):
            places = [place for place, other in enumerate(terms or ()) if other == term]
            expected += [(number, places)] * bool(places)
    starts = [sum(freqs[:n]) for n in range(len(freqs))]
    got = [(d, positions[s : s + f]) for d, s, f in zip(docs, starts, freqs, strict=True)]
    assert got == expected
    assert occurrences.sum() == sum(freqs)
