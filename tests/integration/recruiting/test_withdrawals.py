"""Withdrawals of applications: in lane order, repeated, early, and after crashes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any

import pytest
from chalice.test import Client
from pymongo.database import Database
from pymongo.errors import PyMongoError
from redis import Redis

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.queue import AcceptedJob, ClaimedJob, Limits, Rate, Shards
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Claim, Done
from chalicelib.recruiting.applications.jobs import STORE, WITHDRAW, withdrawal_job_id
from chalicelib.recruiting.applications.repository import ApplicationRepository
from chalicelib.recruiting.pipeline.jobs import FUNCTIONS
from tests.integration.recruiting.candidates import (
    Candidate,
    Document,
    claim,
    dead_letter,
    drain_applications,
    handle,
    settle,
    stored_documents,
    take_confirmations,
    without_mongodb,
)
from tests.integration.recruiting.killer import Killed, killer_database
from tests.integration.recruiting.steps import apply, problem, publish
from tests.support.job_handler import make_job_handler

# The effect of a withdrawal.


def test_withdrawal_keeps_the_stored_application(
    ada: Candidate, posting: str, parts: Container, database: Database[Document]
) -> None:
    application = ada.apply(posting, cover_letter="Hello", links=["https://example.com/cv"])
    drain_applications(parts)
    before = stored_documents(database)[application]
    assert ada.withdraw(application) == application
    assert ada.events(application) == ("withdrawing", ["accepted", "stored"])
    drain_applications(parts)
    assert ada.events(application) == ("withdrawn", ["accepted", "stored", "withdrawn"])
    after = stored_documents(database)[application]
    withdrawn_at = after.pop("withdrawn_at")
    assert withdrawn_at >= after["stored_at"]
    event = {"n": 3, "kind": "withdrawn", "actor": "candidate", "at": withdrawn_at, "data": {}}
    assert after == before | {
        "active": False,
        "events": [*before["events"], event],
        "version": 3,
    }
    assert take_confirmations(parts) == [application], "it was confirmed before the withdrawal"


def test_withdrawn_waiting_application_is_never_confirmed(
    ada: Candidate, posting: str, parts: Container
) -> None:
    application = ada.apply(posting)
    assert "waiting" in ada.status(application)
    ada.withdraw(application)
    progress = ada.status(application)
    assert progress["status"] == "withdrawing"
    assert "waiting" not in progress
    drain_applications(parts)
    assert ada.events(application) == ("withdrawn", ["accepted", "stored", "withdrawn"])
    assert take_confirmations(parts) == []


def test_withdrawal_keeps_its_place_in_the_lane(
    ada: Candidate, posting: str, parts: Container
) -> None:
    first = ada.apply(posting)
    other = ada.apply(publish(parts))
    ada.withdraw(first)
    again = ada.apply(posting)
    jobs = [job.id for job in claim(parts).jobs]
    assert jobs == [first, other, withdrawal_job_id(first), again]


def test_apply_withdraw_apply_in_one_batch_stores_two(
    ada: Candidate, bob: Candidate, posting: str, parts: Container, database: Database[Document]
) -> None:
    first = ada.apply(posting, cover_letter="one")
    of_bob = [bob.apply(publish(parts)), bob.apply(posting)]
    ada.withdraw(first)
    bob.withdraw(of_bob[1])
    second = ada.apply(posting, cover_letter="two")
    assert second != first
    held = claim(parts)
    assert len(held.jobs) == 6
    settle(parts, held, handle(parts, held))
    found = stored_documents(database)
    assert {one: document["active"] for one, document in found.items()} == {
        first: False,
        second: True,
        of_bob[0]: True,
        of_bob[1]: False,
    }
    assert found[second]["cover_letter"] == "two"
    assert "withdrawn_at" not in found[second]
    assert sorted(take_confirmations(parts)) == sorted([second, of_bob[0]])


def test_repeated_withdrawals_in_one_batch_keep_order(
    ada: Candidate, posting: str, parts: Container, database: Database[Document]
) -> None:
    sent = []
    for _ in range(5):
        sent.append(ada.apply(posting))
        ada.withdraw(sent[-1])
    sent.append(ada.apply(posting))
    held = claim(parts)
    assert len(held.jobs) == 11
    settle(parts, held, handle(parts, held))
    active = [stored_documents(database)[one]["active"] for one in sent]
    assert active == [False] * 5 + [True]
    assert take_confirmations(parts) == [sent[-1]]


# Repeated withdrawals.


def test_repeated_withdrawal_has_one_effect_and_answer(
    ada: Candidate, posting: str, parts: Container, database: Database[Document]
) -> None:
    application = ada.apply(posting)
    bodies = {ada.post_withdrawal(application).body for _ in range(3)}
    held = claim(parts)
    assert len(held.jobs) == 2
    settle(parts, held, handle(parts, held))
    [before] = stored_documents(database).values()
    bodies.add(ada.post_withdrawal(application).body)
    assert len(bodies) == 1
    parts.redis.flushall()
    bodies.add(ada.post_withdrawal(application).body)
    assert ada.events(application)[0] == "withdrawn"
    drain_applications(parts)
    assert len(bodies) == 1
    assert list(stored_documents(database).values()) == [before]


@pytest.mark.parametrize("forgotten", [False, True], ids=["known", "forgotten"])
def test_repeated_withdrawal_keeps_a_newer_application(
    ada: Candidate, posting: str, parts: Container, redis: Redis, forgotten: bool
) -> None:
    old = ada.apply(posting)
    ada.withdraw(old)
    new = ada.apply(posting)
    for when in ("waiting", "stored"):
        if forgotten and when == "stored":
            redis.delete(parts.recruiting.lanes[0].keys.job(withdrawal_job_id(old)))
        assert ada.withdraw(old) == old
        assert ada.apply(posting) == new, f"the newer application is {when}"
        drain_applications(parts)
        assert ada.events(new) == ("stored", ["accepted", "stored"])
    assert ada.events(old)[0] == "withdrawn"


def test_repeated_idempotency_keys_get_the_first_answer(
    ada: Candidate, http: Client, posting: str
) -> None:
    first = apply(http, ada.token, posting, key="apply")
    application = json.loads(first.body)["id"]
    withdrawn = ada.post_withdrawal(application, key="withdraw")
    assert ada.post_withdrawal(application, key="withdraw").body == withdrawn.body
    assert problem(ada.post_withdrawal(application, key="apply")) == (422, "idempotency-key-reused")
    # The answer is that of the first call; a new application needs a new key.
    assert apply(http, ada.token, posting, key="apply").body == first.body
    again = apply(http, ada.token, posting, key="again")
    assert json.loads(again.body)["id"] != application


def test_apply_limits_do_not_limit_withdrawals(
    ada: Candidate, http: Client, parts: Container
) -> None:
    lanes = Shards(parts.redis, "applications", limits=Limits(rates=(Rate(2, 60),)))
    parts.recruiting.override(lanes=lanes)
    sent = [ada.apply(publish(parts)) for _ in range(2)]
    for application in sent:
        ada.withdraw(application)
    assert problem(apply(http, ada.token, publish(parts))) == (429, "too-many-requests")


# Ownership.


def test_only_the_candidate_can_withdraw(
    ada: Candidate, bob: Candidate, posting: str, parts: Container
) -> None:
    application = ada.apply(posting)
    not_there = (404, "application-not-found")
    assert problem(bob.post_withdrawal(application)) == not_there
    drain_applications(parts)
    assert problem(bob.post_withdrawal(application)) == not_there
    assert problem(bob.post_withdrawal(new_id())) == not_there
    assert problem(bob.post_withdrawal("nonsense")) == not_there
    assert problem(ada.post_withdrawal(withdrawal_job_id(application))) == not_there
    assert claim(parts).jobs == []
    assert ada.events(application)[0] == "stored"


def test_without_mongodb_only_waiting_can_be_withdrawn(
    ada: Candidate, bob: Candidate, posting: str, parts: Container, redis: Redis
) -> None:
    application = ada.apply(posting)
    with without_mongodb(parts) as degraded:
        for someone, unknown in ((ada, new_id()), (bob, application)):
            with pytest.raises(PyMongoError):
                degraded.recruiting.withdrawal_service.withdraw(someone.id, unknown, "-")
        answer, repeat = degraded.recruiting.withdrawal_service.withdraw(ada.id, application, "-")
    assert (answer.id, repeat) == (application, False)
    drain_applications(parts)
    assert ada.events(application)[0] == "withdrawn"


# Aliases: receipts that were issued after the queue had forgotten the first application.


def forgotten(ada: Candidate, posting: str, parts: Container) -> str:
    """Return the id of a stored application that the queue has forgotten."""
    application = ada.apply(posting)
    drain_applications(parts)
    parts.redis.flushall()
    return application


def aliased(ada: Candidate, posting: str, parts: Container) -> tuple[str, str]:
    """Return the ids of a stored application and of its alias."""
    first = forgotten(ada, posting, parts)
    alias = ada.apply(posting)
    drain_applications(parts)
    assert ada.status(alias)["id"] == first
    return first, alias


@pytest.mark.parametrize("by", [0, 1], ids=["by its own id", "by the alias"])
def test_alias_id_and_own_id_withdraw_the_same_application(
    ada: Candidate, posting: str, parts: Container, database: Database[Document], by: int
) -> None:
    ids = aliased(ada, posting, parts)
    assert ada.withdraw(ids[by]) == ids[0]
    assert [ada.events(one)[0] for one in ids] == ["withdrawing"] * 2
    # The posting is released from the alias, too.
    again = ada.apply(posting)
    assert again not in ids
    drain_applications(parts)
    assert [ada.events(one)[0] for one in (*ids, again)] == ["withdrawn", "withdrawn", "stored"]
    for one in ids:
        assert ada.withdraw(one) == ids[0]
    drain_applications(parts)
    assert ada.events(again)[0] == "stored"


def test_withdrawal_of_a_later_alias_withdraws_the_first(
    ada: Candidate, posting: str, parts: Container, database: Database[Document]
) -> None:
    """The queue does not know yet that the waiting application is an alias."""
    first = forgotten(ada, posting, parts)
    alias = ada.apply(posting)
    assert ada.withdraw(alias) == alias
    again = ada.apply(posting)
    held = claim(parts)
    assert len(held.jobs) == 3
    settle(parts, held, handle(parts, held))
    assert [ada.events(one)[0] for one in (first, alias, again)] == [
        *("withdrawn", "withdrawn", "stored")
    ]
    assert ada.status(alias)["id"] == first


def test_withdrawn_alias_releases_the_posting(
    ada: Candidate, posting: str, parts: Container
) -> None:
    """The queue had forgotten the first application, so the second one became its alias."""
    first = forgotten(ada, posting, parts)
    second = ada.apply(posting)
    ada.withdraw(first)
    assert ada.apply(posting) == second, "the queue does not know yet that the second is an alias"
    drain_applications(parts)
    third = ada.apply(posting)
    assert third not in (first, second)
    drain_applications(parts)
    assert [ada.events(one)[0] for one in (first, second, third)] == [
        *("withdrawn", "withdrawn", "stored")
    ]


def test_second_withdrawal_keeps_an_application_behind_it(
    ada: Candidate, posting: str, parts: Container
) -> None:
    first = forgotten(ada, posting, parts)
    alias = ada.apply(posting)
    ada.withdraw(alias)
    third = ada.apply(posting)
    ada.withdraw(first)
    drain_applications(parts)
    assert ada.events(third)[0] == "stored"
    assert ada.apply(posting) == third


def dead_application(ada: Candidate, posting: str, parts: Container) -> str:
    """Return the id of an application whose job was dead-lettered."""
    application = ada.apply(posting)
    dead_letter(parts, application)
    return application


@pytest.mark.parametrize("is_stored", [False, True], ids=["waiting", "stored"])
def test_redriven_application_is_withdrawn_with_the_newer(
    ada: Candidate, posting: str, parts: Container, is_stored: bool
) -> None:
    """The posting is released, whichever of the two applications held it."""
    first = dead_application(ada, posting, parts)
    lanes = parts.recruiting.lanes[0]
    # The deduplication key expires after 30 days.
    parts.redis.delete(f"{lanes.keys.prefix}:once:{lanes.lane_name(ada.id)}")
    if is_stored:
        second = ada.apply(posting)
        drain_applications(parts)
    DeadLetters(lanes).redrive([first])
    if not is_stored:
        second = ada.apply(posting)
    ada.withdraw(first)
    drain_applications(parts)
    assert [ada.events(one)[0] for one in (first, second)] == ["withdrawn", "withdrawn"]
    third = ada.apply(posting)
    assert third not in (first, second)
    drain_applications(parts)
    assert ada.events(third)[0] == "stored"


# Dead-lettered jobs.


def with_dead_withdrawal(ada: Candidate, posting: str, parts: Container) -> str:
    """Return the id of a stored application whose withdrawal was dead-lettered."""
    application = ada.apply(posting)
    drain_applications(parts)
    ada.withdraw(application)
    dead_letter(parts, withdrawal_job_id(application))
    return application


def test_redrive_of_a_withdrawn_application_stores_nothing(
    ada: Candidate, posting: str, parts: Container, database: Database[Document]
) -> None:
    application = dead_application(ada, posting, parts)
    assert ada.events(application) == ("accepted", ["accepted"])
    accepted_at = ada.status(application)["timeline"][0]["at"]
    ada.withdraw(application)
    assert ada.events(application) == ("withdrawing", ["accepted"])
    again = ada.apply(posting)
    drain_applications(parts)
    assert ada.events(application) == ("withdrawn", ["accepted", "withdrawn"])
    assert ada.status(application)["timeline"][0]["at"] == accepted_at
    assert take_confirmations(parts) == [again]
    before = stored_documents(database)

    DeadLetters(parts.recruiting.lanes[0]).redrive([application])
    held = claim(parts)
    assert [job.id for job in held.jobs] == [application]
    outcomes = handle(parts, held)
    assert outcomes == [Done()]
    settle(parts, held, outcomes)
    assert stored_documents(database) == before
    assert take_confirmations(parts) == []


def test_withdrawal_of_a_discarded_job_stores_a_tombstone(
    ada: Candidate, posting: str, parts: Container, database: Database[Document]
) -> None:
    application = dead_application(ada, posting, parts)
    ada.withdraw(application)
    assert DeadLetters(parts.recruiting.lanes[0]).discard([application]) == 1
    drain_applications(parts)
    assert ada.events(application) == ("withdrawn", ["accepted", "withdrawn"])
    [tombstone] = stored_documents(database).values()
    assert tombstone["active"] is False
    assert not {"cover_letter", "links", "stored_at"} & tombstone.keys()


def test_redriven_withdrawal_keeps_a_later_application(
    ada: Candidate, posting: str, parts: Container
) -> None:
    """The later application became an alias of the first one, which then stays."""
    first = with_dead_withdrawal(ada, posting, parts)
    assert ada.events(first)[0] == "withdrawing", "the withdrawal is accepted and not done"
    again = ada.apply(posting)
    drain_applications(parts)
    assert ada.status(again)["id"] == first
    DeadLetters(parts.recruiting.lanes[0]).redrive([withdrawal_job_id(first)])
    held = claim(parts)
    outcomes = handle(parts, held)
    assert outcomes == [Done({"not_withdrawn": "the candidate applied again later"})]
    settle(parts, held, outcomes)
    assert ada.events(again)[0] == "stored"


def test_new_withdrawal_replaces_a_dead_lettered_one(
    ada: Candidate, posting: str, parts: Container
) -> None:
    first = with_dead_withdrawal(ada, posting, parts)
    # It waits, and will become an alias of the first one.
    second = ada.apply(posting)
    ada.withdraw(first)
    assert ada.events(first)[0] == "withdrawing"
    assert DeadLetters(parts.recruiting.lanes[0]).count() == 0
    drain_applications(parts)
    third = ada.apply(posting)
    drain_applications(parts)
    assert [ada.events(one)[0] for one in (first, second, third)] == [
        *("withdrawn", "withdrawn", "stored")
    ]


def test_new_withdrawal_is_queued_for_a_dead_application(
    ada: Candidate, posting: str, parts: Container
) -> None:
    first = dead_application(ada, posting, parts)
    ada.withdraw(first)
    dead_letter(parts, withdrawal_job_id(first))
    ada.withdraw(first)
    assert parts.recruiting.lanes[0].contents(ada.id).waiting == (withdrawal_job_id(first),)
    drain_applications(parts)
    assert ada.events(first)[0] == "withdrawn"


def test_new_withdrawal_is_queued_without_mongodb(
    ada: Candidate, posting: str, parts: Container
) -> None:
    first = with_dead_withdrawal(ada, posting, parts)
    with without_mongodb(parts) as degraded:
        degraded.recruiting.withdrawal_service.withdraw(ada.id, first, "-")
    drain_applications(parts)
    assert ada.events(first)[0] == "withdrawn"


def test_refused_withdrawal_does_not_release_the_posting(
    ada: Candidate, posting: str, parts: Container
) -> None:
    first = with_dead_withdrawal(ada, posting, parts)
    alias = ada.apply(posting)
    drain_applications(parts)
    lanes = Shards(parts.redis, "applications", limits=Limits(max_lane_length=1))
    parts.recruiting.override(lanes=lanes)
    ada.apply(publish(parts))
    assert ada.post_withdrawal(first).status_code == 429
    drain_applications(parts)
    assert ada.apply(posting) == alias


def test_redrive_of_both_jobs_keeps_the_newer_application(
    ada: Candidate, posting: str, parts: Container
) -> None:
    """The first application becomes an alias of the newer one, which is stored."""
    first = dead_application(ada, posting, parts)
    ada.withdraw(first)
    dead_letter(parts, withdrawal_job_id(first))
    second = ada.apply(posting)
    drain_applications(parts)
    DeadLetters(parts.recruiting.lanes[0]).redrive_all()
    drain_applications(parts)
    assert ada.status(first)["id"] == second
    assert ada.events(second)[0] == "stored"


def test_new_withdrawal_replaces_one_without_effect(
    ada: Candidate, posting: str, parts: Container
) -> None:
    first = with_dead_withdrawal(ada, posting, parts)
    again = ada.apply(posting)
    drain_applications(parts)
    DeadLetters(parts.recruiting.lanes[0]).redrive([withdrawal_job_id(first)])
    drain_applications(parts)
    assert ada.events(again)[0] == "stored"
    assert ada.withdraw(again) == first
    assert ada.withdraw(again) == first
    assert parts.recruiting.lanes[0].contents(ada.id).waiting == (withdrawal_job_id(first),)
    drain_applications(parts)
    assert ada.events(again)[0] == "withdrawn"


def test_withdrawal_done_meanwhile_is_not_repeated(
    ada: Candidate, posting: str, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newer application keeps the posting."""
    first = ada.apply(posting)
    drain_applications(parts)
    ada.withdraw(first)
    accept = parts.recruiting.job_queue.accept
    sent: list[str] = []

    def slow(*arguments: Any, **options: Any) -> AcceptedJob:
        if not sent:
            monkeypatch.undo()
            drain_applications(parts)
            sent.append(ada.apply(posting))
        return accept(*arguments, **options)

    monkeypatch.setattr(parts.recruiting.job_queue, "accept", slow)
    ada.withdraw(first)
    assert ada.apply(posting) == sent[0]
    drain_applications(parts)
    assert [ada.events(one)[0] for one in (first, sent[0])] == ["withdrawn", "stored"]


