"""The second factor: proposal, first code, login, removal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.auth.credentials.qr_code import render_qr_code
from chalicelib.auth.credentials.second_factor import SecondFactorVerifier
from chalicelib.bootstrap.container import Container
from chalicelib.common.errors import TooManyRequests
from tests.integration.auth.api_requests import body_of, log_in, problem_of, send
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import (
    EMAIL,
    NAME,
    OTHER_PASSWORD,
    PASSWORD,
    Person,
    create_person,
)
from tests.integration.auth.stored_data import audit_event_names, audit_events
from tests.integration.auth.workers import deliver_emails

PATH = "/v1/account/second-factor"


def propose(http: Client, ada: Person, password: str = PASSWORD) -> HTTPResponse:
    return send(http, "POST", PATH, {"password": password}, ada.token)


def confirm(http: Client, ada: Person, code: str) -> HTTPResponse:
    return send(http, "POST", f"{PATH}/confirmation", {"code": code}, ada.token)


def remove(http: Client, ada: Person, **body: str) -> HTTPResponse:
    return send(http, "POST", f"{PATH}/removal", {"password": PASSWORD, **body}, ada.token)


class AuthenticatorApp:
    """An authenticator app that uses the clock of the test."""

    def __init__(self, secret: str, clock: ManualClock) -> None:
        self._totp = pyotp.TOTP(secret)
        self._clock = clock

    def code(self, steps: int = 0) -> str:
        return self._totp.at(int(self._clock.seconds()) + 30 * steps)

    def wrong(self) -> str:
        right = {self.code(steps) for steps in range(-2, 3)}
        return next(f"{n:06}" for n in range(10) if f"{n:06}" not in right)


@pytest.fixture
def ada(parts: Container, clock: ManualClock) -> Person:
    return create_person(parts)


@pytest.fixture
def app(http: Client, ada: Person, clock: ManualClock) -> AuthenticatorApp:
    """The app of an account with a proposed second factor."""
    return AuthenticatorApp(body_of(propose(http, ada))["secret"], clock)


@pytest.fixture
def recovery(http: Client, ada: Person, app: AuthenticatorApp, clock: ManualClock) -> list[str]:
    """Recovery codes of an enabled second factor; the first code of the app is used."""
    codes: list[str] = body_of(confirm(http, ada, app.code()))["recovery_codes"]
    clock.forward(seconds=30)
    return codes


def stored(parts: Container, ada: Person) -> Any:
    return parts.auth.accounts.get(ada.id).get("second_factor")


def test_proposal_enables_nothing(http: Client, parts: Container, ada: Person) -> None:
    proposal = body_of(propose(http, ada))
    assert set(proposal) == {"secret", "uri", "qr"}
    assert proposal["qr"] == render_qr_code(proposal["uri"])
    assert len(proposal["secret"]) == 32
    uri = urlparse(proposal["uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Hirelane:ada%40example.com")
    assert parse_qs(uri.query) == {"secret": [proposal["secret"]], "issuer": ["Hirelane"]}
    found = stored(parts, ada)
    assert (found["on"], found["last_step"], set(found)) == (
        False, 0, {"on", "secret", "last_step"},
    )  # fmt: skip
    assert proposal["secret"] not in str(found)
    body_of(log_in(http))
    assert body_of(send(http, "GET", "/v1/account", token=ada.token))["second_factor"] is False
    assert audit_event_names(parts) == ["logged_in"]
    assert deliver_emails(parts) == []


def test_proposal_requires_the_password(http: Client, parts: Container, ada: Person) -> None:
    problem_of(propose(http, ada, "guessed"), 403, "wrong-password")
    assert stored(parts, ada) is None


def test_first_code_enables_and_returns_recovery_codes(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp, clock: ManualClock
) -> None:
    bob = create_person(parts, "bob@example.com")
    codes = body_of(confirm(http, ada, app.code()))["recovery_codes"]
    assert len(set(codes)) == 10
    assert all(len(code) == 19 and code == code.lower() for code in codes)
    assert all(len(part) == 4 for code in codes for part in code.split("-"))
    assert body_of(send(http, "GET", "/v1/account", token=ada.token))["second_factor"] is True
    assert stored(parts, bob) is None
    found = stored(parts, ada)
    assert found["last_step"] == int(clock.seconds()) // 30
    assert len(found["recovery"]) == 10
    assert not any(code in str(found) for code in codes)
    details = {"account_id": ada.id, "session_id": ada.session_id}
    assert audit_events(parts) == [{"event": "second_factor_on", **details}]
    [mail] = deliver_emails(parts)
    assert (mail["Subject"], mail["To"]) == ("Your second factor is on", f"{NAME} <{EMAIL}>")


def test_wrong_first_code_enables_nothing(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp
) -> None:
    for code in (app.wrong(), "", "x" * 64, "１２３４５６", app.code(-2), app.code(2)):  # noqa: RUF001
        problem = problem_of(confirm(http, ada, code), 403, "wrong-code")
        assert problem["title"] == "The code is wrong"
    assert stored(parts, ada)["on"] is False
    assert audit_event_names(parts) == []


def test_code_without_proposal_is_wrong(http: Client, parts: Container, ada: Person) -> None:
    problem_of(confirm(http, ada, "123456"), 403, "wrong-code")


def test_newer_proposal_replaces_the_older(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp, clock: ManualClock
) -> None:
    newest = AuthenticatorApp(body_of(propose(http, ada))["secret"], clock)
    problem_of(confirm(http, ada, app.code()), 403, "wrong-code")
    body_of(confirm(http, ada, newest.code()))


def test_simultaneously_replaced_proposal_is_not_enabled(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp, clock: ManualClock
) -> None:
    account = parts.auth.accounts.get(ada.id)
    parts.auth.second_factors.propose(account)
    assert parts.auth.second_factors.enable(account, app.code()) is None
    assert stored(parts, ada)["on"] is False


def test_simultaneous_confirmations_return_codes_once(
    parts: Container, ada: Person, app: AuthenticatorApp
) -> None:
    account = parts.auth.accounts.get(ada.id)
    assert parts.auth.second_factors.enable(account, app.code())
    before = stored(parts, ada)
    assert parts.auth.second_factors.enable(account, app.code()) is None
    assert stored(parts, ada) == before


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_first_code_of_adjacent_step_is_accepted(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp, steps: int
) -> None:
    body_of(confirm(http, ada, app.code(steps)))


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_login_accepts_codes_of_three_steps(
    http: Client,
    parts: Container,
    app: AuthenticatorApp,
    recovery: list[str],
    clock: ManualClock,
    steps: int,
    good: bool,
) -> None:
    clock.forward(seconds=120)
    answer = log_in(http, code=app.code(steps))
    assert answer.status_code == (200 if good else 403)


@pytest.mark.parametrize(("seconds", "good"), [(59, True), (60, False)])
def test_code_expires_after_the_following_step(
    http: Client,
    app: AuthenticatorApp,
    recovery: list[str],
    clock: ManualClock,
    seconds: int,
    good: bool,
) -> None:
    """The clock of the tests is at the start of a step."""
    code = app.code()
    clock.forward(seconds=seconds)
    assert log_in(http, code=code).status_code == (200 if good else 403)


def test_code_is_required_only_after_the_right_password(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp, recovery: list[str]
) -> None:
    problem_of(log_in(http, password="guessed"), 401, "wrong-credentials")
    problem_of(log_in(http, password="guessed", code=app.code()), 401, "wrong-credentials")
    answer = log_in(http)
    problem = problem_of(answer, 403, "second-factor-required")
    assert problem["title"] == "A second-factor code is required"
    assert "Set-Cookie" not in answer.headers
    problem_of(log_in(http, code=""), 403, "second-factor-required")
    problem_of(log_in(http, code=app.wrong()), 403, "wrong-code")
    assert parts.database["sessions"].count_documents({}) == 1
    body_of(log_in(http, code=f" {app.code()[:3]} {app.code()[3:]} "))
    assert audit_event_names(parts) == [
        "second_factor_on", "log_in_failed", "log_in_failed", "second_factor_asked",
        "second_factor_asked", "second_factor_failed", "logged_in",
    ]  # fmt: skip
    assert audit_events(parts)[5] == {"event": "second_factor_failed", "account_id": ada.id}


Verify = Callable[[str], bool]


@pytest.fixture
def verify(parts: Container, ada: Person) -> Verify:
    """Verifies a code of an account, without the rate limit of logins."""
    return lambda code: parts.auth.second_factors.verify(parts.auth.accounts.get(ada.id), code)


def test_code_of_the_app_is_read_as_people_type_it(
    app: AuthenticatorApp, recovery: list[str], clock: ManualClock, verify: Verify
) -> None:
    for spelling in ("{0}-{1}", "\u00a0{0}\u2011{1}\n", '"{0}.{1}"', "\u200e{0}\u3000{1}\ufeff"):
        clock.forward(seconds=60)
        code = app.code()
        assert verify(spelling.format(code[:3], code[3:]))
        assert not verify(code)
    for zero in ("\uff10", "\u0660", "\u06f0", "\u0966", "\U0001d7ce"):
        clock.forward(seconds=60)
        assert verify("".join(chr(ord(zero) + int(digit)) for digit in app.code()))


def test_recovery_code_is_read_as_people_type_it(recovery: list[str], verify: Verify) -> None:
    misread = str.maketrans("olb", "018")
    full_width = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
    turkish = str.maketrans({"i": "\u0130"})
    spellings = [
        recovery[0].replace("-", " "),
        recovery[1].replace("-", ""),
        recovery[2].replace("-", "\u2013"),
        recovery[3].upper().replace("-", " - "),
        recovery[4].translate(misread),
        recovery[5].translate(full_width),
        f"\u201c{recovery[6]}\u201d,",
        recovery[7].translate(turkish),
        recovery[8].upper().replace("I", "\u0131"),
    ]
    for spelling in spellings:
        assert verify(spelling), spelling
        assert not verify(spelling), "it works once"
    for nothing in ("-", "\u200b", "x" + recovery[9]):
        assert not verify(nothing)


def test_code_works_once(
    http: Client, app: AuthenticatorApp, recovery: list[str], clock: ManualClock
) -> None:
    code, before = app.code(), app.code(-1)
    body_of(log_in(http, code=code))
    problem_of(log_in(http, code=code), 403, "wrong-code")
    # The code of an earlier step is rejected too: an observer may have seen it.
    problem_of(log_in(http, code=before), 403, "wrong-code")
    clock.forward(seconds=30)
    problem_of(log_in(http, code=code), 403, "wrong-code")
    body_of(log_in(http, code=app.code()))


def test_first_code_cannot_be_used_again(
    http: Client, ada: Person, app: AuthenticatorApp, clock: ManualClock
) -> None:
    code = app.code()
    body_of(confirm(http, ada, code))
    problem_of(log_in(http, code=code), 403, "wrong-code")
    clock.forward(seconds=30)
    problem_of(log_in(http, code=code), 403, "wrong-code")


@pytest.mark.parametrize("written", ["as shown", "in capitals and blanks"])
def test_recovery_code_works_once(
    http: Client, parts: Container, ada: Person, recovery: list[str], written: str
) -> None:
    first, second = recovery[:2]
    sent = first if written == "as shown" else f" {first.upper().replace('-', ' ')} "
    body_of(log_in(http, code=sent))
    problem_of(log_in(http, code=first), 403, "wrong-code")
    assert len(stored(parts, ada)["recovery"]) == 9
    body_of(log_in(http, code=second))
    body_of(log_in(http, code=recovery[9]))
    assert len(stored(parts, ada)["recovery"]) == 7


def test_recovery_code_of_another_account_is_wrong(
    http: Client, parts: Container, recovery: list[str], clock: ManualClock
) -> None:
    bob = create_person(parts, "bob@example.com")
    app = AuthenticatorApp(body_of(propose(http, bob))["secret"], clock)
    body_of(confirm(http, bob, app.code()))
    problem_of(log_in(http, bob.email, code=recovery[0]), 403, "wrong-code")
    body_of(log_in(http, code=recovery[0]))


def test_enabled_second_factor_cannot_be_enabled_again(
    http: Client,
    parts: Container,
    ada: Person,
    app: AuthenticatorApp,
    recovery: list[str],
    clock: ManualClock,
) -> None:
    problem_of(propose(http, ada), 409, "second-factor-enabled")
    problem_of(confirm(http, ada, app.code()), 409, "second-factor-enabled")
    body_of(log_in(http, code=app.code()))


def test_proposal_after_confirmation_changes_nothing(
    parts: Container, ada: Person, app: AuthenticatorApp, recovery: list[str]
) -> None:
    before = stored(parts, ada)
    parts.auth.second_factors.propose(parts.auth.accounts.get(ada.id))
    assert stored(parts, ada) == before


def test_removal_requires_password_and_code(
    http: Client,
    parts: Container,
    ada: Person,
    app: AuthenticatorApp,
    recovery: list[str],
    clock: ManualClock,
) -> None:
    problem_of(remove(http, ada, password="guessed", code=app.code()), 403, "wrong-password")
    problem_of(remove(http, ada), 403, "second-factor-required")
    problem_of(remove(http, ada, code=app.wrong()), 403, "wrong-code")
    assert stored(parts, ada)["on"] is True
    deliver_emails(parts)
    answer = remove(http, ada, code=app.code())
    assert (body_of(answer, 204), answer.body) == (None, b"")
    assert stored(parts, ada) is None
    body_of(log_in(http))
    details = {"account_id": ada.id, "session_id": ada.session_id}
    assert {"event": "second_factor_off", **details} in audit_events(parts)
    [mail] = deliver_emails(parts)
    assert (mail["Subject"], mail["To"]) == ("Your second factor is off", f"{NAME} <{EMAIL}>")


def test_removal_by_recovery_code_keeps_other_accounts(
    http: Client, parts: Container, ada: Person, recovery: list[str], clock: ManualClock
) -> None:
    bob = create_person(parts, "bob@example.com")
    app = AuthenticatorApp(body_of(propose(http, bob))["secret"], clock)
    body_of(confirm(http, bob, app.code()))
    body_of(remove(http, ada, code=recovery[3]), 204)
    assert stored(parts, bob)["on"] is True


def test_account_deletion_requires_a_code(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp, recovery: list[str]
) -> None:
    path = "/v1/account/deletion"
    for code, slug in (({}, "second-factor-required"), ({"code": app.wrong()}, "wrong-code")):
        answer = send(http, "POST", path, {"password": PASSWORD, **code}, ada.token)
        problem_of(answer, 403, slug)
    assert parts.auth.accounts.get(ada.id)
    body = {"password": PASSWORD, "code": app.code()}
    body_of(send(http, "POST", path, body, ada.token), 204)


def test_other_secret_cannot_decrypt_a_second_factor(
    parts: Container, ada: Person, app: AuthenticatorApp, recovery: list[str], clock: ManualClock
) -> None:
    from cryptography.fernet import InvalidToken

    others = SecondFactorVerifier(
        parts.auth.accounts,
        "another secret",
        parts.auth.rate_limits,
        parts.auth.audit_log,
        clock.seconds,
    )
    with pytest.raises(InvalidToken):
        others.verify(parts.auth.accounts.get(ada.id), app.code())


def test_password_and_email_change_require_a_code(
    http: Client, ada: Person, app: AuthenticatorApp, recovery: list[str]
) -> None:
    for path, body, done in (
        ("/v1/account/email", {"password": PASSWORD, "email": "new@example.com"}, 202),
        ("/v1/account/password", {"current_password": PASSWORD, "password": OTHER_PASSWORD}, 204),
    ):
        problem_of(send(http, "POST", path, body, ada.token), 403, "second-factor-required")
        wrong = {**body, "code": app.wrong()}
        problem_of(send(http, "POST", path, wrong, ada.token), 403, "wrong-code")
        body_of(send(http, "POST", path, {**body, "code": recovery.pop()}, ada.token), done)


def test_enabling_ends_other_sessions(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp
) -> None:
    other = body_of(log_in(http, deliver="body"))["refresh_token"]
    body_of(confirm(http, ada, app.code()))
    body = {"refresh_token": other}
    problem_of(send(http, "POST", "/v1/sessions/refresh", body), 401, "session-expired")
    body = {"refresh_token": ada.refresh_token}
    body_of(send(http, "POST", "/v1/sessions/refresh", body))


def test_51st_code_of_a_day_is_rejected_but_recovery_works(
    http: Client, parts: Container, ada: Person, app: AuthenticatorApp, recovery: list[str]
) -> None:
    account = parts.auth.accounts.get(ada.id)
    for _ in range(50):
        assert not parts.auth.second_factors.verify(account, app.wrong())
    with pytest.raises(TooManyRequests):
        parts.auth.second_factors.verify(account, app.code())
    assert parts.auth.second_factors.verify(account, recovery[0])
