"""The context that Lambda passes to a function."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LambdaContext:
    """The context of an invocation that starts now and may take ``seconds``."""

    seconds: int = 60
    started_at: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left, as Lambda's context does."""
        left = self.started_at + self.seconds - time.monotonic()
        return max(0, round(left * 1000))
