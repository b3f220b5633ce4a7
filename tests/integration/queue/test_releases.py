"""Releases of deduplication keys, the contents of lanes, positions of several jobs."""

from __future__ import annotations

import pytest
from redis import Redis

from chalicelib.queue import (
    AcceptRequest,
    DeduplicationRelease,
    IdempotencyKeyConflict,
    JobPosition,
    LaneContents,
    LaneFull,
    Lanes,
    Limits,
    Rate,
    RateLimitExceeded,
)
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Dead, Done, Leases
from tests.support.lanes import (
    Accept,
    claimed,
    fetch,
    new_job,
    pass_time,
    serve_all,
    settle,
)

OF_A1 = DeduplicationRelease("posting", ("a1",))


def test_released_key_is_accepted_behind_the_releasing_job(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", deduplication_key="posting")
    accept("bob", "b1", deduplication_key="posting")
    release = accept("ada", "undo-a1", releases=OF_A1)
    assert (release.repeated, release.position) == (False, 2)
    again = accept("ada", "a2", deduplication_key="posting")
    assert (again.job_id, again.repeated, again.position) == ("a2", False, 3)
    assert accept("bob", "b2", deduplication_key="posting").job_id == "b1"
    assert [job_id for job_id in serve_all(lanes) if job_id != "b1"] == ["a1", "undo-a1", "a2"]


@pytest.mark.parametrize("forgotten", [False, True], ids=["known", "forgotten"])
def test_second_release_keeps_a_key_that_was_taken_again(
    lanes: Lanes, accept: Accept, stock: Redis, forgotten: bool
) -> None:
    accept("ada", "a1", deduplication_key="posting")
    accept("ada", "undo-a1", releases=OF_A1)
    accept("ada", "a2", deduplication_key="posting")
    serve_all(lanes)
    if forgotten:
        stock.delete(lanes.keys.job("undo-a1"))
    assert accept("ada", "undo-a1", releases=OF_A1).repeated is not forgotten
    assert accept("ada", "a3", deduplication_key="posting").job_id == "a2"


def test_release_matches_any_of_its_job_ids(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a2", deduplication_key="posting")
    accept("ada", "undo-a1", releases=OF_A1)
    assert accept("ada", "a3", deduplication_key="posting").job_id == "a2"
    accept("ada", "undo-both", releases=DeduplicationRelease("posting", ("a1", "a2")))
    assert accept("ada", "a3", deduplication_key="posting").job_id == "a3"


def test_known_job_releases_nothing(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "undo-a1")
    accept("ada", "a1", deduplication_key="posting")
    assert accept("ada", "undo-a1", releases=OF_A1, idempotency_key="key").is_duplicate
    assert accept("ada", "undo-a1", releases=OF_A1, idempotency_key="key").is_duplicate
    assert accept("ada", "a2", deduplication_key="posting").job_id == "a1"


@pytest.mark.parametrize("result", [None, {"withdrawn": "a1"}])
def test_done_outcome_releases_a_key(
    lanes: Lanes, accept: Accept, stock: Redis, result: object
) -> None:
    accept("ada", "a1", deduplication_key="posting")
    accept("ada", "a2", deduplication_key="another")
    serve_all(lanes)
    accept("ada", "undo")
    settle(
        lanes,
        Leases(lanes).claim("drain"),
        Done(result, releases=DeduplicationRelease("posting", ("a0", "a1"))),
    )
    assert fetch(stock, "undo").return_value() == result
    assert accept("ada", "a3", deduplication_key="posting").job_id == "a3"
    accept("ada", "undo-more")
    settle(
        lanes,
        Leases(lanes).claim("drain"),
        Done(releases=DeduplicationRelease("another", ("a1", "a3"))),
    )
    assert accept("ada", "a4", deduplication_key="another").job_id == "a2"


def test_stale_claim_releases_nothing(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", deduplication_key="posting")
    stale = Leases(lanes).claim("drain")
    pass_time(lanes, 1)
    Leases(lanes).claim("other")
    settle(lanes, stale, Done(releases=OF_A1))
    assert accept("ada", "a2", deduplication_key="posting").job_id == "a1"


def test_refused_job_releases_nothing(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(max_lane_length=1)
    accept("ada", "a1", deduplication_key="posting", idempotency_key="key")
    with pytest.raises(LaneFull):
        accept("ada", "undo-a1", releases=OF_A1)
    with pytest.raises(IdempotencyKeyConflict):
        accept("ada", "undo-a1", releases=OF_A1, idempotency_key="key", fingerprint="other")
    serve_all(lanes)
    assert accept("ada", "a2", deduplication_key="posting").job_id == "a1"


def test_idempotency_key_replays_its_answer_after_a_release(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1", deduplication_key="posting", idempotency_key="key")
    undone = accept("ada", "undo-a1", releases=OF_A1, idempotency_key="undo")
    assert (
        accept("ada", "a2", deduplication_key="posting", idempotency_key="key").job_id
        == first.job_id
    )
    assert accept("ada", "a3", deduplication_key="posting", idempotency_key="new").job_id == "a3"
    assert (
        accept("ada", "undo-a1", releases=OF_A1, idempotency_key="undo").accepted_at
        == undone.accepted_at
    )
    assert accept("ada", "a4", deduplication_key="posting").job_id == "a3"


def test_rates_ignore_jobs_with_a_release(lanes: Lanes) -> None:
    rated = Lanes(lanes.redis, lanes.kind, limits=Limits(rates=(Rate(2, 60),)))
    rated.accept(AcceptRequest("ada", new_job("a1"), deduplication_key="posting"))
    rated.accept(AcceptRequest("ada", new_job("undo-a1"), releases=OF_A1))
    rated.accept(AcceptRequest("ada", new_job("a2"), deduplication_key="posting"))
    rated.accept(
        AcceptRequest("ada", new_job("undo-a2"), releases=DeduplicationRelease("posting", ("a2",)))
    )
    with pytest.raises(RateLimitExceeded):
        rated.accept(AcceptRequest("ada", new_job("a3"), deduplication_key="posting"))


@pytest.mark.parametrize("job_id", ["", "a b", "a:b"])
def test_release_refuses_an_invalid_job_id(accept: Accept, job_id: str) -> None:
    with pytest.raises(ValueError, match="job ids"):
        accept("ada", "undo-a1", releases=DeduplicationRelease("posting", (job_id,)))


def test_deduplication_key_may_be_any_text(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", deduplication_key="a: b c")
    accept("ada", "undo-a1", releases=DeduplicationRelease("a: b c", ("a1",)))
    assert accept("ada", "a2", deduplication_key="a: b c").job_id == "a2"


@pytest.mark.cluster
def test_contents_has_waiting_jobs_and_dead_letters(lanes: Lanes, accept: Accept) -> None:
    assert lanes.contents("ada") == LaneContents((), ())
    for job_id in ("a1", "a2", "a3", "a4"):
        accept("ada", job_id)
    accept("bob", "b1")
    lanes.limits = Limits(batch_size=3)
    settle(lanes, Leases(lanes).claim("drain"), Done(), Dead("no"))
    pass_time(lanes, 1)
    assert lanes.contents("ada") == LaneContents(("a3", "a4"), ("a2",))
    is_done = {state.job.id: state.done for state in lanes.find_many(["a1", "a2", "a3"]) if state}
    assert is_done == {"a1": True, "a2": False, "a3": False}
    DeadLetters(lanes).redrive(["a2"])
    assert lanes.contents("ada") == LaneContents(("a3", "a4", "a2"), ())
    assert lanes.find_many(["unknown"]) == [None]


def test_positions_equal_the_position_of_each_job(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(jobs_per_lane=2)
    for owner, length in {"bob": 3, "ada": 9, "cyd": 1, "dan": 5}.items():
        for n in range(length):
            accept(owner, f"{owner}-{n}")
    claimed(Leases(lanes).claim("drain"))
    pass_time(lanes, 60)
    ids = [f"ada-{n}" for n in (7, 0, 3, 8)]
    lanes.retire("drain")
    many = lanes.positions([*ids, "unknown", "bob-2"])
    assert list(many) == ids, "jobs of another lane have no position"
    assert [position.wake is not None for position in many.values()] == [True, False, False, False]
    one_by_one = {job_id: lanes.position(job_id) for job_id in ids}
    assert {job_id: values_of(position) for job_id, position in many.items()} == {
        job_id: values_of(position) for job_id, position in one_by_one.items()
    }


def values_of(position: JobPosition | None) -> tuple[object, ...]:
    assert position is not None
    return position.state, position.position, position.ahead, position.seconds
