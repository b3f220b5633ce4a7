"""What was done to accounts, by whom, when: kept for a year, and told in the log.

Neither holds an address, a name or a token; the log has the correlation id of the request.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.common.ids import new_id

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from pymongo.collection import Collection
    from pymongo.database import Database

RETENTION = timedelta(days=365)


class AuditLog:
    """The audit events of a stage."""

    def __init__(self, database: Database[dict[str, Any]], logger: Logger) -> None:
        self._events: Collection[dict[str, Any]] = database["account_events"]
        self._logger = logger

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._events.create_index("at", expireAfterSeconds=round(RETENTION.total_seconds()))
        self._events.create_index([("account_id", 1), ("_id", -1)])

    def record(self, event: str, account_id: str, **about: str) -> None:
        """Note an event, after it was done. ``about`` holds identifiers only."""
        entry = {"event": event, "account_id": account_id, **about}
        self._events.insert_one({"_id": new_id(), "at": datetime.now(UTC), **entry})
        self._logger.info("audit", extra=entry)

    def log_notice_failure(self, event: str, account_id: str, error: Exception) -> None:
        """Log that the owner could not be told of an event."""
        self._logger.error(
            "owner not told",
            extra={"event": event, "account_id": account_id, "error": type(error).__name__},
        )
