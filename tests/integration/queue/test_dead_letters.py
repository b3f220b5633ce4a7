"""Dead letters: list, redrive and discard one, several or all."""

from __future__ import annotations

import pytest
from redis import Redis
from rq.job import JobStatus
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from chalicelib.queue import AcceptRequest, Lanes, Limits
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Dead, Done, Leases, Retry
from tests.support.lanes import Accept, claimed, fetch, new_job, serve_all, settle


def _drains(lanes: Lanes) -> str:
    return lanes.keys.drains(lanes.kind)


@pytest.fixture
def dead_letters(lanes: Lanes, accept: Accept) -> DeadLetters:
    """Return the dead letters of a queue that has three of them, in two lanes."""
    for owner, job_id in (("ada", "a1"), ("ada", "a2"), ("bob", "b1")):
        accept(owner, job_id, deduplication_key=f"posting-{job_id}")
    while (claim := Leases(lanes).claim("drain")).lanes:
        reasons = {"a1": "ValueError: no", "a2": "too old", "b1": "ValueError: no"}
        Leases(lanes).settle(
            claim, [[Dead(reasons[job.id]) for job in lane.jobs] for lane in claim.lanes]
        )
    return DeadLetters(lanes)


@pytest.mark.cluster
def test_dead_letters_are_listed_with_their_errors(dead_letters: DeadLetters) -> None:
    assert dead_letters.count() == 3
    listed = {letter.id: letter for letter in dead_letters.newest()}
    assert {job_id: letter.error for job_id, letter in listed.items()} == {
        "a1": "ValueError: no",
        "a2": "too old",
        "b1": "ValueError: no",
    }
    assert (listed["a1"].lane, listed["a1"].description) == ("applications:ada", "a test's job")
    assert [letter.id for letter in dead_letters.newest(1, 1)] == [dead_letters.newest()[1].id]


def test_redriven_job_goes_to_the_end_of_its_lane(
    dead_letters: DeadLetters, lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "a3")
    redriven, _ = dead_letters.redrive(["a1", "unknown"])
    assert redriven == 1
    job = fetch(stock, "a1")
    assert (job.get_status(), job.ended_at) == (JobStatus.QUEUED, None)
    assert stock.ttl("{hl0}:job:a1") == -1
    claim = Leases(lanes).claim("drain")
    assert [(job.id, job.attempts) for job in claim.jobs] == [("a3", 0), ("a1", 0)]
    settle(lanes, claim, Done(), Done())
    assert {letter.id for letter in dead_letters.newest()} == {"a2", "b1"}


def test_redriven_job_has_all_its_attempts(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    settle(lanes, Leases(lanes).claim("drain"), Retry(delay=0))
    settle(lanes, Leases(lanes).claim("drain"), Dead("no"))
    DeadLetters(lanes).redrive(["a1"])
    assert [job.attempts for job in Leases(lanes).claim("drain").jobs] == [0]


def test_redrive_returns_a_drain_to_be_woken(dead_letters: DeadLetters, lanes: Lanes) -> None:
    lanes.redis.delete(lanes.keys.drains(lanes.kind))
    assert len(dead_letters.redrive(["a1"])[1]) == 1
    assert dead_letters.redrive(["a2"])[1] == ()  # a drain is registered already


def test_second_redrive_changes_nothing(dead_letters: DeadLetters, lanes: Lanes) -> None:
    assert [dead_letters.redrive(["a1"])[0], dead_letters.redrive(["a1"])[0]] == [1, 0]
    assert claimed(Leases(lanes).claim("drain")) == ["a1"]


@pytest.mark.cluster
def test_redrive_all_redrives_every_dead_letter(dead_letters: DeadLetters, lanes: Lanes) -> None:
    assert dead_letters.redrive_all()[0] == 3
    assert serve_all(lanes) == ["a1", "b1", "a2"]
    assert dead_letters.count() == 0


def test_redrive_all_returns_the_drains_of_every_page(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.queue.admin.dead_letters._PAGE", 2)
    lanes.limits = Limits(max_drains=3, lanes_per_drain=2)
    for n in range(8):
        lanes.accept(AcceptRequest(f"owner-{n}", new_job(f"job-{n}")))
    settle(lanes, Leases(lanes).claim("drain"), Dead("no"))
    lanes.redis.delete(lanes.keys.drains(lanes.kind))
    redriven, wakes = DeadLetters(lanes).redrive_all()
    registered = {member.decode() for member in lanes.redis.zrange(_drains(lanes), 0, -1)}
    assert (redriven, len(wakes)) == (8, 3)
    assert {wake.drain_id for wake in wakes} == registered


def test_redrive_keeps_the_order_of_jobs_that_died_together(lanes: Lanes, accept: Accept) -> None:
    ids = ["z1", "m2", "a3", "y4", "b5"]
    for job_id in ids:
        accept("ada", job_id)
    settle(lanes, Leases(lanes).claim("drain"), *[Dead("no")] * 5)
    assert [letter.id for letter in DeadLetters(lanes).newest()] == ids[::-1]
    DeadLetters(lanes).redrive_all()
    assert serve_all(lanes) == ids


def test_discarded_job_releases_its_deduplication_key(
    dead_letters: DeadLetters, lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    assert dead_letters.discard(["a1", "a1"]) == 1
    registry = FailedJobRegistry("applications:ada", connection=stock, serializer=JSONSerializer)
    assert registry.get_job_ids() == ["a2"]
    assert stock.exists("{hl0}:job:a1", "{hl0}:results:a1") == 0
    assert accept("ada", "new", deduplication_key="posting-a1").repeated is False
    assert accept("ada", "newer", deduplication_key="posting-a2").repeated is True


@pytest.mark.cluster
def test_discard_all_deletes_every_dead_letter(
    dead_letters: DeadLetters, lanes: Lanes, stock: Redis
) -> None:
    assert dead_letters.discard_all() == 3
    assert (dead_letters.count(), dead_letters.newest()) == (0, [])
    assert not list(stock.scan_iter("{hl0}:job:*"))


def test_discard_ignores_jobs_that_are_not_dead(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    assert DeadLetters(lanes).discard(["a1"]) == 0
    assert claimed(Leases(lanes).claim("drain")) == ["a1"]


def test_dead_letter_list_expires_with_the_registry(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(dead_letter_ttl=100)
    accept("ada", "a1")
    settle(lanes, Leases(lanes).claim("drain"), Dead("no"))
    lanes.redis.zadd(lanes.keys.dead(lanes.kind), {"a1": 0})
    accept("ada", "a2")
    settle(lanes, Leases(lanes).claim("drain"), Dead("no"))
    assert [letter.id for letter in DeadLetters(lanes).newest()] == ["a2"]
