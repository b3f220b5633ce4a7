"""The routes of candidates: see postings, apply, follow an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chalice import Blueprint

from chalicelib.auth.models import Role
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import count
from chalicelib.http.bodies import answer, read_body
from chalicelib.http.conditional import CHECKED, conditional
from chalicelib.http.declaring import Declared
from chalicelib.http.idempotency import idempotency
from chalicelib.http.middleware import correlation_id
from chalicelib.http.queries import read_query
from chalicelib.http.routes import Anyone, route
from chalicelib.recruiting.applications.apply_service import ApplyService
from chalicelib.recruiting.applications.errors import (
    ApplicationNotFound,
    IdempotencyKeyReused,
    ReceiptNotFound,
)
from chalicelib.recruiting.applications.models import (
    AcceptedWithdrawal,
    ApplicationDraft,
    ApplicationsPage,
    ApplicationsQuery,
    ApplicationStatus,
    Receipt,
    VerifiedReceipt,
)
from chalicelib.recruiting.applications.receipts import ReceiptService
from chalicelib.recruiting.applications.status_service import ApplicationStatusService
from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService
from chalicelib.recruiting.postings.errors import PostingClosed, PostingNotFound
from chalicelib.recruiting.postings.models import (
    Facets,
    FacetsQuery,
    Posting,
    PostingsPage,
    PostingsQuery,
)
from chalicelib.recruiting.postings.repository import PostingRepository
from chalicelib.recruiting.postings.search import PostingSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.auth.routes.policies import RolePolicies


class Needs(Protocol):
    """What these routes work with."""

    @property
    def postings(self) -> PostingRepository:
        """The postings."""

    @property
    def posting_search(self) -> PostingSearch:
        """The search for postings."""

    @property
    def applying(self) -> ApplyService:
        """Apply."""

    @property
    def withdrawing(self) -> WithdrawalService:
        """Withdraw applications."""

    @property
    def following(self) -> ApplicationStatusService:
        """Follow applications."""

    @property
    def receipts(self) -> ReceiptService:
        """Receipts."""


def recruiting_routes(services: Callable[[], Needs], policies: RolePolicies) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint(__name__)
    published = Anyone("published postings")
    candidates = policies.only(Role.CANDIDATE, on="own applications")

    @route(
        blueprint,
        "GET",
        "/v1/postings",
        policy=published,
        declared=Declared(gives={200: PostingsPage}, asks=PostingsQuery, is_conditional=True),
    )
    def list_postings(request: Request, caller: None) -> Response:
        """Open postings, newest first: those that the query asks for, page by page."""
        query = read_query(request, PostingsQuery)
        return conditional(request, answer(services().posting_search.page(query), headers=CHECKED))

    @route(
        blueprint,
        "GET",
        "/v1/postings/facets",
        policy=published,
        declared=Declared(gives={200: Facets}, asks=FacetsQuery, is_conditional=True),
    )
    def posting_facets(request: Request, caller: None) -> Response:
        """What open postings have, and how many of them, to choose from."""
        read_query(request, FacetsQuery)
        return conditional(request, answer(services().posting_search.facets(), headers=CHECKED))

    @route(
        blueprint,
        "GET",
        "/v1/postings/{posting_id}",
        policy=published,
        declared=Declared(gives={200: Posting}, raises=(PostingNotFound,), is_conditional=True),
    )
    def get_posting(request: Request, caller: None, posting_id: str) -> Response:
        """One posting."""
        posting = services().postings.get(posting_id)
        return conditional(request, answer(posting, headers=CHECKED))

    @route(
        blueprint,
        "POST",
        "/v1/postings/{posting_id}/applications",
        policy=candidates,
        declared=Declared(
            gives={202: Receipt},
            takes=ApplicationDraft,
            raises=(PostingNotFound, PostingClosed, IdempotencyKeyReused, TooManyRequests),
            accepts_key=True,
            headers={"Location": "Where the application is, relative to this"},
        ),
    )
    def apply(request: Request, caller: Caller, posting_id: str) -> Response:
        """Accept an application. The answer means that it is safe and in its lane.

        Unless it is a repeat: then it tells of the application for this posting that there is.
        """
        draft = read_body(request, ApplicationDraft)
        receipt, is_new = services().applying.apply(
            caller.account_id, posting_id, draft, correlation_id(request), idempotency(request)
        )
        if is_new:
            count("accepted")
        # Relative to this route, so it is right behind any stage, domain or emulator's prefix.
        location = f"../../applications/{receipt.id}"
        return answer(receipt, status=202, headers={"Location": location})

    @route(
        blueprint,
        "GET",
        "/v1/applications",
        policy=candidates,
        declared=Declared(
            gives={200: ApplicationsPage}, asks=ApplicationsQuery, is_conditional=True
        ),
    )
    def list_applications(request: Request, caller: Caller) -> Response:
        """The candidate's applications, newest first, page by page: stored or on their way."""
        asked = read_query(request, ApplicationsQuery)
        page = services().following.page(caller.account_id, asked)
        return conditional(request, answer(page))

    @route(
        blueprint,
        "GET",
        "/v1/applications/{application_id}",
        policy=candidates,
        declared=Declared(
            gives={200: ApplicationStatus}, raises=(ApplicationNotFound,), is_conditional=True
        ),
    )
    def get_application(request: Request, caller: Caller, application_id: str) -> Response:
        """How far an application is: accepted, stored, mailed, withdrawn."""
        progress = services().following.get(caller.account_id, application_id)
        return conditional(request, answer(progress))

    @route(
        blueprint,
        "POST",
        "/v1/applications/{application_id}/withdrawal",
        policy=candidates,
        declared=Declared(
            gives={202: AcceptedWithdrawal},
            raises=(ApplicationNotFound, IdempotencyKeyReused, TooManyRequests),
            accepts_key=True,
        ),
    )
    def withdraw(request: Request, caller: Caller, application_id: str) -> Response:
        """Accept a withdrawal. The answer means that it is safe and in its lane."""
        accepted, repeat = services().withdrawing.withdraw(
            caller.account_id, application_id, correlation_id(request), idempotency(request)
        )
        if not repeat:
            count("withdrawal_accepted")
        return answer(accepted, status=202)

    @route(
        blueprint,
        "GET",
        "/v1/receipts/{receipt}",
        policy=Anyone("what a receipt holds"),
        declared=Declared(
            gives={200: VerifiedReceipt}, raises=(ReceiptNotFound,), needs_stores=False
        ),
    )
    def check_receipt(request: Request, caller: None, receipt: str) -> Response:
        """What a receipt proves, if it is ours."""
        return answer(services().receipts.verify(receipt))

    return blueprint
