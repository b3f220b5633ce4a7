"""Counts the documents that MongoDB examines for reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import monitoring
from pymongo.database import Database

_READS = ("find", "aggregate", "count", "distinct")
# Fields of a command that belong to its session, not to the query.
_SESSION = ("lsid", "txnNumber", "$db", "$clusterTime", "$readPreference", "maxTimeMS")


class ReadRecorder(monitoring.CommandListener):
    """Records the reads of a client (``event_listeners``)."""

    def __init__(self) -> None:
        self.reads: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Record a command if it reads."""
        if event.command_name in _READS:
            self.reads.append(
                {name: value for name, value in event.command.items() if name not in _SESSION}
            )

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Ignore the answer."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Ignore the failure."""

    def take(self) -> list[dict[str, Any]]:
        """Return the recorded reads, and forget them."""
        taken, self.reads = self.reads, []
        return taken


def documents_examined(database: Database[dict[str, Any]], read: Mapping[str, Any]) -> int:
    """Return how many documents MongoDB examines for a read."""
    wanted = dict(read)
    ids = wanted.get("filter", {}).get("_id")
    if isinstance(ids, str) or (isinstance(ids, dict) and "$in" in ids):
        # The local server reads documents by their ids, whatever else the filter has, but its
        # plan then says that it scans the collection.
        wanted["filter"] = {"_id": ids}
    plan = database.command("explain", wanted, verbosity="executionStats")
    return int(plan["executionStats"]["totalDocsExamined"])
