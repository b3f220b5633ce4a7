"""Privacy notices over HTTP, and the consent of candidates to them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.workers import deliver_emails, text_of
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.candidates import claim, drain_applications, handle

DEFAULT = "default-1"


def put_notice(yard: Yard, text: str, version: int, status: int = 200) -> Any:
    path = f"/v1/employers/{yard.id}/privacy-notice"
    answer = send(yard.http, "PUT", path, {"text": text}, yard.owner.token, If_Match=f'"{version}"')
    return body_of(answer, status)


def notice_of(yard: Yard, posting: Any) -> Any:
    return body_of(yard.get(f"/v1/postings/{posting['id']}/privacy-notice"))


def publish(yard: Yard) -> Any:
    return yard.act(yard.create(), "publication")


def apply(yard: Yard, posting: Any, candidate: Person, draft: Any, status: int = 202) -> Any:
    path = f"/v1/postings/{posting['id']}/applications"
    return body_of(send(yard.http, "POST", path, draft, candidate.token), status)


def consent_seen(yard: Yard, candidate: Person, application: str) -> str | None:
    """Return the notice that candidate and member see."""
    own = send(yard.http, "GET", f"/v1/applications/{application}", token=candidate.token)
    path = f"/v1/employers/{yard.id}/applications/{application}"
    member = body_of(send(yard.http, "GET", path, token=yard.owner.token)).get("consent")
    found = body_of(own).get("consent")
    assert member == found
    if found is None:
        return None
    assert found["at"] == body_of(own)["timeline"][0]["at"]
    return str(found["notice"])


def test_former_notices_stay_readable(yard: Yard) -> None:
    posting = publish(yard)
    present = notice_of(yard, posting)
    assert (present["id"], present["employer_id"]) == (DEFAULT, None)
    assert "delete your account" in present["text"]
    assert body_of(yard.get(f"/v1/privacy-notices/{DEFAULT}")) == present

    path = f"/v1/employers/{yard.id}/privacy-notice"
    recruiter = yard.member(MemberRole.RECRUITER)
    none = send(yard.http, "GET", path, token=recruiter.token)
    assert (body_of(none)["version"], none.headers["ETag"]) == (0, '"0"')
    first = put_notice(yard, "We keep it.\r\n\r\nFor a year.", 0)
    assert first["notice"]["text"] == "We keep it.\n\nFor a year."
    assert first["changed_by"] == yard.owner.id
    assert put_notice(yard, "We keep it.\n\nFor a year. ", 1) == first, "the same text"
    second = put_notice(yard, "We keep it for a month.", 1)
    assert (first["version"], second["version"]) == (1, 2)
    assert notice_of(yard, posting) == second["notice"]
    for one in (first, second):
        answer = yard.get(f"/v1/privacy-notices/{one['notice']['id']}")
        assert body_of(answer) == one["notice"]
        assert "immutable" in answer.headers["Cache-Control"]
    problem_of(yard.get(f"/v1/privacy-notices/{yard.id}-3"), 404, "notice-not-found")
    problem_of(yard.get(f"/v1/postings/{new_id()}/privacy-notice"), 404, "posting-not-found")
    for version, text, status, slug in (
        (1, "Late", 412, "precondition-failed"),
        (2, " \n ", 422, "invalid-fields"),
        (2, "", 422, "invalid-fields"),
    ):
        answer = send(
            yard.http, "PUT", path, {"text": text}, yard.owner.token, If_Match=f'"{version}"'
        )
        problem_of(answer, status, slug)


def test_only_a_notice_that_was_shown_is_recorded(yard: Yard, ada: Person) -> None:
    posting, version = publish(yard), 0
    other = yard.parts.employers.employers.create("other", "Other", "", new_id()).id
    yard.parts.consents.notices.add(other, 1, "Of another employer", new_id())
    for _ in range(2):
        version = put_notice(yard, f"Version {version + 1}", version)["version"]
    former, present = (f"{yard.id}-{one}" for one in (1, 2))
    sent: dict[str | None, tuple[Person, str]] = {}
    for named in (None, former, present, DEFAULT, f"{yard.id}-3", f"{other}-1", "unknown", yard.id):
        person = create_person(yard.parts, f"{new_id()}@example.com")
        draft = {} if named is None else {"consent": named}
        sent[named] = person, apply(yard, posting, person, draft)["id"]
    drain_applications(yard.parts)
    recorded = {named: consent_seen(yard, *one) for named, one in sent.items()}
    valid = (former, present, DEFAULT)
    assert recorded == {named: named if named in valid else None for named in sent}

    person, application = sent[present]
    path = f"/v1/applications/{application}/amendment"
    problem_of(
        send(yard.http, "POST", path, {"consent": former}, person.token), 422, "invalid-fields"
    )
    body_of(send(yard.http, "POST", path, {"cover_letter": "Better"}, person.token), 202)
    drain_applications(yard.parts)
    assert consent_seen(yard, person, application) == present
    for bad in ("", "a\nb", "x" * 251, 7):
        apply(yard, posting, ada, {"consent": bad}, 400 if bad == 7 else 422)


def test_guest_agrees_when_the_link_is_followed(yard: Yard, parts: Container) -> None:
    posting = publish(yard)
    notice = put_notice(yard, "Ours", 0)["notice"]["id"]
    draft = {"email": "guest@example.com", "name": "Guest", "consent": notice}
    path = f"/v1/postings/{posting['id']}/guest-applications"
    body_of(send(yard.http, "POST", path, draft), 202)
    [mail] = deliver_emails(parts)
    [[link]] = [re.findall(r"#/apply/[\w-]+/([\w.-]+)", text_of(mail))]
    token = {"token": link}
    shown = body_of(send(yard.http, "POST", "/v1/guest-applications/preview", token))
    assert shown["application"] == {"consent": notice}
    answer = send(yard.http, "POST", "/v1/guest-applications/confirmation", token)
    application = body_of(answer, 202)["receipt"]["id"]
    drain_applications(parts)
    stored = parts.database["applications"].find_one({"_id": application})
    assert stored
    assert stored["consent"] == {"notice": notice, "at": stored["accepted_at"]}


def test_batch_reads_a_notice_once(
    yard: Yard, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting, notice = publish(yard), put_notice(yard, "Ours", 0)["notice"]["id"]
    reads: list[set[str]] = []
    repository = parts.consents.notices
    find_known = repository.find_known

    def find(ids: Any) -> set[str]:
        reads.append(set(ids))
        return find_known(ids)

    monkeypatch.setattr(repository, "find_known", find)
    for consent in (notice, notice, DEFAULT):
        for _ in range(2):
            draft = ApplicationDraft(consent=consent)
            parts.recruiting.apply_service.apply(
                create_person(parts, f"{new_id()}@example.com").id, posting["id"], draft, "-"
            )
        handle(parts, claim(parts))
    assert reads == [{notice}]
    stored = list(parts.database["applications"].find())
    assert len(stored) == 6
    assert all("consent" in one for one in stored)


def test_receipts_do_not_depend_on_the_consent(yard: Yard, http: Client, ada: Person) -> None:
    posting = publish(yard)
    bob = create_person(yard.parts, "bob@example.com")
    hashes = []
    for person, more in ((ada, {}), (bob, {"consent": DEFAULT})):
        draft = {"cover_letter": "Hello", **more}
        receipt = apply(yard, posting, person, draft)["receipt"]
        hashes.append(body_of(send(http, "GET", f"/v1/receipts/{receipt}"))["hashes"])
    assert hashes[0] == hashes[1]
