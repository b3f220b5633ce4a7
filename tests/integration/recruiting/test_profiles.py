"""Profiles of candidates: what they keep, and what they sent last."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from chalice.test import Client, HTTPResponse

from chalicelib.auth.errors import SessionExpired
from chalicelib.auth.models import Caller, Role
from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.common.versions import ANY_VERSION
from chalicelib.recruiting.files.models import CompletedFile, FileType
from chalicelib.recruiting.profiles.models import MAX_IMPORT_BYTES, Profile, ProfileDraft
from chalicelib.recruiting.profiles.resume import Resume, ResumeBasics
from tests.integration.recruiting.candidates import Candidate, drain_applications
from tests.integration.recruiting.steps import get, post, problem, publish
from tests.support.files import PDF, upload
from tests.unit.files_worker.test_europass import FROM_PASSPORT, PASSPORT

PATH = "/v1/account/profile"
RESUME = {"basics": {"name": "Ada Byron"}, "work": [{"name": "Yard", "startDate": "2019-05"}]}


def send(http: Client, method: str, who: Candidate, version: int, body: Any = None) -> HTTPResponse:
    headers = {"Authorization": f"Bearer {who.token}", "If-Match": f'"{version}"'}
    if body is None:
        return http.http.request(method, PATH, headers=headers)
    headers["Content-Type"] = "application/json"
    return http.http.request(method, PATH, headers=headers, body=json.dumps(body).encode())


def read(http: Client, who: Candidate, path: str = PATH) -> Any:
    answer = get(http, path, who.token)
    assert answer.status_code == 200
    return json.loads(answer.body)


def complete(
    parts: Container, who: Candidate, name: str, content: bytes = b"", kind: FileType = "pdf"
) -> CompletedFile:
    """Upload a file; by default a PDF file without text, with a content of its own."""
    content = content or PDF + name.encode() + b"\nstartxref %%EOF"
    file_id = upload(parts, who.id, content, name=name, file_type=kind)
    return parts.files.upload_service.complete(who.id, file_id)


def test_profile_is_stored_changed_and_deleted_in_the_seen_version(
    http: Client, parts: Container, ada: Candidate
) -> None:
    empty = {"resume": {}, "keeps_last_sent": True, "version": 0}
    assert read(http, ada) == empty
    first = send(http, "PUT", ada, 0, {"resume": RESUME})
    version = json.loads(first.body)["version"]
    assert first.headers["ETag"] == f'"{version}"'
    assert read(http, ada) == {"resume": RESUME, "keeps_last_sent": True, "version": version}
    for method, body in (("PUT", {"resume": {}}), ("DELETE", None)):
        assert problem(send(http, method, ada, 0, body)) == (412, "precondition-failed")
    changed = send(http, "PUT", ada, version, {"resume": {}, "keeps_last_sent": False})
    assert json.loads(changed.body)["version"] == version + 1
    assert send(http, "DELETE", ada, version + 1).status_code == 204
    assert read(http, ada) == empty
    assert problem(send(http, "PUT", ada, version + 1, {"resume": RESUME}))[0] == 412
    # A page that shows the deleted profile replaces no later one.
    later = send(http, "PUT", ada, 0, {"resume": RESUME})
    assert json.loads(later.body)["version"] > version + 1


@pytest.mark.parametrize(
    ("resume", "field", "reason"),
    [
        ({"hobbies": []}, "resume", "unknown field `hobbies`"),
        ({"work": [{"salary": 9}]}, "resume.work[0]", "unknown field `salary`"),
        ({"work": [{"startDate": "May 2019"}]}, "resume.work[0].startDate", "a month such as"),
        ({"basics": {"url": "javascript:alert(1)"}}, "resume.basics.url", "https://"),
        ({"basics": {"name": "a" * 501}}, "resume.basics.name", "length <= 500"),
        ({"skills": [{}] * 101}, "resume.skills", "length <= 100"),
    ],
)
def test_invalid_resume_is_refused_by_the_name_of_the_field(
    http: Client, parts: Container, ada: Candidate, resume: Any, field: str, reason: str
) -> None:
    answer = send(http, "PUT", ada, 0, {"resume": resume})
    assert problem(answer) == (422, "invalid-fields")
    [error] = json.loads(answer.body)["errors"]
    assert error["field"] == field
    assert reason in error["detail"]


def test_resume_is_a_document_of_json_resume(
    http: Client, parts: Container, ada: Candidate
) -> None:
    service = parts.profiles.service
    assert service.resume(ada.id) is None
    send(http, "PUT", ada, 0, {"resume": RESUME})
    assert service.resume(ada.id) == {
        "$schema": "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json",
        **RESUME,
        "meta": {"version": "v1.0.0"},
    }


def test_links_and_files_of_the_newest_applications_are_offered(
    http: Client, parts: Container, ada: Candidate
) -> None:
    last_sent = f"{PATH}/last-sent"
    nothing: dict[str, Any] = {"links": [], "links_sent_at": None, "files": []}
    assert read(http, ada, last_sent) == nothing
    basics = {"url": "http://a.example", "profiles": [{"url": "https://b.example"}] * 2}
    version = json.loads(send(http, "PUT", ada, 0, {"resume": {"basics": basics}}).body)["version"]
    assert read(http, ada, last_sent) == {**nothing, "links": ["https://b.example"]}
    older, resume, portfolio = (complete(parts, ada, name) for name in "abc")
    ada.apply(publish(parts), links=["https://example.com/old"], files=[older.token])
    drain_applications(parts)
    application = ada.apply(publish(parts), links=["https://example.com/a"], files=[resume.token])
    drain_applications(parts)
    ada.apply(publish(parts))
    drain_applications(parts)
    sent = read(http, ada, last_sent)
    assert sent["links"] == ["https://example.com/a"]
    assert [one["id"] for one in sent["files"]] == [resume.id]
    accepted = ada.status(application)["timeline"][0]["at"]
    assert sent["links_sent_at"] == sent["files"][0]["sent_at"] == accepted

    links = ["https://example.com/b"]
    draft = {"links": links, "files": [portfolio.token]}
    post(http, f"/v1/applications/{application}/amendment", draft, ada.token)
    drain_applications(parts)
    amended = read(http, ada, last_sent)
    assert (amended["links"], amended["files"][0]["id"]) == (links, portfolio.id)
    send(http, "PUT", ada, version, {"resume": {"basics": basics}, "keeps_last_sent": False})
    assert read(http, ada, last_sent) == nothing


def test_profile_that_is_written_while_its_account_is_deleted_is_not_kept(
    parts: Container, ada: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = parts.profiles.profiles
    found = parts.database["sessions"].find_one({"account_id": ada.id})
    assert found
    caller = Caller(ada.id, Role.CANDIDATE, found["_id"])
    draft = ProfileDraft(Resume(basics=ResumeBasics(name="Ada")))
    parts.profiles.service.replace(caller, draft, ANY_VERSION)
    parts.privacy.candidate_data.remove(ada.id)
    assert repository.get(ada.id) == Profile()
    replace = repository.replace

    def replace_late(*arguments: Any) -> bool:
        parts.auth.sessions.end(ada.id, caller.session_id)
        parts.privacy.candidate_data.remove(ada.id)
        return replace(*arguments)

    monkeypatch.setattr(repository, "replace", replace_late)
    with pytest.raises(SessionExpired):
        parts.profiles.service.replace(caller, draft, ANY_VERSION)
    assert repository.get(ada.id) == Profile()


def facts(http: Client, who: Candidate, file_id: str) -> HTTPResponse:
    return post(http, f"/v1/files/{file_id}/facts", None, who.token)


def test_facts_are_read_in_a_file_of_the_candidate_and_not_stored(
    http: Client, parts: Container, ada: Candidate
) -> None:
    content = "Résumé\nAda\nada.byron@example.com\n+49 221 5550123\nhttps://byron.example".encode()
    own = complete(parts, ada, "cv", content, "txt")
    before = parts.database.list_collection_names()
    answer = facts(http, ada, own.id)
    assert json.loads(answer.body) == {
        "name": "",
        "emails": ["ada.byron@example.com"],
        "phones": ["+492215550123"],
        "links": [],
    }
    assert sorted(parts.database.list_collection_names()) == sorted(before)
    # The function ends before the API stops waiting.
    reader: Any = parts.profiles.lambda_client
    assert [one["seconds"] for one in reader.events] == [4.0]
    with_name = complete(parts, ada, "cv", b"Ada Byron\n" + content, "txt")
    assert json.loads(facts(http, ada, with_name.id).body)["links"] == ["https://byron.example"]
    for unknown in (new_id(), "*"):
        assert problem(facts(http, ada, unknown)) == (404, "file-not-found")


def test_file_without_facts_says_why(http: Client, parts: Container, ada: Candidate) -> None:
    unread = facts(http, ada, complete(parts, ada, "scan").id)
    assert problem(unread) == (422, "file-not-read")
    assert "You can attach it all the same." in json.loads(unread.body)["detail"]
    own = complete(parts, ada, "cv", b"Ada", "txt")

    class Silence:
        def invoke(self, **arguments: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="lambda")

    parts.profiles.override(lambda_client=Silence())
    silent = facts(http, ada, own.id)
    assert problem(silent) == (503, "unavailable")
    assert json.loads(silent.body)["detail"] == "The reader of files cannot be reached."
    for _ in range(28):
        facts(http, ada, own.id)
    assert problem(facts(http, ada, own.id)) == (429, "too-many-requests")


def import_resume(
    http: Client, who: Candidate, content: bytes, kind: str = "json-resume"
) -> HTTPResponse:
    body = {"format": kind, "content": base64.b64encode(content).decode()}
    return post(http, f"{PATH}/import", body, who.token)


def test_imported_resume_is_returned_and_not_stored(
    http: Client, parts: Container, ada: Candidate
) -> None:
    document = {**RESUME, "$schema": "x", "hobbies": ["boats"]}
    answer = json.loads(import_resume(http, ada, json.dumps(document).encode()).body)
    assert answer["resume"] == RESUME
    [left_out] = answer["left_out"]
    assert left_out == {"field": "hobbies", "reason": "JSON Resume has no such field"}
    answer = json.loads(
        import_resume(http, ada, PASSPORT.format(encoding="utf-8").encode(), "europass").body
    )
    assert answer["resume"] == FROM_PASSPORT
    assert [one["field"] for one in answer["left_out"]][1:] == [
        "Identification/Demographics/Birthdate"
    ]
    assert parts.profiles.profiles.get(ada.id) == Profile()
    # What was imported can be confirmed as it is.
    assert send(http, "PUT", ada, 0, {"resume": answer["resume"]}).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "detail"),
    [
        (b"{", "json-resume", "not JSON in UTF-8"),
        (b"\xff\xfe{\0}\0", "json-resume", "not JSON in UTF-8"),
        (b"[" * 100_000, "json-resume", "not JSON in UTF-8"),
        (b"[]", "json-resume", "no part of a JSON Resume"),
        (b'{"name": "Ada"}', "json-resume", "no part of a JSON Resume"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><SkillsPassport/>', "europass", "entities"),
        (b"<html/>", "europass", "not of Europass"),
        (b"<SkillsPassport>", "europass", "not complete XML"),
    ],
)
def test_file_that_is_no_resume_is_refused(
    http: Client, parts: Container, ada: Candidate, content: bytes, kind: str, detail: str
) -> None:
    refused = import_resume(http, ada, content, kind)
    assert problem(refused) == (422, "import-refused")
    assert detail in json.loads(refused.body)["detail"]


def test_import_takes_500_kb_and_needs_the_function_for_xml_only(
    http: Client, parts: Container, ada: Candidate
) -> None:
    filler = b" " * (MAX_IMPORT_BYTES - 30)
    assert import_resume(http, ada, b'{"work": [{}]}' + filler).status_code == 200
    too_large = import_resume(http, ada, b" " * (MAX_IMPORT_BYTES + 1))
    assert problem(too_large) == (422, "invalid-fields")
    huge = import_resume(http, ada, b" " * 2 * MAX_IMPORT_BYTES)
    assert problem(huge) == (413, "too-large")

    class Outage:
        def invoke(self, **arguments: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="lambda")

    parts.profiles.override(lambda_client=Outage())
    assert problem(import_resume(http, ada, b"<x/>", "europass")) == (503, "unavailable")
    assert import_resume(http, ada, b'{"work": [{}]}').status_code == 200
