"""A short reference of the query language, for ``:help query`` at the prompt."""

from __future__ import annotations

__all__ = ["HELP"]

#: (what to type, what it means), about a screenful. ``LANGUAGE.md`` is the full reference.
HELP: tuple[tuple[str, str], ...] = (
    ("china internet", "both words, in any form"),
    ('"bank of america"', "exactly these words, in this order"),
    ("=rains", "one word exactly as written"),
    ("rice OR wheat", "one of them; operators are in capitals, | is OR, & is AND"),
    ("-sports", "without this word; also NOT sports"),
    ("(rice OR wheat) price", "brackets; a b OR c is (a b) OR c"),
    ("title:budget", "in this field only; title:(a b) for several words"),
    ('source:"Harbour Wire"', "a value with blanks"),
    ("has:authors", "articles with authors; -has:authors without"),
    ("words:>300", "numbers; also words:100..300"),
    ("date:2022-08", "dates: 2022, aug 2022, 31 August 2022, q3 2021, 1990s"),
    ("date:2012..2021", "from and to, both included; also ..2015 and 2015.."),
    ("date:last week", "also today, since 2015, before 1 may, last 30 days, 3 days ago"),
    ("date:{2012 TO 2021]", "[ and ] include an end, { and } leave it out"),
    ('"tax cut"~5', "in this order, each at most 5 words after the one before"),
    ("tax NEAR/5 cut", "at most 5 words apart, in any order"),
    ('tax W/5 (cut OR "cut back")', "in this order; also pre/5 and adj5"),
    ("tax /s cut", "in one sentence; /p or SAME: in one paragraph"),
    ("atleast3(tax)", "at least three times"),
    ("first50(tax)", "within the first 50 words"),
    ("civil*", "words that begin so; wom?n has any one letter"),
    ("/colou?r(s|ed)/", "a regular expression for the whole word"),
    ("civilisation~1", "words that differ in one letter; ~2 in two"),
    ("title^3:tax", "counts three times in the ranking; also tax^3"),
    ("*", "all articles"),
)