def test_redriven_withdrawal_of_an_alias_has_an_effect(
    ada: Candidate, posting: str, parts: Container
) -> None:
    first, alias = aliased(ada, posting, parts)
    ada.withdraw(alias)
    dead_letter(parts, withdrawal_job_id(first))
    DeadLetters(parts.recruiting.lanes[0]).redrive([withdrawal_job_id(first)])
    drain_applications(parts)
    assert ada.events(first)[0] == "withdrawn"


def test_unreadable_jobs_are_dead_lettered_alone(
    ada: Candidate, posting: str, parts: Container
) -> None:
    ada.apply(posting)
    [job] = claim(parts).jobs
    data = f'["{WITHDRAW}", null, [], {{"candidate_id": 1}}]'.encode()
    unreadable = ClaimedJob("strange", job.lane, data)
    pickled = ClaimedJob("stranger", job.lane, b"\x80")
    [first, done, second] = parts.recruiting.job_handler.handle([unreadable, job, pickled])
    assert done == Done(follow_ups=done.follow_ups)  # type: ignore[union-attr]
    assert [type(first).__name__, type(second).__name__] == ["Dead", "Dead"]


# Killed workers.


def handle_until_kill(writes: int, parts: Container, held: Claim) -> bool:
    """Handle a claim in a worker that is killed before its next write, or before it settles.

    Returns:
        Whether the worker was killed before the end.
    """
    handler = make_job_handler(killer_database(parts.database, writes))
    try:
        handler.handle(held.jobs)
    except Killed:
        return True
    return False


