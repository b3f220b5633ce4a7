"""The routes of candidates: see postings, apply, follow an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chalice import Blueprint

from chalicelib.http.bodies import answer, read_body
from chalicelib.http.idempotency import idempotency
from chalicelib.http.middleware import correlation_id
from chalicelib.http.routes import Policy, anyone, route
from chalicelib.observability import count
from chalicelib.recruiting.applications import Applications, Draft
from chalicelib.recruiting.postings import Postings

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request


class Candidate(Protocol):
    """What these routes know of their caller."""

    @property
    def account_id(self) -> str:
        """The candidate's account."""


class Needs(Protocol):
    """What these routes work with."""

    @property
    def postings(self) -> Postings:
        """The postings."""

    @property
    def applications(self) -> Applications:
        """The applications."""


def recruiting_routes(services: Callable[[], Needs], candidates: Policy[Candidate]) -> Blueprint:
    """The blueprint; ``candidates`` is the policy that lets only candidates in."""
    blueprint = Blueprint(__name__)

    @route(blueprint, "GET", "/v1/postings", policy=anyone)
    def list_postings(request: Request, caller: None) -> Response:
        """The newest open postings."""
        return answer({"postings": services().postings.newest()})

    @route(blueprint, "GET", "/v1/postings/{posting_id}", policy=anyone)
    def get_posting(request: Request, caller: None, posting_id: str) -> Response:
        """One posting."""
        return answer(services().postings.get(posting_id))

    @route(blueprint, "POST", "/v1/postings/{posting_id}/applications", policy=candidates)
    def apply(request: Request, caller: Candidate, posting_id: str) -> Response:
        """Accept an application. The answer means that it is safe and in its lane."""
        draft = read_body(request, Draft)
        receipt, repeat = services().applications.apply(
            caller.account_id, posting_id, draft, correlation_id(request), idempotency(request)
        )
        if not repeat:
            count("accepted")
        # Relative to this route, so it is right behind any stage, domain or emulator's prefix.
        location = f"../../applications/{receipt.id}"
        return answer(receipt, status=202, headers={"Location": location})

    @route(blueprint, "GET", "/v1/applications", policy=candidates)
    def list_applications(request: Request, caller: Candidate) -> Response:
        """The candidate's stored applications, newest first."""
        return answer({"applications": services().applications.of_candidate(caller.account_id)})

    @route(blueprint, "GET", "/v1/applications/{application_id}", policy=candidates)
    def get_application(request: Request, caller: Candidate, application_id: str) -> Response:
        """How far an application is: accepted, stored, mailed."""
        return answer(services().applications.progress(caller.account_id, application_id))

    return blueprint
