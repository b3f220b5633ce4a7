"""Files of candidates: uploads, attaching them to applications, downloads, and their deletion."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.files import sweeper
from chalicelib.recruiting.files.errors import FileRefused, FilesUnavailable
from chalicelib.recruiting.files.models import MAX_BYTES
from chalicelib.recruiting.files.objects import Description
from chalicelib.recruiting.files.sweeper import FileSweeper
from tests.integration.recruiting.candidates import (
    Candidate,
    claim,
    dead_letter,
    drain_applications,
    handle,
    settle,
    without_mongodb,
)
from tests.integration.recruiting.steps import apply, get, post, problem, publish
from tests.support.files import BUCKET, DOCX, PDF, attachable, describe, keys, put_upload, upload


def body(answer: HTTPResponse, status: int = 200) -> Any:
    assert answer.status_code == status, answer.body
    return json.loads(answer.body)


def complete(http: Client, who: Candidate, file_id: str) -> HTTPResponse:
    headers = {"Authorization": f"Bearer {who.token}"}
    return http.http.post(f"/v1/files/{file_id}/completion", headers=headers, body=b"")


def files_of(parts: Container, application: str) -> list[dict[str, Any]]:
    stored = parts.database["applications"].find_one({"_id": application})
    assert stored
    files: list[dict[str, Any]] = stored["files"]
    return files


def sweep(parts: Container, days: float = 1.0) -> int:
    """Sweep the files of all pages as if it was some days later. Return how many were deleted."""
    recruiting = parts.recruiting
    later = FileSweeper(
        parts.files.bucket,
        [parts.files.attached.find_attached],
        recruiting.lanes,
        parts.auth.accounts,
        recruiting.pipeline.sweep_progress,
        lambda: datetime.now(UTC) + timedelta(days=days, seconds=1),
    )
    deleted = later.sweep()
    while recruiting.pipeline.sweep_progress.find("files"):
        deleted += later.sweep()
    return deleted


def test_uploaded_file_reaches_the_employer(http: Client, parts: Container, ada: Candidate) -> None:
    draft = msgspec.to_builtins(describe(DOCX, "docx", "../Ada\u202e\r\nByron.docx"))
    form = body(post(http, "/v1/files", draft, ada.token), 201)
    policy = json.loads(msgspec.json.decode(f'"{form["fields"]["policy"]}"', type=bytes))
    assert ["content-length-range", len(DOCX), len(DOCX)] in policy["conditions"]
    assert {"key": f"uploads/{ada.id}/{form['id']}"} in policy["conditions"]
    assert {"Content-Type": form["fields"]["Content-Type"]} in policy["conditions"]
    put_upload(parts, ada.id, form["id"], DOCX, form["fields"]["x-amz-meta-description"])

    completed = body(complete(http, ada, form["id"]))
    expected = {
        "id": form["id"],
        "name": "Ada Byron.docx",
        "type": "docx",
        "bytes": len(DOCX),
        "sha256": hashlib.sha256(DOCX).hexdigest(),
    }
    assert completed.items() >= {**expected, "scanned": False}.items()
    assert keys(parts) == [f"files/{ada.id}/{form['id']}"]

    application = ada.apply(publish(parts), files=[completed["token"]])
    assert completed["token"] not in str(parts.recruiting.lanes[0].find(application))
    drain_applications(parts)
    assert files_of(parts, application) == [{**expected, "question_id": ""}]
    link = body(get(http, f"/v1/files/{form['id']}/content", ada.token))
    assert "response-content-disposition=attachment" in link["url"]
    assert "Expires=60" in link["url"]
    assert sweep(parts, days=400) == 0


def test_copy_of_a_sent_file_is_a_file_of_its_own(
    http: Client, parts: Container, ada: Candidate
) -> None:
    first = ada.apply(publish(parts), files=[attachable(parts, ada.id)])
    drain_applications(parts)
    [sent] = files_of(parts, first)
    path = f"/v1/files/{sent['id']}/copy"
    attached, _ = (body(post(http, path, None, ada.token), 201) for _ in range(2))
    about = ("name", "type", "bytes", "sha256")
    assert [attached[one] for one in about] == [sent[one] for one in about]
    second = ada.apply(publish(parts), files=[attached["token"]])
    drain_applications(parts)
    assert [one["id"] for one in files_of(parts, second)] == [attached["id"]]
    other = upload(parts, stranger := new_id())
    parts.files.upload_service.complete(stranger, other)
    for unknown in (other, new_id(), "*"):
        answer = post(http, f"/v1/files/{unknown}/copy", None, ada.token)
        assert problem(answer) == (404, "file-not-found")

    parts.database["applications"].delete_one({"_id": first})
    sweep(parts)
    # The first application is gone with its file. The copy that nobody attached is, too.
    assert keys(parts) == [f"files/{ada.id}/{attached['id']}"]
    copied = parts.files.s3.get_object(Bucket=BUCKET, Key=keys(parts)[0])["Body"].read()
    assert copied == PDF


def test_upload_and_completion_need_no_mongodb(parts: Container) -> None:
    with without_mongodb(parts) as crippled:
        candidate = new_id()
        file_id = upload(crippled, candidate)
        completed = crippled.files.upload_service.complete(candidate, file_id)
        again = crippled.files.upload_service.complete(candidate, file_id)
    assert completed == again


@pytest.mark.parametrize(
    ("content", "about", "reason"),
    [
        (b"", {}, "empty"),
        (b"MZ" + PDF, {}, "not a complete PDF file"),
        (PDF, {"file_type": "docx"}, "not a complete DOCX file"),
        (PDF, {"sha256": "ab" * 32}, "damaged"),
        (PDF + bytes(MAX_BYTES), {}, "more than 10 MB"),
    ],
)
def test_refused_upload_is_deleted(
    http: Client, parts: Container, ada: Candidate, content: bytes, about: Any, reason: str
) -> None:
    announced = describe(content, **about)
    file_id = new_id()
    description = Description("resume.pdf", announced.type, announced.sha256).to_text()
    put_upload(parts, ada.id, file_id, content, description)
    refused = complete(http, ada, file_id)
    assert problem(refused) == (422, "file-refused")
    assert reason in json.loads(refused.body)["detail"]
    assert keys(parts) == []
    assert problem(complete(http, ada, file_id)) == (404, "upload-not-found")


def test_file_with_a_virus_is_refused_and_one_not_scanned_is_kept_back(parts: Container) -> None:
    replies: list[Exception | bool] = [FilesUnavailable("down"), FileRefused("virus"), True]

    class FakeScanner:
        def scan(self, content: bytes) -> bool:
            reply = replies.pop(0)
            if isinstance(reply, Exception):
                raise reply
            return reply

    parts.files.override(scanner=FakeScanner())
    service, candidate = parts.files.upload_service, new_id()
    file_id = upload(parts, candidate)
    with pytest.raises(FilesUnavailable):
        service.complete(candidate, file_id)
    assert keys(parts) == [f"uploads/{candidate}/{file_id}"]
    with pytest.raises(FileRefused):
        service.complete(candidate, file_id)
    assert keys(parts) == []
    assert service.complete(candidate, upload(parts, candidate)).scanned


def test_content_cannot_be_exchanged_after_its_check(parts: Container) -> None:
    candidate = new_id()
    file_id = upload(parts, candidate)
    first = parts.files.upload_service.complete(candidate, file_id)
    other = PDF.replace(b"1.7", b"1.4")
    put_upload(parts, candidate, file_id, other)
    assert parts.files.upload_service.complete(candidate, file_id) == first
    # Two requests may check different contents at the same time: the first one counts.
    description = Description("b.pdf", "pdf", hashlib.sha256(other).hexdigest())
    parts.files.bucket.write(candidate, file_id, other, description)
    assert parts.files.upload_service.complete(candidate, file_id) == first


@pytest.mark.parametrize("break_token", [lambda token: token + "x", lambda token: "x" * 60])
def test_only_own_confirmed_files_can_be_attached(
    http: Client,
    parts: Container,
    ada: Candidate,
    bob: Candidate,
    break_token: Callable[[str], str],
) -> None:
    posting = publish(parts)
    own, others = attachable(parts, ada.id), attachable(parts, bob.id)
    for wrong in (others, break_token(own), new_id()):
        refused = apply(http, ada.token, posting, files=[own, wrong])
        assert problem(refused) == (422, "invalid-fields")
        assert json.loads(refused.body)["errors"][0]["field"] == "files[1]"
    assert parts.recruiting.lanes[0].contents(ada.id).waiting == ()


def test_uploads_have_a_rate_limit(http: Client, parts: Container, ada: Candidate) -> None:
    draft = msgspec.to_builtins(describe(PDF))
    for _ in range(30):
        body(post(http, "/v1/files", draft, ada.token), 201)
    refused = post(http, "/v1/files", draft, ada.token)
    assert problem(refused) == (429, "too-many-requests")
    assert int(refused.headers["Retry-After"]) > 60


def test_checks_of_one_form_have_a_rate_limit(
    http: Client, parts: Container, ada: Candidate
) -> None:
    file_id = new_id()
    for _ in range(60):
        put_upload(parts, ada.id, file_id, b"MZ")
        assert problem(complete(http, ada, file_id)) == (422, "file-refused")
    put_upload(parts, ada.id, file_id, b"MZ")
    assert problem(complete(http, ada, file_id)) == (429, "too-many-requests")


def test_unattached_files_are_deleted_after_a_day(parts: Container, ada: Candidate) -> None:
    upload(parts, ada.id)
    attachable(parts, ada.id)
    token = attachable(parts, ada.id)
    application = ada.apply(publish(parts), files=[token])
    assert sweep(parts, days=0.99) == 0
    assert sweep(parts) == 2, "the upload, and the file that no job names"
    held = claim(parts)
    outcomes = handle(parts, held)
    assert sweep(parts) == 0, "the job was handled, and is not settled"
    settle(parts, held, outcomes)
    assert sweep(parts) == 0
    [file] = files_of(parts, application)
    assert keys(parts) == [f"files/{ada.id}/{file['id']}"]


def test_dead_letter_keeps_its_file_until_it_is_discarded(parts: Container, ada: Candidate) -> None:
    token = attachable(parts, ada.id)
    application = ada.apply(publish(parts), files=[token])
    dead_letter(parts, application)
    assert sweep(parts, days=30) == 0
    parts.recruiting.lanes[0].erase(ada.id)
    assert sweep(parts) == 1


def test_sweep_goes_through_all_pages(
    parts: Container, ada: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        upload(parts, ada.id)
    parts.files.s3.put_object(Bucket=parts.files.bucket.name, Key="other", Body=b"")
    monkeypatch.setattr(sweeper, "_PAGE", 2)
    assert sweep(parts) == 5
    assert keys(parts) == ["other"], "a key that is not ours"


def test_sweep_deletes_nothing_if_accounts_are_missing(
    parts: Container, ada: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [new_id() for _ in range(11)]
    for person in people:
        attachable(parts, person)
    with pytest.raises(RuntimeError, match="11 candidates"):
        sweep(parts)
    assert len(keys(parts)) == 11
    parts.files.bucket.erase(people[0])
    assert sweep(parts) == 10


def test_files_are_deleted_with_their_candidate(
    parts: Container, ada: Candidate, bob: Candidate
) -> None:
    for who in (ada, bob):
        who.apply(publish(parts), files=[attachable(parts, who.id)])
        upload(parts, who.id)
    drain_applications(parts)
    parts.privacy.candidate_data.remove(ada.id)
    assert [key.split("/")[1] for key in keys(parts)] == [bob.id, bob.id]
