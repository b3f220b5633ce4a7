"""Routes of candidates: apply, read the status, withdraw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.errors import SessionExpired
from chalicelib.auth.models import Role
from chalicelib.auth.routes.policies import only
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import count, record_accept
from chalicelib.http.requests import age_in_ms, correlation_id
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.applications.errors import (
    ApplicationLimitReached,
    ApplicationNotFound,
    FormChanged,
    IdempotencyKeyReused,
    IntakePaused,
    InvalidAnswers,
)
from chalicelib.recruiting.applications.models import (
    AcceptedWithdrawal,
    ApplicationDraft,
    ApplicationsPage,
    ApplicationsQuery,
    ApplicationStatus,
    Receipt,
)
from chalicelib.recruiting.postings.errors import PostingClosed, PostingNotFound

if TYPE_CHECKING:
    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.recruiting.services import RecruitingServices

blueprint = Blueprint(__name__)
CANDIDATE = only(Role.CANDIDATE, on="own applications")


@blueprint.post(
    "/v1/postings/{posting_id}/applications",
    policy=CANDIDATE,
    body=ApplicationDraft,
    response={202: Receipt},
    errors=(
        SessionExpired,
        PostingNotFound,
        PostingClosed,
        FormChanged,
        InvalidAnswers,
        ApplicationLimitReached,
        IdempotencyKeyReused,
        TooManyRequests,
        IntakePaused,
    ),
    headers={"Location": "The URL of the application, relative to this one"},
    idempotent=True,
)
def apply(
    posting_id: str,
    body: ApplicationDraft,
    caller: Caller,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: RecruitingServices,
) -> Response:
    """Accept an application. The answer means that it is stored durably in the queue.

    A repeated request gets the receipt of the application that exists for this posting.
    """
    receipt, is_new = services.apply_service.apply(
        caller.account_id,
        posting_id,
        body,
        correlation_id(request),
        idempotency_key,
        caller.session_id,
        origin=services.origins.of_request(request),
    )
    if is_new:
        record_accept(receipt.id, age_in_ms(request))
    # A relative URL is valid behind any deployment stage or domain.
    location = f"../../applications/{receipt.id}"
    return json_response(receipt, status=202, headers={"Location": location})


@blueprint.get(
    "/v1/applications",
    policy=CANDIDATE,
    query=ApplicationsQuery,
    response={200: ApplicationsPage},
    conditional=True,
)
def list_applications(
    query: ApplicationsQuery, caller: Caller, services: RecruitingServices
) -> ApplicationsPage:
    """List the candidate's applications, stored or queued, newest first, page by page."""
    return services.status_service.page(caller.account_id, query)


@blueprint.get(
    "/v1/applications/{application_id}",
    policy=CANDIDATE,
    response={200: ApplicationStatus},
    errors=(ApplicationNotFound,),
    conditional=True,
)
def get_application(
    application_id: str, caller: Caller, services: RecruitingServices
) -> ApplicationStatus:
    """Return the status of an application: accepted, stored, mailed, withdrawn."""
    return services.status_service.get(caller.account_id, application_id)


@blueprint.post(
    "/v1/applications/{application_id}/withdrawal",
    policy=CANDIDATE,
    response={202: AcceptedWithdrawal},
    errors=(SessionExpired, ApplicationNotFound, IdempotencyKeyReused, TooManyRequests),
    idempotent=True,
)
def withdraw(
    application_id: str,
    caller: Caller,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: RecruitingServices,
) -> AcceptedWithdrawal:
    """Accept a withdrawal. The answer means that it is stored durably in the queue."""
    accepted, repeat = services.withdrawal_service.withdraw(
        caller.account_id,
        application_id,
        correlation_id(request),
        idempotency_key,
        caller.session_id,
    )
    if not repeat:
        count("withdrawal_accepted")
    return accepted
