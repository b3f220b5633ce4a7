"""What Lambda passes to a function."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

# The event that the schedule sends.
SCHEDULED_EVENT: dict[str, Any] = {
    "version": "0",
    "id": "1",
    "account": "000000000000",
    "region": "us-east-1",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2026-01-01T00:00:00Z",
    "resources": [],
}


@dataclass(frozen=True)
class LambdaContext:
    """The context of an invocation that starts now and may take ``seconds``."""

    seconds: int = 60
    started_at: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left, as Lambda's context does."""
        left = self.started_at + self.seconds - time.monotonic()
        return max(0, round(left * 1000))
