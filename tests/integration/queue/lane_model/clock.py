"""Run the scripts with a clock that the test sets, so that no test has to wait.

Times to live of keys still follow Redis's own clock, but a test ends long before they expire.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import ModuleType

import pytest
from redis import Redis

from chalicelib.queue import lanes
from chalicelib.queue.admin import dead_letters, job_eraser, reconciler, replacement
from chalicelib.queue.rq.keys import DEFAULT_PREFIX
from chalicelib.queue.scripts import Script
from chalicelib.queue.worker import leases
from tests.integration.queue.lane_model.model import CLOCK_US

_TIME_OF_REDIS = "redis.call('TIME')"
_TIME_OF_TEST = "redis.call('HMGET', prefix .. ':clock', 's', 'us')"

_USED_BY: dict[ModuleType, tuple[str, ...]] = {
    lanes: ("accept", "erase", "lane_contents", "position", "request_drain"),
    leases: ("claim", "renew", "settle"),
    dead_letters: ("redrive", "discard"),
    job_eraser: ("erase_jobs",),
    replacement: ("replace_drain",),
    reconciler: ("reconcile_lanes", "reconcile_jobs"),
}


def replace_once(text: str, old: str, new: str) -> str:
    """Return a text with its only occurrence of ``old`` replaced."""
    assert text.count(old) == 1, f"the script has {old!r} {text.count(old)} times, not once"
    return text.replace(old, new)


class ClockedScript(Script):
    """A script that takes the time from the test. ``edits`` change its text further."""

    def __init__(self, name: str, edits: Mapping[str, str]) -> None:
        super().__init__(name, adds_jobs=name == "accept")
        self.text = replace_once(self.text, _TIME_OF_REDIS, _TIME_OF_TEST)
        for old, new in edits.items():
            self.text = replace_once(self.text, old, new)
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Clock:
    """The clock of the scripts."""

    KEY = f"{DEFAULT_PREFIX}:clock"

    def __init__(self, redis: Redis, now_ms: int) -> None:
        self._redis = redis
        self.set(now_ms)

    def set(self, now_ms: int) -> None:
        seconds, ms = divmod(now_ms, 1000)
        # Redis's clock has microseconds too, and the scripts must truncate them.
        self._redis.hset(self.KEY, mapping={"s": seconds, "us": ms * 1000 + CLOCK_US})
        self.now_ms = now_ms


def use_clocked_scripts(
    monkeypatch: pytest.MonkeyPatch, edits: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """Make the protocol use scripts with the test's clock. ``edits`` are by script name."""
    for module, names in _USED_BY.items():
        for name in names:
            script = ClockedScript(name, (edits or {}).get(name, {}))
            assert hasattr(module, name.upper())
            monkeypatch.setattr(module, name.upper(), script)
