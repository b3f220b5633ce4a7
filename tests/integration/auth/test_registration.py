"""Registration: an account exists only after its owner used the e-mailed link."""

from __future__ import annotations

from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.credentials.email_links import MAX_CANDIDATES, LinkPurpose
from chalicelib.auth.credentials.passwords import DUMMY_HASH, hash_password, verify_password
from chalicelib.auth.models import Role, Visitor
from chalicelib.auth.services import registration as registration_service
from chalicelib.auth.services.password import PasswordResetRequest
from chalicelib.auth.services.registration import Registration
from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from tests.integration.auth.api_requests import body_of, forge_signature, log_in, problem_of, send
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import EMAIL, NAME, OTHER_PASSWORD, PASSWORD, create_person
from tests.integration.auth.stored_data import audit_events, newest_link_token
from tests.integration.auth.workers import deliver_emails, link_of, text_of


def register(http: Client, email: str = EMAIL, **other: str) -> HTTPResponse:
    body = {"email": email, "name": NAME, "password": PASSWORD, **other}
    return send(http, "POST", "/v1/accounts", body)


def confirm(http: Client, token: str, password: str = PASSWORD) -> HTTPResponse:
    body = {"token": token, "password": password}
    return send(http, "POST", "/v1/accounts/confirmation", body)


