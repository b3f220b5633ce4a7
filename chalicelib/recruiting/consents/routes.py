"""Routes of privacy notices: an owner writes that of an employer, and everyone reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.http.policies import PublicPolicy
from chalicelib.http.preconditions import versioned_response
from chalicelib.http.responses import IMMUTABLE, SHARED_FOR_SECONDS, json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.consents.errors import NoticeNotFound
from chalicelib.recruiting.consents.models import EmployerNotice, NoticeDraft, PrivacyNotice
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import any_member, members
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.consents.services import ConsentServices
    from chalicelib.recruiting.employers.models import Member

blueprint = Blueprint(__name__)
_ON = "privacy notice of the employer"
PUBLIC = PublicPolicy("privacy notices")
EMPLOYER_NOTICE = "/v1/employers/{employer_id}/privacy-notice"


@blueprint.get(
    EMPLOYER_NOTICE, policy=any_member(on=_ON), response={200: EmployerNotice}, conditional=True
)
def get_employer_notice(employer_id: str, caller: Member, services: ConsentServices) -> Response:
    """Return the present privacy notice of the employer."""
    found = services.notice_service.get_of_employer(caller.employer_id)
    return versioned_response(found, found.version)


@blueprint.put(
    EMPLOYER_NOTICE,
    policy=members(MemberRole.OWNER, on=_ON),
    body=NoticeDraft,
    response={200: EmployerNotice},
    versioned=True,
)
def put_employer_notice(
    employer_id: str,
    body: NoticeDraft,
    caller: Member,
    if_match: ExpectedVersions,
    services: ConsentServices,
) -> Response:
    """Make a new version of the privacy notice. Former versions stay readable."""
    service = services.notice_service
    changed = service.put(caller.employer_id, body.text, if_match, caller.account_id)
    return versioned_response(changed, changed.version)


@blueprint.get(
    "/v1/postings/{posting_id}/privacy-notice",
    policy=PUBLIC,
    response={200: PrivacyNotice},
    errors=(PostingNotFound,),
    conditional=True,
)
def get_posting_notice(posting_id: str, services: ConsentServices) -> Response:
    """Return the privacy notice to which candidates of a posting agree now."""
    found = services.notice_service.get_of_posting(posting_id)
    return json_response(found, headers=SHARED_FOR_SECONDS)


@blueprint.get(
    "/v1/privacy-notices/{notice_id}",
    policy=PUBLIC,
    response={200: PrivacyNotice},
    errors=(NoticeNotFound,),
    conditional=True,
)
def get_notice(notice_id: str, services: ConsentServices) -> Response:
    """Return a version of a privacy notice."""
    return json_response(services.notice_service.get(notice_id), headers=IMMUTABLE)
