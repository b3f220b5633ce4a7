"""Routes of amendments: change an application, and read its revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chalicelib.auth.errors import SessionExpired
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import count
from chalicelib.http.requests import correlation_id
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.applications.errors import (
    AmendmentRefused,
    ApplicationNotFound,
    FormChanged,
    IdempotencyKeyReused,
    InvalidAnswers,
    RevisionNotFound,
)
from chalicelib.recruiting.applications.models import (
    ApplicationContent,
    Receipt,
    Revision,
    Revisions,
)
from chalicelib.recruiting.applications.routes import CANDIDATE
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.pipeline.policies import APPLICATION, REVIEWERS
from chalicelib.recruiting.postings.errors import PostingClosed, PostingNotFound

if TYPE_CHECKING:
    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.recruiting.amendments.revision_reader import RevisionReader
    from chalicelib.recruiting.amendments.service import AmendmentService
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder

blueprint = Blueprint(__name__)


class AmendmentServices(Protocol):
    """The container of amendments, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def applicants(self) -> ApplicantFinder:
        """Finds applications for members of employers."""

    @property
    def service(self) -> AmendmentService:
        """Accepts amendments."""

    @property
    def reader(self) -> RevisionReader:
        """Reads revisions."""


@blueprint.post(
    "/v1/applications/{application_id}/amendment",
    policy=CANDIDATE,
    body=ApplicationContent,
    response={202: Receipt},
    errors=(
        SessionExpired,
        ApplicationNotFound,
        AmendmentRefused,
        PostingNotFound,
        PostingClosed,
        FormChanged,
        InvalidAnswers,
        IdempotencyKeyReused,
        TooManyRequests,
    ),
    headers={"Location": "The URL of the application, relative to this one"},
    idempotent=True,
)
def amend(
    application_id: str,
    body: ApplicationContent,
    caller: Caller,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: AmendmentServices,
) -> Response:
    """Accept a new content for an application. It replaces the whole content once it is stored.

    The answer means that it is stored durably in the queue.
    """
    receipt, is_new = services.service.amend(
        caller.account_id,
        application_id,
        body,
        correlation_id(request),
        idempotency_key,
        caller.session_id,
    )
    if is_new:
        count("amendment_accepted")
    return json_response(receipt, status=202, headers={"Location": f"../{receipt.id}"})


@blueprint.get(
    "/v1/applications/{application_id}/revisions",
    policy=CANDIDATE,
    response={200: Revisions},
    errors=(ApplicationNotFound,),
)
def list_own_revisions(
    application_id: str, caller: Caller, services: AmendmentServices
) -> Revisions:
    """List the revisions of a stored application, oldest first."""
    reader = services.reader
    return reader.list(reader.find_own(caller.account_id, application_id))


@blueprint.get(
    "/v1/applications/{application_id}/revisions/{revision}",
    policy=CANDIDATE,
    response={200: Revision},
    errors=(ApplicationNotFound, RevisionNotFound),
)
def get_own_revision(
    application_id: str, revision: str, caller: Caller, services: AmendmentServices
) -> Revision:
    """Return what the candidate sent with a revision."""
    reader = services.reader
    return reader.get(reader.find_own(caller.account_id, application_id), revision)


@blueprint.get(
    f"{APPLICATION}/revisions",
    policy=REVIEWERS,
    response={200: Revisions},
    errors=(ApplicantNotFound,),
)
def list_revisions(
    employer_id: str, application_id: str, caller: Member, services: AmendmentServices
) -> Revisions:
    """List the revisions of an application, oldest first."""
    found = services.applicants.find(viewer_of(caller), application_id)
    return services.reader.list(found.document)


@blueprint.get(
    f"{APPLICATION}/revisions/{{revision}}",
    policy=REVIEWERS,
    response={200: Revision},
    errors=(ApplicantNotFound, RevisionNotFound),
)
def get_revision(
    employer_id: str,
    application_id: str,
    revision: str,
    caller: Member,
    services: AmendmentServices,
) -> Revision:
    """Return what the candidate sent with a revision."""
    viewer = viewer_of(caller)
    found = services.applicants.find(viewer, application_id)
    return services.reader.get(found.document, revision, with_files=viewer.sees_contact_details)
