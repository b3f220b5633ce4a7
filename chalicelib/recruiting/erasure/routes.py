"""Routes of erasures: a candidate or an owner has an application erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.errors import SessionExpired
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import count
from chalicelib.http.requests import correlation_id
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.applications.errors import ApplicationNotFound, IdempotencyKeyReused
from chalicelib.recruiting.applications.routes import CANDIDATE
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import members
from chalicelib.recruiting.erasure.errors import LegalHold
from chalicelib.recruiting.erasure.models import (
    AcceptedErasure,
    HoldDraft,
    LegalHoldEntry,
    LegalHolds,
    RetentionPlan,
)
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.pipeline.policies import APPLICATION
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.erasure.services import ErasureServices

blueprint = Blueprint(__name__)
# The queue counts erasures when it accepts them, as commands.
OWNERS = members(MemberRole.OWNER, on="applications to the employer").with_limits()
HOLDERS = members(MemberRole.OWNER, on="legal holds")
READERS = members(MemberRole.OWNER, MemberRole.RECRUITER, on="retention")
EMPLOYER = "/v1/employers/{employer_id}"
POSTING_HOLD = f"{EMPLOYER}/postings/{{posting_id}}/hold"


@blueprint.post(
    "/v1/applications/{application_id}/erasure",
    policy=CANDIDATE,
    response={202: AcceptedErasure},
    errors=(
        SessionExpired,
        ApplicationNotFound,
        LegalHold,
        IdempotencyKeyReused,
        TooManyRequests,
    ),
    idempotent=True,
)
def erase(
    application_id: str,
    caller: Caller,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: ErasureServices,
) -> AcceptedErasure:
    """Accept the erasure of an application, which withdraws it, too. It cannot be undone."""
    accepted, repeat = services.service.request(
        caller.account_id,
        application_id,
        correlation_id(request),
        idempotency_key,
        caller.session_id,
    )
    if not repeat:
        count("erasure_accepted")
    return accepted


@blueprint.post(
    f"{APPLICATION}/erasure",
    policy=OWNERS,
    response={202: AcceptedErasure},
    errors=(ApplicantNotFound, LegalHold, TooManyRequests),
)
def erase_for_candidate(
    employer_id: str,
    application_id: str,
    caller: Member,
    request: Request,
    services: ErasureServices,
) -> AcceptedErasure:
    """Accept the erasure of an application, because the candidate asked the employer for it."""
    accepted, repeat = services.service.request_by_employer(
        caller, application_id, correlation_id(request)
    )
    if not repeat:
        count("erasure_accepted")
    return accepted


@blueprint.get(f"{EMPLOYER}/retention", policy=READERS, response={200: RetentionPlan})
def get_retention(employer_id: str, caller: Member, services: ErasureServices) -> RetentionPlan:
    """Return the rule of retention, and the applications that it will erase."""
    return services.retention_service.get(caller.employer_id)


@blueprint.get(f"{EMPLOYER}/holds", policy=HOLDERS, response={200: LegalHolds})
def list_holds(employer_id: str, caller: Member, services: ErasureServices) -> LegalHolds:
    """List the legal holds of the employer."""
    return services.hold_service.find_all(caller)


@blueprint.put(
    f"{APPLICATION}/hold",
    policy=HOLDERS,
    body=HoldDraft,
    response={200: LegalHoldEntry},
    errors=(ApplicantNotFound,),
)
def hold_application(
    employer_id: str,
    application_id: str,
    body: HoldDraft,
    caller: Member,
    services: ErasureServices,
) -> LegalHoldEntry:
    """Keep an application for a legal claim, for a year. Repeat it to keep it longer."""
    return services.hold_service.hold_application(caller, application_id, body.reason)


@blueprint.delete(
    f"{APPLICATION}/hold", policy=HOLDERS, response={204: None}, errors=(ApplicantNotFound,)
)
def release_application(
    employer_id: str, application_id: str, caller: Member, services: ErasureServices
) -> None:
    """Release an application from a legal hold."""
    services.hold_service.release_application(caller, application_id)


@blueprint.put(
    POSTING_HOLD,
    policy=HOLDERS,
    body=HoldDraft,
    response={200: LegalHoldEntry},
    errors=(PostingNotFound,),
)
def hold_posting(
    employer_id: str, posting_id: str, body: HoldDraft, caller: Member, services: ErasureServices
) -> LegalHoldEntry:
    """Keep all applications for a posting for a legal claim, for a year."""
    return services.hold_service.hold_posting(caller, posting_id, body.reason)


@blueprint.delete(POSTING_HOLD, policy=HOLDERS, response={204: None}, errors=(PostingNotFound,))
def release_posting(
    employer_id: str, posting_id: str, caller: Member, services: ErasureServices
) -> None:
    """Release the applications for a posting from a legal hold."""
    services.hold_service.release_posting(caller, posting_id)
