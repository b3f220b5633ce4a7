"""Responses that hand over tokens: in cookies, or in the body on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from chalicelib.auth.credentials.device_tokens import LIFETIME_SECONDS as DEVICE_SECONDS
from chalicelib.auth.sessions.access_tokens import LIFETIME_SECONDS
from chalicelib.auth.sessions.refresh_tokens import LIFETIME
from chalicelib.http.cookies import set_cookie
from chalicelib.http.responses import json_response

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.auth.services.login import IssuedTokens

REFRESH, DEVICE = "refresh", "device"
# Headers of responses in the OpenAPI document.
SETS_DEVICE_TOKEN = {"Set-Cookie": "The device token, which no script can read"}
SETS_TOKENS = {"Set-Cookie": "The refresh token and the device token, which no script can read"}
DELETES_REFRESH_TOKEN = {"Set-Cookie": "Deletes the refresh token"}


class Tokens(msgspec.Struct, frozen=True, omit_defaults=True):
    """The tokens of a session. The body holds the long-lived ones only on request."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str | None = None
    device_token: str | None = None


def device_cookie(token: str) -> dict[str, str]:
    """Return the header that stores a device token in the browser."""
    return {"Set-Cookie": set_cookie(DEVICE, token, DEVICE_SECONDS)}


def tokens_response(issued: IssuedTokens, *, in_body: bool) -> Response:
    """Return the tokens; the long-lived ones in cookies or, on request, in the body."""
    tokens = short_lived_tokens(issued)
    if in_body:
        fields = {f"{name}_token": token for name, token in _long_lived_tokens(issued).items()}
        return json_response(msgspec.structs.replace(tokens, **fields))
    return json_response(tokens, headers=session_cookies(issued))


def short_lived_tokens(issued: IssuedTokens) -> Tokens:
    """Return the tokens that scripts may read."""
    return Tokens(issued.access_token, "Bearer", LIFETIME_SECONDS)


def session_cookies(issued: IssuedTokens) -> dict[str, list[str]]:
    """Return the header that stores the long-lived tokens in the browser."""
    seconds = {REFRESH: round(LIFETIME.total_seconds()), DEVICE: DEVICE_SECONDS}
    long_lived = _long_lived_tokens(issued)
    return {
        "Set-Cookie": [set_cookie(name, one, seconds[name]) for name, one in long_lived.items()]
    }


def _long_lived_tokens(issued: IssuedTokens) -> dict[str, str]:
    tokens = {REFRESH: issued.opened.refresh_token}
    if issued.device_token:
        tokens[DEVICE] = issued.device_token
    return tokens
