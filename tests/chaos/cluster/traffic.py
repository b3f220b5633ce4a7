"""People who apply, and drains that store their applications and send their e-mails."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

from chalicelib.bootstrap.clients import WORKER_TIMEOUTS, connect_redis
from chalicelib.queue import REDIS_ERRORS, AcceptRequest, ClaimedJob, Limits, Shards, Wake
from chalicelib.queue.admin import Reconciler
from chalicelib.queue.worker import ClaimTimes, Done, FollowUp, Leases, Outcome, drain
from tests.support.lanes import new_job
from tests.support.timing import PATIENCE_SECONDS

SHARDS = 2
OWNERS = 40
ACCEPTORS = 3
LIMITS = Limits(lease=10)


class Traffic:
    """Applications of many people, until as many are accepted as are wanted.

    A person whose request fails repeats it, with the same job, until it is answered.

    Args:
        url: the cluster.
        applications: how many applications.
    """

    def __init__(self, url: str, applications: int) -> None:
        self._url = url
        self._wanted = applications
        self.accepted: list[str] = []
        self.failures: list[tuple[str, float]] = []
        # How often each job was handled, and how often its outcome was stored.
        self.handled: dict[str, Counter[str]] = {"applications": Counter(), "mail": Counter()}
        self.settled: dict[str, Counter[str]] = {"applications": Counter(), "mail": Counter()}
        self.redis_errors: list[str] = []
        self._errors: list[BaseException] = []
        self._next = iter(range(applications))
        self._allowed = 0.0
        self._is_stopping = False
        self._acceptors = [self._thread(self._apply) for _ in range(ACCEPTORS)]
        self._drains = [
            self._thread(self._drain, kind, shard)
            for kind in ("applications", "mail")
            for shard in range(SHARDS)
        ]

    def __enter__(self) -> Self:
        for thread in (*self._acceptors, *self._drains):
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until every application is accepted and every job is settled."""
        self._allowed = 1.0
        for thread in self._acceptors:
            thread.join()
        ends = time.monotonic() + PATIENCE_SECONDS
        while not error and not self._errors and time.monotonic() < ends:
            if all(len(counts) >= self._wanted for counts in self.settled.values()):
                break
            time.sleep(0.05)
        self._is_stopping = True
        for thread in self._drains:
            thread.join()

    def continue_until(self, share: float, *, started: float) -> None:
        """Let people apply until a share of the applications is accepted.

        Return when ``started`` is accepted, so that people apply while the caller goes on.
        """
        self._allowed = share
        while len(self.accepted) < started * self._wanted and not self._errors:
            time.sleep(0.002)

    def check(self) -> None:
        """Check that nothing was lost and nothing was done twice."""
        assert not self._errors, self._errors
        wanted = Counter(self.accepted)
        assert len(wanted) == self._wanted
        assert self.settled["applications"] == wanted
        assert self.settled["mail"] == Counter(f"mail-{job_id}" for job_id in wanted)
        with connect_redis(self._url, answer_seconds=5, cluster=True) as client:
            for kind in ("applications", "mail"):
                for lanes in Shards(client, kind, count=SHARDS):
                    report = Reconciler(lanes).run(60)
                    assert report
                    assert (report.waiting, report.leased, report.lost, report.dead) == (0,) * 4

    def report(self) -> str:
        """Return what happened, for people."""
        again = {
            kind: sum(times - 1 for times in counts.values())
            for kind, counts in self.handled.items()
        }
        longest = max((seconds for _, seconds in self.failures), default=0.0)
        return (
            f"{len(self.accepted)} accepted, {len(self.failures)} requests failed (the longest "
            f"took {longest:.2f} s), handled again: {again}, "
            f"{len(self.redis_errors)} errors of drains"
        )

    def _thread(self, do, *arguments) -> Thread:  # type: ignore[no-untyped-def]
        def run() -> None:
            try:
                do(*arguments)
            except BaseException as error:
                self._errors.append(error)

        return Thread(target=run)

    def _apply(self) -> None:
        with connect_redis(self._url, cluster=True) as client:
            shards = Shards(client, "applications", count=SHARDS, limits=LIMITS)
            for number in self._next:
                while number > self._allowed * self._wanted and not self._errors:
                    time.sleep(0.001)
                job_id, owner = f"job-{number}", f"owner-{number % OWNERS}"
                request = AcceptRequest(owner, new_job(job_id), idempotency_key=job_id)
                while not self._errors:
                    started = time.monotonic()
                    try:
                        answer = shards.of(owner).accept(request)
                    except REDIS_ERRORS as error:
                        self.failures.append((type(error).__name__, time.monotonic() - started))
                        continue
                    assert answer.job_id == job_id
                    self.accepted.append(job_id)
                    break

    def _drain(self, kind: str, shard: int) -> None:
        with connect_redis(self._url, answer_seconds=WORKER_TIMEOUTS.redis, cluster=True) as client:
            lanes = Shards(client, kind, count=SHARDS, limits=LIMITS)[shard]
            handler = _Handler(kind, self.handled[kind])
            while not self._is_stopping:
                with suppress(*REDIS_ERRORS):
                    drain(
                        Leases(lanes),
                        handler,
                        drain_id=lanes.new_drain().drain_id,
                        remaining=lambda: 0.0 if self._is_stopping else 60.0,
                        waker=_NoWaker(),
                        observer=_Observer(self.settled[kind], self.redis_errors),
                        poll=0.02,
                    )
                time.sleep(0.01)


class _Handler:
    """Counts jobs; each application is followed by an e-mail."""

    def __init__(self, kind: str, handled: Counter[str]) -> None:
        self._kind, self._handled = kind, handled

    def handle(
        self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /
    ) -> Sequence[Outcome]:
        self._handled.update(job.id for job in jobs)
        if self._kind == "mail":
            return [Done()] * len(jobs)
        return [
            Done(None, (FollowUp("mail", job.lane.partition(":")[2], new_job(f"mail-{job.id}")),))
            for job in jobs
        ]


class _Observer:
    def __init__(self, settled: Counter[str], errors: list[str]) -> None:
        self._settled, self._errors = settled, errors

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        self._settled.update(job.id for job, _ in outcomes)

    def on_handler_error(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        raise error

    def on_lease_lost(self, lanes: Sequence[str]) -> None:
        pass

    def on_redis_error(self, error: Exception) -> None:
        self._errors.append(str(error))


class _NoWaker:
    """The drains of the test run all the time."""

    def wake(self, wake: Wake) -> None:
        pass
