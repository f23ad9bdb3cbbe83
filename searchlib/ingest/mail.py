"""Mail: one message a file (.eml), or many (mbox, RFC 4155)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Any

from searchlib.ingest.article import Rejected
from searchlib.ingest.html_text import html_to_text
from searchlib.ingest.raw_record import RawRecord, RecordItem, read_whole

__all__ = ["read_mail", "read_mbox"]

_MAX_MESSAGE = 64 * 1024 * 1024
_MAX_HEADER = 100_000


def read_mail(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield the message of a file as an article: its subject is the title, its text the body.

    >>> mail = b"From: Ann Lee <a@b.example>\\nSubject: Rain\\n\\nIt rained.\\n"
    >>> [record.values for record in read_mail(io.BufferedReader(io.BytesIO(mail)), "a.eml")]
    [{'title': 'Rain', 'body': 'It rained.', 'authors': ['Ann Lee']}]
    """
    data = read_whole(stream, name, _MAX_MESSAGE, "message")
    yield data if isinstance(data, Rejected) else _record(data, name, "")


def read_mbox(stream: io.BufferedReader, name: str) -> Iterator[RecordItem]:
    """Yield the messages of a mailbox, each of which begins with a line "From ".

    >>> box = b"From a Mon\\nSubject: One\\n\\nText.\\n\\nFrom b Tue\\nSubject: Two\\n\\nText.\\n"
    >>> records = read_mbox(io.BufferedReader(io.BytesIO(box)), "a.mbox")
    >>> [record.values["title"] for record in records]
    ['One', 'Two']
    """
    lines: list[bytes] = []
    size = number = 0
    was_empty = True
    for line in iter(lambda: stream.readline(_MAX_MESSAGE), b""):
        if was_empty and line.startswith(b"From "):
            if number:
                yield _bounded(lines, size, name, number)
            number, lines, size = number + 1, [], 0
        else:
            size += len(line)
            if size <= _MAX_MESSAGE:
                lines.append(line[1:] if line.startswith((b">From ", b">>From ")) else line)
        was_empty = not line.strip()
    if number:
        yield _bounded(lines, size, name, number)


def _bounded(lines: list[bytes], size: int, name: str, number: int) -> RecordItem:
    if size > _MAX_MESSAGE:
        why = f"the message is longer than {_MAX_MESSAGE} bytes"
        return Rejected(f"{name}:{number}", None, why)
    return _record(b"".join(lines), f"{name}:{number}", str(number))


def _record(data: bytes, location: str, place: str) -> RecordItem:
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        assert isinstance(message, EmailMessage)
        values = _values(message)
    except (ValueError, LookupError, AttributeError, TypeError, IndexError, KeyError,
            RecursionError, AssertionError) as error:  # fmt: skip
        # The parser of the standard library fails in many ways on damaged headers.
        return Rejected(location, None, f"the message cannot be read: {error}")
    if not (values.get("title") or values.get("body")):
        return Rejected(location, None, "the message has neither a subject nor a text")
    return RawRecord(values, place)


def _values(message: EmailMessage) -> dict[str, Any]:
    senders = getaddresses([_header(message, "From")])
    date = message["Date"]
    timestamp = getattr(date, "datetime", None)
    values = {
        "id": _header(message, "Message-ID").strip("<> \t"),
        "title": " ".join(_header(message, "Subject").split()),
        "body": _text(message),
        "date": timestamp.isoformat() if timestamp else _header(message, "Date"),
        "authors": [name or address for name, address in senders if name or address],
        "source": _header(message, "List-Id").partition("<")[0].strip(' "'),
        "lang": _header(message, "Content-Language"),
    }
    return {name: value for name, value in values.items() if value}


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))[:_MAX_HEADER]


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        content: str = part.get_content()
    except LookupError:  # of a character set that is not known
        payload = part.get_payload(decode=True)
        content = payload.decode("latin-1") if isinstance(payload, bytes) else ""
    if part.get_content_subtype() == "html":
        return html_to_text(content)
    return content.replace("\r\n", "\n").strip()
