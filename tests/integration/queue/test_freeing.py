"""What may be accepted once is free again behind the job that frees it; what a lane has undone."""

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


def test_a_once_is_free_behind_the_job_that_frees_it(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", deduplication_key="posting")
    accept("bob", "b1", deduplication_key="posting")
    freeing = accept("ada", "undo-a1", releases=OF_A1)
    assert (freeing.repeated, freeing.position) == (False, 2)
    again = accept("ada", "a2", deduplication_key="posting")
    assert (again.job_id, again.repeated, again.position) == ("a2", False, 3)
    assert accept("bob", "b2", deduplication_key="posting").job_id == "b1"
    assert [job_id for job_id in serve_all(lanes) if job_id != "b1"] == ["a1", "undo-a1", "a2"]


@pytest.mark.parametrize("forgotten", [False, True], ids=["known", "forgotten"])
def test_freeing_again_frees_nothing_that_was_taken_since(
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


def test_any_of_the_named_jobs_may_have_taken_it(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a2", deduplication_key="posting")
    accept("ada", "undo-a1", releases=OF_A1)
    assert accept("ada", "a3", deduplication_key="posting").job_id == "a2"
    accept("ada", "undo-both", releases=DeduplicationRelease("posting", ("a1", "a2")))
    assert accept("ada", "a3", deduplication_key="posting").job_id == "a3"


def test_a_job_that_is_known_frees_nothing(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "undo-a1")
    accept("ada", "a1", deduplication_key="posting")
    assert accept("ada", "undo-a1", releases=OF_A1, idempotency_key="key").is_duplicate
    assert accept("ada", "undo-a1", releases=OF_A1, idempotency_key="key").is_duplicate
    assert accept("ada", "a2", deduplication_key="posting").job_id == "a1"


@pytest.mark.parametrize("result", [None, {"withdrawn": "a1"}])
def test_a_job_frees_when_it_is_done_what_is_known_only_then(
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


def test_a_stale_claim_frees_nothing(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", deduplication_key="posting")
    stale = Leases(lanes).claim("drain")
    pass_time(lanes, 1)
    Leases(lanes).claim("other")
    settle(lanes, stale, Done(releases=OF_A1))
    assert accept("ada", "a2", deduplication_key="posting").job_id == "a1"


def test_what_is_refused_frees_nothing(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(max_lane_length=1)
    accept("ada", "a1", deduplication_key="posting", idempotency_key="key")
    with pytest.raises(LaneFull):
        accept("ada", "undo-a1", releases=OF_A1)
    with pytest.raises(IdempotencyKeyConflict):
        accept("ada", "undo-a1", releases=OF_A1, idempotency_key="key", fingerprint="other")
    serve_all(lanes)
    assert accept("ada", "a2", deduplication_key="posting").job_id == "a1"


def test_a_key_answers_as_before_whatever_was_freed_since(lanes: Lanes, accept: Accept) -> None:
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


def test_a_job_that_frees_is_not_rated(lanes: Lanes) -> None:
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
def test_what_took_a_once_is_a_job(accept: Accept, job_id: str) -> None:
    with pytest.raises(ValueError, match="job ids"):
        accept("ada", "undo-a1", releases=DeduplicationRelease("posting", (job_id,)))


def test_a_once_may_be_any_text(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", deduplication_key="a: b c")
    accept("ada", "undo-a1", releases=DeduplicationRelease("a: b c", ("a1",)))
    assert accept("ada", "a2", deduplication_key="a: b c").job_id == "a2"


@pytest.mark.cluster
def test_what_stands_in_a_lane_is_told(lanes: Lanes, accept: Accept) -> None:
    assert lanes.contents("ada") == LaneContents((), ())
    for job_id in ("a1", "a2", "a3", "a4"):
        accept("ada", job_id)
    accept("bob", "b1")
    lanes.limits = Limits(batch_size=3)
    settle(lanes, Leases(lanes).claim("drain"), Done(), Dead("no"))
    pass_time(lanes, 1)
    assert lanes.contents("ada") == LaneContents(("a3", "a4"), ("a2",))
    told = {look.job.id: look.done for look in lanes.find_many(["a1", "a2", "a3"]) if look}
    assert told == {"a1": True, "a2": False, "a3": False}
    DeadLetters(lanes).redrive(["a2"])
    assert lanes.contents("ada") == LaneContents(("a3", "a4", "a2"), ())
    assert lanes.find_many(["unknown"]) == [None]


def test_many_places_are_the_places_of_each(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(jobs_per_lane=2)
    for owner, length in {"bob": 3, "ada": 9, "cyd": 1, "dan": 5}.items():
        for n in range(length):
            accept(owner, f"{owner}-{n}")
    claimed(Leases(lanes).claim("drain"))
    pass_time(lanes, 60)
    ids = [f"ada-{n}" for n in (7, 0, 3, 8)]
    lanes.retire("drain")
    many = lanes.positions([*ids, "unknown", "bob-2"])
    assert list(many) == ids, "of another lane nothing is told"
    assert [place.wake is not None for place in many.values()] == [True, False, False, False]
    one_by_one = {job_id: lanes.position(job_id) for job_id in ids}
    assert {job_id: told(place) for job_id, place in many.items()} == {
        job_id: told(place) for job_id, place in one_by_one.items()
    }


def told(place: JobPosition | None) -> tuple[object, ...]:
    assert place is not None
    return place.state, place.position, place.ahead, place.seconds
