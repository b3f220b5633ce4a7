"""One's own account: see it, change password and address, delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint

from chalicelib.auth.errors import (
    AccountNotFound,
    LinkExpired,
    SecondFactorRequired,
    SessionExpired,
    WrongCode,
    WrongPassword,
)
from chalicelib.auth.models import Account
from chalicelib.auth.routes.accounts import MAILED, Mailed
from chalicelib.auth.routes.tokens import DEVICE_KEPT, REFRESH, REFRESH_GONE, device_cookie
from chalicelib.auth.services.email_address import EmailChange, EmailChangeConfirmation
from chalicelib.auth.services.password import PasswordChange
from chalicelib.auth.services.reauthentication import Reauthentication
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.bodies import answer, nothing, read_body
from chalicelib.http.cookies import no_cookie
from chalicelib.http.declaring import Declared
from chalicelib.http.routes import route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.auth.routes.dependencies import AuthServices
    from chalicelib.auth.routes.policies import RolePolicies


# Of routes that look whether the session has ended meanwhile, or the account was deleted.
IN_SESSION = (SessionExpired, AccountNotFound)
# Of routes that ask again who one is: for the password, and for a code where there are any.
BY_PASSWORD = (*IN_SESSION, WrongPassword, TooManyRequests)
ASKED_AGAIN = (*BY_PASSWORD, SecondFactorRequired, WrongCode)


def own_account_routes(services: Callable[[], AuthServices], policies: RolePolicies) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint(__name__)
    own = policies.any_account(on="own account")

    @route(
        blueprint,
        "GET",
        "/v1/account",
        policy=own,
        declared=Declared(gives={200: Account}, raises=(AccountNotFound,)),
    )
    def get_account(request: Request, caller: Caller) -> Response:
        """Who one is."""
        return answer(services().account_service.get(caller))

    @route(
        blueprint,
        "POST",
        "/v1/account/password",
        policy=own,
        declared=Declared(
            gives={204: None}, takes=PasswordChange, raises=ASKED_AGAIN, headers=DEVICE_KEPT
        ),
    )
    def change_password(request: Request, caller: Caller) -> Response:
        """Change the password; ends all other sessions."""
        change = read_body(request, PasswordChange)
        device_token = services().password_service.change(caller, change)
        return nothing(device_cookie(device_token))

    @route(
        blueprint,
        "POST",
        "/v1/account/email",
        policy=own,
        declared=Declared(gives={202: Mailed}, takes=EmailChange, raises=ASKED_AGAIN),
    )
    def change_email(request: Request, caller: Caller) -> Response:
        """Have a link mailed to another address that makes it the account's."""
        change = read_body(request, EmailChange)
        services().email_address_service.request_change(caller, change, services().visitor(request))
        return answer(MAILED, status=202)

    @route(
        blueprint,
        "POST",
        "/v1/account/email/confirmation",
        policy=own,
        declared=Declared(
            gives={204: None}, takes=EmailChangeConfirmation, raises=(*IN_SESSION, LinkExpired)
        ),
    )
    def confirm_email(request: Request, caller: Caller) -> Response:
        """Change the address to the one whose link was followed; ends all other sessions."""
        services().email_address_service.confirm_change(
            caller, read_body(request, EmailChangeConfirmation).token
        )
        return nothing()

    @route(
        blueprint,
        "POST",
        "/v1/account/deletion",
        policy=own,
        declared=Declared(
            gives={204: None}, takes=Reauthentication, raises=ASKED_AGAIN, headers=REFRESH_GONE
        ),
    )
    def delete_account(request: Request, caller: Caller) -> Response:
        """Delete the account and all that belongs to it."""
        services().account_service.delete(caller, read_body(request, Reauthentication))
        return nothing({"Set-Cookie": no_cookie(REFRESH)})

    return blueprint
