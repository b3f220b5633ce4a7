"""The routes of operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from chalice import Blueprint

from chalicelib.http.bodies import answer
from chalicelib.http.conditional import CHECKED, conditional
from chalicelib.http.declaring import Declared
from chalicelib.http.routes import Anyone, route
from chalicelib.operations.health import Readiness, readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalice import Response
    from chalice.app import Request


class Alive(msgspec.Struct, frozen=True):
    """The function runs."""

    live: bool


def ops_routes(
    probes: Callable[[], Mapping[str, Callable[[], object]]],
    document: Callable[[], dict[str, Any]],
) -> Blueprint:
    """The blueprint.

    Args:
        probes: gives what readiness looks at.
        document: gives the OpenAPI document.
    """
    blueprint = Blueprint(__name__)
    state = Anyone("whether it works")

    @route(
        blueprint,
        "GET",
        "/health/live",
        policy=state,
        declared=Declared(gives={200: Alive}, needs_stores=False),
    )
    def live(request: Request, caller: None) -> Response:
        """The function runs."""
        return answer(Alive(live=True))

    @route(
        blueprint,
        "GET",
        "/health/ready",
        policy=state,
        # It asks the stores and, without them, answers that.
        declared=Declared(gives={200: Readiness, 503: Readiness}, needs_stores=False),
    )
    def ready(request: Request, caller: None) -> Response:
        """All that the API needs answers; 503 with the reasons if not."""
        state = readiness(probes())
        return answer(state, status=200 if state.ready else 503)

    @route(
        blueprint,
        "GET",
        "/openapi.json",
        policy=Anyone("the API's description"),
        declared=Declared(gives={200: dict[str, Any]}, is_conditional=True, needs_stores=False),
    )
    def describe(request: Request, caller: None) -> Response:
        """The API in OpenAPI 3.1: this document."""
        return conditional(request, answer(document(), headers=CHECKED))

    return blueprint
