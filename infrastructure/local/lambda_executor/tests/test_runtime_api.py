"""The Runtime API, called as the runtime client calls it."""

import http.client
import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from localstack_harness import PATIENCE_SECONDS
from localstack_process_executor.faults import MAX_RESPONSE_BYTES
from localstack_process_executor.runtime_api import (
    ApiEvent,
    InitFailed,
    Invocation,
    Raised,
    Ready,
    Responded,
    ResponseTooLarge,
    RuntimeApi,
)

WORK = Invocation("id-1", "arn:function", b'{"a": 1}', "Root=1-2", deadline_ms=1234)
INVOCATION = "/2018-06-01/runtime/invocation"


class Server:
    def __init__(self) -> None:
        self.events: queue.Queue[ApiEvent] = queue.Queue()
        self.api = RuntimeApi(self.events.put)

    def call(self, method: str, path: str, **options: Any) -> tuple[int, Any, Any]:
        connection = http.client.HTTPConnection(self.api.address, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, **options)
            answer = connection.getresponse()
            return answer.status, answer.headers, json.loads(answer.read())
        finally:
            connection.close()

    def event(self) -> ApiEvent:
        return self.events.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.api.close()


def test_invocation_gets_its_response(server: Server) -> None:
    server.api.submit(WORK)
    assert not server.api.delivered
    status, headers, body = server.call("GET", f"{INVOCATION}/next")
    assert (status, body) == (200, {"a": 1})
    assert server.api.delivered
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "id-1"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn:function"
    assert headers["Lambda-Runtime-Trace-Id"] == "Root=1-2"
    assert headers["Lambda-Runtime-Deadline-Ms"] == "1234"
    assert isinstance(server.event(), Ready)

    status, _, body = server.call("POST", f"{INVOCATION}/id-1/response", body=b'"done"')
    assert (status, body) == (202, {"status": "OK"})
    event = server.event()
    assert isinstance(event, Responded)
    assert event.payload == b'"done"'
    # There is one answer to an invocation.
    assert server.call("POST", f"{INVOCATION}/id-1/response", body=b"2")[0] == 400


def test_chunked_body_is_read(server: Server) -> None:
    server.api.submit(WORK)
    server.call("GET", f"{INVOCATION}/next")
    server.event()
    parts = iter([b"[1,", b"2]"])
    server.call("POST", f"{INVOCATION}/id-1/error", body=parts, encode_chunked=True,
                headers={"Transfer-Encoding": "chunked"})  # fmt: skip
    event = server.event()
    assert isinstance(event, Raised)
    assert event.payload == b"[1,2]"


def test_too_large_response_is_rejected(server: Server) -> None:
    server.api.submit(WORK)
    server.call("GET", f"{INVOCATION}/next")
    server.event()
    body = b"x" * (MAX_RESPONSE_BYTES + 1)
    status, _, answer = server.call("POST", f"{INVOCATION}/id-1/response", body=body)
    assert (status, answer["errorType"]) == (413, "RequestEntityTooLarge")
    assert isinstance(server.event(), ResponseTooLarge)


def test_error_of_initialisation_is_received(server: Server) -> None:
    path, headers = "/2018-06-01/runtime/init/error", {"Lambda-Runtime-Function-Error-Type": "X.Y"}
    assert server.call("POST", path, body=b"{}", headers=headers)[0] == 202
    event = server.event()
    assert isinstance(event, InitFailed)
    assert (event.error_type, event.payload) == ("X.Y", b"{}")
    server.api.submit(WORK)
    server.call("GET", f"{INVOCATION}/next")
    assert server.call("POST", path, body=b"{}")[0] == 403


def test_unknown_paths_get_404(server: Server) -> None:
    assert server.call("GET", "/2018-06-01/runtime/restore/next")[0] == 404
    assert server.call("POST", f"{INVOCATION}/id-1/other", body=b"")[0] == 404


def test_close_releases_a_waiting_process(server: Server) -> None:
    failed: queue.Queue[Exception] = queue.Queue()

    def wait() -> None:
        try:
            server.call("GET", f"{INVOCATION}/next")
        except (http.client.HTTPException, OSError) as error:
            failed.put(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert isinstance(server.event(), Ready)
    assert server.api.wait_idle(PATIENCE_SECONDS)
    server.api.close()
    thread.join(PATIENCE_SECONDS)
    assert failed.get(timeout=PATIENCE_SECONDS)
