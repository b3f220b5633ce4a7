"""Invitations: e-mailed to one address, used once, for a week."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.employers.invitations import MAX_KEPT, InvitationRepository
from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import PASSWORD, Person, create_person
from tests.integration.auth.stored_data import audit_event_names
from tests.integration.auth.workers import count_queued_emails, deliver_emails, link_of, text_of

BOB = "bob@example.com"
NAME = "<b>Yard</b> & שלום Sons"


@pytest.fixture
def yard(parts: Container, ada: Person) -> str:
    """The id of an employer that Ada owns."""
    return parts.employers.employers.create("yard", NAME, "", ada.id).id


def invite(
    http: Client, owner: Person, yard: str, email: str = BOB, role: str = "recruiter"
) -> Any:
    body = {"email": email, "role": role}
    path = f"/v1/employers/{yard}/invitations"
    return body_of(send(http, "POST", path, body, owner.token), 201)


def token_of_email(parts: Container) -> str:
    [mail] = deliver_emails(parts)
    assert mail["To"].addresses[0].addr_spec == BOB
    purpose, token = link_of(mail)
    assert purpose == "accept-invitation"
    return token


def accept(http: Client, person: Person, token: str) -> Any:
    return send(http, "POST", "/v1/invitations/acceptance", {"token": token}, person.token)


def test_invited_person_registers_and_becomes_a_member(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    made = invite(http, ada, yard, f" {BOB.title()} ", "hiring_manager")
    assert (made["email"], made["role"], made["state"]) == (BOB, "hiring_manager", "open")
    [mail] = deliver_emails(parts)
    assert "invites you to Hirelane" in mail["Subject"]
    text, html = text_of(mail), text_of(mail, "html")
    assert "Ada Lovelace invites you to join" in text
    assert "as hiring manager" in text
    # No value of the employer is markup, or changes the direction of the text beside it.
    assert "<b>Yard" not in html
    assert '<bdi dir="auto">&lt;b&gt;Yard' in html
    token = link_of(mail)[1]
    bob = create_person(parts, BOB)
    membership = body_of(accept(http, bob, token))
    assert (membership["employer_id"], membership["role"]) == (yard, "hiring_manager")
    # The answer may have been lost, so the same account may repeat the request.
    assert body_of(accept(http, bob, token)) == membership
    path = f"/v1/employers/{yard}/invitations"
    [listed] = body_of(send(http, "GET", path, token=ada.token))["invitations"]
    assert listed == {**made, "state": "accepted"}
    problem_of(
        send(http, "DELETE", f"{path}/{made['id']}", token=ada.token), 409, "invitation-used"
    )
    assert audit_event_names(parts) == ["invited", "invitation_accepted"]


def test_account_with_another_address_learns_nothing(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    invite(http, ada, yard)
    token = token_of_email(parts)
    eve = create_person(parts, "eve@example.com")
    answer = accept(http, eve, token)
    problem_of(answer, 403, "invitation-for-another-address")
    for secret in (BOB, "Yard", yard, ada.email):
        assert secret not in answer.body.decode()
    body_of(accept(http, create_person(parts, BOB), token))


def test_link_that_was_not_sent_is_refused(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    made, bob = invite(http, ada, yard), create_person(parts, BOB)
    token = token_of_email(parts)
    text, _, signature = token.rpartition(".")
    link = parts.auth.email_links
    for forged in (text, f"{text}.", f"{text}.{signature[::-1]}", f"{made['id']}.{signature}", ""):
        problem_of(accept(http, bob, forged), 410, "link-expired")
    assert link.find(made["id"]) is None


def test_removed_member_cannot_return_by_a_used_or_open_invitation(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    invite(http, ada, yard)
    token, bob = token_of_email(parts), create_person(parts, BOB)
    body_of(accept(http, bob, token))
    # An invitation that was sent before the member had this address.
    other = parts.employers.invitations.create(yard, BOB, MemberRole.OWNER, ada.id)
    assert other is not None
    path = f"/v1/employers/{yard}/members/{bob.id}"
    body_of(send(http, "DELETE", path, token=ada.token), 204)
    problem_of(accept(http, bob, token), 409, "invitation-used")
    found = parts.employers.invitations.find(yard, other.id)
    assert found is not None
    second = parts.employers.invitation_tokens.issue(found)
    problem_of(accept(http, bob, second), 410, "invitation-revoked")


def test_revoked_or_replaced_invitation_is_refused_and_not_sent(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    bob, path = create_person(parts, BOB), f"/v1/employers/{yard}/invitations"
    first = invite(http, ada, yard)
    token = token_of_email(parts)
    second = invite(http, ada, yard, role="interviewer")
    problem_of(accept(http, bob, token), 410, "invitation-revoked")
    for _ in range(2):
        body_of(send(http, "DELETE", f"{path}/{second['id']}", token=ada.token), 204)
    problem_of(
        send(http, "DELETE", f"{path}/{ada.id}", token=ada.token), 404, "invitation-not-found"
    )
    assert deliver_emails(parts) == []
    listed = body_of(send(http, "GET", path, token=ada.token))["invitations"]
    assert [(one["id"], one["state"]) for one in listed] == [
        (second["id"], "revoked"),
        (first["id"], "revoked"),
    ]


def test_invitation_expires_after_a_week(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    bob, clock = create_person(parts, BOB), ManualClock()
    parts.employers.override(invitations=InvitationRepository(parts.database, clock.now))
    made = invite(http, ada, yard)
    token = token_of_email(parts)
    clock.forward(days=7)
    problem_of(accept(http, bob, token), 410, "invitation-expired")
    path = f"/v1/employers/{yard}/invitations"
    [listed] = body_of(send(http, "GET", path, token=ada.token))["invitations"]
    assert listed == {**made, "state": "expired"}


def test_member_is_not_invited_again(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    path = f"/v1/employers/{yard}/invitations"
    body = {"email": ada.email, "role": "owner"}
    problem_of(send(http, "POST", path, body, ada.token), 409, "already-member")
    body = {"email": "nobody", "role": "owner"}
    problem = problem_of(send(http, "POST", path, body, ada.token), 422, "invalid-fields")
    assert problem["errors"][0]["field"] == "email"
    assert count_queued_emails(parts) == 0


def test_one_mailbox_gets_few_invitations(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    for _ in range(5):
        invite(http, ada, yard)
    answer = send(
        http,
        "POST",
        f"/v1/employers/{yard}/invitations",
        {"email": BOB, "role": "owner"},
        ada.token,
    )
    problem_of(answer, 429, "too-many-requests")
    invite(http, ada, yard, "cleo@example.com")


def test_one_of_simultaneous_acceptances_uses_an_invitation(parts: Container, yard: str) -> None:
    invitations = parts.employers.invitations
    [owner] = parts.employers.memberships.find_all(yard)
    made = invitations.create(yard, BOB, MemberRole.RECRUITER, owner.account_id)
    assert made is not None
    one = invitations.find(yard, made.id)
    assert one is not None
    with ThreadPoolExecutor(4) as pool:
        used = list(pool.map(lambda number: invitations.accept(one, f"bob-{number}"), range(8)))
    assert sum(used) == 1
    assert len(parts.employers.memberships.find_all(yard)) == 2


def test_latest_invitations_are_kept(parts: Container, yard: str) -> None:
    invitations = parts.employers.invitations
    [owner] = parts.employers.memberships.find_all(yard)
    old = [{"id": str(n), "address": f"{n}@x.example", "state": "revoked"} for n in range(MAX_KEPT)]
    parts.database["employers"].update_one({"_id": yard}, {"$set": {"invitations": old}})
    made = invitations.create(yard, BOB, MemberRole.RECRUITER, owner.account_id)
    assert made is not None
    document = parts.database["employers"].find_one({"_id": yard})
    assert document is not None
    kept = [one["id"] for one in document["invitations"]]
    assert kept == [*map(str, range(1, MAX_KEPT)), made.id]


def test_invitation_ends_with_the_owner_who_sent_it(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    invite(http, ada, yard, role="owner")
    token, bob = token_of_email(parts), create_person(parts, BOB)
    invitations, memberships = parts.employers.invitations, parts.employers.memberships
    read = invitations.find(yard, invitations.find_all(yard)[0].id)
    memberships.add("cleo", yard, MemberRole.OWNER)
    memberships.set_role(ada.id, yard, MemberRole.RECRUITER, by="cleo")
    problem_of(accept(http, bob, token), 410, "invitation-revoked")
    # Also if the owner is removed after the invitation was read.
    assert read is not None
    assert not invitations.accept(read, bob.id)
    assert [one.state for one in invitations.find_all(yard)] == ["revoked"]


def test_former_owner_sends_no_invitation(parts: Container, yard: str) -> None:
    assert parts.employers.invitations.create(yard, BOB, MemberRole.OWNER, "eve") is None


def test_deleted_account_has_no_invitations(
    http: Client, parts: Container, ada: Person, yard: str
) -> None:
    bob = create_person(parts, BOB)
    invite(http, ada, yard)
    body_of(send(http, "POST", "/v1/account/deletion", {"password": PASSWORD}, bob.token), 204)
    assert parts.employers.invitations.find_all(yard) == []
