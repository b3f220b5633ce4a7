"""Answers to questions in review, in lists that are filtered by them, and in exports."""

from __future__ import annotations

import csv
import io
import time
from itertools import product
from typing import Any

import pytest
from pymongo import MongoClient

from benchmarks.examined import ReadRecorder, documents_examined
from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.contents import KNOCK_OUT, content_of
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.review.repository import ApplicantRepository, PostingScope
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import Person
from tests.integration.employers.test_forms import SHIFT, WHY, put
from tests.integration.employers.yard import Yard
from tests.support.stores import Stores

LISTED_OF = 400
PAGE = 10
YEARS = {"id": "years", "kind": "number", "label": "=years", "knock_out_below": 2}
QUESTIONS = [WHY, SHIFT, YEARS]


def id_at(milliseconds: int) -> str:
    """Return an id that was made at a time."""
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}{new_id()[13:]}"


class Scene:
    """A posting whose applications answered two versions of its form."""

    def __init__(self, yard: Yard) -> None:
        self.yard = yard
        draft = yard.create()
        body_of(put(yard, draft, QUESTIONS))
        self.posting = yard.act(draft, "publication")
        self.path = f"/v1/employers/{yard.id}/applications"

    def get(self, path: str, by: Person | None = None) -> Any:
        return body_of(self.send(path, by))

    def send(self, path: str, by: Person | None = None) -> Any:
        return send(self.yard.http, "GET", self.path + path, None, (by or self.yard.owner).token)

    def store(self, form_version: int, *knock_outs: str, **answers: Any) -> str:
        return self.store_many(1, form_version, *knock_outs, **answers)[0]

    def store_many(
        self, count: int, form_version: int, *knock_outs: str, **answers: Any
    ) -> list[str]:
        now = times.now()
        draft = ApplicationDraft(form_version=form_version, answers=answers)
        document = {
            "employer_id": self.yard.id,
            "posting_id": self.posting["id"],
            **content_of(draft, knock_outs),
            "active": True,
            "stage": "new",
            "version": 2,
            **dict.fromkeys(("entered_at", "accepted_at", "stored_at"), now),
        }
        documents = [{**document, "_id": new_id(), "candidate_id": new_id()} for _ in range(count)]
        assert self.yard.parts.recruiting.applications.insert(documents) == []
        return [str(one["_id"]) for one in documents]

    def listed(self, query: str) -> list[str]:
        found = self.get(f"?posting_id={self.posting['id']}&{query}")
        return [one["id"] for one in found["applicants"]]


@pytest.fixture
def scene(yard: Yard, parts: Container) -> Scene:
    return Scene(yard)


def test_members_read_answers_to_the_version_that_was_answered(scene: Scene) -> None:
    old = scene.store(1, "shift", why="Wood", shift="no")
    body_of(put(scene.yard, scene.posting, [YEARS, SHIFT | {"label": "Nights?"}]))
    new = scene.store(2, "years", years=1.5, shift="yes")
    none = scene.store(0)
    read = scene.get(f"/{old}")
    assert read["form_version"] == 1
    assert read["answers"] == [
        {"id": "why", "kind": "text", "label": "Why boats?", "answer": "Wood", "text": "Wood"},
        {
            "id": "shift",
            "kind": "choice",
            "label": "Can you work at night?",
            "answer": "no",
            "text": "No",
            "knock_out": True,
        },
        {"id": "years", "kind": "number", "label": "=years", "answer": None, "text": ""},
    ]
    assert [one["text"] for one in scene.get(f"/{new}")["answers"]] == ["1.5", "Yes"]
    assert "answers" not in scene.get(f"/{none}")
    listed = scene.get(f"?posting_id={scene.posting['id']}")["applicants"]
    assert [one.get("knock_out", False) for one in listed] == [False, True, True]


