"""Tables as text, as programs write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchlib as sl
from searchlib.ingest import csv_file
from searchlib.ingest.csv_file import Dialect, dialect_of, read_csv, sample_rows
from tests.ingest.parts import rejections, values


@pytest.mark.parametrize(
    "data",
    [
        b"id,title\n1,Rain\n",
        b"id;title\r\n1;Rain\r\n",
        b"id\ttitle\n1\tRain",
        b"id|title\n1|Rain\n",
        b"\xef\xbb\xbfid,title\n1,Rain\n",
        b"sep=;\nid;title\n1;Rain\n",
        b'"id","title"\n"1","Rain"\n',
        b"id,title\n\n1,Rain\n,\n",
        b"id,title\n1,Rain,,\n",
        b"id,title\r1,Rain\r",
    ],
)
def test_dialects(data: bytes) -> None:
    assert values(read_csv, data) == [{"id": "1", "title": "Rain"}]


def test_quotes() -> None:
    data = b'id,title\n1,"Rain, ""heavy"",\nand snow"\n2,"a ; b"\n'
    assert [row["title"] for row in values(read_csv, data)] == [
        'Rain, "heavy",\nand snow', "a ; b"
    ]  # fmt: skip
    data = b'id,title\n1,"Rain, \\"heavy\\""\n'
    assert values(read_csv, data) == [{"id": "1", "title": 'Rain, "heavy"'}]


def test_a_delimiter_in_texts_does_not_mislead() -> None:
    rows = ["id;text"] + [f"{n};One, two, three, four, five" for n in range(9)]
    assert values(read_csv, "\n".join(rows).encode())[3] == {
        "id": "3", "text": "One, two, three, four, five"
    }  # fmt: skip


def test_rows_of_another_width() -> None:
    data = b"id,title\n1\n2,Rain,extra\n3,Sun\n"
    assert values(read_csv, data) == [{"id": "1"}, {"id": "3", "title": "Sun"}]
    assert rejections(read_csv, data, "n.csv") == [
        "n.csv:3: the row has 3 values, and the table 2 columns"
    ]


def test_names_of_columns() -> None:
    assert values(read_csv, b"a,,a\n1,2,3\n") == [{"a": "1", "column 2": "2", "a (2)": "3"}]
    assert "no first row" in rejections(read_csv, b",,\n1,2,3\n")[0]
    assert values(read_csv, b"") == []


def test_encodings() -> None:
    for encoding in ("utf-8", "cp1252"):
        data = "id,title\n1,Été à Köln – “là”\n".encode(encoding)
        assert values(read_csv, data) == [{"id": "1", "title": "Été à Köln – “là”"}]
    # A byte that is not UTF-8, after many that are.
    data = b"id,title\n" + "1,été\n".encode() * 20_000 + b"2,\xe9t\xe9\n"
    assert values(read_csv, data)[-1] == {"id": "2", "title": "été"}


@given(
    st.lists(st.lists(st.text("ab,;\"'\n\t é|", max_size=8), min_size=3, max_size=3), max_size=6),
    st.sampled_from(",;\t|"),
)
def test_what_the_csv_module_writes_is_read(rows: list[list[str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(["id", "title", "text"])
    writer.writerows(rows)
    expected = [dict(zip(("id", "title", "text"), row, strict=True)) for row in rows if any(row)]
    header = file.getvalue().partition("\r\n")[0]
    assert dialect_of(header + "\r\n") is not None
    assert values(read_csv, file.getvalue().encode()) == expected


def test_samples_of_rows() -> None:
    dialect = dialect_of("a,b\n")
    assert dialect is not None
    assert sample_rows("a,b\n1,2\n", dialect) == [["a", "b"], ["1", "2"]]
    assert len(sample_rows("a,b\n" * 1000, dialect)) == 30


def test_a_table_whose_first_row_is_an_article() -> None:
    rows = [
        b'"3","Fears for pensions","Unions say that they are disappointed after the talks."\n',
        b"1,https://a.example/1,Rain\n",
        b"Rain,2022-08-31,It rained\n",
    ]
    for row in rows:
        first, second = values(read_csv, row + b"4,Sun,It shone\n", "a.csv")
        assert list(first) == ["column 1", "column 2", "column 3"]
        assert second == {"column 1": "4", "column 2": "Sun", "column 3": "It shone"}
    for header in (b"nr,headline,when\n", b"a,b,c\n", b"2021,title,3\n", b"x1,x2,x3\n"):
        (first,) = values(read_csv, header + b"4,Sun,It shone\n", "a.csv")
        assert list(first.values()) == ["4", "Sun", "It shone"], header


@pytest.mark.parametrize("name", ["comma", "semicolon", "tab"])
def test_tables_of_a_spreadsheet(name: str) -> None:
    """LibreOffice's: UTF-8 with commas, Windows-1252 with semicolons, UTF-16 with tabs."""
    first, second = sl.read(Path(__file__).parent / f"files/libreoffice-{name}.csv")
    assert isinstance(first, sl.Article)
    assert isinstance(second, sl.Article)
    assert (first.title, first.authors) == ("Flood closes the bridge at Ávila", ["Ann Lee"])
    assert first.body == (
        "The river Adaja rose.\n\n“We have seen worse,” said the ferryman; his family has kept the "
        "crossing since 1887."
    )
    assert (first.date, second.date) == ("2022-03-01T09:20", "2022-03-14")
    assert (second.title, second.body) == ("Rain; more rain", 'It rained, "all day", they said.')


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b\n1,2\n3\n4\n", ","),  # half of the rows are like the first
        ("a,b\n3\n4\n", None),
        ("a\n1\n", None),
        ("", None),
        ("a,b,c;d\n1,2,3;4\n", ","),  # the more columns the likelier, up to 20
        (f"{',' * 19}{';' * 18}\n" * 2, ","),
        (f"{',' * 20}{';' * 19}\n" * 2, ";"),
        ("a|b\n1|2\n", "|"),
    ],
)
def test_delimiters(sample: str, delimiter: str | None) -> None:
    dialect = dialect_of(sample)
    assert (None if dialect is None else dialect.delimiter) == delimiter


