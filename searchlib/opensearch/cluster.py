"""Asks a cluster, and says what went wrong in searchlib's own errors."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from isal import igzip

from searchlib.errors import (
    ArchiveDenied,
    ArchiveError,
    ArchiveNotFound,
    ArchiveUnreachable,
    QueryError,
    SearchlibError,
)
from searchlib.opensearch.address import PASSWORD_VARIABLE, Address

__all__ = ["BUSY", "Cluster", "ClusterBusy", "PinnedCluster", "RequestTooLarge"]

_TIMEOUT = 60  # seconds
_GZIP = {"content-encoding": "gzip", "content-type": "application/json"}
_DENIED = (401, 403)
BUSY = 429
_TOO_LARGE = 413
_BAD_CERTIFICATE = "certificate verify failed"
_NO_CONTEXT = "No search context found"  # the point in time has ended
#: How a cluster says that a query stands for more words than it takes.
_TOO_MANY = ("expanded to too many terms", "maxClauseCount is set to")
# Its library warns of each error besides, on standard error where nothing else is set up.
logging.getLogger("opensearch").addHandler(logging.NullHandler())


class ClusterBusy(ArchiveUnreachable):
    """A cluster that takes nothing more for the moment."""


class RequestTooLarge(ArchiveError):
    """A request that is longer than a cluster takes."""


class Cluster:
    """One index of a cluster. Every answer is whole, or an error: :class:`ArchiveUnreachable`,
    :class:`ArchiveDenied`, :class:`ArchiveNotFound`, or another :class:`ArchiveError`."""

    def __init__(self, address: Address) -> None:
        self.address = address
        try:
            self._library = import_module("opensearchpy")
        except ImportError:
            cure = "pip install 'searchlib[opensearch]'"
            raise SearchlibError(f"an archive on a cluster needs opensearch-py: {cure}") from None
        options: dict[str, Any] = {}
        if address.user:
            password = os.environ.get(PASSWORD_VARIABLE)
            if not password:
                cure = f"put the password into the environment variable {PASSWORD_VARIABLE}"
                raise ArchiveDenied(f"{address}: there is no password: {cure}", str(address))
            options["http_auth"] = (address.user, password)
        if address.ca:
            if not os.path.isfile(address.ca):
                message = f"{address.ca}: the file of certificates is not there"
                raise ArchiveError(message, address.ca)
            options["ca_certs"] = address.ca
        self._client = self._library.OpenSearch(
            [{"host": address.host, "port": address.port}], use_ssl=address.is_secure,
            verify_certs=address.is_secure, headers={"accept-encoding": "gzip"}, timeout=_TIMEOUT,
            max_retries=0, **options,
        )  # fmt: skip

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def call(
        self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """The answer to a request; ``path`` begins behind the name of the index."""
        return self._request(method, f"/{self.address.index}{path}", body, params, headers)

    def _request(
        self, method: str, path: str, body: Any, params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        exceptions = self._library.exceptions
        try:
            return self._client.transport.perform_request(
                method, path, params=dict(params or ()), body=body, headers=dict(headers or ())
            )
        except exceptions.SSLError as error:
            raise self._not_trusted(str(error.info)) from None
        except exceptions.ConnectionError as error:
            raise self._unreachable(type(error).__name__) from None
        except exceptions.TransportError as error:
            raise self._error(error) from None

    def exists(self) -> bool:
        """Whether the index is there."""
        try:
            self.call("GET", "/_settings")
        except ArchiveNotFound:
            return False
        return True

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of all shards to a search. A search that not all of them answer is an
        ArchiveUnreachable: a part of the articles would be missing without a sign."""
        params = {"allow_partial_search_results": "false"}
        return self._whole(self.call("POST", "/_search", body, params))

    def pinned(self, keep_alive: str = "10m") -> PinnedCluster:
        """The same index as it is now, which does not change; it ends when it was not asked for
        as long as ``keep_alive`` says."""
        return PinnedCluster(self, keep_alive)

    def _whole(self, answer: dict[str, Any]) -> dict[str, Any]:
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise self._unreachable("a part of it did not answer")
        return answer

    def bulk(self, lines: Iterable[bytes]) -> list[dict[str, Any]]:
        """What became of each action, of which each is one text of lines of JSON; the error of one
        is no error of the others."""
        # The library's own compression takes longer than the rest of a load.
        body = igzip.compress(b"".join(lines), 1)
        answer = self.call("POST", "/_bulk", body, headers=_GZIP)
        return [next(iter(item.values())) for item in answer["items"]]

    def refresh(self) -> None:
        """Have what was written be found."""
        answer = self.call("POST", "/_refresh")
        if answer["_shards"]["failed"]:
            raise self._unreachable("a part of it did not answer")

    def _unreachable(self, why: str) -> ArchiveUnreachable:
        cure = "see whether the cluster runs, and try again"
        return ArchiveUnreachable(f"{self.address}: not reached: {why}: {cure}", str(self.address))

    def _not_trusted(self, why: str) -> ArchiveError:
        where = str(self.address)
        if _BAD_CERTIFICATE not in why:  # no TLS on the other side, say
            return self._unreachable(why[:200])
        reason = why.rpartition(f"{_BAD_CERTIFICATE}: ")[2].partition(" (_ssl")[0]
        cure = "see whether it is the right host; ?ca=FILE names a file of those that sign it"
        return ArchiveError(f"{where}: its certificate is not trusted: {reason}: {cure}", where)

    def _error(self, error: Any) -> SearchlibError:
        where, status, reason = str(self.address), error.status_code, _reason(error.info)
        if any(sign in reason for sign in _TOO_MANY):
            cure = "write more letters of the words"
            return QueryError("too-many-words", (0, 0), f"too many words: {reason}", cure)
        if status in _DENIED:
            cure = f"see what the user may do, and the password in {PASSWORD_VARIABLE}"
            return ArchiveDenied(f"{where}: refused ({status}): {cure}", where)
        if error.error == "index_not_found_exception":
            cure = "make it with searchlib create --archive, or ClusterArchive.create"
            return ArchiveNotFound(f"{where}: there is no archive: {cure}", where)
        if status == _TOO_LARGE:
            return RequestTooLarge(f"{where}: it takes no request of this size", where)
        if _NO_CONTEXT in reason:
            cure = "begin again, and do less between them"
            return ArchiveError(f"{where}: it took too long between two pages: {cure}", where)
        if status == BUSY:
            cure = "try again when it has less to do"
            return ClusterBusy(f"{where}: it takes no more at the moment: {reason}: {cure}", where)
        if status in (502, 503, 504):
            return self._unreachable(f"{status} {reason}")
        return ArchiveError(f"{where}: the cluster answers {status}: {reason}", where)


