"""Find accounts and say what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from chalice import Blueprint

from chalicelib.auth.errors import AccountNotFound, SessionExpired
from chalicelib.auth.models import Account, Role
from chalicelib.auth.services.administration import RoleGrant
from chalicelib.http.bodies import answer, read_body
from chalicelib.http.declaring import Declared
from chalicelib.http.queries import read_query
from chalicelib.http.routes import route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.auth.routes.dependencies import AuthServices
    from chalicelib.auth.routes.policies import RolePolicies


class Wanted(msgspec.Struct, frozen=True):
    """Whose account."""

    email: Annotated[str, msgspec.Meta(min_length=1)]


def admin_routes(services: Callable[[], AuthServices], policies: RolePolicies) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint(__name__)
    all_accounts = policies.only(Role.ADMIN, on="all accounts")

    @route(
        blueprint,
        "GET",
        "/v1/accounts",
        policy=all_accounts,
        declared=Declared(
            gives={200: Account}, asks=Wanted, raises=(SessionExpired, AccountNotFound)
        ),
    )
    def find_account(request: Request, caller: Caller) -> Response:
        """The account of an address: ``?email=``."""
        wanted = read_query(request, Wanted)
        return answer(services().administering.find(caller, wanted.email))

    @route(
        blueprint,
        "PUT",
        "/v1/accounts/{account_id}/role",
        policy=all_accounts,
        declared=Declared(
            gives={200: Account}, takes=RoleGrant, raises=(SessionExpired, AccountNotFound)
        ),
    )
    def grant_role(request: Request, caller: Caller, account_id: str) -> Response:
        """Make an account a candidate's, a recruiter's or an admin's; ends its sessions."""
        grant = read_body(request, RoleGrant)
        return answer(services().administering.grant(caller, account_id, grant))

    return blueprint
