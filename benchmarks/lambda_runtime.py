"""One execution environment of Lambda: AWS's runtime client in a process, and the API it asks."""

from __future__ import annotations

import json
import os
import queue
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from benchmarks.contest import ContestError
from infrastructure.local.stack.layout import LAMBDA_RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

READY_SECONDS = 60.0
_VERSION = "{}.{}".format(*sys.version_info[:2])


@dataclass(frozen=True)
class Measured:
    """Seconds of one environment.

    Args:
        start: from the start of the process until it asks for its first event.
        answer: from the first event until its answer; 0 without an event.
        cpu: the processor time of the process in all.
        body: the answer.
    """

    start: float
    answer: float
    cpu: float
    body: Any


class _RuntimeApi(ThreadingHTTPServer):
    """Gives the events to the runtime client, and takes its answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.Queue[bytes] = queue.Queue()
        self.asked: queue.Queue[float] = queue.Queue()
        self.answers: queue.Queue[tuple[float, str, Any]] = queue.Queue()


class _Handler(BaseHTTPRequestHandler):
    server: _RuntimeApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Give the next event, as soon as there is one."""
        self.server.asked.put(time.perf_counter())
        event = self.server.events.get()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "benchmark")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(round(time.time() * 1000) + 30_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:benchmark")
        # Without it, AWS's client crashes.
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        """Take an answer or an error."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.answers.put((time.perf_counter(), self.path, json.loads(body or b"null")))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Write nothing."""


def run_environment(
    task: Path, variables: Mapping[str, str], event: dict[str, Any] | None = None
) -> Measured:
    """Start an environment of a package, give it an event, and stop it.

    Args:
        task: the folder with the unpacked package.
        variables: the environment variables of the function.
        event: the first event.

    Raises:
        ContestError: the function does not start or fails.
    """
    with _RuntimeApi() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-s", "-S", "-m", "awslambdaric", "app.app"],
            cwd=task,
            env=_environment(task, server, variables),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            start = _next(server.asked, server) - began
            answer, body = 0.0, None
            if event is not None:
                began = time.perf_counter()
                server.events.put(json.dumps(event).encode())
                at, path, body = _next(server.answers, server)
                if not path.endswith("/response"):
                    raise ContestError(f"the function failed: {body}")
                answer = at - began
                _next(server.asked, server)
        finally:
            process.kill()
            process.wait()
            server.shutdown()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(start, answer, cpu, body)


def _environment(task: Path, server: _RuntimeApi, variables: Mapping[str, str]) -> dict[str, str]:
    # Not those of the virtual environment: the function has only its package and the runtime.
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{task}:{LAMBDA_RUNTIMES / _VERSION}",
        "PYTHONNOUSERSITE": "1",
        "LAMBDA_TASK_ROOT": str(task),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        **variables,
    }


def _next(happened: queue.Queue[Any], server: _RuntimeApi) -> Any:
    try:
        return happened.get(timeout=READY_SECONDS)
    except queue.Empty:
        errors = [] if server.answers.empty() else [server.answers.get()[2]]
        raise ContestError(f"the function does not start or answer: {errors}") from None
