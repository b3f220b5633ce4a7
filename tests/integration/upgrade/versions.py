"""Two versions of Hirelane on the same stores."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from email import message_from_string, policy
from functools import partial
from itertools import count
from pathlib import Path
from queue import Queue
from typing import Any, NamedTuple, Self, override

from tests.support.timing import PATIENCE_SECONDS

MAIN = Path(__file__).with_name("version_main.py")
# As in the configuration of the functions: which project has the function of that name.
DRAINS = {"applications-drain": "applications", "mail-drain": "mail"}


class Answer(NamedTuple):
    """An answer of the API."""

    status: int
    body: Any


class Version:
    """The functions of one version, in a process of their own.

    ``on_invocation`` is called in a thread with each asynchronous invocation: function and event.
    """

    def __init__(self, name: str, checkout: Path, environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.on_invocation: Callable[[str, Any], None] = lambda function, event: None
        self._log = log
        self._lock = threading.Lock()
        self._numbers = count()
        self._answers: dict[int, Future[Any]] = {}
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, MAIN, checkout],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def start(self, name: str, *arguments: Any) -> Future[Any]:
        """Start a command of ``version_main.py``. Return its future answer."""
        answer: Future[Any] = Future()
        with self._lock:
            number = next(self._numbers)
            self._answers[number] = answer
            assert self._process.stdin
            self._process.stdin.write(json.dumps([number, name, arguments]) + "\n")
            self._process.stdin.flush()
        return answer

    def call(self, name: str, *arguments: Any) -> Any:
        """Carry out a command. Return its answer."""
        answer = self.start(name, *arguments)
        try:
            return answer.result(PATIENCE_SECONDS)
        except TimeoutError:
            raise AssertionError(f"{self.name}: {self._log.read_text()[-3000:]}") from None

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            number, answer = json.loads(line)
            if number is None:
                self.on_invocation(*answer)
            else:
                self._answers.pop(number).set_result(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @override
    def __repr__(self) -> str:
        return self.name


class MixedDeployment:
    """A deployment in which some functions have one version, and some have another.

    Args:
        versions: all versions.
        apis: the version of the API for each request.
        workers: the version of the worker for each invocation.
    """

    def __init__(
        self, versions: tuple[Version, ...], apis: Iterator[Version], workers: Iterator[Version]
    ) -> None:
        self.versions = versions
        self.served: set[tuple[str, str]] = set()
        self._apis = apis
        self._workers = workers
        self._running: Queue[Future[Any]] = Queue()
        for version in versions:
            version.on_invocation = partial(self._deliver, version)

    def request(
        self, method: str, path: str, body: Any = None, token: str = "", **headers: str
    ) -> Answer:
        """Send a request to the API. Return its answer when all drains have ended."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Content-Type"] = "application/json"
        if token:
            sent["Authorization"] = f"Bearer {token}"
        answer = next(self._apis).call("request", method, path, sent, body)
        while not self._running.empty():
            self._running.get().result(PATIENCE_SECONDS)
        return Answer(answer["status"], answer["body"])

    def ok(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> Any:
        """Send a request that must succeed. Return the body of its answer."""
        answer = self.request(method, path, body, token, **headers)
        assert answer.status < 300, (method, path, answer)
        return answer.body

    def mail_to(self, address: str) -> list[str]:
        """Return the texts of the e-mails to an address, those of each version in their order."""
        texts = []
        for version in self.versions:
            for raw in version.call("mail"):
                message = message_from_string(raw, policy=policy.default)
                if address in str(message["To"]):
                    part = message.get_body(("plain",))
                    assert part
                    texts.append(str(part.get_content()))
        return texts

    def _deliver(self, sender: Version, function: str, event: Any) -> None:
        """Carry out an asynchronous invocation."""
        worker = next(self._workers)
        self.served.add((sender.name, worker.name))
        self._running.put(worker.start("invoke", DRAINS[function], "drain", event))
