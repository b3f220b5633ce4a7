"""The occasions on which the functions of a stage call AWS services, rare ones too."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from chalicelib.common.ids import new_id
from chalicelib.queue.admin import Pauses
from chalicelib.recruiting.applications.repository import applications_collection
from chalicelib.recruiting.data_exports.repository import ExportRepository
from chalicelib.recruiting.files.objects import DESCRIPTION, EXPORTS, FILES, Description, object_key
from infrastructure.aws.functions import ALIAS
from tests.e2e.recorded_stage import RecordedStage
from tests.e2e.steps import follow
from tests.support.assertions import wait_for
from tests.support.deployment import PASSWORD
from tests.support.files import PDF, send_form
from tests.support.lambda_context import SCHEDULED_EVENT

# Writing an export with it takes longer than finding out that it is being written.
LARGE = bytes(64 * 1024 * 1024)


def produce_all(stage: RecordedStage) -> None:
    """Produce each occasion. The last one deletes the account of the candidate."""
    apply_with_file(stage)
    export_account(stage)
    run_alone(stage)
    for function in ("sweep", "replacement"):
        start_drains(stage, function)
    operate(stage)
    send_mail_in_sweep(stage)
    for key in ("api/export", "api/exports"):
        fail_to_export(stage, key)
        delete_export(stage, key)
    export_in_sweep(stage)
    delete_account(stage)


def apply_with_file(stage: RecordedStage) -> None:
    """Upload a file, apply with it, and let the application be erased with its file."""
    draft = {"name": "resume.pdf", "type": "pdf", "bytes": len(PDF)}
    draft["sha256"] = hashlib.sha256(PDF).hexdigest()
    form = stage.call("POST", "/v1/files", draft)
    assert send_form(form, PDF) == 204
    file = f"/v1/files/{form['id']}"
    token = stage.call("POST", f"{file}/completion")["token"]
    stage.call("POST", f"{file}/copy")
    applied = stage.apply(files=[token])
    follow(stage.staged, stage.candidate, applied)
    stage.call("GET", f"{file}/content")
    facts = stage.staged.call("POST", f"{file}/facts", None, stage.candidate.token)
    # The file is a PDF without a text, which the function of files finds out.
    assert facts.status == 422, facts
    stage.call("POST", f"/v1/applications/{applied}/erasure")
    wait_for(lambda: stage.calls("applications/drain"), lambda calls: "s3:DeleteObjects" in calls)


def export_account(stage: RecordedStage) -> None:
    """Request an export, and wait for it."""
    path = f"/v1/account/export/{stage.call('POST', '/v1/account/export')['id']}"
    wait_for(lambda: stage.call("GET", path).get("url"))


def run_alone(stage: RecordedStage) -> None:
    """Invoke the functions that need no particular occasion."""
    stage.invoke("api/heads", SCHEDULED_EVENT)
    stage.invoke("mail/feedback", {"Records": []})


def fail_to_export(stage: RecordedStage, key: str) -> None:
    """Let a function write an export with a file that it cannot read."""
    # It has no description, because no function of ours wrote it.
    unreadable = put_file(stage, PDF, {})

    def produce() -> None:
        export_id = start_export(stage)
        stage.invoke(key, event_of(key, export_id))

    stage.until_recorded(key, "s3:AbortMultipartUpload", produce)
    stage.target.client("s3").delete_object(Bucket=stage.bucket, Key=unreadable)


def delete_export(stage: RecordedStage, key: str) -> None:
    """Let a function write an export that is deleted meanwhile, as with an account."""
    s3, account_id = stage.target.client("s3"), stage.candidate.id
    exports = ExportRepository(stage.database)
    described = Description("large.pdf", "pdf", hashlib.sha256(LARGE).hexdigest())
    large = put_file(stage, LARGE, {DESCRIPTION: described.to_text()})

    def is_written() -> bool:
        return bool(s3.list_multipart_uploads(Bucket=stage.bucket).get("Uploads"))

    def is_open() -> bool:
        return exports.find_open(account_id) is not None

    def produce() -> None:
        stage.start(key, event_of(key, start_export(stage)))
        wait_for(lambda: is_written() or not is_open())
        exports.delete_of_account(account_id)
        wait_for(lambda: not is_written())

    stage.until_recorded(key, "s3:DeleteObjects", produce)
    s3.delete_object(Bucket=stage.bucket, Key=large)


def export_in_sweep(stage: RecordedStage) -> None:
    """Let the sweep write an export, and wake a drain that tells the owner."""

    def produce() -> None:
        start_export(stage)
        stage.invoke("api/exports", SCHEDULED_EVENT)

    stage.until_recorded("api/exports", "lambda:Invoke", produce)


def start_export(stage: RecordedStage) -> str:
    """Store a new export, for which no function is invoked. Return its id."""
    exports = ExportRepository(stage.database)
    exports.delete_of_account(stage.candidate.id)
    started = exports.start(stage.candidate.id)
    assert started
    return str(started["_id"])


def event_of(key: str, export_id: str) -> dict[str, Any]:
    """Return the event with which a function writes an export."""
    return {"export_id": export_id} if key == "api/export" else SCHEDULED_EVENT


def put_file(stage: RecordedStage, content: bytes, metadata: dict[str, str]) -> str:
    """Write a file of the candidate into the bucket. Return its key."""
    key = object_key(FILES, stage.candidate.id, new_id())
    stage.target.client("s3").put_object(
        Bucket=stage.bucket, Key=key, Body=content, Metadata=metadata
    )
    return key


def operate(stage: RecordedStage) -> None:
    """Run commands of operators that change a secret, or start drains for jobs that wait."""
    stage.operate("accounts", "rotate-keys")
    stage.operate("queue", "reconcile")

    def produce() -> None:
        stage.operate("queue", "pause-drains", "--kind", "applications")
        applied = stage.apply()
        stage.operate("queue", "resume-drains")
        follow(stage.staged, stage.candidate, applied)

    stage.until_recorded("ops/run", "lambda:Invoke", produce)


def start_drains(stage: RecordedStage, function: str) -> None:
    """Let the sweeps, or the replacements, start drains for jobs that wait in lanes."""

    def produce() -> None:
        for kind in ("applications", "mail"):
            stage.operate("queue", "pause-drains", "--kind", kind)
        applied = stage.apply()
        for kind, event in (("applications", "stored"), ("mail", "mailed")):
            wait_for_job(stage, kind)
            # Unlike the command of operators, this starts no drain.
            Pauses(stage.shards(kind)).resume("drains")
            stage.invoke(f"{kind}/{function}", _drain_event(stage, kind, function))
            follow(stage.staged, stage.candidate, applied, until=event)

    for kind in ("applications", "mail"):
        stage.until_recorded(f"{kind}/{function}", "lambda:Invoke", produce)


def wait_for_job(stage: RecordedStage, kind: str) -> None:
    """Wait until the candidate has a job in a lane. An application is stored a moment earlier."""
    lanes, owner = stage.shards(kind).of(stage.candidate.id), stage.candidate.id
    wait_for(lambda: lanes.contents(owner).waiting)


def _drain_event(stage: RecordedStage, kind: str, function: str) -> dict[str, Any]:
    if function == "sweep":
        return SCHEDULED_EVENT
    # A drain that was woken and never started.
    lanes = stage.shards(kind).of(stage.candidate.id)
    wake = lanes.request_drain() or lanes.new_drain()
    return {"requestPayload": msgspec.to_builtins(wake)}


def send_mail_in_sweep(stage: RecordedStage) -> None:
    """Let the sweep send e-mails, because the function of drains cannot be invoked."""
    functions, name = stage.target.client("lambda"), stage.name("mail/drain")
    alias = {"FunctionName": name, "Name": ALIAS}
    version = functions.get_alias(**alias)["FunctionVersion"]

    def produce() -> None:
        follow(stage.staged, stage.candidate, stage.apply(), until="stored")
        wait_for_job(stage, "mail")
        stage.invoke("mail/sweep", SCHEDULED_EVENT)

    functions.delete_alias(**alias)
    try:
        stage.until_recorded("mail/sweep", "ses:SendRawEmail", produce)
    finally:
        functions.create_alias(**alias, FunctionVersion=version)


def delete_account(stage: RecordedStage) -> None:
    """Delete the account, and let the sweep remove what is stored of it afterwards."""
    s3, account_id = stage.target.client("s3"), stage.candidate.id
    applications = applications_collection(stage.database)
    stored = applications.find_one({"candidate_id": account_id})
    assert stored

    def leave_upload() -> None:
        # What a killed function leaves: an upload that was neither completed nor aborted.
        key = object_key(EXPORTS, account_id, new_id())
        s3.create_multipart_upload(Bucket=stage.bucket, Key=key)

    def produce() -> None:
        leave_upload()
        put_file(stage, PDF, {})
        applications.replace_one({"_id": stored["_id"]}, stored, upsert=True)
        stage.invoke("applications/sweep", SCHEDULED_EVENT)

    leave_upload()
    stage.call("POST", "/v1/account/deletion", {"password": PASSWORD})
    for call in ("s3:AbortMultipartUpload", "s3:DeleteObjects"):
        stage.until_recorded("applications/sweep", call, produce)
