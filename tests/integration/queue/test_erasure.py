"""Erasure: nothing of an owner's jobs is left, wherever they were."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from redis import Redis

from chalicelib.queue import (
    AcceptRequest,
    ClaimedJob,
    DeduplicationRelease,
    Gates,
    GateState,
    GroupRate,
    Lanes,
    Limits,
    Rate,
    Shards,
)
from chalicelib.queue.admin import DeadLetters, JobEraser, Logs, Reconciler
from chalicelib.queue.worker import Dead, Done, FollowUp, Leases, Retry
from tests.support.lanes import Accept, claimed, new_job, serve_all, settle


def keys_of(stock: Redis, owner: str) -> set[bytes]:
    """Return the keys that name an owner, and the keys of the jobs whose ids begin with it."""
    connection: Any = stock
    return {name for name in connection.scan_iter("*") if owner.encode() in name}


@pytest.mark.cluster
@pytest.mark.parametrize("place", ["ring", "leases", "delayed"])
def test_no_job_of_the_owner_is_left(
    lanes: Lanes, accept: Accept, stock: Redis, place: str
) -> None:
    accept("bob", "bob-1", deduplication_key="posting")
    serve_all(lanes)
    kept = keys_of(stock, "bob")
    for number in range(2):
        accept("ada", f"ada-{number}", deduplication_key=f"posting-{number}")
    settle(lanes, Leases(lanes).claim("drain"), Done({"text": "of ada"}), Dead("of ada"))
    for number in range(2, 5):
        accept("ada", f"ada-{number}")
    if place != "ring":
        held = Leases(lanes).claim("drain")
        if place == "delayed":
            settle(lanes, held, Retry("later", 60.0))
    assert lanes.erase("ada") == 5
    assert keys_of(stock, "ada") == set()
    places = (lanes.keys.leases, lanes.keys.delayed, lanes.keys.dead, lanes.keys.ring)
    assert not any(stock.zcard(name(lanes.kind)) for name in places)
    assert stock.smembers(lanes.keys.queues()) == set()
    assert lanes.erase("ada") == 0
    assert keys_of(stock, "bob") == kept
    report = Reconciler(lanes).run()
    assert report is not None
    assert report.repaired == 0


def test_drain_of_an_erased_lane_settles_nothing(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "ada-1")
    held = Leases(lanes).claim("drain")
    lanes.erase("ada")
    follow_up = FollowUp("mail", "ada", new_job("ada-mail"))
    assert settle(lanes, held, Done({"text": "x"}, (follow_up,))).stale == ("applications:ada",)
    assert keys_of(stock, "ada") == set()
    # The owner's next job is accepted and served as usual.
    accept("ada", "ada-2")
    assert serve_all(lanes) == ["ada-2"]


@pytest.mark.cluster
def test_erasure_forgets_idempotency_keys_and_rates(client: Redis, stock: Redis) -> None:
    lanes = Lanes(client, "applications", limits=Limits(rates=(Rate(1, 60), Rate(9, 3600))))
    for number in range(2):
        job = new_job(f"ada-{number}")
        release = DeduplicationRelease("posting", ("ada-0",)) if number else None
        request = AcceptRequest("ada", job, idempotency_key=f"key {number}", fingerprint="x")
        lanes.accept(msgspec.structs.replace(request, releases=release))
    limited = GateState(rate=GroupRate("employer", Rate(5, 60)))
    Gates(Shards(client, "applications")).follow("posting", limited, 2)
    Lanes(client, "applications").accept(AcceptRequest("ada", new_job("ada-3"), gate="posting"))
    lanes.revoke("ada", ("session",), 60)
    lanes.erase("ada")
    assert keys_of(stock, "ada") == {b"{hl0}:revoked:applications:ada:session"}
    lanes.accept(AcceptRequest("ada", new_job("ada-9"), idempotency_key="key 0", fingerprint="y"))


@pytest.mark.cluster
def test_forgotten_job_leaves_only_its_follow_up(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "ada-1", deduplication_key="posting")
    follow_up = FollowUp("mail", "bob", new_job("bob-mail"))
    release = DeduplicationRelease("posting", ("ada-1",))
    forgotten = Done({"text": "x"}, (follow_up,), releases=release, keeps_job=False)
    settle(lanes, Leases(lanes).claim("drain"), forgotten)
    assert keys_of(stock, "ada") == set()
    assert lanes.find("bob-mail")
    report = Reconciler(lanes).run()
    assert report is not None
    assert report.repaired == 0


@pytest.mark.cluster
@pytest.mark.parametrize("is_leased", [True, False])
def test_some_jobs_are_erased_and_the_others_settled(
    lanes: Lanes, accept: Accept, stock: Redis, is_leased: bool
) -> None:
    for number in range(6):
        accept("ada", f"ada-{number}")
    settle(lanes, Leases(lanes).claim("drain"), Done({"text": "of ada"}), Dead("of ada"))
    held = Leases(lanes).claim("drain") if is_leased else None
    ids = ("ada-0", "ada-1", "ada-3")
    seen: dict[str, bool] = {}

    def is_erased(job: ClaimedJob, waits: bool) -> bool:
        seen[job.id] = waits
        return job.id in ids

    assert JobEraser(lanes).erase("ada", is_erased) == 3
    assert seen == {f"ada-{number}": number > 1 for number in range(6)}
    assert {key for key in keys_of(stock, "ada-") if key.endswith((b"0", b"1", b"3"))} == set()
    assert DeadLetters(lanes).count() == 0
    [log] = Logs(lanes).read(["removed:applications"], 9)
    assert {entry.split()[0] for entry in log.entries} == {"ada-1", "ada-3"}
    if held:
        settle(lanes, held, *[Done()] * 4)
        assert serve_all(lanes) == []
    else:
        assert serve_all(lanes) == ["ada-2", "ada-4", "ada-5"]
    report = Reconciler(lanes).run()
    assert report is not None
    assert (report.repaired, report.done) == (0, 3)


@pytest.mark.parametrize("place", ["ring", "leases"])
def test_lane_whose_last_job_is_erased_is_in_no_place(
    lanes: Lanes, accept: Accept, stock: Redis, place: str
) -> None:
    accept("ada", "ada-1")
    held = Leases(lanes).claim("drain") if place == "leases" else None
    assert JobEraser(lanes).erase("ada", lambda job, waits: True) == 1
    assert not any(stock.zcard(name(lanes.kind)) for name in (lanes.keys.ring, lanes.keys.leases))
    assert stock.smembers(lanes.keys.queues()) == set()
    if held:
        assert settle(lanes, held, Done()).stale == ("applications:ada",)
    accept("ada", "ada-2")
    assert serve_all(lanes) == ["ada-2"]


def test_long_lane_is_erased_in_short_steps(lanes: Lanes, stock: Redis) -> None:
    requests = [AcceptRequest("ada", new_job(f"ada-{number}")) for number in range(450)]
    lanes.accept_many(requests)
    assert lanes.erase("ada") == 450
    assert keys_of(stock, "ada") == set()


def test_erased_dead_letters_are_not_listed(lanes: Lanes, accept: Accept) -> None:
    for owner in ("ada", "bob"):
        accept(owner, f"{owner}-1")
    settle(lanes, Leases(lanes).claim("drain"), Dead("no"))
    lanes.erase("ada")
    assert [letter.id for letter in DeadLetters(lanes).newest()] == ["bob-1"]
    assert claimed(Leases(lanes).claim("drain")) == []
