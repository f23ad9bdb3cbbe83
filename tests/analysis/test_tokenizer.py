"""The tokenizer: which runs of characters are one token."""

from __future__ import annotations

import pytest
from hypothesis import given

from searchlib.analysis.tokenizer import TOKEN, tokenize
from tests.texts import TEXTS


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("first-rate, co_op", ["first", "rate", "co", "op"]),
        ("China's O’Neill rock'n'roll 'quoted'", ["China's", "O’Neill", "rock'n'roll", "quoted"]),
        ("AT&T R&D & co", ["AT&T", "R&D", "co"]),
        ("U.S. U.S.A. J.K. Rowling", ["U.S.", "U.S.A.", "J.K.", "Rowling"]),
        ("vitamin B. Then", ["vitamin", "B", "Then"]),
        ("1,000 3.5, 1,234,567.89.", ["1,000", "3.5", "1,234,567.89"]),
        ("2022-08-31 09:20", ["2022", "08", "31", "09", "20"]),
        ("C++, C# and C#7; A+B", ["C++", "C#", "and", "C", "7", "A", "B"]),
        ("e\u0301tude cafe\u0301", ["e\u0301tude", "cafe\u0301"]),
        ("北京2022年", ["北", "京", "2022", "年"]),
        ("ジョン・スミス", list("ジョンスミス")),
        ("佐々木〇〇", list("佐々木〇〇")),
        ("한국 news", ["한", "국", "news"]),
        ("हिन्दी שָׁלוֹם", ["हिन्दी", "שָׁלוֹם"]),
        ("", []),
        (" \u3000—… \u0301", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@given(TEXTS)
def test_tokens_are_parts_of_the_text_in_order(text: str) -> None:
    end = 0
    for match in TOKEN.finditer(text):
        assert match.start() >= end
        assert match[0] == text[match.start() : match.end()] != ""
        end = match.end()
    assert tokenize(text) == [match[0] for match in TOKEN.finditer(text)]


@given(TEXTS)
def test_whitespace_separates_tokens(text: str) -> None:
    """The vocabulary relies on this: it splits texts at whitespace before it tokenizes."""
    assert [token for chunk in text.split() for token in tokenize(chunk)] == tokenize(text)
