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
        """Continue operations. Return how many commands were sent.

        Cancelled e-mails are withheld first, however long that takes, because work that is due is
        queued next. An operation that fails does not stop the others.

        Args:
            seconds: how long commands are sent.

        Raises:
            Exception: what the first operation that failed raised, after the others.
        """
        deadline = time.monotonic() + seconds
        errors: list[Exception] = []
        operations = self._operations.find_active()
        for operation in operations:
            if operation.emails_cancelled:
                try:
                    self._progress.update(operation)
                except Exception as error:
                    errors.append(error)
        sent = 0
        for operation in operations:
            if time.monotonic() > deadline:
                break
            try:
                sent += self._dispatcher.send(operation, deadline)
                self._progress.update(operation)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return sent
