"""Routes of interviewers: assign applications to members, and list one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.employers.errors import MemberNotFound
from chalicelib.recruiting.interviewers.errors import MemberWithoutAccess, TooManyInterviewers
from chalicelib.recruiting.interviewers.models import (
    AssignedApplicantsPage,
    AssignedQuery,
    Interviewers,
)
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.pipeline.policies import (
    APPLICANT_READERS,
    APPLICATION,
    APPLICATIONS,
    REVIEWERS,
)

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.interviewers.services import InterviewerServices

blueprint = Blueprint(__name__)
INTERVIEWERS = f"{APPLICATION}/interviewers"
INTERVIEWER = f"{INTERVIEWERS}/{{account_id}}"


@blueprint.get(
    f"{APPLICATIONS}/assigned",
    policy=REVIEWERS,
    query=AssignedQuery,
    response={200: AssignedApplicantsPage},
)
def list_assigned_applicants(
    employer_id: str, query: AssignedQuery, caller: Member, services: InterviewerServices
) -> AssignedApplicantsPage:
    """List the applications that are assigned to the caller, newest first, page by page."""
    return services.interviewer_service.page(caller, viewer_of(caller), query)


@blueprint.get(
    INTERVIEWERS, policy=REVIEWERS, response={200: Interviewers}, errors=(ApplicantNotFound,)
)
def list_interviewers(
    employer_id: str, application_id: str, caller: Member, services: InterviewerServices
) -> Interviewers:
    """List the members to whom an application is assigned."""
    return services.interviewer_service.list(viewer_of(caller), application_id)


@blueprint.put(
    INTERVIEWER,
    policy=APPLICANT_READERS,
    response={200: Interviewers},
    errors=(ApplicantNotFound, MemberNotFound, MemberWithoutAccess, TooManyInterviewers),
)
def assign_interviewer(
    employer_id: str,
    application_id: str,
    account_id: str,
    caller: Member,
    services: InterviewerServices,
) -> Interviewers:
    """Assign an application to a member, who gets an e-mail."""
    service = services.interviewer_service
    return service.assign(viewer_of(caller), application_id, account_id)


@blueprint.delete(
    INTERVIEWER, policy=APPLICANT_READERS, response={204: None}, errors=(ApplicantNotFound,)
)
def unassign_interviewer(
    employer_id: str,
    application_id: str,
    account_id: str,
    caller: Member,
    services: InterviewerServices,
) -> None:
    """Take an assignment back. The member has no access by it from then on."""
    services.interviewer_service.unassign(viewer_of(caller), application_id, account_id)
