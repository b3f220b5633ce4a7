"""Withdrawing applications: through the lane, in order, as often and as early as anyone likes."""

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

from chalicelib.bootstrap.container import Services
from chalicelib.common.ids import new_id
from chalicelib.queue import AcceptedJob, ClaimedJob, Limits, Rate, Shards
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Claim, Done
from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
from chalicelib.recruiting.applications.repository import STORE, WITHDRAW, withdrawal_id
from tests.integration.recruiting.candidates import (
    Candidate,
    Document,
    claim,
    give_up,
    handle,
    mailed,
    settle,
    stored,
    without_mongodb,
    work,
)
from tests.integration.recruiting.steps import apply, publish


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.body)["type"].rpartition(":")[2]


# What a withdrawal does.


def test_a_stored_application_is_withdrawn_and_nothing_of_it_erased(
    ada: Candidate, posting: str, parts: Services, database: Database[Document]
) -> None:
    application = ada.apply(posting, cover_letter="Hello", links=["https://example.com/cv"])
    work(parts)
    before = stored(database)[application]
    assert ada.withdrawn(application) == application
    assert ada.steps(application) == ("withdrawing", ["accepted", "stored"])
    work(parts)
    assert ada.steps(application) == ("withdrawn", ["accepted", "stored", "withdrawn"])
    after = stored(database)[application]
    assert after.pop("withdrawn_at") >= after["stored_at"]
    assert after == before | {"active": False}
    assert mailed(parts) == [application], "it was confirmed before it was withdrawn"


def test_one_that_waits_is_stored_as_withdrawn_and_never_confirmed(
    ada: Candidate, posting: str, parts: Services
) -> None:
    application = ada.apply(posting)
    assert "waiting" in ada.progress(application)
    ada.withdrawn(application)
    progress = ada.progress(application)
    assert progress["status"] == "withdrawing"
    assert "waiting" not in progress
    work(parts)
    assert ada.steps(application) == ("withdrawn", ["accepted", "stored", "withdrawn"])
    assert mailed(parts) == []


def test_it_is_done_after_all_that_was_sent_before_and_before_all_sent_after(
    ada: Candidate, posting: str, parts: Services
) -> None:
    first = ada.apply(posting)
    other = ada.apply(publish(parts))
    ada.withdrawn(first)
    again = ada.apply(posting)
    jobs = [job.id for job in claim(parts).jobs]
    assert jobs == [first, other, withdrawal_id(first), again]


def test_apply_withdraw_apply_is_two_applications_also_in_one_batch(
    ada: Candidate, bob: Candidate, posting: str, parts: Services, database: Database[Document]
) -> None:
    first = ada.apply(posting, cover_letter="one")
    of_bob = [bob.apply(publish(parts)), bob.apply(posting)]
    ada.withdrawn(first)
    bob.withdrawn(of_bob[1])
    second = ada.apply(posting, cover_letter="two")
    assert second != first
    held = claim(parts)
    assert len(held.jobs) == 6
    settle(parts, held, handle(parts, held))
    found = stored(database)
    assert {one: document["active"] for one, document in found.items()} == {
        first: False,
        second: True,
        of_bob[0]: True,
        of_bob[1]: False,
    }
    assert found[second]["cover_letter"] == "two"
    assert "withdrawn_at" not in found[second]
    assert sorted(mailed(parts)) == sorted([second, of_bob[0]])


def test_many_changes_of_mind_in_one_batch_come_out_in_order(
    ada: Candidate, posting: str, parts: Services, database: Database[Document]
) -> None:
    sent = []
    for _ in range(5):
        sent.append(ada.apply(posting))
        ada.withdrawn(sent[-1])
    sent.append(ada.apply(posting))
    held = claim(parts)
    assert len(held.jobs) == 11
    settle(parts, held, handle(parts, held))
    active = [stored(database)[one]["active"] for one in sent]
    assert active == [False] * 5 + [True]
    assert mailed(parts) == [sent[-1]]


# Again and again.


