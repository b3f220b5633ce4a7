"""Erasure reaches everything that MongoDB, Redis, the bucket and the logs hold of a person."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.queue.admin import DeadLetters
from chalicelib.recruiting.applicant_index import indexer
from chalicelib.recruiting.files.sweeper import FileSweeper
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import PASSWORD
from tests.integration.auth.store_scanner import StoreScanner
from tests.integration.auth.workers import deliver_emails, text_of
from tests.integration.employers.canary import WORD, CanaryScene
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.candidates import dead_letter, drain_applications
from tests.integration.recruiting.equations import check_equation
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.test_proofs import make_auditor, publish_heads, receipt_of
from tests.integration.recruiting.write_interrupter import WriteInterrupter, kill


@pytest.fixture
def scene(yard: Yard, http: Client, monkeypatch: pytest.MonkeyPatch) -> CanaryScene:
    monkeypatch.setattr(indexer, "LEAST_WAITING", 1)
    return CanaryScene(yard, http)


def test_deleted_account_leaves_no_word_in_any_store(
    scene: CanaryScene, parts: Container, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.do_everything()
    candidate = scene.candidate
    words, ids = StoreScanner(parts, WORD), StoreScanner(parts, candidate.id)
    for scanner in (words, ids):
        kinds = {re.sub("[0-9a-f]{8}-.*", "", place) for place in scanner.places()}
        assert kinds > {"accounts", "applications", "revisions", "files/", "{hl0}:job:"}
        assert kinds > {"profiles", "exports/"}
    assert words.places() > {"applicant_blocks", "employers", "guest_applications", "operations"}
    body = {"password": PASSWORD}
    body_of(send(scene.http, "POST", "/v1/account/deletion", body, candidate.token), 204)
    scene.sweep()
    assert words.places() == set()
    # The audit log names accounts. Redis refuses the tokens of the account until they expire.
    revoked = f"{{hl0}}:revoked:applications:{candidate.id}"
    assert ids.places() == {"account_events", revoked, f"{revoked}:{candidate.session_id}"}
    assert parts.redis.ttl(revoked) > 0
    written = capfd.readouterr()
    for text in (log.getvalue(), written.out, written.err):
        assert '"stored"' in text or not text
        assert not words.holds(text)


ERASED, KEPT = "Qwfpgone", "Arstkept"


def erase(scene: CanaryScene, application: str) -> Any:
    return scene.request(f"/v1/applications/{application}/erasure")


def sweep_files_a_day_later(parts: Container) -> None:
    sweeper = FileSweeper(
        parts.files.bucket,
        [parts.files.attached.find_attached],
        parts.recruiting.lanes,
        parts.auth.accounts,
        parts.recruiting.pipeline.sweep_progress,
        lambda: times.now() + timedelta(days=1, seconds=2),
    )
    sweeper.sweep()


def test_erased_application_leaves_no_word_and_no_other_one_changes(
    scene: CanaryScene, parts: Container
) -> None:
    parts.equation.checker.begin()
    postings: dict[str, Any] = {}
    made: dict[str, str] = {}
    for word in (KEPT, ERASED):
        scene.word = word
        postings[word] = scene.publish()
        made[word] = scene.apply(postings[word])
        drain_applications(parts)
        scene.amend(made[word])
        scene.review(made[word])
        drain_applications(parts)
        scene.read_files()
    parts.review.sweep_index()
    scene.reject_in_bulk(made[ERASED])
    drain_applications(parts)
    deliver_emails(parts)
    publish_heads(parts)
    receipt = receipt_of(parts, made[ERASED])
    kept, gone = StoreScanner(parts, KEPT), StoreScanner(parts, ERASED)
    kept_before, document = kept.places(), scene.stored(made[KEPT])
    assert gone.places() > {"applicant_blocks", "applications", "operations", "revisions"}

    assert erase(scene, made[ERASED]) == {"id": made[ERASED], "status": "erasing"}
    assert erase(scene, made[ERASED])["id"] == made[ERASED]
    path = f"/v1/employers/{scene.yard.id}/applications/{made[ERASED]}"
    body = {"expected_stage": "rejected"}
    stale = scene.request(f"{path}/reinstatement", body, scene.recruiter)["id"]
    scene.request(f"/v1/applications/{made[ERASED]}/withdrawal")
    scene.amend(made[ERASED])
    drain_applications(parts)
    scene.sweep()
    found = problem_of(
        send(scene.http, "GET", f"/v1/applications/{made[ERASED]}", None, scene.candidate.token),
        404,
        "application-not-found",
    )
    assert ERASED not in str(found)
    command = scene.request(f"{path}/commands/{stale}", None, scene.recruiter, method="GET")
    assert (command["status"], command["reason"]) == ("not_done", "application_deleted")
    # Its files could still be attached to another application. A day later they cannot.
    assert {place.partition("/")[0] for place in gone.places()} == {"files"}
    sweep_files_a_day_later(parts)
    assert gone.places() == set()
    assert scene.stored(made[KEPT]) == document
    assert kept.places() == kept_before
    check_equation(parts, postings[ERASED]["id"], 1)
    audit = make_auditor(parts).audit(postings[ERASED]["id"], [receipt])
    assert (audit.accepted, audit.receipts, audit.findings) == (1, 1, [])


def test_candidate_gets_one_email_and_can_apply_again(scene: CanaryScene, parts: Container) -> None:
    posting = scene.publish()
    first = scene.apply(posting)
    drain_applications(parts)
    deliver_emails(parts)
    path = f"/v1/employers/{scene.yard.id}/applications/{first}/erasure"
    problem_of(send(scene.http, "POST", path, None, scene.recruiter.token), 403, "forbidden")
    for _ in range(2):
        scene.request(path, None, scene.yard.owner)
    scene.word = "again"
    second = scene.apply(posting)
    assert second != first
    drain_applications(parts)
    drain_applications(parts)
    mails = [text_of(mail) for mail in deliver_emails(parts)]
    assert len(mails) == 2
    assert "Yard & Sons erased it, as you had asked them to." in mails[0]
    assert "We have received and stored your application" in mails[1]
    assert scene.stored(first) is None
    assert scene.stored(second)["active"]
    problem_of(
        send(scene.http, "POST", path, None, scene.yard.owner.token), 404, "applicant-not-found"
    )


@pytest.mark.parametrize("state", ["waiting", "dead", "redriven", "withdrawn", "alias"])
def test_application_in_any_state_is_erased(
    scene: CanaryScene, parts: Container, state: str
) -> None:
    parts.equation.checker.begin()
    posting, accepted = scene.publish(), 1
    application = scene.apply(posting)
    if state in ("dead", "redriven"):
        dead_letter(parts, application)
    elif state != "waiting":
        drain_applications(parts)
    if state == "withdrawn":
        scene.request(f"/v1/applications/{application}/withdrawal")
    if state == "alias":
        for key in parts.redis.scan_iter("*:once:*"):
            parts.redis.delete(key)
        scene.word = "again"
        application, accepted = scene.apply(posting), 2
        drain_applications(parts)
    erase(scene, application)
    if state == "redriven":
        DeadLetters(parts.recruiting.lanes[0]).redrive_all()
    drain_applications(parts)
    drain_applications(parts)
    DeadLetters(parts.recruiting.lanes[0]).redrive_all()
    drain_applications(parts)
    assert parts.database["applications"].count_documents({}) == 0
    check_equation(parts, posting["id"], accepted)
    assert parts.equation.removed.count(posting["id"]) == {"erased": accepted}


def test_killed_erasure_is_completed(
    scene: CanaryScene, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is killed before each of its writes, and what a slow one stores is removed."""
    interrupter = WriteInterrupter(monkeypatch, ("delete_many", "bulk_write", "insert_many"))
    parts.equation.checker.begin()
    scene.word = ERASED
    gone, posting = StoreScanner(parts, ERASED), scene.publish()
    application = scene.apply(posting)
    drain_applications(parts)
    scene.amend(application)
    drain_applications(parts)
    scene.read_files()
    parts.review.sweep_index()
    stored = scene.stored(application)
    [revision] = parts.database["revisions"].find()
    erase(scene, application)
    for write in range(40):
        try:
            with interrupter.before(write, kill):
                drain_applications(parts)
        except Killed:
            # Its lease expires. A job that kills its worker so often would be a dead letter.
            lane = f"applications:{scene.candidate.id}"
            parts.redis.zadd("{hl0}:leases:applications", {lane: 1})
            parts.redis.delete("{hl0}:crashes:applications")
            continue
        break
    assert 12 < write < 39
    for name, document in (("applications", stored), ("revisions", revision)):
        parts.database[name].insert_one(document)
    scene.sweep()
    sweep_files_a_day_later(parts)
    assert gone.places() == set()
    check_equation(parts, posting["id"], 1)
