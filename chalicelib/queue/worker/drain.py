"""The loop of a worker function: claim, handle, settle, until the lanes are empty."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chalicelib.queue.errors import REDIS_ERRORS
from chalicelib.queue.lanes import UnpackableOutcomes
from chalicelib.queue.worker.lease_keeper import Keeper
from chalicelib.queue.worker.outcomes import Dead, Outcome, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.queue.lanes import Claim, Lanes, Settled, Wake
    from chalicelib.queue.limits import Limits
    from chalicelib.queue.rq.job import ClaimedJob

STORE_DOWN_RETRY_SECONDS = 5.0
# So many crashes of its lane may a job owe to another one.
SHARED_CRASHES = 2


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
        """The handler raised, or its outcomes are none; the jobs go back to their lanes."""

    def stale(self, lanes: Sequence[str]) -> None:
        """These lanes had been leased to another drain meanwhile; it does their jobs again."""

    def interrupted(self, error: Exception) -> None:
        """Redis did not answer, by one of REDIS_ERRORS.

        What was claimed is claimed again when its lease is over.
        """


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
    wake: Callable[[Wake], None],
    observer: Observer,
    reserve: float = 10.0,
    poll: float = 0.25,
    patience: float = 20.0,
) -> Drained:
    """Serve lanes until nothing is ready, leased or soon due, or the time is nearly up.

    Args:
        lanes: the lanes to serve.
        handler: what to do with their jobs.
        drain_id: the id under which this drain was asked for, or a new one.
        remaining: the seconds this invocation may still run.
        wake: called, in a thread of its own, for each drain to be woken.
        observer: told of what happened.
        reserve: time (s) kept for handling and settling one last batch.
        poll: how often (s) an idle drain looks while it stays for lanes that others hold.
        patience: how long (s) Redis may not answer before this gives up.

    Raises:
        redis.exceptions.RedisError, redis.exceptions.RedisClusterException: Redis could not be
            reached; leases run out by themselves.
    """
    done = Drained()
    with Keeper(lanes, drain_id, wake) as keeper:
        run = _Run(lanes, handler, drain_id, lambda: remaining() - reserve, observer, keeper, done)
        failing_since: float | None = None
        while run.time_left() > 0:
            try:
                pause = run.serve(poll)
                failing_since = None
            except REDIS_ERRORS as error:
                observer.interrupted(error)
                failing_since = failing_since or time.monotonic()
                if time.monotonic() - failing_since > patience:
                    raise
                pause = 2 * poll
            finally:
                keeper.hold(None)
            if pause is None:
                return done
            if pause > 0:
                time.sleep(max(0.0, min(pause, run.time_left())))
        done.unfinished = True
        # Off the list: should its successor not start, the next accept wakes another.
        lanes.retire(drain_id)
        keeper.wake(lanes.new_drain())
    return done


@dataclass(slots=True)
class _Run:
    """One run of a drain."""

    lanes: Lanes
    handler: Handler
    drain_id: str
    time_left: Callable[[], float]
    observer: Observer
    keeper: Keeper
    done: Drained
    idle_since: float | None = None

    def serve(self, poll: float) -> float | None:
        """Claim, handle, settle. Returns how long (s) to pause, or None when there is no work."""
        claim = self.lanes.claim(self.drain_id)
        self.done.claims += 1
        for wake in claim.wake:
            self.keeper.wake(wake)
        if not claim.lanes:
            return self._pause(claim, poll)
        self.idle_since = None
        self.keeper.hold(claim)
        started = time.perf_counter()
        outcomes = self._handle(claim)
        outcomes, settled = self._settle(claim, outcomes, time.perf_counter() - started)
        for wake in settled.wake:
            self.keeper.wake(wake)
        self._report(claim, outcomes, settled.stale)
        return 0.0

    def _settle(
        self, claim: Claim, outcomes: list[list[Outcome]], seconds: float
    ) -> tuple[list[list[Outcome]], Settled]:
        """Settle; an outcome that cannot be written down is a failure of its job alone."""
        try:
            return outcomes, self.lanes.settle(claim, outcomes, seconds=seconds)
        except UnpackableOutcomes as unpackable:
            errors = unpackable.errors
        mended = []
        for lane, of_lane in zip(claim.lanes, outcomes, strict=True):
            tried: list[Outcome] = []
            for job, outcome in zip(lane.jobs, of_lane, strict=False):
                error = errors.get(job.id)
                if error:
                    self.observer.failed([job], error)
                tried.append(Retry(_reason(error)) if error else outcome)
            mended.append(self._up_to_a_retry(lane.jobs, tried))
        return mended, self.lanes.settle(claim, mended, seconds=seconds)

    def _pause(self, claim: Claim, poll: float) -> float | None:
        """How long to wait when there is nothing to claim.

        Others hold lanes, or a retry does, or the jobs that follow are not served yet: this drain
        stays for them, so that whoever dies is replaced. While others hold lanes it stays as long
        as its time lasts, and else not for ever.
        """
        now = time.monotonic()
        if self.idle_since is None or claim.leased:
            self.idle_since = now
        if not claim.stay:
            return None
        if now - self.idle_since > self.lanes.limits.stay:
            self.lanes.retire(self.drain_id)
            return None
        return poll if claim.next_due is None else min(claim.next_due + 0.002, poll)

    def _handle(self, claim: Claim) -> list[list[Outcome]]:
        """The outcomes of each lane, up to and with its first retry."""
        condemned = {
            lane.jobs[0].id: Dead(f"its worker died {lane.crashes} times while doing it")
            for lane in claim.lanes
            if lane.crashes > max(self.lanes.limits.attempts, SHARED_CRASHES)
        }
        jobs = [job for job in claim.jobs if job.id not in condemned] if condemned else claim.jobs
        outcomes = iter(self._attempt(jobs) if jobs else ())
        return [
            self._up_to_a_retry(
                lane.jobs, [condemned.get(job.id) or next(outcomes) for job in lane.jobs]
            )
            for lane in claim.lanes
        ]

    def _up_to_a_retry(
        self, jobs: Sequence[ClaimedJob], outcomes: Sequence[Outcome]
    ) -> list[Outcome]:
        """The outcomes of a lane that count: the jobs behind one that is to be retried wait."""
        counting: list[Outcome] = []
        for job, outcome in zip(jobs, outcomes, strict=False):
            if isinstance(outcome, Retry):
                outcome = _due(job, outcome, self.lanes.limits)
            counting.append(outcome)
            if isinstance(outcome, Retry):
                break
        return counting

    def _attempt(self, jobs: Sequence[ClaimedJob]) -> Sequence[Outcome]:
        """The outcomes of a batch, whatever its handler does."""
        try:
            outcomes = list(self.handler(jobs))
            if len(outcomes) != len(jobs):
                raise RuntimeError(
                    f"the handler gave {len(outcomes)} outcomes for {len(jobs)} jobs"
                )
        except StoreUnavailable as error:
            self.observer.failed(jobs, error)
            return [Retry(_reason(error), STORE_DOWN_RETRY_SECONDS, counts=False)] * len(jobs)
        except Exception as error:
            self.observer.failed(jobs, error)
            if len(jobs) > 1:
                return self._one_by_one(jobs)
            return [Retry(_reason(error))]
        return outcomes

    def _one_by_one(self, jobs: Sequence[ClaimedJob]) -> list[Outcome]:
        """Handle each job alone, so that one which makes the handler fail does not fail the others.

        What there is no time for goes back to its lane.
        """
        outcomes: list[Outcome] = []
        held: set[str] = set()
        for job in jobs:
            # The jobs behind a retry in the same lane wait: their effects come after its own.
            outcome: Outcome = Retry("not tried", 0, counts=False)
            if job.lane not in held and self.time_left() > 0:
                [outcome] = self._attempt([job])
            if isinstance(outcome, Retry):
                held.add(job.lane)
            outcomes.append(outcome)
        return outcomes

    def _report(
        self, claim: Claim, outcomes: Sequence[Sequence[Outcome]], stale: Sequence[str]
    ) -> None:
        if stale:
            self.observer.stale(stale)
        applied = [
            (job, outcome)
            for lane, of_lane in zip(claim.lanes, outcomes, strict=True)
            if lane.name not in stale
            for job, outcome in zip(lane.jobs, of_lane, strict=False)
        ]
        self.done.applied += len(applied)
        self.observer.settled(applied)


def _reason(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        # What cannot even be written down.
        return type(error).__name__


def _due(job: ClaimedJob, retry: Retry, limits: Limits) -> Retry | Dead:
    """A retry with its delay, or, after the last attempt, a dead letter."""
    attempts = job.attempts + 1 if retry.counts else max(1, job.attempts)
    if retry.counts and attempts >= limits.attempts:
        return Dead(retry.reason)
    if retry.delay is None:
        return Retry(retry.reason, limits.backoff(attempts), retry.counts)
    return retry
