"""Guest applications: accepted when an e-mailed link is followed, once, with or without kills."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from chalice.test import Client, HTTPResponse
from pymongo.collection import Collection

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.errors import LinkExpired
from chalicelib.auth.models import Role, Visitor
from chalicelib.auth.rate_limits import AuthRateLimits, read_limits
from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.queue import Gates, GateState
from chalicelib.queue.admin import Pauses
from chalicelib.queue.scripts import Script
from chalicelib.recruiting.applications.models import Receipt
from chalicelib.recruiting.guest_applications import repository
from chalicelib.recruiting.guest_applications.models import GuestApplicationDraft
from chalicelib.recruiting.postings.errors import PostingClosed
from tests.integration.auth.api_requests import (
    body_of,
    forge_signature,
    log_in,
    problem_of,
    send,
    set_cookies,
)
from tests.integration.auth.people import EMAIL, OTHER_PASSWORD, PASSWORD, create_person
from tests.integration.auth.stored_data import dump_stores, newest_link_token
from tests.integration.auth.workers import deliver_emails, text_of
from tests.integration.recruiting.candidates import drain_applications
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.steps import publish
from tests.integration.recruiting.write_interrupter import WriteInterrupter, kill

LETTER = "I build clinker boats."
TYPED_NAME = "Augusta Ada"
VISITOR = Visitor("198.51.100.9", "Firefox on Linux", "198.51.100.9")


@pytest.fixture
def posting(parts: Container) -> str:
    return publish(parts)


def request(http: Client, posting: str, email: str = EMAIL, **more: Any) -> HTTPResponse:
    body = {"email": email, "name": TYPED_NAME, "cover_letter": LETTER, **more}
    return send(http, "POST", f"/v1/postings/{posting}/guest-applications", body)


def follow(http: Client, token: str, what: str = "confirmation") -> HTTPResponse:
    return send(http, "POST", f"/v1/guest-applications/{what}", {"token": token})


def mailed_token(http: Client, parts: Container, posting: str, email: str = EMAIL) -> str:
    """Apply as a guest. Return the token of the e-mailed link."""
    body_of(request(http, posting, email), 202)
    [mail] = deliver_emails(parts)
    return token_of(mail, posting)


def token_of(mail: EmailMessage, posting: str) -> str:
    """Return the token of the only link of an e-mail, which must name the posting."""
    [token] = re.findall(rf"https://hirelane\.example/#/apply/{posting}/([\w.-]+)", text_of(mail))
    return str(token)


def stored_applications(parts: Container) -> list[dict[str, Any]]:
    drain_applications(parts)
    return list(parts.database["applications"].find())


def close(parts: Container, posting_id: str, after: timedelta | None) -> None:
    """Publish a posting again, with another deadline."""
    posting = parts.recruiting.postings.get(posting_id)
    closes_at = None if after is None else times.now() + after
    parts.recruiting.postings.publish(msgspec.structs.replace(posting, closes_at=closes_at))


def test_link_sends_the_application_once_and_creates_an_account(
    http: Client, parts: Container, posting: str
) -> None:
    before = times.now()
    accepted = body_of(request(http, posting, " Ada@Example.COM", name=f" {TYPED_NAME} "), 202)
    assert accepted["status"] == "mailed"
    assert accepted["detail"] == "If the address is eligible, we have sent an e-mail."
    [mail] = deliver_emails(parts)
    assert mail["To"] == EMAIL
    assert mail["Subject"] == "Send your application for Boat builder"
    for part in (text_of(mail), text_of(mail, "html")):
        assert "Boat builder" in part
        assert TYPED_NAME not in part
        assert LETTER not in part
    token = token_of(mail, posting)

    # Nothing has happened yet, and reading changes nothing.
    shown = body_of(follow(http, token, "preview"))
    assert shown["application"] == {"cover_letter": LETTER}
    assert (shown["name"], shown["email"], shown["receipt"]) == (TYPED_NAME, EMAIL, None)
    assert shown["posting"]["title"] == "Boat builder"
    assert shown["expires_at"] == accepted["expires_at"]
    assert parts.database["accounts"].count_documents({}) == 0
    assert stored_applications(parts) == []

    answer = follow(http, token)
    confirmed = body_of(answer, 202)
    assert set(set_cookies(answer)) == {"__Host-hirelane-refresh", "__Host-hirelane-device"}
    receipt, access_token = confirmed["receipt"], confirmed["session"]["access_token"]
    assert receipt["posting_id"] == posting
    assert not receipt["repeat"]
    assert times.to_stored_time(msgspec.convert(receipt["accepted_at"], type(before))) >= before
    [stored] = stored_applications(parts)
    assert stored["_id"] == receipt["id"]
    assert stored["cover_letter"] == LETTER
    status = send(http, "GET", f"/v1/applications/{receipt['id']}", token=access_token)
    assert body_of(status)["status"] in ("stored", "mailed")

    # Followed again: the first receipt, no second application, no session.
    again = follow(http, token)
    assert body_of(again, 202) == {"receipt": receipt, "session": None}
    assert set_cookies(again) == {}
    assert body_of(follow(http, token, "preview"))["receipt"] == receipt
    assert len(stored_applications(parts)) == 1
    [pending] = parts.database["guest_applications"].find()
    assert pending.keys().isdisjoint({"draft", "name"})

    # The account has no password until its owner sets one by the usual link.
    account = body_of(send(http, "GET", "/v1/account", token=access_token))
    assert (account["name"], account["email"]) == (TYPED_NAME, EMAIL)
    assert not account["has_password"]
    problem_of(log_in(http), 401, "wrong-credentials")
    problem_of(log_in(http, password=""), 401, "wrong-credentials")
    deletion = {"password": PASSWORD}
    refused = send(http, "POST", "/v1/account/deletion", deletion, access_token)
    problem_of(refused, 403, "wrong-password")
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": EMAIL}), 202)
    reset = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    body = {"token": reset, "password": OTHER_PASSWORD}
    body_of(send(http, "POST", "/v1/passwords/reset", body), 204)
    token = body_of(log_in(http, password=OTHER_PASSWORD))["access_token"]
    assert body_of(send(http, "GET", "/v1/account", token=token))["has_password"]


def test_account_that_exists_gets_the_application_and_no_session(
    http: Client, parts: Container, posting: str
) -> None:
    ada = create_person(parts)
    other = publish(parts)
    tokens = [mailed_token(http, parts, one) for one in (posting, posting, other)]
    answers = [follow(http, token) for token in tokens]
    for answer in answers:
        assert body_of(answer, 202)["session"] is None
        assert set_cookies(answer) == {}
    first, second, third = (body_of(answer, 202)["receipt"] for answer in answers)
    assert second == {**first, "repeat": True, "receipt": second["receipt"]}
    assert {one["candidate_id"] for one in stored_applications(parts)} == {ada.id}
    # A link sends what was typed for its own posting, and for no other one.
    assert {one["posting_id"]: one["_id"] for one in stored_applications(parts)} == {
        posting: first["id"],
        other: third["id"],
    }
    assert parts.database["accounts"].find_one({})["name"] != TYPED_NAME  # type: ignore[index]


def test_new_account_gets_no_session_that_it_does_not_want(
    http: Client, parts: Container, posting: str
) -> None:
    body = {"token": mailed_token(http, parts, posting), "open_session": False}
    answer = send(http, "POST", "/v1/guest-applications/confirmation", body)
    assert body_of(answer, 202)["session"] is None
    assert set_cookies(answer) == {}
    assert parts.database["accounts"].count_documents({}) == 1


def test_account_that_cannot_apply_is_refused(http: Client, parts: Container, posting: str) -> None:
    create_person(parts, role=Role.ADMIN)
    problem_of(follow(http, mailed_token(http, parts, posting)), 403, "account-cannot-apply")
    assert stored_applications(parts) == []


def test_answers_and_work_are_the_same_for_every_address(
    http: Client, parts: Container, posting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_person(parts, "known@example.com")
    limits = "mail.account=1 per hour, mail.visitor=9 per hour"
    parts.auth.override(rate_limits=AuthRateLimits(parts.redis, read_limits(limits)))
    body_of(request(http, posting, "limited@example.com"), 202)
    calls: list[tuple[str, str]] = []
    for name in ("find", "find_one", "insert_one", "update_one", "delete_many"):
        method = getattr(Collection, name)

        def called(self: Any, *args: Any, method: Any = method, **options: Any) -> Any:
            calls.append((self.name, method.__name__))
            return method(self, *args, **options)

        monkeypatch.setattr(Collection, name, called)
    run = Script.run

    def script(self: Any, *args: Any, **options: Any) -> Any:
        calls.append(("redis", "script"))
        return run(self, *args, **options)

    monkeypatch.setattr(Script, "run", script)
    seen = []
    for email in ("known@example.com", "unknown@example.com", "limited@example.com"):
        calls.clear()
        answer = body_of(request(http, posting, email), 202)
        seen.append((answer.keys(), answer["status"], answer["detail"], [*calls]))
    assert seen[0] == seen[1] == seen[2]
    assert ("guest_applications", "insert_one") in seen[0][3]
    # The limited address gets no second e-mail, and nothing that was typed with it is kept.
    # E-mails of several lanes are sent at once.
    assert sorted(str(mail["To"]) for mail in deliver_emails(parts)) == [
        "known@example.com",
        "limited@example.com",
        "unknown@example.com",
    ]
    assert parts.database["guest_applications"].count_documents({"draft": None}) == 1


def test_visitor_who_asks_too_often_is_refused(
    http: Client, parts: Container, posting: str
) -> None:
    for _ in range(5):
        body_of(request(http, posting), 202)
    problem_of(request(http, posting), 429, "too-many-requests")
    body_of(request(http, posting, "bob@example.com"), 202)


def test_unusable_links_are_refused(http: Client, parts: Container, posting: str) -> None:
    token = mailed_token(http, parts, posting)
    parts.auth.email_links.create(LinkPurpose.REGISTER, EMAIL, name="", password="x")
    of_another_kind = newest_link_token(parts, LinkPurpose.REGISTER)
    body_of(request(http, posting), 202)
    [newest, *_] = parts.database["guest_applications"].find().sort("_id", -1)
    assert newest["expires_at"] == newest["created_at"] + repository.LIFETIME
    # As if 24 hours had passed.
    parts.database["guest_applications"].update_many({}, {"$set": {"expires_at": times.now()}})
    # A link that has expired before its e-mail is written is not sent.
    assert deliver_emails(parts) == []
    for bad in (token, of_another_kind, forge_signature(token), "x"):
        for what in ("preview", "confirmation"):
            problem_of(follow(http, bad, what), 410, "link-expired")
    assert parts.database["accounts"].count_documents({}) == 0
    # MongoDB deletes the documents by this index.
    indexes = parts.database["guest_applications"].index_information().values()
    assert any(one.get("expireAfterSeconds") == 0 for one in indexes)


def test_closed_posting_refuses_and_keeps_the_application(
    http: Client, parts: Container, posting: str
) -> None:
    token = mailed_token(http, parts, posting)
    close(parts, posting, timedelta(0))
    problem_of(request(http, posting), 409, "posting-closed")
    problem_of(follow(http, token), 409, "posting-closed")
    assert deliver_emails(parts) == []
    assert parts.database["accounts"].count_documents({}) == 0
    assert body_of(follow(http, token, "preview"))["application"] == {"cover_letter": LETTER}
    close(parts, posting, None)
    body_of(follow(http, token), 202)
    assert len(stored_applications(parts)) == 1


def test_paused_intake_keeps_the_link_and_the_first_session(
    http: Client, parts: Container, posting: str
) -> None:
    pauses = Pauses(parts.recruiting.lanes)
    token = mailed_token(http, parts, posting)
    pauses.pause("intake")
    refused = follow(http, token)
    problem_of(refused, 503, "intake-paused")
    assert refused.headers["Retry-After"] == "60"
    assert parts.database["accounts"].count_documents({}) == 0
    assert body_of(follow(http, token, "preview"))["application"] == {"cover_letter": LETTER}
    pauses.resume("intake")
    guests = parts.database["guest_applications"]
    pending = guests.find_one({}) or {}
    first = body_of(follow(http, token), 202)
    receipt = first["receipt"]
    assert first["session"]
    # As if the process had been killed before it stored the receipt.
    guests.replace_one({}, {**pending, "application_id": receipt["id"]})
    pauses.pause("intake")
    repeated = body_of(follow(http, token), 202)["receipt"]
    names = ("id", "accepted_at", "repeat")
    assert [repeated[name] for name in names] == [receipt[name] for name in names]
    assert len(stored_applications(parts)) == 1


def test_gate_and_deadline_each_close_a_posting(
    http: Client, parts: Container, posting: str
) -> None:
    # The gate closes before the document, and the document stays if Redis loses the gate.
    lost = publish(parts)
    close(parts, lost, timedelta(0))
    for lanes in parts.recruiting.lanes:
        lanes.redis.hdel(lanes.keys.gates(), lost)
    closed = GateState(closed_at=times.now())
    Gates(parts.recruiting.lanes).narrow(posting, closed, 10**15)
    for one in (lost, posting):
        problem_of(request(http, one), 409, "posting-closed")


def test_deadline_before_expiry_is_in_the_email(http: Client, parts: Container) -> None:
    body_of(request(http, publish(parts, timedelta(hours=2))), 202)
    body_of(request(http, publish(parts, timedelta(days=2))), 202)
    early, late = map(text_of, deliver_emails(parts))
    assert "takes applications until" in early
    assert "takes applications until" not in late


@pytest.mark.parametrize(
    ("changes", "status", "slug", "fields"),
    [
        ({"email": "=?utf-8?q?x?=@example.com"}, 422, "invalid-fields", ["email"]),
        ({"name": " "}, 422, "invalid-fields", ["name"]),
        ({"answers": {"why": "Boats"}}, 422, "invalid-answers", ["form_version"]),
        ({"form_version": 3}, 409, "form-changed", []),
    ],
)
def test_invalid_application_is_refused_before_an_email(
    http: Client,
    parts: Container,
    posting: str,
    changes: dict[str, Any],
    status: int,
    slug: str,
    fields: list[str],
) -> None:
    problem = problem_of(request(http, posting, **changes), status, slug)
    assert [error["field"] for error in problem.get("errors", [])] == fields
    problem_of(request(http, "no-id"), 404, "posting-not-found")
    assert deliver_emails(parts) == []
    assert parts.database["guest_applications"].count_documents({}) == 0


def test_queue_logs_and_emails_hold_nothing_that_was_typed(
    http: Client, parts: Container, posting: str, log: io.StringIO
) -> None:
    body_of(request(http, posting), 202)
    queued = [text for text in dump_stores(parts) if "guest_application" in text]
    assert queued
    [mail] = deliver_emails(parts)
    token = token_of(mail, posting)
    typed = (LETTER, TYPED_NAME, EMAIL, token)
    for text in [*queued, *dump_stores(parts)]:
        # MongoDB holds the application, and never the token.
        assert token not in text
        assert "'draft'" in text or not any(one in text for one in typed)
    body_of(follow(http, token), 202)
    assert log.getvalue()
    assert not any(one in log.getvalue() for one in typed)


def test_waiting_applications_of_an_address_are_limited(
    http: Client, parts: Container, posting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "MAX_PENDING", 2)
    tokens = [mailed_token(http, parts, posting) for _ in range(3)]
    problem_of(follow(http, tokens[0], "preview"), 410, "link-expired")
    body_of(follow(http, tokens[1]), 202)


def test_deletion_of_the_account_deletes_its_guest_applications(
    http: Client, parts: Container, posting: str
) -> None:
    ada = create_person(parts)
    followed, waiting, bobs = (
        mailed_token(http, parts, posting, email) for email in (EMAIL, EMAIL, "bob@example.com")
    )
    body_of(follow(http, followed), 202)
    # The account of a receipt is known, also if its address was another one then.
    former = {"$set": {"email": "former@example.com"}}
    parts.database["guest_applications"].update_one({"account_id": ada.id}, former)
    body_of(send(http, "POST", "/v1/account/deletion", {"password": PASSWORD}, ada.token), 204)
    for token in (followed, waiting):
        problem_of(follow(http, token), 410, "link-expired")
    body_of(follow(http, bobs), 202)
    [left] = parts.database["guest_applications"].find()
    assert left["email"] == "bob@example.com"


# The writes of a confirmation: two of the account, the id, the queue, the receipt, two of the
# session.
WRITES, ACCEPT = 7, 3


def new_link(parts: Container, number: int) -> str:
    """Apply as another guest, for another posting. Return the token of the link."""
    draft = GuestApplicationDraft(email=f"ada{number}@example.com", name="Ada", cover_letter=LETTER)
    guests = parts.recruiting.guest_applications
    guests.service.request(publish(parts), draft, VISITOR)
    [newest] = parts.database["guest_applications"].find({}, {"_id": 1}).sort("_id", -1).limit(1)
    one = guests.guests.find(newest["_id"])
    assert one is not None
    return guests.tokens.issue(one)


def confirm(parts: Container, token: str) -> Receipt:
    return parts.recruiting.guest_applications.service.confirm(token, VISITOR, "-").receipt


def confirm_killed(
    parts: Container, interrupter: WriteInterrupter, token: str, write: int | None
) -> None:
    with interrupter.before(write, kill), pytest.raises(Killed):
        confirm(parts, token)


def test_killed_confirmation_can_be_repeated(
    parts: Container, interrupter: WriteInterrupter
) -> None:
    for write in range(WRITES):
        token = new_link(parts, write)
        confirm_killed(parts, interrupter, token, write)
        # In between, the worker may have stored the application or not.
        if write % 2:
            drain_applications(parts)
        first = confirm(parts, token)
        assert not first.repeat
        assert confirm(parts, token) == first
        assert [one["_id"] for one in stored_applications(parts)] == [first.id]
        parts.database["applications"].delete_many({})
    token = new_link(parts, WRITES)
    with interrupter.before(WRITES, kill):
        confirm(parts, token)
    assert parts.database["accounts"].count_documents({}) == WRITES + 1


def test_confirmation_killed_after_accept_is_found_in_a_closed_posting(
    parts: Container, interrupter: WriteInterrupter
) -> None:
    before_accept, after_accept = new_link(parts, 0), new_link(parts, 1)
    confirm_killed(parts, interrupter, before_accept, ACCEPT)
    confirm_killed(parts, interrupter, after_accept, ACCEPT + 1)
    for posting in parts.database["postings"].find({}, {"_id": 1}):
        close(parts, posting["_id"], timedelta(0))
    assert not confirm(parts, after_accept).repeat
    with pytest.raises(PostingClosed):
        confirm(parts, before_accept)
    assert len(stored_applications(parts)) == 1


def test_confirmations_at_the_same_time_accept_once(
    parts: Container, interrupter: WriteInterrupter
) -> None:
    for write in range(WRITES):
        token, receipts = new_link(parts, write), list[Receipt]()
        with interrupter.before(write, lambda: receipts.append(confirm(parts, token))):  # noqa: B023
            receipts.append(confirm(parts, token))
        assert receipts[0] == receipts[1]
        assert [one["_id"] for one in stored_applications(parts)] == [receipts[0].id]
        parts.database["applications"].delete_many({})


def test_killed_request_sends_nothing_and_can_be_repeated(
    parts: Container, interrupter: WriteInterrupter
) -> None:
    service, posting = parts.recruiting.guest_applications.service, publish(parts)
    draft = GuestApplicationDraft(email=EMAIL, name="Ada")
    for write in range(2):
        with interrupter.before(write, kill), pytest.raises(Killed):
            service.request(posting, draft, VISITOR)
        assert deliver_emails(parts) == []
    service.request(posting, draft, VISITOR)
    [mail] = deliver_emails(parts)
    assert not service.confirm(token_of(mail, posting), VISITOR, "-").receipt.repeat


def test_account_deleted_while_confirming_gets_no_application(
    parts: Container, interrupter: WriteInterrupter
) -> None:
    def delete() -> None:
        [account] = parts.database["accounts"].find()
        parts.auth.revocations.add_account(account["_id"])
        parts.privacy.candidate_data.remove(account["_id"])

    for write in (ACCEPT - 1, ACCEPT):
        token = new_link(parts, write)
        with interrupter.before(write, delete), pytest.raises(LinkExpired):
            confirm(parts, token)
        parts.database["accounts"].delete_many({})
        assert stored_applications(parts) == []


@pytest.fixture
def interrupter(monkeypatch: pytest.MonkeyPatch, ses: Any) -> WriteInterrupter:
    return WriteInterrupter(monkeypatch, ("delete_many",))
