"""Register; what a mailed link does. Nobody needs an account for these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from chalice import Blueprint

from chalicelib.auth.errors import LinkExpired, WrongPassword
from chalicelib.auth.models import Account
from chalicelib.auth.routes.tokens import DEVICE_KEPT, device_cookie
from chalicelib.auth.services.password import PasswordReset, PasswordResetRequest
from chalicelib.auth.services.registration import Registration, RegistrationConfirmation
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.bodies import answer, nothing, read_body
from chalicelib.http.declaring import Declared
from chalicelib.http.routes import Anyone, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.routes.dependencies import AuthServices


class Mailed(msgspec.Struct, frozen=True):
    """What is said whether something was mailed or not."""

    status: str
    detail: str


MAILED = Mailed("mailed", "If all is as it should be, a mail is on its way.")


def account_routes(services: Callable[[], AuthServices]) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint(__name__)
    whoever = Anyone("one's own mailbox")
    holder = Anyone("what the mailed link is for")

    @route(
        blueprint,
        "POST",
        "/v1/accounts",
        policy=whoever,
        declared=Declared(gives={202: Mailed}, takes=Registration, raises=(TooManyRequests,)),
    )
    def register(request: Request, caller: None) -> Response:
        """Have a link mailed that makes an account; says nothing of whether there is one."""
        registration = read_body(request, Registration)
        services().registering.register(registration, services().visitor(request))
        return answer(MAILED, status=202)

    @route(
        blueprint,
        "POST",
        "/v1/accounts/confirmation",
        policy=holder,
        declared=Declared(
            gives={201: Account},
            takes=RegistrationConfirmation,
            raises=(WrongPassword, LinkExpired, TooManyRequests),
            headers=DEVICE_KEPT,
        ),
    )
    def confirm_account(request: Request, caller: None) -> Response:
        """Make the account whose link was followed, by who knows its password."""
        confirmation = read_body(request, RegistrationConfirmation)
        account, device_token = services().registering.confirm(confirmation)
        return answer(account, status=201, headers=device_cookie(device_token))

    @route(
        blueprint,
        "POST",
        "/v1/passwords/forgotten",
        policy=whoever,
        declared=Declared(
            gives={202: Mailed}, takes=PasswordResetRequest, raises=(TooManyRequests,)
        ),
    )
    def forgotten_password(request: Request, caller: None) -> Response:
        """Have a link mailed that sets another password; says nothing of whom there is."""
        forgotten = read_body(request, PasswordResetRequest)
        services().password_service.request_reset(forgotten, services().visitor(request))
        return answer(MAILED, status=202)

    @route(
        blueprint,
        "POST",
        "/v1/passwords/reset",
        policy=holder,
        declared=Declared(
            gives={204: None}, takes=PasswordReset, raises=(LinkExpired,), headers=DEVICE_KEPT
        ),
    )
    def reset_password(request: Request, caller: None) -> Response:
        """Set another password, by a mailed link; ends all sessions."""
        device_token = services().password_service.reset(read_body(request, PasswordReset))
        return nothing(device_cookie(device_token))

    return blueprint
