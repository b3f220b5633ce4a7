"""The texts of candidates' files: read once, shown to members, found by searches."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from chalice.test import Client

from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.common.ids import new_id
from chalicelib.queue import AcceptRequest, Lanes, Limits, NewJob
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Leases, drain
from chalicelib.recruiting.applicant_index import indexer
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.file_texts.function import TextFunction
from chalicelib.recruiting.file_texts.repository import MOST_WORDS_BYTES, FileTextRepository
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.workers import run_worker
from tests.integration.employers.example_files import example_file
from tests.integration.employers.yard import Yard
from tests.support.lanes import RecordingWaker

QUICK = Limits(backoff_first=0.01, backoff_max=0.01, idle_timeout=1, max_attempts=3)
READ = {"text": "Welding of hulls", "truncated": False, "pages": 2}


class FakeLambda:
    """Answers invocations of the function of files, by the id of the file.

    An answer is the result of the function, an exception of its code, or an error of the client.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "text-function"
        file_id = json.loads(Payload)["key"].split("/")[2]
        self.asked.append(file_id)
        answer = self.answers[file_id]
        if isinstance(answer, ClientError | ReadTimeoutError):
            raise answer
        failed = {"FunctionError": "Unhandled"} if isinstance(answer, Exception) else {}
        payload = {"errorMessage": str(answer)} if failed else answer
        return {"Payload": BytesIO(json.dumps(payload).encode()), **failed}


class Scene:
    """An application with files, and the workers that store and read it."""

    def __init__(self, yard: Yard) -> None:
        self.yard, self.parts = yard, yard.parts
        self.function = FakeLambda()
        client: Any = self.function
        function = TextFunction(lambda: client, "text-function")
        self.parts.file_texts.override(function=function)
        self.posting = yard.act(yard.create(), "publication")
        self.candidate = create_person(self.parts, "carl@example.com", name="Carl Benz")

    def apply(self, **answers: Any) -> str:
        """Store an application whose files have these names. Return its id."""
        files = [example_file(f"{name}.pdf") for name in answers]
        self.function.answers |= {
            file["id"]: answer for file, answer in zip(files, answers.values(), strict=True)
        }
        arguments = {"candidate_id": self.candidate.id, "posting_id": self.posting["id"]}
        draft = {"cover_letter": "I build boats."}
        job = NewJob(
            new_id(),
            "chalicelib.jobs.store_application",
            {**arguments, "draft": draft, "files": files},
            "store an application",
        )
        lanes = self.parts.recruiting.lanes.of(self.candidate.id)
        lanes.accept(AcceptRequest(self.candidate.id, job))
        run_worker(self.parts, "applications")
        return job.id

    @property
    def lanes(self) -> Lanes:
        return Lanes(self.parts.redis, "texts", limits=QUICK)

    def read_files(self) -> None:
        """Serve the lanes of texts until they are empty."""
        drain(
            Leases(self.lanes),
            self.parts.file_texts.job_handler,
            drain_id="drain",
            remaining=lambda: 60.0,
            waker=RecordingWaker(),
            observer=LoggingObserver(self.parts.logger, "texts", "texts_read"),
        )

    def texts(self, application: str, by: Person | None = None) -> list[dict[str, Any]]:
        path = f"/v1/employers/{self.yard.id}/applications/{application}/file-texts"
        token = (by or self.yard.owner).token
        files: list[dict[str, Any]] = body_of(send(self.yard.http, "GET", path, None, token))[
            "files"
        ]
        return [{name: value for name, value in one.items() if name != "id"} for one in files]

    def find(self, words: str) -> list[str]:
        """Return the applications that a member finds."""
        path = f"/v1/employers/{self.yard.id}/applications"
        query = f"?posting_id={self.posting['id']}&q={words}"
        page = body_of(send(self.yard.http, "GET", path + query, None, self.yard.owner.token))
        return [one["id"] for one in page["applicants"]]

    def status(self, application: str) -> dict[str, Any]:
        path = f"/v1/applications/{application}"
        status: dict[str, Any] = body_of(
            send(self.yard.http, "GET", path, None, self.candidate.token)
        )
        return status


