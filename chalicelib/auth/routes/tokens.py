"""How tokens are handed over: those that last as cookies or, for who asks, in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.devices import LIFETIME_SECONDS as DEVICE_SECONDS
from chalicelib.auth.sessions import LIFETIME
from chalicelib.auth.tokens import LIFETIME_SECONDS
from chalicelib.http.bodies import answer
from chalicelib.http.cookies import cookie

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.auth.logging_in import LoggedIn

REFRESH, DEVICE = "refresh", "device"


def device_cookie(token: str) -> dict[str, str]:
    """The header by which a browser keeps a device token."""
    return {"Set-Cookie": cookie(DEVICE, token, DEVICE_SECONDS)}


def tokens_answer(logged_in: LoggedIn, *, in_body: bool) -> Response:
    """The tokens, those that last in cookies or, for who asks, in the body."""
    body: dict[str, object] = {
        "access_token": logged_in.access_token,
        "token_type": "Bearer",
        "expires_in": LIFETIME_SECONDS,
    }
    lasting = {REFRESH: logged_in.opened.refresh_token}
    if logged_in.device_token:
        lasting[DEVICE] = logged_in.device_token
    if in_body:
        return answer(body | {f"{name}_token": token for name, token in lasting.items()})
    seconds = {REFRESH: round(LIFETIME.total_seconds()), DEVICE: DEVICE_SECONDS}
    cookies = [cookie(name, token, seconds[name]) for name, token in lasting.items()]
    return answer(body, headers={"Set-Cookie": cookies})
