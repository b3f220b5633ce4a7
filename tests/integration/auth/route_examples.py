"""A valid request for every route. Tests of all routes are generated from them.

A route below ``/v1/employers/{employer_id}`` is sent by a member of ``scene.employer(whose)``. Its
example makes what the path names inside that employer, so that the tests can also ask for a thing
of another employer.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import msgspec
import pyotp

import app as api
from chalicelib.auth.accounts.repository import credentials_fingerprint
from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.credentials.passwords import hash_password
from chalicelib.auth.models import Role
from chalicelib.auth.services.administration import RoleGrant
from chalicelib.auth.services.email_address import EmailChange, EmailChangeConfirmation
from chalicelib.auth.services.login import LoginRequest, RefreshRequest
from chalicelib.auth.services.password import PasswordChange, PasswordReset, PasswordResetRequest
from chalicelib.auth.services.reauthentication import Reauthentication
from chalicelib.auth.services.registration import Registration, RegistrationConfirmation
from chalicelib.auth.services.second_factor import SecondFactorConfirmation
from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.common.versions import ExpectedVersions
from chalicelib.http.routing import all_routes
from chalicelib.notifications.models import SuppressionReason
from chalicelib.recruiting.applications.models import (
    ApplicationContent,
    ApplicationDraft,
    PostingReference,
    Receipt,
)
from chalicelib.recruiting.bulk.models import OperationDraft, OperationRequest, Origin
from chalicelib.recruiting.consents.models import NoticeDraft
from chalicelib.recruiting.employers.invitation_models import InvitationAcceptance, InvitationDraft
from chalicelib.recruiting.employers.models import (
    EmployerChange,
    EmployerDraft,
    MemberRole,
    RoleChange,
)
from chalicelib.recruiting.employers.policies import MemberPolicy
from chalicelib.recruiting.erasure.models import HoldDraft
from chalicelib.recruiting.files.models import AttachedFile, FileDraft, FileType
from chalicelib.recruiting.files.objects import Description, StoredObject
from chalicelib.recruiting.forms.models import FormDraft
from chalicelib.recruiting.guest_applications.models import (
    GuestApplicationConfirmation,
    GuestApplicationDraft,
    GuestApplicationLink,
)
from chalicelib.recruiting.pipeline.applicants import Viewer
from chalicelib.recruiting.pipeline.jobs import CommandKind, CommandRequest, RejectionEmail
from chalicelib.recruiting.pipeline.models import (
    DecisionRequest,
    MoveRequest,
    PreviewRequest,
    RejectionRequest,
)
from chalicelib.recruiting.postings.employer_models import (
    PostingChanges,
    PostingDraft,
    ReopeningRequest,
)
from chalicelib.recruiting.profiles.models import ImportRequest, ProfileDraft
from chalicelib.recruiting.rejections.models import ReasonsDraft, TemplateChange, TemplateDraft
from chalicelib.recruiting.review.models import NoteDraft
from chalicelib.recruiting.review.scorecard_models import ScorecardDraft
from chalicelib.web_client.routes import web_client
from tests.integration.auth.people import OTHER_PASSWORD, PASSWORD, Person, create_person
from tests.integration.auth.stored_data import newest_link_token
from tests.integration.recruiting.candidates import drain_applications
from tests.integration.recruiting.steps import publish
from tests.support.files import PDF, TXT, upload

NOBODY, CANDIDATE, ADMIN = "nobody", Role.CANDIDATE.value, Role.ADMIN.value
# Every kind of caller. An account with a role at an employer is the account of a candidate.
CALLERS = (NOBODY, CANDIDATE, *(role.value for role in MemberRole), ADMIN)
OF_AN_EMPLOYER = "/v1/employers/{employer_id}"


def callers_allowed(policy: Any) -> set[str]:
    """Return the kinds of callers that a policy admits."""
    if policy.roles is None:
        return set(CALLERS)
    if isinstance(policy, MemberPolicy):
        return set(policy.roles)
    members = {role.value for role in MemberRole} if CANDIDATE in policy.roles else set()
    return {*(policy.roles & set(CALLERS)), *members}


@dataclass(frozen=True)
class Scene:
    """The data of a request: ``me``, who sends it, and ``other``, who owns the same things.

    If ``who`` is a role of members, each of them has it at an employer of their own. What few
    requests need is created on first use.
    """

    parts: Container
    who: str
    number: int
    me: Person
    # Whether an interviewer is assigned to the applications.
    assigns: bool = True
    employers: dict[str, str] = field(default_factory=dict)
    # Of each employer, the posting that applications are for.
    applied_for: dict[str, str] = field(default_factory=dict)

    @cached_property
    def other(self) -> Person:
        return create_person(self.parts, f"other{self.number}@example.com", self.me.role)

    @cached_property
    def posting(self) -> str:
        return publish(self.parts)

    def bounce(self) -> dict[str, str]:
        """Let an e-mail to the caller come back. The path of the request names nothing."""
        suppressions = self.parts.notifications.suppressions
        key = suppressions.key_of(self.me.email)
        suppressions.add(key, SuppressionReason.BOUNCE, times.now())
        return {}

    def employer(self, whose: Person) -> str:
        """Return the id of the employer of a person. Somebody else is its owner."""
        if whose.id not in self.employers:
            parts, founder = self.parts.employers, new_id()
            made = parts.employers.create(f"yard-{whose.id}", "Yard", "", founder)
            if self.who in set(MemberRole):
                parts.memberships.add(whose.id, made.id, MemberRole(self.who))
            self.employers[whose.id] = made.id
        return self.employers[whose.id]

    def employer_posting(self, whose: Person, state: str = "draft") -> str:
        """Create a complete posting of the employer of a person, who is in its team."""
        postings, employer_id = self.parts.postings, self.employer(whose)
        draft = msgspec.convert(COMPLETE, PostingDraft)
        made = postings.drafts.create(employer_id, draft)
        if self.who in set(MemberRole):
            changes = PostingChanges(team=[whose.id])
            made = postings.publications.change(
                employer_id, made.id, changes, ExpectedVersions(None), whose.id
            )
        if state != "draft":
            postings.publications.publish(employer_id, made.id)
        if state == "closed":
            postings.publications.close(employer_id, made.id)
        return made.id

    def open_posting(self, whose: Person) -> str:
        """Return a posting of the employer of a person that applications are for."""
        employer_id = self.employer(whose)
        if employer_id not in self.applied_for:
            self.applied_for[employer_id] = self.employer_posting(whose, "published")
        return self.applied_for[employer_id]

    def public_posting(self) -> dict[str, str]:
        """Publish a posting of my employer. Return its id and the slug of the employer."""
        posting = self.employer_posting(self.me, "published")
        slug = self.parts.employers.employers.get(self.employer(self.me)).slug
        return {"slug": slug, "posting_id": posting}

    def create_link_token(self, purpose: LinkPurpose, email: str, **details: Any) -> str:
        """Create an e-mail link. Return its token."""
        self.parts.auth.email_links.create(purpose, email, **details)
        return newest_link_token(self.parts, purpose, email)

    def invite(self, whose: Person, email: str) -> str:
        """Create an invitation of the employer of a person. Return its id."""
        employer, parts = self.employer(whose), self.parts.employers
        [founder, *_] = parts.memberships.find_all(employer)
        made = parts.invitations.create(employer, email, MemberRole.RECRUITER, founder.account_id)
        assert made is not None
        return made.id

    def create_invitation_token(self) -> str:
        """Return the token of an invitation of another employer to ``me``."""
        found = self.parts.employers.invitations.find(
            self.employer(self.other), self.invite(self.other, self.me.email)
        )
        assert found is not None
        return self.parts.employers.invitation_tokens.issue(found)

    def create_guest_application_token(self) -> str:
        """Store a guest application of an address without an account. Return its token."""
        guests, posting = self.parts.recruiting.guest_applications, self.posting
        one = self.parts.recruiting.catalogue.get(posting)
        reference = PostingReference(posting, one.title, one.employer, one.location)
        guest_id, _ = guests.guests.create(
            f"new.{self.me.email}", "Ada", reference, None, ApplicationDraft("Hello"), sent=True
        )
        found = guests.guests.find(guest_id)
        assert found is not None
        return guests.tokens.issue(found)

    def application(self, whose: Person) -> str:
        return self.receipt(whose).id

    def file_token(self) -> str:
        """Return the token of a file of mine, without the file."""
        stored = StoredObject(Description("resume.pdf", "pdf", "ab" * 32), 9, times.now())
        completed = self.parts.files.tokens.issue(self.me.id, new_id(), stored)
        assert completed
        return completed.token

    def application_draft(self) -> dict[str, Any]:
        return {
            "cover_letter": "Hello",
            "links": ["https://example.com/cv"],
            "form_version": 0,
            "answers": {},
            "file_answers": {},
            "files": [self.file_token()],
        }

    def stored_application(self, whose: Person) -> str:
        application_id = self.application(whose)
        drain_applications(self.parts)
        return application_id

    def applicant(self, whose: Person) -> str:
        """Store an application for a posting of the employer of a person. Return its id."""
        posting_id, application_id = self.open_posting(whose), new_id()
        now = times.now()
        self.parts.recruiting.applications.insert(
            [
                {
                    "_id": application_id,
                    "employer_id": self.employer(whose),
                    "posting_id": posting_id,
                    "candidate_id": new_id(),
                    "cover_letter": "Hello",
                    "links": [],
                    "files": [msgspec.to_builtins(AttachedFile(new_id(), "a.pdf", "pdf", 9, ""))],
                    **self.assignment(whose),
                    "active": True,
                    "stage": "new",
                    "version": 2,
                    **dict.fromkeys(("entered_at", "accepted_at", "stored_at"), now),
                }
            ]
        )
        return application_id

    def sent_application(self, whose: Person) -> dict[str, str]:
        """Store an application for a posting of the employer of a person, who is in its team."""
        posting = self.open_posting(whose)
        candidate = create_person(self.parts, f"{new_id()}@example.com")
        receipt, _ = self.parts.recruiting.apply_service.apply(
            candidate.id, posting, ApplicationDraft(), "-"
        )
        drain_applications(self.parts)
        self.parts.database["applications"].update_one(
            {"_id": receipt.id}, {"$set": {**self.assignment(whose), "active": True}}
        )
        return {"employer_id": self.employer(whose), "application_id": receipt.id}

    def assignment(self, whose: Person) -> dict[str, Any]:
        """Return the fields of an application that is assigned to a person, an interviewer."""
        member = self.parts.employers.memberships.find(whose.id, self.employer(whose))
        if self.who != MemberRole.INTERVIEWER or not self.assigns or member is None:
            return {}
        assignment = {
            "id": new_id(),
            "account_id": whose.id,
            "membership": member.membership,
            "at": times.now(),
        }
        return {"interviewers": [assignment]}

    def reviewed_posting(self, whose: Person) -> str:
        """Store an application for a posting of the employer of a person. Return the posting."""
        stored = self.parts.database["applications"].find_one({"_id": self.applicant(whose)})
        assert stored
        return str(stored["posting_id"])

    def rejected_applicant(self, whose: Person) -> dict[str, str]:
        """Store an application and reject it, with an e-mail that waits."""
        names, founder = (
            self.sent_application(whose),
            Viewer(self.employer(whose), "", only_team=False),
        )
        rejection = CommandRequest(CommandKind.REJECT, "new", email=RejectionEmail("", 60))
        self.parts.recruiting.pipeline.command_service.accept(
            founder, names["application_id"], rejection, "-"
        )
        drain_applications(self.parts)
        return names

    def command(self, whose: Person) -> dict[str, str]:
        """Store an application and accept a command for it."""
        names, founder = (
            self.sent_application(whose),
            Viewer(self.employer(whose), "", only_team=False),
        )
        command = self.parts.recruiting.pipeline.command_service.accept(
            founder, names["application_id"], CommandRequest(CommandKind.HIRE, "new"), "-"
        )
        return {**names, "command_id": command.id}

    def operation_draft(self, whose: Person | None = None) -> dict[str, Any]:
        """Store an application for the employer of a person, by default ``me``. Select it."""
        application_id = self.applicant(whose or self.me)
        [stored] = self.parts.database["applications"].find({"_id": application_id})
        return {
            "posting_id": stored["posting_id"],
            "action": {
                "kind": "reject",
                "reason": "skills",
                "send_email": True,
                "message": "Thank you.",
                "send_after_minutes": 0,
            },
            "applications": [{"id": application_id, "expected_stage": "new"}],
            "query": None,
        }

    def operation_request(self, whose: Person | None = None) -> dict[str, Any]:
        """Return the body that starts an operation for a new application."""
        draft = self.operation_draft(whose)
        founder = Viewer(self.employer(whose or self.me), "", only_team=False)
        preview = self.parts.bulk.bulk_service.preview(
            founder, msgspec.convert(draft, OperationDraft)
        )
        return {**draft, "selection": preview.selection}

    def operation(self, whose: Person) -> dict[str, str]:
        """Start an operation of the employer of a person."""
        request = msgspec.convert(self.operation_request(whose), OperationRequest)
        founder = Viewer(self.employer(whose), "", only_team=False)
        started = self.parts.bulk.bulk_service.start(founder, request, Origin("-"))
        return {"employer_id": self.employer(whose), "operation_id": started.id}

    def receipt(self, whose: Person) -> Receipt:
        receipt, _ = self.parts.recruiting.apply_service.apply(
            whose.id, self.posting, ApplicationDraft(), "-"
        )
        return receipt

    def publish_heads(self) -> None:
        """Move the accepted logs to MongoDB, and publish their heads."""
        if self.parts.equation.accepted_log.find_beginning() is None:
            self.parts.equation.checker.begin()
        self.parts.equation.log_mover.move(5)
        self.parts.proofs.publish()

    def proven_application(self, whose: Person) -> dict[str, str]:
        application_id = self.application(whose)
        drain_applications(self.parts)
        self.publish_heads()
        return {"application_id": application_id}

    def proven_applicant(self, whose: Person) -> dict[str, str]:
        names = self.sent_application(whose)
        self.publish_heads()
        return names

    def data_export(self, whose: Person) -> str:
        """Start an export of the account of a person, which is ready. Return its id."""
        exports = self.parts.data_exports.exports
        started = exports.start(whose.id)
        claimed = exports.claim(started["_id"]) if started else None
        assert claimed
        exports.set_ready(claimed, 9)
        return str(claimed["_id"])

    def first_code(self) -> str:
        secret, _ = self.parts.auth.second_factors.propose(self.parts.auth.accounts.get(self.me.id))
        return pyotp.TOTP(secret).now()


def make_scene(parts: Container, who: str = CANDIDATE, number: int = 0) -> Scene:
    role = Role.ADMIN if who == ADMIN else Role.CANDIDATE
    scene = Scene(parts, who, number, create_person(parts, f"me{number}@example.com", role))
    scene.employer(scene.me)
    return scene


COMPLETE = {
    "title": "Boat builder",
    "description": "Build boats.",
    "workplace": "on-site",
    "employment": "full-time",
    "place": {"country": "NO", "region": "Vestland", "city": "Bergen"},
    "pay": {"min": 500_000, "max": 600_000, "currency": "NOK", "period": "year"},
    "closes": {"date_time": "2099-11-30T23:59", "time_zone": "Europe/Oslo"},
}
TEMPLATE = {"name": "After an interview", "message": "Thank you.", "is_default": True}
RESUME = {
    "basics": {"name": "Ada Byron", "location": {"city": "Bergen"}},
    "work": [{"name": "Yard & Sons", "startDate": "2019-05", "highlights": ["Two boats"]}],
}
PathNames = Callable[[Scene, Person], dict[str, str]]


@dataclass(frozen=True)
class Example:
    """A valid request. ``body`` has every field of the model, ``names`` fills the path."""

    model: type[msgspec.Struct] | None = None
    body: Callable[[Scene], dict[str, Any]] | None = None
    names: PathNames = field(default=lambda scene, whose: {})
    query: Callable[[Scene, Person], str] = field(default=lambda scene, whose: "")


def posting_id(scene: Scene, whose: Person) -> dict[str, str]:
    return {"posting_id": scene.posting}


def proven_posting_id(scene: Scene, whose: Person) -> dict[str, str]:
    """Name a posting with an application in a published head."""
    scene.proven_application(create_person(scene.parts, f"{new_id()}@example.com"))
    return posting_id(scene, whose)


def employer_id(scene: Scene, whose: Person) -> dict[str, str]:
    return {"employer_id": scene.employer(whose)}


def joined_employer_id(scene: Scene, whose: Person) -> dict[str, str]:
    """Name an employer that ``whose`` is a member of, in whatever role."""
    employer = scene.employer(whose)
    scene.parts.employers.memberships.add(whose.id, employer, MemberRole.RECRUITER)
    return {"employer_id": employer}


def colleague(scene: Scene, whose: Person) -> dict[str, str]:
    """Name another member of the employer of ``whose``."""
    employer, account_id = scene.employer(whose), new_id()
    scene.parts.employers.memberships.add(account_id, employer, MemberRole.RECRUITER)
    return {"employer_id": employer, "account_id": account_id}


def employer_posting_id(scene: Scene, whose: Person) -> dict[str, str]:
    return {**employer_id(scene, whose), "posting_id": scene.employer_posting(whose)}


def published_posting_id(scene: Scene, whose: Person) -> dict[str, str]:
    posting_id = scene.employer_posting(whose, "published")
    return {**employer_id(scene, whose), "posting_id": posting_id}


def closed_posting_id(scene: Scene, whose: Person) -> dict[str, str]:
    posting_id = scene.employer_posting(whose, "closed")
    return {**employer_id(scene, whose), "posting_id": posting_id}


def applicant_id(scene: Scene, whose: Person) -> dict[str, str]:
    return {**employer_id(scene, whose), "application_id": scene.applicant(whose)}


def interviewer_id(scene: Scene, whose: Person) -> dict[str, str]:
    """Name another member, and an applicant of the employer of ``whose``."""
    return {**colleague(scene, whose), "application_id": scene.applicant(whose)}


def applicant_file_id(scene: Scene, whose: Person) -> dict[str, str]:
    """Name a file of an applicant of the employer of ``whose``."""
    names = applicant_id(scene, whose)
    stored = scene.parts.database["applications"].find_one({"_id": names["application_id"]})
    assert stored
    return {**names, "file_id": stored["files"][0]["id"]}


def completed_file_id(
    scene: Scene, whose: Person, content: bytes = PDF, file_type: FileType = "pdf"
) -> str:
    """Upload a file of ``whose``. Return its id."""
    file_id = upload(scene.parts, whose.id, content, file_type=file_type)
    scene.parts.files.upload_service.complete(whose.id, file_id)
    return file_id


def note_id(scene: Scene, whose: Person) -> dict[str, str]:
    """Name a note of the caller about an applicant of the employer of ``whose``."""
    names = applicant_id(scene, whose)
    note = scene.parts.review.applicants.add_note(
        names["employer_id"], names["application_id"], scene.me.id, "Call her."
    )
    assert note
    return {**names, "note_id": note["id"]}


def notice_id(scene: Scene, whose: Person) -> dict[str, str]:
    """Name a privacy notice of the employer of ``whose``."""
    added = scene.parts.consents.notices.add(scene.employer(whose), 1, "Our notice", new_id())
    assert added
    return {"notice_id": added.notice.id}


def template_id(scene: Scene, whose: Person) -> dict[str, str]:
    """Name a template of the employer of ``whose``."""
    made = scene.parts.rejections.settings_service.create_template(
        scene.employer(whose), msgspec.convert(TEMPLATE, TemplateDraft)
    )
    return {**employer_id(scene, whose), "template_id": made.id}


def posting_content(scene: Scene) -> dict[str, Any]:
    """Return every field of a posting. The team is as ``Scene.employer_posting`` makes it."""
    stages = [
        {"id": kind, "name": kind, "candidate_words": kind, "kind": kind}
        for kind in ("open", "hired", "rejected")
    ]
    team = [scene.me.id] if scene.who in set(MemberRole) else []
    return {**COMPLETE, "stages": stages, "team": team}


def invitation(scene: Scene, whose: Person) -> dict[str, str]:
    """Name an invitation of the employer of ``whose``."""
    return {
        "employer_id": scene.employer(whose),
        "invitation_id": scene.invite(whose, "x@y.example"),
    }


def reauthentication(scene: Scene) -> dict[str, Any]:
    return {"password": PASSWORD, "code": "000000"}


def refresh_request(scene: Scene) -> dict[str, Any]:
    return {"refresh_token": scene.me.refresh_token}


EXAMPLES = {
    "GET /": Example(),
    "GET /.well-known/jwks.json": Example(),
    "GET /assets/{version}/{name}": Example(
        names=lambda scene, whose: {"version": web_client().version, "name": "main.js"}
    ),
    "GET /assets/{version}/{folder}/{name}": Example(
        names=lambda scene, whose: {
            "version": web_client().version,
            "folder": "core",
            "name": "api-client.js",
        }
    ),
    "GET /feeds/{name}": Example(
        names=lambda scene, whose: {"name": f"{scene.public_posting()['slug']}.atom"}
    ),
    "GET /health/live": Example(),
    "GET /health/ready": Example(),
    "GET /jobs/{slug}": Example(
        names=lambda scene, whose: {"slug": scene.public_posting()["slug"]}
    ),
    "GET /jobs/{slug}/{posting_id}": Example(names=lambda scene, whose: scene.public_posting()),
    "GET /openapi.json": Example(),
    "GET /robots.txt": Example(),
    "GET /sitemap.xml": Example(),
    "GET /v1/account": Example(),
    "POST /v1/account/deletion": Example(Reauthentication, reauthentication),
    "POST /v1/account/email": Example(
        EmailChange,
        lambda scene: {
            "password": PASSWORD,
            "email": f"new.{scene.me.email}",
            "code": "1",
        },
    ),
    "POST /v1/account/email/confirmation": Example(
        EmailChangeConfirmation,
        lambda scene: {
            "token": scene.create_link_token(
                LinkPurpose.CHANGE_EMAIL,
                f"new.{scene.me.email}",
                account_id=scene.me.id,
                credentials=credentials_fingerprint(scene.parts.auth.accounts.get(scene.me.id)),
            )
        },
    ),
    "POST /v1/account/email/retry": Example(names=lambda scene, whose: scene.bounce()),
    "POST /v1/account/password": Example(
        PasswordChange,
        lambda scene: {"current_password": PASSWORD, "password": OTHER_PASSWORD, "code": "1"},
    ),
    "POST /v1/account/second-factor": Example(Reauthentication, reauthentication),
    "POST /v1/account/second-factor/confirmation": Example(
        SecondFactorConfirmation, lambda scene: {"code": scene.first_code()}
    ),
    "POST /v1/account/second-factor/removal": Example(Reauthentication, reauthentication),
    "GET /v1/account/export": Example(),
    "POST /v1/account/export": Example(),
    "GET /v1/account/export/{export_id}": Example(
        names=lambda scene, whose: {"export_id": scene.data_export(whose)}
    ),
    "GET /v1/account/memberships": Example(),
    "DELETE /v1/account/memberships/{employer_id}": Example(names=joined_employer_id),
    "GET /v1/account/profile": Example(),
    "PUT /v1/account/profile": Example(
        ProfileDraft, lambda scene: {"resume": RESUME, "keeps_last_sent": True}
    ),
    "DELETE /v1/account/profile": Example(),
    "POST /v1/account/profile/import": Example(
        ImportRequest,
        lambda scene: {
            "format": "json-resume",
            "content": base64.b64encode(msgspec.json.encode(RESUME)).decode(),
        },
    ),
    "GET /v1/account/profile/last-sent": Example(),
    "GET /v1/account/sessions": Example(),
    "DELETE /v1/account/sessions": Example(),
    "DELETE /v1/account/sessions/{session_id}": Example(
        names=lambda scene, whose: {"session_id": whose.session_id}
    ),
    "GET /v1/accounts": Example(query=lambda scene, whose: f"?email={whose.email}"),
    "POST /v1/accounts": Example(
        Registration,
        lambda scene: {"email": f"new.{scene.me.email}", "name": "Ada", "password": PASSWORD},
    ),
    "POST /v1/accounts/confirmation": Example(
        RegistrationConfirmation,
        lambda scene: {
            "token": scene.create_link_token(
                LinkPurpose.REGISTER,
                f"new.{scene.me.email}",
                name="Ada",
                password=hash_password(PASSWORD),
            ),
            "password": PASSWORD,
        },
    ),
    "PUT /v1/accounts/{account_id}/role": Example(
        RoleGrant,
        lambda scene: {"role": "admin"},
        names=lambda scene, whose: {"account_id": whose.id},
    ),
    "GET /v1/applications": Example(),
    "GET /v1/applications/{application_id}/log-proof": Example(names=Scene.proven_application),
    "GET /v1/applications/{application_id}/receipt": Example(
        names=lambda scene, whose: {"application_id": scene.application(whose)}
    ),
    "GET /v1/applications/{application_id}": Example(
        names=lambda scene, whose: {"application_id": scene.application(whose)}
    ),
    "POST /v1/applications/{application_id}/amendment": Example(
        ApplicationContent,
        Scene.application_draft,
        names=lambda scene, whose: {"application_id": scene.application(whose)},
    ),
    "GET /v1/applications/{application_id}/revisions": Example(
        names=lambda scene, whose: {"application_id": scene.stored_application(whose)}
    ),
    "GET /v1/applications/{application_id}/revisions/{revision}": Example(
        names=lambda scene, whose: {
            "application_id": scene.stored_application(whose),
            "revision": "1",
        }
    ),
    "POST /v1/applications/{application_id}/erasure": Example(
        names=lambda scene, whose: {"application_id": scene.application(whose)}
    ),
    "POST /v1/applications/{application_id}/withdrawal": Example(
        names=lambda scene, whose: {"application_id": scene.application(whose)}
    ),
    "POST /v1/employers": Example(
        EmployerDraft,
        lambda scene: {"name": "Yard", "slug": f"new-{scene.me.id}", "about": "We build ships."},
    ),
    "GET /v1/employers/{employer_id}": Example(names=employer_id),
    "PATCH /v1/employers/{employer_id}": Example(
        EmployerChange,
        lambda scene: {
            "name": "Yard",
            "slug": "new-yard",
            "about": "Ships",
            "rejection_delay_minutes": 0,
            "retention_days": 365,
            "application_limit": {"count": 3, "days": 30},
        },
        names=employer_id,
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}/commands/{command_id}": Example(
        names=Scene.command
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}/events": Example(
        names=Scene.sent_application
    ),
    "POST /v1/employers/{employer_id}/applications/{application_id}/erasure": Example(
        names=Scene.sent_application
    ),
    "DELETE /v1/employers/{employer_id}/applications/{application_id}/hold": Example(
        names=Scene.sent_application
    ),
    "PUT /v1/employers/{employer_id}/applications/{application_id}/hold": Example(
        HoldDraft, lambda scene: {"reason": "A claim in court"}, names=Scene.sent_application
    ),
    "DELETE /v1/employers/{employer_id}/postings/{posting_id}/hold": Example(
        names=employer_posting_id
    ),
    "PUT /v1/employers/{employer_id}/postings/{posting_id}/hold": Example(
        HoldDraft, lambda scene: {"reason": "A claim in court"}, names=employer_posting_id
    ),
    "GET /v1/employers/{employer_id}/holds": Example(names=employer_id),
    "GET /v1/employers/{employer_id}/retention": Example(names=employer_id),
    "POST /v1/employers/{employer_id}/applications/{application_id}/hire": Example(
        DecisionRequest, lambda scene: {"expected_stage": "new"}, names=Scene.sent_application
    ),
    "POST /v1/employers/{employer_id}/applications/{application_id}/hire-proposal": Example(
        DecisionRequest, lambda scene: {"expected_stage": "new"}, names=Scene.sent_application
    ),
    "POST /v1/employers/{employer_id}/applications/{application_id}/move": Example(
        MoveRequest,
        lambda scene: {"expected_stage": "new", "stage": "review"},
        names=Scene.sent_application,
    ),
    "POST /v1/employers/{employer_id}/applications/{application_id}/reinstatement": Example(
        DecisionRequest, lambda scene: {"expected_stage": "new"}, names=Scene.sent_application
    ),
    "POST /v1/employers/{employer_id}/applications/{application_id}/rejection": Example(
        RejectionRequest,
        lambda scene: {
            "expected_stage": "new",
            "reason": "experience",
            "send_email": True,
            "message": "Thank you.",
            "send_after_minutes": 0,
        },
        names=Scene.sent_application,
    ),
    "DELETE /v1/employers/{employer_id}/applications/{application_id}/rejection/email": Example(
        names=Scene.rejected_applicant
    ),
    "POST /v1/employers/{employer_id}/applications/{application_id}/rejection/preview": Example(
        PreviewRequest, lambda scene: {"message": "Thank you."}, names=Scene.sent_application
    ),
    "GET /v1/employers/{employer_id}/invitations": Example(names=employer_id),
    "POST /v1/employers/{employer_id}/invitations": Example(
        InvitationDraft,
        lambda scene: {"email": f"new.{scene.me.email}", "role": "recruiter"},
        names=employer_id,
    ),
    "DELETE /v1/employers/{employer_id}/invitations/{invitation_id}": Example(names=invitation),
    "GET /v1/employers/{employer_id}/applications": Example(
        names=employer_id, query=lambda scene, whose: f"?posting_id={scene.reviewed_posting(whose)}"
    ),
    "GET /v1/employers/{employer_id}/applications/counts": Example(
        names=employer_id, query=lambda scene, whose: f"?posting_id={scene.reviewed_posting(whose)}"
    ),
    "GET /v1/employers/{employer_id}/applications/posting-counts": Example(
        names=employer_id,
        query=lambda scene, whose: f"?posting_ids={scene.reviewed_posting(whose)}",
    ),
    "GET /v1/employers/{employer_id}/applications/export": Example(
        names=employer_id, query=lambda scene, whose: f"?posting_id={scene.employer_posting(whose)}"
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}": Example(names=applicant_id),
    "GET /v1/employers/{employer_id}/applications/{application_id}/notes": Example(
        names=applicant_id
    ),
    "POST /v1/employers/{employer_id}/applications/{application_id}/notes": Example(
        NoteDraft, lambda scene: {"text": "Call her."}, names=applicant_id
    ),
    "DELETE /v1/employers/{employer_id}/applications/{application_id}/notes/{note_id}": Example(
        names=note_id
    ),
    "DELETE /v1/employers/{employer_id}/applications/{application_id}/scorecard": Example(
        names=applicant_id
    ),
    "PUT /v1/employers/{employer_id}/applications/{application_id}/scorecard": Example(
        ScorecardDraft, lambda scene: {"rating": 4, "comment": "Builds boats."}, names=applicant_id
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}/revisions": Example(
        names=applicant_id
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}/revisions/{revision}": Example(
        names=lambda scene, whose: {**applicant_id(scene, whose), "revision": "1"}
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}/scorecards": Example(
        names=applicant_id
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}/file-texts": Example(
        names=applicant_id
    ),
    "GET /v1/employers/{employer_id}/applications/assigned": Example(names=employer_id),
    "GET /v1/employers/{employer_id}/applications/{application_id}/interviewers": Example(
        names=applicant_id
    ),
    "PUT /v1/employers/{employer_id}/applications/{application_id}/interviewers/{account_id}": (
        Example(names=interviewer_id)
    ),
    "DELETE /v1/employers/{employer_id}/applications/{application_id}/interviewers/{account_id}": (
        Example(names=interviewer_id)
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}/files/{file_id}/content": (
        Example(names=applicant_file_id)
    ),
    "GET /v1/employers/{employer_id}/applications/{application_id}/log-proof": Example(
        names=Scene.proven_applicant
    ),
    "GET /v1/employers/{employer_id}/members": Example(names=employer_id),
    "DELETE /v1/employers/{employer_id}/members/{account_id}": Example(names=colleague),
    "PUT /v1/employers/{employer_id}/members/{account_id}/role": Example(
        RoleChange, lambda scene: {"role": "owner"}, names=colleague
    ),
    "GET /v1/employers/{employer_id}/operations": Example(
        names=employer_id, query=lambda scene, whose: f"?posting_id={scene.employer_posting(whose)}"
    ),
    "POST /v1/employers/{employer_id}/operations": Example(
        OperationRequest, Scene.operation_request, names=employer_id
    ),
    "POST /v1/employers/{employer_id}/operations/preview": Example(
        OperationDraft, Scene.operation_draft, names=employer_id
    ),
    "GET /v1/employers/{employer_id}/operations/{operation_id}": Example(names=Scene.operation),
    "DELETE /v1/employers/{employer_id}/operations/{operation_id}/emails": Example(
        names=Scene.operation
    ),
    "GET /v1/employers/{employer_id}/operations/{operation_id}/results": Example(
        names=Scene.operation
    ),
    "GET /v1/employers/{employer_id}/postings": Example(names=employer_id),
    "POST /v1/employers/{employer_id}/postings": Example(
        PostingDraft,
        lambda scene: {**posting_content(scene), "state": "published"},
        names=employer_id,
    ),
    "DELETE /v1/employers/{employer_id}/postings/{posting_id}": Example(names=employer_posting_id),
    "GET /v1/employers/{employer_id}/postings/{posting_id}": Example(names=employer_posting_id),
    "GET /v1/employers/{employer_id}/postings/{posting_id}/form": Example(
        names=employer_posting_id
    ),
    "PUT /v1/employers/{employer_id}/postings/{posting_id}/form": Example(
        FormDraft,
        lambda scene: {"questions": [{"id": "why", "kind": "text", "label": "Why boats?"}]},
        names=employer_posting_id,
    ),
    "GET /v1/employers/{employer_id}/postings/{posting_id}/equation": Example(
        names=employer_posting_id
    ),
    "PATCH /v1/employers/{employer_id}/postings/{posting_id}": Example(
        PostingChanges, posting_content, names=employer_posting_id
    ),
    "POST /v1/employers/{employer_id}/postings/{posting_id}/closing": Example(
        names=published_posting_id
    ),
    "POST /v1/employers/{employer_id}/postings/{posting_id}/copy": Example(
        names=employer_posting_id
    ),
    "POST /v1/employers/{employer_id}/postings/{posting_id}/publication": Example(
        names=employer_posting_id
    ),
    "POST /v1/employers/{employer_id}/postings/{posting_id}/reopening": Example(
        ReopeningRequest, lambda scene: {"closes": COMPLETE["closes"]}, names=closed_posting_id
    ),
    "GET /v1/employers/{employer_id}/privacy-notice": Example(names=employer_id),
    "PUT /v1/employers/{employer_id}/privacy-notice": Example(
        NoticeDraft, lambda scene: {"text": "We read it all."}, names=employer_id
    ),
    "GET /v1/employers/{employer_id}/rejection-reasons": Example(names=employer_id),
    "PUT /v1/employers/{employer_id}/rejection-reasons": Example(
        ReasonsDraft,
        lambda scene: {"reasons": [{"id": "experience", "words": "Too few boats"}]},
        names=employer_id,
    ),
    "GET /v1/employers/{employer_id}/templates": Example(names=employer_id),
    "POST /v1/employers/{employer_id}/templates": Example(
        TemplateDraft, lambda scene: TEMPLATE, names=employer_id
    ),
    "DELETE /v1/employers/{employer_id}/templates/{template_id}": Example(names=template_id),
    "GET /v1/employers/{employer_id}/templates/{template_id}": Example(names=template_id),
    "PATCH /v1/employers/{employer_id}/templates/{template_id}": Example(
        TemplateChange, lambda scene: TEMPLATE, names=template_id
    ),
    "POST /v1/files": Example(
        FileDraft,
        lambda scene: {"name": "My own resume.pdf", "type": "pdf", "bytes": 9, "sha256": "ab" * 32},
    ),
    "POST /v1/files/{file_id}/completion": Example(
        names=lambda scene, whose: {"file_id": upload(scene.parts, whose.id)}
    ),
    "POST /v1/files/{file_id}/copy": Example(
        names=lambda scene, whose: {"file_id": completed_file_id(scene, whose)}
    ),
    "POST /v1/files/{file_id}/facts": Example(
        names=lambda scene, whose: {"file_id": completed_file_id(scene, whose, TXT, "txt")}
    ),
    "GET /v1/files/{file_id}/content": Example(
        names=lambda scene, whose: {"file_id": completed_file_id(scene, whose)}
    ),
    "POST /v1/guest-applications/confirmation": Example(
        GuestApplicationConfirmation,
        lambda scene: {"token": scene.create_guest_application_token(), "open_session": True},
    ),
    "POST /v1/guest-applications/preview": Example(
        GuestApplicationLink, lambda scene: {"token": scene.create_guest_application_token()}
    ),
    "POST /v1/invitations/acceptance": Example(
        InvitationAcceptance, lambda scene: {"token": scene.create_invitation_token()}
    ),
    "POST /v1/passwords/forgotten": Example(
        PasswordResetRequest, lambda scene: {"email": scene.me.email}
    ),
    "POST /v1/passwords/reset": Example(
        PasswordReset,
        lambda scene: {
            "token": scene.create_link_token(LinkPurpose.RESET_PASSWORD, scene.me.email),
            "password": OTHER_PASSWORD,
        },
    ),
    "GET /v1/postings": Example(),
    "GET /v1/postings/facets": Example(),
    "GET /v1/postings/{posting_id}": Example(names=posting_id),
    "GET /v1/postings/{posting_id}/form": Example(names=posting_id),
    "GET /v1/postings/{posting_id}/log": Example(names=posting_id),
    "GET /v1/postings/{posting_id}/log/consistency": Example(
        names=proven_posting_id, query=lambda scene, whose: "?log=0&first=1&second=1"
    ),
    "GET /v1/postings/{posting_id}/privacy-notice": Example(names=posting_id),
    "POST /v1/postings/{posting_id}/applications": Example(
        ApplicationDraft,
        lambda scene: {**scene.application_draft(), "consent": "default-1"},
        names=posting_id,
    ),
    "GET /v1/receipts/keys": Example(),
    "POST /v1/postings/{posting_id}/guest-applications": Example(
        GuestApplicationDraft,
        lambda scene: {
            "email": f"new.{scene.me.email}",
            "name": "Ada",
            "cover_letter": "Hello",
            "links": ["https://example.com/cv"],
            "form_version": 0,
            "answers": {},
            "file_answers": {},
            "files": [],
            "consent": "default-1",
        },
        names=posting_id,
    ),
    "GET /v1/privacy-notices/{notice_id}": Example(names=notice_id),
    "GET /v1/receipts/{receipt}": Example(
        names=lambda scene, whose: {"receipt": scene.receipt(whose).receipt}
    ),
    "POST /v1/sessions": Example(
        LoginRequest,
        lambda scene: {
            "email": scene.me.email,
            "password": PASSWORD,
            "code": "000000",
            "device_token": "x",
            "deliver": "body",
        },
    ),
    "POST /v1/sessions/end": Example(RefreshRequest, refresh_request),
    "POST /v1/sessions/refresh": Example(RefreshRequest, refresh_request),
}


@cache
def route_policies() -> dict[str, Any]:
    """Return the policies of all routes of the API, by method and path."""
    return {f"{route.method} {route.path}": route.policy for route in all_routes(api.app)}


def make_allowed_scene(parts: Container, name: str) -> Scene:
    """Return a scene whose ``me`` is allowed to call a route."""
    allowed = callers_allowed(route_policies()[name]) - {NOBODY}
    return make_scene(parts, next(who for who in CALLERS if who in allowed))


def example_request(
    name: str, scene: Scene, whose: Person, employer_of: Person | None = None
) -> tuple[str, str, Any]:
    """Return method, path and body of a valid request for things that ``whose`` owns.

    Args:
        name: the route.
        scene: the data of the request.
        whose: the owner of what the path names.
        employer_of: names the employer in the path, if that is not the one of ``whose``.
    """
    example = EXAMPLES[name]
    method, _, path = name.partition(" ")
    names = example.names(scene, whose)
    if employer_of is not None:
        names["employer_id"] = scene.employer(employer_of)
    path = path.format(**names) + example.query(scene, whose)
    return method, path, example.body(scene) if example.body else None


def string_positions(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the positions of all strings in a body."""
    if isinstance(body, str):
        yield at
    elif isinstance(body, dict):
        for key, value in body.items():
            yield from string_positions(value, (*at, key))
    elif isinstance(body, list):
        for key, value in enumerate(body):
            yield from string_positions(value, (*at, key))


def with_value(body: Any, at: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a body with another value at a position."""
    if not at:
        return value
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[at[0]] = with_value(body[at[0]], at[1:], value)
    return copy