def in_one_batch(parts: Container, jobs: list[ClaimedJob]) -> None:
    parts.recruiting.job_handler.handle(jobs)


def one_by_one(parts: Container, jobs: list[ClaimedJob]) -> None:
    """Handle jobs as a drain does after a crash: one at a time."""
    for job in jobs:
        parts.recruiting.job_handler.handle([job])


@pytest.mark.parametrize("served", [in_one_batch, one_by_one])
@pytest.mark.parametrize("writes", range(9))
def test_attempt_after_a_kill_completes_the_batch(
    ada: Candidate,
    posting: str,
    parts: Container,
    database: Database[Document],
    writes: int,
    served: Callable[[Container, list[ClaimedJob]], None],
) -> None:
    dead_lettered = dead_application(ada, publish(parts), parts)
    first = ada.apply(posting)
    ada.withdraw(first)
    second = ada.apply(posting)
    ada.withdraw(dead_lettered)
    ada.withdraw(second)
    third = ada.apply(posting)
    held = claim(parts)
    assert len(held.jobs) == 6
    killed = handle_until_kill(writes, parts, held)
    # Three inserts, two updates and one tombstone.
    assert killed == (writes < 6)
    half_done = stored_documents(database)
    served(parts, held.jobs)
    found = stored_documents(database)
    assert {one: document["active"] for one, document in found.items()} == {
        first: False,
        second: False,
        third: True,
        dead_lettered: False,
    }
    assert "stored_at" not in found[dead_lettered]
    for one in (first, second, dead_lettered):
        assert ada.events(one)[0] == "withdrawn"
        if "withdrawn_at" in half_done.get(one, {}):
            assert found[one]["withdrawn_at"] == half_done[one]["withdrawn_at"]
    assert ada.events(third)[0] == "stored"


