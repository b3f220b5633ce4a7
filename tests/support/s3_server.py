"""S3 of moto over HTTP, for tests whose processes share a bucket. It has no other service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from moto.moto_proxy.proxy3 import MotoRequestHandler
from werkzeug.exceptions import HTTPException

from tests.support.http_server import serving

_HOST = "http://s3.amazonaws.com"
_LOCK = threading.Lock()
_MOTO = MotoRequestHandler(0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore that a killed client closes its connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Nagle's algorithm would delay each answer.
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # Its buckets are not made for threads.
        with _LOCK:
            status, headers, content = _handle(self.command, self.path, self.headers, body)
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "date", "server"):
                self.send_header(name, str(value))
        size = headers.get("content-length", len(content)) if self.command == "HEAD" else None
        self.send_header("Content-Length", str(len(content) if size is None else size))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Log nothing."""


def _handle(method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any, bytes]:
    sent = {name: value for name, value in headers.items() if name.lower() != "host"}
    try:
        answer = _MOTO.parse_request(
            method, _HOST, path, {**sent, "Host": "s3.amazonaws.com"}, body
        )
    except HTTPException as error:
        answer = error.code, dict(error.get_headers()), error.get_body()
    status, own, content = answer
    return status, own, content.encode() if isinstance(content, str) else bytes(content)


@contextmanager
def s3_server() -> Iterator[str]:
    """Serve S3, within ``mock_aws``. Yield the URL."""
    with serving(_Server(("127.0.0.1", 0), _Handler)) as url:
        yield url
