"""Following applications: all of a candidate's, page by page, wherever they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client
from pymongo.errors import PyMongoError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from chalicelib.bootstrap.container import Services
from chalicelib.common.ids import new_id
from chalicelib.queue import Wake
from chalicelib.recruiting.applications.repository import withdrawal_id
from chalicelib.recruiting.applications.status_service import ApplicationsQuery
from tests.integration.recruiting.candidates import (
    Candidate,
    Document,
    claim,
    give_up,
    handle,
    without_mongodb,
    work,
)
from tests.integration.recruiting.steps import get, publish
from tests.support.lanes import RecordingWaker


@pytest.fixture
def all_kinds(ada: Candidate, bob: Candidate, parts: Services) -> dict[str, str]:
    """Of each kind of application one or two, in no order; what is told of each, by id."""
    told: dict[str, str] = {}

    def sent(status: str, posting: str) -> str:
        application = ada.apply(posting)
        told[application] = status
        return application

    postings = [publish(parts) for _ in range(7)]
    dead = sent("accepted", postings[0])
    give_up(parts, dead)
    sent("stored", postings[1])
    withdrawn = sent("withdrawn", postings[2])
    work(parts)
    withdrawn_dead = sent("withdrawn", postings[3])
    give_up(parts, withdrawn_dead)
    ada.withdrawn(withdrawn)
    ada.withdrawn(withdrawn_dead)
    work(parts)
    # It is stored, and its withdrawal given up.
    unheard = sent("withdrawing", postings[4])
    work(parts)
    ada.withdrawn(unheard)
    give_up(parts, withdrawal_id(unheard))
    sent("accepted", postings[5])
    ada.withdrawn(sent("withdrawing", postings[6]))
    sent("accepted", postings[6])
    sent("accepted", postings[2])
    bob.apply(postings[0])
    return told


def ids(applications: list[Document]) -> list[str]:
    return [application["id"] for application in applications]


# What is listed.


def test_all_are_listed_newest_first_wherever_they_are(
    ada: Candidate, all_kinds: dict[str, str]
) -> None:
    page = ada.page()
    assert page["next"] is None
    listed = page["applications"]
    assert {one["id"]: one["status"] for one in listed} == all_kinds
    assert ids(listed) == sorted(all_kinds, reverse=True)
    # Those that wait say so, and where; one that was given up does not wait.
    waiting = {one["id"]: one["waiting"]["position"] for one in listed if "waiting" in one}
    sent = list(all_kinds)
    assert waiting == {sent[5]: 1, sent[7]: 4, sent[8]: 5}
    assert all("waiting" not in one for one in listed if one["status"] != "accepted")
    # Each is told as it is told alone.
    assert listed == [ada.progress(one["id"]) for one in listed]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 8, 9, 50])
def test_pages_are_the_list_without_repeats_and_gaps(
    ada: Candidate, all_kinds: dict[str, str], limit: int
) -> None:
    assert ada.pages(limit) == ada.page()["applications"]


def test_pages_do_not_shift_when_something_happens_meanwhile(
    ada: Candidate, all_kinds: dict[str, str], parts: Services
) -> None:
    first = ada.page("?limit=4")
    new = ada.apply(publish(parts))
    work(parts)
    rest = ada.page(f"?limit=50&cursor={first['next']}")["applications"]
    assert ids(first["applications"]) + ids(rest) == sorted(all_kinds, reverse=True)
    assert ids(ada.page("?limit=1")["applications"]) == [new]


def test_a_long_lane_is_paged_too(ada: Candidate, parts: Services) -> None:
    sent = [ada.apply(publish(parts)) for _ in range(12)]
    give_up(parts, sent[3])
    for application in sent[4:7]:
        ada.withdrawn(application)
    for limit in (1, 5, 11, 12):
        assert ids(ada.pages(limit)) == sent[::-1]


def test_the_list_of_one_posting(ada: Candidate, all_kinds: dict[str, str]) -> None:
    everything = ada.page()["applications"]
    postings = {one["posting_id"] for one in everything}
    assert len(postings) == 7
    for posting in postings:
        expected = [one for one in everything if one["posting_id"] == posting]
        assert ada.page(f"?posting_id={posting}")["applications"] == expected
        assert ada.pages(1, f"&posting_id={posting}") == expected
    assert ada.page(f"?posting_id={new_id()}") == {"applications": [], "next": None}


def test_another_s_are_not_listed(ada: Candidate, bob: Candidate, parts: Services) -> None:
    assert bob.page() == {"applications": [], "next": None}
    posting = publish(parts)
    ada.withdrawn(ada.apply(posting))
    assert bob.page(f"?posting_id={posting}") == {"applications": [], "next": None}
    work(parts)
    assert bob.page() == {"applications": [], "next": None}


def test_postings_are_named_as_long_as_they_are_there(ada: Candidate, parts: Services) -> None:
    there, gone = publish(parts), publish(parts)
    applications = [ada.apply(there), ada.apply(gone)]
    named = {"title": "Boat builder", "employer": "Yard & Sons", "location": "Bergen"}
    for _ in ("waiting", "stored"):
        parts.database["postings"].delete_one({"_id": gone})
        expected = {applications[0]: {"id": there} | named, applications[1]: None}
        assert {one["id"]: one["posting"] for one in ada.page()["applications"]} == expected
        assert {one: ada.progress(one)["posting"] for one in applications} == expected
        work(parts)


def test_what_is_stored_and_not_settled_is_listed_once(
    ada: Candidate, posting: str, parts: Services
) -> None:
    """As when a worker was killed at that moment. It counts as stored."""
    first = ada.apply(posting)
    work(parts)
    parts.redis.flushall()
    alias, other = ada.apply(posting), ada.apply(publish(parts))
    assert ids(ada.page()["applications"]) == [other, alias, first]
    handle(parts, claim(parts))
    for limit in (1, 2, 20):
        listed = ada.pages(limit)
        assert ids(listed) == [other, first]
        assert [one["status"] for one in listed] == ["stored", "stored"]
    assert ada.progress(alias)["id"] == first


def test_what_others_put_into_the_lane_is_not_listed(
    ada: Candidate, posting: str, parts: Services
) -> None:
    application = ada.apply(posting)
    lanes = parts.application_lanes[0]
    strange = new_id()
    for job_id in (strange, "strange"):
        job: dict[Any, Any] = {"origin": lanes.lane_name(ada.id), "data": "?"}
        parts.redis.hset(lanes.keys.job(job_id), mapping=job)
        parts.redis.rpush(lanes.keys.queue(lanes.lane_name(ada.id)), job_id)
    # Its hash is gone.
    parts.redis.rpush(lanes.keys.queue(lanes.lane_name(ada.id)), new_id())
    assert ids(ada.page()["applications"]) == [application]
    assert ids(ada.pages(1)) == [application]
    answer = ada.withdraw(strange)
    assert answer.status_code == 404


def test_looking_at_the_list_wakes_a_worker(ada: Candidate, posting: str, parts: Services) -> None:
    """Whoever was to be woken for what waits has died, also when nothing of it is shown."""
    ada.withdrawn(ada.apply(posting))
    woken: list[Wake] = []
    parts.following._own_lanes._waker = RecordingWaker(woken)
    ada.page(f"?posting_id={new_id()}")
    assert len(woken) == 1
    ada.page()
    assert len(woken) == 1


# What is asked wrongly.


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?cursor=x", "cursor"),
        ("?cursor=withdraw-1", "cursor"),
        ("?posting_id=x", "posting_id"),
        ("?limit=0", "limit"),
        ("?limit=51", "limit"),
        ("?limit=x", "limit"),
        ("?page=2", "page"),
    ],
)
def test_a_wrong_query_is_refused_and_named(
    ada: Candidate, http: Client, query: str, field: str
) -> None:
    answer = get(http, f"/v1/applications{query}", ada.token)
    assert answer.status_code == 422
    problem = json.loads(answer.body)
    assert problem["type"] == "urn:hirelane:problem:invalid-fields"
    assert [error["field"] for error in problem["errors"]] == [field]


# Without a store.


@pytest.fixture
def without_redis(parts: Services) -> Iterator[Services]:
    """The same parts, but for a Redis that nobody reaches."""
    crippled = Services("api", lambda: parts.settings, lambda name: parts.keys_secret)
    with Redis.from_url("redis://127.0.0.1:1/0", retry=Retry(NoBackoff(), 0)) as nobody:
        vars(crippled).update(database=parts.database, waker=parts.waker, redis=nobody)
        yield crippled


def test_without_redis_those_that_are_stored_are_listed(
    ada: Candidate, parts: Services, without_redis: Services
) -> None:
    stored = [ada.apply(publish(parts)) for _ in range(2)]
    work(parts)
    ada.withdrawn(stored[0])
    waiting = ada.apply(publish(parts))
    following = without_redis.following
    page = following.page(ada.id, ApplicationsQuery())
    assert [(one.id, one.status) for one in page.applications] == [
        (stored[1], "stored"),
        (stored[0], "stored"),
    ]
    assert following.progress(ada.id, stored[0]).status == "stored"
    with pytest.raises(RedisConnectionError):
        following.progress(ada.id, waiting)


def test_without_mongodb_what_waits_is_told_one_by_one_only(
    ada: Candidate, parts: Services
) -> None:
    stored = ada.apply(publish(parts))
    work(parts)
    waiting = ada.apply(publish(parts))
    with without_mongodb(parts) as crippled:
        progress = crippled.following.progress(ada.id, waiting)
        assert (progress.status, progress.posting) == ("accepted", None)
        assert progress.waiting is not None
        crippled.withdrawing.withdraw(ada.id, waiting, "-")
        assert crippled.following.progress(ada.id, waiting).status == "withdrawing"
        # Of this one it is not known how far it is.
        for unknown in (stored, new_id()):
            with pytest.raises(PyMongoError):
                crippled.following.progress(ada.id, unknown)
        with pytest.raises(PyMongoError):
            crippled.following.page(ada.id, ApplicationsQuery())


# Answers that one has already.


@pytest.mark.parametrize("path", ["/v1/applications", "/v1/applications/{}"])
def test_an_answer_that_one_has_is_not_sent_again(
    ada: Candidate, http: Client, posting: str, parts: Services, path: str
) -> None:
    path = path.format(ada.apply(posting))
    work(parts)
    first = get(http, path, ada.token)
    assert first.headers["Cache-Control"] == "no-store"
    tag = first.headers["ETag"]
    headers = {"Authorization": f"Bearer {ada.token}", "If-None-Match": tag}
    again = http.http.get(path, headers=headers)
    assert (again.status_code, again.body) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (tag, "no-store")
    ada.withdrawn(path.rpartition("/")[2] if "-" in path else ids(ada.page()["applications"])[0])
    changed = http.http.get(path, headers=headers)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
