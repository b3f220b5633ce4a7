"""Routes of postings for the members of their employer.

Owners and recruiters write all postings. A hiring manager reads the postings that have the account
in their team, and edits the drafts of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.http.preconditions import versioned_response
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import members
from chalicelib.recruiting.postings.employer_models import (
    EmployerPosting,
    EmployerPostingsPage,
    EmployerPostingsQuery,
    PostingChanges,
    PostingDraft,
    ReopeningRequest,
)
from chalicelib.recruiting.postings.errors import (
    PostingIncomplete,
    PostingNotFound,
    WrongPostingState,
)

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.postings.services import EmployerPostingServices

blueprint = Blueprint(__name__)
_ON = "postings of the employer"
READERS = members(MemberRole.OWNER, MemberRole.RECRUITER, MemberRole.HIRING_MANAGER, on=_ON)
WRITERS = members(MemberRole.OWNER, MemberRole.RECRUITER, on=_ON)
POSTINGS = "/v1/employers/{employer_id}/postings"
POSTING = f"{POSTINGS}/{{posting_id}}"


def team_member_of(caller: Member) -> str | None:
    """Return the account that must be in the team of a posting, or None for all postings."""
    return caller.account_id if caller.role is MemberRole.HIRING_MANAGER else None


@blueprint.get(
    POSTINGS, policy=READERS, query=EmployerPostingsQuery, response={200: EmployerPostingsPage}
)
def list_employer_postings(
    employer_id: str,
    query: EmployerPostingsQuery,
    caller: Member,
    services: EmployerPostingServices,
) -> EmployerPostingsPage:
    """List the postings of the employer, drafts too, newest first, page by page."""
    return services.drafts.page(caller.employer_id, query, team_member_of(caller))


@blueprint.post(
    POSTINGS,
    policy=WRITERS,
    body=PostingDraft,
    response={201: EmployerPosting},
    errors=(PostingIncomplete,),
    headers={"Location": "The URL of the posting, relative to this one"},
)
def create_posting(
    employer_id: str, body: PostingDraft, caller: Member, services: EmployerPostingServices
) -> Response:
    """Create a draft, or publish a posting at once."""
    if body.state == "published":
        posting = services.publications.create(caller.employer_id, body)
    else:
        posting = services.drafts.create(caller.employer_id, body)
    return _created(posting, f"postings/{posting.id}")


@blueprint.get(
    POSTING,
    policy=READERS,
    response={200: EmployerPosting},
    errors=(PostingNotFound,),
    conditional=True,
)
def get_employer_posting(
    employer_id: str, posting_id: str, caller: Member, services: EmployerPostingServices
) -> Response:
    """Return a posting of the employer."""
    posting = services.drafts.get(caller.employer_id, posting_id, team_member_of(caller))
    return versioned_response(posting, posting.version)


@blueprint.patch(
    POSTING,
    policy=READERS,
    body=PostingChanges,
    response={200: EmployerPosting},
    errors=(PostingNotFound, PostingIncomplete),
    versioned=True,
)
def change_posting(
    employer_id: str,
    posting_id: str,
    body: PostingChanges,
    caller: Member,
    if_match: ExpectedVersions,
    services: EmployerPostingServices,
) -> Response:
    """Change a posting. A published one must stay complete."""
    posting = services.publications.change(
        caller.employer_id, posting_id, body, if_match, caller.account_id, team_member_of(caller)
    )
    return versioned_response(posting, posting.version)


@blueprint.delete(
    POSTING,
    policy=WRITERS,
    response={204: None},
    errors=(PostingNotFound, WrongPostingState),
    versioned=True,
)
def delete_posting(
    employer_id: str,
    posting_id: str,
    caller: Member,
    if_match: ExpectedVersions,
    services: EmployerPostingServices,
) -> None:
    """Delete a posting that was never published."""
    services.drafts.delete(caller.employer_id, posting_id, if_match)


@blueprint.post(
    f"{POSTING}/publication",
    policy=WRITERS,
    response={200: EmployerPosting},
    errors=(PostingNotFound, PostingIncomplete, WrongPostingState),
    versioned=True,
    version_optional=True,
)
def publish_posting(
    employer_id: str,
    posting_id: str,
    caller: Member,
    if_match: ExpectedVersions,
    services: EmployerPostingServices,
) -> Response:
    """Publish a draft."""
    posting = services.publications.publish(caller.employer_id, posting_id, if_match)
    return versioned_response(posting, posting.version)


@blueprint.post(
    f"{POSTING}/closing",
    policy=WRITERS,
    response={200: EmployerPosting},
    errors=(PostingNotFound, WrongPostingState),
    versioned=True,
    version_optional=True,
)
def close_posting(
    employer_id: str,
    posting_id: str,
    caller: Member,
    if_match: ExpectedVersions,
    services: EmployerPostingServices,
) -> Response:
    """Close a posting. After the answer it accepts no application."""
    posting = services.publications.close(caller.employer_id, posting_id, if_match)
    return versioned_response(posting, posting.version)


@blueprint.post(
    f"{POSTING}/reopening",
    policy=WRITERS,
    body=ReopeningRequest,
    body_optional=True,
    response={200: EmployerPosting},
    errors=(PostingNotFound, PostingIncomplete, WrongPostingState),
    versioned=True,
    version_optional=True,
)
def reopen_posting(
    employer_id: str,
    posting_id: str,
    body: ReopeningRequest,
    caller: Member,
    if_match: ExpectedVersions,
    services: EmployerPostingServices,
) -> Response:
    """Open a posting again that was closed, or whose deadline has passed."""
    posting = services.publications.reopen(caller.employer_id, posting_id, body, if_match)
    return versioned_response(posting, posting.version)


@blueprint.post(
    f"{POSTING}/copy",
    policy=WRITERS,
    response={201: EmployerPosting},
    errors=(PostingNotFound,),
    headers={"Location": "The URL of the copy, relative to this one"},
)
def copy_posting(
    employer_id: str, posting_id: str, caller: Member, services: EmployerPostingServices
) -> Response:
    """Create a draft with the content of a posting."""
    posting = services.drafts.copy(caller.employer_id, posting_id)
    return _created(posting, f"../{posting.id}")


def _created(posting: EmployerPosting, location: str) -> Response:
    # A relative URL is valid behind any deployment stage or domain.
    return json_response(posting, status=201, headers={"Location": location})
