"""Call the handler for a claim and decide what each outcome means for its lane."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.queue.errors import StoreUnavailable
from chalicelib.queue.worker.outcomes import Dead, Outcome, Retry, Skip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.queue.limits import Limits
    from chalicelib.queue.models import Claim
    from chalicelib.queue.rq.job import ClaimedJob
    from chalicelib.queue.worker.protocols import Handler, Observer

STORE_DOWN_RETRY_SECONDS = 5.0
# The first crashes of a lane may be the fault of another lane that was claimed with it.
SHARED_CRASHES = 2


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts to handle the jobs of claims.

    Args:
        handler: handles the jobs.
        observer: receives the handler's errors.
        limits: the limits of the lanes.
        time_left: returns the seconds left for handling jobs.
    """

    handler: Handler
    observer: Observer
    limits: Limits
    time_left: Callable[[], float]

    def handle(self, claim: Claim) -> list[list[Outcome]]:
        """Handle the jobs of a claim.

        Returns:
            The outcomes of each lane, up to its first retry or skipped job.
        """
        crashed = {
            lane.jobs[0].id: Dead(f"its worker died {lane.crashes} times while doing it")
            for lane in claim.lanes
            if lane.crashes > max(self.limits.max_attempts, SHARED_CRASHES)
        }
        jobs = [job for job in claim.jobs if job.id not in crashed] if crashed else claim.jobs
        outcomes = iter(self._attempt(jobs) if jobs else ())
        return [
            self._until_retry(
                lane.jobs, [crashed.get(job.id) or next(outcomes) for job in lane.jobs]
            )
            for lane in claim.lanes
        ]

    def replace_invalid(
        self,
        claim: Claim,
        outcomes: Sequence[Sequence[Outcome]],
        errors: Mapping[str, Exception],
    ) -> list[list[Outcome]]:
        """Replace the outcomes that could not be stored by retries of those jobs."""
        replaced = []
        for lane, of_lane in zip(claim.lanes, outcomes, strict=True):
            valid: list[Outcome] = []
            for job, outcome in zip(lane.jobs, of_lane, strict=False):
                error = errors.get(job.id)
                if error:
                    self.observer.on_handler_error([job], error)
                valid.append(Retry(_reason(error)) if error else outcome)
            replaced.append(self._until_retry(lane.jobs, valid))
        return replaced

    def _until_retry(
        self, jobs: Sequence[ClaimedJob], outcomes: Sequence[Outcome]
    ) -> list[Outcome]:
        """Return the outcomes of a lane up to its first retry, for which the later jobs wait.

        A skipped job and those behind it have no outcome, so they stay in their lane.
        """
        applied: list[Outcome] = []
        for job, outcome in zip(jobs, outcomes, strict=False):
            if isinstance(outcome, Skip):
                break
            if isinstance(outcome, Retry):
                outcome = retry_or_dead(job, outcome, self.limits)
            applied.append(outcome)
            if isinstance(outcome, Retry):
                break
        return applied

    def _attempt(self, jobs: Sequence[ClaimedJob]) -> Sequence[Outcome]:
        """Handle jobs. If the handler raises, handle each job alone."""
        try:
            deadline = time.monotonic() + self.time_left()
            outcomes = list(self.handler.handle(jobs, deadline))
            if len(outcomes) != len(jobs):
                raise RuntimeError(
                    f"the handler returned {len(outcomes)} outcomes for {len(jobs)} jobs"
                )
        except StoreUnavailable as error:
            self.observer.on_handler_error(jobs, error)
            return [Retry(_reason(error), STORE_DOWN_RETRY_SECONDS, counts=False)] * len(jobs)
        except Exception as error:
            self.observer.on_handler_error(jobs, error)
            if len(jobs) > 1:
                return self._attempt_each(jobs)
            return [Retry(_reason(error))]
        return outcomes

    def _attempt_each(self, jobs: Sequence[ClaimedJob]) -> list[Outcome]:
        """Handle each job alone. Jobs for which no time is left return to their lanes."""
        outcomes: list[Outcome] = []
        waiting_lanes: set[str] = set()
        for job in jobs:
            outcome: Outcome = Skip()
            if job.lane not in waiting_lanes and self.time_left() > 0:
                [outcome] = self._attempt([job])
            if isinstance(outcome, (Retry, Skip)):
                # The jobs behind it wait, because their effects must come after its own.
                waiting_lanes.add(job.lane)
            outcomes.append(outcome)
        return outcomes


def retry_or_dead(job: ClaimedJob, retry: Retry, limits: Limits) -> Retry | Dead:
    """Return the retry with its delay, or a dead letter if this was the last attempt."""
    attempts = job.attempts + 1 if retry.counts else max(1, job.attempts)
    if retry.counts and attempts >= limits.max_attempts:
        return Dead(retry.reason)
    if retry.delay is None:
        return Retry(retry.reason, limits.backoff(attempts), retry.counts)
    return retry


def _reason(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        # The text of an exception may raise, too.
        return type(error).__name__
