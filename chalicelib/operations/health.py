"""Readiness: whether everything that the API needs answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import msgspec

from chalicelib.common.outages import describe_outage, store_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class StoreNotDurableError(Exception):
    """The store can lose what it acknowledged. The message may be shown to anybody."""

    code = "store-not-durable"


Intake = Literal["open", "paused", "unknown"]


class Check(msgspec.Struct, frozen=True):
    """The result of one probe; ``problem`` says in words what failed.

    Args:
        ok: whether the probe succeeded.
        milliseconds: how long it took.
        problem: what failed, for people.
        code: what failed, for programs: ``store-not-durable``, or none.
    """

    ok: bool
    milliseconds: float
    problem: str | None = None
    code: str | None = None


class Readiness(msgspec.Struct, frozen=True):
    """The results of all probes, and whether new applications are taken.

    A paused intake is no failure: everything else works, and an operator has paused it.
    """

    ready: bool
    checks: dict[str, Check]
    intake: Intake


def readiness(
    probes: Mapping[str, Callable[[], object]], is_intake_paused: Callable[[], bool]
) -> Readiness:
    """Run all probes. A probe that raises has failed."""
    checks = {name: _check(probe) for name, probe in probes.items()}
    intake: Intake = "unknown"
    # A second call would wait for a Redis that does not answer, too.
    if "redis" in checks and checks["redis"].ok:
        try:
            intake = "paused" if is_intake_paused() else "open"
        except store_errors():
            pass
    return Readiness(all(check.ok for check in checks.values()), checks, intake)


def _describe(error: Exception) -> str:
    return describe_outage(error) if isinstance(error, store_errors()) else "does not answer"


def _check(probe: Callable[[], object]) -> Check:
    started = time.perf_counter()
    problem = code = None
    try:
        probe()
    except StoreNotDurableError as error:
        problem, code = str(error), error.code
    except Exception as error:
        # Not the text of the error, because it may hold addresses and passwords.
        problem = f"it {_describe(error)} ({type(error).__name__})"
    return Check(problem is None, round((time.perf_counter() - started) * 1000, 1), problem, code)
