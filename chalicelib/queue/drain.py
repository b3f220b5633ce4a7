"""The loop of a worker function: claim, handle, settle, until the lanes are empty."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chalicelib.queue.job import Dead, Outcome, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.queue.job import ClaimedJob
    from chalicelib.queue.lanes import Claim, Lanes

ATTEMPTS = 5
FIRST_RETRY_SECONDS = 2.0
STORE_DOWN_RETRY_SECONDS = 5.0


class StoreUnavailable(Exception):
    """A handler cannot work now and nothing is wrong with its jobs: they do not lose an attempt."""


class Handler(Protocol):
    """What a worker function does with the jobs of many lanes at once.

    It returns an outcome for each job, in the same order, and raises StoreUnavailable when what it
    needs is down. The jobs of a lane stand in order; once one of them is to be retried, outcomes of
    the later ones are not applied, so their effects must be idempotent.
    """

    def __call__(self, jobs: Sequence[ClaimedJob], /) -> Sequence[Outcome]:
        """Handle the jobs of one claim."""


class Observer(Protocol):
    """Is told of each settled batch and each failure, for logs and metrics."""

    def settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]]) -> None:
        """These outcomes were applied."""

    def failed(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        """The handler raised; the jobs go back to their lanes."""

    def stale(self, lanes: Sequence[str]) -> None:
        """These lanes had been leased to another drain meanwhile; it does their jobs again."""


@dataclass(slots=True)
class Drained:
    """What one run did. ``unfinished`` says that it stopped for lack of time, not of work."""

    applied: int = 0
    claims: int = 0
    unfinished: bool = False


def drain(
    lanes: Lanes,
    handler: Handler,
    *,
    drain_id: str,
    remaining: Callable[[], float],
    wake: Callable[[str, str], None],
    observer: Observer,
    reserve: float = 10.0,
    linger: float = 6.0,
) -> Drained:
    """Serve lanes until none is ready or less than ``reserve`` seconds remain.

    Args:
        lanes: the lanes to serve.
        handler: what to do with their jobs.
        drain_id: the id under which accept or settle asked for this drain, or a new one.
        remaining: the seconds this invocation may still run.
        wake: called with (kind, drain id) to wake the drain of follow-up jobs.
        observer: told of what happened.
        reserve: time (s) kept for handling and settling one last batch.
        linger: wait this long (s) at most for a lane held back by a retry or a lost lease, rather
            than leave it to the next schedule.

    Raises:
        redis.exceptions.RedisError: Redis cannot be reached; leases run out by themselves.
    """
    done = Drained()
    until = time.monotonic() + linger
    while remaining() > reserve:
        claim = lanes.claim(drain_id)
        done.claims += 1
        if not claim.lanes:
            due = claim.next_due
            if due is None or time.monotonic() + due > until or remaining() - due <= reserve:
                return done
            time.sleep(due + 0.01)
            continue
        until = time.monotonic() + linger
        outcomes = _handle(handler, claim, observer)
        applied, followers = _settle(lanes, claim, outcomes, observer)
        done.applied += applied
        for kind, follower in followers.items():
            wake(kind, follower)
    done.unfinished = True
    return done


def _handle(handler: Handler, claim: Claim, observer: Observer) -> dict[str, list[Outcome]]:
    """The outcomes of each lane, up to and with its first retry."""
    jobs = claim.jobs
    outcomes = _attempt(handler, jobs, observer)
    by_lane: dict[str, list[Outcome]] = {lane.name: [] for lane in claim.lanes}
    for job, outcome in zip(jobs, outcomes, strict=True):
        earlier = by_lane[job.lane]
        if not (earlier and isinstance(earlier[-1], Retry)):
            earlier.append(_given_up(job, outcome))
    return by_lane


def _attempt(handler: Handler, jobs: Sequence[ClaimedJob], observer: Observer) -> list[Outcome]:
    """The outcomes of a batch, whatever its handler does."""
    try:
        outcomes = list(handler(jobs))
        if len(outcomes) != len(jobs):
            raise RuntimeError(f"the handler gave {len(outcomes)} outcomes for {len(jobs)} jobs")
    except StoreUnavailable as error:
        observer.failed(jobs, error)
        return [Retry(STORE_DOWN_RETRY_SECONDS, str(error), counts=False)] * len(jobs)
    except Exception as error:
        observer.failed(jobs, error)
        if len(jobs) > 1:
            return _one_by_one(handler, jobs, observer)
        reason = f"{type(error).__name__}: {error}"
        return [Retry(FIRST_RETRY_SECONDS * 2 ** jobs[0].attempts, reason)]
    return outcomes


def _one_by_one(handler: Handler, jobs: Sequence[ClaimedJob], observer: Observer) -> list[Outcome]:
    """Handle each job alone, so that one which makes the handler fail does not fail the others."""
    outcomes: list[Outcome] = []
    held: set[str] = set()
    for job in jobs:
        # The jobs behind a retry in the same lane wait for it: their effects come after its own.
        outcome: Outcome = Retry(0, counts=False)
        if job.lane not in held:
            [outcome] = _attempt(handler, [job], observer)
        if isinstance(outcome, Retry):
            held.add(job.lane)
        outcomes.append(outcome)
    return outcomes


def _given_up(job: ClaimedJob, outcome: Outcome) -> Outcome:
    """The last attempt's retry is a dead letter."""
    if isinstance(outcome, Retry) and outcome.counts and job.attempts + 1 >= ATTEMPTS:
        return Dead(outcome.reason)
    return outcome


def _settle(
    lanes: Lanes, claim: Claim, outcomes: dict[str, list[Outcome]], observer: Observer
) -> tuple[int, dict[str, str]]:
    """Settle a claim. Returns how many outcomes were applied, and the drains to wake by kind."""
    settled = lanes.settle([(lane, outcomes[lane.name]) for lane in claim.lanes])
    if settled.stale:
        observer.stale(settled.stale)
    applied = [
        (job, outcome)
        for lane in claim.lanes
        if lane.name not in settled.stale
        for job, outcome in zip(lane.jobs, outcomes[lane.name], strict=False)
    ]
    observer.settled(applied)
    return len(applied), settled.wake
