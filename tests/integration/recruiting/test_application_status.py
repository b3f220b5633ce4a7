"""Status and lists of a candidate's applications, stored ones and pending ones."""

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

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.jobs import withdrawal_job_id
from chalicelib.recruiting.applications.models import ApplicationsQuery
from tests.integration.recruiting.candidates import (
    Candidate,
    Document,
    claim,
    copy_with,
    dead_letter,
    drain_applications,
    handle,
    without_mongodb,
)
from tests.integration.recruiting.steps import get, publish
from tests.support.lanes import RecordingWaker


@pytest.fixture
def all_states(ada: Candidate, bob: Candidate, parts: Container) -> dict[str, str]:
    """Return applications in every state, by id, with the status that each must have."""
    statuses: dict[str, str] = {}

    def sent(status: str, posting: str) -> str:
        application = ada.apply(posting)
        statuses[application] = status
        return application

    postings = [publish(parts) for _ in range(7)]
    dead = sent("accepted", postings[0])
    dead_letter(parts, dead)
    sent("stored", postings[1])
    withdrawn = sent("withdrawn", postings[2])
    drain_applications(parts)
    withdrawn_dead = sent("withdrawn", postings[3])
    dead_letter(parts, withdrawn_dead)
    ada.withdraw(withdrawn)
    ada.withdraw(withdrawn_dead)
    drain_applications(parts)
    # Its withdrawal is dead-lettered.
    stuck = sent("withdrawing", postings[4])
    drain_applications(parts)
    ada.withdraw(stuck)
    dead_letter(parts, withdrawal_job_id(stuck))
    sent("accepted", postings[5])
    ada.withdraw(sent("withdrawing", postings[6]))
    sent("accepted", postings[6])
    sent("accepted", postings[2])
    bob.apply(postings[0])
    return statuses


def ids(applications: list[Document]) -> list[str]:
    return [application["id"] for application in applications]


# Lists.


def test_list_has_stored_and_pending_newest_first(
    ada: Candidate, all_states: dict[str, str]
) -> None:
    page = ada.page()
    assert page["next"] is None
    listed = page["applications"]
    assert {one["id"]: one["status"] for one in listed} == all_states
    assert ids(listed) == sorted(all_states, reverse=True)
    # Waiting applications have a position; a dead-lettered one does not wait.
    waiting = {one["id"]: one["waiting"]["position"] for one in listed if "waiting" in one}
    sent = list(all_states)
    assert waiting == {sent[5]: 1, sent[7]: 4, sent[8]: 5}
    assert all("waiting" not in one for one in listed if one["status"] != "accepted")
    # An entry of the list equals the answer for the application alone.
    assert listed == [ada.status(one["id"]) for one in listed]


def test_pages_have_no_repeats_and_no_gaps(ada: Candidate, all_states: dict[str, str]) -> None:
    for limit in (1, 2, 3, 4, 8, 9, 50):
        assert ada.all_pages(limit) == ada.page()["applications"], limit


def test_new_application_does_not_shift_pages(
    ada: Candidate, all_states: dict[str, str], parts: Container
) -> None:
    first = ada.page("?limit=4")
    new = ada.apply(publish(parts))
    drain_applications(parts)
    rest = ada.page(f"?limit=50&cursor={first['next']}")["applications"]
    assert ids(first["applications"]) + ids(rest) == sorted(all_states, reverse=True)
    assert ids(ada.page("?limit=1")["applications"]) == [new]


def test_long_lane_is_paged(ada: Candidate, parts: Container) -> None:
    sent = [ada.apply(publish(parts)) for _ in range(12)]
    dead_letter(parts, sent[3])
    for application in sent[4:7]:
        ada.withdraw(application)
    for limit in (1, 5, 11, 12):
        assert ids(ada.all_pages(limit)) == sent[::-1]


def test_posting_filter_lists_its_applications_only(
    ada: Candidate, all_states: dict[str, str]
) -> None:
    everything = ada.page()["applications"]
    postings = {one["posting_id"] for one in everything}
    assert len(postings) == 7
    for posting in postings:
        expected = [one for one in everything if one["posting_id"] == posting]
        assert ada.page(f"?posting_id={posting}")["applications"] == expected
        assert ada.all_pages(1, f"&posting_id={posting}") == expected
    assert ada.page(f"?posting_id={new_id()}") == {"applications": [], "next": None}


def test_list_has_no_application_of_another_candidate(
    ada: Candidate, bob: Candidate, parts: Container
) -> None:
    assert bob.page() == {"applications": [], "next": None}
    posting = publish(parts)
    ada.withdraw(ada.apply(posting))
    assert bob.page(f"?posting_id={posting}") == {"applications": [], "next": None}
    drain_applications(parts)
    assert bob.page() == {"applications": [], "next": None}


def test_deleted_posting_is_null(ada: Candidate, parts: Container) -> None:
    there, gone = publish(parts), publish(parts)
    applications = [ada.apply(there), ada.apply(gone)]
    named = {"title": "Boat builder", "employer": "Yard & Sons", "location": "Bergen"}
    for _ in ("waiting", "stored"):
        parts.database["postings"].delete_one({"_id": gone})
        expected = {applications[0]: {"id": there} | named, applications[1]: None}
        assert {one["id"]: one["posting"] for one in ada.page()["applications"]} == expected
        assert {one: ada.status(one)["posting"] for one in applications} == expected
        drain_applications(parts)


