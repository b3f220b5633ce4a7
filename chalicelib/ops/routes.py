"""The routes of operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint

from chalicelib.http.bodies import answer
from chalicelib.http.routes import Anyone, route
from chalicelib.ops.health import readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalice import Response
    from chalice.app import Request


def ops_routes(probes: Callable[[], Mapping[str, Callable[[], object]]]) -> Blueprint:
    """The blueprint; ``probes`` gives what readiness looks at."""
    blueprint = Blueprint(__name__)
    state = Anyone("whether it works")

    @route(blueprint, "GET", "/health/live", policy=state)
    def live(request: Request, caller: None) -> Response:
        """The function runs."""
        return answer({"live": True})

    @route(blueprint, "GET", "/health/ready", policy=state)
    def ready(request: Request, caller: None) -> Response:
        """All that the API needs answers; 503 with the reasons if not."""
        state = readiness(probes())
        return answer(state, status=200 if state.ready else 503)

    return blueprint
