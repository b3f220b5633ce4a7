"""Replacement of done and dead jobs by requests that name their created_at."""

from __future__ import annotations

import pytest
from redis import Redis

from chalicelib.queue import LaneFull, Lanes, Limits
from chalicelib.queue.admin import DeadLetters, Reconciler
from chalicelib.queue.worker import Dead, Done, Leases, Outcome
from tests.support.lanes import Accept, fetch, serve_all, settle


def written(lanes: Lanes, job_id: str) -> bytes:
    """Return the created_at of a job, as RQ writes it."""
    job = lanes.find(job_id)
    assert job
    return job.created_at


def end(lanes: Lanes, outcome: Outcome) -> None:
    settle(lanes, Leases(lanes).claim("drain"), outcome)


@pytest.mark.parametrize("outcome", [Done({"nothing": "to do"}), Dead("broken")])
def test_done_or_dead_job_is_replaced_and_served_again(
    lanes: Lanes, accept: Accept, stock: Redis, outcome: Outcome
) -> None:
    accept("ada", "a1")
    end(lanes, outcome)
    before = written(lanes, "a1")
    anew = accept("ada", "a1", replaces=before)
    assert (anew.job_id, anew.repeated, anew.position) == ("a1", False, 1)
    assert written(lanes, "a1") > before
    job = fetch(stock, "a1")
    assert (job.get_status(), job.latest_result()) == ("queued", None)
    assert DeadLetters(lanes).count() == 0
    report = Reconciler(lanes).run()
    assert report
    assert (report.jobs, report.repaired) == (1, 0)
    assert serve_all(lanes) == ["a1"]
    assert stock.ttl(lanes.keys.job("a1")) > 0


@pytest.mark.parametrize("outcome", [Done(), Dead("broken")])
def test_one_of_two_replacements_is_accepted(
    lanes: Lanes, accept: Accept, outcome: Outcome
) -> None:
    accept("ada", "a1")
    end(lanes, outcome)
    before = written(lanes, "a1")
    assert not accept("ada", "a1", replaces=before).is_duplicate
    assert accept("ada", "a1", replaces=before).is_duplicate
    end(lanes, outcome)
    assert accept("ada", "a1", replaces=before).is_duplicate
    assert serve_all(lanes) == []


def test_waiting_job_is_not_replaced(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    assert accept("ada", "a1", replaces=written(lanes, "a1")).is_duplicate
    claim = Leases(lanes).claim("drain")
    assert accept("ada", "a1", replaces=written(lanes, "a1")).is_duplicate
    settle(lanes, claim, Done())
    assert serve_all(lanes) == []


def test_job_of_another_lane_is_not_replaced(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    serve_all(lanes)
    assert accept("bob", "a1", replaces=written(lanes, "a1")).is_duplicate


def test_full_lane_keeps_the_dead_letter(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    end(lanes, Dead("broken"))
    accept("ada", "a2")
    lanes.limits = Limits(max_lane_length=1)
    with pytest.raises(LaneFull):
        accept("ada", "a1", replaces=written(lanes, "a1"))
    assert DeadLetters(lanes).count() == 1