def test_registration_link_creates_the_account_once(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    accepted = body_of(register(http, "Ada@Example.COM", name=f"  {NAME} "), 202)
    assert accepted == {
        "status": "mailed",
        "detail": "If the address is eligible, we have sent an e-mail.",
    }
    problem_of(log_in(http), 401, "wrong-credentials")
    [mail] = deliver_emails(parts)
    assert mail["To"] == EMAIL
    assert mail["Subject"] == "Confirm your e-mail address"
    purpose, token = link_of(mail)
    assert purpose == "register"
    assert parts.database["accounts"].count_documents({}) == 0

    account = body_of(confirm(http, token), 201)
    assert account == {
        "id": account["id"],
        "email": EMAIL,
        "name": NAME,
        "role": "candidate",
        "created_at": "2031-05-04T12:00:00Z",
        "second_factor": False,
        "has_password": True,
        "email_problem": None,
    }
    [stored] = parts.database["accounts"].find()
    assert stored == {
        "_id": account["id"],
        "email": EMAIL,
        "name": NAME,
        "role": "candidate",
        "password": stored["password"],
        "created_at": clock.now(),
    }
    assert stored["password"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert parts.database["mail_links"].count_documents({}) == 0
    assert audit_events(parts)[-1] == {"event": "registered", "account_id": account["id"]}
    problem_of(confirm(http, token), 410, "link-expired")
    assert parts.database["accounts"].count_documents({}) == 1
    body_of(log_in(http))


def test_address_that_cannot_be_written_gets_no_link(http: Client, parts: Container) -> None:
    problem = problem_of(register(http, "=?utf-8?q?x?=@example.com"), 422, "invalid-fields")
    assert [error["field"] for error in problem["errors"]] == ["email"]
    assert parts.database["mail_links"].count_documents({}) == 0


@pytest.mark.parametrize("typed", ["ada@bücher.example", " Ada@BÜCHER.example "])
def test_international_domain_has_one_account_in_every_spelling(
    typed: str, http: Client, parts: Container
) -> None:
    body_of(register(http, typed), 202)
    [mail] = deliver_emails(parts)
    assert mail["To"] == "ada@xn--bcher-kva.example"
    body_of(confirm(http, link_of(mail)[1]), 201)
    for spelling in (typed, "ada@bücher.example\n", "ADA@xn--bcher-kva.example"):
        body_of(log_in(http, spelling))
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": typed}), 202)
    [mail] = deliver_emails(parts)
    assert link_of(mail)[0] == "reset-password"


def test_registration_stores_only_a_link(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    body_of(register(http), 202)
    [link] = parts.database["mail_links"].find()
    assert link["about"].pop("password").startswith("$argon2id$")
    assert len(link["about"].pop("password_tag")) == 1
    clock.forward(hours=24)
    assert link == {
        "_id": link["_id"],
        "purpose": "register",
        "email": EMAIL,
        "about": {"name": NAME},
        "created_at": link["created_at"],
        "expires_at": clock.now(),
    }


def without_correlation(response: HTTPResponse) -> tuple[int, bytes, dict[str, Any]]:
    headers = {key: value for key, value in response.headers.items() if key != "X-Correlation-Id"}
    return response.status_code, response.body, headers


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/passwords/forgotten"])
def test_answer_is_the_same_with_and_without_account(
    http: Client, parts: Container, path: str
) -> None:
    create_person(parts)
    more = {"name": NAME, "password": PASSWORD} if path == "/v1/accounts" else {}
    known = send(http, "POST", path, {"email": EMAIL, **more})
    unknown = send(http, "POST", path, {"email": "nobody@example.com", **more})
    assert known.status_code == 202
    assert without_correlation(known) == without_correlation(unknown)
    assert parts.database["mail_links"].count_documents({}) == 2


def test_existing_account_is_reported_by_email_only(http: Client, parts: Container) -> None:
    create_person(parts)
    body_of(register(http, name="Someone Else"), 202)
    [mail] = deliver_emails(parts)
    assert mail["Subject"] == "You already have an account"
    assert mail["To"] == f"{NAME} <{EMAIL}>"
    for kind in ("plain", "html"):
        assert "https://hirelane.example" in text_of(mail, kind)
        assert "#/register" not in text_of(mail, kind)
        assert "Someone Else" not in text_of(mail, kind)


def test_link_expires_when_the_address_gets_an_account(http: Client, parts: Container) -> None:
    body_of(register(http), 202)
    token = newest_link_token(parts, LinkPurpose.REGISTER)
    there = create_person(parts, password=OTHER_PASSWORD)
    problem_of(confirm(http, token), 410, "link-expired")
    [account] = parts.database["accounts"].find()
    assert account["_id"] == there.id
    body_of(log_in(http, password=OTHER_PASSWORD))
    assert "registered" not in {event["event"] for event in audit_events(parts)}


@pytest.mark.parametrize("link", [0, 1])
@pytest.mark.parametrize("registration", [0, 1])
def test_password_selects_one_of_two_registrations(
    http: Client, parts: Container, link: int, registration: int
) -> None:
    choices = [(PASSWORD, NAME), (OTHER_PASSWORD, "Augusta")]
    tokens = []
    for password, name in choices:
        body_of(register(http, password=password, name=name), 202)
        tokens.append(newest_link_token(parts, LinkPurpose.REGISTER))
    body_of(register(http, "bob@example.com", password="sealed with wax"), 202)
    problem_of(confirm(http, tokens[link], "sealed with wax"), 403, "wrong-password")
    password, name = choices[registration]
    assert body_of(confirm(http, tokens[link], password), 201)["name"] == name
    problem_of(confirm(http, tokens[1 - link], password), 410, "link-expired")
    problem_of(log_in(http, password=choices[1 - registration][0]), 401, "wrong-credentials")
    body_of(log_in(http, password=password))


@pytest.mark.parametrize(("before", "after"), [(30, 20), (0, 45)])
def test_strangers_cannot_block_a_registration(
    http: Client, parts: Container, monkeypatch: pytest.MonkeyPatch, before: int, after: int
) -> None:
    """They register the address, and its mailbox gets no more e-mails this hour."""
    service = parts.auth_services.registration_service
    by_strangers = Registration(EMAIL, "Mallory", OTHER_PASSWORD)
    hashed = hash_password(OTHER_PASSWORD)

    def register_as_strangers(count: int) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(registration_service, "hash_password", lambda password: hashed)
            for _ in range(count):
                service.register(by_strangers, Visitor(new_id(), "curl", "somewhere"))

    register_as_strangers(before)
    body_of(register(http), 202)
    register_as_strangers(after)
    mails = deliver_emails(parts)
    assert len(mails) == 20
    for mail in (mails[0], mails[-1]):
        problem_of(confirm(http, link_of(mail)[1], "guessed by them"), 403, "wrong-password")
    assert body_of(confirm(http, link_of(mails[0])[1]), 201)["name"] == NAME
    assert parts.database["mail_links"].count_documents({}) == 0
    problem_of(log_in(http, password=OTHER_PASSWORD), 401, "wrong-credentials")


def test_password_is_checked_against_few_of_many_registrations(
    http: Client, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str | None] = []

    def counted(stored: str | None, password: str) -> bool:
        checked.append(stored)
        return verify_password(stored, password)

    monkeypatch.setattr(registration_service, "verify_password", counted)
    body_of(register(http), 202)
    # Another salt for each, as real hashes have.
    hashes = [DUMMY_HASH.replace("oZTe", f"oZ{number:02}") for number in range(MAX_CANDIDATES)]
    tagger = parts.auth_services.registration_service.password_tagger
    for hashed in hashes[1:]:
        parts.auth.email_links.create_unsent(
            LinkPurpose.REGISTER,
            EMAIL,
            name="Mallory",
            password=hashed,
            password_tag=tagger.tag(hashed, OTHER_PASSWORD),
        )
    token = newest_link_token(parts, LinkPurpose.REGISTER)
    problem_of(confirm(http, token, "guessed by them"), 403, "wrong-password")
    # 50 registrations, of which each has the same tag with a probability of 1 in 64.
    assert len(checked) <= 8
    assert body_of(confirm(http, token), 201)["name"] == NAME


def test_registrations_of_an_address_are_bounded(parts: Container) -> None:
    links = parts.auth.email_links
    sent = [links.create(LinkPurpose.REGISTER, EMAIL, name="sent") for _ in range(3)]
    for number in range(MAX_CANDIDATES + 5):
        links.create_unsent(LinkPurpose.REGISTER, EMAIL, name=str(number))
    links.create_unsent(LinkPurpose.REGISTER, "bob@example.com", name="of Bob")
    newest = links.find_newest(LinkPurpose.REGISTER, EMAIL)
    expected = [str(number) for number in range(MAX_CANDIDATES + 4, 4, -1)]
    assert [link.details["name"] for link in newest] == expected
    stored = parts.database["mail_links"].find({"email": EMAIL})
    assert len({one["_id"] for one in stored} - set(sent)) == MAX_CANDIDATES
    assert all(links.find(link_id) for link_id in sent), "a mailed link stays valid"


def test_new_account_keeps_links_of_other_addresses(http: Client, parts: Container) -> None:
    body_of(register(http), 202)
    body_of(register(http, "bob@example.com"), 202)
    body_of(confirm(http, newest_link_token(parts, LinkPurpose.REGISTER)), 201)
    body_of(confirm(http, newest_link_token(parts, LinkPurpose.REGISTER, "bob@example.com")), 201)


@pytest.mark.parametrize(("hours", "seconds", "status"), [(24, -0.001, 201), (24, 0, 410)])
def test_registration_link_expires_after_a_day(
    http: Client, parts: Container, clock: ManualClock, hours: float, seconds: float, status: int
) -> None:
    body_of(register(http), 202)
    token = newest_link_token(parts, LinkPurpose.REGISTER)
    clock.forward(hours=hours, seconds=seconds)
    assert confirm(http, token).status_code == status


def test_invalid_link_creates_no_account(http: Client, parts: Container) -> None:
    body_of(register(http), 202)
    link_id = parts.auth.email_links.create(LinkPurpose.RESET_PASSWORD, EMAIL)
    registration = newest_link_token(parts, LinkPurpose.REGISTER)
    id_of_registration = registration.rpartition(".")[0]
    reset = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    swapped = f"{link_id}.{registration.rpartition('.')[2]}"
    resigned = f"{id_of_registration}.{reset.rpartition('.')[2]}"
    # Signed for registration, with the id of a link for another purpose.
    key = DerivedKey(parts.settings.secrets.link_secret, "link register")
    assert registration == key.token(id_of_registration)
    other_purpose = key.token(link_id)
    other_key = DerivedKey(parts.settings.secrets.link_secret, "link reset-password").token(
        id_of_registration
    )
    nothing = key.token("")
    unknown = key.token("01a20ecf-8a92-73e0-9454-11c808c1b646")
    for token in (
        reset, forge_signature(registration), swapped, resigned, other_purpose, other_key, nothing,
        unknown, id_of_registration, "", ".", "x" * 512,
    ):  # fmt: skip
        problem = problem_of(confirm(http, token), 410, "link-expired")
        assert problem == {
            "type": "urn:hirelane:problem:link-expired",
            "title": "The link has expired or was already used",
            "status": 410,
        }
    assert parts.database["accounts"].count_documents({}) == 0
    body_of(confirm(http, registration), 201)


def test_simultaneously_used_link_works_once(
    http: Client, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request has found the link before the first one used it."""
    body_of(register(http), 202)
    token = newest_link_token(parts, LinkPurpose.REGISTER)
    link = parts.auth.email_links.get_by_token(LinkPurpose.REGISTER, token)
    parts.auth.email_links.consume(link)
    monkeypatch.setattr(parts.auth.email_links, "get_by_token", lambda purpose, token: link)
    problem_of(confirm(http, token), 410, "link-expired")
    assert parts.database["accounts"].count_documents({}) == 0


def test_new_account_is_always_a_candidate(http: Client, parts: Container) -> None:
    problem_of(register(http, role="admin"), 422, "invalid-fields")
    body_of(register(http), 202)
    body_of(confirm(http, newest_link_token(parts, LinkPurpose.REGISTER)), 201)
    [account] = parts.database["accounts"].find()
    assert account["role"] == Role.CANDIDATE


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("k7#pQz!", 422),
        ("k7#pQz!w", 202),
        ("k7#pQz!w" * 16, 202),
        ("k7#pQz!w" * 16 + "x", 422),
        ("ναῦς ἐπὶ πόντῳ", 202),
        ("\U0001f6a2\U0001f30a" * 4, 202),
        ("        ", 202),
        ("a\x00b\x00c\x00d\x00", 202),
        ("password", 422),
        ("PassWord", 422),
        ("TRUSTNO1", 422),
        ("passwords!?x", 202),
    ],
)
def test_password_rules_at_registration(
    http: Client, parts: Container, password: str, status: int
) -> None:
    answer = register(http, password=password)
    if status == 422:
        problem = problem_of(answer, 422, "invalid-fields")
        [error] = problem["errors"]
        assert error["field"] == "password"
        assert not password.isupper() or password not in answer.body.decode()
        assert parts.database["mail_links"].count_documents({}) == 0
        assert not list(parts.redis.scan_iter("{hl:limits}:*"))
        return
    body_of(answer, 202)
    body_of(confirm(http, newest_link_token(parts, LinkPurpose.REGISTER), password), 201)
    body_of(log_in(http, password=password))
    problem_of(log_in(http, password=password[:-1]), 401, "wrong-credentials")


def test_sixth_link_request_of_an_hour_is_rejected(http: Client, parts: Container) -> None:
    for _ in range(5):
        body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": "ADA@example.com"}), 202)
    answer = send(http, "POST", "/v1/passwords/forgotten", {"email": EMAIL})
    problem_of(answer, 429, "too-many-requests")
    assert 3595 <= int(answer.headers["Retry-After"]) <= 3600
    # Registration has its own count, so requests for resets cannot block it.
    body_of(register(http), 202)
    body_of(register(http, "bob@example.com"), 202)
    assert parts.database["mail_links"].count_documents({}) == 7


def test_confirmation_requires_the_password(http: Client, parts: Container) -> None:
    """An attacker registers an address and hopes that its owner uses the link."""
    body_of(register(http), 202)
    token = newest_link_token(parts, LinkPurpose.REGISTER)
    for _ in range(10):
        problem_of(confirm(http, token, OTHER_PASSWORD), 403, "wrong-password")
    problem_of(confirm(http, token, OTHER_PASSWORD), 429, "too-many-requests")
    problem_of(confirm(http, token), 429, "too-many-requests")
    assert parts.database["accounts"].count_documents({}) == 0
    assert parts.database["mail_links"].count_documents({}) == 1


def test_flooded_mailbox_receives_20_emails_without_error(http: Client, parts: Container) -> None:
    """Over 20 an hour nothing is sent and no error is raised, because valid links are there."""
    forgot = parts.auth_services.password_service.request_reset
    for number in range(25):
        forgot(PasswordResetRequest(EMAIL), Visitor(f"198.51.100.{number}", "curl", "somewhere"))
    assert parts.database["mail_links"].count_documents({}) == 20
    body_of(register(http), 202)
    assert parts.database["mail_links"].count_documents({}) == 21