def test_withdrawing_again_is_answered_the_same_and_done_once(
    ada: Candidate, posting: str, parts: Services, database: Database[Document]
) -> None:
    application = ada.apply(posting)
    bodies = {ada.withdraw(application).body for _ in range(3)}
    held = claim(parts)
    assert len(held.jobs) == 2
    settle(parts, held, handle(parts, held))
    [before] = stored(database).values()
    bodies.add(ada.withdraw(application).body)
    assert len(bodies) == 1
    parts.redis.flushall()
    bodies.add(ada.withdraw(application).body)
    assert ada.steps(application)[0] == "withdrawn"
    work(parts)
    assert len(bodies) == 1
    assert list(stored(database).values()) == [before]


@pytest.mark.parametrize("forgotten", [False, True], ids=["known", "forgotten"])
def test_withdrawing_the_old_one_again_does_not_touch_the_new_one(
    ada: Candidate, posting: str, parts: Services, redis: Redis, forgotten: bool
) -> None:
    old = ada.apply(posting)
    ada.withdrawn(old)
    new = ada.apply(posting)
    for when in ("waiting", "stored"):
        if forgotten and when == "stored":
            redis.delete(parts.application_lanes[0].keys.job(withdrawal_id(old)))
        assert ada.withdrawn(old) == old
        assert ada.apply(posting) == new, f"the new one, {when}, is remembered"
        work(parts)
        assert ada.steps(new) == ("stored", ["accepted", "stored"])
    assert ada.steps(old)[0] == "withdrawn"


def test_keys_are_answered_as_before(ada: Candidate, http: Client, posting: str) -> None:
    first = apply(http, ada.token, posting, key="apply")
    application = json.loads(first.body)["id"]
    withdrawn = ada.withdraw(application, key="withdraw")
    assert ada.withdraw(application, key="withdraw").body == withdrawn.body
    assert problem(ada.withdraw(application, key="apply")) == (422, "idempotency-key-reused")
    # Whatever happened since: who wants to apply again chooses a new key.
    assert apply(http, ada.token, posting, key="apply").body == first.body
    again = apply(http, ada.token, posting, key="again")
    assert json.loads(again.body)["id"] != application


def test_withdrawing_is_not_limited_as_applying_is(
    ada: Candidate, http: Client, parts: Services
) -> None:
    lanes = Shards(parts.redis, "applications", limits=Limits(rates=(Rate(2, 60),)))
    parts.accepting._lanes = lanes
    sent = [ada.apply(publish(parts)) for _ in range(2)]
    for application in sent:
        ada.withdrawn(application)
    assert problem(apply(http, ada.token, publish(parts))) == (429, "too-many-requests")


# Whose it is.


def test_only_ones_own_can_be_withdrawn(
    ada: Candidate, bob: Candidate, posting: str, parts: Services
) -> None:
    application = ada.apply(posting)
    not_there = (404, "application-not-found")
    assert problem(bob.withdraw(application)) == not_there
    work(parts)
    assert problem(bob.withdraw(application)) == not_there
    assert problem(bob.withdraw(new_id())) == not_there
    assert problem(bob.withdraw("nonsense")) == not_there
    assert problem(ada.withdraw(withdrawal_id(application))) == not_there
    assert claim(parts).jobs == []
    assert ada.steps(application)[0] == "stored"


def test_without_mongodb_what_is_in_the_lane_can_be_withdrawn_and_no_more(
    ada: Candidate, bob: Candidate, posting: str, parts: Services, redis: Redis
) -> None:
    application = ada.apply(posting)
    with without_mongodb(parts) as crippled:
        for someone, unknown in ((ada, new_id()), (bob, application)):
            with pytest.raises(PyMongoError):
                crippled.withdrawing.withdraw(someone.id, unknown, "-")
        answer, repeat = crippled.withdrawing.withdraw(ada.id, application, "-")
    assert (answer.id, repeat) == (application, False)
    work(parts)
    assert ada.steps(application)[0] == "withdrawn"


# Aliases: a receipt that was given again when the queue had forgotten the first.


def aliased(ada: Candidate, posting: str, parts: Services) -> tuple[str, str]:
    """An application, and another receipt that leads to it."""
    first = ada.apply(posting)
    work(parts)
    parts.redis.flushall()
    alias = ada.apply(posting)
    work(parts)
    assert ada.progress(alias)["id"] == first
    return first, alias


