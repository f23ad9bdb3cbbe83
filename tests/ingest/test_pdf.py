"""PDF documents: made here by a small writer, damaged, encrypted, and without a text."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from searchlib.ingest.pdf import _values, read_pdf
from tests.ingest.parts import rejections, values

FILES = Path(__file__).parent / "files"


def pdf(lines: list[str], info: str = "") -> bytes:
    """A document of one page (PDF 1.4) with these lines of text."""
    shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
    stream = f"BT /F1 12 Tf 72 720 Td {shown}ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< {info} >>",
    ]
    data, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    trailer = f"trailer\n<< /Size {count} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{len(data)}\n%%EOF"
    return f"{data}xref\n0 {count}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")


RAIN = pdf(
    ["Rain in Oslo", "It rained all day in the cap-", "ital of Norway."],
    "/Title (Heavy rain) /Author (Ann Lee) /CreationDate (D:20220831092000+02'00')",
)


def test_a_document() -> None:
    assert values(read_pdf, RAIN) == [
        {
            "title": "Heavy rain",
            "body": "Rain in Oslo\nIt rained all day in the capital of Norway.",
            "date": "2022-08-31T09:20:00+02:00",
            "authors": ["Ann Lee"],
        }
    ]


def test_a_title_that_programs_make() -> None:
    for title in ("", "Microsoft Word - rain.doc", "untitled", "rain.pdf"):
        (article,) = values(read_pdf, pdf(["Rain in Oslo", "It rained."], f"/Title ({title})"))
        assert article["title"] == "Rain in Oslo"


def test_an_encrypted_document() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(RAIN)))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert rejections(read_pdf, out.getvalue(), "a.pdf") == [
        "a.pdf: the document is encrypted: save it without a password"
    ]


def test_a_scan() -> None:
    assert "it may be a scan, which needs OCR first" in rejections(read_pdf, pdf([]))[0]


def test_damaged_documents() -> None:
    for cut in range(0, len(RAIN), 61):
        found = values(read_pdf, RAIN[:cut]), rejections(read_pdf, RAIN[:cut])
        assert len(found[0]) + len(found[1]) == 1
    for at in range(0, len(RAIN), 29):
        data = bytearray(RAIN)
        data[at] ^= 0x15
        assert len(values(read_pdf, bytes(data))) + len(rejections(read_pdf, bytes(data))) == 1


@pytest.mark.parametrize("path", sorted(FILES.glob("*.pdf")), ids=lambda path: path.stem)
def test_what_other_programs_make(path: Path) -> None:
    """The same short article, by eight programs: browsers, typesetters, libraries."""
    (article,) = values(read_pdf, path.read_bytes())
    assert article["title"] == "Flood closes the bridge at Ávila"
    assert article.get("authors", ["Ann Lee"]) == ["Ann Lee"]
    undated = path.stem in ("weasyprint", "libreoffice")
    assert undated or article["date"].startswith("2026-11-2")
    body = " ".join(article["body"].split())
    assert "on Tuesday night, and the old bridge was closed to all" in body
    assert body.endswith("has kept the crossing since 1887.")
    if path.stem != "ghostscript":  # by way of PostScript, where blanks are only gaps
        assert "The river Adaja rose by two metres" in body


def test_the_files_are_there() -> None:
    assert len(list(FILES.glob("*.pdf"))) == 8


class _Long(str):
    """A text as long as a page may be, and not as large."""

    __slots__ = ()

    def __len__(self) -> int:
        return 64 * 1024 * 1024


def test_how_much_a_document_may_have() -> None:
    def page(text: str) -> Any:
        return SimpleNamespace(extract_text=lambda: text)

    def values_of(*pages: Any) -> dict[str, Any]:
        return _values(SimpleNamespace(pages=pages, metadata=None))

    assert values_of(*[page("")] * 4_999, page("rain"))["body"] == "rain"
    assert values_of(page(_Long("rain")), page(""))["body"] == "rain"
    for pages in ([page("")] * 5_001, [page(_Long("rain")), page("x")]):
        with pytest.raises(ValueError, match="more than 5000 pages or 67108864 characters"):
            values_of(*pages)
    assert values_of(page("a" * 201))["title"] == "a" * 200
    assert values_of(page("a-\nb c-\nD\r\n e  f\n"), page(" "), page("g"))["body"] == (
        "ab c-\nD\ne f\n\ng"
    )


def test_a_date_that_is_none() -> None:
    (article,) = values(read_pdf, pdf(["Rain"], "/Title (Rain) /CreationDate (D:yesterday)"))
    assert article == {"title": "Rain", "body": "Rain"}


@pytest.mark.parametrize(
    ("title", "is_kept"),
    [
        ("rain.c", True),
        ("rain.md", False),
        ("rain.html", False),
        ("rain.gazette", True),
        ("Rain. It", True),
        ("Document7", False),
        ("document of rain", True),
        ("UNTITLED", False),
        ("On Microsoft Word - rain", True),
        ("microsoft word - rain", False),
    ],
)
def test_which_titles_say_something(title: str, is_kept: bool) -> None:
    (article,) = values(read_pdf, pdf(["Snow"], f"/Title ({title})"))
    assert article["title"] == (title if is_kept else "Snow")


def test_the_library_says_nothing() -> None:
    logging.getLogger("pypdf").setLevel(logging.NOTSET)
    assert values(read_pdf, RAIN)
    assert logging.getLogger("pypdf").level == logging.CRITICAL
