"""Tasks of the sweep of every minute, beside the lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.common.observability import count, measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger


@dataclass(frozen=True, slots=True)
class SweepTask:
    """A task that finds out whether something must be repaired or done, and does it.

    Args:
        run: does the work; returns the number of repairs, or of what a person must repair.
        repaired: the metric that counts them; empty if the task only measures.
        failed: the metric that counts failures.
        is_regular: what the task counts is regular work, and no sign of an error elsewhere.
    """

    run: Callable[[], int]
    repaired: str
    failed: str
    is_regular: bool = False

    def perform(self, logger: Logger) -> None:
        """Do the work. An error does not stop the rest of the sweep."""
        try:
            repairs = self.run()
        except Exception as error:
            measure({"sweep_task_failed": (1,), self.failed: (1,)})
            # Only the type, because the text may contain personal data.
            logger.error("sweep task failed", metric=self.failed, error=type(error).__name__)
            return
        if repairs:
            count(self.repaired, repairs)
            log = logger.info if self.is_regular else logger.warning
            log("sweep task repaired", metric=self.repaired, repairs=repairs)
