"""Deletion of an account: nothing of it is left in the queue, and nothing comes back."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest
from chalice.test import Client

from chalicelib.auth.models import Caller, Role
from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.notifications.models import Recipient
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Done
from chalicelib.recruiting.applications import candidate_data
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import EMAIL, NAME, PASSWORD, Person, create_person
from tests.integration.auth.stored_data import dump_stores
from tests.integration.auth.workers import deliver_emails, run_worker
from tests.integration.recruiting.candidates import (
    claim,
    dead_letter,
    handle,
    settle,
    sweep_applications,
)
from tests.integration.recruiting.steps import publish


def apply(http: Client, someone: Person, posting: str, cover_letter: str = "") -> str:
    path = f"/v1/postings/{posting}/applications"
    answer = send(http, "POST", path, {"cover_letter": cover_letter}, someone.token)
    application: str = body_of(answer, 202)["id"]
    return application


def delete(http: Client, someone: Person) -> None:
    body = {"password": PASSWORD}
    body_of(send(http, "POST", "/v1/account/deletion", body, someone.token), 204)


LETTER = "I have always wanted to build boats"


def test_deletion_reaches_every_place_of_the_queue(
    http: Client, parts: Container, ada: Person
) -> None:
    """Applications and their confirmations: waiting, leased, finished and dead-lettered."""
    bob = create_person(parts, "bob@example.com", name="Bob")
    for person in (ada, bob):
        apply(http, person, publish(parts), LETTER + person.id)
    run_worker(parts, "applications")
    deliver_emails(parts)
    dead = apply(http, ada, publish(parts), LETTER)
    dead_letter(parts, dead)
    apply(http, ada, publish(parts), LETTER)
    run_worker(parts, "applications")
    apply(http, ada, publish(parts), LETTER)
    held = claim(parts)
    apply(http, ada, publish(parts), LETTER)
    assert any(LETTER in text for text in dump_stores(parts))
    delete(http, ada)
    # The drain that held the lane settles too late.
    settle(parts, held, [Done({"stored": job.id}) for job in held.jobs])

    deliver_emails(parts)
    parts.notifications.outbox.erase(ada.email)  # the notice of the deletion
    left = [
        text
        for text in dump_stores(parts)
        if re.search(f"{EMAIL}|{NAME}|{LETTER}(?!{bob.id})", text)
    ]
    assert left == []
    assert DeadLetters(parts.recruiting.lanes[0]).count() == 0
    [application] = parts.database["applications"].find()
    assert application["candidate_id"] == bob.id


def test_token_of_a_deleted_account_cannot_apply(
    http: Client, parts: Container, ada: Person
) -> None:
    """Neither can a token of a session that the account had before, or that nobody knows."""
    caller = Caller(ada.id, Role.CANDIDATE, new_id())
    unknown = parts.auth.access_tokens.issue(caller)
    path = f"/v1/postings/{publish(parts)}/applications"
    delete(http, ada)
    for token in (ada.token, unknown):
        problem_of(send(http, "POST", path, {}, token), 401, "session-expired")
    assert list(parts.redis.scan_iter(f"*queue:applications:{ada.id}*")) == []


class RememberedAccounts:
    """What a worker has read of accounts."""

    def __init__(self, parts: Container, *people: Person) -> None:
        self._recipients = parts.auth.accounts.find_recipients({one.id for one in people})

    def find_recipients(self, account_ids: Collection[str]) -> dict[str, Recipient]:
        return self._recipients


def test_sweep_removes_what_a_worker_stored_after_the_deletion(
    http: Client, parts: Container, ada: Person
) -> None:
    bob = create_person(parts, "bob@example.com")
    for person in (ada, bob):
        apply(http, person, publish(parts))
    held = claim(parts)
    remembered = RememberedAccounts(parts, ada, bob)
    delete(http, ada)
    with parts.auth.override(accounts=remembered):
        settle(parts, held, handle(parts, held))
    applications = parts.database["applications"]
    assert {one["candidate_id"] for one in applications.find()} == {ada.id, bob.id}
    sweep_applications(parts)
    assert {one["candidate_id"] for one in applications.find()} == {bob.id}
    assert parts.privacy.candidate_data.remove_orphans() == 0


def test_sweep_finds_every_orphan_in_time(
    parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those of accounts whose deletion nobody recorded, page by page."""
    monkeypatch.setattr(candidate_data, "_PAGE", 3)
    applications = parts.database["applications"]
    owners = [ada.id, *(new_id() for _ in range(7))]
    applications.insert_many({"_id": new_id(), "candidate_id": owner} for owner in owners * 2)
    # Two applications of each owner are 16, and the page after the last one begins again.
    removed = [parts.privacy.candidate_data.remove_orphans() for _ in range(16)]
    assert sum(removed) == 7
    assert {one["candidate_id"] for one in applications.find()} == {ada.id}


def test_sweep_removes_nothing_if_accounts_are_missing(parts: Container) -> None:
    """For instance while a backup is being restored."""
    applications = parts.database["applications"]
    applications.insert_many({"_id": new_id(), "candidate_id": new_id()} for _ in range(101))
    with pytest.raises(RuntimeError):
        parts.privacy.candidate_data.remove_orphans()
    assert applications.count_documents({}) == 101
