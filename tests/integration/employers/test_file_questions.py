"""Questions that ask for a file: the answers of candidates, and as members read them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.employers.test_forms import WHY, apply, put
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.candidates import drain_applications
from tests.support.files import file_token

CERTIFICATE = {
    "id": "cert",
    "kind": "file",
    "label": "Your certificate?",
    "required": True,
    "file_types": ["odt", "pdf"],
}
PLAN = {"id": "plan", "kind": "file", "label": "A plan that you drew?"}


class Scene:
    """A posting that asks for files, and a candidate."""

    def __init__(self, yard: Yard, candidate: Person) -> None:
        self.yard, self.candidate = yard, candidate
        draft = yard.create()
        body_of(put(yard, draft, [CERTIFICATE, WHY, PLAN]))
        self.posting = yard.act(draft, "publication")
        self.path = f"/v1/employers/{yard.id}/applications"

    def token(self, name: str, owner: str = "") -> str:
        return file_token(self.yard.parts, owner or self.candidate.id, name)

    def apply(self, **draft: Any) -> HTTPResponse:
        sent = {"form_version": 1, "answers": {"why": "Wood"}, **draft}
        return apply(self.yard, self.posting, self.candidate.token, **sent)

    def amend(self, application: str, **draft: Any) -> HTTPResponse:
        sent = {"form_version": 1, "answers": {"why": "Wood"}, **draft}
        path = f"/v1/applications/{application}/amendment"
        return send(self.yard.http, "POST", path, sent, self.candidate.token)

    def get(self, path: str, by: Person | None = None) -> Any:
        return body_of(send(self.yard.http, "GET", path, None, (by or self.yard.owner).token))

    def answers(self, application: str, by: Person | None = None) -> dict[str, Any]:
        read = self.get(f"{self.path}/{application}", by)["answers"]
        return {one["id"]: (one["answer"], one["text"]) for one in read}


@pytest.fixture
def scene(yard: Yard, parts: Container) -> Scene:
    return Scene(yard, create_person(parts, "bob@example.com"))


def fields_of(refused: HTTPResponse, slug: str = "invalid-answers") -> dict[str, str]:
    return {one["field"]: one["detail"] for one in problem_of(refused, 422, slug)["errors"]}


def test_each_bad_file_is_named(scene: Scene) -> None:
    pdf, docx = scene.token("a.pdf"), scene.token("b.docx")
    refused = scene.apply(
        answers={"why": "Wood", "plan": "attached"}, file_answers={"why": pdf, "other": docx}
    )
    assert fields_of(refused) == {
        "file_answers.cert": "Attach a file",
        "file_answers.why": "It takes no file",
        "file_answers.other": "The form has no such question",
        "answers.plan": "Attach a file instead",
    }
    assert fields_of(scene.apply(file_answers={"cert": docx})) == {
        "file_answers.cert": "Attach a file of this type: PDF or ODT"
    }
    assert fields_of(scene.apply(form_version=0, answers={}, file_answers={"cert": pdf})) == {
        "form_version": "Name the version of the form you answered"
    }
    others = scene.token("a.pdf", new_id())
    for answers, bad in (({"cert": pdf, "plan": others}, "plan"), ({"plan": pdf + "x"}, "plan")):
        assert [*fields_of(scene.apply(file_answers=answers), "invalid-fields")] == [
            f"file_answers.{bad}"
        ]
    # One file answers one question, and is not attached beside.
    twice = fields_of(scene.apply(files=[pdf], file_answers={"cert": pdf}), "invalid-fields")
    assert twice == {"file_answers.cert": "It is there twice"}
    guest = {"form_version": 1, "answers": {"why": "Wood"}, "email": "c@example.com", "name": "C"}
    path = f"/v1/postings/{scene.posting['id']}/guest-applications"
    assert [*fields_of(send(scene.yard.http, "POST", path, guest))] == ["file_answers.cert"]


def test_members_read_the_file_at_its_question(scene: Scene, parts: Container) -> None:
    sent = scene.apply(
        files=[scene.token("cv.pdf")],
        file_answers={"plan": scene.token("plan.docx"), "cert": scene.token("cert.pdf")},
    )
    application = body_of(sent, 202)["id"]
    drain_applications(parts)
    read = scene.get(f"{scene.path}/{application}")
    ids = {one["name"]: one["id"] for one in read["files"]}
    assert [(one["name"], one["question_id"]) for one in read["files"]] == [
        ("cv.pdf", ""),
        ("cert.pdf", "cert"),
        ("plan.docx", "plan"),
    ]
    assert scene.answers(application) == {
        "cert": (ids["cert.pdf"], "cert.pdf"),
        "why": ("Wood", "Wood"),
        "plan": (ids["plan.docx"], "plan.docx"),
    }
    interviewer = scene.yard.member(MemberRole.INTERVIEWER)
    path = f"{scene.path}/{application}"
    assign = f"{path}/interviewers/{interviewer.id}"
    body_of(send(scene.yard.http, "PUT", assign, None, scene.yard.owner.token))
    assert scene.answers(application, interviewer)["cert"] == (ids["cert.pdf"], "")
    assert "files" not in scene.get(f"{path}/revisions/1", interviewer)
    assert scene.get(f"{path}/revisions/1")["files"] == read["files"]

    export = f"{scene.path}/export?posting_id={scene.posting['id']}"
    answer = send(scene.yard.http, "GET", export, None, scene.yard.owner.token)
    head, row = csv.reader(io.StringIO(answer.body.decode()[1:], newline=""))
    cells = dict(zip(head, row, strict=True))
    assert (cells["Your certificate?"], cells["A plan that you drew?"]) == ("cert.pdf", "plan.docx")

    # The same question asks for words now, and the files stay.
    body_of(put(scene.yard, scene.posting, [CERTIFICATE | {"kind": "text"}]))
    sent = scene.amend(application, form_version=2, answers={"cert": "Of a master"})
    body_of(sent, 202)
    drain_applications(parts)
    assert scene.answers(application)["cert"] == ("Of a master", "Of a master")
    answer = send(scene.yard.http, "GET", export, None, scene.yard.owner.token)
    head, row = csv.reader(io.StringIO(answer.body.decode()[1:], newline=""))
    cells = dict(zip(head, row, strict=True))
    assert (cells["Your certificate?"], cells["A plan that you drew?"]) == ("Of a master", "")


def test_newest_file_of_a_question_is_its_answer(scene: Scene, parts: Container) -> None:
    first = scene.token("first.pdf")
    application = body_of(scene.apply(file_answers={"cert": first}), 202)["id"]

    def names(path: str, by: Person) -> list[str]:
        return [one["name"] for one in scene.get(path, by)["files"]]

    # The file that was sent answers the question until another one does.
    for letter, files in (
        ("Dear yard", {}),
        ("Dear yard", {"cert": scene.token("second.pdf")}),
        ("Dear yard", {"cert": first}),
        ("Dear yard", {"cert": first}),
    ):
        body_of(scene.amend(application, cover_letter=letter, file_answers=files), 202)
    drain_applications(parts)
    assert scene.answers(application)["cert"][1] == "first.pdf"
    owner, revisions = scene.candidate, f"/v1/applications/{application}/revisions"
    changed = [one["changed"] for one in scene.get(revisions, owner)["revisions"]]
    assert changed == [[], ["cover_letter"], ["files"], ["files"]]
    assert [names(f"{revisions}/{n}", owner) for n in range(1, 5)] == [
        ["first.pdf"],
        ["first.pdf"],
        ["first.pdf", "second.pdf"],
        ["second.pdf", "first.pdf"],
    ]
    # The employer takes other files now, so those that were sent do not answer the question.
    body_of(put(scene.yard, scene.posting, [CERTIFICATE | {"file_types": ["txt"]}]))
    amended = scene.amend(application, form_version=2, answers={})
    assert fields_of(amended) == {"file_answers.cert": "Attach a file"}
    files = {"cert": scene.token("third.txt")}
    body_of(scene.amend(application, form_version=2, answers={}, file_answers=files), 202)
    drain_applications(parts)
    assert scene.answers(application)["cert"][1] == "third.txt"


def test_form_asks_for_at_most_five_files(yard: Yard) -> None:
    draft = yard.create()
    asking = [PLAN | {"id": f"plan{n}"} for n in range(6)]
    assert [*fields_of(put(yard, draft, [WHY, *asking]), "invalid-fields")] == ["questions[6].kind"]
    all_types = PLAN | {"file_types": ["txt", "odt", "docx", "pdf"]}
    kept = body_of(put(yard, draft, [CERTIFICATE, all_types]))["questions"]
    assert [one.get("file_types") for one in kept] == [["pdf", "odt"], None]
