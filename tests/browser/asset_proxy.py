"""An HTTP proxy for browsers: it has the files of the web client, and forwards all else."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from chalicelib.http.responses import IMMUTABLE
from chalicelib.web_client.routes import web_client
from tests.support.http_server import serving

# Of one connection only (RFC 9110, section 7.6.1), or replaced by the length of the content.
_NOT_FORWARDED = {"connection", "content-length", "keep-alive", "proxy-connection"}
_NOT_FORWARDED |= {"transfer-encoding"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def _answer(self) -> None:
        _, _, asset = urlsplit(self.path).path.partition("/assets/")
        version, _, name = asset.partition("/")
        file = web_client().asset(version, name)
        if file is None:
            # The API answers if another version of the client is deployed.
            self._forward()
            return
        headers = [("Content-Type", file.media_type), *IMMUTABLE.items()]
        self._send(200, headers, file.content.encode())

    def _forward(self) -> None:
        parts = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_FORWARDED}
        connection = HTTPConnection(parts.netloc, timeout=60)
        try:
            target = parts._replace(scheme="", netloc="").geturl() or "/"
            connection.request(self.command, target, content or None, sent)
            answer = connection.getresponse()
            self._send(answer.status, answer.getheaders(), answer.read())
        except (OSError, HTTPException):
            # The browser sees a broken connection, too.
            self.close_connection = True
        finally:
            connection.close()

    def _tunnel(self) -> None:
        """Forward bytes in both directions: Playwright's own requests ask for that."""
        host, _, port = self.path.rpartition(":")
        self.close_connection = True
        with socket.create_connection((host, int(port)), timeout=60) as other:
            self._send(200, [], b"")
            ends = {self.connection: other, other: self.connection}
            while True:
                for end in select.select(ends, (), (), 60)[0]:
                    received = end.recv(65536)
                    if not received:
                        return
                    ends[end].sendall(received)

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _NOT_FORWARDED:
                self.send_header(name, value)
        if self.command not in ("HEAD", "CONNECT") and status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    do_CONNECT = _tunnel
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

    def log_message(self, *arguments: Any) -> None:
        """Log nothing: the monitor of a browser knows all requests."""


class _Server(ThreadingHTTPServer):
    # Chromium opens many connections at once.
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report nothing: a browser closes connections when its page is left."""


@contextmanager
def running_asset_proxy() -> Iterator[str]:
    """Run a proxy on loopback. Return its URL.

    Every browser context starts with an empty cache, and LocalStack answers only some 40 requests
    a second. Playwright's own routes take ten times as long, and switch the cache off.
    """
    with serving(_Server(("127.0.0.1", 0), _Handler)) as url:
        yield url
