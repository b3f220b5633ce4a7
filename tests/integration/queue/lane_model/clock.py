"""The protocol's scripts under a clock that the test sets, so that no test of them has to wait.

Redis's own clock still ends the time to live of keys; a test that is over in seconds sees none of
that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import ModuleType

import pytest
from redis import Redis

from chalicelib.queue import lanes
from chalicelib.queue.admin import dead_letters, reconciler
from chalicelib.queue.rq.keys import DEFAULT_PREFIX
from chalicelib.queue.scripts import Script
from chalicelib.queue.worker import leases
from tests.integration.queue.lane_model.model import CLOCK_US

_ASK_REDIS = "redis.call('TIME')"
_ASK_THE_TEST = "redis.call('HMGET', prefix .. ':clock', 's', 'us')"

_USED_BY: dict[ModuleType, tuple[str, ...]] = {
    lanes: ("accept", "lane_contents", "position"),
    leases: ("claim", "renew", "settle"),
    dead_letters: ("redrive", "discard"),
    reconciler: ("reconcile_lanes", "reconcile_jobs"),
}


def replaced(text: str, old: str, new: str) -> str:
    """The text with the one place where ``old`` stands changed; it must stand there once."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the script, not once"
    return text.replace(old, new)


class ClockedScript(Script):
    """A script of the protocol that takes the time from the test; ``edits`` change it further."""

    def __init__(self, name: str, edits: Mapping[str, str]) -> None:
        super().__init__(name, adds_jobs=name == "accept")
        self.text = replaced(self.text, _ASK_REDIS, _ASK_THE_TEST)
        for old, new in edits.items():
            self.text = replaced(self.text, old, new)
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Clock:
    """What time it is for the scripts."""

    KEY = f"{DEFAULT_PREFIX}:clock"

    def __init__(self, redis: Redis, now_ms: int) -> None:
        self._redis = redis
        self.now_ms = now_ms
        self.set(now_ms)

    def set(self, now_ms: int) -> None:
        self.now_ms = now_ms
        seconds, ms = divmod(now_ms, 1000)
        # Some microseconds, since Redis's clock has them too and the scripts must cut them off.
        self._redis.hset(self.KEY, mapping={"s": seconds, "us": ms * 1000 + CLOCK_US})


def use_clocked_scripts(
    monkeypatch: pytest.MonkeyPatch, edits: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """Let the protocol use such scripts. ``edits`` are for each script's name."""
    for module, names in _USED_BY.items():
        for name in names:
            script = ClockedScript(name, (edits or {}).get(name, {}))
            assert hasattr(module, name.upper())
            monkeypatch.setattr(module, name.upper(), script)
