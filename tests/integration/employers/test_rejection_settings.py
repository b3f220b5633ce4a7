"""Settings for rejections over HTTP: reasons, templates and the delay, and their use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from chalicelib.common.versions import ExpectedVersions
from chalicelib.recruiting.rejections.models import TemplateChange, TemplateDraft
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import NAME, Person
from tests.integration.auth.route_examples import Scene
from tests.integration.recruiting.candidates import drain_applications

GREETING = "Dear {name}, thank you for {title}.\n\nThe team of {employer}"


class Rejections:
    """The requests of the owner of an employer, who has one applicant."""

    def __init__(self, http: Client, parts: Container, owner: Person) -> None:
        self.http, self.parts, self.owner = http, parts, owner
        scene = Scene(parts, "owner", 0, owner)
        names = scene.sent_application(owner)
        self.employer = names["employer_id"]
        self.home = f"/v1/employers/{self.employer}"
        self.application = f"{self.home}/applications/{names['application_id']}"

    def send(self, method: str, path: str, body: Any = None, version: int = 0) -> HTTPResponse:
        headers = {"If_Match": f'"{version}"'} if version else {}
        return send(self.http, method, path, body, self.owner.token, **headers)

    def reject(self, stage: str = "new", **body: Any) -> Any:
        """Reject the applicant. Return the event of it."""
        path = f"{self.application}/rejection"
        body_of(self.send("POST", path, {"expected_stage": stage, **body}), 202)
        drain_applications(self.parts)
        return body_of(self.send("GET", f"{self.application}/events"))["events"][-1]

    def reinstate(self) -> None:
        path = f"{self.application}/reinstatement"
        body_of(self.send("POST", path, {"expected_stage": "rejected"}), 202)
        drain_applications(self.parts)

    def create_template(self, **values: Any) -> Any:
        body = {"name": "Short", "message": GREETING, **values}
        return body_of(self.send("POST", f"{self.home}/templates", body), 201)

    def templates(self) -> list[Any]:
        found: list[Any] = body_of(self.send("GET", f"{self.home}/templates"))["templates"]
        return found

    def refused_fields(self, method: str, path: str, body: Any, version: int = 0) -> list[str]:
        problem = problem_of(self.send(method, path, body, version), 422, "invalid-fields")
        return [one["field"] for one in problem["errors"]]


@pytest.fixture
def rejections(http: Client, parts: Container, ada: Person) -> Rejections:
    return Rejections(http, parts, ada)


def test_rejection_keeps_the_words_of_a_reason_that_is_removed(rejections: Rejections) -> None:
    path = f"{rejections.home}/rejection-reasons"
    found = body_of(rejections.send("GET", path))
    assert (found["version"], len(found["reasons"])) == (1, 9)
    [first, second, *_] = found["reasons"]
    event = rejections.reject(reason=first["id"])
    assert (event["reason"], event["reason_id"]) == (first["words"], first["id"])
    rejections.reinstate()

    new = [{"words": "Too few boats"}, {"id": second["id"], "words": " Skills\u202e "}]
    changed = body_of(rejections.send("PUT", path, {"reasons": new}, found["version"]))
    assert [one["words"] for one in changed["reasons"]] == ["Too few boats", "Skills"]
    problem_of(
        rejections.send("PUT", path, {"reasons": []}, found["version"]), 412, "precondition-failed"
    )
    for twice in ([*new, *new], [{"words": "One"}, {"words": "ONE"}]):
        assert rejections.refused_fields("PUT", path, {"reasons": twice}, 2) == ["reasons"]
    assert body_of(rejections.send("GET", path)) == changed

    for unknown in (first["id"], "Too few boats"):
        body = {"expected_stage": "new", "reason": unknown}
        assert rejections.refused_fields("POST", f"{rejections.application}/rejection", body) == [
            "reason"
        ]
    rejections.reject(reason=changed["reasons"][0]["id"])
    events = body_of(rejections.send("GET", f"{rejections.application}/events"))["events"]
    assert [one["reason"] for one in events if "reason" in one] == [
        first["words"],
        "Too few boats",
    ]


def test_repeated_rejection_gets_its_first_answer_without_its_reason(
    rejections: Rejections,
) -> None:
    reasons, path = f"{rejections.home}/rejection-reasons", f"{rejections.application}/rejection"
    [first, second, *_] = body_of(rejections.send("GET", reasons))["reasons"]

    def reject(key: str, reason: str = first["id"]) -> HTTPResponse:
        body = {"expected_stage": "new", "reason": reason}
        token = rejections.owner.token
        return send(rejections.http, "POST", path, body, token, Idempotency_Key=key)

    accepted = body_of(reject("one"), 202)
    body_of(rejections.send("PUT", reasons, {"reasons": []}, 1))
    assert body_of(reject("one"), 202) == accepted
    problem_of(reject("two"), 422, "invalid-fields")
    problem_of(reject("one", second["id"]), 422, "idempotency-key-reused")


def test_reason_as_free_text_of_an_earlier_version_stays_readable(rejections: Rejections) -> None:
    rejections.reject()
    rejections.parts.database["applications"].update_one(
        {},
        {"$set": {"events.$[one].data.reason": "Late"}},
        array_filters=[{"one.kind": "rejected"}],
    )
    events = body_of(rejections.send("GET", f"{rejections.application}/events"))["events"]
    assert events[-1]["reason"] == "Late"
    assert "reason_id" not in events[-1]


def test_email_is_filled_from_the_default_template_and_frozen(rejections: Rejections) -> None:
    template = rejections.create_template(is_default=True)
    preview = body_of(rejections.send("POST", f"{rejections.application}/rejection/preview", {}))
    path = f"{rejections.home}/templates/{template['id']}"
    message = rejections.reject()["email"]["message"]
    body_of(rejections.send("PATCH", path, {"message": "Other"}, template["version"]))
    event = body_of(rejections.send("GET", f"{rejections.application}/events"))["events"][-1]
    assert message == event["email"]["message"]
    assert message == f"Dear {NAME}, thank you for Boat builder.\n\nThe team of Yard"
    for paragraph in message.split("\n\n"):
        assert paragraph in preview["text"]
    rejections.reinstate()
    sent = rejections.reject(message="Bye, {name}")["email"]["message"]
    assert sent == f"Bye, {NAME}"
    rejections.reinstate()
    gone = rejections.send("DELETE", path, version=template["version"] + 1)
    assert gone.status_code == 204
    assert "message" not in rejections.reject()["email"]


def test_unknown_placeholder_is_named(rejections: Rejections) -> None:
    made = rejections.create_template()
    bad = {"message": "Your pay would be {pay}."}
    templates = f"{rejections.home}/templates"
    for method, path, body in (
        ("POST", templates, {"name": "Bad", **bad}),
        ("PATCH", f"{templates}/{made['id']}", bad),
        ("POST", f"{rejections.application}/rejection", {"expected_stage": "new", **bad}),
        ("POST", f"{rejections.application}/rejection/preview", bad),
    ):
        answer = rejections.send(method, path, body, 1 if method == "PATCH" else 0)
        [error] = problem_of(answer, 422, "invalid-fields")["errors"]
        assert error["field"] == "message"
        assert "{pay}" in error["detail"]
    blank = {"name": "Blank", "message": " \u202e\n"}
    assert rejections.refused_fields("POST", templates, blank) == ["message"]
    assert rejections.templates() == [made]


def test_one_template_is_the_default(
    rejections: Rejections, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = rejections.create_template(is_default=True), rejections.create_template()
    path = f"{rejections.home}/templates"
    changed = rejections.send("PATCH", f"{path}/{second['id']}", {"is_default": True}, 1)
    assert body_of(changed)["version"] == 2
    assert [(one["is_default"], one["version"]) for one in rejections.templates()] == [
        (False, 2),
        (True, 2),
    ]
    # The first has changed, because it is not the default any more.
    late = rejections.send("PATCH", f"{path}/{first['id']}", {"name": "Long"}, 1)
    problem_of(late, 412, "precondition-failed")
    assert rejections.refused_fields("PATCH", f"{path}/{first['id']}", {}, 2) == [""]
    problem_of(
        rejections.send("DELETE", f"{path}/{first['id']}", version=1), 412, "precondition-failed"
    )
    monkeypatch.setattr("chalicelib.recruiting.rejections.service.MAX_TEMPLATES", 2)
    body = {"name": "Third", "message": "Thank you."}
    problem_of(rejections.send("POST", path, body), 409, "too-many-templates")


def test_simultaneous_changes_lose_nothing(rejections: Rejections) -> None:
    service, employer = rejections.parts.rejections.settings_service, rejections.employer
    draft = TemplateDraft("Template", "Thank you.", is_default=True)
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: service.create_template(employer, draft), range(3)))
    stored = service.list_templates(employer).templates
    assert {one.id for one in stored} == {one.id for one in made}
    assert [one.is_default for one in stored] == [False, False, True]
    change = msgspec.convert({"name": "New"}, TemplateChange)
    service.change_template(employer, made[0].id, change, ExpectedVersions(None))
    assert "New" in {one.name for one in service.list_templates(employer).templates}


def test_email_waits_as_long_as_the_employer_wants(rejections: Rejections) -> None:
    def delay(**body: Any) -> timedelta:
        rejections.reject(**body)
        [item] = rejections.parts.database["due"].find()
        application = rejections.parts.database["applications"].find_one({})
        assert application is not None
        rejections.reinstate()
        found: timedelta = item["at"] - application["events"][-1]["at"]
        return found

    assert delay() == timedelta(minutes=60)
    body = {"rejection_delay_minutes": 10_081}
    assert rejections.refused_fields("PATCH", rejections.home, body, 1) == [*body]
    none = {"rejection_delay_minutes": 0}
    assert body_of(rejections.send("PATCH", rejections.home, none, 1))["version"] == 2
    assert body_of(rejections.send("GET", rejections.home))["rejection_delay_minutes"] == 0
    assert delay() == timedelta()
    assert delay(send_after_minutes=5) == timedelta(minutes=5)
