"""Authorization: every route answers every role as the table in docs/authorization.md says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.auth.models import Role
from chalicelib.auth.routes.services import AuthServices
from chalicelib.bootstrap.auth_services import AuthServicesContainer
from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import MemberPolicy
from chalicelib.recruiting.pipeline.policies import APPLICATIONS
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.route_examples import (
    CALLERS,
    CANDIDATE,
    EXAMPLES,
    NOBODY,
    OF_AN_EMPLOYER,
    Scene,
    callers_allowed,
    example_request,
    make_scene,
    route_policies,
)
from tests.support.stores import everything

TABLE = Path(__file__).parents[3] / "docs" / "authorization.md"
COLUMNS = ["route", *(who.replace("_", " ") for who in CALLERS), "object"]
# Path parameters that name things with an owner. Postings are public.
INTERVIEWER = MemberRole.INTERVIEWER.value
OWNED = {"account_id", "application_id", "employer_id", "export_id", "file_id", "session_id"}


@dataclass(frozen=True)
class TableRow:
    """Expected statuses of a route for each caller: see the text above the table."""

    statuses: dict[str, tuple[int, ...]]
    on: str


@cache
def read_table() -> dict[str, TableRow]:
    lines = TABLE.read_text().splitlines()
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]
    head, _, *body = table
    assert head == COLUMNS
    found = {
        cells[0].strip("`"): TableRow(
            {
                who: tuple(int(status) for status in cell.split(" / "))
                for who, cell in zip(CALLERS, cells[1:-1], strict=True)
            },
            cells[-1],
        )
        for cells in body
    }
    assert len(found) == len(body), "the table has two rows for one route"
    return found


def test_table_lists_exactly_the_routes() -> None:
    assert set(read_table()) == set(route_policies())
    assert list(read_table()) == list(route_policies()), "in the order of their paths"


def test_every_route_has_an_example() -> None:
    assert set(EXAMPLES) == set(route_policies())


@pytest.mark.parametrize("name", route_policies())
def test_table_matches_the_policies(name: str) -> None:
    row, policy = read_table()[name], route_policies()[name]
    assert row.on == policy.on
    let_in = {who for who, statuses in row.statuses.items() if statuses[0] < 400}
    assert let_in == callers_allowed(policy)
    path, parameters = name.partition(" ")[2], re.findall(r"\{(\w+)\}", name)
    of_an_employer = path.startswith(OF_AN_EMPLOYER)
    assert of_an_employer == isinstance(policy, MemberPolicy)
    for who, statuses in row.statuses.items():
        if of_an_employer:
            by_assignment = who == INTERVIEWER in let_in and path.startswith(APPLICATIONS)
            assert len(statuses) == (2 if len(parameters) == 1 else 3) + by_assignment
        else:
            assert len(statuses) == 2 or not set(parameters) & OWNED


def request_for_nothing(name: str, scene: Scene, employer_of: Person) -> tuple[str, str]:
    """Return method and path of a request for things that do not exist, at an existing employer.

    The policy rejects a caller before anything is looked for, so nothing must be made for it. If it
    did not, the answer would be another one.
    """
    method, _, path = name.partition(" ")
    names = {one: new_id() for one in re.findall(r"\{(\w+)\}", path)}
    if "employer_id" in names:
        names["employer_id"] = scene.employer(employer_of)
    return method, path.format(**names)


@dataclass(frozen=True)
class Target:
    """The owner of the things that a request names, and that of the employer in its path.

    Args:
        kind: the place of the expected status in its cell of the table.
    """

    name: str
    who: str
    kind: int

    @property
    def is_assigned(self) -> bool:
        """The last status of an interviewer is for applications that are not assigned."""
        parameters = len(re.findall(r"\{(\w+)\}", self.name))
        return not (self.who == INTERVIEWER and self.kind > min(parameters, 2))

    def whose(self, scene: Scene) -> Person:
        return scene.other if self.kind and self.is_assigned else scene.me

    def employer_of(self, scene: Scene) -> Person | None:
        return scene.me if self.kind == 2 and self.is_assigned else None


def status_of(answer: HTTPResponse) -> int:
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hirelane"'
    if answer.status_code == 403:
        problem_of(answer, 403, "forbidden")
    return answer.status_code


@pytest.mark.parametrize("name", route_policies())
def test_route_answers_allowed_callers_as_the_table_says(
    http: Client, parts: Container, name: str
) -> None:
    let_in = callers_allowed(route_policies()[name])
    table = read_table()[name].statuses
    expected, found = {who: table[who] for who in CALLERS if who in let_in}, {}
    number = 0
    for who, statuses in expected.items():
        answered: dict[int, int] = {}
        rejected: tuple[str, str, Any] | None = None
        scene = None
        # One's own things last: most other requests are rejected, so the scene can be used again.
        for kind in reversed(range(len(statuses))):
            if scene is None:
                scene = make_scene(parts, who, number)
                number += 1
            target = Target(name, who, kind)
            if kind == 1 and rejected is not None:
                # The same things of another employer, now at that employer.
                method, path, body = rejected
                path = path.replace(scene.employer(scene.me), scene.employer(scene.other))
            else:
                its = replace(scene, assigns=target.is_assigned)
                owners = target.whose(scene), target.employer_of(scene)
                method, path, body = example_request(name, its, *owners)
            if kind == 2 and target.is_assigned:
                rejected = method, path, body
            token = None if who == NOBODY else scene.me.token
            answered[kind] = status_of(send(http, method, path, body, token))
            if answered[kind] < 400:
                scene = rejected = None
        found[who] = tuple(answered[kind] for kind in range(len(statuses)))
    assert found == expected


@pytest.mark.parametrize("who", CALLERS)
def test_routes_reject_other_callers_as_the_table_says(
    http: Client, parts: Container, who: str
) -> None:
    """The policies reject them before anything is looked for, so one scene serves all routes."""
    scene = make_scene(parts, who)
    token = None if who == NOBODY else scene.me.token
    expected, found = {}, {}
    for name, policy in route_policies().items():
        if who in callers_allowed(policy):
            continue
        expected[name], answered = read_table()[name].statuses[who], []
        for kind in range(len(expected[name])):
            target = Target(name, who, kind)
            owner = target.employer_of(scene) or target.whose(scene)
            method, path = request_for_nothing(name, scene, owner)
            answered.append(status_of(send(http, method, path, None, token)))
        found[name] = tuple(answered)
    assert found == expected


@pytest.mark.parametrize(
    "name", [name for name, policy in route_policies().items() if policy.roles is not None]
)
def test_rejected_caller_changes_nothing(http: Client, parts: Container, name: str) -> None:
    rejected = set(CALLERS) - callers_allowed(route_policies()[name]) - {NOBODY}
    scene = make_scene(parts, next((who for who in CALLERS[::-1] if who in rejected), CANDIDATE))
    method, path, body = example_request(name, scene, scene.me)
    before = everything(parts.database)
    wrong = [None, scene.me.token[:-4] + "AAAA", scene.me.refresh_token]
    if scene.who in rejected:
        wrong.append(scene.me.token)
    for token in wrong:
        assert send(http, method, path, body, token).status_code in (401, 403)
    assert everything(parts.database) == before


def test_role_change_ends_sessions_and_applies_at_next_login(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    admin = create_person(parts, "admin@example.com", Role.ADMIN)
    ada = create_person(parts)
    path = f"/v1/accounts/{ada.id}/role"
    body_of(send(http, "GET", "/v1/applications", token=ada.token))
    body = {"role": "admin"}
    body_of(send(http, "PUT", path, body, admin.token))
    refresh = {"refresh_token": ada.refresh_token}
    problem_of(send(http, "POST", "/v1/sessions/refresh", refresh), 401, "session-expired")
    # The old access token stays valid until the end of its ten minutes.
    clock.forward(seconds=599)
    body_of(send(http, "GET", "/v1/applications", token=ada.token))
    clock.forward(seconds=1)
    problem_of(send(http, "GET", "/v1/applications", token=ada.token), 401, "unauthenticated")
    credentials = {"email": ada.email, "password": "sealing-wax and string"}
    token = body_of(send(http, "POST", "/v1/sessions", credentials))["access_token"]
    problem_of(send(http, "GET", "/v1/applications", token=token), 403, "forbidden")
    caller = parts.auth.access_tokens.verify(token)
    assert caller.role is Role.ADMIN


def test_container_provides_what_the_routes_need() -> None:
    needed = {name for name in vars(AuthServices) if not name.startswith("_")}
    assert {"sessions", "registration_service", "login_service", "password_service"} <= needed
    assert needed <= set(dir(AuthServicesContainer))
