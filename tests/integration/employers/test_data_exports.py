"""Exports of accounts: what is in them, and what happens to a process that writes one."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client

import app
from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.data_exports import exporter
from chalicelib.recruiting.data_exports.files import ExportFiles
from chalicelib.recruiting.data_exports.repository import ExportRepository
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.files.multipart import PART_BYTES, MultipartUpload
from chalicelib.recruiting.files.objects import DESCRIPTION, Description
from chalicelib.recruiting.profiles.resume import Resume
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import PASSWORD, Person, create_person
from tests.integration.auth.workers import deliver_emails, text_of
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.candidates import dead_letter, drain_applications
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.write_interrupter import WriteInterrupter, kill
from tests.support.files import BUCKET, PDF, attachable
from tests.support.lambda_context import SCHEDULED_EVENT, LambdaContext

QUESTIONS = [
    {"id": "why", "kind": "text", "label": "Why canary boats?"},
    {
        "id": "sail",
        "kind": "choice",
        "label": "Which sail?",
        "choices": [{"id": "lug", "label": "Lug sail"}, {"id": "jib", "label": "Jib"}],
    },
]


class Applicant:
    """A candidate of the yard, who sends requests, and what they wrote."""

    def __init__(self, yard: Yard, person: Person) -> None:
        self.yard, self.person = yard, person
        self.wrote: list[str] = []

    def say(self, what: str) -> str:
        """Return a text that nobody else writes."""
        text = f"candidate-{what}-{new_id()}"
        self.wrote.append(text)
        return text

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        return body_of(send(self.yard.http, method, path, body, self.person.token), status)

    def apply(self, posting: Any, **draft: Any) -> str:
        body = {"cover_letter": self.say("letter"), **draft}
        path = f"/v1/postings/{posting['id']}/applications"
        return str(self.call("POST", path, body, 202)["id"])

    def export(self) -> tuple[str, dict[str, bytes]]:
        """Have an export written. Return its id, and the contents of its files by name."""
        started = self.call("POST", "/v1/account/export", None, 202)
        assert started["state"] == "pending"
        assert app.write_export({"export_id": started["id"]}, LambdaContext(300))
        return started["id"], read_export(self.yard.parts, self.person.id, started["id"])


def stored_exports(applicant: Applicant) -> list[str]:
    prefix = f"exports/{applicant.person.id}/"
    return [one.key for one in applicant.yard.parts.files.bucket.page(prefix, "")]


def open_uploads(applicant: Applicant) -> Any:
    prefix = f"exports/{applicant.person.id}/"
    s3 = applicant.yard.parts.files.s3
    return s3.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)


def read_export(parts: Container, account_id: str, export_id: str) -> dict[str, bytes]:
    key = f"exports/{account_id}/{export_id}.zip"
    content = parts.files.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names)
        return {name: archive.read(name) for name in names}


@pytest.fixture
def applicant(yard: Yard) -> Applicant:
    return Applicant(yard, create_person(yard.parts, "candidate@example.com"))


def member_writes(yard: Yard, application: str) -> list[str]:
    """Let members write about an applicant wherever they can. Return what they wrote."""
    wrote = [f"member-{what}-{new_id()}" for what in ("note", "scorecard", "reason", "message")]
    base = f"/v1/employers/{yard.id}/applications/{application}"
    token = yard.owner.token
    body_of(send(yard.http, "POST", f"{base}/notes", {"text": wrote[0]}, token), 201)
    card = {"rating": 1, "comment": wrote[1]}
    body_of(send(yard.http, "PUT", f"{base}/scorecard", card, token))
    reasons = f"/v1/employers/{yard.id}/rejection-reasons"
    draft = {"reasons": [{"id": "mine", "words": wrote[2]}]}
    body_of(send(yard.http, "PUT", reasons, draft, token, If_Match="*"))
    rejection = {"expected_stage": "new", "reason": "mine", "message": wrote[3]}
    body_of(send(yard.http, "POST", f"{base}/rejection", rejection, token), 202)
    drain_applications(yard.parts)
    return wrote


def test_export_has_all_of_the_candidate_and_nothing_of_members(
    yard: Yard, applicant: Applicant, http: Client
) -> None:
    parts, person = yard.parts, applicant.person
    yard.member(MemberRole.RECRUITER)
    notice = f"/v1/employers/{yard.id}/privacy-notice"
    text = {"text": "The yard keeps it."}
    agreed = body_of(send(http, "PUT", notice, text, yard.owner.token, If_Match="*"))
    draft = yard.create()
    form = f"{yard.path}/{draft['id']}/form"
    body_of(send(http, "PUT", form, {"questions": QUESTIONS}, yard.owner.token, If_Match="*"))
    posting = yard.act(draft, "publication")
    plain = [yard.act(yard.create(), "publication") for _ in range(4)]

    content = applicant.say("file").encode()
    token = attachable(parts, person.id, content, file_type="txt", name="My résumé.txt")
    first = applicant.apply(
        posting,
        links=[f"https://example.com/{applicant.say('link')}"],
        form_version=1,
        answers={"why": applicant.say("answer"), "sail": "lug"},
        files=[token],
        consent=agreed["notice"]["id"],
    )
    withdrawn, dead = applicant.apply(plain[0]), applicant.apply(plain[1])
    dead_letter(parts, dead)
    drain_applications(parts)
    amended = {"cover_letter": applicant.say("change"), "form_version": 0}
    path = f"/v1/applications/{withdrawn}/amendment"
    applicant.call("POST", path, amended, 202)
    applicant.call("POST", f"/v1/applications/{withdrawn}/withdrawal", None, 202)
    drain_applications(parts)
    deliver_emails(parts)
    of_members = member_writes(yard, first)
    waiting = applicant.apply(plain[2])
    change = {"cover_letter": applicant.say("waiting-change")}
    applicant.call("POST", f"/v1/applications/{waiting}/amendment", change, 202)
    bob = create_person(parts, "bob@example.com", name="Bob Other")
    Applicant(yard, bob).apply(plain[2])

    export_id, files = applicant.export()
    everything = b"\n".join(files.values()).decode()
    assert [one for one in applicant.wrote if one not in everything] == []
    others = [*of_members, yard.owner.email, bob.email, "Bob Other", yard.owner.id, bob.id]
    assert [one for one in others if one in everything] == []
    by_id = {one["id"]: one for one in json.loads(files["applications.json"])}
    assert set(by_id) == {first, withdrawn, dead, waiting}
    assert by_id[first]["posting"]["title"] == "Boat builder"
    [revision] = by_id[first]["revisions"]
    assert [one["question"] for one in revision["answers"]] == ["Why canary boats?", "Which sail?"]
    assert revision["answers"][1]["text"] == "Lug sail"
    assert by_id[first]["consent"]["text"] == "The yard keeps it."
    # The e-mail of the rejection waits, so the candidate does not know it yet.
    assert by_id[first]["status"] == "mailed"
    assert by_id[withdrawn]["status"] == "withdrawn"
    assert [one["revision"] for one in by_id[withdrawn]["revisions"]] == [1, 2]
    assert len(by_id[waiting]["waiting_changes"]) == 1

    [stored] = [name for name in files if name.startswith("files/")]
    assert stored.endswith("/My résumé.txt")
    assert files[stored] == content
    account = json.loads(files["account.json"])
    assert account["account"]["email"] == person.email
    assert [one["id"] for one in account["sessions"]] == [person.session_id]
    assert account["events"][0]["event"] == "data_export_requested"
    subjects = {one["subject"] for one in json.loads(files["messages.json"])}
    assert subjects == {"We have your application: Boat builder at Yard & Sons"}
    receipts = {name for name in files if name.endswith(".jws")}
    expected = {f"receipts/{one}.jws" for one in by_id}
    assert receipts == {*expected, f"receipts/{withdrawn}-revision-1.jws"}
    assert json.loads(files["receipts/keys.json"]) == parts.proofs.receipts.public_keys()
    for name in receipts:
        verified = parts.proofs.receipts.verify(files[name].decode())
        assert name.startswith(f"receipts/{verified.id}")
        assert verified.candidate_id == person.id
    resume = json.loads(files["resume.json"])
    check_resume(resume)
    assert resume["basics"]["email"] == person.email
    check_download(applicant, export_id)


def check_download(applicant: Applicant, export_id: str) -> None:
    """Check the answers about a finished export, and its e-mail."""
    parts = applicant.yard.parts
    one = applicant.call("GET", f"/v1/account/export/{export_id}")
    assert (one["state"], one["bytes"] > 0) == ("ready", True)
    assert f"exports/{applicant.person.id}/{export_id}.zip" in one["url"]
    [listed] = applicant.call("GET", "/v1/account/export")["exports"]
    assert listed == {name: one[name] for name in listed}
    other = create_person(parts, "other@example.com")
    path = f"/v1/account/export/{export_id}"
    answer = send(applicant.yard.http, "GET", path, token=other.token)
    problem_of(answer, 404, "export-not-found")
    mails = [mail for mail in deliver_emails(parts) if mail["Subject"] == "Your export is ready"]
    [mail] = mails
    assert mail["To"].addresses[0].addr_spec == applicant.person.email
    assert "https://hirelane.example/#/account" in text_of(mail)


def check_resume(resume: Any) -> None:
    """Fail unless a document has the types of JSON Resume, and no other fields."""
    own = {name: value for name, value in resume.items() if name not in ("$schema", "meta")}
    msgspec.convert(own, Resume)
    assert resume["$schema"].endswith("/v1.0.0/schema.json")


def test_resume_is_the_profile_with_the_name_of_the_account(applicant: Applicant) -> None:
    profile = {"resume": {"basics": {"label": "Builder"}, "skills": [{"name": "Caulking"}]}}
    path = "/v1/account/profile"
    answer = send(applicant.yard.http, "PUT", path, profile, applicant.person.token, If_Match='"0"')
    body_of(answer)
    resume = json.loads(applicant.export()[1]["resume.json"])
    check_resume(resume)
    assert resume["skills"] == [{"name": "Caulking"}]
    assert resume["basics"] == {
        "name": "Ada Lovelace",
        "email": applicant.person.email,
        "label": "Builder",
    }


def test_exports_are_limited_and_repeated_requests_get_the_open_one(
    applicant: Applicant, parts: Container
) -> None:
    path = "/v1/account/export"
    for _ in range(3):
        first = applicant.call("POST", path, None, 202)
        assert applicant.call("POST", path, None, 202) == first
        assert "url" not in applicant.call("GET", f"{path}/{first['id']}")
        assert app.sweep_exports(SCHEDULED_EVENT, LambdaContext(300)) == 1
        assert applicant.call("GET", f"{path}/{first['id']}")["state"] == "ready"
    assert app.sweep_exports(SCHEDULED_EVENT, LambdaContext(300)) == 0
    answer = send(applicant.yard.http, "POST", path, None, applicant.person.token)
    problem_of(answer, 429, "too-many-requests")
    assert len(applicant.call("GET", path)["exports"]) == 3
    events = parts.auth.audit_log.find_of(applicant.person.id)
    assert [one["event"] for one in events] == ["data_export_requested"] * 3


class Clocked:
    """The parts of exports, with a clock that a test sets."""

    def __init__(self, parts: Container) -> None:
        self.parts, self.clock = parts, ManualClock()
        self.clock.forward(seconds=1)
        parts.data_exports.override(exports=ExportRepository(parts.database, self.clock.now))

    def run(self) -> bool:
        return self.parts.data_exports.runner.run()

    def after_lease(self) -> None:
        self.clock.forward(seconds=600)


def test_export_is_completed_after_a_kill_at_each_write(
    applicant: Applicant, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill leaves an open export; the next run completes it, and one e-mail is sent."""
    applicant.apply(applicant.yard.act(applicant.yard.create(), "publication"))
    drain_applications(parts)
    writes, end = WriteInterrupter(monkeypatch), MultipartUpload.__exit__
    for name in ("__enter__", "_send", "complete"):
        monkeypatch.setattr(MultipartUpload, name, writes.wrap(getattr(MultipartUpload, name)))

    def end_unless_killed(self: MultipartUpload, kind: Any, *more: Any) -> None:
        if kind is not Killed:
            end(self, kind, *more)

    monkeypatch.setattr(MultipartUpload, "__exit__", end_unless_killed)
    killed = 0
    for write in range(20):
        clocked = Clocked(parts)
        parts.database["data_exports"].delete_many({})
        started = parts.data_exports.exports.start(applicant.person.id)
        assert started
        try:
            with writes.before(write, kill):
                clocked.run()
        except Killed:
            killed += 1
            assert write == 0 or not clocked.run(), "the lease has not expired"
            clocked.after_lease()
            assert clocked.run()
        [stored] = parts.database["data_exports"].find()
        assert (stored["state"], "open" in stored) == ("ready", False)
        assert "applications.json" in read_export(parts, applicant.person.id, started["_id"])
        mails = [one["Subject"] for one in deliver_emails(parts)]
        assert mails.count("Your export is ready") == 1
        if killed == write:
            break
    assert killed >= 7, "claim, three of the file, ready, e-mail, close"


