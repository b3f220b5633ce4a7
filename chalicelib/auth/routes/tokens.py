"""How tokens are handed over: those that last as cookies or, for who asks, in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from chalicelib.auth.credentials.device_tokens import LIFETIME_SECONDS as DEVICE_SECONDS
from chalicelib.auth.sessions.access_tokens import LIFETIME_SECONDS
from chalicelib.auth.sessions.refresh_tokens import LIFETIME
from chalicelib.http.bodies import answer
from chalicelib.http.cookies import cookie

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.auth.services.login import IssuedTokens

REFRESH, DEVICE = "refresh", "device"
# Headers of answers, as the OpenAPI document tells them.
DEVICE_KEPT = {"Set-Cookie": "The device token, which no script can read"}
TOKENS_KEPT = {"Set-Cookie": "The refresh token and the device token, which no script can read"}
REFRESH_GONE = {"Set-Cookie": "Takes the refresh token away"}


class Tokens(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a session is used with. Those that last are here for who asked for them in the body."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str | None = None
    device_token: str | None = None


def device_cookie(token: str) -> dict[str, str]:
    """The header by which a browser keeps a device token."""
    return {"Set-Cookie": cookie(DEVICE, token, DEVICE_SECONDS)}


def tokens_answer(logged_in: IssuedTokens, *, in_body: bool) -> Response:
    """The tokens, those that last in cookies or, for who asks, in the body."""
    tokens = Tokens(logged_in.access_token, "Bearer", LIFETIME_SECONDS)
    lasting = {REFRESH: logged_in.opened.refresh_token}
    if logged_in.device_token:
        lasting[DEVICE] = logged_in.device_token
    if in_body:
        named = {f"{name}_token": token for name, token in lasting.items()}
        return answer(msgspec.structs.replace(tokens, **named))
    seconds = {REFRESH: round(LIFETIME.total_seconds()), DEVICE: DEVICE_SECONDS}
    cookies = [cookie(name, token, seconds[name]) for name, token in lasting.items()]
    return answer(tokens, headers={"Set-Cookie": cookies})
