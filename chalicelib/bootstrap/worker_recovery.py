"""Let a drain continue with new settings after a store was unavailable."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.queue.worker import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.bootstrap.container import Container
    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Handler, Outcome


class CurrentHandler:
    """Passes jobs to the present handler, which changes when the settings do.

    Args:
        handler: returns the present handler.
    """

    def __init__(self, handler: Callable[[], Handler]) -> None:
        self._handler = handler

    def handle(
        self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /
    ) -> Sequence[Outcome]:
        """Handle jobs.

        Raises:
            StoreUnavailable: the settings have no valid address of a store, or see ``Handler``.
        """
        try:
            handler = self._handler()
        except Exception as error:
            raise StoreUnavailable(f"no client: {type(error).__name__}") from None
        return handler.handle(jobs, deadline)


class RecoveryObserver(LoggingObserver):
    """Logs and counts, and reads the settings again when a store is unavailable."""

    def __init__(self, container: Container, kind: str, effect: str) -> None:
        super().__init__(container.logger, kind, effect)
        self._recovery = container.recovery

    def on_handler_error(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        """Log an error of the handler."""
        super().on_handler_error(jobs, error)
        if isinstance(error, StoreUnavailable):
            self._recovery.on_outage()

    def on_redis_error(self, error: Exception) -> None:
        """Log that Redis failed; the drain tries again."""
        super().on_redis_error(error)
        self._recovery.on_outage()
