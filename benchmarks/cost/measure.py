"""Measure what an application uses: commands, processor time, bytes, invocations, e-mails.

Two ways of arriving bound the cost: one by one, where each application starts its own drains, and
all at once, where a drain serves a hundred in a claim.
"""

from __future__ import annotations

import json
import platform
import statistics
import tempfile
import time
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from redis import Redis

from benchmarks.bench import say
from benchmarks.contestants.environment import api_event
from benchmarks.cost.installation import Installation, installation
from benchmarks.servers import Servers, running

FILE = Path(__file__).with_name("usage.json")
APPLY = "/v1/postings/{posting_id}/applications"
STATUS = "/v1/applications/{application_id}"
POSTINGS = "/v1/postings"
# A letter of about 300 words.
LETTER = "I build boats, and I would like to build them with you. " * 30
MINUTES = 5


def measure(alone: int, burst: int) -> dict[str, Any]:
    """Return the use of one application, and of one idle minute.

    Args:
        alone: How many applications arrive one by one.
        burst: How many arrive before a drain starts.
    """
    with (
        running("always") as servers,
        tempfile.TemporaryFile("w+") as log,
        redirect_stdout(log),
        installation(servers) as installed,
        Redis.from_url(servers.redis_url) as redis,
    ):
        installed.containers["api"].operations.prepare()
        meter = _Meter(installed, redis, servers, log)
        people = _People(installed, alone + burst + 1)
        # What is done once only: imports, connections, scripts.
        people.apply()
        installed.settle()
        for worker in ("applications", "mail"):
            installed.sweep(worker)
        say("    one by one")
        with meter:
            for _ in range(alone):
                people.apply()
                installed.settle()
        one_by_one = meter.used_by(alone)
        say("    all at once")
        with meter:
            held = people.apply_without_drains(burst)
        accepting = meter.used_by(burst)
        with meter:
            began = time.monotonic()
            people.start_drains(held)
            seconds = time.monotonic() - began
        draining = meter.used_by(burst)
        at_once = {
            name: _rounded(accepting.get(name, 0.0) + draining.get(name, 0.0))
            for name in accepting | draining
        }
        say("    reading")
        with meter:
            for _ in range(alone):
                people.read()
        reading = meter.used_by(2 * alone)
        say("    idle")
        with meter:
            sweeps = [
                {worker: installed.sweep(worker) for worker in ("applications", "mail")}
                for _ in range(MINUTES)
            ]
        idle = meter.used_by(MINUTES) | {
            f"{worker}_sweep_seconds": _rounded(statistics.median(one[worker] for one in sweeps))
            for worker in ("applications", "mail")
        }
        metrics = _metrics(log)
    return {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"one core of {platform.machine()}, Python {platform.python_version()}",
        "applications": {"one_by_one": alone, "at_once": burst},
        "one_by_one": one_by_one,
        "at_once": at_once,
        "accepting": accepting,
        "draining": draining | {"seconds": _rounded(seconds)},
        "reading_request": reading,
        "idle_minute": idle,
        "custom_metrics": {"number": metrics},
    }