@pytest.mark.parametrize("by", [0, 1], ids=["by its own id", "by the alias"])
def test_an_application_with_an_alias_is_withdrawn_by_either_id(
    ada: Candidate, posting: str, parts: Services, database: Database[Document], by: int
) -> None:
    ids = aliased(ada, posting, parts)
    assert ada.withdrawn(ids[by]) == ids[0]
    assert [ada.steps(one)[0] for one in ids] == ["withdrawing"] * 2
    # What was taken by the alias is free as well.
    again = ada.apply(posting)
    assert again not in ids
    work(parts)
    assert [ada.steps(one)[0] for one in (*ids, again)] == ["withdrawn", "withdrawn", "stored"]
    for one in ids:
        assert ada.withdrawn(one) == ids[0]
    work(parts)
    assert ada.steps(again)[0] == "stored"


def test_one_that_becomes_an_alias_is_withdrawn_with_the_first(
    ada: Candidate, posting: str, parts: Services, database: Database[Document]
) -> None:
    """It waits when it is withdrawn, and nobody knows yet that it repeats another."""
    first = ada.apply(posting)
    work(parts)
    parts.redis.flushall()
    alias = ada.apply(posting)
    assert ada.withdrawn(alias) == alias
    again = ada.apply(posting)
    held = claim(parts)
    assert len(held.jobs) == 3
    settle(parts, held, handle(parts, held))
    assert [ada.steps(one)[0] for one in (first, alias, again)] == [
        *("withdrawn", "withdrawn", "stored")
    ]
    assert ada.progress(alias)["id"] == first


def test_a_second_application_that_waited_does_not_hold_the_posting_when_both_are_withdrawn(
    ada: Candidate, posting: str, parts: Services
) -> None:
    """The queue had forgotten the first one: the second leads to it, and is withdrawn with it."""
    first = ada.apply(posting)
    work(parts)
    parts.redis.flushall()
    second = ada.apply(posting)
    ada.withdrawn(first)
    assert ada.apply(posting) == second, "nobody knows yet that the second is the first"
    work(parts)
    third = ada.apply(posting)
    assert third not in (first, second)
    work(parts)
    assert [ada.steps(one)[0] for one in (first, second, third)] == [
        *("withdrawn", "withdrawn", "stored")
    ]


def test_what_stands_behind_another_withdrawal_keeps_the_posting(
    ada: Candidate, posting: str, parts: Services
) -> None:
    first = ada.apply(posting)
    work(parts)
    parts.redis.flushall()
    alias = ada.apply(posting)
    ada.withdrawn(alias)
    third = ada.apply(posting)
    ada.withdrawn(first)
    work(parts)
    assert ada.steps(third)[0] == "stored"
    assert ada.apply(posting) == third


@pytest.mark.parametrize("is_stored", [False, True], ids=["waiting", "stored"])
def test_an_application_that_is_redriven_after_another_was_sent_is_withdrawn_with_it(
    ada: Candidate, posting: str, parts: Services, is_stored: bool
) -> None:
    """Whichever of them took the posting, it is free when neither stands."""
    first = ada.apply(posting)
    give_up(parts, first)
    lanes = parts.application_lanes[0]
    # As after 30 days.
    parts.redis.delete(f"{lanes.keys.prefix}:once:{lanes.lane_name(ada.id)}")
    if is_stored:
        second = ada.apply(posting)
        work(parts)
    DeadLetters(lanes).redrive([first])
    if not is_stored:
        second = ada.apply(posting)
    ada.withdrawn(first)
    work(parts)
    assert [ada.steps(one)[0] for one in (first, second)] == ["withdrawn", "withdrawn"]
    third = ada.apply(posting)
    assert third not in (first, second)
    work(parts)
    assert ada.steps(third)[0] == "stored"


# Jobs that were given up.


def in_vain(ada: Candidate, posting: str, parts: Services) -> str:
    """An application that is stored, and whose withdrawal was given up."""
    application = ada.apply(posting)
    work(parts)
    ada.withdrawn(application)
    give_up(parts, withdrawal_id(application))
    return application


