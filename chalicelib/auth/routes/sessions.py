"""Log in, refresh, log out; see and end one's sessions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from chalice import Blueprint

from chalicelib.auth.errors import (
    SecondFactorRequired,
    SessionExpired,
    SessionNotFound,
    WrongCode,
    WrongCredentials,
)
from chalicelib.auth.routes.tokens import (
    DEVICE,
    REFRESH,
    REFRESH_GONE,
    TOKENS_KEPT,
    Tokens,
    tokens_answer,
)
from chalicelib.auth.services.login import LoginRequest, RefreshRequest
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.bodies import answer, nothing, read_body
from chalicelib.http.cookies import no_cookie, read_cookie
from chalicelib.http.declaring import Declared
from chalicelib.http.routes import Anyone, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.auth.routes.dependencies import AuthServices
    from chalicelib.auth.routes.policies import RolePolicies


class OwnSession(msgspec.Struct, frozen=True):
    """A session as its owner sees it; ``current`` is the one that asks."""

    id: str
    device: str
    place: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class OwnSessions(msgspec.Struct, frozen=True):
    """Where one is logged in."""

    sessions: list[OwnSession]


def session_routes(services: Callable[[], AuthServices], policies: RolePolicies) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint(__name__)
    own = policies.any_account(on="own sessions")

    @route(
        blueprint,
        "POST",
        "/v1/sessions",
        policy=Anyone("the account whose password it is"),
        declared=Declared(
            gives={200: Tokens},
            takes=LoginRequest,
            raises=(WrongCredentials, SecondFactorRequired, WrongCode, TooManyRequests),
            headers=TOKENS_KEPT,
            cookie=DEVICE,
        ),
    )
    def log_in(request: Request, caller: None) -> Response:
        """Open a session: an access token for ten minutes, and a refresh token."""
        credentials = read_body(request, LoginRequest)
        device_token = credentials.device_token or read_cookie(request, DEVICE)
        visitor = services().visitor(request)
        logged_in = services().logging_in.log_in(credentials, visitor, device_token)
        return tokens_answer(logged_in, in_body=credentials.deliver == "body")

    @route(
        blueprint,
        "POST",
        "/v1/sessions/refresh",
        policy=Anyone("the session of the token"),
        declared=Declared(
            gives={200: Tokens},
            takes=RefreshRequest,
            may_be_empty=True,
            raises=(SessionExpired,),
            headers=TOKENS_KEPT,
            cookie=REFRESH,
        ),
    )
    def refresh(request: Request, caller: None) -> Response:
        """Exchange a refresh token, from the cookie or the body, for both kinds of token."""
        sent = read_body(request, RefreshRequest, optional=True).refresh_token
        token = sent or read_cookie(request, REFRESH)
        # What came in a cookie, which no script can read, does not go out in a body.
        return tokens_answer(services().logging_in.refresh(token), in_body=bool(sent))

    @route(
        blueprint,
        "POST",
        "/v1/sessions/end",
        policy=Anyone("the session of the token"),
        declared=Declared(
            gives={204: None},
            takes=RefreshRequest,
            may_be_empty=True,
            headers=REFRESH_GONE,
            cookie=REFRESH,
        ),
    )
    def log_out(request: Request, caller: None) -> Response:
        """End the session of a refresh token. Also when it is over: then it is so already."""
        sent = read_body(request, RefreshRequest, optional=True).refresh_token
        services().sessions.end_by_token(sent or read_cookie(request, REFRESH))
        return nothing({"Set-Cookie": no_cookie(REFRESH)})

    @route(
        blueprint,
        "GET",
        "/v1/account/sessions",
        policy=own,
        declared=Declared(gives={200: OwnSessions}),
    )
    def list_sessions(request: Request, caller: Caller) -> Response:
        """Where one is logged in."""
        found = services().sessions.list_for(caller.account_id)
        shown = [
            OwnSession(
                id=session.id,
                device=session.device,
                place=session.place,
                created_at=session.created_at,
                last_used_at=session.last_used_at,
                expires_at=session.expires_at,
                current=session.id == caller.session_id,
            )
            for session in found
        ]
        return answer(OwnSessions(shown))

    @route(
        blueprint,
        "DELETE",
        "/v1/account/sessions",
        policy=own,
        declared=Declared(gives={204: None}, headers=REFRESH_GONE),
    )
    def log_out_everywhere(request: Request, caller: Caller) -> Response:
        """End all sessions; access tokens are good for what is left of their ten minutes."""
        services().logging_in.end_all(caller)
        return nothing({"Set-Cookie": no_cookie(REFRESH)})

    @route(
        blueprint,
        "DELETE",
        "/v1/account/sessions/{session_id}",
        policy=own,
        declared=Declared(gives={204: None}, raises=(SessionNotFound,)),
    )
    def end_session(request: Request, caller: Caller, session_id: str) -> Response:
        """End one session."""
        services().sessions.end(caller.account_id, session_id)
        return nothing()

    return blueprint