def test_five_failures_end_an_export_and_say_so(
    applicant: Applicant, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocked = Clocked(parts)
    started = applicant.call("POST", "/v1/account/export", None, 202)
    path = f"/v1/account/export/{started['id']}"

    def fail(*arguments: Any) -> None:
        raise RuntimeError(applicant.person.email)

    monkeypatch.setattr(exporter.AccountExporter, "write", fail)
    for attempt in range(5):
        assert clocked.run(), attempt
        assert not clocked.run(), "it waits for a while"
        assert applicant.call("GET", path)["state"] == "pending"
        assert stored_exports(applicant) == []
        assert "Uploads" not in open_uploads(applicant)
        clocked.after_lease()
    assert clocked.run()
    assert applicant.call("GET", path)["state"] == "failed"
    [mail] = deliver_emails(parts)
    assert mail["Subject"] == "Your export could not be made"
    assert not clocked.run()


@pytest.mark.parametrize(
    ("part", "method"), [(ExportFiles, "write"), (exporter.AccountExporter, "write")]
)
def test_deleted_account_leaves_no_export(
    applicant: Applicant,
    parts: Container,
    monkeypatch: pytest.MonkeyPatch,
    part: Any,
    method: str,
) -> None:
    """Also if the account is deleted just before its export is written, or meanwhile."""
    applicant.export()
    left = f"exports/{applicant.person.id}/{new_id()}.zip"
    parts.files.s3.create_multipart_upload(Bucket=BUCKET, Key=left)
    open_one = applicant.call("POST", "/v1/account/export", None, 202)["id"]
    write = getattr(part, method)

    def delete_and_write(self: Any, *arguments: Any) -> Any:
        applicant.call("POST", "/v1/account/deletion", {"password": PASSWORD}, 204)
        assert stored_exports(applicant) == []
        return write(self, *arguments)

    monkeypatch.setattr(part, method, delete_and_write)
    assert parts.data_exports.runner.run(open_one)
    assert stored_exports(applicant) == []
    assert parts.database["data_exports"].count_documents({}) == 0
    assert "Uploads" not in open_uploads(applicant)
    assert not parts.data_exports.runner.run()


def test_sweep_deletes_files_of_exports_after_a_week(
    applicant: Applicant, parts: Container
) -> None:
    kept, _ = applicant.export()
    lost = f"exports/{applicant.person.id}/{new_id()}.zip"
    parts.files.s3.put_object(Bucket=BUCKET, Key=lost, Body=b"left by a process that died")
    sweeper = parts.files.sweeper
    for days, left in ((0.9, 2), (2, 1), (6.9, 1), (7.1, 0)):
        sweeper._clock = lambda days=days: times.now() + timedelta(days=days)  # type: ignore[misc]
        sweeper.sweep()
        assert len(stored_exports(applicant)) == left, days
        if left == 1:
            assert stored_exports(applicant) == [f"exports/{applicant.person.id}/{kept}.zip"]


def test_large_file_is_not_kept_in_memory(applicant: Applicant, parts: Container) -> None:
    content = PDF[:-6] + bytes(10 * 1024 * 1024 - len(PDF)) + PDF[-6:]
    key = f"files/{applicant.person.id}/{new_id()}"
    described = Description("large.pdf", "pdf", "0" * 64).to_text()
    metadata = {DESCRIPTION: described}
    parts.files.s3.put_object(Bucket=BUCKET, Key=key, Body=content, Metadata=metadata)
    applicant.call("POST", "/v1/account/export", None, 202)
    largest = 0
    send_part = MultipartUpload._send

    def send_and_measure(self: MultipartUpload, count: int) -> None:
        nonlocal largest
        largest = max(largest, len(self._buffer))
        # What the store of moto keeps is not ours.
        send_part(self, count)

    MultipartUpload._send = send_and_measure  # type: ignore[method-assign]
    try:
        parts.data_exports.runner.run()
    finally:
        MultipartUpload._send = send_part  # type: ignore[method-assign]
    assert 0 < largest <= PART_BYTES + 2 * 1024 * 1024
    [one] = applicant.call("GET", "/v1/account/export")["exports"]
    assert one["bytes"] > len(content)
