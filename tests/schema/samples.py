"""What the tests of the schema share: a schema of all field types, and values of any kind."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

from hypothesis import strategies as st

from searchlib.schema import Date, Key, Keyword, Number, Schema, Stored, Text

ALL = Schema(
    id=Key(),
    title=Text(weight=2.0),
    names=Text(language=""),
    date=Date(),
    section=Keyword(),
    authors=Keyword(many=True),
    words=Number(),
    note=Stored(),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=3) | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=8,
)

ANYTHING = (
    JSON
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["", " ", "2022-08-31", "2022-02-30", "1e5", "1_000", "\ud800", "a\x00", "ß"])
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=-9.5))))
    | st.dates()
    | st.decimals()
    | st.binary(max_size=3)
    | st.frozensets(st.text(max_size=2), max_size=3)
)
