"""A gate before a node, as an operator has one: TLS, passwords, rights, and trouble when asked for.

The small distribution has no security plugin; what it would answer is answered here.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

#: Who may do what: user -> (password, whether they may write).
USERS = {"ann": ("secret", True), "reader": ("known", False)}
_READING = ("/_search", "/_mget", "/_validate", "/_refresh")

#: Given the number of a request, its method and path: "drop" it, answer a status, or None.
Trouble = Callable[[int, str, str], Any]


def certificate(folder: Path, name: str, host: str) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key; made by openssl."""
    files = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={host}",
         "-out", str(files[0]), "-keyout", str(files[1])],
        check=True, capture_output=True,
    )  # fmt: skip
    return files


class Gate:
    """Listens on a port of its own (``port``), and passes on what it lets through."""

    def __init__(self, node: int, files: tuple[Path, Path] | None = None) -> None:
        self.node = node
        self.is_guarded = files is not None
        self.trouble: Trouble = lambda number, method, path: None
        self.requests = 0
        gate = self

        class Handler(_Handler):
            pass

        Handler.gate = gate
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if files is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*map(str, files))
            # The handshake is made by the thread that answers, not by the one that listens.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Close the gate."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    gate: Gate
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # a certificate that the other side did not want
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _pass_on(self) -> None:
        gate = self.gate
        gate.requests += 1
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        trouble = gate.trouble(gate.requests, self.command, self.path)
        if trouble == "drop":
            self.close_connection = True
            return
        status = trouble or (self._refusal() if gate.is_guarded else None)
        if status == 401:
            self._answer(401, b"Unauthorized", "text/plain")
        elif status is not None:
            reason = {"type": "security_exception", "reason": "no permissions for [indices:data]"}
            error = {"error": {"root_cause": [reason], **reason}, "status": status}
            self._answer(status, json.dumps(error).encode(), "application/json")
        else:
            connection = http.client.HTTPConnection("127.0.0.1", gate.node, timeout=60)
            kept = ("content-type", "content-encoding", "accept-encoding")
            headers = {name: self.headers[name] for name in kept if name in self.headers}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            self._answer(answer.status, answer.read(), answer.headers["content-type"] or "",
                         answer.headers["content-encoding"])  # fmt: skip
            connection.close()

    do_GET = do_POST = do_PUT = do_DELETE = _pass_on

    def _refusal(self) -> int | None:
        scheme, _, coded = (self.headers.get("authorization") or "").partition(" ")
        user, _, password = base64.b64decode(coded).decode().partition(":")
        known, may_write = USERS.get(user, (None, False))
        if scheme != "Basic" or password != known:
            return 401
        reads = self.command == "GET" or any(part in self.path for part in _READING)
        return None if may_write or reads else 403

    def _answer(self, status: int, body: bytes, kind: str, encoding: str | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if encoding:
            self.send_header("content-encoding", encoding)
        self.end_headers()
        self.wfile.write(body)
