"""The Lambda Runtime API, from which AWS's runtime interface client fetches invocations.

Source of paths, headers and answers: AWS Lambda Developer Guide, "Using the Lambda runtime API".
Each server serves one process and ends with it, so no answer can reach a wrong process.
"""

import io
import json
import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, cast

from .faults import MAX_RESPONSE_BYTES

LOG = logging.getLogger(__name__)

_VERSION = "/2018-06-01/runtime/"
_KEPT_OF_LONG_LINE = 1024


@dataclass(frozen=True)
class Invocation:
    """One invocation of the function."""

    request_id: str
    function_arn: str
    payload: bytes
    trace_id: str = ""
    client_context: str = ""
    """What the caller says about itself: a JSON object, or nothing."""
    deadline_ms: int = 0
    """The time of the timeout, in milliseconds since the epoch."""


@dataclass(frozen=True)
class Ready:
    """The process asked for its first invocation, so initialisation is complete."""

    at: float
    """The `time.perf_counter()` of the event; also in the classes below."""


@dataclass(frozen=True)
class InitFailed:
    """The runtime client could not load the function."""

    at: float
    error_type: str
    payload: bytes


@dataclass(frozen=True)
class Responded:
    """The function returned."""

    at: float
    payload: bytes


@dataclass(frozen=True)
class ResponseTooLarge:
    """The function returned more than the limit; the response is dropped."""

    at: float


@dataclass(frozen=True)
class Raised:
    """The function raised an exception, or its event or result could not be converted."""

    at: float
    payload: bytes


ApiEvent = Ready | InitFailed | Responded | ResponseTooLarge | Raised


class RuntimeApi:
    """A Runtime API server on a free port of 127.0.0.1."""

    def __init__(
        self, emit: Callable[[ApiEvent], None], max_response_bytes: int = MAX_RESPONSE_BYTES
    ) -> None:
        """Bind the port and serve; threads of the server call `emit`."""
        self._emit = emit
        self.max_response_bytes = max_response_bytes
        self._changed = threading.Condition()
        self._waiting: Invocation | None = None
        self._current: Invocation | None = None
        self._asked = False
        self._idle = False
        self._closed = False
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._listening = ("127.0.0.1", int(self._server.server_address[1]))
        self.address = f"127.0.0.1:{self._listening[1]}"
        """The value of AWS_LAMBDA_RUNTIME_API."""
        threading.Thread(target=self._serve, name="lambda-runtime-api", daemon=True).start()

    def submit(self, invocation: Invocation) -> None:
        """Offer an invocation to the process; the previous one must have ended."""
        with self._changed:
            self._waiting = invocation
            self._idle = False
            self._changed.notify_all()

    @property
    def delivered(self) -> bool:
        """Whether the process has fetched the last submitted invocation."""
        with self._changed:
            return self._waiting is None

    def wait_idle(self, seconds: float) -> bool:
        """Wait until the process waits for an invocation. Return False if it does not."""
        with self._changed:
            return self._changed.wait_for(lambda: self._idle or self._closed, seconds)

    def close(self) -> None:
        """Stop the server, and release a process that waits for an invocation."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        # The thread of the server waits in accept(); a connection wakes it at once.
        with suppress(OSError):
            socket.create_connection(self._listening, timeout=1).close()

    def _serve(self) -> None:
        while not self._closed:
            self._server.handle_request()
        self._server.server_close()

    # The requests of the process, called from the threads of its connections.

    def next(self) -> Invocation | None:
        """Wait for an invocation. Return None when the server closes."""
        now = time.perf_counter()
        with self._changed:
            first, self._asked = not self._asked, True
            self._idle = self._waiting is None
            self._changed.notify_all()
        if first:
            self._emit(Ready(now))
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None or self._closed)
            if self._closed:
                return None
            self._current, self._waiting = self._waiting, None
            return self._current

    def settle(self, request_id: str) -> bool:
        """End the current invocation. Return False if `request_id` is a different one."""
        with self._changed:
            if self._current is None or self._current.request_id != request_id:
                return False
            self._current = None
            return True

    def emit(self, event: ApiEvent) -> None:
        """Report an event."""
        self._emit(event)

    @property
    def initialised(self) -> bool:
        """Whether the process has asked for an invocation yet."""
        return self._asked


class _RequestReader(io.BufferedReader):
    """The stream of requests, in which overlong lines of a header are shortened.

    The runtime client sends the stack trace of an exception for X-Ray, which is not emulated, as a
    header of up to 1 MiB. `http.server` refuses lines that are longer than 64 KiB.
    """

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        if size is None or size < 0 or len(line) < size:
            return line
        while rest := super().readline(size):
            if rest.endswith(b"\n"):
                break
        return line[:_KEPT_OF_LONG_LINE] + b"\r\n"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    block_on_close = False
    daemon_threads = True
    request_queue_size = 16
    api: RuntimeApi

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Usually the connection of a process that was killed.
        LOG.debug("Runtime API connection of %s failed", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # With Nagle's algorithm, the delayed acknowledgement of the client makes a warm call take 90 ms
    # instead of a few.
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet

    def setup(self) -> None:
        super().setup()
        self.rfile = _RequestReader(cast(io.BufferedReader, self.rfile).detach())

    @property
    def _api(self) -> RuntimeApi:
        return cast(_Server, self.server).api

    def do_GET(self) -> None:
        if self.path != _VERSION + "invocation/next":
            self._refuse(404, "Unsupported path", "InvalidPath")
            return
        invocation = self._api.next()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        }
        if invocation.trace_id:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace_id
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        self._answer(200, headers, invocation.payload)

    def do_POST(self) -> None:
        body = self._body()
        now = time.perf_counter()
        if self.path == _VERSION + "init/error":
            self._init_error(now, body)
            return
        request_id, _, verb = self.path.removeprefix(_VERSION + "invocation/").partition("/")
        if verb not in ("response", "error"):
            self._refuse(404, "Unsupported path", "InvalidPath")
        elif not self._api.settle(request_id):
            self._refuse(400, "Invalid request ID", "InvalidRequestID")
        elif len(body) > self._api.max_response_bytes:
            self._api.emit(ResponseTooLarge(now))
            self._refuse(
                413,
                f"Exceeded maximum allowed payload size ({self._api.max_response_bytes} bytes).",
                "RequestEntityTooLarge",
            )
        else:
            self._api.emit(Raised(now, body) if verb == "error" else Responded(now, body))
            self._accept()

    def _init_error(self, now: float, body: bytes) -> None:
        if self._api.initialised:
            self._refuse(
                403,
                "State transition from Ready to InitError is not allowed",
                "InvalidStateTransition",
            )
            return
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type") or "Runtime.Unknown"
        self._api.emit(InitFailed(now, error_type, body))
        self._accept()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return b"".join(parts)

    def _accept(self) -> None:
        self._answer(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')

    def _refuse(self, status: int, message: str, error_type: str) -> None:
        document = {"errorMessage": message, "errorType": error_type}
        self._answer(status, {"Content-Type": "application/json"}, json.dumps(document).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        LOG.debug("Runtime API: " + format, *args)
