"""How the commands that read files are told what is in them: options, and maps kept in files."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import click

from searchlib.ingest import read
from searchlib.ingest.article_reader import ArticleReader
from searchlib.ingest.formats import FORMATS

__all__ = ["MAP_FILE", "ReadingOptions", "joined", "names_of", "reading_options"]

#: The map that is kept with an archive, in its folder.
MAP_FILE = "reading.json"


@dataclass(frozen=True)
class ReadingOptions:
    """What is said of the files: which keys are which ``fields``, values for articles that have
    none (``set``), the arguments of :func:`searchlib.read`.

    >>> ReadingOptions(fields={"title": "kicker"}).over(ReadingOptions(encoding="cp1252")).to_json()
    {'fields': {'title': 'kicker'}, 'encoding': 'cp1252'}
    """

    fields: dict[str, str] = field(default_factory=dict)
    set: dict[str, str] = field(default_factory=dict)
    keep: list[str] | None = None
    drop: list[str] | None = None
    split: list[str] | None = None
    format: str | None = None
    encoding: str | None = None
    day_first: bool | None = None

    def over(self, other: ReadingOptions) -> ReadingOptions:
        """These options, and of the other ones what these do not say."""
        said = self.to_json()
        both = {name: {**getattr(other, name), **getattr(self, name)} for name in ("fields", "set")}
        return replace(other, **{**said, **both})

    def to_json(self) -> dict[str, Any]:
        """What is said, as plain values."""
        return {name: value for name, value in asdict(self).items() if value not in (None, {})}

    @classmethod
    def from_file(cls, path: str | Path) -> ReadingOptions:
        """The options of a file of JSON; a usage error if it is not one."""
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
            names = {one.name for one in fields(cls)}
            if not isinstance(values, dict) or not values.keys() <= names:
                known = ", ".join(sorted(names))
                raise ValueError(f"a map is an object with some of {known}")
            return cls(**{name: _checked(name, value) for name, value in values.items()})
        except (OSError, ValueError) as error:
            raise click.BadParameter(f"{path}: {error}", param_hint="--map") from None

    def read(self, paths: tuple[str, ...]) -> ArticleReader:
        """A reader of files."""
        return read(
            *paths, day_first=self.day_first, format=self.format, encoding=self.encoding,
            fields=self.fields, keep=self.keep, drop=self.drop or (), split=self.split or (),
            **self.set,
        )  # fmt: skip


def _checked(name: str, value: Any) -> Any:
    if name in ("fields", "set"):
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise ValueError(f"{name!r} is an object with texts")
    elif name in ("keep", "drop", "split"):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError(f"{name!r} is a list of texts")
    elif name == "day_first":
        if value not in (True, False, None):
            raise ValueError(f"{name!r} is true or false")
    elif name == "format" and value not in (None, *FORMATS):
        raise ValueError(f"{value!r} is not a format that is read: {', '.join(FORMATS)}")
    elif name == "encoding" and value is not None:
        try:
            codecs.lookup(value)
        except (LookupError, TypeError):
            raise ValueError(f"{value!r} is not an encoding") from None
    return value


def _pairs(context: click.Context, option: click.Parameter, pairs: tuple[str, ...]) -> Any:
    """The values of options NAME=VALUE as a dict; a file of a map stands under its own name."""
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if option.name == "fields" and not equals and os.path.isfile(pair):
            values[pair] = ""
        elif not equals or not name.strip():
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE, as in section=world")
        else:
            values[name.strip()] = value.strip()
    return values


def names_of(context: click.Context, option: click.Parameter, text: str | None) -> Any:
    """The names of an option NAME,NAME as a list."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def joined(context: click.Context, option: click.Parameter, texts: Sequence[str]) -> str | None:
    """An option that was given several times, as one text with commas; None if it was not given."""
    return ",".join(texts) or None


_OPTIONS = (
    click.option(
        "--set", "set", multiple=True, callback=_pairs, metavar="NAME=VALUE",
        help="A value for articles that have none: --set section=world.",
    ),
    click.option(
        "--map", "fields", multiple=True, callback=_pairs, metavar="FIELD=KEY",
        help="Which key is which field: --map title=kicker, --map body=lead,text (joined), "
        "--map source=feed.name. Or a FILE of JSON that says it, as --save-map makes.",
    ),
    click.option(
        "--key", metavar="KEY", help="The key whose value is an article's id, as --map id=KEY."
    ),
    click.option(
        "--keep", callback=names_of, metavar="KEYS", help="Keep only these other keys: a,b."
    ),
    click.option("--drop", callback=names_of, metavar="KEYS", help="Leave these keys out: a,b."),
    click.option(
        "--split", callback=names_of, metavar="FIELDS",
        help="Fields in which one text has several names, as authors in \"Ann and Bo; Cy\".",
    ),
    click.option("--format", type=click.Choice([*FORMATS]), help="The format of all FILES."),
    click.option("--encoding", help="The encoding of all FILES, as in cp1252."),
    click.option(
        "--day-first/--month-first", default=None,
        help="What 03/04/2022 means in these files; such dates are rejected otherwise, unless "
        "other dates of the file show it.",
    ),
)  # fmt: skip


def reading_options(command: Callable[..., Any]) -> Any:
    """Give a command the options, which it takes as one argument ``reading``."""

    def with_options(*args: Any, **values: Any) -> Any:
        names = [one.name for one in fields(ReadingOptions)]
        said = {name: values.pop(name) for name in names}
        if (key := values.pop("key")) is not None:
            said["fields"]["id"] = key
        maps = [name for name in said["fields"] if os.path.isfile(name)]
        for name in maps:
            del said["fields"][name]
        reading = ReadingOptions(**said)
        for name in maps:
            reading = reading.over(ReadingOptions.from_file(name))
        return command(*args, reading=reading, **values)

    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    with_options.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options
