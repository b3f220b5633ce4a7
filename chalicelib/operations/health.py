"""Health: whether a stage can do its work, and if not, what is wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Check(msgspec.Struct, frozen=True):
    """One thing that must work. ``problem`` says in words what does not."""

    ok: bool
    milliseconds: float
    problem: str | None = None


class Readiness(msgspec.Struct, frozen=True):
    """Whether all of them do."""

    ready: bool
    checks: dict[str, Check]


def readiness(probes: Mapping[str, Callable[[], object]]) -> Readiness:
    """Run each probe; one that raises has failed."""
    checks = {name: _check(probe) for name, probe in probes.items()}
    return Readiness(all(check.ok for check in checks.values()), checks)


def _check(probe: Callable[[], object]) -> Check:
    started = time.perf_counter()
    problem = None
    try:
        probe()
    except Exception as error:
        # The type alone: the text of a driver's error holds addresses and sometimes passwords.
        problem = f"it does not answer ({type(error).__name__})"
    return Check(problem is None, round((time.perf_counter() - started) * 1000, 1), problem)
