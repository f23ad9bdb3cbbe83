"""The programs of standing queries, with the leaves that they are over, as the bytes of a file.

A process that has the file need not make them. It is of one version of the code and of one schema,
which its first bytes say: to any other it is of no use, and all programs are made anew. What it
holds is MessagePack, and what is read of it is checked so far that no program can reach beyond the
leaves that there are. Left out are programs over leaves that the searcher answers, whose trees
cannot be kept, and those that depend on the day. What words stand for in the archive is in it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import zstandard
from whoosh import query as wq

from searchlib._version import __version__
from searchlib.schema import Date, Number, Schema
from searchlib.span_queries import Period
from searchlib.watches.known_words import KnownWords
from searchlib.watches.leaves import FieldLeaves, Joins, LeafTable, NumberPairs, Trie
from searchlib.watches.packed_programs import PackedPrograms
from searchlib.watches.stored_words import StoredWords, restored_words, stored_words

__all__ = ["DIGEST", "FORMAT", "ProgramSet", "decode_programs", "encode_programs"]

#: To be raised with each change that gives a query another program, or its leaf another meaning.
FORMAT = 1
#: Bytes of the digest of what a program was made of.
DIGEST = 16

_HEAD = b"searchlib programs\n"
_KEY = 16  # bytes
_MAX_UNPACKED = 1 << 31  # bytes
_LEVEL = 1  # of compression

_Leaves = dict[str, list[int]]  # of some letters
_Texts = tuple[str, tuple[str, ...] | None]
_Limit = float | int | str | None  # of a range; text for a number of more than 64 bits
_Range = tuple[int, str, bool, _Limit, _Limit, bool, bool]
_MAX_INT = 1 << 63


@dataclass
class ProgramSet:
    """Programs of standing queries: over a table of leaves, whose words are ``known``, each with
    the ``digest`` of what it was made of, the ``name`` of its query, and whether that alerts of
    changes. ``unused`` programs more had leaves of the table."""

    table: LeafTable
    known: KnownWords
    programs: PackedPrograms
    digests: list[bytes]
    names: list[str]
    are_for_changes: npt.NDArray[np.bool_]
    unused: int


class _Field(msgspec.Struct, array_like=True):
    word_texts: list[_Texts]
    word_leaves: tuple[bytes, bytes]
    by_letters: tuple[_Leaves, _Leaves, _Leaves, _Leaves]  # forms, stems, prefixes, suffixes
    positional: bytes
    positional_lengths: bytes
    near: bytes
    same: dict[str, bytes]
    phrase_leaves: tuple[bytes, bytes]
    positional_phrases: tuple[bytes, bytes]


class _File(msgspec.Struct, array_like=True):
    count: int
    fields: dict[str, _Field]
    keywords: dict[str, dict[bytes, int]]
    ranges: list[_Range]
    trie_words: list[bytes]
    trie_keys: bytes
    codes: bytes
    starts: bytes
    digests: bytes
    names: list[str]
    are_for_changes: bytes
    unused: int
    words: StoredWords


def encode_programs(programs: ProgramSet, settings: str) -> bytes:
    """The bytes that keep programs; ``settings`` is what they depend on besides the schema."""
    table, every = programs.table, programs.programs
    content = _File(
        count=table.count,
        fields={name: _encoded_field(leaves) for name, leaves in table.fields.items()},
        keywords=table.keywords,
        ranges=[_encoded_range(leaf, query) for leaf, query in table.ranges],
        trie_words=list(table.trie.words),
        trie_keys=table.trie.keys().tobytes(),
        codes=every.codes.tobytes(),
        starts=every.starts.tobytes(),
        digests=b"".join(programs.digests),
        names=programs.names,
        are_for_changes=programs.are_for_changes.tobytes(),
        unused=programs.unused,
        words=stored_words(programs.known),
    )
    packed = zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.msgpack.encode(content))
    return _head(table.schema, settings) + packed


def decode_programs(data: bytes, schema: Schema, settings: str) -> ProgramSet | None:
    """The programs that bytes keep; None if they were not made by this version of the code, for
    this schema and these settings, or are not what :func:`encode_programs` gives."""
    head = _head(schema, settings)
    if not data.startswith(head):
        return None
    try:
        packed = data[len(head) :]
        if not 0 <= zstandard.frame_content_size(packed) <= _MAX_UNPACKED:
            return None
        content = msgspec.msgpack.decode(zstandard.decompress(packed), type=_File)
        return _decoded(content, schema)
    except (LookupError, TypeError, ValueError, OverflowError, msgspec.MsgspecError,
            zstandard.ZstdError):  # fmt: skip
        return None


def _head(schema: Schema, settings: str) -> bytes:
    """What the file begins with: a digest of all that makes a query's program what it is."""
    parts = (FORMAT, __version__, np.dtype(np.int32).str, schema.to_json(), schema.rules.version,
             schema.language, settings)  # fmt: skip
    return _HEAD + blake2b(repr(parts).encode(), digest_size=_KEY).digest()


