"""CRC-32 (RFC 1952, section 8), the checksum of every file of an archive.

The implementation of ISA-L, which uses the processor's own instructions and is about ten times as
fast, is taken where it is installed; both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["crc32"]

#: ``crc32(data, previous=0)``: the CRC-32 of ``data``; ``previous`` is that of the bytes before it.
crc32: Callable[..., int]

try:
    from isal.isal_zlib import crc32
except ImportError:  # no build for this machine
    from zlib import crc32
