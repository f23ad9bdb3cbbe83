"""XML that may be hostile."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from searchlib.ingest.safe_xml import local_name, parse_xml, refuse_hostile

LAUGHS = b"""<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>"""


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (LAUGHS, "entities"),
        (LAUGHS.decode().encode("utf-16"), "entities"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "entities"),
        (b"<a>", "not well-formed XML"),
        (b"", "not well-formed XML"),
        (b"<?xml version='1.0' encoding='foo'?><a/>", "not well-formed XML"),
        (b"<a>" * 1000 + b"</a>" * 1000, "nested more than 500 deep"),
    ],
)
def test_what_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_xml(data)


def test_what_is_read() -> None:
    root = parse_xml(b"<!DOCTYPE a><x:a xmlns:x='urn:x'><b/></x:a>")
    assert (local_name(root), local_name(root[0])) == ("a", "b")
    assert refuse_hostile(b"<a/>") == ""
    assert refuse_hostile(LAUGHS.decode().encode("utf-16")) != ""


def test_bounds() -> None:
    assert local_name(parse_xml(b"<a>" * 501 + b"</a>" * 501)) == "a"
    with pytest.raises(ValueError, match="its elements are nested more than 500 deep"):
        parse_xml(b"<a>" * 502 + b"</a>" * 502)
    entity = b"<!entity"  # in small letters, too
    assert refuse_hostile(b" " * ((1 << 20) - len(entity)) + entity) != ""
    assert refuse_hostile(b" " * ((1 << 20) - len(entity) + 1) + entity) == ""
    wide = b" \0" * ((1 << 20) - len(entity)) + entity.decode().encode("utf-16-le")
    assert refuse_hostile(wide) != ""
    assert refuse_hostile(b" \0" + wide) == ""


def test_names_without_a_namespace() -> None:
    names = ["{urn:x}a", "b", "{urn:{x}}c"]
    assert [local_name(SimpleNamespace(tag=tag)) for tag in names] == ["a", "b", "c"]
    assert local_name(SimpleNamespace(tag=len)) == ""  # as that of a comment is a function


def test_a_parser_that_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr("defusedxml.ElementTree.fromstring", fail)
    with pytest.raises(ValueError, match="its elements are nested too deeply"):
        parse_xml(b"<a/>")
