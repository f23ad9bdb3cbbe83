"""Random schemas, histories of an archive, and ``whoosh.query`` trees, as Hypothesis strategies.

A document is drawn as one small number, from which :func:`record` makes it. That keeps an
example small enough for Hypothesis to shrink, while an archive can still have long texts.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from whoosh import query as wq
from whoosh.query.spans import SpanFirst, SpanNear2, SpanNot

from searchlib.analysis import fold_keyword, rules, tokenize
from searchlib.dates import read_partial_date
from searchlib.schema import Date, Key, Keyword, Number, Schema, Text

# Few words, so that they occur together often: forms of one stem, case, accents, apostrophes,
# numbers, punctuation, and characters that are a token each.
VOCABULARY = (
    "the", "The", "of", "connect", "connected", "connecting", "connection", "connections",
    "universities", "University", "university's", "bank", "banks", "Banking", "café", "Cafe",
    "O'Neill", "ONEILL", "AT&T", "U.S.", "US", "155,221", "3.5", "C++", "北京", "中国人民", "naïve",
    "manger", "mangeait", "Häuser", "Haus", "co-operate", "—", "...", "war", "wars",
)  # fmt: skip
ABSENT = ("zebra", "conn", "中", "ba")
KEYWORDS = ("World", "world", "São Tomé", "sao  tome", "Sports", "Politics & Law", "中国", "a b")
DATES = (
    "2022-08-31T09:20+08:00", "2022-08-31", "2022-08", "2022", "1969-12-31T23:59:59", "1987-02-26",
    "0001-01-01", "9999-12-31", "2022-09-01T00:00:00.000001", "2021-12-31T23:30-01:00",
    "2024-02-29",
)  # fmt: skip
NUMBERS = (0, 1, -1, 300, 301, 2.5, -2.5, 1e300, -1e-300, 2**53 + 1, 12)
LANGUAGES = ("en", "en", "fr", "de", "", "zh")
WEIGHTS = (1.0, 2.0, 0.7)


@st.composite
def schemas(draw: Any) -> Schema:
    """A key, one to three text fields, and maybe one of each other type."""
    fields: dict[str, Any] = {"id": Key()}
    for name in draw(st.sampled_from((["body"], ["body", "title"], ["body", "title", "lead"]))):
        fields[name] = Text(
            language=draw(st.sampled_from(LANGUAGES)), weight=draw(st.sampled_from(WEIGHTS))
        )
    if draw(st.booleans()):
        fields["section"] = Keyword()
    if draw(st.booleans()):
        fields["places"] = Keyword(many=True)
    if draw(st.booleans()):
        fields["date"] = Date()
    if draw(st.booleans()):
        fields["words"] = Number()
    return Schema(**fields)


#: A schema with a field of each type, for tests that need them all.
ALL_FIELDS = Schema(
    id=Key(), title=Text(weight=2.0), body=Text(), plain=Text(language=""), date=Date(),
    section=Keyword(), places=Keyword(many=True), words=Number(),
)  # fmt: skip


def record(schema: Schema, key: str, seed: int) -> dict[str, Any]:
    """The document made from a seed; 0 makes one with nothing but its key."""
    values: dict[str, Any] = {schema.key: key}
    if not seed:
        return values
    rng = random.Random(seed)
    for name, field in schema:
        if isinstance(field, Key) or rng.random() < 0.15:
            continue
        if isinstance(field, Text):
            values[name] = _text(rng)
        elif isinstance(field, Keyword):
            several = rng.sample(KEYWORDS, rng.randint(0, 4))
            values[name] = several if field.many else rng.choice(KEYWORDS)
        else:
            values[name] = rng.choice(DATES if isinstance(field, Date) else NUMBERS)
    return values


def _text(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.05:
        return " ".join([rng.choice(VOCABULARY)] * rng.randint(250, 400))  # counts above a byte
    size = rng.randint(300, 700) if kind < 0.1 else rng.randint(0, 14)
    few = rng.sample(VOCABULARY, rng.choice((3, len(VOCABULARY))))
    return rng.choice((" ", ", ", "-")).join(rng.choice(few) for _ in range(size))


@dataclass(frozen=True)
class Batch:
    """The changes of one commit: (key, seed) to add or update, (key, None) to delete."""

    steps: tuple[tuple[str, int | None], ...]
    end: str = "commit"  # or "optimize", or "cancel"


def histories(keys: int = 30, batches: int = 5, steps: int = 16) -> st.SearchStrategy[Any]:
    """Batches of adds, updates and deletes over a few keys; nearly every one is a commit."""
    key = st.integers(0, keys - 1).map(lambda n: f"k{n}")
    seed = st.none() | st.integers(0, 1 << 16) | st.integers(0, 1 << 16) | st.integers(0, 1 << 16)
    batch = st.builds(
        Batch,
        st.lists(st.tuples(key, seed), max_size=steps).map(tuple),
        st.sampled_from(("commit", "commit", "commit", "commit", "optimize", "cancel")),
    )
    return st.lists(batch, min_size=1, max_size=batches)


# Queries ------------------------------------------------------------------------------------------

_boosts = st.sampled_from((1.0, 1.0, 1.0, 0.5, 2.0, 3.7))


def _tokens(schema: Schema, name: str) -> list[str]:
    """The terms of the vocabulary in a Whoosh field."""
    by, language = rules(), schema.default_language(schema.base(name))
    tokens = [token for text in (*VOCABULARY, *ABSENT) for token in tokenize(text)]
    words = [by.word(token, language) for token in tokens]
    if name == schema.base(name):
        return sorted(set(by.terms(words, language)))
    return sorted(set(map(by.surface, words)))


def _fields(schema: Schema, *kinds: type) -> list[str]:
    names = schema.names(*kinds)
    return names + [schema.exact(n) for n in names if schema.exact(n) != n]


def instant(iso: str) -> datetime:
    """The start of a date as Whoosh has it: UTC, without a zone."""
    return read_partial_date(iso).start.astimezone(UTC).replace(tzinfo=None)


@st.composite
def terms(draw: Any, schema: Schema) -> wq.Query:
    """A term of a field of any type."""
    name = draw(st.sampled_from(_fields(schema, Text, Text, Keyword, Date, Number, Key)))
    field = schema.fields[schema.base(name)]
    value: Any
    if isinstance(field, Text):
        value = draw(st.sampled_from(_tokens(schema, name)))
    elif isinstance(field, Keyword):
        value = draw(st.sampled_from((*map(fold_keyword, KEYWORDS), "nowhere")))
    elif isinstance(field, Date):
        value = instant(draw(st.sampled_from((*DATES, "1999"))))
    elif isinstance(field, Number):
        value = draw(st.sampled_from((*NUMBERS, 99)))
    else:
        value = f"k{draw(st.integers(0, 40))}"
    return wq.Term(name, value, boost=draw(_boosts))


@st.composite
def phrases(draw: Any, schema: Schema) -> wq.Query:
    """Two to four terms of a text field, with a random ``slop``."""
    name = draw(st.sampled_from(_fields(schema, Text)))
    few = draw(st.lists(st.sampled_from(_tokens(schema, name)), min_size=2, max_size=4))
    return wq.Phrase(name, few, slop=draw(st.integers(1, 4)), boost=draw(_boosts))


@st.composite
def prefixes(draw: Any, schema: Schema) -> wq.Query:
    """A prefix of a term or keyword; sometimes the empty one, which is every document."""
    name = draw(st.sampled_from(_fields(schema, Text, Keyword)))
    start = draw(st.sampled_from(("c", "co", "connect", "uni", "b", "w", "s", "sao", "中", "")))
    constant = draw(st.booleans())
    return wq.Prefix(name, start, boost=draw(_boosts), constantscore=constant)


@st.composite
def ranges(draw: Any, schema: Schema) -> wq.Query:
    """A range of terms, keywords, numbers or dates; each end is missing, inclusive or exclusive."""
    name = draw(st.sampled_from(_fields(schema, Text, Keyword, Date, Number)))
    field = schema.fields[schema.base(name)]
    kind: Any = wq.TermRange
    values: Any = ("a", "bank", "c", "connect", "connection", "the", "u", "world", "北", "中")
    if isinstance(field, Date):
        kind, values = wq.DateRange, tuple(map(instant, DATES))
    elif isinstance(field, Number):
        kind, values = wq.NumericRange, NUMBERS
    low, high = draw(st.tuples(*[st.none() | st.sampled_from(values)] * 2))
    options = {"boost": draw(_boosts), "constantscore": draw(st.sampled_from((True, True, False)))}
    return kind(name, low, high, draw(st.booleans()), draw(st.booleans()), **options)


def leaves(schema: Schema) -> st.SearchStrategy[Any]:
    """The queries without subqueries that have a plan node of their own."""
    names = [None, *_fields(schema, Text, Keyword, Date, Number, Key)]
    every = st.builds(wq.Every, st.sampled_from(names), boost=_boosts)
    term = terms(schema)
    return term | term | term | phrases(schema) | prefixes(schema) | ranges(schema) | every


@st.composite
def patterns(draw: Any, schema: Schema) -> wq.Query:
    """Patterns in one text field."""
    name = draw(st.sampled_from(_fields(schema, Text)))
    boost, word = draw(_boosts), draw(st.sampled_from(_tokens(schema, name)))
    return draw(
        st.sampled_from((
            wq.Wildcard(name, "*" + word[-2:], boost=boost),
            wq.Wildcard(name, word[:2] + "?" + word[3:], boost=boost, constantscore=False),
            wq.FuzzyTerm(name, word, boost=boost, maxdist=2),
            wq.FuzzyTerm(name, "conect", boost=boost, prefixlength=0),
            wq.Variations(name, "connect", boost=boost),
            wq.Regex(name, "[cb]a.*", boost=boost),
        ))
    )  # fmt: skip


@st.composite
def spans(draw: Any, schema: Schema) -> wq.Query:
    """Whoosh's span queries. Not for use below And or Or: Whoosh cannot estimate the
    size of these (NotImplementedError, or a NameError for SpanNear2)."""
    name = draw(st.sampled_from(_fields(schema, Text)))
    word = st.sampled_from(_tokens(schema, name)).map(lambda text: wq.Term(name, text))
    first, second = draw(word), draw(word)
    slop, ordered = draw(st.integers(1, 4)), draw(st.booleans())
    near = SpanNear2([first, second], slop=slop, ordered=ordered)
    return draw(st.sampled_from((near, SpanFirst(first, limit=slop), SpanNot(first, second))))


def queries(
    schema: Schema, *, with_fallback: bool = False, size: int = 8
) -> st.SearchStrategy[Any]:
    """Trees; ``with_fallback`` there may be queries in them that the fallback runs."""
    base = leaves(schema) | patterns(schema) if with_fallback else leaves(schema)

    def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, min_size=1, max_size=4)
        compound = (
            st.builds(wq.And, several, boost=_boosts)
            | st.builds(wq.Or, several, boost=_boosts)
            | st.builds(wq.Not, inner)
            | st.builds(wq.AndNot, inner, inner)
            | st.builds(wq.AndMaybe, inner, inner)
            | st.builds(wq.ConstantScoreQuery, inner, score=_boosts)
        )
        if with_fallback:
            compound |= st.builds(wq.DisjunctionMax, several, boost=_boosts)
        return compound

    tree = st.recursive(base, deeper, max_leaves=size)
    if not with_fallback:
        return tree
    span = spans(schema)
    return tree | span | st.builds(wq.Not, span) | st.builds(wq.AndNot, base, span)
