"""The address of an archive on a cluster: ``opensearch+https://user@host:9200/wire``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

from searchlib.errors import ArgumentError

__all__ = ["PASSWORD_VARIABLE", "Address", "is_address"]

#: The environment variable that has the password of the user.
PASSWORD_VARIABLE = "SEARCHLIB_OPENSEARCH_PASSWORD"
_SCHEMES = {"opensearch+https": True, "opensearch+http": False}
_INDEX = re.compile(r"[a-z0-9][a-z0-9_.-]{0,199}\Z")
_DEFAULT_PORT = 9200


def is_address(path: object) -> bool:
    """Whether what names an archive is an address, and not a folder.

    >>> is_address("opensearch+https://host/wire"), is_address("index")
    (True, False)
    """
    return isinstance(path, str) and path.startswith("opensearch+")


@dataclass(frozen=True)
class Address:
    """Where an archive is: host and port, whether by https, the index, the user (""), the file of
    certificates that are trusted ("" for those of the system), and of how many shards and replicas
    it is made.

    >>> Address.parse("opensearch+https://ann@search.example/wire?shards=3").shards
    3
    """

    host: str
    port: int
    is_secure: bool
    index: str
    user: str
    ca: str
    shards: int
    replicas: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address; ArgumentError says what is wrong, and never repeats a password."""
        try:
            parts = urlsplit(text)
            port = parts.port or _DEFAULT_PORT
            options = dict(parse_qsl(parts.query, strict_parsing=True) if parts.query else ())
        except ValueError:
            raise ArgumentError(f"the address of a cluster cannot be read: {_EXAMPLE}") from None
        if parts.password is not None:
            cure = f"put it into the environment variable {PASSWORD_VARIABLE}"
            raise ArgumentError(f"the address of a cluster has no password in it: {cure}")
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.fragment:
            raise ArgumentError(f"this is no address of a cluster: {_EXAMPLE}")
        index = parts.path.strip("/")
        if not _INDEX.match(index):
            cure = "small letters, digits, - and _"
            raise ArgumentError(f"the name of the index, {index!r}, cannot be: {cure}")
        is_secure = _SCHEMES[parts.scheme]
        if not is_secure and not _is_loopback(parts.hostname):
            cure = "use opensearch+https://"
            raise ArgumentError(f"{parts.hostname}: http goes to this machine only: {cure}")
        unknown = options.keys() - {"shards", "replicas", "ca"}
        if unknown:
            raise ArgumentError(f"the address has no option {min(unknown)!r}: shards, replicas, ca")
        return cls(
            parts.hostname, port, is_secure, index, unquote(parts.username or ""),
            options.get("ca", ""), _number(options, "shards", 1), _number(options, "replicas", 0),
        )  # fmt: skip

    def __str__(self) -> str:
        scheme = "opensearch+https" if self.is_secure else "opensearch+http"
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{user}{host}:{self.port}/{self.index}"


_EXAMPLE = "write opensearch+https://user@host:9200/name"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _number(options: dict[str, str], name: str, least: int) -> int:
    text = options.get(name, str(least))
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= 1024):
        raise ArgumentError(f"{name}: {text!r:.40} is no number from {least} to 1024")
    return int(text)
