"""Routes of operators: health, readiness, the OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from chalicelib.http.policies import PublicPolicy
from chalicelib.http.responses import REVALIDATE, json_response
from chalicelib.http.routing import Blueprint
from chalicelib.operations.health import Readiness, readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalice import Chalice, Response


class OperationsServices(Protocol):
    """The container of operations, as the routes see it."""

    def probes(self) -> Mapping[str, Callable[[], object]]:
        """Return the probes of the readiness check: calls that raise if a dependency fails."""

    def is_intake_paused(self) -> bool:
        """Return whether an operator has paused the intake of new applications."""


class Alive(msgspec.Struct, frozen=True):
    """The function runs."""

    live: bool


blueprint = Blueprint(__name__)
HEALTH = PublicPolicy("the health of the API")


@blueprint.get("/health/live", policy=HEALTH, response={200: Alive}, needs_stores=False)
def live() -> Alive:
    """Report that the function runs."""
    return Alive(live=True)


# Without a store this route still answers, because it reports which dependency has failed.
@blueprint.get(
    "/health/ready",
    policy=HEALTH,
    response={200: Readiness, 503: Readiness},
    needs_stores=False,
)
def ready(services: OperationsServices) -> Response:
    """Check everything that the API needs; 503 with the reasons if something fails."""
    state = readiness(services.probes(), services.is_intake_paused)
    return json_response(state, status=200 if state.ready else 503)


@blueprint.get(
    "/openapi.json",
    policy=PublicPolicy("the API's description"),
    response={200: dict[str, Any]},
    conditional=True,
    needs_stores=False,
)
def describe() -> Response:
    """Return the OpenAPI 3.1 document of the API."""
    return json_response(openapi_document(blueprint.current_app), headers=REVALIDATE)


@cache
def openapi_document(app: Chalice) -> dict[str, Any]:
    """Return the OpenAPI document of an app; generated on first use, to keep cold starts fast."""
    from chalicelib.http.openapi import document

    return document(app)
