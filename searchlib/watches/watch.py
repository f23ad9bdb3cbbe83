"""A standing query as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from searchlib.errors import ArgumentError, ArgumentTypeError
from searchlib.requests import Filters, Match, SearchRequest

__all__ = ["Notify", "Watch"]

Notify = Literal["new", "changed"]

_MAX_NAME = 200  # characters


@dataclass(frozen=True, init=False)
class Watch:
    """A standing query: its ``name``, its ``query`` as text, and the ``match`` and ``filters`` of
    :meth:`Archive.search`. ``notify`` says of which articles it alerts: of "new" ones, and of those
    that did not answer it before they were changed; with "changed" also of those that did. Raises
    :class:`ArgumentError` and :class:`ArgumentTypeError` for what cannot be.

    >>> Watch("floods", "rain OR flood*", filters={"section": "weather"}).filters
    (('section', ('weather',)),)
    """

    name: str
    query: str
    match: Match
    filters: tuple[tuple[str, tuple[str, ...]], ...]
    notify: Notify

    def __init__(
        self, name: str, query: str, *, match: Match = "all", filters: Filters = (),
        notify: Notify = "new",
    ) -> None:  # fmt: skip
        _check_name(name)
        if not isinstance(query, str):
            cure = "give the text of a query"
            raise ArgumentTypeError(f"watch {name!r}: {type(query).__name__} cannot stand: {cure}")
        if not _is_utf8(query):
            cure = "take the lone surrogate out"
            raise ArgumentError(f"watch {name!r}: its query cannot be kept as UTF-8: {cure}")
        if notify not in get_args(Notify):
            cure = 'give "new" or "changed"'
            raise ArgumentError(f"watch {name!r}: notify cannot be {notify!r:.40}: {cure}")
        request = SearchRequest(query, match=match, filters=filters)
        values = {"name": name, "query": query, "match": match, "filters": request.filters}
        values["notify"] = notify
        object.__setattr__(self, "__dict__", values)  # in one step, past the frozen __setattr__

    def request(self) -> SearchRequest:
        """The search for the articles that answer it.

        >>> Watch("rain", "rain").request().query
        'rain'
        """
        return SearchRequest(self.query, match=self.match, filters=self.filters, highlight=False)


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise ArgumentTypeError(f"the name of a standing query is text, not {name!r}")
    if not 0 < len(name) <= _MAX_NAME or not name.isprintable() or name != name.strip():
        cure = f"give 1 to {_MAX_NAME} printed characters, without spaces at the ends"
        raise ArgumentError(f"{name!r:.60} cannot name a standing query: {cure}")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
