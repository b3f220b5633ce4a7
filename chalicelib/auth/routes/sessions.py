"""Routes of sessions: log in, refresh, log out, list and end sessions, public keys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.errors import (
    SecondFactorRequired,
    SessionExpired,
    SessionNotFound,
    WrongCode,
    WrongCredentials,
)
from chalicelib.auth.routes.policies import any_account
from chalicelib.auth.routes.tokens import (
    DELETES_REFRESH_TOKEN,
    DEVICE,
    REFRESH,
    SETS_TOKENS,
    Tokens,
    tokens_response,
)
from chalicelib.auth.services.login import LoginRequest, RefreshRequest
from chalicelib.auth.sessions.signing_keys import RELOAD_SECONDS
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.cookies import delete_cookie, read_cookie
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.responses import json_response, no_content
from chalicelib.http.routing import Blueprint

if TYPE_CHECKING:
    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.auth.routes.services import AuthServices


class SessionView(msgspec.Struct, frozen=True):
    """A session as its owner sees it; ``current`` marks the session of the request."""

    id: str
    device: str
    place: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class SessionList(msgspec.Struct, frozen=True):
    """The sessions of an account."""

    sessions: list[SessionView]


class JsonWebKey(msgspec.Struct, frozen=True):
    """A JSON Web Key (RFC 7517, RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class JsonWebKeySet(msgspec.Struct, frozen=True):
    """A JSON Web Key Set."""

    keys: list[JsonWebKey]


blueprint = Blueprint(__name__)
OWNER = any_account(on="own sessions")
TOKEN_HOLDER = PublicPolicy("the session of the refresh token")


@blueprint.post(
    "/v1/sessions",
    policy=PublicPolicy("the account of the credentials"),
    body=LoginRequest,
    response={200: Tokens},
    errors=(WrongCredentials, SecondFactorRequired, WrongCode, TooManyRequests),
    headers=SETS_TOKENS,
    cookie=DEVICE,
)
def log_in(body: LoginRequest, request: Request, services: AuthServices) -> Response:
    """Open a session: an access token for ten minutes, and a refresh token."""
    device_token = body.device_token or read_cookie(request, DEVICE)
    issued = services.login_service.log_in(body, services.visitor(request), device_token)
    return tokens_response(issued, in_body=body.deliver == "body")


@blueprint.post(
    "/v1/sessions/refresh",
    policy=TOKEN_HOLDER,
    body=RefreshRequest,
    body_optional=True,
    response={200: Tokens},
    errors=(SessionExpired,),
    headers=SETS_TOKENS,
    cookie=REFRESH,
)
def refresh(body: RefreshRequest, request: Request, services: AuthServices) -> Response:
    """Exchange a refresh token from the cookie or the body for new tokens."""
    token = body.refresh_token or read_cookie(request, REFRESH)
    # No script can read the cookie, so its token must not be returned in a body.
    return tokens_response(services.login_service.refresh(token), in_body=bool(body.refresh_token))


@blueprint.post(
    "/v1/sessions/end",
    policy=TOKEN_HOLDER,
    body=RefreshRequest,
    body_optional=True,
    response={204: None},
    headers=DELETES_REFRESH_TOKEN,
    cookie=REFRESH,
)
def log_out(body: RefreshRequest, request: Request, services: AuthServices) -> Response:
    """End the session of a refresh token; succeeds also if it has already ended."""
    services.sessions.end_by_token(body.refresh_token or read_cookie(request, REFRESH))
    return no_content({"Set-Cookie": delete_cookie(REFRESH)})


@blueprint.get("/v1/account/sessions", policy=OWNER, response={200: SessionList})
def list_sessions(caller: Caller, services: AuthServices) -> SessionList:
    """List the sessions of the account."""
    return SessionList(
        [
            SessionView(
                id=session.id,
                device=session.device,
                place=session.place,
                created_at=session.created_at,
                last_used_at=session.last_used_at,
                expires_at=session.expires_at,
                current=session.id == caller.session_id,
            )
            for session in services.sessions.list_for(caller.account_id)
        ]
    )


@blueprint.delete(
    "/v1/account/sessions",
    policy=OWNER,
    response={204: None},
    errors=(SessionExpired,),
    headers=DELETES_REFRESH_TOKEN,
)
def log_out_everywhere(caller: Caller, services: AuthServices) -> Response:
    """End all sessions; until they expire, access tokens can still read, but change nothing."""
    services.login_service.end_all(caller)
    return no_content({"Set-Cookie": delete_cookie(REFRESH)})


@blueprint.delete(
    "/v1/account/sessions/{session_id}",
    policy=OWNER,
    response={204: None},
    errors=(SessionExpired, SessionNotFound),
)
def end_session(session_id: str, caller: Caller, services: AuthServices) -> None:
    """End one session."""
    services.login_service.end(caller, session_id)


@blueprint.get(
    "/.well-known/jwks.json",
    policy=PublicPolicy("public keys"),
    response={200: JsonWebKeySet},
    needs_stores=False,
)
def public_keys(services: AuthServices) -> Response:
    """Return the keys that verify our access tokens (RFC 7517)."""
    headers = {"Cache-Control": f"public, max-age={RELOAD_SECONDS}"}
    return json_response(services.signing_keys.ring.jwks(), headers=headers)