def _encoded_field(leaves: FieldLeaves) -> _Field:
    return _Field(
        word_texts=leaves.word_texts,
        word_leaves=_encoded_pairs(leaves.word_leaves),
        by_letters=(
            _encoded_dict(leaves.forms),
            _encoded_dict(leaves.stems),
            _encoded_dict(leaves.prefixes),
            _encoded_dict(leaves.suffixes),
        ),
        positional=_bytes(list(leaves.positional)),
        positional_lengths=_bytes(leaves.positional_lengths),
        near=leaves.near.rows().tobytes(),
        same={unit: joins.rows().tobytes() for unit, joins in leaves.same.items()},
        phrase_leaves=_encoded_pairs(leaves.phrase_leaves),
        positional_phrases=_encoded_pairs(leaves.positional_phrases),
    )


def _encoded_dict(leaves: dict[bytes, list[int]]) -> _Leaves:
    return {text.decode(): some for text, some in leaves.items()}


def _bytes(numbers: list[int]) -> bytes:
    return np.array(numbers, np.int32).tobytes()


def _encoded_pairs(pairs: NumberPairs) -> tuple[bytes, bytes]:
    keys, numbers = pairs.pairs()
    return keys.tobytes(), numbers.tobytes()


def _encoded_range(leaf: int, query: Any) -> _Range:
    is_period = type(query) is Period
    return (leaf, query.fieldname, is_period, _encoded_limit(query.start),
            _encoded_limit(query.end), query.startexcl, query.endexcl)  # fmt: skip


def _encoded_limit(limit: float | int | None) -> _Limit:
    is_long = isinstance(limit, int) and not -_MAX_INT <= limit < _MAX_INT
    return hex(limit) if is_long else limit  # type: ignore[arg-type]


# -- reading, where every number is checked ------------------------------------------------------


def _decoded(content: _File, schema: Schema) -> ProgramSet:
    table = LeafTable(schema)
    table.count = content.count
    _require(2 <= content.count < 1 << 29)
    _require(set(content.fields) == set(table.fields))
    _require(set(content.keywords) == set(table.keywords))
    keys = np.frombuffer(content.trie_keys, np.int64)
    nodes, words = len(keys), len(content.trie_words)
    parents, of_words = keys >> 32, keys & 0xFFFFFFFF
    _require(bool((parents <= np.arange(nodes)).all() and (parents >= 0).all()))
    _require(bool((of_words < words).all()))
    table.trie = Trie(content.trie_words, keys.tolist())
    _require(len(table.trie) == nodes and len(table.trie.words) == words)
    table.fields = {
        name: _decoded_field(content.fields[name], content.count, nodes) for name in table.fields
    }
    table.keywords = {name: content.keywords[name] for name in table.keywords}
    _check([leaf for some in table.keywords.values() for leaf in some.values()], content.count)
    table.ranges = [(each[0], _decoded_range(each, schema)) for each in content.ranges]
    _check([leaf for leaf, _ in table.ranges], content.count)
    codes, starts = np.frombuffer(content.codes, np.int32), np.frombuffer(content.starts, np.int64)
    programs, digests = PackedPrograms(codes, starts), content.digests
    _require(programs.can_run(content.count) and content.unused >= 0)
    are_for_changes = np.frombuffer(content.are_for_changes, np.uint8) != 0
    _require(len(programs) == len(content.names) == len(are_for_changes))
    _require(len(digests) == DIGEST * len(programs))
    each_digest = [digests[at : at + DIGEST] for at in range(0, len(digests), DIGEST)]
    return ProgramSet(
        table, restored_words(content.words, table), programs, each_digest, content.names,
        are_for_changes, content.unused,
    )  # fmt: skip


