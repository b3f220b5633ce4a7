"""A fake SES over HTTP that takes a number of e-mails a second and throttles the others."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from tests.support.http_server import serving

_TAKEN = (
    '<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendRawEmailResult>'
    "<MessageId>{}</MessageId></SendRawEmailResult></SendRawEmailResponse>"
)
_REFUSED = (
    '<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>'
    "<Code>Throttling</Code><Message>Maximum sending rate exceeded.</Message></Error>"
    "</ErrorResponse>"
)


class SesServer:
    """Takes at most ``rate`` e-mails within any second, stricter than SES, which allows bursts.

    Args:
        rate: how many e-mails within any second.
    """

    def __init__(self, rate: int) -> None:
        self.url = ""
        self._rate = rate
        self._lock = threading.Lock()
        self._lately: deque[float] = deque()
        self.recipients: list[str] = []
        self.throttled = 0

    def take(self, recipient: str) -> str:
        """Take or refuse an e-mail. Returns the body of the answer."""
        with self._lock:
            now = time.monotonic()
            while self._lately and self._lately[0] <= now - 1:
                self._lately.popleft()
            if len(self._lately) >= self._rate:
                self.throttled += 1
                return _REFUSED
            self._lately.append(now)
            self.recipients.append(recipient)
            return _TAKEN.format(f"message-{len(self.recipients)}")


@contextmanager
def running_ses(rate: int, seconds: float = 0.1) -> Iterator[SesServer]:
    """Run the server until the block ends; an answer takes ``seconds``."""
    ses = SesServer(rate)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            answer = ses.take(form["Destinations.member.1"][0])
            time.sleep(seconds)
            self.send_response(200 if answer.startswith("<Send") else 400)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 100
        daemon_threads = True

    with serving(Server(("127.0.0.1", 0), Handler)) as ses.url:
        yield ses
