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
from chalicelib.recruiting.erasure.models import AcceptedErasure
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.pipeline.policies import APPLICATION

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.erasure.services import ErasureServices

blueprint = Blueprint(__name__)
# The queue counts erasures when it accepts them, as commands.
OWNERS = members(MemberRole.OWNER, on="applications to the employer").with_limits()


@blueprint.post(
    "/v1/applications/{application_id}/erasure",
    policy=CANDIDATE,
    response={202: AcceptedErasure},
    errors=(SessionExpired, ApplicationNotFound, IdempotencyKeyReused, TooManyRequests),
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
    errors=(ApplicantNotFound, TooManyRequests),
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