def test_one_that_was_given_up_and_withdrawn_does_not_come_back(
    ada: Candidate, posting: str, parts: Services, database: Database[Document]
) -> None:
    application = ada.apply(posting)
    give_up(parts, application)
    assert ada.steps(application) == ("accepted", ["accepted"])
    accepted_at = ada.progress(application)["timeline"][0]["at"]
    ada.withdrawn(application)
    assert ada.steps(application) == ("withdrawing", ["accepted"])
    again = ada.apply(posting)
    work(parts)
    assert ada.steps(application) == ("withdrawn", ["accepted", "withdrawn"])
    assert ada.progress(application)["timeline"][0]["at"] == accepted_at
    assert mailed(parts) == [again]
    before = stored(database)

    DeadLetters(parts.application_lanes[0]).redrive([application])
    held = claim(parts)
    assert [job.id for job in held.jobs] == [application]
    outcomes = handle(parts, held)
    assert outcomes == [Done({"withdrawn": application})]
    settle(parts, held, outcomes)
    assert stored(database) == before
    assert mailed(parts) == []


def test_one_that_was_discarded_before_its_withdrawal_was_done_is_withdrawn_too(
    ada: Candidate, posting: str, parts: Services, database: Database[Document]
) -> None:
    application = ada.apply(posting)
    give_up(parts, application)
    ada.withdrawn(application)
    assert DeadLetters(parts.application_lanes[0]).discard([application]) == 1
    work(parts)
    assert ada.steps(application) == ("withdrawn", ["accepted", "withdrawn"])
    [tombstone] = stored(database).values()
    assert tombstone["active"] is False
    assert not {"cover_letter", "links", "stored_at"} & tombstone.keys()


def test_a_withdrawal_that_was_given_up_takes_nothing_that_was_sent_since(
    ada: Candidate, posting: str, parts: Services
) -> None:
    """What was sent after it was taken for the first one, which is then to stay."""
    first = in_vain(ada, posting, parts)
    assert ada.steps(first)[0] == "withdrawing", "it was accepted and is not done"
    again = ada.apply(posting)
    work(parts)
    assert ada.progress(again)["id"] == first
    DeadLetters(parts.application_lanes[0]).redrive([withdrawal_id(first)])
    held = claim(parts)
    outcomes = handle(parts, held)
    assert outcomes == [Done({"not_withdrawn": "it was sent again since"})]
    settle(parts, held, outcomes)
    assert ada.steps(again)[0] == "stored"


def test_withdrawing_again_does_what_was_given_up(
    ada: Candidate, posting: str, parts: Services
) -> None:
    first = in_vain(ada, posting, parts)
    # It waits, and will lead to the first one.
    second = ada.apply(posting)
    ada.withdrawn(first)
    assert ada.steps(first)[0] == "withdrawing"
    assert DeadLetters(parts.application_lanes[0]).count() == 0
    work(parts)
    third = ada.apply(posting)
    work(parts)
    assert [ada.steps(one)[0] for one in (first, second, third)] == [
        *("withdrawn", "withdrawn", "stored")
    ]


def test_withdrawing_again_is_queued_when_the_application_was_given_up_too(
    ada: Candidate, posting: str, parts: Services
) -> None:
    first = ada.apply(posting)
    give_up(parts, first)
    ada.withdrawn(first)
    give_up(parts, withdrawal_id(first))
    ada.withdrawn(first)
    assert parts.application_lanes[0].contents(ada.id).waiting == (withdrawal_id(first),)
    work(parts)
    assert ada.steps(first)[0] == "withdrawn"


def test_withdrawing_again_without_mongodb_is_queued_too(
    ada: Candidate, posting: str, parts: Services
) -> None:
    first = in_vain(ada, posting, parts)
    with without_mongodb(parts) as crippled:
        crippled.withdrawing.withdraw(ada.id, first, "-")
    work(parts)
    assert ada.steps(first)[0] == "withdrawn"


def test_a_withdrawal_that_is_refused_frees_nothing(
    ada: Candidate, posting: str, parts: Services
) -> None:
    first = in_vain(ada, posting, parts)
    alias = ada.apply(posting)
    work(parts)
    parts.accepting._lanes = Shards(parts.redis, "applications", limits=Limits(max_lane_length=1))
    ada.apply(publish(parts))
    assert ada.withdraw(first).status_code == 429
    work(parts)
    assert ada.apply(posting) == alias


