"""The drain on a real Valkey: errors of handlers, lost leases, lack of time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisClusterException

from chalicelib.queue import AcceptRequest, ClaimedJob, Lanes, Limits, NewJob
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import (
    Claim,
    Dead,
    Done,
    DrainResult,
    FollowUp,
    Leases,
    Outcome,
    Retry,
    Skip,
    StoreUnavailable,
    drain,
)
from tests.support.lanes import FunctionHandler, RecordingObserver, RecordingWaker, pass_time
from tests.support.timing import stretch

HandlerFunction = Callable[[Sequence[ClaimedJob]], Sequence[Outcome]]
Work = Callable[..., DrainResult]


@pytest.fixture
def lanes(client: Redis) -> Lanes:
    limits = Limits(lease=stretch(0.3), jobs_per_lane=3, idle_timeout=0)
    return Lanes(client, "applications", limits=limits)


@pytest.fixture
def observer() -> RecordingObserver:
    return RecordingObserver()


@pytest.fixture
def work(lanes: Lanes, observer: RecordingObserver) -> Work:
    def work(handler: HandlerFunction, remaining: float = 60.0) -> DrainResult:
        ends = time.monotonic() + remaining
        return drain(
            Leases(lanes),
            FunctionHandler(handler),
            drain_id="drain",
            remaining=lambda: ends - time.monotonic(),
            waker=RecordingWaker(),
            observer=observer,
        )

    return work


def accept(lanes: Lanes, owner: str, *job_ids: str) -> None:
    for job_id in job_ids:
        lanes.accept(AcceptRequest(owner, NewJob(job_id, "f", {}, "")))


def test_drain_has_two_round_trips_for_a_hundred_jobs(
    lanes: Lanes, work: Work, stock: Redis
) -> None:
    """The server counts them; commands inside a script are not round trips."""
    lanes.limits = Limits(idle_timeout=0)
    accept(lanes, "owner", "warm")
    work(lambda jobs: [Done() for _ in jobs])  # connects and loads the scripts
    for number in range(1000):
        accept(lanes, f"owner-{number % 100}", f"job-{number}")
    with stock.monitor() as monitor:  # type: ignore[no-untyped-call]
        assert work(lambda jobs: [Done() for _ in jobs]).applied == 1000
        stock.echo("end")
        commands = []
        for command in monitor.listen():
            if command["command"].startswith("ECHO"):
                break
            if command["client_type"] != "lua":
                commands.append(command["command"].split()[0])
    # Ten times a claim and a settle, and a last claim that gets nothing.
    assert [name for name in commands if name == "EVALSHA"] == ["EVALSHA"] * 21
    # The monitor does not see the test's own connection.
    assert set(commands) <= {"EVALSHA", "HELLO", "CLIENT"}


def failing_on(*bad: str) -> HandlerFunction:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        if any(job.id in bad for job in jobs):
            raise ValueError("poison")
        return [Done() for _ in jobs]

    return handler


def test_failing_job_fails_alone_and_its_lane_waits(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    accept(lanes, "ada", "a1", "a2", "a3")
    accept(lanes, "bob", "b1", "b2")
    work(failing_on("a2"))
    assert sorted(observer.done) == ["a1", "b1", "b2"]
    pass_time(lanes, 60)
    assert [(job.id, job.attempts) for job in Leases(lanes).claim("next").jobs] == [
        ("a2", 1),
        ("a3", 0),
    ]


def test_job_dies_after_five_attempts_and_its_lane_continues(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    accept(lanes, "ada", "a1", "a2")
    for _ in range(5):
        assert observer.done == []
        work(failing_on("a1"))
        pass_time(lanes, 60)
    assert observer.done == ["a2"]
    assert [letter.id for letter in DeadLetters(lanes).newest()] == ["a1"]


def test_unavailable_store_uses_no_attempt(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        raise StoreUnavailable("down")

    accept(lanes, "ada", "a1")
    for _ in range(7):
        work(handler)
        pass_time(lanes, 60)
    [job] = Leases(lanes).claim("next").jobs
    assert (job.id, job.attempts) == ("a1", 0)
    assert len(observer.errors) == 7


def test_idle_drain_stays_while_a_lane_is_leased(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    lanes.limits = Limits(lease=0.3)
    accept(lanes, "ada", "a1")
    Leases(lanes).claim("died")
    work(failing_on())
    assert observer.done == ["a1"]


def test_drain_without_time_claims_nothing_and_is_unfinished(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    accept(lanes, "ada", "a1")
    drained = work(failing_on(), remaining=5.0)
    assert (drained.unfinished, drained.applied, drained.claims) == (True, 0, 0)
    assert [job.id for job in Leases(lanes).claim("next").jobs] == ["a1"]


def test_observer_learns_of_a_lost_lease(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    """The jobs that the other drain does not handle are handled by this one."""
    others: list[Claim] = []

    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        if not others:
            pass_time(lanes, 60)
            others.append(Leases(lanes).claim("other"))
        return [Done() for _ in jobs]

    accept(lanes, "ada", "a1")
    drained = work(handler)
    assert [lane.name for lane in others[0].lanes] == observer.lost == ["applications:ada"]
    assert (drained.applied, observer.done) == (1, ["a1"])


def test_handler_must_return_an_outcome_for_each_job(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    accept(lanes, "ada", "a1")
    work(lambda jobs: [])
    assert "0 outcomes for 1 jobs" in str(observer.errors[0])
    assert observer.done == []


UNSETTLEABLE: dict[str, Any] = {
    "no outcome": None,
    "a result that is no JSON": Done(object()),
    "half a character in a result": Done("\udcff"),
    "an endless delay": Retry(delay=math.inf),
    "a delay that is no number": Retry(delay=math.nan),
    "a delay of ages": Retry(delay=1e300),
    "a reason that is not a text": Dead(None),  # type: ignore[arg-type]
    "a follow-up that is no JSON": Done(
        None, (FollowUp("mail", "ada", NewJob("m", "f", {"x": object()}, "")),)
    ),
    "a follow-up without a good id": Done(
        None, (FollowUp("mail", "ada", NewJob("m 1", "f", {}, "")),)
    ),
    "a follow-up of a strange owner": Done(
        None, (FollowUp("mail", "a:b", NewJob("m", "f", {}, "")),)
    ),
    "half a character in a follow-up": Done(
        None, (FollowUp("mail", "\udcff", NewJob("m", "f", {}, "")),)
    ),
}


@pytest.mark.parametrize("what", UNSETTLEABLE)
def test_invalid_outcome_fails_only_its_job(
    what: str, lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        return [UNSETTLEABLE[what] if job.id == "a2" else Done() for job in jobs]

    accept(lanes, "ada", "a1", "a2", "a3")
    accept(lanes, "bob", "b1", "b2")
    for _ in range(4):
        work(handler)
        pass_time(lanes, 60)
    # The job behind it waits for it.
    assert sorted(observer.done) == ["a1", "b1", "b2"]
    assert len(observer.errors) == 4
    work(handler)
    assert [letter.id for letter in DeadLetters(lanes).newest()] == ["a2"]
    assert observer.done[-1] == "a3"


def test_dead_letter_has_the_text_of_the_error(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    reasons = {"a1": ValueError("file \udcff"), "b1": Unspeakable()}

    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        for job in jobs:
            raise reasons[job.id]
        raise AssertionError

    accept(lanes, "ada", "a1")
    accept(lanes, "bob", "b1")
    for _ in range(5):
        work(handler)
        pass_time(lanes, 60)
    errors = {letter.id: letter.error for letter in DeadLetters(lanes).newest()}
    assert errors == {"a1": "ValueError: file \\udcff", "b1": "Unspeakable"}


def test_job_that_kills_workers_dies_and_stops_no_other(
    lanes: Lanes, observer: RecordingObserver, work: Work
) -> None:
    lanes.limits = Limits(jobs_per_lane=3, idle_timeout=0)
    accept(lanes, "bad", "deadly", "behind")
    for n in range(20):
        accept(lanes, f"owner-{n}", f"job-{n}")
    deaths: list[str] = []
    handled: list[str] = []

    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        if any(job.id == "deadly" for job in jobs):
            deaths.append("deadly")
            raise Killed
        handled.extend(job.id for job in jobs)
        return [Done() for _ in jobs]

    for _ in range(9):
        with suppress(Killed):
            work(handler)
        pass_time(lanes, 60)
        if len(deaths) == 4:
            # First it crashed with twenty other lanes, then with a third of a batch, then alone.
            assert len(handled) == 20
    assert len(deaths) == 6
    [letter] = DeadLetters(lanes).newest()
    assert (letter.id, letter.error) == ("deadly", "its worker died 6 times while doing it")
    assert sorted(handled) == sorted([*(f"job-{n}" for n in range(20)), "behind"])
    assert lanes.redis.exists(lanes.keys.crashes(lanes.kind)) == 0


class Killed(BaseException):
    """Ends a drain like a kill: nothing is settled."""


def test_drain_repeats_a_settle_that_failed_after_long_work(
    lanes: Lanes, observer: RecordingObserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = Leases(lanes)
    settle_lanes, failures = leases.settle, iter([True])

    def settle_or_fail(*arguments: Any, **options: Any) -> Any:
        if next(failures, False):
            raise RedisClusterException("gone")
        return settle_lanes(*arguments, **options)

    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        time.sleep(0.2)
        return [Done() for _ in jobs]

    monkeypatch.setattr(leases, "settle", settle_or_fail)
    accept(lanes, "ada", "a1")
    drain(
        leases,
        FunctionHandler(handler),
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=observer,
        patience=0.1,
    )
    assert (observer.done, len(observer.errors)) == (["a1"], 1)


class OneJobHandler:
    """A handler that has time for one job, and records its deadlines."""

    def __init__(self) -> None:
        self.deadlines: list[float] = []

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /) -> list[Outcome]:
        self.deadlines.append(deadline)
        return [Done(), *[Skip()] * (len(jobs) - 1)]


def test_skipped_jobs_stay_in_order_without_an_attempt(
    lanes: Lanes, observer: RecordingObserver
) -> None:
    accept(lanes, "ada", "a1", "a2", "a3")
    handler, now = OneJobHandler(), time.monotonic()
    lefts = iter([60.0, 60.0, 0.0])
    drained = drain(
        Leases(lanes),
        handler,
        drain_id="drain",
        remaining=lambda: next(lefts, 0.0),
        waker=RecordingWaker(),
        observer=observer,
        reserve=10.0,
    )
    [deadline] = handler.deadlines
    assert now + 50 <= deadline <= time.monotonic() + 50
    assert (drained.applied, drained.unfinished) == (1, True)
    assert observer.done == ["a1"]
    left = Leases(lanes).claim("next").jobs
    assert [(job.id, job.attempts) for job in left] == [("a2", 0), ("a3", 0)]
