"""Sentence and paragraph boundaries."""

from __future__ import annotations

import pytest

from searchlib.analysis import rules
from searchlib.analysis.sentences import sentences_around, tokens_and_units, unit_starts
from searchlib.kernels.constants import SentenceFlag as F


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("", []),
        ("...", []),
        ("One sentence", [0]),
        ("It rained. It snowed! Did it? Yes", [0, 2, 4, 6]),
        ("Mr. Lee met Dr. Oh on Jan. 3.", [0]),
        ("J. K. Rowling wrote. So did I. Then sun.", [0, 4, 7]),
        ("At 3.5 percent. more", [0]),  # a lower-case letter follows
        ("He said: “It rained.” She left.", [0, 4]),
        ("Well ... it rained. Sun", [0, 3]),
        ("Rain . Sun", [0, 1]),
        ("Well … It rained.", [0, 1]),
        ("Well… It rained. Sun", [0, 1, 3]),
        ("Well… it rained… Sun", [0, 3]),  # a lower-case letter follows
        ("Mr… Lee left", [0, 1]),  # an ellipsis is no dot of an abbreviation
        ("Mr... Lee left", [0, 1]),
        ("He left J… Then sun", [0, 3]),
        ("He said “well…” She left", [0, 3]),
        ("Did it…? It did", [0, 2]),
        ("Did it? it did! so", [0, 2, 4]),  # only a dot or ellipsis looks at what follows
        ("“Why?” he asked", [0, 1]),
        ("In the U.S. Senate", [0, 3]),
        ("It was I. Sun", [0, 3]),  # "I" is no initial
        ("It was A. Sun", [0]),
        ("By the U.S. senate it is 5. So", [0, 7]),
        ("one… 3 two", [0, 1]),
        ("one …", [0]),
        ("今天下雨。明天晴！", [0, 4]),
        ("यह घर है। वह गाँव है।", [0, 3]),
        ("هل هطل المطر؟ نعم.", [0, 3]),
        ("یہ گھر ہے۔وہ گاؤں ہے۔", [0, 3]),
        ("ዝናብ ነው። ፀሐይ ናት።", [0, 2]),
        ("Անձրև է։ Արև է։", [0, 2]),
        ("ฝนตก แดดออก", [0]),  # no stops
        ("<p>It rained.</p><p>So &amp; so.</p>", [0, 2]),
        ("No dot here\n\nAnother paragraph", [0, 3]),
    ],
)
def test_sentences(text: str, starts: list[int]) -> None:
    assert unit_starts(text, "sentence") == starts


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("", []),
        ("One line\nof text.\n\nAnother.", [0, 4]),
        ("One line\n \t\n\nAnother.", [0, 2]),
        ("First line\n    indented one\n\u3000\u3000another", [0, 2, 4]),
        ("Each line\nis one\nparagraph", [0, 2, 4]),
        ("One. Two. Three.", [0]),
        ("<p>Rain.</p><p>Sun.</p>", [0]),  # tags are blanks
        ("...\n\nWords", [0]),  # a paragraph without a token is none
    ],
)
def test_paragraphs(text: str, starts: list[int]) -> None:
    assert unit_starts(text, "paragraph") == starts


@pytest.mark.parametrize(
    ("chunk", "flags", "starts"),
    [
        ("rain", F.SMALL, []), ("eBay", F.SMALL, []), ("1st", 0, []), ("(rain", F.SMALL, []),
        ("Rain.", F.MAY_END, []), ("Rain?", F.ENDS, []), ("(“Mr.", 0, []), ("(J.", 0, []),
        ("(I.", F.MAY_END, []), ("rain…", F.SMALL | F.MAY_END, []), ("雨。雪", F.INNER, [2]),
        ("雨。“雪。”", F.INNER | F.ENDS, [2]),
    ],
)  # fmt: skip
def test_what_a_chunk_does_to_sentences(chunk: str, flags: int, starts: list[int]) -> None:
    assert sentences_around(chunk) == (flags, starts)


def test_a_sentence_ends_with_its_paragraph() -> None:
    text = "One two\n\nthree. Four"
    assert set(unit_starts(text, "paragraph")) <= set(unit_starts(text, "sentence"))
    assert unit_starts(text, "sentence") == [0, 2, 3]


@pytest.mark.parametrize("version", [1, 2])
def test_tokens_and_units_are_found_in_one_pass(version: int) -> None:
    text = "Mr. Lee left. It rained!\n\n...\n\n“So?” 北京。天气 U.S. banks\n\nEnd."
    tokens, *starts = tokens_and_units(text, version)
    assert tokens == rules(version).tokenize(rules(version).prepare(text))
    assert starts == [
        unit_starts(text, "sentence", version),
        unit_starts(text, "paragraph", version),
    ]
    assert starts == [[0, 3, 5, 6, 8, 12], [0, 5, 12]]
