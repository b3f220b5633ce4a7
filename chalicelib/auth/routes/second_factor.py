"""Switch the second factor on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from chalice import Blueprint

from chalicelib.auth.errors import SecondFactorEnabled, WrongCode
from chalicelib.auth.routes.own_account import ASKED_AGAIN, BY_PASSWORD, IN_SESSION
from chalicelib.auth.services.reauthentication import Reauthentication
from chalicelib.auth.services.second_factor import SecondFactorConfirmation, SecondFactorProposal
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.bodies import answer, nothing, read_body
from chalicelib.http.declaring import Declared
from chalicelib.http.routes import route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.auth.routes.dependencies import AuthServices
    from chalicelib.auth.routes.policies import RolePolicies


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Codes each of which is good once in place of an app's."""

    recovery_codes: list[str]


def second_factor_routes(services: Callable[[], AuthServices], policies: RolePolicies) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint(__name__)
    own = policies.any_account(on="own account")

    @route(
        blueprint,
        "POST",
        "/v1/account/second-factor",
        policy=own,
        declared=Declared(
            gives={200: SecondFactorProposal},
            takes=Reauthentication,
            raises=(*BY_PASSWORD, SecondFactorEnabled),
        ),
    )
    def propose_second_factor(request: Request, caller: Caller) -> Response:
        """A secret for an authenticator app; nothing is switched on yet."""
        again = read_body(request, Reauthentication)
        return answer(services().second_factor_service.propose(caller, again))

    @route(
        blueprint,
        "POST",
        "/v1/account/second-factor/confirmation",
        policy=own,
        declared=Declared(
            gives={200: RecoveryCodes},
            takes=SecondFactorConfirmation,
            raises=(*IN_SESSION, WrongCode, SecondFactorEnabled, TooManyRequests),
        ),
    )
    def confirm_second_factor(request: Request, caller: Caller) -> Response:
        """Switch it on by a first code. The recovery codes are shown only now."""
        first = read_body(request, SecondFactorConfirmation)
        codes = services().second_factor_service.confirm(caller, first)
        return answer(RecoveryCodes(codes))

    @route(
        blueprint,
        "POST",
        "/v1/account/second-factor/removal",
        policy=own,
        declared=Declared(gives={204: None}, takes=Reauthentication, raises=ASKED_AGAIN),
    )
    def remove_second_factor(request: Request, caller: Caller) -> Response:
        """Switch it off."""
        services().second_factor_service.remove(caller, read_body(request, Reauthentication))
        return nothing()

    return blueprint
