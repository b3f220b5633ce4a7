"""A handler's retry becomes a delay or a dead letter."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from chalicelib.queue import ClaimedJob, Limits
from chalicelib.queue.models import Claim, ClaimedLane
from chalicelib.queue.worker import Dead, Done, Outcome, Retry, Skip
from chalicelib.queue.worker.attempts import Attempts, retry_or_dead
from tests.support.lanes import FunctionHandler, RecordingObserver

LIMITS = Limits(max_attempts=3, backoff_first=2.0, backoff_max=60.0)


def job(job_id: str, lane: str = "applications:ada", attempts: int = 0) -> ClaimedJob:
    return ClaimedJob(job_id, lane, b"", meta=b"", attempts=attempts)


@pytest.mark.parametrize(
    ("attempts", "retry", "shortest", "longest"),
    [
        (0, Retry("slow"), 1.0, 2.0),
        (1, Retry("slow"), 2.0, 4.0),
        (0, Retry("down", counts=False), 1.0, 2.0),
        (9, Retry("down", counts=False), 30.0, 60.0),
        (1, Retry("slow", 7.5), 7.5, 7.5),
        (9, Retry("down", 7.5, counts=False), 7.5, 7.5),
    ],
)
def test_retry_waits_for_its_delay_or_the_backoff(
    attempts: int, retry: Retry, shortest: float, longest: float
) -> None:
    outcome = retry_or_dead(job("a1", attempts=attempts), retry, LIMITS)
    assert isinstance(outcome, Retry)
    assert outcome.delay is not None
    assert shortest <= outcome.delay <= longest
    assert (outcome.reason, outcome.counts) == (retry.reason, retry.counts)


def test_last_attempt_that_counts_becomes_a_dead_letter() -> None:
    assert retry_or_dead(job("a1", attempts=2), Retry("slow"), LIMITS) == Dead("slow")


def test_jobs_behind_a_failure_keep_their_place() -> None:
    """The handler fails for the whole batch, so each job is handled alone."""
    tried: list[list[str]] = []

    def handle(jobs: Sequence[ClaimedJob]) -> Sequence[Outcome]:
        tried.append([one.id for one in jobs])
        if "a1" in tried[-1]:
            raise ValueError("bad")
        return [Done(one.id) for one in jobs]

    lanes = (
        ClaimedLane("applications:ada", (job("a1"), job("a2")), 0),
        ClaimedLane("applications:bob", (job("b1", "applications:bob"),), 0),
    )
    attempts = Attempts(FunctionHandler(handle), RecordingObserver(), LIMITS, lambda: math.inf)
    [of_ada, of_bob] = attempts.handle(Claim(1, lanes))
    assert tried == [["a1", "a2", "b1"], ["a1"], ["b1"]]
    assert [type(outcome) for outcome in of_ada] == [Retry]
    assert of_bob == [Done("b1")]


def test_jobs_without_time_are_skipped() -> None:
    lanes = (ClaimedLane("applications:ada", (job("a1"), job("a2")), 0),)
    skipping = FunctionHandler(lambda jobs: [Done(), *[Skip()] * (len(jobs) - 1)])
    attempts = Attempts(skipping, RecordingObserver(), LIMITS, lambda: math.inf)
    assert attempts.handle(Claim(1, lanes)) == [[Done()]]
