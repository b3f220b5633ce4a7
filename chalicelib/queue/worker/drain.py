"""The loop of a worker function: claim, handle, settle, until the lanes are empty."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.queue.errors import REDIS_ERRORS, InvalidOutcomes
from chalicelib.queue.worker.attempts import Attempts
from chalicelib.queue.worker.lease_keeper import LeaseKeeper
from chalicelib.queue.worker.protocols import ClaimTimes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.queue.models import Claim, SettleResult, Waker
    from chalicelib.queue.worker.leases import Leases
    from chalicelib.queue.worker.outcomes import Outcome
    from chalicelib.queue.worker.protocols import Handler, Observer


@dataclass(slots=True)
class DrainResult:
    """The result of one drain.

    Args:
        applied: how many outcomes were stored.
        claims: how many claims were made.
        unfinished: the drain stopped because its time was up, not because the lanes were empty.
    """

    applied: int = 0
    claims: int = 0
    unfinished: bool = False


def drain(
    leases: Leases,
    handler: Handler,
    *,
    drain_id: str,
    remaining: Callable[[], float],
    waker: Waker,
    observer: Observer,
    reserve: float = 10.0,
    poll: float = 0.25,
    patience: float = 20.0,
) -> DrainResult:
    """Serve lanes until none is ready, leased or soon due, or the time is nearly up.

    Args:
        leases: the leases of the lanes to serve.
        handler: handles the jobs.
        drain_id: the id in the wake that started this drain, or a new one.
        remaining: returns the seconds that this invocation may still run.
        waker: starts other drains, and a successor if the time is up. It is called in a thread.
        observer: receives the events.
        reserve: seconds kept for handling and settling a last batch.
        poll: seconds between the claims of an idle drain.
        patience: seconds without an answer from Redis after which the drain raises.

    Raises:
        redis.exceptions.RedisError, redis.exceptions.RedisClusterException: Redis did not answer.
            The leases expire.
    """
    with LeaseKeeper(leases, drain_id, waker) as keeper:
        attempts = Attempts(handler, observer, leases.lanes.limits, lambda: remaining() - reserve)
        loop = _Loop(leases, attempts, drain_id, observer, keeper, poll)
        failing_since: float | None = None
        while attempts.time_left() > 0:
            try:
                pause = loop.serve()
                failing_since = None
            except REDIS_ERRORS as error:
                observer.on_redis_error(error)
                failing_since = failing_since or time.monotonic()
                if time.monotonic() - failing_since > patience:
                    raise
                pause = 2 * poll
            finally:
                keeper.hold(None)
            if pause is None:
                return loop.result
            if pause > 0:
                time.sleep(max(0.0, min(pause, attempts.time_left())))
        loop.result.unfinished = True
        # If the successor does not start, the next accept wakes another drain.
        leases.lanes.retire(drain_id)
        keeper.wake(leases.lanes.new_drain())
    return loop.result


@dataclass(slots=True)
class _Loop:
    """The state of one drain."""

    leases: Leases
    attempts: Attempts
    drain_id: str
    observer: Observer
    keeper: LeaseKeeper
    poll: float
    idle_since: float | None = None
    result: DrainResult = field(default_factory=DrainResult)

    def serve(self) -> float | None:
        """Claim, handle, settle. Returns how long (s) to pause, or None when there is no work."""
        began = time.time()
        claim = self.leases.claim(self.drain_id)
        self.result.claims += 1
        for wake in claim.wakes:
            self.keeper.wake(wake)
        if not claim.lanes:
            return self._pause(claim)
        self.idle_since = None
        self.keeper.hold(claim)
        claimed, started = time.time(), time.perf_counter()
        outcomes = self.attempts.handle(claim)
        handled = time.time()
        outcomes, settled = self._settle(claim, outcomes, time.perf_counter() - started)
        times = ClaimTimes(began, claimed, handled, time.time())
        for wake in settled.wakes:
            self.keeper.wake(wake)
        self._report(claim, outcomes, settled.stale, times)
        return 0.0

    def _settle(
        self, claim: Claim, outcomes: list[list[Outcome]], seconds: float
    ) -> tuple[list[list[Outcome]], SettleResult]:
        """Settle a claim. An outcome that cannot be stored fails only its own job."""
        try:
            return outcomes, self.leases.settle(claim, outcomes, seconds=seconds)
        except InvalidOutcomes as invalid:
            outcomes = self.attempts.replace_invalid(claim, outcomes, invalid.errors)
        return outcomes, self.leases.settle(claim, outcomes, seconds=seconds)

    def _pause(self, claim: Claim) -> float | None:
        """Return how long (s) to wait when there is nothing to claim, or None to stop.

        The drain continues while other drains hold lanes, as long as its time lasts, so that it
        can replace one that dies. It continues for ``Limits.idle_timeout`` at most for a delayed
        lane or for follow-up jobs that no drain serves yet.
        """
        now = time.monotonic()
        if self.idle_since is None or claim.any_leased:
            self.idle_since = now
        if not claim.stay:
            return None
        lanes = self.leases.lanes
        if now - self.idle_since > lanes.limits.idle_timeout:
            lanes.retire(self.drain_id)
            return None
        return self.poll if claim.next_due is None else min(claim.next_due + 0.002, self.poll)

    def _report(
        self,
        claim: Claim,
        outcomes: Sequence[Sequence[Outcome]],
        stale: Sequence[str],
        times: ClaimTimes,
    ) -> None:
        if stale:
            self.observer.on_lease_lost(stale)
        applied = [
            (job, outcome)
            for lane, of_lane in zip(claim.lanes, outcomes, strict=True)
            if lane.name not in stale
            for job, outcome in zip(lane.jobs, of_lane, strict=False)
        ]
        self.result.applied += len(applied)
        self.observer.on_settled(applied, times)