def test_stored_unsettled_application_is_listed_once(
    ada: Candidate, posting: str, parts: Container
) -> None:
    """A worker was killed after it stored the application. It counts as stored."""
    first = ada.apply(posting)
    drain_applications(parts)
    parts.redis.flushall()
    alias, other = ada.apply(posting), ada.apply(publish(parts))
    assert ids(ada.page()["applications"]) == [other, alias, first]
    handle(parts, claim(parts))
    for limit in (1, 2, 20):
        listed = ada.all_pages(limit)
        assert ids(listed) == [other, first]
        assert [one["status"] for one in listed] == ["stored", "stored"]
    assert ada.status(alias)["id"] == first


def test_foreign_jobs_in_the_lane_are_not_listed(
    ada: Candidate, posting: str, parts: Container
) -> None:
    application = ada.apply(posting)
    lanes = parts.recruiting.lanes[0]
    strange = new_id()
    for job_id in (strange, "strange"):
        job: dict[Any, Any] = {"origin": lanes.lane_name(ada.id), "data": "?"}
        parts.redis.hset(lanes.keys.job(job_id), mapping=job)
        parts.redis.rpush(lanes.keys.queue(lanes.lane_name(ada.id)), job_id)
    # A job whose hash expired.
    parts.redis.rpush(lanes.keys.queue(lanes.lane_name(ada.id)), new_id())
    assert ids(ada.page()["applications"]) == [application]
    assert ids(ada.all_pages(1)) == [application]
    answer = ada.post_withdrawal(strange)
    assert answer.status_code == 404


def test_list_wakes_a_drain_if_none_runs(ada: Candidate, posting: str, parts: Container) -> None:
    """The drain for the waiting job has died. The list wakes one even if it is empty."""
    ada.withdraw(ada.apply(posting))
    waker = RecordingWaker()
    parts.override(waker=waker)
    ada.page(f"?posting_id={new_id()}")
    assert len(waker.wakes) == 1
    ada.page()
    assert len(waker.wakes) == 1


# Invalid queries.


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
def test_invalid_query_names_the_field(
    ada: Candidate, http: Client, query: str, field: str
) -> None:
    answer = get(http, f"/v1/applications{query}", ada.token)
    assert answer.status_code == 422
    problem = json.loads(answer.body)
    assert problem["type"] == "urn:hirelane:problem:invalid-fields"
    assert [error["field"] for error in problem["errors"]] == [field]


# A store is down.


@pytest.fixture
def without_redis(parts: Container) -> Iterator[Container]:
    """Yield a container whose Redis cannot be reached."""
    with Redis.from_url("redis://127.0.0.1:1/0", retry=Retry(NoBackoff(), 0)) as unreachable:
        yield copy_with(parts, redis=unreachable)


def test_without_redis_stored_applications_are_listed(
    ada: Candidate, parts: Container, without_redis: Container
) -> None:
    stored = [ada.apply(publish(parts)) for _ in range(2)]
    drain_applications(parts)
    ada.withdraw(stored[0])
    waiting = ada.apply(publish(parts))
    status_service = without_redis.recruiting.status_service
    page = status_service.page(ada.id, ApplicationsQuery())
    assert [(one.id, one.status) for one in page.applications] == [
        (stored[1], "stored"),
        (stored[0], "stored"),
    ]
    assert status_service.get(ada.id, stored[0]).status == "stored"
    with pytest.raises(RedisConnectionError):
        status_service.get(ada.id, waiting)


def test_without_mongodb_waiting_applications_have_a_status(
    ada: Candidate, parts: Container
) -> None:
    stored = ada.apply(publish(parts))
    drain_applications(parts)
    waiting = ada.apply(publish(parts))
    with without_mongodb(parts) as degraded:
        status = degraded.recruiting.status_service.get(ada.id, waiting)
        assert (status.status, status.posting) == ("accepted", None)
        assert status.waiting is not None
        degraded.recruiting.withdrawal_service.withdraw(ada.id, waiting, "-")
        assert degraded.recruiting.status_service.get(ada.id, waiting).status == "withdrawing"
        # MongoDB alone knows the status of these.
        for unknown in (stored, new_id()):
            with pytest.raises(PyMongoError):
                degraded.recruiting.status_service.get(ada.id, unknown)
        with pytest.raises(PyMongoError):
            degraded.recruiting.status_service.page(ada.id, ApplicationsQuery())


# Conditional requests.


@pytest.mark.parametrize("path", ["/v1/applications", "/v1/applications/{}"])
def test_matching_etag_gets_304_until_the_status_changes(
    ada: Candidate, http: Client, posting: str, parts: Container, path: str
) -> None:
    path = path.format(ada.apply(posting))
    drain_applications(parts)
    first = get(http, path, ada.token)
    assert first.headers["Cache-Control"] == "no-store"
    tag = first.headers["ETag"]
    headers = {"Authorization": f"Bearer {ada.token}", "If-None-Match": tag}
    again = http.http.get(path, headers=headers)
    assert (again.status_code, again.body) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (tag, "no-store")
    ada.withdraw(path.rpartition("/")[2] if "-" in path else ids(ada.page()["applications"])[0])
    changed = http.http.get(path, headers=headers)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