class _Meter:
    """Counts what is used inside a ``with`` block."""

    def __init__(
        self, installed: Installation, redis: Redis, servers: Servers, log: IO[str]
    ) -> None:
        self._installed = installed
        self._redis = redis
        self._servers = servers
        self._log = log
        self._before: dict[str, float] = {}
        self._used: dict[str, float] = {}

    def __enter__(self) -> None:
        self._installed.seconds.clear()
        self._before = self._read()

    def __exit__(self, *_: object) -> None:
        after = self._read()
        self._used = {name: value - self._before[name] for name, value in after.items()}

    def used_by(self, number: int) -> dict[str, float]:
        """Return the use of each of ``number`` applications, requests or minutes."""
        used = {name: _rounded(value / number) for name, value in self._used.items()}
        for kind, seconds in self._installed.seconds.items():
            name = kind.replace(" ", "_")
            used[f"{name}_invocations"] = _rounded(len(seconds) / number)
            used[f"{name}_seconds"] = _rounded(sum(seconds) / number)
        return used

    def _read(self) -> dict[str, float]:
        info: Any = self._redis.info("everything")
        sent, mail_bytes = self._installed.sent
        container = self._installed.containers["api"]
        stats = container.database.command("dbstats")
        commands = sum(one["calls"] for name, one in info.items() if name.startswith("cmdstat_"))
        return {
            "redis_commands": commands,
            "redis_cpu_us": 1e6 * (info["used_cpu_user"] + info["used_cpu_sys"]),
            "redis_bytes_in": info["total_net_input_bytes"],
            "redis_bytes_out": info["total_net_output_bytes"],
            "redis_memory_bytes": info["used_memory"],
            "mongodb_commands": sum(self._installed.mongo.commands.values()),
            "mongodb_bytes": stats["dataSize"],
            "log_bytes": self._log.tell(),
            "process_cpu_us": 1e6 * time.process_time(),
            "emails": sent,
            "email_bytes": mail_bytes,
        }


class _People:
    """Candidates with an account and a token, and a posting."""

    def __init__(self, installed: Installation, number: int) -> None:
        from chalicelib.auth.models import Caller, Role
        from chalicelib.common.ids import new_id
        from chalicelib.recruiting.postings.models import Posting

        self._installed = installed
        parts = installed.containers["api"]
        self._posting = new_id()
        parts.recruiting.postings.publish(
            Posting(
                id=self._posting,
                title="Boat builder",
                employer="Yard & Sons",
                location="Bergen",
                description="Build boats. " * 100,
                published_at=datetime.now(UTC),
                closes_at=None,
            )
        )
        self._tokens = []
        for index in range(number):
            email = f"candidate-{index}@example.com"
            account = parts.auth.accounts.create(email, f"Candidate {index}", "unused")
            caller = Caller(account["_id"], Role.CANDIDATE, new_id())
            self._tokens.append(parts.auth.access_tokens.issue(caller))
        self._sent: list[tuple[str, str]] = []

    def apply(self) -> None:
        """Let the next candidate apply."""
        token = self._tokens.pop()
        event = api_event(
            "POST",
            APPLY,
            token,
            path={"posting_id": self._posting},
            body={"cover_letter": LETTER, "links": []},
            Idempotency_Key=f"key-{len(self._tokens)}",
        )
        receipt = self._installed.request(event, "apply")
        self._sent.append((token, receipt["id"]))

    def apply_without_drains(self, number: int) -> list[Any]:
        """Let many apply before the first drain starts. Return the wakes of these drains."""
        held: list[Any] = []
        api = self._installed.containers["api"]
        waker = api.waker
        api.override(waker=_Holder(held))
        for _ in range(number):
            self.apply()
        api.override(waker=waker)
        return held

    def start_drains(self, held: list[Any]) -> None:
        """Start the drains, and wait until all drains have ended."""
        for wake in held:
            self._installed.containers["api"].waker.wake(wake)
        self._installed.settle()

    def read(self) -> None:
        """Let a candidate look at their application and at the list of postings."""
        token, application = self._sent[len(self._sent) // 2]
        path = {"application_id": application}
        self._installed.request(api_event("GET", STATUS, token, path=path), "status")
        self._installed.request(api_event("GET", POSTINGS, token, path={}), "postings")


class _Holder:
    """A waker that keeps the wakes for later."""

    def __init__(self, held: list[Any]) -> None:
        self._held = held

    def wake(self, wake: Any) -> None:
        self._held.append(wake)


def _metrics(log: IO[str]) -> int:
    """Return how many metrics the log has: each name with each value of its dimensions is one."""
    log.seek(0)
    found = set()
    for line in log:
        fields = json.loads(line) if line.startswith('{"_aws"') else {}
        for directive in fields.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                values = tuple(fields[name] for name in names)
                found |= {(one["Name"], *values) for one in directive["Metrics"]}
    return len(found)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
