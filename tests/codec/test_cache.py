"""The cache: what was used last stays, the limit holds, and an owner's entries can be dropped."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from searchlib.codec.cache import Cache


def test_an_entry_is_loaded_once() -> None:
    cache, loads = Cache(1000), []

    def load() -> np.ndarray:
        loads.append(1)
        return np.arange(3)

    assert cache.get("a", load) is cache.get("a", load)
    assert len(loads) == 1


def test_the_entry_used_longest_ago_is_evicted() -> None:
    cache = Cache(100)
    for key in ("a", "b", "a", "c"):  # 48 bytes each: two fit
        cache.get(key, lambda: np.zeros(6))
    reloaded = np.ones(6)
    assert cache.get("a", lambda: reloaded) is not reloaded
    assert cache.get("b", lambda: reloaded) is reloaded
    assert cache.bytes == 96


@pytest.mark.parametrize(("cache", "half"), [(Cache(100), 50), (Cache(), 128 << 20)])
def test_entries_up_to_half_the_limit_are_kept(cache: Cache, half: int) -> None:
    sized = lambda size: lambda: SimpleNamespace(nbytes=size)  # noqa: E731
    assert cache.get("too long", sized(half + 1)).nbytes == half + 1
    assert cache.bytes == 0
    for key in "ab":
        cache.get(key, sized(half))
    assert cache.bytes == 2 * half
    cache.get("c", sized(1))
    assert cache.bytes == half + 1


def test_an_entry_that_grew_is_counted_anew() -> None:
    cache, grown = Cache(100), SimpleNamespace(nbytes=10)
    cache.get("a", lambda: np.zeros(6))
    cache.get("b", lambda: grown)
    grown.nbytes = 40
    assert cache.bytes == 58
    cache.recount("b")
    cache.recount("c")
    assert cache.bytes == 88
    grown.nbytes = 60
    cache.recount("b")
    assert cache.bytes == 60  # "a" was used longest ago
    grown.nbytes = 5
    cache.get("c", lambda: np.zeros(6))
    assert cache.bytes == 48  # of "b" goes what was counted
    cache.recount("b")
    assert cache.bytes == 48


def test_arrays_become_read_only() -> None:
    array = Cache().get("a", lambda: np.zeros(2))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_what_another_thread_loaded_meanwhile_is_counted_once() -> None:
    cache = Cache(100)

    def load() -> np.ndarray:
        cache.get("a", lambda: np.zeros(2))
        return np.zeros(3)

    assert len(cache.get("a", load)) == 3
    assert (len(cache.get("a", load)), cache.bytes) == (2, 16)


def test_drop_removes_the_entries_of_an_owner_only() -> None:
    cache, owner, other = Cache(), object(), object()
    cache.get((owner, 1), lambda: np.zeros(2))
    cache.get((other, 1), lambda: np.zeros(3))
    cache.get("no owner", lambda: np.zeros(4))
    cache.drop(owner)
    assert cache.bytes == 56
    assert len(cache.get((owner, 1), lambda: np.zeros(5))) == 5