def test_application_stored_meanwhile_is_withdrawn(
    ada: Candidate, posting: str, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow worker looks for the application before another worker stores it."""
    application = ada.apply(posting)
    ada.withdraw(application)
    [first, second] = claim(parts).jobs
    parts.recruiting.job_handler.handle([first])
    monkeypatch.setattr(ApplicationRepository, "resolve_ids", lambda self, ids: {})
    parts.recruiting.job_handler.handle([second])
    assert ada.events(application) == ("withdrawn", ["accepted", "stored", "withdrawn"])


# Deleted accounts.


def test_withdrawals_of_deleted_accounts_store_nothing(
    ada: Candidate, bob: Candidate, posting: str, parts: Container, database: Database[Document]
) -> None:
    withdrawn = ada.apply(posting)
    ada.withdraw(withdrawn)
    dead_lettered = ada.apply(publish(parts))
    drain_applications(parts)
    of_bob = bob.apply(posting)
    lost = dead_application(ada, publish(parts), parts)
    for application in (dead_lettered, lost):
        ada.withdraw(application)
    database["applications"].delete_many({"candidate_id": ada.id})
    database["accounts"].delete_one({"_id": ada.id})
    drain_applications(parts)
    assert list(stored_documents(database)) == [of_bob]
    assert parts.recruiting.lanes[0].contents(ada.id).waiting == ()


# Metrics, and the names of functions.


def test_withdrawals_have_metrics_of_their_own(
    ada: Candidate, posting: str, parts: Container, capsys: pytest.CaptureFixture[str]
) -> None:
    application = ada.apply(posting)
    ada.withdraw(application)
    ada.withdraw(application)
    drain_applications(parts)
    printed = capsys.readouterr().out.splitlines()
    metrics = [json.loads(line) for line in printed if "CloudWatchMetrics" in line]
    counted = {
        name: sum(sum(metric[name]) for metric in metrics if name in metric)
        for name in ("accepted", "withdrawal_accepted", "stored", "withdrawn")
    }
    assert counted == {"accepted": 1, "withdrawal_accepted": 1, "stored": 1, "withdrawn": 1}


@pytest.mark.parametrize("name", [STORE, WITHDRAW, *FUNCTIONS.values()])
def test_functions_of_jobs_exist(name: str) -> None:
    module, _, function = name.rpartition(".")
    assert callable(resolve_name(f"{module}:{function}"))
