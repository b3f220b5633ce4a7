"""The context that Lambda passes to a function."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LambdaContext:
    """The context of an invocation that has ``seconds`` left, however long it takes."""

    seconds: int = 60

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left, as Lambda's context does."""
        return self.seconds * 1000
