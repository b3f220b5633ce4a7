"""Secrets and personal data appear neither in logs, nor in errors, nor in the stores."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pyotp
import pytest
from chalice.test import Client

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.services import login as login_service
from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.guest_applications.repository import GuestApplicationRepository
from tests.integration.auth.api_requests import body_of, cookie_value, log_in, problem_of
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import create_person
from tests.integration.auth.route_examples import (
    EXAMPLES,
    route_policies,
)
from tests.integration.auth.secret_scanner import (
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PASSWORD,
    NEW_PASSWORD,
    SecretScanner,
    prepare_request,
)
from tests.integration.auth.stored_data import dump_stores, newest_link_token
from tests.integration.auth.workers import deliver_emails, link_of


def use_every_feature(scanner: SecretScanner, parts: Container, clock: ManualClock) -> None:
    """Use every feature of an account, with a mistake at each step."""
    names = {"email": CANARY_EMAIL, "name": CANARY_NAME, "password": CANARY_PASSWORD}
    scanner.send("POST", "/v1/accounts", names)
    scanner.send("POST", "/v1/accounts", {**names, "more": CANARY_NAME})
    [mail] = deliver_emails(parts)
    link = scanner.add(link_of(mail)[1])
    for _ in range(2):
        scanner.send(
            "POST", "/v1/accounts/confirmation", {"token": link, "password": CANARY_PASSWORD}
        )
    credentials = {"email": CANARY_EMAIL, "password": CANARY_PASSWORD}
    answer = scanner.send("POST", "/v1/sessions", credentials)
    cookie = f"__Host-hirelane-refresh={scanner.add(cookie_value(answer, 'refresh'))}"
    device = scanner.add(cookie_value(answer, "device"))
    token = scanner.add(body_of(answer)["access_token"])
    scanner.send("POST", "/v1/sessions", {**credentials, "password": NEW_PASSWORD})
    scanner.send("POST", "/v1/sessions", {**credentials, "deliver": CANARY_PASSWORD[:5]})
    clock.forward(seconds=20)
    answer = scanner.send("POST", "/v1/sessions/refresh", None, Cookie=cookie)
    scanner.add(cookie_value(answer, "refresh"))
    body = {"current_password": NEW_PASSWORD, "password": CANARY_PASSWORD}
    scanner.send("POST", "/v1/account/password", body, token)
    again = {"password": CANARY_PASSWORD}
    secret = body_of(scanner.send("POST", "/v1/account/second-factor", again, token))["secret"]
    totp = pyotp.TOTP(scanner.add(secret))
    path = "/v1/account/second-factor/confirmation"
    code = totp.at(int(clock.seconds()))
    codes = body_of(scanner.send("POST", path, {"code": code}, token))["recovery_codes"]
    for recovery in codes:
        scanner.add(recovery)
        scanner.add(recovery.replace("-", ""))
    scanner.send("POST", path, {"code": code}, token)
    scanner.send("POST", "/v1/sessions", credentials)
    for tried in (code, codes[0], codes[0]):
        scanner.send("POST", "/v1/sessions", {**credentials, "code": tried, "device_token": device})
    scanner.send("POST", "/v1/account/email", {**again, "email": CANARY_EMAIL}, token)
    scanner.send("POST", "/v1/passwords/forgotten", {"email": CANARY_EMAIL})
    link = scanner.add(newest_link_token(parts, LinkPurpose.RESET_PASSWORD, CANARY_EMAIL))
    deliver_emails(parts)
    for _ in range(2):
        body = {"token": link, "password": NEW_PASSWORD}
        scanner.send("POST", "/v1/passwords/reset", body)
    # The old cookie was exchanged, and its session has ended.
    scanner.send("POST", "/v1/sessions/refresh", None, Cookie=cookie)
    scanner.send("POST", "/v1/sessions/end", None, Cookie=cookie)
    deliver_emails(parts)


def test_no_secret_appears_in_logs_or_errors(
    scanner: SecretScanner,
    parts: Container,
    clock: ManualClock,
    log: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("DEBUG", logger="api"):
        use_every_feature(scanner, parts, clock)
    assert len(scanner.failures) == 12
    for failure in scanner.failures:
        assert scanner.find_in(f"{failure.body.decode()} {failure.headers}") == []
    written = capfd.readouterr()
    logged = [repr(vars(record)) for record in caplog.records if record.name == "api"]
    assert len(logged) >= 10
    assert log.getvalue().count('"message":"request"') >= 15
    for text in (log.getvalue(), written.out, written.err, "\n".join(logged)):
        assert scanner.find_in(text) == []
    assert '"event":"logged_in"' in log.getvalue()


def test_no_secret_is_stored_in_plain_text(
    scanner: SecretScanner, parts: Container, clock: ManualClock
) -> None:
    use_every_feature(scanner, parts, clock)
    # The job of an e-mail that was sent is gone, so this one waits.
    scanner.send("POST", "/v1/passwords/forgotten", {"email": CANARY_EMAIL})
    # The stored hashes prove that the search covers the stores.
    [account] = parts.database["accounts"].find()
    everything = "\n".join(dump_stores(parts))
    assert account["password"] in everything
    assert account["second_factor"]["recovery"][0] in everything
    assert "account_link" in everything
    secrets = set(scanner.secrets) - {CANARY_EMAIL, CANARY_NAME}
    assert len(secrets) >= 25
    assert {secret for secret in secrets if secret in everything} == set()


def test_no_hash_of_a_refresh_token_is_stored(
    parts: Container, clock: ManualClock, http: Client
) -> None:
    """The API recognizes an old token by signing again, not by a stored hash."""
    create_person(parts, CANARY_EMAIL, password=CANARY_PASSWORD)
    token = body_of(log_in(http, CANARY_EMAIL, CANARY_PASSWORD, deliver="body"))["refresh_token"]
    everything = "\n".join(dump_stores(parts))
    for text in (token, token.rpartition(".")[2]):
        for hashed in (hashlib.sha256, hashlib.sha1, hashlib.blake2b):
            assert hashed(text.encode()).hexdigest() not in everything


BAD_BODIES = [
    b"{", b"[]", b'"' + CANARY_PASSWORD.encode() + b'"', b"\xff" + CANARY_PASSWORD.encode(),
    b'{"password": "' + CANARY_PASSWORD.encode() + b'"',
    b'{"email": ["' + CANARY_EMAIL.encode() + b'"]}',
]  # fmt: skip


@pytest.mark.parametrize("name", route_policies())
def test_invalid_body_and_unexpected_error_reveal_no_secret(
    http: Client,
    scanner: SecretScanner,
    parts: Container,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    method, path, body, token = prepare_request(scanner, parts, name)
    headers = {"Authorization": f"Bearer {token}"}
    for bad_body in BAD_BODIES if EXAMPLES[name].body else ():
        for kind in ("application/json", "text/plain"):
            sent = headers | {"Content-Type": kind}
            answer = http.http.request(method, path, headers=sent, body=bad_body)
            assert answer.status_code in (400, 415, 422)
            assert scanner.find_in(answer.body.decode()) == []
    assert scanner.find_in(log.getvalue()) == []
    monkeypatch.setattr(type(parts.auth_services), "visitor", broken)
    monkeypatch.setattr(login_service, "verify_password", broken)
    monkeypatch.setattr(GuestApplicationRepository, "find", broken)
    for domain, names in (
        (parts.auth, ("accounts", "sessions", "email_links", "second_factors")),
        (
            parts.employers,
            ("employers", "memberships", "employer_service", "team_service", "invitation_service"),
        ),
        (
            parts.recruiting,
            (
                "applications",
                "apply_service",
                "status_service",
                "withdrawal_service",
                "catalogue",
                "postings",
                "posting_search",
            ),
        ),
        (parts.profiles, ("service", "fact_service", "import_service")),
        (parts.consents, ("notice_service",)),
        (parts.data_exports, ("service",)),
        (parts.proofs, ("receipts", "proof_service")),
        (parts.files, ("upload_service", "applicant_file_service")),
    ):
        domain.override(**dict.fromkeys(names, BrokenPart()))
    answer = scanner.send(method, path, body, token)
    path_pattern = name.split()[1]
    of_no_part = path_pattern == "/" or path_pattern.startswith("/assets/")
    if of_no_part or path_pattern in (
        "/.well-known/jwks.json",
        "/health/live",
        "/health/ready",
        "/openapi.json",
        "/robots.txt",
    ):
        assert answer.status_code == 200
        return
    if path_pattern.startswith("/jobs/"):
        assert answer.status_code == 500
        assert answer.headers["Content-Type"].startswith("text/html")
    else:
        problem_of(answer, 500, "internal-error")
    assert "our code" not in answer.body.decode()
    assert scanner.find_in(f"{answer.body.decode()} {answer.headers}") == []
    assert scanner.find_in(log.getvalue()) == []
    assert "something is wrong with our code" in log.getvalue()


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("something is wrong with our code")


class BrokenPart:
    """A part whose every method raises."""

    def __getattr__(self, name: str) -> Any:
        return broken
