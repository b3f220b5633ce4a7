"""Audit log: the changes of accounts, in MongoDB for a year and in the function's log.

Events hold ids only: no e-mail address, name or token. The lines in the function's log also have
the correlation id of the request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.common.ids import new_id

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from pymongo.collection import Collection
    from pymongo.database import Database

RETENTION = timedelta(days=365)
ACCOUNT_DELETED = "account_deleted"


class AuditLog:
    """Records events.

    Args:
        database: the database of the deployment stage.
        logger: the logger of the function.
    """

    def __init__(self, database: Database[dict[str, Any]], logger: Logger) -> None:
        self._events: Collection[dict[str, Any]] = database["account_events"]
        self._logger = logger

    def create_indexes(self) -> None:
        """Create the indexes, unless they exist."""
        self._events.create_index("at", expireAfterSeconds=round(RETENTION.total_seconds()))
        self._events.create_index([("account_id", 1), ("_id", -1)])

    def record(self, event: str, account_id: str, **details: str) -> None:
        """Record an event that has happened.

        Args:
            event: its name.
            account_id: the account it concerns.
            details: further members of the event; ids and names of choices only.
        """
        entry = {"event": event, "account_id": account_id, **details}
        self._events.insert_one({"_id": new_id(), "at": times.now(), **entry})
        self._logger.info("audit", extra=entry)

    def find_deleted_accounts(self, since: datetime) -> set[str]:
        """Return the ids of the accounts that were deleted since a time."""
        query = {"at": {"$gte": since}, "event": ACCOUNT_DELETED}
        return {event["account_id"] for event in self._events.find(query, {"account_id": 1})}

    def find_of(self, account_id: str) -> list[dict[str, Any]]:
        """Return the events of an account, newest first."""
        return list(self._events.find({"account_id": account_id}).sort("_id", -1))

    def log_notice_failure(self, event: str, account_id: str, error: Exception) -> None:
        """Log that the e-mail about an event could not be queued."""
        self._logger.error(
            "account notice not queued",
            extra={"event": event, "account_id": account_id, "error": type(error).__name__},
        )
