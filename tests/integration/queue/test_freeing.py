"""What may be accepted once is free again behind the job that frees it; what a lane has undone."""

from __future__ import annotations

import pytest
from redis import Redis

from chalicelib.queue import (
    Dead,
    DeadLetters,
    Done,
    KeyReused,
    LaneFull,
    Lanes,
    Limits,
    Place,
    Rate,
    RateExceeded,
    Standing,
    Taken,
)
from tests.support.lanes import (
    Accept,
    claimed,
    fetch,
    new_job,
    pass_time,
    serve_all,
    settle,
)

OF_A1 = Taken("posting", ("a1",))


def test_a_once_is_free_behind_the_job_that_frees_it(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", once="posting")
    accept("bob", "b1", once="posting")
    freeing = accept("ada", "undo-a1", frees=OF_A1)
    assert (freeing.repeat, freeing.position) == (False, 2)
    again = accept("ada", "a2", once="posting")
    assert (again.job_id, again.repeat, again.position) == ("a2", False, 3)
    assert accept("bob", "b2", once="posting").job_id == "b1"
    assert [job_id for job_id in serve_all(lanes) if job_id != "b1"] == ["a1", "undo-a1", "a2"]


@pytest.mark.parametrize("forgotten", [False, True], ids=["known", "forgotten"])
def test_freeing_again_frees_nothing_that_was_taken_since(
    lanes: Lanes, accept: Accept, stock: Redis, forgotten: bool
) -> None:
    accept("ada", "a1", once="posting")
    accept("ada", "undo-a1", frees=OF_A1)
    accept("ada", "a2", once="posting")
    serve_all(lanes)
    if forgotten:
        stock.delete(lanes.keys.job("undo-a1"))
    assert accept("ada", "undo-a1", frees=OF_A1).repeat is not forgotten
    assert accept("ada", "a3", once="posting").job_id == "a2"


def test_any_of_the_named_jobs_may_have_taken_it(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a2", once="posting")
    accept("ada", "undo-a1", frees=OF_A1)
    assert accept("ada", "a3", once="posting").job_id == "a2"
    accept("ada", "undo-both", frees=Taken("posting", ("a1", "a2")))
    assert accept("ada", "a3", once="posting").job_id == "a3"


def test_a_job_that_is_known_frees_nothing(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "undo-a1")
    accept("ada", "a1", once="posting")
    assert accept("ada", "undo-a1", frees=OF_A1, key="key").is_other
    assert accept("ada", "undo-a1", frees=OF_A1, key="key").is_other
    assert accept("ada", "a2", once="posting").job_id == "a1"


@pytest.mark.parametrize("result", [None, {"withdrawn": "a1"}])
def test_a_job_frees_when_it_is_done_what_is_known_only_then(
    lanes: Lanes, accept: Accept, stock: Redis, result: object
) -> None:
    accept("ada", "a1", once="posting")
    accept("ada", "a2", once="another")
    serve_all(lanes)
    accept("ada", "undo")
    settle(lanes, lanes.claim("drain"), Done(result, frees=Taken("posting", ("a0", "a1"))))
    assert fetch(stock, "undo").return_value() == result
    assert accept("ada", "a3", once="posting").job_id == "a3"
    accept("ada", "undo-more")
    settle(lanes, lanes.claim("drain"), Done(frees=Taken("another", ("a1", "a3"))))
    assert accept("ada", "a4", once="another").job_id == "a2"


def test_a_stale_claim_frees_nothing(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", once="posting")
    stale = lanes.claim("drain")
    pass_time(lanes, 1)
    lanes.claim("other")
    settle(lanes, stale, Done(frees=OF_A1))
    assert accept("ada", "a2", once="posting").job_id == "a1"


def test_what_is_refused_frees_nothing(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(lane_length=1)
    accept("ada", "a1", once="posting", key="key")
    with pytest.raises(LaneFull):
        accept("ada", "undo-a1", frees=OF_A1)
    with pytest.raises(KeyReused):
        accept("ada", "undo-a1", frees=OF_A1, key="key", fingerprint="other")
    serve_all(lanes)
    assert accept("ada", "a2", once="posting").job_id == "a1"


def test_a_key_answers_as_before_whatever_was_freed_since(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1", once="posting", key="key")
    undone = accept("ada", "undo-a1", frees=OF_A1, key="undo")
    assert accept("ada", "a2", once="posting", key="key").job_id == first.job_id
    assert accept("ada", "a3", once="posting", key="new").job_id == "a3"
    assert accept("ada", "undo-a1", frees=OF_A1, key="undo").accepted_at == undone.accepted_at
    assert accept("ada", "a4", once="posting").job_id == "a3"


def test_a_job_that_frees_is_not_rated(lanes: Lanes) -> None:
    rated = Lanes(lanes.redis, lanes.kind, limits=Limits(rates=(Rate(2, 60),)))
    rated.accept("ada", new_job("a1"), once="posting")
    rated.accept("ada", new_job("undo-a1"), frees=OF_A1)
    rated.accept("ada", new_job("a2"), once="posting")
    rated.accept("ada", new_job("undo-a2"), frees=Taken("posting", ("a2",)))
    with pytest.raises(RateExceeded):
        rated.accept("ada", new_job("a3"), once="posting")


@pytest.mark.parametrize("job_id", ["", "a b", "a:b"])
def test_what_took_a_once_is_a_job(accept: Accept, job_id: str) -> None:
    with pytest.raises(ValueError, match="ids of jobs"):
        accept("ada", "undo-a1", frees=Taken("posting", (job_id,)))


def test_a_once_may_be_any_text(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1", once="a: b c")
    accept("ada", "undo-a1", frees=Taken("a: b c", ("a1",)))
    assert accept("ada", "a2", once="a: b c").job_id == "a2"


@pytest.mark.cluster
def test_what_stands_in_a_lane_is_told(lanes: Lanes, accept: Accept) -> None:
    assert lanes.standing("ada") == Standing((), ())
    for job_id in ("a1", "a2", "a3", "a4"):
        accept("ada", job_id)
    accept("bob", "b1")
    lanes.limits = Limits(batch=3)
    settle(lanes, lanes.claim("drain"), Done(), Dead("no"))
    pass_time(lanes, 1)
    assert lanes.standing("ada") == Standing(("a3", "a4"), ("a2",))
    told = {look.job.id: look.done for look in lanes.find_many(["a1", "a2", "a3"]) if look}
    assert told == {"a1": True, "a2": False, "a3": False}
    DeadLetters(lanes).redrive(["a2"])
    assert lanes.standing("ada") == Standing(("a3", "a4", "a2"), ())
    assert lanes.find_many(["unknown"]) == [None]


def test_many_places_are_the_places_of_each(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(jobs_per_lane=2)
    for owner, length in {"bob": 3, "ada": 9, "cyd": 1, "dan": 5}.items():
        for n in range(length):
            accept(owner, f"{owner}-{n}")
    claimed(lanes.claim("drain"))
    pass_time(lanes, 60)
    ids = [f"ada-{n}" for n in (7, 0, 3, 8)]
    lanes.retire("drain")
    many = lanes.places([*ids, "unknown", "bob-2"])
    assert list(many) == ids, "of another lane nothing is told"
    assert [place.wake is not None for place in many.values()] == [True, False, False, False]
    one_by_one = {job_id: lanes.place(job_id) for job_id in ids}
    assert {job_id: told(place) for job_id, place in many.items()} == {
        job_id: told(place) for job_id, place in one_by_one.items()
    }


def told(place: Place | None) -> tuple[object, ...]:
    assert place is not None
    return place.state, place.position, place.ahead, place.seconds
