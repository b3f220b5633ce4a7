"""Routes of people who apply without being logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.errors import LinkExpired
from chalicelib.auth.routes.tokens import SETS_TOKENS, Tokens, session_cookies, short_lived_tokens
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import record_accept
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.requests import age_in_ms, correlation_id
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.applications.errors import (
    AccountCannotApply,
    ApplicationLimitReached,
    FormChanged,
    IntakePaused,
    InvalidAnswers,
)
from chalicelib.recruiting.applications.models import Receipt
from chalicelib.recruiting.guest_applications.models import (
    GuestApplicationConfirmation,
    GuestApplicationDraft,
    GuestApplicationEmailSent,
    GuestApplicationLink,
    PendingGuestApplication,
)
from chalicelib.recruiting.postings.errors import PostingClosed, PostingNotFound

if TYPE_CHECKING:
    from chalice import Response
    from chalice.app import Request

    from chalicelib.recruiting.guest_applications.services import GuestApplicationServices


class ConfirmedGuestApplication(msgspec.Struct, frozen=True):
    """The receipt of an application, and a session if its account was created just now."""

    receipt: Receipt
    session: Tokens | None


blueprint = Blueprint(__name__)
LINK_HOLDER = PublicPolicy("the guest application of the e-mail link")
REFUSALS = (PostingNotFound, PostingClosed, FormChanged, InvalidAnswers, TooManyRequests)


@blueprint.post(
    "/v1/postings/{posting_id}/guest-applications",
    policy=PublicPolicy("the mailbox of the given address"),
    body=GuestApplicationDraft,
    response={202: GuestApplicationEmailSent},
    errors=REFUSALS,
)
def apply_as_guest(
    posting_id: str,
    body: GuestApplicationDraft,
    request: Request,
    services: GuestApplicationServices,
) -> GuestApplicationEmailSent:
    """E-mail a link that sends an application; the answer is the same for every address."""
    expires_at = services.service.request(posting_id, body, services.visitor(request))
    return GuestApplicationEmailSent(expires_at)


@blueprint.post(
    "/v1/guest-applications/preview",
    policy=LINK_HOLDER,
    body=GuestApplicationLink,
    response={200: PendingGuestApplication},
    errors=(LinkExpired,),
)
def preview_guest_application(
    body: GuestApplicationLink, services: GuestApplicationServices
) -> PendingGuestApplication:
    """Return what an e-mailed link sends. It changes nothing."""
    return services.service.preview(body.token)


@blueprint.post(
    "/v1/guest-applications/confirmation",
    policy=LINK_HOLDER,
    body=GuestApplicationConfirmation,
    response={202: ConfirmedGuestApplication},
    errors=(LinkExpired, AccountCannotApply, ApplicationLimitReached, IntakePaused, *REFUSALS),
    headers=SETS_TOKENS,
)
def confirm_guest_application(
    body: GuestApplicationConfirmation, request: Request, services: GuestApplicationServices
) -> Response:
    """Accept the application of an e-mailed link.

    The answer means that it is stored durably in the queue. A repeated request gets the same
    receipt. If the address had no account, the first one creates an account without a password and
    opens a session.
    """
    confirmed = services.service.confirm(
        body.token,
        services.visitor(request),
        correlation_id(request),
        open_session=body.open_session,
    )
    if confirmed.is_new:
        record_accept(confirmed.receipt.id, age_in_ms(request))
    issued = confirmed.tokens
    if issued is None:
        return json_response(ConfirmedGuestApplication(confirmed.receipt, None), 202)
    answer = ConfirmedGuestApplication(confirmed.receipt, short_lived_tokens(issued))
    return json_response(answer, 202, session_cookies(issued))
