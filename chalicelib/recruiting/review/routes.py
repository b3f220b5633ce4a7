"""Routes of review: applicants of a posting, and notes and scorecards about them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from chalicelib.http.responses import file_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import members
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.pipeline.policies import (
    APPLICANT_READERS,
    APPLICATION,
    APPLICATIONS,
    REVIEWERS,
)
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.review.errors import (
    NoteNotFound,
    TooManyNotes,
    TooManyScorecards,
)
from chalicelib.recruiting.review.models import (
    ApplicantCounts,
    ApplicantDetails,
    ApplicantsPage,
    ApplicantsQuery,
    CountsQuery,
    Equation,
    ExportQuery,
    Note,
    NoteDraft,
    Notes,
    PostingCounts,
    PostingCountsQuery,
)
from chalicelib.recruiting.review.scorecard_models import Scorecard, ScorecardDraft, Scorecards

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.review.services import ReviewServices

CSV = "text/csv"
EXPORTERS = members(MemberRole.OWNER, MemberRole.RECRUITER, on="applications to the employer")

blueprint = Blueprint(__name__)


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
    f"{APPLICATIONS}/posting-counts",
    policy=REVIEWERS,
    query=PostingCountsQuery,
    response={200: PostingCounts},
)
def count_open_applications(
    employer_id: str, query: PostingCountsQuery, caller: Member, services: ReviewServices
) -> PostingCounts:
    """Count the open applications for some postings. Unknown postings are left out."""
    return services.review_service.count_open(viewer_of(caller), query.posting_ids)


@blueprint.get(
    f"{APPLICATIONS}/export",
    policy=EXPORTERS,
    query=ExportQuery,
    response={200: str},
    errors=(PostingNotFound,),
    headers={
        "Link": 'the next part of the file, as rel="next" (RFC 8288); absent at the last part',
        "Content-Disposition": "the name of the file",
    },
    media_type=CSV,
)
def export_applicants(
    employer_id: str, query: ExportQuery, caller: Member, services: ReviewServices
) -> Response:
    """Export the applicants of a posting as CSV. The parts, in order, make one file."""
    part = services.export_service.part(viewer_of(caller), query)
    headers = {}
    if part.next:
        parameters = msgspec.to_builtins(query) | {"cursor": part.next}
        parameters["withdrawn"] = str(query.withdrawn).lower()
        target = urlencode({name: value for name, value in parameters.items() if value})
        headers["Link"] = f'<?{target}>; rel="next"'
    return file_response(part.csv, CSV, "applicants.csv", headers)


@blueprint.get(
    "/v1/employers/{employer_id}/postings/{posting_id}/equation",
    policy=APPLICANT_READERS,
    response={200: Equation},
    errors=(PostingNotFound,),
)
def get_equation(
    employer_id: str, posting_id: str, caller: Member, services: ReviewServices
) -> Equation:
    """Return where all accepted applications for a posting are, as of the newest check."""
    return services.review_service.get_equation(viewer_of(caller), posting_id)


@blueprint.get(
    APPLICATION,
    policy=REVIEWERS,
    response={200: ApplicantDetails},
    errors=(ApplicantNotFound,),
    conditional=True,
)
def get_applicant(
    employer_id: str, application_id: str, caller: Member, services: ReviewServices
) -> ApplicantDetails:
    """Return an application with everything that the candidate sent."""
    return services.review_service.get(viewer_of(caller), application_id)


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


@blueprint.get(
    f"{APPLICATION}/scorecards",
    policy=REVIEWERS,
    response={200: Scorecards},
    errors=(ApplicantNotFound,),
)
def list_scorecards(
    employer_id: str, application_id: str, caller: Member, services: ReviewServices
) -> Scorecards:
    """List the scorecards of an applicant; those of others only after the caller sent one."""
    return services.scorecard_service.list(viewer_of(caller), application_id)


@blueprint.put(
    f"{APPLICATION}/scorecard",
    policy=REVIEWERS,
    body=ScorecardDraft,
    response={200: Scorecard},
    errors=(ApplicantNotFound, TooManyScorecards),
)
def put_scorecard(
    employer_id: str,
    application_id: str,
    body: ScorecardDraft,
    caller: Member,
    services: ReviewServices,
) -> Scorecard:
    """Store the scorecard of the caller in place of an earlier one."""
    return services.scorecard_service.put(viewer_of(caller), application_id, body)


@blueprint.delete(
    f"{APPLICATION}/scorecard",
    policy=REVIEWERS,
    response={204: None},
    errors=(ApplicantNotFound,),
)
def delete_scorecard(
    employer_id: str, application_id: str, caller: Member, services: ReviewServices
) -> None:
    """Delete the scorecard of the caller. The caller sees no others from then on."""
    services.scorecard_service.delete(viewer_of(caller), application_id)
