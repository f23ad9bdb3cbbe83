"""Messages and mailboxes."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchlib.ingest import mail
from searchlib.ingest.mail import read_mail, read_mbox
from tests.ingest.parts import rejections, values


def message(subject: str = "Rain in Ålesund", html: bool = False) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Ann Lee <ann@w.example>, bo@w.example"
    mail["To"] = "desk@w.example"
    mail["Subject"] = subject
    mail["Date"] = "Wed, 31 Aug 2022 09:20:00 +0200"
    mail["Message-ID"] = "<1@w.example>"
    mail.set_content("It rained – all day.\n")
    if html:
        mail.add_alternative("<p>It rained.</p><p>HTML</p>", subtype="html")
        mail.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="a.jpg")
    return mail


def test_a_message() -> None:
    for html in (False, True):
        assert values(read_mail, message(html=html).as_bytes()) == [
            {
                "id": "1@w.example",
                "title": "Rain in Ålesund",
                "body": "It rained – all day.",
                "date": "2022-08-31T09:20:00+02:00",
                "authors": ["Ann Lee", "bo@w.example"],
            }
        ]


def test_a_message_of_html() -> None:
    mail = b"From: a@b.example\nSubject: x\nContent-Type: text/html\n\n<p>One</p><p>Two</p>"
    assert values(read_mail, mail)[0]["body"] == "One\n\nTwo"


def test_an_unknown_character_set() -> None:
    mail = b"From: a@b.example\nSubject: x\nContent-Type: text/plain; charset=foo\n\ncaf\xe9"
    assert values(read_mail, mail)[0]["body"] == "café"


def test_a_mailbox() -> None:
    box = b"".join(
        b"From ann Wed Aug 31 2022\n" + message(f"Mail {n}").as_bytes() + b"\n>From here on\n\n"
        for n in range(3)
    )  # fmt: skip
    found = values(read_mbox, box)
    assert [mail["title"] for mail in found] == ["Mail 0", "Mail 1", "Mail 2"]
    assert rejections(read_mbox, b"From a\n\n\nFrom b\nSubject: x\n\nText\n", "m") == [
        "m:1: the message has neither a subject nor a text"
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_rejected(data: bytes) -> None:
    for start in (b"", b"Subject: ", b"Content-Type: ", b"Date: ", b"From: "):
        found = values(read_mail, start + data), rejections(read_mail, start + data)
        assert len(found[0]) + len(found[1]) == 1


def test_a_message_of_a_mailbox_that_is_too_long_is_rejected_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "_MAX_MESSAGE", 100)
    begin = b"Subject: Rain\n\n"
    for size, is_taken in ((100, True), (101, False)):
        lines = b"x" * 50 + b"\n" + b"x" * (size - len(begin) - 53) + b"\n\n"
        assert len(begin + lines) == size
        box = b"From a Mon\n" + begin + lines + b"From b Tue\nSubject: Sun\n\nIt shone.\n"
        titles = [value["title"] for value in values(read_mbox, box)]
        assert titles == (["Rain", "Sun"] if is_taken else ["Sun"])
        rejected = rejections(read_mbox, box, "a.mbox")
        assert rejected == ([] if is_taken else ["a.mbox:1: the message is longer than 100 bytes"])


@pytest.mark.parametrize(
    ("headers", "values_"),
    [
        ("Date: soon", {"date": "soon"}),
        ("Date: Wed, 31 Aug 2022 09:20:00 +0000", {"date": "2022-08-31T09:20:00+00:00"}),
        ("From: Ann <a@b.example>, , c@d.example", {"authors": ["Ann", "c@d.example"]}),
        ("Message-ID: < 1@w >", {"id": "1@w"}),
        ('List-Id: "The Wire" <wire.example>', {"source": "The Wire"}),
        ("Content-Language: en", {"lang": "en"}),
        ("Subject: Rain\n  and   wind", {"title": "Rain and wind"}),
        ("Subject: " + "x" * 2000, {"title": "x" * 2000}),
    ],
)
def test_headers(headers: str, values_: dict[str, object]) -> None:
    data = f"{headers}\n\nIt rained.\r\nAll day.\n"
    assert values(read_mail, data.encode()) == [{"body": "It rained.\nAll day.", **values_}]


def test_where_a_mailbox_is_divided() -> None:
    box = (
        b"Before the first\n\nFrom a\nSubject: A\n\nx\nFrom here on\n>From b\n>>From c\n>>>From d\n"
        b">other\n  \nFrom b\nSubject: B\n\n\nFrom c\n\nz"
    )
    first, second, third = values(read_mbox, box)
    assert first == {"title": "A", "body": "x\nFrom here on\nFrom b\n>From c\n>>>From d\n>other"}
    assert second == {"title": "B"}
    assert third == {"body": "z"}
    assert values(read_mbox, b"no message\n") == []


def test_messages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"Subject: Rain\n\nx"
    for most in (len(data), len(data) - 1):
        monkeypatch.setattr(mail, "_MAX_MESSAGE", most)
        assert len(values(read_mail, data)) == (most == len(data))
    monkeypatch.setattr(mail, "_MAX_HEADER", 3)
    monkeypatch.setattr(mail, "_MAX_MESSAGE", 100)
    assert values(read_mail, data)[0]["title"] == "Rai"
