"""Tests of searchlib/opensearch/address.py."""

from __future__ import annotations

import pytest

import searchlib as sl
from searchlib.opensearch.address import Address, is_address


def test_an_address_is_read_and_written() -> None:
    address = Address.parse("opensearch+https://ann%40x@host:19/wire?shards=3&replicas=1&ca=c.pem")
    assert address == Address("host", 19, True, "wire", "ann@x", "c.pem", 3, 1)
    plain = Address.parse("opensearch+https://host/wire")
    assert plain == Address("host", 9200, True, "wire", "", "", 1, 0)
    assert str(plain) == "opensearch+https://host:9200/wire"
    most = Address.parse("opensearch+http://localhost/wire?shards=1024&replicas=1024")
    assert (most.shards, most.replicas, most.is_secure) == (1024, 1024, False)
    assert str(Address.parse("opensearch+http://[::1]/a")) == "opensearch+http://[::1]:9200/a"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("opensearch+http://host/wire", "this machine only"),
        ("opensearch+ftp://host/wire", "no address"),
        ("opensearch+https:///wire", "no address"),
        ("opensearch+https://host:x/wire", "cannot be read"),
        ("opensearch+https://host/wire?shards", "cannot be read"),
        ("opensearch+https://host/Wire", "the name of the index"),
        ("opensearch+https://host", "the name of the index"),
        ("opensearch+https://host/wire?shards=0", "shards"),
        ("opensearch+https://host/wire?shards=1025", "from 1 to 1024"),
        ("opensearch+https://host/wire?replicas=-1", "from 0 to 1024"),
        ("opensearch+https://host/wire?replicas=1025", "from 0 to 1024"),
        ("opensearch+https://host/wire#a", "no address"),
        ("opensearch+https://host/wire?shard=2", "no option 'shard'"),
    ],
)
def test_what_cannot_be_is_refused(text: str, why: str) -> None:
    with pytest.raises(sl.ArgumentError, match=why):
        Address.parse(text)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(sl.ArgumentError, match="no password in it") as caught:
        Address.parse("opensearch+https://ann:secret@host/wire")
    assert "secret" not in str(caught.value)


def test_folders_are_no_addresses() -> None:
    assert not is_address("opensearch") and is_address("opensearch+http://localhost/a")
