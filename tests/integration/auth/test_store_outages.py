"""Outages of Redis or MongoDB: routes that need them answer 503 and change nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.bootstrap.container import Container
from tests.integration.auth.api_requests import problem_of
from tests.integration.auth.route_examples import route_policies
from tests.integration.auth.secret_scanner import SecretScanner, prepare_request
from tests.support.stores import everything

# Statuses of the routes that work without the store.
ANSWERED = {
    "redis": {
        "GET /": 200,
        "GET /.well-known/jwks.json": 200,
        "GET /assets/{version}/{name}": 200,
        "GET /assets/{version}/{folder}/{name}": 200,
        "GET /feeds/{name}": 200,
        "GET /health/live": 200,
        "GET /jobs/{slug}": 200,
        "GET /jobs/{slug}/{posting_id}": 200,
        "GET /openapi.json": 200,
        "GET /robots.txt": 200,
        "GET /sitemap.xml": 200,
        "GET /v1/account": 200,
        "GET /v1/account/export": 200,
        "GET /v1/account/export/{export_id}": 200,
        "GET /v1/account/memberships": 200,
        "DELETE /v1/account/memberships/{employer_id}": 204,
        "GET /v1/account/profile": 200,
        "PUT /v1/account/profile": 200,
        "DELETE /v1/account/profile": 204,
        "GET /v1/account/profile/last-sent": 200,
        "GET /v1/account/sessions": 200,
        "POST /v1/account/email/confirmation": 204,
        "POST /v1/account/email/retry": 200,
        "DELETE /v1/account/sessions": 204,
        "DELETE /v1/account/sessions/{session_id}": 204,
        "GET /v1/accounts": 200,
        "PUT /v1/accounts/{account_id}/role": 200,
        "GET /v1/applications": 200,
        "GET /v1/applications/{application_id}/revisions": 200,
        "GET /v1/applications/{application_id}/revisions/{revision}": 200,
        "GET /v1/employers/{employer_id}": 200,
        "PATCH /v1/employers/{employer_id}": 200,
        "GET /v1/employers/{employer_id}/applications": 200,
        "GET /v1/employers/{employer_id}/applications/counts": 200,
        "GET /v1/employers/{employer_id}/applications/assigned": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}/files/{file_id}/"
        "content": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}/interviewers": 200,
        "PUT /v1/employers/{employer_id}/applications/{application_id}/interviewers/"
        "{account_id}": 200,
        "DELETE /v1/employers/{employer_id}/applications/{application_id}/interviewers/"
        "{account_id}": 204,
        "PUT /v1/employers/{employer_id}/applications/{application_id}/hold": 200,
        "DELETE /v1/employers/{employer_id}/applications/{application_id}/hold": 204,
        "GET /v1/employers/{employer_id}/holds": 200,
        "PUT /v1/employers/{employer_id}/postings/{posting_id}/hold": 200,
        "DELETE /v1/employers/{employer_id}/postings/{posting_id}/hold": 204,
        "GET /v1/employers/{employer_id}/retention": 200,
        "GET /v1/employers/{employer_id}/applications/export": 200,
        "GET /v1/employers/{employer_id}/applications/posting-counts": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}/log-proof": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}/notes": 200,
        "POST /v1/employers/{employer_id}/applications/{application_id}/notes": 201,
        "DELETE /v1/employers/{employer_id}/applications/{application_id}/notes/{note_id}": 204,
        "GET /v1/employers/{employer_id}/applications/{application_id}/events": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}/revisions": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}/revisions/{revision}": 200,
        "DELETE /v1/employers/{employer_id}/applications/{application_id}/scorecard": 204,
        "PUT /v1/employers/{employer_id}/applications/{application_id}/scorecard": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}/scorecards": 200,
        "GET /v1/employers/{employer_id}/applications/{application_id}/file-texts": 200,
        "DELETE /v1/employers/{employer_id}/applications/{application_id}/rejection/email": 204,
        "POST /v1/employers/{employer_id}/applications/{application_id}/rejection/preview": 200,
        "GET /v1/employers/{employer_id}/invitations": 200,
        "DELETE /v1/employers/{employer_id}/invitations/{invitation_id}": 204,
        "GET /v1/employers/{employer_id}/members": 200,
        "DELETE /v1/employers/{employer_id}/members/{account_id}": 204,
        "PUT /v1/employers/{employer_id}/members/{account_id}/role": 200,
        "GET /v1/employers/{employer_id}/operations": 200,
        "POST /v1/employers/{employer_id}/operations": 202,
        "POST /v1/employers/{employer_id}/operations/preview": 200,
        "GET /v1/employers/{employer_id}/operations/{operation_id}": 200,
        "DELETE /v1/employers/{employer_id}/operations/{operation_id}/emails": 200,
        "GET /v1/employers/{employer_id}/operations/{operation_id}/results": 200,
        "GET /v1/employers/{employer_id}/postings": 200,
        "DELETE /v1/employers/{employer_id}/postings/{posting_id}": 204,
        "GET /v1/employers/{employer_id}/postings/{posting_id}": 200,
        "PATCH /v1/employers/{employer_id}/postings/{posting_id}": 200,
        "POST /v1/employers/{employer_id}/postings/{posting_id}/copy": 201,
        "GET /v1/employers/{employer_id}/postings/{posting_id}/form": 200,
        "PUT /v1/employers/{employer_id}/postings/{posting_id}/form": 200,
        "GET /v1/employers/{employer_id}/privacy-notice": 200,
        "PUT /v1/employers/{employer_id}/privacy-notice": 200,
        "GET /v1/employers/{employer_id}/rejection-reasons": 200,
        "PUT /v1/employers/{employer_id}/rejection-reasons": 200,
        "GET /v1/employers/{employer_id}/templates": 200,
        "POST /v1/employers/{employer_id}/templates": 201,
        "DELETE /v1/employers/{employer_id}/templates/{template_id}": 204,
        "GET /v1/employers/{employer_id}/templates/{template_id}": 200,
        "PATCH /v1/employers/{employer_id}/templates/{template_id}": 200,
        "GET /v1/employers/{employer_id}/postings/{posting_id}/equation": 200,
        "GET /v1/files/{file_id}/content": 200,
        "POST /v1/guest-applications/preview": 200,
        "POST /v1/invitations/acceptance": 200,
        "POST /v1/passwords/reset": 204,
        "GET /v1/postings": 200,
        "GET /v1/postings/facets": 200,
        "GET /v1/postings/{posting_id}": 200,
        "GET /v1/postings/{posting_id}/form": 200,
        "GET /v1/postings/{posting_id}/privacy-notice": 200,
        "GET /v1/privacy-notices/{notice_id}": 200,
        "GET /v1/postings/{posting_id}/log": 200,
        "GET /v1/postings/{posting_id}/log/consistency": 200,
        "GET /v1/receipts/keys": 200,
        "GET /v1/receipts/{receipt}": 200,
        "POST /v1/sessions/end": 204,
        "POST /v1/sessions/refresh": 200,
    },
    "mongodb": {
        "GET /": 200,
        "GET /.well-known/jwks.json": 200,
        "GET /assets/{version}/{name}": 200,
        "GET /assets/{version}/{folder}/{name}": 200,
        "GET /health/live": 200,
        "GET /openapi.json": 200,
        "GET /robots.txt": 200,
        "GET /v1/applications/{application_id}": 200,
        "POST /v1/applications/{application_id}/amendment": 202,
        "POST /v1/applications/{application_id}/withdrawal": 202,
        "GET /v1/files/{file_id}/content": 200,
        "GET /v1/receipts/keys": 200,
        "GET /v1/receipts/{receipt}": 200,
        "POST /v1/files": 201,
        "POST /v1/files/{file_id}/completion": 200,
        "POST /v1/files/{file_id}/copy": 201,
        "POST /v1/postings/{posting_id}/applications": 202,
    },
}

# Routes that are unavailable without the store of files.
NEED_FILES = (
    "POST /v1/account/deletion",
    "POST /v1/files/{file_id}/completion",
    "GET /v1/files/{file_id}/content",
    "POST /v1/files/{file_id}/copy",
    "POST /v1/files/{file_id}/facts",
)


class UnreachableS3:
    """A client of S3 whose operations fail."""

    def __getattr__(self, name: str) -> Any:
        def fail(**arguments: Any) -> None:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

        return fail


def stored(parts: Container) -> dict[str, list[bytes]]:
    found = everything(parts.database)
    # The readiness probe writes there, also while Redis is down.
    found.pop("readiness", None)
    return found


@pytest.mark.parametrize("name", route_policies())
def test_missing_store_answers_503_and_changes_nothing(
    scanner: SecretScanner,
    parts: Container,
    log: io.StringIO,
    without: Callable[[str], Container],
    name: str,
) -> None:
    method, path, body, token = prepare_request(scanner, parts, name)
    for store, others in ANSWERED.items():
        expected = others.get(name, 503)
        before = stored(parts) if expected == 503 else None
        without(store)
        answer = scanner.send(method, path, body, token)
        assert answer.status_code == expected, store
        assert scanner.find_in(log.getvalue()) == []
        if expected != 503:
            continue
        assert scanner.find_in(f"{answer.body.decode()} {answer.headers}") == []
        if name.startswith("GET /jobs/"):
            assert "Please load the page again." in answer.body.decode()
            assert answer.headers["Retry-After"] == "2"
        elif name != "GET /health/ready":
            problem = problem_of(answer, 503, "unavailable")
            down = {"redis": "queue", "mongodb": "database"}[store]
            assert problem["detail"] == f"The {down} cannot be reached."
            assert answer.headers["Retry-After"] == "2"
        assert "access_token" not in answer.body.decode()
        assert "Set-Cookie" not in answer.headers
        assert stored(parts) == before


@pytest.mark.parametrize("name", NEED_FILES)
def test_missing_store_of_files_answers_503(
    scanner: SecretScanner, parts: Container, name: str
) -> None:
    method, path, body, token = prepare_request(scanner, parts, name)
    parts.files.override(s3=UnreachableS3())
    problem = problem_of(scanner.send(method, path, body, token), 503, "unavailable")
    assert problem["detail"] == "The store of files cannot be reached."
