"""Interfaces of the objects that a worker function passes to a drain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue.rq.job import ClaimedJob
    from chalicelib.queue.worker.outcomes import Outcome


class Handler(Protocol):
    """Handles the jobs of many lanes at once."""

    def handle(
        self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /
    ) -> Sequence[Outcome]:
        """Handle jobs and return an outcome for each, in the same order.

        The jobs of a lane are in order. After the first retry in a lane the later outcomes of that
        lane are ignored and those jobs are handled again, so all effects must be idempotent.

        Args:
            jobs: the jobs.
            deadline: the time (``time.monotonic``) after which the handler starts nothing more. It
                returns Skip for the jobs that it did not start.

        Raises:
            StoreUnavailable: a store that the handler needs is down. The jobs keep their attempts.
            Exception: anything else; each job is then handled alone, so that one job cannot fail
                the others.
        """


class ClaimTimes(NamedTuple):
    """The times of the steps of one claim, as Unix time (s)."""

    began: float
    claimed: float
    handled: float
    settled: float


class Observer(Protocol):
    """Receives the events of a drain, for logs, metrics and traces."""

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        """These outcomes were stored."""

    def on_handler_error(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        """The handler raised, or its outcomes cannot be stored. The jobs are retried."""

    def on_lease_lost(self, lanes: Sequence[str]) -> None:
        """The leases of these lanes had expired; another drain handles their jobs again."""

    def on_redis_error(self, error: Exception) -> None:
        """Redis failed with one of REDIS_ERRORS. The claimed jobs are claimed again later."""
