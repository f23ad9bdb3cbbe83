"""DOCX, ODT and EPUB, made here part by part as the standards have them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from searchlib.ingest import office
from searchlib.ingest.office import read_docx, read_epub, read_odt
from tests.ingest.parts import rejections, values

FILES = Path(__file__).parent / "files"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
O = ('xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '  # noqa: E741
     'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"')  # fmt: skip
CORE = f"""<cp:coreProperties xmlns:cp="urn:cp" {DC}><dc:creator>Ann Lee</dc:creator>
<dcterms:created>2022-08-31T09:20:00Z</dcterms:created></cp:coreProperties>"""
DOCUMENT = f"""<w:document {W}><w:body>
<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>Rain in Oslo</w:t></w:r></w:p>
<w:p><w:r><w:t>It </w:t></w:r><w:r><w:t>rained.</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>All</w:t><w:br/><w:t>day.</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</w:body></w:document>"""
CONTENT = f"""<office:document-content {O}><office:body><office:text><text:h>Rain in Oslo</text:h>
<text:p>It<text:s/>rained.</text:p><text:p>All <text:span>day</text:span>.</text:p>
</office:text></office:body></office:document-content>"""
PACKAGE = f"""<package xmlns="http://www.idpf.org/2007/opf"><metadata {DC}>
<dc:title>Rain in Oslo</dc:title><dc:creator>Ann Lee</dc:creator><dc:language>en</dc:language>
<dc:identifier>urn:isbn:1</dc:identifier></metadata><manifest>
<item id="a" href="one.xhtml"/><item id="b" href="two%20b.xhtml"/></manifest>
<spine><itemref idref="a"/><itemref idref="b"/></spine></package>"""
CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>"""


