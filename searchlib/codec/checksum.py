"""CRC-32, the checksum of everything that an archive holds (as in RFC 1952)."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["crc32"]

#: CRC-32 of bytes; a second argument is the checksum of what came before them.
crc32: Callable[..., int]

try:  # the same by the processor's own instructions: ten times as fast
    from isal.isal_zlib import crc32
except ImportError:  # it is not built for this machine
    from zlib import crc32
