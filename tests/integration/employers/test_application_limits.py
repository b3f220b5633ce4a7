"""An employer's limit of applications: who it refuses, what it counts, and how it changes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.test_guest_applications import follow, mailed_token
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.steps import publish


def set_limit(yard: Yard, limit: Any, by: Person | None = None) -> HTTPResponse:
    path, values = f"/v1/employers/{yard.id}", {"application_limit": limit}
    return send(yard.http, "PATCH", path, values, (by or yard.owner).token, **{"If-Match": "*"})


def apply(yard: Yard, person: Person, posting_id: str, **headers: str) -> HTTPResponse:
    path = f"/v1/postings/{posting_id}/applications"
    return send(yard.http, "POST", path, {}, person.token, **headers)


def test_limit_counts_accepted_applications_of_all_postings(yard: Yard, parts: Container) -> None:
    first, second, third = (yard.create(state="published")["id"] for _ in range(3))
    elsewhere = publish(parts)
    bob, cyd = (create_person(parts, f"{name}@example.com") for name in ("bob", "cyd"))
    body_of(apply(yard, bob, first), 202)  # It does not count, because there is no limit yet.
    changed = body_of(set_limit(yard, {"count": 2, "days": 30}))
    assert changed["application_limit"] == {"count": 2, "days": 30}
    shown = body_of(yard.read_public({"id": second}))
    assert shown["application_limit"] == {"count": 2, "days": 30}

    receipt = body_of(apply(yard, bob, second), 202)
    path = f"/v1/applications/{receipt['id']}"
    body_of(send(yard.http, "POST", f"{path}/amendment", {"cover_letter": "x"}, bob.token), 202)
    body_of(send(yard.http, "POST", f"{path}/withdrawal", None, bob.token), 202)
    body_of(apply(yard, bob, second), 202)
    assert body_of(apply(yard, bob, second), 202)["repeat"]

    key = new_id()
    for _ in range(2):
        refused = problem_of(
            apply(yard, bob, third, **{"Idempotency-Key": key}), 409, "application-limit-reached"
        )
    assert re.fullmatch(
        r"Yard & Sons accepts 2 applications of one candidate in 30 days\."
        r" You can apply again from \d+ \w+ 20\d\d, \d\d:\d\d UTC\.",
        refused["detail"],
    )
    for person, posting in ((bob, elsewhere), (cyd, third)):
        body_of(apply(yard, person, posting), 202)
    guest = mailed_token(yard.http, parts, third, "bob@example.com")
    problem_of(follow(yard.http, guest), 409, "application-limit-reached")

    body_of(set_limit(yard, None))
    body_of(apply(yard, bob, third, **{"Idempotency-Key": key}), 202)
    assert body_of(follow(yard.http, guest), 202)["receipt"]["repeat"]
    assert parts.postings.gate_reconciler.run().repaired == 0


def test_lost_limit_of_a_gate_is_repaired(yard: Yard, parts: Container) -> None:
    posting = yard.create(state="published")["id"]
    set_limit(yard, {"count": 1, "days": 1})
    parts.redis.delete(parts.recruiting.lanes[0].keys.gate_rates())
    assert parts.postings.gate_reconciler.run().repaired == 1
    bob = create_person(parts, "bob@example.com")
    later = yard.create(state="published")["id"]  # It has the limit when it is published.
    statuses = [apply(yard, bob, one).status_code for one in (posting, later)]
    assert statuses == [202, 409]


@pytest.mark.parametrize(
    "limit", [{"count": 0, "days": 1}, {"count": 51, "days": 1}, {"count": 1, "days": 366}, {}]
)
def test_invalid_limit_is_refused(yard: Yard, limit: Any) -> None:
    problem_of(set_limit(yard, limit), 422, "invalid-fields")


def test_only_owners_set_the_limit(yard: Yard) -> None:
    recruiter = yard.member(MemberRole.RECRUITER)
    problem_of(set_limit(yard, None, recruiter), 403, "forbidden")
