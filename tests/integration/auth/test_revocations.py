"""The access token of a session that has ended changes nothing more, however the session ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.models import Caller, Role
from chalicelib.auth.services.administration import RoleGrant
from chalicelib.auth.sessions.revocations import RETENTION_SECONDS
from chalicelib.bootstrap.container import Container
from chalicelib.http.origins import SAFE_METHODS
from tests.integration.auth.api_requests import body_of, log_in, problem_of, send
from tests.integration.auth.people import OTHER_PASSWORD, PASSWORD, Person, create_person
from tests.integration.auth.route_examples import (
    example_request,
    make_allowed_scene,
    route_policies,
)
from tests.integration.auth.stored_data import newest_link_token
from tests.integration.recruiting.steps import publish

End = Callable[[Client, Container, Person, str], Any]


def by_deletion(http: Client, parts: Container, ada: Person, token: str) -> None:
    body_of(send(http, "POST", "/v1/account/deletion", {"password": PASSWORD}, token), 204)


def by_password_change(http: Client, parts: Container, ada: Person, token: str) -> None:
    body = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    body_of(send(http, "POST", "/v1/account/password", body, token), 204)


def by_password_reset(http: Client, parts: Container, ada: Person, token: str) -> None:
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": ada.email}), 202)
    link = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    body = {"token": link, "password": OTHER_PASSWORD}
    body_of(send(http, "POST", "/v1/passwords/reset", body), 204)


def by_revocation(http: Client, parts: Container, ada: Person, token: str) -> None:
    body_of(send(http, "DELETE", f"/v1/account/sessions/{ada.session_id}", token=token), 204)


def by_logging_out_everywhere(http: Client, parts: Container, ada: Person, token: str) -> None:
    body_of(send(http, "DELETE", "/v1/account/sessions", token=token), 204)


def by_logging_out(http: Client, parts: Container, ada: Person, token: str) -> None:
    body = {"refresh_token": ada.refresh_token}
    body_of(send(http, "POST", "/v1/sessions/end", body), 204)


def by_reuse_of_a_token(http: Client, parts: Container, ada: Person, token: str) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    one = {"_id": ada.session_id}
    parts.database["sessions"].update_one(one, {"$set": {"generation": 3, "rotated_at": past}})
    body = {"refresh_token": ada.refresh_token}
    problem_of(send(http, "POST", "/v1/sessions/refresh", body), 401, "session-expired")


def by_change_of_role(http: Client, parts: Container, ada: Person, token: str) -> None:
    admin = create_person(parts, "admin@example.com", Role.ADMIN)
    caller = Caller(admin.id, Role.ADMIN, admin.session_id)
    grant = RoleGrant(Role.CANDIDATE)
    parts.auth_services.administration_service.grant(caller, ada.id, grant)


ENDS = [
    by_deletion,
    by_password_change,
    by_password_reset,
    by_revocation,
    by_logging_out_everywhere,
    by_logging_out,
    by_reuse_of_a_token,
    by_change_of_role,
]


@pytest.mark.parametrize("end", ENDS)
def test_token_of_an_ended_session_changes_nothing(
    http: Client, parts: Container, ada: Person, end: End
) -> None:
    apply = f"/v1/postings/{publish(parts)}/applications"
    application = body_of(send(http, "POST", apply, {}, ada.token, Idempotency_Key="1"), 202)["id"]
    other = body_of(log_in(http, deliver="body"))["access_token"]
    end(http, parts, ada, other)
    requests: list[tuple[str, str, Any]] = [
        ("POST", f"/v1/postings/{publish(parts)}/applications", {}),
        ("POST", apply, {}),
        ("POST", f"/v1/applications/{application}/withdrawal", None),
        ("POST", f"/v1/applications/{application}/erasure", None),
        ("DELETE", "/v1/account/sessions", None),
        ("DELETE", f"/v1/account/sessions/{ada.session_id}", None),
    ]
    if end is by_deletion:
        del requests[2:4]
    before = sorted(parts.database["sessions"].find(), key=repr)
    waiting = parts.recruiting.lanes.of(ada.id).contents(ada.id)
    for method, path, body in requests:
        # The first key is remembered with its answer, which a revoked session does not get either.
        answer = send(http, method, path, body, ada.token, Idempotency_Key="1")
        problem_of(answer, 401, "session-expired")
    assert sorted(parts.database["sessions"].find(), key=repr) == before
    assert parts.recruiting.lanes.of(ada.id).contents(ada.id) == waiting


ROUTES_THAT_CHANGE = [
    name
    for name, policy in route_policies().items()
    if policy.roles is not None and name.partition(" ")[0] not in SAFE_METHODS
]


@pytest.mark.parametrize("name", ROUTES_THAT_CHANGE)
def test_every_route_that_changes_something_checks_the_session(
    http: Client, parts: Container, name: str
) -> None:
    scene = make_allowed_scene(parts, name)
    method, path, body = example_request(name, scene, scene.me)
    parts.auth.sessions.end(scene.me.id, scene.me.session_id)
    problem_of(send(http, method, path, body, scene.me.token), 401, "session-expired")


def test_other_sessions_and_accounts_continue(http: Client, parts: Container, ada: Person) -> None:
    bob = create_person(parts, "bob@example.com")
    other = body_of(log_in(http, deliver="body"))["access_token"]
    by_revocation(http, parts, ada, other)
    for token in (other, bob.token):
        path = f"/v1/postings/{publish(parts)}/applications"
        application = body_of(send(http, "POST", path, {}, token), 202)["id"]
        path = f"/v1/applications/{application}/withdrawal"
        body_of(send(http, "POST", path, token=token), 202)
    body_of(send(http, "DELETE", "/v1/account/sessions", token=other), 204)


def test_revocation_is_kept_until_the_last_token_expires(
    http: Client, parts: Container, ada: Person
) -> None:
    by_logging_out(http, parts, ada, "")
    # A session id of somebody else, or an invented one, leaves nothing in Redis.
    bob = create_person(parts, "bob@example.com")
    path = f"/v1/account/sessions/{ada.session_id}"
    problem_of(send(http, "DELETE", path, token=bob.token), 404, "session-not-found")
    [name] = parts.redis.scan_iter("{hl0}:revoked:*")
    assert name.decode().endswith(f":{ada.id}:{ada.session_id}")
    assert 600 < parts.redis.ttl(name) <= RETENTION_SECONDS


def test_expired_session_is_not_active(parts: Container, ada: Person) -> None:
    one = {"_id": ada.session_id}
    parts.database["sessions"].update_one(one, {"$set": {"expires_at": datetime.now(UTC)}})
    assert not parts.auth.sessions.is_active(ada.id, ada.session_id)