def test_interviewer_reads_answers_of_assigned_applications(scene: Scene) -> None:
    application = scene.store(1, why="Wood", shift="no")
    other = scene.store(1, why="Steel", shift="no")
    interviewer = scene.yard.member(MemberRole.INTERVIEWER)
    path = f"{scene.path}/{application}/interviewers/{interviewer.id}"
    body_of(send(scene.yard.http, "PUT", path, None, scene.yard.owner.token))
    assert scene.get(f"/{application}", interviewer)["answers"][0]["text"] == "Wood"
    problem_of(scene.send(f"/{other}", interviewer), 404, "applicant-not-found")
    query = f"?posting_id={scene.posting['id']}&answer=why:wood"
    assert scene.get(query, interviewer)["applicants"] == []
    query = f"?posting_id={scene.posting['id']}&answer=shift:no"
    assert [one["id"] for one in scene.get(query, interviewer)["applicants"]] == [application]


def test_lists_are_filtered_by_flag_and_by_answer(scene: Scene) -> None:
    night = scene.store(1, why="a", shift="yes")
    day = scene.store(1, "shift", why="b", shift="no")
    assert scene.listed("flag=knock-out") == [day]
    assert scene.listed("answer=shift:yes") == [night]
    assert scene.listed("answer=shift:yes&stage=new") == [night]
    assert scene.listed("answer=shift:yes&stage=review") == []
    assert scene.listed("answer=other:yes&withdrawn=true") == []
    problem_of(
        scene.send(f"?posting_id={scene.posting['id']}&flag=knock-out&answer=shift:yes"),
        422,
        "invalid-fields",
    )
    problem_of(scene.send(f"?posting_id={scene.posting['id']}&answer=$ne"), 422, "invalid-fields")


def test_filtered_lists_examine_at_most_twice_the_page(parts: Container, stores: Stores) -> None:
    """Of applications that came every minute, one in 20 with another answer."""
    begin = time.time_ns() // 1_000_000 - LISTED_OF * 60_000
    employer, posting = new_id(), id_at(begin - 1)
    documents = [
        {
            "_id": id_at(begin + number * 60_000),
            "candidate_id": new_id(),
            "employer_id": employer,
            "posting_id": posting,
            "active": True,
            "stage": "new",
            **content_of(
                ApplicationDraft(answers={"shift": "yes" if number % 20 else "no"}),
                ["shift"] if number % 40 == 0 else [],
            ),
        }
        for number in range(LISTED_OF)
    ]
    parts.database["applications"].insert_many(documents)
    recorder = ReadRecorder()
    with MongoClient[dict[str, Any]](stores.mongodb_uri, event_listeners=[recorder]) as client:
        recorded = ApplicantRepository(client.get_default_database())
        for mark, stage in product((KNOCK_OUT, "shift:no", "shift:yes"), (None, "new")):
            page = recorded.page(
                PostingScope(employer, posting),
                stage=stage,
                mark=mark,
                withdrawn=False,
                before="",
                count=PAGE,
            )
            assert len(page) == PAGE
            reads = recorder.take()
            assert all(one["filter"]["employer_id"] == employer for one in reads)
            examined = sum(documents_examined(parts.database, one) for one in reads)
            assert examined <= 2 * PAGE, (mark, stage)


def test_export_has_a_column_for_each_question_of_all_versions(scene: Scene) -> None:
    old = scene.store(1, "shift", why="+Wood", shift="no")
    body_of(put(scene.yard, scene.posting, [YEARS, SHIFT | {"label": "Nights?"}]))
    new = scene.store(2, years=-3)
    none = scene.store(0)
    answer = scene.send(f"/export?posting_id={scene.posting['id']}")
    head, *rows = csv.reader(io.StringIO(answer.body.decode()[1:], newline=""))
    columns = ["form_version", "knock_outs", "Why boats?", "Nights?", "'=years", "burst"]
    assert head[-6:] == columns
    assert {row[0]: row[-6:] for row in rows} == {
        old: ["1", "Can you work at night?", "'+Wood", "No", "", ""],
        new: ["2", "", "", "", "'-3", ""],
        none: ["", "", "", "", "", ""],
    }
    filtered = scene.send(f"/export?posting_id={scene.posting['id']}&flag=knock-out")
    assert filtered.body.decode().count("\r\n") == 2
