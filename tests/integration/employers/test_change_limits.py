"""Rate limits of the changes that members make: generous for people, but not for scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.auth.rate_limits import DEFAULTS, AuthRateLimits
from chalicelib.bootstrap.container import Container
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.ids import IdempotencyKey, new_id
from chalicelib.queue import Rate
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import CHANGES, MemberPolicy
from chalicelib.recruiting.pipeline.command_service import CommandService
from chalicelib.recruiting.pipeline.jobs import CommandKind, CommandRequest
from tests.integration.auth.api_requests import body_of, problem_of
from tests.integration.auth.people import Person
from tests.integration.auth.route_examples import route_policies
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.applicants import store_applicants
from tests.integration.recruiting.pipelines import RECRUITER, publish_for_employer

# The queue counts the commands. A preview of an e-mail changes nothing.
UNCOUNTED = {
    f"POST /v1/employers/{{employer_id}}/applications/{{application_id}}/{action}"
    for action in (
        *("move", "rejection", "reinstatement", "hire", "hire-proposal", "erasure"),
        "rejection/preview",
    )
}


def test_every_change_of_a_member_counts() -> None:
    policies = {
        name: policy
        for name, policy in route_policies().items()
        if isinstance(policy, MemberPolicy) and not name.startswith("GET ")
    }
    counted = {name for name, policy in policies.items() if set(CHANGES) <= set(policy.limits)}
    assert policies.keys() - counted == UNCOUNTED
    assert len(counted) > 20
    start = policies["POST /v1/employers/{employer_id}/operations"]
    assert "operation.employer" in start.limits


@pytest.mark.parametrize("name", ["change.account", "command.account"])
def test_two_decisions_a_second_never_reach_a_limit(name: str) -> None:
    """No window of the limit's length has as many as it allows."""
    assert DEFAULTS[name].count >= 2 * 2 * DEFAULTS[name].seconds


def test_changes_are_limited_by_account_and_by_employer(
    http: Client, parts: Container, ada: Person, without: Callable[[str], Container]
) -> None:
    yard = Yard(http, parts, ada)
    recruiter, other = yard.member(MemberRole.RECRUITER), yard.member(MemberRole.OWNER)
    rates = {"change.account": Rate(2, 60), "change.employer": Rate(3, 60)}
    parts.auth.override(rate_limits=AuthRateLimits(parts.redis, {**DEFAULTS, **rates}))

    def create(by: Person) -> HTTPResponse:
        return yard.send("POST", "", {"title": "Rigger"}, by=by)

    answers = [create(by) for by in (ada, ada, ada, recruiter, recruiter, other)]
    assert [one.status_code for one in answers] == [201, 201, 429, 201, 429, 429]
    for refused in (answers[2], answers[4]):
        problem = problem_of(refused, 429, "too-many-requests")
        assert problem["detail"].startswith("Too many changes. Try again in ")
        assert 50 <= int(refused.headers["Retry-After"]) <= 60
    assert len(body_of(yard.send("GET"))["postings"]) == 3
    without("redis")
    assert create(ada).status_code == 201


def test_commands_of_an_account_are_limited_without_a_round_trip(parts: Container) -> None:
    posting = publish_for_employer(parts)
    applications = store_applicants(parts, posting, 3)
    pipeline, recruiting = parts.recruiting.pipeline, parts.recruiting
    service = CommandService(
        pipeline.applicants, recruiting.job_queue, recruiting.lanes, pipeline.refusals, Rate(2, 60)
    )

    def move(application: str, key: str, viewer: Any = RECRUITER) -> str:
        request = CommandRequest(CommandKind.MOVE, "new", "review")
        return service.accept(viewer, application, request, "-", IdempotencyKey(key, "-")).id

    first, _ = (move(application, "one") for application in applications[:2])
    with pytest.raises(TooManyRequests) as refused:
        move(applications[2], "one")
    assert str(refused.value).startswith("We accept at most 2 changes in a minute.")
    assert 50 <= refused.value.retry_after <= 60
    assert move(applications[0], "one") == first
    assert move(applications[2], "one", RECRUITER._replace(account_id=new_id()))