def test_the_name_of_a_file_suggests_a_delimiter() -> None:
    data = b"id\tone,two\n1\t2,3\n"
    for name in ("a.tsv", "A.TAB.gz"):
        assert values(read_csv, data, name) == [{"id": "1", "one,two": "2,3"}]
    for name in ("a.csv", "a.txt"):
        assert values(read_csv, data, name) == [{"id\tone": "1\t2", "two": "3"}]
    assert values(read_csv, b"id\n1\n", "a.tsv") == [{"id": "1"}]


def test_signs_in_values() -> None:
    for value, text in (
        (b"a\\b", "a\\b"),
        (b'"Rain" again', "Rain again"),
        (b'"a ""b"" \\" c"', 'a "b" \\ c"'),
        (b'"a \\"b\\" c"', 'a "b" c'),
    ):
        assert values(read_csv, b"id,title\n1," + value + b"\n") == [{"id": "1", "title": text}]
    rows = [["a", 'x "y" z'], ["1", "2"]]
    assert sample_rows('a,"x ""y"" z"\n1,2\n', Dialect(",")) == rows


def test_values_that_are_too_long_harm_their_row_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = csv.field_size_limit(131_072)
    try:
        long = b"x" * 140_000
        assert len(values(read_csv, b"id,title\n1," + long + b"\n")) == 1
        monkeypatch.setattr(csv_file, "MAX_RECORD", 20)
        data = b"id,title\n1," + b"x" * 30 + b"\n2,Sun\n3,Hail\n"
        assert [row["id"] for row in values(read_csv, data)] == ["2", "3"]
        why = "not a row of the table: field larger than field limit (20)"
        assert rejections(read_csv, data, "a.csv") == [f"a.csv:2: {why}"]
        why = "not a table: field larger than field limit (20)"
        assert rejections(read_csv, b"id," + b"x" * 30 + b"\n1,2\n", "a.csv") == [f"a.csv: {why}"]
    finally:
        csv.field_size_limit(before)


@pytest.mark.parametrize(
    ("cell", "is_name"),
    [
        ("aaaaa bbbbb ccccc ddddd eeeee fffffffffff", False),  # 41 characters
        ("aaaaa bbbbb ccccc ddddd eeeee ffffffffff", True),
        ("aaaaaa bbbbbb ccccccc ddddddd eeeeeeeeeeeeeee", True),  # five words
        ("https://a.example", False),
        ("12.5", False),
        ("31.8.2022", False),
        ("x1", True),
    ],
)
def test_what_names_a_column(cell: str, is_name: bool) -> None:
    found = values(read_csv, f"nr one,{cell}\n1,2\n".encode())
    assert list(found[-1]) == (["nr one", cell] if is_name else ["column 1", "column 2"])
    assert len(found) == (1 if is_name else 2)


@pytest.mark.parametrize("count", [1, 2, 29, 30, 31, 32])
def test_the_rows_of_a_sample(count: int) -> None:
    rows = [[str(n), "x"] for n in range(count)]
    text = "".join(f"{n},x\n" for n in range(count))
    assert sample_rows(text, Dialect(",")) == rows[:30]
    assert sample_rows(text[:-1], Dialect(",")) == (rows if count == 1 else rows[: count - 1])[:30]


def test_a_row_with_too_many_values() -> None:
    data = b"id,title\n1,Rain,,\n2,Snow,x\n3\n4,Hail\n"
    assert [row["id"] for row in values(read_csv, data)] == ["1", "3", "4"]
    assert rejections(read_csv, data, "a.csv") == [
        "a.csv:3: the row has 3 values, and the table 2 columns"
    ]
