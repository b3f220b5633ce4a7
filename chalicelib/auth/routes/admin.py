"""Find accounts and say what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint

from chalicelib.auth.administering import Grant
from chalicelib.auth.roles import Role
from chalicelib.errors import Invalid
from chalicelib.http.bodies import answer, read_body
from chalicelib.http.routes import route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.policies import Policies
    from chalicelib.auth.roles import Caller
    from chalicelib.auth.routes.needs import Needs


def admin_routes(services: Callable[[], Needs], policies: Policies) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint(__name__)
    all_accounts = policies.only(Role.ADMIN, on="all accounts")

    @route(blueprint, "GET", "/v1/accounts", policy=all_accounts)
    def find_account(request: Request, caller: Caller) -> Response:
        """The account of an address: ``?email=``."""
        query: Mapping[str, str] | None = request.query_params
        email = (query or {}).get("email")
        if not email:
            raise Invalid("email", "Say whose: ?email=...")
        return answer(services().administering.find(caller, email))

    @route(blueprint, "PUT", "/v1/accounts/{account_id}/role", policy=all_accounts)
    def grant_role(request: Request, caller: Caller, account_id: str) -> Response:
        """Make an account a candidate's, a recruiter's or an admin's; ends its sessions."""
        grant = read_body(request, Grant)
        return answer(services().administering.grant(caller, account_id, grant))

    return blueprint