@pytest.fixture
def scene(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(indexer, "LEAST_WAITING", 1)
    return Scene(yard)


@pytest.mark.parametrize("is_indexed", [True, False])
def test_text_is_shown_and_found_before_and_after_indexing(scene: Scene, is_indexed: bool) -> None:
    application = scene.apply(resume=READ, letter={"refused": "encrypted"})
    pending = [{"name": f"{name}.pdf", "state": "pending"} for name in ("resume", "letter")]
    assert scene.texts(application) == pending
    if is_indexed:
        scene.parts.review.sweep_index()
    assert scene.find("weld") == []
    scene.read_files()
    ready = {"name": "resume.pdf", "state": "ready", "pages": 2, "text": READ["text"]}
    refused = {"name": "letter.pdf", "state": "refused", "reason": "encrypted"}
    assert scene.texts(application) == [ready, refused]
    for _ in range(2):
        assert scene.find("weld") == scene.find("hulls%20boats%20carl") == [application]
        scene.parts.review.sweep_index()
    [unread] = scene.status(application)["unread_files"]
    assert (unread["name"], unread["reason"]) == ("letter.pdf", "encrypted")


def test_only_members_who_see_the_applicant_read_its_texts(scene: Scene, http: Client) -> None:
    application = scene.apply(resume=READ)
    scene.read_files()
    path = f"/v1/employers/{scene.yard.id}/applications/{application}/file-texts"
    interviewer = scene.yard.member(MemberRole.INTERVIEWER)
    problem_of(send(http, "GET", path, None, interviewer.token), 403, "forbidden")
    stranger = create_person(scene.parts, "eve@example.com")
    other = scene.parts.employers.employers.create("eve", "Eve", "", stranger.id).id
    of_other = path.replace(scene.yard.id, other)
    problem_of(send(http, "GET", of_other, None, stranger.token), 404, "applicant-not-found")
    assert scene.texts(application)[0]["text"] == READ["text"]


def test_files_that_break_the_function_hold_nothing_back(scene: Scene) -> None:
    application = scene.apply(
        crash=RuntimeError("out of memory"),
        silence=ReadTimeoutError(endpoint_url="lambda"),
        length={"text": "x" * 200_001},
        markup={"refused": "<b>bold</b>"},
        resume=READ,
    )
    other = create_person(scene.parts, "dora@example.com")
    scene.candidate, first = other, scene.candidate
    neighbour = scene.apply(resume=READ)
    scene.read_files()
    *poison, resume = scene.texts(application)
    assert {(one["state"], one["reason"]) for one in poison} == {("refused", "not-readable")}
    assert resume["state"] == scene.texts(neighbour)[0]["state"] == "ready"
    assert len(scene.function.asked) == 4 * QUICK.max_attempts + 2
    [dead] = DeadLetters(scene.lanes).newest()
    assert dead.lane == f"texts:{first.id}"
    # The cause is fixed.
    scene.function.answers = dict.fromkeys(scene.function.answers, READ)
    DeadLetters(scene.lanes).redrive_all()
    scene.read_files()
    assert {one["state"] for one in scene.texts(application)} == {"ready"}


def test_unavailable_function_uses_up_no_attempts(scene: Scene, monkeypatch: Any) -> None:
    throttled = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
    monkeypatch.setattr("chalicelib.queue.worker.attempts.STORE_DOWN_RETRY_SECONDS", 0.01)
    application = scene.apply(resume=throttled)
    [file_id] = scene.function.answers
    asked = scene.function.asked

    class Recovery(list[str]):
        def append(self, one: str) -> None:
            super().append(one)
            if len(self) == 2 * QUICK.max_attempts:
                scene.function.answers[file_id] = READ

    scene.function.asked = Recovery(asked)
    scene.read_files()
    assert scene.texts(application)[0]["state"] == "ready"
    assert DeadLetters(scene.lanes).count() == 0


@pytest.mark.parametrize("ending", ["withdrawal", "erasure"])
def test_files_are_not_read_after_the_end_of_an_application(scene: Scene, ending: str) -> None:
    application = scene.apply(resume=READ)
    if ending == "withdrawal":
        path = f"/v1/applications/{application}/withdrawal"
        send(scene.yard.http, "POST", path, None, scene.candidate.token)
        run_worker(scene.parts, "applications")
    else:
        scene.parts.privacy.candidate_data.remove(scene.candidate.id)
        assert scene.parts.redis.keys(f"*texts:{scene.candidate.id}*") == []
    scene.read_files()
    assert scene.function.asked == []


def test_killed_worker_reads_no_file_twice(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    application = scene.apply(first=READ, second=READ)
    save: Callable[..., None] = FileTextRepository.save

    def save_and_fail(*arguments: Any) -> None:
        save(*arguments)
        monkeypatch.setattr(FileTextRepository, "save", save)
        raise RuntimeError("killed")

    monkeypatch.setattr(FileTextRepository, "save", save_and_fail)
    scene.read_files()
    assert [one["state"] for one in scene.texts(application)] == ["ready", "ready"]
    assert len(scene.function.asked) == 2


def test_index_takes_a_bounded_part_of_a_long_text(scene: Scene) -> None:
    text = " ".join(f"word{number}" for number in range(20_000))
    application = scene.apply(resume={**READ, "text": text})
    scene.read_files()
    stored = scene.parts.database["applications"].find_one({"_id": application})
    assert stored
    [words] = stored["file_words"].values()
    assert MOST_WORDS_BYTES - 20 < len(words) <= MOST_WORDS_BYTES
    assert scene.find("word7") == [application]
    # What does not need the texts does not read them.
    found = scene.parts.recruiting.applications.find(scene.candidate.id, application)
    assert found
    assert not {"file_texts", "file_words"} & found.keys()
