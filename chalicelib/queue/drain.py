"""The loop of a worker function: claim, handle, settle, until the lanes are empty."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from chalicelib.queue.job import Dead, Outcome, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.queue.job import ClaimedJob
    from chalicelib.queue.lanes import Claim, Lanes, Settled

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
    wake: dict[str, str] = field(default_factory=dict)


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
        settled = _settle(lanes, claim, outcomes, observer)
        done.applied += sum(len(outcomes[lane.name]) for lane in claim.lanes) - len(settled.stale)
        for kind, successor in settled.wake.items():
            wake(kind, successor)
    done.unfinished = True
    return done


def _handle(handler: Handler, claim: Claim, observer: Observer) -> dict[str, list[Outcome]]:
    """The outcomes of each lane, up to and with its first retry."""
    jobs = claim.jobs
    try:
        outcomes = list(handler(jobs))
    except StoreUnavailable as error:
        observer.failed(jobs, error)
        outcomes = [Retry(STORE_DOWN_RETRY_SECONDS, str(error), counts=False)] * len(jobs)
    except Exception as error:
        observer.failed(jobs, error)
        outcomes = [_failed(job, error) for job in jobs]
    if len(outcomes) != len(jobs):
        raise RuntimeError(f"the handler gave {len(outcomes)} outcomes for {len(jobs)} jobs")
    by_lane: dict[str, list[Outcome]] = defaultdict(list)
    for job, outcome in zip(jobs, outcomes, strict=True):
        earlier = by_lane[job.lane]
        if not (earlier and isinstance(earlier[-1], Retry)):
            earlier.append(outcome)
    return by_lane


def _failed(job: ClaimedJob, error: Exception) -> Outcome:
    reason = f"{type(error).__name__}: {error}"
    if job.attempts + 1 >= ATTEMPTS:
        return Dead(reason)
    return Retry(FIRST_RETRY_SECONDS * 2**job.attempts, reason)


def _settle(
    lanes: Lanes, claim: Claim, outcomes: dict[str, list[Outcome]], observer: Observer
) -> Settled:
    settled = lanes.settle([(lane, outcomes[lane.name]) for lane in claim.lanes])
    if settled.stale:
        observer.stale(settled.stale)
    observer.settled(
        [
            (job, outcome)
            for lane in claim.lanes
            if lane.name not in settled.stale
            for job, outcome in zip(lane.jobs, outcomes[lane.name], strict=False)
        ]
    )
    return settled
