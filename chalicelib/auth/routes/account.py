"""Routes of the caller's own account: profile, password, address, second factor, deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.errors import (
    AccountInUse,
    AccountNotFound,
    EmailRetryRefused,
    LinkExpired,
    SecondFactorEnabled,
    SecondFactorRequired,
    SessionExpired,
    WrongCode,
    WrongPassword,
)
from chalicelib.auth.models import Account
from chalicelib.auth.routes.accounts import EMAIL_SENT, EmailSent
from chalicelib.auth.routes.policies import any_account
from chalicelib.auth.routes.tokens import (
    DELETES_REFRESH_TOKEN,
    REFRESH,
    SETS_DEVICE_TOKEN,
    device_cookie,
)
from chalicelib.auth.services.email_address import EmailChange, EmailChangeConfirmation
from chalicelib.auth.services.password import PasswordChange
from chalicelib.auth.services.reauthentication import Reauthentication
from chalicelib.auth.services.second_factor import SecondFactorConfirmation, SecondFactorProposal
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.cookies import delete_cookie
from chalicelib.http.responses import no_content
from chalicelib.http.routing import Blueprint

if TYPE_CHECKING:
    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.auth.routes.services import AuthServices


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Codes that replace a code of the authenticator app; each is valid once."""

    recovery_codes: list[str]


blueprint = Blueprint(__name__)
OWNER = any_account(on="own account")

# Errors of routes that check whether the session and the account still exist.
SESSION_ERRORS = (SessionExpired, AccountNotFound)
# Errors of routes that ask for the password again, and for a code if a second factor is enabled.
PASSWORD_ERRORS = (*SESSION_ERRORS, WrongPassword, TooManyRequests)
REAUTHENTICATION_ERRORS = (*PASSWORD_ERRORS, SecondFactorRequired, WrongCode)


@blueprint.get("/v1/account", policy=OWNER, response={200: Account}, errors=(AccountNotFound,))
def get_account(caller: Caller, services: AuthServices) -> Account:
    """Return the caller's account."""
    return services.account_service.get(caller)


@blueprint.post(
    "/v1/account/password",
    policy=OWNER,
    body=PasswordChange,
    response={204: None},
    errors=REAUTHENTICATION_ERRORS,
    headers=SETS_DEVICE_TOKEN,
)
def change_password(body: PasswordChange, caller: Caller, services: AuthServices) -> Response:
    """Change the password; ends all other sessions."""
    return no_content(device_cookie(services.password_service.change(caller, body)))


@blueprint.post(
    "/v1/account/email",
    policy=OWNER,
    body=EmailChange,
    response={202: EmailSent},
    errors=REAUTHENTICATION_ERRORS,
)
def change_email(
    body: EmailChange, caller: Caller, request: Request, services: AuthServices
) -> EmailSent:
    """E-mail a link to a new address that makes it the address of the account."""
    services.email_address_service.request_change(caller, body, services.visitor(request))
    return EMAIL_SENT


@blueprint.post(
    "/v1/account/email/confirmation",
    policy=OWNER,
    body=EmailChangeConfirmation,
    response={204: None},
    errors=(*SESSION_ERRORS, LinkExpired),
)
def confirm_email(body: EmailChangeConfirmation, caller: Caller, services: AuthServices) -> None:
    """Change the address to that of an e-mailed link; ends all other sessions."""
    services.email_address_service.confirm_change(caller, body.token)


@blueprint.post(
    "/v1/account/email/retry",
    policy=OWNER,
    response={200: Account},
    errors=(*SESSION_ERRORS, EmailRetryRefused),
)
def retry_email(caller: Caller, services: AuthServices) -> Account:
    """Send e-mails again to an address that bounced; possible once."""
    return services.account_service.retry_email(caller)


@blueprint.post(
    "/v1/account/deletion",
    policy=OWNER,
    body=Reauthentication,
    response={204: None},
    errors=(*REAUTHENTICATION_ERRORS, AccountInUse),
    headers=DELETES_REFRESH_TOKEN,
)
def delete_account(body: Reauthentication, caller: Caller, services: AuthServices) -> Response:
    """Delete the account and all of its data."""
    services.account_service.delete(caller, body)
    return no_content({"Set-Cookie": delete_cookie(REFRESH)})


@blueprint.post(
    "/v1/account/second-factor",
    policy=OWNER,
    body=Reauthentication,
    response={200: SecondFactorProposal},
    errors=(*PASSWORD_ERRORS, SecondFactorEnabled),
)
def propose_second_factor(
    body: Reauthentication, caller: Caller, services: AuthServices
) -> SecondFactorProposal:
    """Return a secret for an authenticator app; the second factor is not enabled yet."""
    return services.second_factor_service.propose(caller, body)


@blueprint.post(
    "/v1/account/second-factor/confirmation",
    policy=OWNER,
    body=SecondFactorConfirmation,
    response={200: RecoveryCodes},
    errors=(*SESSION_ERRORS, WrongCode, SecondFactorEnabled, TooManyRequests),
)
def confirm_second_factor(
    body: SecondFactorConfirmation, caller: Caller, services: AuthServices
) -> RecoveryCodes:
    """Enable the second factor by a first code; only this answer shows the recovery codes."""
    return RecoveryCodes(services.second_factor_service.confirm(caller, body))


@blueprint.post(
    "/v1/account/second-factor/removal",
    policy=OWNER,
    body=Reauthentication,
    response={204: None},
    errors=REAUTHENTICATION_ERRORS,
)
def remove_second_factor(body: Reauthentication, caller: Caller, services: AuthServices) -> None:
    """Disable the second factor."""
    services.second_factor_service.remove(caller, body)