def test_a_redriven_withdrawal_takes_no_application_that_was_sent_after_it(
    ada: Candidate, posting: str, parts: Services
) -> None:
    """The old one, redriven too, finds the new one stored, and leads to that."""
    first = ada.apply(posting)
    give_up(parts, first)
    ada.withdrawn(first)
    give_up(parts, withdrawal_id(first))
    second = ada.apply(posting)
    work(parts)
    DeadLetters(parts.application_lanes[0]).redrive_all()
    work(parts)
    assert ada.progress(first)["id"] == second
    assert ada.steps(second)[0] == "stored"


def test_withdrawing_again_does_what_left_alone_the_one_sent_since(
    ada: Candidate, posting: str, parts: Services
) -> None:
    first = in_vain(ada, posting, parts)
    again = ada.apply(posting)
    work(parts)
    DeadLetters(parts.application_lanes[0]).redrive([withdrawal_id(first)])
    work(parts)
    assert ada.steps(again)[0] == "stored"
    assert ada.withdrawn(again) == first
    assert ada.withdrawn(again) == first
    assert parts.application_lanes[0].contents(ada.id).waiting == (withdrawal_id(first),)
    work(parts)
    assert ada.steps(again)[0] == "withdrawn"


def test_a_withdrawal_that_is_done_meanwhile_is_not_done_again(
    ada: Candidate, posting: str, parts: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was applied for since keeps the posting."""
    first = ada.apply(posting)
    work(parts)
    ada.withdrawn(first)
    accept = parts.accepting.accept
    sent: list[str] = []

    def slow(*arguments: Any, **options: Any) -> AcceptedJob:
        if not sent:
            monkeypatch.undo()
            work(parts)
            sent.append(ada.apply(posting))
        return accept(*arguments, **options)

    monkeypatch.setattr(parts.accepting, "accept", slow)
    ada.withdrawn(first)
    assert ada.apply(posting) == sent[0]
    work(parts)
    assert [ada.steps(one)[0] for one in (first, sent[0])] == ["withdrawn", "stored"]


def test_a_withdrawal_that_was_given_up_is_done_when_it_is_redriven(
    ada: Candidate, posting: str, parts: Services
) -> None:
    first, alias = aliased(ada, posting, parts)
    ada.withdrawn(alias)
    give_up(parts, withdrawal_id(first))
    DeadLetters(parts.application_lanes[0]).redrive([withdrawal_id(first)])
    work(parts)
    assert ada.steps(first)[0] == "withdrawn"


def test_a_withdrawal_that_cannot_be_read_is_given_up_alone(
    ada: Candidate, posting: str, parts: Services
) -> None:
    application = ada.apply(posting)
    [job] = claim(parts).jobs
    data = f'["{WITHDRAW}", null, [], {{"candidate_id": 1}}]'.encode()
    unreadable = ClaimedJob("strange", job.lane, data)
    pickled = ClaimedJob("stranger", job.lane, b"\x80")
    [first, done, second] = parts.storing.handle([unreadable, job, pickled])
    assert done == Done({"stored": application}, done.follow_ups)  # type: ignore[union-attr]
    assert [type(first).__name__, type(second).__name__] == ["Dead", "Dead"]


# Killed at any point.


class Killed(BaseException):
    """Nothing that is done after it happens."""


class Mortal:
    """A collection whose client dies when it has written so often."""

    def __init__(self, collection: Any, writes: int) -> None:
        self._collection = collection
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        called = getattr(self._collection, name)
        if name not in ("insert_many", "update_many"):
            return called

        def write(*arguments: Any, **options: Any) -> Any:
            if self._writes == 0:
                raise Killed
            self._writes -= 1
            return called(*arguments, **options)

        return write


def killed_after(writes: int, parts: Services, held: Claim) -> bool:
    """Do a claim's jobs as a worker that dies before its next write, or before it settles."""
    mortal: Any = ApplicationJobHandler(parts.database, parts.postings)
    mortal._applications = Mortal(parts.database["applications"], writes)
    mortal._withdrawals._applications = mortal._applications
    try:
        mortal.handle(held.jobs)
    except Killed:
        return True
    return False


def in_one_batch(parts: Services, jobs: list[ClaimedJob]) -> None:
    parts.storing.handle(jobs)


def one_by_one(parts: Services, jobs: list[ClaimedJob]) -> None:
    """As those of a lane are done whose worker died."""
    for job in jobs:
        parts.storing.handle([job])


@pytest.mark.parametrize("served", [in_one_batch, one_by_one])
@pytest.mark.parametrize("writes", range(9))
def test_killed_after_any_write_the_next_attempt_ends_as_if_nothing_had_happened(
    ada: Candidate,
    posting: str,
    parts: Services,
    database: Database[Document],
    writes: int,
    served: Callable[[Services, list[ClaimedJob]], None],
) -> None:
    given_up = ada.apply(publish(parts))
    give_up(parts, given_up)
    first = ada.apply(posting)
    ada.withdrawn(first)
    second = ada.apply(posting)
    ada.withdrawn(given_up)
    ada.withdrawn(second)
    third = ada.apply(posting)
    held = claim(parts)
    assert len(held.jobs) == 6
    died = killed_after(writes, parts, held)
    # Two inserts and two rounds of withdrawals, of which one has a tombstone; one insert more.
    assert died == (writes < 6)
    half_done = stored(database)
    served(parts, held.jobs)
    found = stored(database)
    assert {one: document["active"] for one, document in found.items()} == {
        first: False,
        second: False,
        third: True,
        given_up: False,
    }
    assert "stored_at" not in found[given_up]
    for one in (first, second, given_up):
        assert ada.steps(one)[0] == "withdrawn"
        if "withdrawn_at" in half_done.get(one, {}):
            assert found[one]["withdrawn_at"] == half_done[one]["withdrawn_at"]
    assert ada.steps(third)[0] == "stored"


def test_a_tombstone_that_finds_the_application_stored_withdraws_it(
    ada: Candidate, posting: str, parts: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a slow worker is overtaken by the one that has its lane."""
    application = ada.apply(posting)
    ada.withdrawn(application)
    [first, second] = claim(parts).jobs
    parts.storing.handle([first])
    monkeypatch.setattr(parts.storing._withdrawals, "_stored", lambda asked: {})
    parts.storing.handle([second])
    assert ada.steps(application) == ("withdrawn", ["accepted", "stored", "withdrawn"])


# With the account goes all.


def test_a_deleted_account_leaves_nothing_of_its_withdrawals(
    ada: Candidate, bob: Candidate, posting: str, parts: Services, database: Database[Document]
) -> None:
    withdrawn = ada.apply(posting)
    ada.withdrawn(withdrawn)
    given_up = ada.apply(publish(parts))
    work(parts)
    of_bob = bob.apply(posting)
    lost = ada.apply(publish(parts))
    give_up(parts, lost)
    for application in (given_up, lost):
        ada.withdrawn(application)
    parts.applications.forget(ada.id)
    database["accounts"].delete_one({"_id": ada.id})
    work(parts)
    assert list(stored(database)) == [of_bob]
    assert parts.application_lanes[0].contents(ada.id).waiting == ()


# What it costs, and where it is seen.


def test_withdrawals_are_counted_as_what_they_are(
    ada: Candidate, posting: str, parts: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    application = ada.apply(posting)
    ada.withdrawn(application)
    ada.withdrawn(application)
    work(parts)
    printed = capsys.readouterr().out.splitlines()
    metrics = [json.loads(line) for line in printed if "CloudWatchMetrics" in line]
    counted = {
        name: sum(sum(metric[name]) for metric in metrics if name in metric)
        for name in ("accepted", "withdrawal_accepted", "stored", "withdrawn")
    }
    assert counted == {"accepted": 1, "withdrawal_accepted": 1, "stored": 1, "withdrawn": 1}


@pytest.mark.parametrize("name", [STORE, WITHDRAW])
def test_jobs_name_functions_that_there_are(name: str) -> None:
    module, _, function = name.rpartition(".")
    assert callable(resolve_name(f"{module}:{function}"))