def _require(is_right: bool) -> None:
    if not is_right:
        raise ValueError


def _check(numbers: Any, below: int) -> None:
    """Whether all numbers are from 0 to ``below`` - 1."""
    array = np.asarray(numbers, np.int64)
    _require(not len(array) or (int(array.min()) >= 0 and int(array.max()) < below))


def _decoded_field(content: _Field, leaves: int, nodes: int) -> FieldLeaves:
    words = {text: number for number, text in enumerate(content.word_texts)}
    positional = np.frombuffer(content.positional, np.int32)
    lengths = np.frombuffer(content.positional_lengths, np.int32)
    _require(len(words) == len(content.word_texts) and len(lengths) == len(positional))
    _require(bool((lengths >= 1).all()))
    _check(positional, leaves)
    dicts = [{text.encode(): row for text, row in each.items()} for each in content.by_letters]
    _check([leaf for some in dicts for row in some.values() for leaf in row], leaves)
    forms, stems, prefixes, suffixes = dicts
    _require(b"" not in prefixes and b"" not in suffixes)
    field = FieldLeaves(
        words, content.word_texts,
        _decoded_pairs(content.word_leaves, len(words), leaves), forms, stems, prefixes, suffixes,
        prefix_lengths=set(map(len, prefixes)),
        suffix_lengths=set(map(len, suffixes)),
        positional={leaf: number for number, leaf in enumerate(positional.tolist())},
        positional_lengths=lengths.tolist(),
        near=_decoded_joins(content.near, 5, leaves, len(positional)),
        same={unit: _decoded_joins(joins, 3, leaves, len(positional))
              for unit, joins in content.same.items()},
        phrase_leaves=_decoded_pairs(content.phrase_leaves, nodes, leaves),
        positional_phrases=_decoded_pairs(content.positional_phrases, nodes, len(positional)),
    )  # fmt: skip
    _require(len(field.positional) == len(positional))
    _require(set(field.same) <= {"sentence", "paragraph"})
    return field


def _decoded_pairs(content: tuple[bytes, bytes], keys: int, numbers: int) -> NumberPairs:
    of_keys, of_numbers = (np.frombuffer(some, np.int32) for some in content)
    _require(len(of_keys) == len(of_numbers))
    _check(of_keys, keys)
    _check(of_numbers, numbers)
    return NumberPairs(*content)


def _decoded_joins(content: bytes, width: int, leaves: int, places: int) -> Joins:
    rows = np.frombuffer(content, np.int32).reshape(-1, width)
    _check(rows[:, 0], leaves)
    _check(rows[:, 1:3].ravel(), places)
    return Joins(width, content)


def _decoded_range(content: _Range, schema: Schema) -> Any:
    _, name, is_period, *limits, start_exclusive, end_exclusive = content
    start, end = (int(each, 16) if isinstance(each, str) else each for each in limits)
    _require(isinstance(schema.fields.get(name), (Date, Number)))
    if is_period:
        return Period(name, start, end)  # type: ignore[arg-type]
    return wq.NumericRange(
        name, start, end, startexcl=start_exclusive, endexcl=end_exclusive, constantscore=True
    )
