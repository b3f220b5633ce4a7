"""A candidate whose data has canary words, everywhere where data of a candidate can be."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.queue.worker import Leases, drain
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.file_texts.function import TextFunction
from tests.integration.auth.api_requests import body_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.workers import deliver_emails
from tests.integration.employers.test_forms import WHY, put
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.candidates import dead_letter, drain_applications
from tests.support.files import BUCKET, TXT, attachable
from tests.support.lanes import RecordingWaker

WORD = "Zyxcanary"
ADDRESS = "zyxcanary@example.com"


class CanaryFunction:
    """The function of files, which reads the text that a file has.

    Args:
        parts: the container with the bucket.
    """

    def __init__(self, parts: Container) -> None:
        self._parts = parts

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        key = json.loads(Payload)["key"]
        content = self._parts.files.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        text = {"text": content.decode(), "truncated": False, "pages": 1}
        return {"Payload": BytesIO(json.dumps(text).encode())}


class CanaryScene:
    """The candidate, an employer with members, and what all of them did."""

    def __init__(self, yard: Yard, http: Client) -> None:
        self.yard, self.http, self.parts = yard, http, yard.parts
        client: Any = CanaryFunction(self.parts)
        self.parts.file_texts.override(function=TextFunction(lambda: client, "text-function"))
        # The word in everything about the applications from now on.
        self.word = WORD
        self.candidate = create_person(self.parts, ADDRESS, name=f"{WORD} Bird")
        limit = {"application_limit": {"count": 50, "days": 30}}
        self.request(f"/v1/employers/{yard.id}", limit, yard.owner, method="PATCH")
        self.recruiter = yard.member(MemberRole.RECRUITER)
        self.interviewer = yard.member(MemberRole.INTERVIEWER)

    def publish(self) -> Any:
        """Publish a posting with a question."""
        draft = self.yard.create()
        body_of(put(self.yard, draft, [WHY]))
        return self.yard.act(draft, "publication")

    def draft(self) -> dict[str, Any]:
        """Return an application with a file."""
        content = TXT + self.word.encode()
        about = {"file_type": "txt", "name": f"{self.word}.txt"}
        return {
            "cover_letter": f"{self.word} builds boats",
            "links": [f"https://{self.word}.example/"],
            "form_version": 1,
            "answers": {"why": f"{self.word} likes boats"},
            "files": [attachable(self.parts, self.candidate.id, content, **about)],
        }

    def request(self, path: str, body: Any = None, by: Person | None = None, **more: Any) -> Any:
        """Send a request that must be accepted. Return the body of the answer."""
        answer = send(
            self.http, more.pop("method", "POST"), path, body, (by or self.candidate).token, **more
        )
        assert answer.status_code < 300, answer.body
        return json.loads(answer.body) if answer.body else None

    def apply(self, posting: Any = None) -> str:
        """Have an application accepted. Return its id."""
        posting = posting or self.publish()
        path = f"/v1/postings/{posting['id']}/applications"
        application: str = self.request(
            path, self.draft(), Idempotency_Key=WORD + posting["id"] + self.word[0]
        )["id"]
        return application

    def apply_and_store(self) -> str:
        application = self.apply()
        drain_applications(self.parts)
        return application

    def amend(self, application: str) -> None:
        draft = {**self.draft(), "cover_letter": f"{self.word} builds ships"}
        self.request(f"/v1/applications/{application}/amendment", draft)

    def review(self, application: str) -> None:
        """Let members write about an application: notes, scorecards, assignments, a move."""
        path = f"/v1/employers/{self.yard.id}/applications/{application}"
        who, by = self.interviewer.id, self.yard.owner
        self.request(f"{path}/notes", {"text": f"{self.word} is nice."}, self.recruiter)
        self.request(f"{path}/interviewers/{who}", method="PUT", by=by)
        scorecard = {"rating": 4, "comment": f"{self.word} knows oak."}
        self.request(f"{path}/scorecard", scorecard, self.interviewer, method="PUT")

    def reject(self, application: str, minutes: int = 60) -> None:
        path = f"/v1/employers/{self.yard.id}/applications/{application}/rejection"
        body = {
            "expected_stage": self.stored(application)["stage"],
            "message": f"Dear {self.word}, and {{name}}, no.",
            "send_after_minutes": minutes,
        }
        self.request(path, body, self.recruiter, Idempotency_Key=f"reject-{application}")

    def stored(self, application: str) -> Any:
        return self.parts.database["applications"].find_one({"_id": application})

    def reject_in_bulk(self, application: str) -> None:
        """Reject one application by a bulk operation whose message names the candidate."""
        found = self.stored(application)
        draft = {
            "posting_id": found["posting_id"],
            "action": {
                "kind": "reject",
                "message": f"Dear {self.word}, no.",
                "send_after_minutes": 60,
            },
            "applications": [{"id": application, "expected_stage": found["stage"]}],
        }
        path = f"/v1/employers/{self.yard.id}/operations"
        preview = self.request(f"{path}/preview", draft, self.recruiter)
        self.request(path, {**draft, "selection": preview["selection"]}, self.recruiter)

    def invite(self) -> None:
        path = f"/v1/employers/{self.yard.id}/invitations"
        self.request(path, {"email": ADDRESS, "role": "recruiter"}, self.yard.owner)

    def keep_profile_and_export(self) -> None:
        profile = {"resume": {"basics": {"summary": f"{WORD} builds boats"}}}
        self.request("/v1/account/profile", profile, method="PUT")
        export = self.request("/v1/account/export")
        assert self.parts.data_exports.runner.run(export["id"])

    def apply_as_guest(self) -> None:
        draft = {**self.draft(), "email": ADDRESS, "name": f"{WORD} Bird"}
        del draft["files"]
        self.request(f"/v1/postings/{self.publish()['id']}/guest-applications", draft)

    def read_files(self) -> None:
        """Read the texts of all files that wait."""
        drain(
            Leases(self.parts.file_texts.lanes[0]),
            self.parts.file_texts.job_handler,
            drain_id="drain",
            remaining=lambda: 1.0,
            waker=RecordingWaker(),
            observer=LoggingObserver(self.parts.logger, "texts", "texts_read"),
        )

    def do_everything(self) -> dict[str, str]:
        """Have one application in each state. Return their ids by state."""
        made = {name: self.apply_and_store() for name in ("amended", "rejected", "bulk", "stored")}
        self.amend(made["amended"])
        self.review(made["amended"])
        drain_applications(self.parts)
        self.read_files()
        self.parts.review.sweep_index()
        self.amend(made["stored"])
        self.reject(made["rejected"])
        self.reject_in_bulk(made["bulk"])
        drain_applications(self.parts)
        self.parts.bulk.sweep()
        self.invite()
        self.apply_as_guest()
        made["withdrawn"] = self.apply_and_store()
        self.request(f"/v1/applications/{made['withdrawn']}/withdrawal")
        drain_applications(self.parts)
        deliver_emails(self.parts)
        self.keep_profile_and_export()
        made["dead"] = self.apply()
        dead_letter(self.parts, made["dead"])
        made["waiting"] = self.apply()
        return made

    def sweep(self) -> None:
        """Run the tasks of the sweep, and the workers."""
        parts = self.parts
        parts.privacy.candidate_data.remove_orphans()
        parts.erasure.sweeper.sweep()
        parts.bulk.sweep()
        parts.review.sweep_index()
        parts.recruiting.pipeline.sweep_due()
        drain_applications(parts)
        self.read_files()
        parts.equation.log_mover.move(5)
        deliver_emails(parts)
