"""MongoDB operators in requests are plain text, or rejected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from chalice.test import Client

from chalicelib.auth.models import Role
from chalicelib.bootstrap.container import Container
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import create_person
from tests.integration.auth.route_examples import (
    EXAMPLES,
    example_request,
    make_allowed_scene,
    route_policies,
    string_positions,
    with_value,
)
from tests.support.stores import everything

OPERATORS: list[Any] = [
    {"$ne": None}, {"$where": "1"}, {"$gt": ""}, {"a.b": 1}, [{"$ne": None}], 1, True,
]  # fmt: skip
WITH_BODY = [name for name, example in EXAMPLES.items() if example.body]


def stored(parts: Container) -> dict[str, list[bytes]]:
    found = everything(parts.database)
    # A change by a member counts before its body is read.
    counts = re.compile(rb"{hl:limits}:(change|operation)\.")
    keys = sorted(parts.redis.scan_iter("{hl:limits}*"))
    found["limits"] = [key for key in keys if not counts.match(key)]
    return found


def test_every_route_with_a_body_is_tested() -> None:
    """All routes with POST, PUT or PATCH are tested."""
    writing = {name for name in route_policies() if name.split()[0] in ("POST", "PUT", "PATCH")}
    # These have no body, because the path names all that they need.
    actions = {"closing", "completion", "copy", "erasure", "facts", "publication", "withdrawal"}
    actions |= {"{account_id}", "export", "retry"}
    assert {name.rpartition("/")[2] for name in writing - set(WITH_BODY)} == actions


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name in WITH_BODY or "{" in name])
def test_operator_in_a_body_or_a_path_is_rejected(
    http: Client, parts: Container, name: str
) -> None:
    scene = make_allowed_scene(parts, name)
    method, path, body = example_request(name, scene, scene.other, employer_of=scene.me)
    before = stored(parts)
    if "{" in name:
        for wrong_path in paths_with_operators(name, path):
            answer = send(http, method, wrong_path, body, scene.me.token)
            assert answer.status_code == 404, wrong_path
    if name in WITH_BODY:
        model = EXAMPLES[name].model
        assert model is not None
        assert set(body) == set(model.__struct_fields__), "the example has every field"
        reject_operators_in_body(http, (method, path, scene.me.token), body)
    assert stored(parts) == before


def paths_with_operators(name: str, example: str) -> Iterator[str]:
    """Yield the path of a route with operators in place of its first parameter."""
    path = name.partition(" ")[2].partition("{")[0]
    _, mark, query = example.partition("?")
    rest = name.partition("}")[2] + mark + query
    for text in ("$ne", "[$ne]", '{"$ne":null}', "$where", "a.b", "null", "*"):
        for written in (text, quote(text, safe="")):
            yield f"{path}{written}{rest}"


def reject_operators_in_body(http: Client, request: tuple[str, str, str], body: Any) -> None:
    """Send operators in place of each string, and as further fields. Each must be rejected."""
    method, path, token = request
    places = list(string_positions(body))
    assert places
    for place in places:
        for operator in OPERATORS:
            answer = send(http, method, path, with_value(body, place, operator), token)
            problem = problem_of(answer, 400, "wrong-type")
            assert problem["errors"][0]["field"].startswith(str(place[0]))
    for operator in OPERATORS[:4]:
        answer = send(http, method, path, {**body, **operator}, token)
        problem_of(answer, 422, "invalid-fields")


@pytest.mark.parametrize(
    ("changes", "status", "kind", "fields"),
    [
        ({"answers": {"why": {"$ne": None}}}, 400, "wrong-type", ["answers"]),
        ({"answers": {"why": [{"$ne": None}]}}, 400, "wrong-type", ["answers"]),
        ({"answers": {"why": None}}, 400, "wrong-type", ["answers"]),
        ({"answers": {"$where": "1"}}, 422, "invalid-fields", ["answers"]),
        ({"answers": {"a.b": "1"}}, 422, "invalid-fields", ["answers"]),
        ({"answers": {"why": "x" * 20_001}}, 422, "invalid-fields", ["answers"]),
        ({"answers": {"why": 10**16}}, 422, "invalid-fields", ["answers"]),
        ({"answers": {f"q{n}": 1 for n in range(51)}}, 422, "invalid-fields", ["answers"]),
        ({"answers": {"why": "boats"}}, 422, "invalid-answers", ["form_version"]),
    ],
)
def test_answer_that_no_question_asks_for_is_refused(
    http: Client,
    parts: Container,
    changes: dict[str, Any],
    status: int,
    kind: str,
    fields: list[str],
) -> None:
    name = "POST /v1/postings/{posting_id}/applications"
    scene = make_allowed_scene(parts, name)
    method, path, body = example_request(name, scene, scene.other)
    before = stored(parts)
    answer = send(http, method, path, {**body, **changes}, scene.me.token)
    problem = problem_of(answer, status, kind)
    assert [error["field"] for error in problem["errors"]] == fields
    assert stored(parts) == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("email=$ne", 404),
        ("email=[$ne]", 404),
        ('email={"$ne":null}', 404),
        ("email[$ne]=", 422),
        ("email[$ne]=x", 422),
        ("email[]=ada@example.com", 422),
        ("email=", 422),
        ("", 422),
        ("email=.*", 404),
        ("email=ada@example.com", 200),
    ],
)
def test_operator_in_a_query_matches_no_account(
    http: Client, parts: Container, query: str, status: int
) -> None:
    admin = create_person(parts, "admin@example.com", Role.ADMIN)
    create_person(parts)
    answer = send(http, "GET", f"/v1/accounts?{query}", token=admin.token)
    assert answer.status_code == status
    if status == 422:
        [error] = problem_of(answer, 422, "invalid-fields")["errors"]
        assert error["field"] == (query.partition("=")[0] or "email")


@pytest.mark.parametrize("text", ["$ne", '{"$ne": null}', "[$ne]", "$where: 1"])
def test_operator_in_a_string_is_plain_text(http: Client, parts: Container, text: str) -> None:
    create_person(parts)
    answer = send(http, "POST", "/v1/sessions", {"email": text, "password": text})
    problem_of(answer, 401, "wrong-credentials")
    body = {"refresh_token": text}
    problem_of(send(http, "POST", "/v1/sessions/refresh", body), 401, "session-expired")
    body = {"token": text, "password": text}
    problem_of(send(http, "POST", "/v1/accounts/confirmation", body), 410, "link-expired")
    body_of(send(http, "POST", "/v1/sessions/end", {"refresh_token": text}), 204)
    assert parts.database["sessions"].count_documents({}) == 1