class PinnedCluster(Cluster):
    """An index of a cluster as it was at one moment: a point in time of OpenSearch."""

    def __init__(self, cluster: Cluster, keep_alive: str) -> None:
        self.address = cluster.address
        self._library, self._client = cluster._library, cluster._client
        params = {"keep_alive": keep_alive, "allow_partial_pit_creation": "false"}
        self._pit = self.call("POST", "/_search/point_in_time", params=params)["pit_id"]
        self._keep_alive = keep_alive

    def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of all shards, as they were, to a search."""
        pinned = {**body, "pit": {"id": self._pit, "keep_alive": self._keep_alive}}
        params = {"allow_partial_search_results": "false"}
        return self._whole(self._request("POST", "/_search", pinned, params))

    def pinned(self, keep_alive: str = "") -> PinnedCluster:
        """Itself."""
        return self

    def unpin(self) -> None:
        """Let go of it; it ends by itself if the cluster cannot be asked."""
        with suppress(ArchiveError):
            self._request("DELETE", "/_search/point_in_time", {"pit_id": [self._pit]}, None)


def _reason(info: Any) -> str:
    """What a cluster says that is wrong, in short."""
    try:
        error = info["error"]
        causes = [*error.get("root_cause", ()), error.get("caused_by") or {}]
    except (TypeError, KeyError, AttributeError):
        return str(info)[:200]
    return "; ".join(dict.fromkeys(c["reason"][:200] for c in causes if c.get("reason")))
