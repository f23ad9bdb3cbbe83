"""A Griffe extension: searchlib's docstrings -> Markdown.

They are written for ``help()`` and doctest. Here examples become fenced blocks, and roles such as
``:meth:`Archive.search` `` become links to the API page.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

import searchlib

_ROLE = re.compile(r":(class|meth|func|data|mod|attr|exc):`~?([^`]+)`")
_EXAMPLE = re.compile(r"(?:^>>> .*\n?(?:^(?!>>> )\S.*\n?|^ +\S.*\n?)*)+", re.M)


def markdown(text: str, owner: str) -> str:
    """A docstring as Markdown; ``owner`` is the class or module that it belongs to."""

    def link(match: re.Match[str]) -> str:
        role, name = match[1], match[2]
        head = name.removeprefix("searchlib.").split(".")[0]
        if name.startswith("searchlib."):
            last = name.rsplit(".", 1)[-1]
            target = f"searchlib.{last}" if last in searchlib.__all__ else name
            name = last if last in searchlib.__all__ else name
            head = name
        elif head in searchlib.__all__ and (role != "meth" or "." in name):
            target = f"searchlib.{name}"
        else:
            target = f"{owner}.{name}"
        shown = name.removeprefix("searchlib.") if head in searchlib.__all__ else name
        return f'<autoref identifier="{target}" optional>`{shown}`</autoref>'

    text = _EXAMPLE.sub(lambda m: f"\n```pycon\n{m[0].rstrip()}\n```\n", text)
    text = re.sub(r"(?m)^::$", "", text)
    text = re.sub(r"(?m)::$", ":", text)
    return _ROLE.sub(link, text)


class Docstrings(griffe.Extension):
    """Rewrites each docstring as it is loaded."""

    def on_object(self, *, obj: Any, **kwargs: Any) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring is None:
            return
        owner = obj if obj.is_class or obj.is_module else obj.parent
        obj.docstring.value = markdown(obj.docstring.value, f"searchlib.{owner.name}")
