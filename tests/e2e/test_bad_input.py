"""Requests that the deployed API refuses."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from chalicelib.auth.models import Caller, Role, SigningKey
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.signing_keys import SigningKeys
from chalicelib.common.ids import new_id
from tests.support.assertions import wait_for
from tests.support.deployment import Answer, Deployment, Join, Publish


def problem(answer: Answer, status: int, slug: str) -> dict[str, Any]:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-correlation-id"]
    document: dict[str, Any] = answer.body
    assert document["type"] == f"urn:hirelane:problem:{slug}"
    assert document["status"] == status
    assert document["title"]
    return document


def test_unknown_posting_is_not_found(deployed: Deployment, join: Join) -> None:
    problem(deployed.apply(join(), new_id()), 404, "posting-not-found")
    problem(deployed.call("GET", f"/v1/postings/{new_id()}"), 404, "posting-not-found")


def test_body_that_is_not_json_is_refused(deployed: Deployment) -> None:
    problem(deployed.call("POST", "/v1/accounts", b'{"email": '), 400, "malformed-body")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"cover_letter": "x" * 20_001}, "cover_letter"),
        ({"links": ["ftp://example.com"]}, "links[0]"),
        ({"salary": 1}, "salary"),
    ],
)
def test_invalid_or_unknown_field_is_named(
    deployed: Deployment, join: Join, publish: Publish, draft: dict[str, Any], field: str
) -> None:
    document = problem(deployed.apply(join(), publish(), **draft), 422, "invalid-fields")
    assert document["errors"][0]["field"] == field


def test_field_of_another_type_is_named(deployed: Deployment, join: Join, publish: Publish) -> None:
    draft = {"cover_letter": {"$ne": None}}
    document = problem(deployed.apply(join(), publish(), **draft), 400, "wrong-type")
    assert document["errors"][0]["field"] == "cover_letter"


def test_missing_field_is_named(deployed: Deployment) -> None:
    answer = deployed.call("POST", "/v1/sessions", {"email": "ada@example.com"})
    assert problem(answer, 422, "invalid-fields")["errors"][0]["field"] == "password"


def test_missing_or_invalid_token_is_refused(deployed: Deployment, publish: Publish) -> None:
    path = f"/v1/postings/{publish()}/applications"
    for token in (None, "junk", "a.b.c"):
        problem(deployed.call("POST", path, {}, token), 401, "unauthenticated")


def test_expired_token_is_refused(deployed: Deployment, join: Join, publish: Publish) -> None:
    """Sign it with the deployment's own key, so that only its time is wrong."""
    ada = join()
    secret = deployed.aws("secretsmanager").get_secret_value(SecretId="hirelane/local/keys")
    signing = [SigningKey(**key) for key in json.loads(secret["SecretString"])["signing_keys"]]
    keys = SigningKeys(lambda: signing)
    caller = Caller(ada.id, Role.CANDIDATE, "a session")
    path = f"/v1/postings/{publish()}/applications"
    expired = AccessTokens(keys, clock=lambda: time.time() - 3600).issue(caller)
    document = problem(deployed.call("POST", path, {}, expired), 401, "unauthenticated")
    assert "expired" in document["detail"]
    assert deployed.call("POST", path, {}, AccessTokens(keys).issue(caller)).status == 202


def test_body_over_256_kib_is_refused(deployed: Deployment, join: Join, publish: Publish) -> None:
    problem(deployed.apply(join(), publish(), cover_letter="x" * 257 * 1024), 413, "too-large")


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; application/json"])
def test_other_content_type_is_refused(deployed: Deployment, content_type: str) -> None:
    """Chalice takes the second type for JSON, and browsers send it without a preflight."""
    answer = deployed.call("POST", "/v1/accounts", b"{}", **{"Content-Type": content_type})
    problem(answer, 415, "unsupported-media-type")


def test_answers_do_not_reveal_whether_an_account_exists(
    deployed: Deployment, register: Join
) -> None:
    ada = register()
    credentials = {"email": ada.email, "password": "wrong horse battery"}
    problem(deployed.call("POST", "/v1/sessions", credentials), 401, "wrong-credentials")
    account = {"email": ada.email, "name": "Eve", "password": "another horse"}
    assert deployed.call("POST", "/v1/accounts", account).status == 202
    [_, mail] = wait_for(lambda: deployed.mails_to(ada.email), lambda mails: len(mails) == 2)
    assert "You already have an account" in mail["Subject"]


def test_application_of_another_candidate_is_not_found(
    deployed: Deployment, join: Join, publish: Publish
) -> None:
    receipt = deployed.apply(join(), publish()).body
    answer = deployed.call("GET", f"/v1/applications/{receipt['id']}", token=join().token)
    problem(answer, 404, "application-not-found")


def test_unknown_method_is_refused_by_the_gateway(deployed: Deployment) -> None:
    assert deployed.call("DELETE", "/v1/postings").status in (403, 405)


def test_access_token_is_verified_with_the_public_keys(deployed: Deployment, join: Join) -> None:
    ada = join()
    client = jwt.PyJWKClient(f"{deployed.api}/.well-known/jwks.json")
    key = client.get_signing_key_from_jwt(ada.token)
    claims = jwt.decode(ada.token, key, algorithms=["EdDSA"], audience="hirelane-api")
    assert claims["sub"] == ada.id


def test_only_own_pages_may_change_something(deployed: Deployment) -> None:
    """A browser that sends no Sec-Fetch-Site names the address that it sees."""
    own = urlsplit(deployed.api)
    for origin, status in (
        (f"{own.scheme}://{own.netloc}", 204),
        (f"{own.scheme}://{own.hostname}:1", 403),
        ("https://hirelane.evil.example", 403),
        ("null", 403),
    ):
        answer = deployed.call("POST", "/v1/sessions/end", Origin=origin)
        assert answer.status == status, origin
    for site, status in (("same-origin", 204), ("same-site", 403), ("cross-site", 403)):
        answer = deployed.call("POST", "/v1/sessions/end", **{"Sec-Fetch-Site": site})
        assert answer.status == status, site


def test_own_page_has_the_host_name_of_the_request(deployed: Deployment) -> None:
    """LocalStack also serves the API under a host name of its own, as API Gateway does."""
    address = urlsplit(deployed.api)
    rest_api, stage = address.path.removeprefix("/_aws/execute-api/").split("/")
    host = f"{rest_api}.execute-api.localhost.localstack.cloud:{address.port}"
    url = f"http://{address.netloc}/{stage}/v1/sessions/end"
    for origin, status in ((f"http://{host}", 204), (f"http://{address.hostname}:1", 403)):
        answer = deployed.call("POST", url, Host=host, Origin=origin)
        assert answer.status == status, origin
