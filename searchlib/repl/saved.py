"""Searches that are kept under a name, and which alerts were shown, for each archive, in the user's
state directory."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, get_args

from searchlib.opensearch.address import is_address
from searchlib.requests import Match

__all__ = ["SavedSearch", "keep_token", "last_token", "load", "save", "state_directory"]

_SEARCHES, _SITTINGS = "saved.json", "alerts.json"


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query, its order, and what it was narrowed to."""

    query: str
    sort: str | None = None
    match: Match = "best"
    filters: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [self.query, *(f"{name}: {value}" for name, value in self.filters.items())]
        parts += [f"sort {self.sort}"] if self.sort else []
        parts += [f"match {self.match}"] if self.match != "best" else []
        return " · ".join(parts)


def state_directory() -> Path:
    """searchlib's folder in the user's state directory: ``XDG_STATE_HOME``, or else
    ~/.local/state. RuntimeError if the user has no home."""
    state = os.environ.get("XDG_STATE_HOME", "")
    directory = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return directory / "searchlib"


def load(archive: str | os.PathLike[str]) -> dict[str, SavedSearch]:
    """The saved searches of the archive in this folder, or at this address, by name."""
    found = {}
    for name, values in _read(_SEARCHES).get(_place(archive), {}).items():
        with suppress(TypeError):  # of another version
            search = SavedSearch(**values)
            if isinstance(search.query, str) and search.match in get_args(Match):
                found[name] = search
    return dict(sorted(found.items()))


def save(archive: str | os.PathLike[str], name: str, search: SavedSearch) -> bool:
    """Keep a search under a name; whether it replaced another. OSError if that cannot be
    written."""
    every, place = _read(_SEARCHES), _place(archive)
    of_archive = every.setdefault(place, {})
    replaced = name in of_archive
    of_archive[name] = asdict(search)
    _write(_SEARCHES, every)
    return replaced


def last_token(archive: str | os.PathLike[str]) -> str | None:
    """Where the alerts begin that no sitting at the prompt has shown; None for the first."""
    token = _read(_SITTINGS).get(_place(archive), {}).get("token")
    return token if isinstance(token, str) else None


def keep_token(archive: str | os.PathLike[str], token: str) -> None:
    """Keep where the alerts of the next sitting begin. OSError if that cannot be written."""
    _write(_SITTINGS, _read(_SITTINGS) | {_place(archive): {"token": token}})


def _write(file: str, values: dict[str, dict[str, Any]]) -> None:
    path = state_directory() / file
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f"{file}.{os.getpid()}")
    partial.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")
    partial.replace(path)


def _place(archive: str | os.PathLike[str]) -> str:
    """What stands for an archive, or for several whose folders have commas between them."""
    places = os.fspath(archive).split(", ")
    return ", ".join(one if is_address(one) else os.path.realpath(one) for one in places)


def _read(file: str) -> dict[str, dict[str, Any]]:
    try:
        text = (state_directory() / file).read_text(encoding="utf-8")
        read = json.loads(text)
    except (OSError, RuntimeError, ValueError):
        return {}
    return {k: v for k, v in read.items() if isinstance(v, dict)} if isinstance(read, dict) else {}
