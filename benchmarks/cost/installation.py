"""All functions in this process on real stores, which counts what they use.

A wake starts the drain in a thread, as Lambda starts it in an environment. SES is a server on
loopback that accepts every e-mail, so that the code of its client counts and its network does not.
"""

from __future__ import annotations

import importlib.util
import json
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, override

from pymongo import monitoring

from benchmarks.contest import REPOSITORY
from benchmarks.servers import Servers

STAGE = "cost"
CODE = "hirelane"
SENT = (
    b'<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendRawEmailResult>'
    b"<MessageId>1</MessageId></SendRawEmailResult><ResponseMetadata><RequestId>1</RequestId>"
    b"</ResponseMetadata></SendRawEmailResponse>"
)
SCHEDULE = {
    **dict.fromkeys(("version", "id", "account", "detail-type", "source", "time"), ""),
    **{"region": "us-east-1", "resources": [], "detail": {}},
}


class _Ses(BaseHTTPRequestHandler):
    """Accepts e-mails and counts their bytes."""

    protocol_version = "HTTP/1.1"
    sent = 0
    received_bytes = 0

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.rfile.read(length)
        _Ses.sent += 1
        _Ses.received_bytes += length
        self.send_response(200)
        self.send_header("Content-Length", str(len(SENT)))
        self.end_headers()
        self.wfile.write(SENT)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


class MongoCounter(monitoring.CommandListener):
    """Counts the commands to MongoDB, without those of the driver itself."""

    IGNORED = frozenset({"hello", "ping", "isMaster", "endSessions", "createIndexes"})

    def __init__(self) -> None:
        self.commands: Counter[str] = Counter()

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name not in self.IGNORED:
            self.commands[event.command_name] += 1

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


class Installation:
    """The API and the workers, with counters."""

    def __init__(self, servers: Servers, mongo: MongoCounter) -> None:
        # Imported here, because the environment must be there first.
        from chalicelib.bootstrap.container import Container
        from chalicelib.bootstrap.process import use_container

        self.mongo = mongo
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._pool = ThreadPoolExecutor(16)
        self._running: list[Future[None]] = []
        secrets = _secrets(servers)
        self.containers = {
            name: Container(name, read_secret=lambda secret: json.dumps(secrets[secret]))
            for name in ("api", "applications", "mail")
        }
        waker = SimpleNamespace(wake=self._wake)
        for container in self.containers.values():
            container.override(waker=waker)
            use_container(container)
        self._workers = {name: _entry_point(name) for name in ("applications", "mail")}
        self.api = _entry_point("api")

    @property
    def sent(self) -> tuple[int, int]:
        """How many e-mails were sent, and their bytes."""
        return _Ses.sent, _Ses.received_bytes

    def request(self, event: dict[str, Any], kind: str) -> Any:
        """Let the API answer a request, and note the time as one of that kind."""
        began = time.perf_counter()
        answer = self.api.app(event, _context())
        self.seconds[kind].append(time.perf_counter() - began)
        if answer["statusCode"] >= 300:
            raise RuntimeError(f"{kind}: {answer}")
        return json.loads(answer["body"])

    def sweep(self, worker: str) -> float:
        """Run what the schedule runs each minute. Return the seconds."""
        began = time.perf_counter()
        self._workers[worker].sweep(SCHEDULE, _context())
        return time.perf_counter() - began

    def settle(self) -> None:
        """Wait until all drains have ended."""
        while self._running:
            self._running.pop().result()

    def _wake(self, wake: Any) -> None:
        event = {"drain_id": wake.drain_id, "shard": wake.shard, "kind": wake.kind}
        self._running.append(self._pool.submit(self._drain, wake.kind, event))

    def _drain(self, kind: str, event: dict[str, Any]) -> None:
        began = time.perf_counter()
        self._workers["mail" if kind == "mail" else "applications"].drain(event, _context())
        self.seconds[f"{kind} drain"].append(time.perf_counter() - began)


@contextmanager
def installation(servers: Servers) -> Iterator[Installation]:
    """Make the functions on these servers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Ses)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ.update(
        {
            "HIRELANE_STAGE": STAGE,
            "HIRELANE_SETTINGS_SECRET": "settings",
            "HIRELANE_KEYS_SECRET": "keys",
            "HIRELANE_MAIL_SENDER": "no-reply@hirelane.example",
            "HIRELANE_MAIL_RATE": "10000 per second",
            "HIRELANE_APPLY_LIMITS": "100000 per 10 minutes",
            "HIRELANE_APPLICATIONS_DRAIN": "applications",
            "HIRELANE_MAIL_DRAIN": "mail",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL_SES": f"http://127.0.0.1:{server.server_port}",
        }
    )
    mongo = MongoCounter()
    # Before the first client is made.
    monitoring.register(mongo)
    try:
        yield Installation(servers, mongo)
    finally:
        server.shutdown()
        server.server_close()


def _secrets(servers: Servers) -> dict[str, Any]:
    from chalicelib.auth.credentials.derived_keys import new_secret
    from chalicelib.auth.sessions.signing_keys import generate_signing_key

    return {
        "settings": {
            "redis_url": servers.redis_url,
            "mongodb_uri": servers.mongodb_uri,
            "link_secret": new_secret(),
            "public_url": "https://hirelane.example",
        },
        "keys": {
            "signing_keys": [generate_signing_key()],
            "receipt_keys": [generate_signing_key()],
            "purpose_secret": new_secret(),
        },
    }


def _context() -> Any:
    ends = time.monotonic() + 60
    return SimpleNamespace(
        aws_request_id="cost",
        function_name="cost",
        get_remaining_time_in_millis=lambda: round(1000 * (ends - time.monotonic())),
    )


def _entry_point(name: str) -> ModuleType:
    folder = Path() if name == "api" else Path("worker_functions") / name
    spec = importlib.util.spec_from_file_location(f"entry_{name}", REPOSITORY / folder / "app.py")
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{name} has no entry point")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
