"""Register an account, reset a password, and administer accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from chalicelib.auth.errors import AccountNotFound, LinkExpired, SessionExpired, WrongPassword
from chalicelib.auth.models import Account, Role
from chalicelib.auth.routes.policies import only
from chalicelib.auth.routes.tokens import SETS_DEVICE_TOKEN, device_cookie
from chalicelib.auth.services.administration import RoleGrant
from chalicelib.auth.services.password import PasswordReset, PasswordResetRequest
from chalicelib.auth.services.registration import Registration, RegistrationConfirmation
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.responses import json_response, no_content
from chalicelib.http.routing import Blueprint

if TYPE_CHECKING:
    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.auth.routes.services import AuthServices


class EmailSent(msgspec.Struct, frozen=True):
    """The same answer whether an e-mail was sent or not."""

    status: str
    detail: str


EMAIL_SENT = EmailSent("mailed", "If the address is eligible, we have sent an e-mail.")


class AccountQuery(msgspec.Struct, frozen=True):
    """Selects an account by its address."""

    email: Annotated[str, msgspec.Meta(min_length=1)]


blueprint = Blueprint(__name__)
MAILBOX_OWNER = PublicPolicy("the mailbox of the given address")
LINK_HOLDER = PublicPolicy("the account of the e-mail link")
ADMIN = only(Role.ADMIN, on="all accounts")


@blueprint.post(
    "/v1/accounts",
    policy=MAILBOX_OWNER,
    body=Registration,
    response={202: EmailSent},
    errors=(TooManyRequests,),
)
def register(body: Registration, request: Request, services: AuthServices) -> EmailSent:
    """E-mail a link that creates an account; the answer is the same if the account exists."""
    services.registration_service.register(body, services.visitor(request))
    return EMAIL_SENT


@blueprint.post(
    "/v1/accounts/confirmation",
    policy=LINK_HOLDER,
    body=RegistrationConfirmation,
    response={201: Account},
    errors=(WrongPassword, LinkExpired, TooManyRequests),
    headers=SETS_DEVICE_TOKEN,
)
def confirm_account(body: RegistrationConfirmation, services: AuthServices) -> Response:
    """Create the account of an e-mailed link; requires the password that was chosen."""
    account, device_token = services.registration_service.confirm(body)
    return json_response(account, status=201, headers=device_cookie(device_token))


@blueprint.post(
    "/v1/passwords/forgotten",
    policy=MAILBOX_OWNER,
    body=PasswordResetRequest,
    response={202: EmailSent},
    errors=(TooManyRequests,),
)
def forgotten_password(
    body: PasswordResetRequest, request: Request, services: AuthServices
) -> EmailSent:
    """E-mail a link that resets the password; the answer is the same if no account exists."""
    services.password_service.request_reset(body, services.visitor(request))
    return EMAIL_SENT


@blueprint.post(
    "/v1/passwords/reset",
    policy=LINK_HOLDER,
    body=PasswordReset,
    response={204: None},
    errors=(LinkExpired,),
    headers=SETS_DEVICE_TOKEN,
)
def reset_password(body: PasswordReset, services: AuthServices) -> Response:
    """Set a new password by an e-mailed link; ends all sessions."""
    return no_content(device_cookie(services.password_service.reset(body)))


@blueprint.get(
    "/v1/accounts",
    policy=ADMIN,
    query=AccountQuery,
    response={200: Account},
    errors=(SessionExpired, AccountNotFound),
)
def find_account(query: AccountQuery, caller: Caller, services: AuthServices) -> Account:
    """Find the account of an address (``?email=``)."""
    return services.administration_service.find(caller, query.email)


@blueprint.put(
    "/v1/accounts/{account_id}/role",
    policy=ADMIN,
    body=RoleGrant,
    response={200: Account},
    errors=(SessionExpired, AccountNotFound),
)
def grant_role(account_id: str, body: RoleGrant, caller: Caller, services: AuthServices) -> Account:
    """Set the role of an account to candidate or admin; ends its sessions."""
    return services.administration_service.grant(caller, account_id, body)