def packed(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


DOCX = packed(**{"word/document.xml": DOCUMENT, "docProps/core.xml": CORE})
ODT = packed(**{"content.xml": CONTENT})
EPUB = packed(**{
    "META-INF/container.xml": CONTAINER, "OEBPS/content.opf": PACKAGE,
    "OEBPS/one.xhtml": "<html><body><p>It rained.</p></body></html>",
    "OEBPS/two b.xhtml": "<html><body><p>All day.</p></body></html>",
})  # fmt: skip


def test_docx() -> None:
    assert values(read_docx, DOCX) == [
        {
            "title": "Rain in Oslo",
            "body": "It rained.\n\nAll\nday.",
            "authors": ["Ann Lee"],
            "date": "2022-08-31T09:20:00Z",
        }
    ]


def test_odt() -> None:
    assert values(read_odt, ODT) == [{"title": "Rain in Oslo", "body": "It rained.\n\nAll day."}]


def test_epub() -> None:
    assert values(read_epub, EPUB) == [
        {
            "id": "urn:isbn:1",
            "title": "Rain in Oslo",
            "body": "It rained.\n\nAll day.",
            "authors": ["Ann Lee"],
            "lang": "en",
        }
    ]


@pytest.mark.parametrize(("read", "whole"), [(read_docx, DOCX), (read_odt, ODT), (read_epub, EPUB)])
def test_damaged_documents(read: Any, whole: bytes) -> None:
    for cut in range(0, len(whole), 41):
        assert len(rejections(read, whole[:cut])) == 1
    for at in range(0, len(whole), 23):
        data = bytearray(whole)
        data[at] ^= 0x55
        assert len(values(read, bytes(data))) + len(rejections(read, bytes(data))) == 1


@pytest.mark.parametrize("read", [read_docx, read_odt, read_epub])
def test_no_document(read: Any) -> None:
    assert "not a whole document" in rejections(read, packed(a="b"))[0]


def test_hostile_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    laughs = "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]>" + DOCUMENT
    assert "entities" in rejections(read_docx, packed(**{"word/document.xml": laughs}))[0]
    deep = "<a>" * 10_000 + "</a>" * 10_000
    assert "deep" in rejections(read_docx, packed(**{"word/document.xml": deep}))[0]
    monkeypatch.setattr(office, "_MAX_PART", 1000)
    bomb = packed(**{"word/document.xml": " " * 100_000})
    assert "grows to more than 1000 bytes" in rejections(read_docx, bomb)[0]


@pytest.mark.parametrize(
    "path",
    sorted(path for path in FILES.iterdir() if path.suffix in (".docx", ".odt", ".epub")),
    ids=lambda path: path.name,
)
def test_what_other_programs_make(path: Path) -> None:
    """The same short article, by Pandoc and by LibreOffice."""
    read = {".docx": read_docx, ".odt": read_odt, ".epub": read_epub}[path.suffix]
    (article,) = values(read, path.read_bytes())
    assert article["title"] == "Flood closes the bridge at Ávila"
    assert article["authors"] == ["Ann Lee"]
    body = article["body"]
    assert body.endswith(
        "The river Adaja rose by two metres on Tuesday night, and the old bridge was closed to all "
        "traffic. Nobody was hurt, the mayor’s office said.\n\n“We have seen worse,” said the "
        "ferryman, whose family has kept the crossing since 1887."
    )
    if path.suffix != ".epub":
        assert article["title"] not in body


def test_the_files_are_there() -> None:
    assert len(list(FILES.glob("*.docx")) + list(FILES.glob("*.odt"))) == 4


@pytest.mark.parametrize(
    ("limit", "size", "why"),
    [
        ("_MAX_BOOK", len("It rained.") + len("All day."), "its text is longer than"),
        ("_MAX_PART", max(map(len, (CONTAINER, PACKAGE))), "grows to more than"),
        ("_MAX_FILE", len(EPUB), "the document is longer than"),
    ],
)
def test_how_much_a_book_may_have(
    monkeypatch: pytest.MonkeyPatch, limit: str, size: int, why: str
) -> None:
    monkeypatch.setattr(office, limit, size)
    assert len(values(read_epub, EPUB)) == 1
    monkeypatch.setattr(office, limit, size - 1)
    (rejected,) = rejections(read_epub, EPUB, "a.epub")
    assert rejected.startswith("a.epub: ") and f"{why} {size - 1} " in rejected


def opened(elements: str) -> str:
    """The content of an OpenDocument text."""
    body = f"<office:body>{elements}</office:body>"
    return f"<office:document-content {O}>{body}</office:document-content>"


def paragraph(text: str, style: str = "") -> str:
    name = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{name}<w:r>{text}</w:r></w:p>"


@pytest.mark.parametrize(
    ("paragraphs", "title", "body"),
    [
        ([("<w:t>A</w:t>", "heading1"), ("<w:t>B</w:t>", "")], "A", "B"),
        ([("<w:t>A</w:t>", "TITLE"), ("<w:t>B</w:t>", "Title")], "A", "B"),
        ([("<w:t>B</w:t>", ""), ("<w:t>A</w:t>", "Title")], None, "B\n\nA"),
        ([("<w:t> </w:t>", "Title"), ("<w:t>A</w:t>", "Title"), ("<w:t>B</w:t>", "")], "A", "B"),
        ([("<w:t>A</w:t>", "Heading2"), ("<w:t>B</w:t>", "")], None, "A\n\nB"),
        ([("<w:t>A</w:t>", "Title"), ("<w:t>A</w:t>", ""), ("<w:t>A</w:t>", ""),
          ("<w:t>B</w:t>", "")], "A", "B"),
        ([("<w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:cr/><w:t/>", "")], None,
         "a b\nc"),
        ([("<w:t>A</w:t>", "Title")], "A", None),
    ],
)  # fmt: skip
def test_paragraphs_of_word(
    paragraphs: list[tuple[str, str]], title: str | None, body: str | None
) -> None:
    inside = "".join(paragraph(*one) for one in paragraphs)
    document = f"<w:document {W}><w:body>{inside}</w:body></w:document>"
    (article,) = values(read_docx, packed(**{"word/document.xml": document}))
    assert (article.get("title"), article.get("body")) == (title, body)


@pytest.mark.parametrize(
    ("elements", "title", "body"),
    [
        ("<text:h>A</text:h><text:p>B</text:p><text:h>C</text:h>", "A", "B\n\nC"),
        ("<text:p>B</text:p><text:h>A</text:h>", None, "B\n\nA"),
        ("<text:h/><text:h>A</text:h><text:p/><text:p>B</text:p>", "A", "B"),
        ("<text:p>a<text:s/>b<text:tab/>c<text:line-break/>d</text:p>", None, "a b c d"),
        ("<text:p>a<text:note><text:p>n</text:p></text:note>b</text:p>", None, "ab\n\nn"),
        ("<text:p>a<text:span>b<office:annotation>n</office:annotation>c</text:span>d</text:p>",
         None, "abcd"),
    ],
)  # fmt: skip
def test_paragraphs_of_opendocument(elements: str, title: str | None, body: str) -> None:
    (article,) = values(read_odt, packed(**{"content.xml": opened(elements)}))
    assert (article.get("title"), article.get("body")) == (title, body)


def test_properties_of_documents() -> None:
    core = (
        f"<a {DC}><dc:title>T</dc:title><dc:title>U</dc:title><dc:creator>Ann</dc:creator>"
        "<dc:creator>Bo</dc:creator><dc:creator>Ann</dc:creator><dc:creator> </dc:creator>"
        "<dc:subject>s</dc:subject><dc:language>fr</dc:language><dc:publisher>W</dc:publisher>"
        "<dc:identifier>i</dc:identifier><dc:rights>r</dc:rights></a>"
    )
    text = f"<w:document {W}>{paragraph('<w:t>x</w:t>')}{paragraph('<w:t>T</w:t>')}</w:document>"
    expected = {
        "title": "T", "authors": ["Ann", "Bo"], "topics": ["s"], "lang": "fr", "source": "W",
    }  # fmt: skip
    assert values(read_docx, packed(**{"word/document.xml": text, "docProps/core.xml": core})) == [
        {**expected, "body": "x\n\nT"}
    ]
    assert values(
        read_odt, packed(**{"content.xml": opened("<text:p>x</text:p>"), "meta.xml": core})
    ) == [{**expected, "body": "x"}]
    titled = text.replace("<w:t>x</w:t>", "<w:t>N</w:t>").replace("<w:r>", TITLED + "<w:r>", 1)
    (article,) = values(
        read_docx, packed(**{"word/document.xml": titled, "docProps/core.xml": core})
    )
    assert (article["title"], article["body"]) == ("N", "T")  # what is shown


TITLED = '<w:pPr><w:pStyle w:val="Title"/></w:pPr>'


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"META-INF/container.xml": "<container/>"}, "not a whole document: There is no item nam"),
        ({"OEBPS/content.opf": PACKAGE.replace('idref="b"', 'idref="c"')}, "not a whole document"),
        ({"OEBPS/one.xhtml": "<p>", "OEBPS/two b.xhtml": "",
          "OEBPS/content.opf": PACKAGE.replace("<dc:title>Rain in Oslo</dc:title>", "")},
         "a.epub: the document has no text"),
    ],
)  # fmt: skip
def test_books_that_lack_something(changed: dict[str, str], why: str) -> None:
    parts = {
        "META-INF/container.xml": CONTAINER, "OEBPS/content.opf": PACKAGE,
        "OEBPS/one.xhtml": "<p>It rained.</p>", "OEBPS/two b.xhtml": "<p>All day.</p>",
    }  # fmt: skip
    (rejected,) = rejections(read_epub, packed(**{**parts, **changed}), "a.epub")
    assert why in rejected
    assert len(values(read_epub, packed(**{**parts, "OEBPS/one.xhtml": ""}))) == 1
