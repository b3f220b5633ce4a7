"""OperationSweeper: continues unfinished bulk operations once a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.recruiting.bulk.dispatcher import OperationDispatcher
    from chalicelib.recruiting.bulk.progress import OperationProgress
    from chalicelib.recruiting.bulk.repository import OperationRepository


class OperationSweeper:
    """Sends the commands that no request could send, and finishes operations."""

    def __init__(
        self,
        operations: OperationRepository,
        dispatcher: OperationDispatcher,
        progress: OperationProgress,
    ) -> None:
        self._operations = operations
        self._dispatcher = dispatcher
        self._progress = progress

    def sweep(self, seconds: float) -> int:
        """Continue operations for at most some seconds. Return how many commands were sent."""
        deadline = time.monotonic() + seconds
        sent = 0
        for operation in self._operations.find_active():
            sent += self._dispatcher.send(operation, deadline)
            self._progress.update(operation)
            if time.monotonic() > deadline:
                break
        return sent
