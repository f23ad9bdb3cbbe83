"""A process that reads documents for another one, which may end it at any time.

It gets requests on standard input and answers on standard output, one after the other. Each is a
length (8 bytes, little-endian) and so many bytes of JSON; a request is followed by the document.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import IO, Any

import msgspec

from searchlib.ingest.article import Rejected
from searchlib.ingest.formats import load_reader

__all__ = ["LENGTH", "main", "records_of"]

LENGTH = 8  # bytes of a length


def records_of(reader: str, data: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """What a reader ("module:function") finds in a document, as plain values: its ``records``,
    pairs of values and place, and ``rejected``, triples of place, field and reason; or the library
    that is ``missing``; or why it ``failed``.

    >>> records_of("html_page:read_html", b"<p>It rained.", "a.html", {})["records"]
    [({'body': 'It rained.'}, '')]
    """
    records: list[Any] = []
    rejected: list[Any] = []
    try:
        for item in load_reader(reader)(io.BufferedReader(io.BytesIO(data)), name, **options):
            if isinstance(item, Rejected):
                rejected.append((len(records), item.where, item.field, item.why))
            else:
                records.append((item.values, item.place))
    except ModuleNotFoundError as error:
        return {"missing": error.name}
    except MemoryError:
        return {"failed": "it takes too much memory"}
    except Exception as error:  # whatever a library raises on a document
        return {"failed": f"{type(error).__name__}: {error}"}
    return {"records": records, "rejected": rejected}


def main(megabytes: int, seconds: int) -> None:
    """Answer requests until standard input ends. A request may take so much memory beyond what the
    process has, and so much time of computing, where the system can bound them."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    _bound_memory(megabytes)
    while (header := _read(requests)) is not None:
        request = msgspec.json.decode(header)
        data = requests.read(request.pop("size"))
        _bound_time(seconds)
        answer = msgspec.json.encode(records_of(data=data, **request), enc_hook=str)
        answers.write(len(answer).to_bytes(LENGTH, "little") + answer)
        answers.flush()


def _read(requests: IO[bytes]) -> bytes | None:
    length = requests.read(LENGTH)
    return requests.read(int.from_bytes(length, "little")) if len(length) == LENGTH else None


def _bound_memory(megabytes: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, resource.RLIM_INFINITY))


def _bound_time(seconds: int) -> None:
    """So that the process ends also when nobody is left to end it."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + 2 * seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
