"""Routes of review: applicants of a posting, and notes about them.

Owners and recruiters see all applicants, a hiring manager those of the postings whose team has the
account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import members
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.review.errors import NoteNotFound, TooManyNotes
from chalicelib.recruiting.review.models import (
    ApplicantCounts,
    ApplicantDetails,
    ApplicantsPage,
    ApplicantsQuery,
    CountsQuery,
    Note,
    NoteDraft,
    Notes,
)

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.review.services import ReviewServices

blueprint = Blueprint(__name__)
REVIEWERS = members(
    MemberRole.OWNER,
    MemberRole.RECRUITER,
    MemberRole.HIRING_MANAGER,
    on="applications to the employer",
)
APPLICATIONS = "/v1/employers/{employer_id}/applications"
APPLICATION = f"{APPLICATIONS}/{{application_id}}"


@blueprint.get(
    APPLICATIONS,
    policy=REVIEWERS,
    query=ApplicantsQuery,
    response={200: ApplicantsPage},
    errors=(PostingNotFound,),
)
def list_applicants(
    employer_id: str, query: ApplicantsQuery, caller: Member, services: ReviewServices
) -> ApplicantsPage:
    """List the applicants of a posting, the newest application first, page by page."""
    return services.review_service.page(viewer_of(caller), query)


@blueprint.get(
    f"{APPLICATIONS}/counts",
    policy=REVIEWERS,
    query=CountsQuery,
    response={200: ApplicantCounts},
    errors=(PostingNotFound,),
)
def count_applicants(
    employer_id: str, query: CountsQuery, caller: Member, services: ReviewServices
) -> ApplicantCounts:
    """Count the applications for a posting by stage."""
    return services.review_service.count(viewer_of(caller), query.posting_id)


@blueprint.get(
    APPLICATION,
    policy=REVIEWERS,
    response={200: ApplicantDetails},
    errors=(ApplicantNotFound,),
    conditional=True,
)
def get_applicant(
    employer_id: str, application_id: str, caller: Member, services: ReviewServices
) -> Response:
    """Return an application with everything that the candidate sent."""
    return json_response(services.review_service.get(viewer_of(caller), application_id))


@blueprint.get(
    f"{APPLICATION}/notes",
    policy=REVIEWERS,
    response={200: Notes},
    errors=(ApplicantNotFound,),
)
def list_notes(
    employer_id: str, application_id: str, caller: Member, services: ReviewServices
) -> Notes:
    """List the notes about an applicant, oldest first."""
    return services.review_service.list_notes(viewer_of(caller), application_id)


@blueprint.post(
    f"{APPLICATION}/notes",
    policy=REVIEWERS,
    body=NoteDraft,
    response={201: Note},
    errors=(ApplicantNotFound, TooManyNotes),
)
def add_note(
    employer_id: str,
    application_id: str,
    body: NoteDraft,
    caller: Member,
    services: ReviewServices,
) -> Note:
    """Add a note about an applicant. Candidates never see it."""
    return services.review_service.add_note(viewer_of(caller), application_id, body)


@blueprint.delete(
    f"{APPLICATION}/notes/{{note_id}}",
    policy=REVIEWERS,
    response={204: None},
    errors=(ApplicantNotFound, NoteNotFound),
)
def delete_note(
    employer_id: str,
    application_id: str,
    note_id: str,
    caller: Member,
    services: ReviewServices,
) -> None:
    """Delete a note that the caller wrote."""
    services.review_service.delete_note(viewer_of(caller), application_id, note_id)
