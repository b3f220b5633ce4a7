"""Refusal repository (MongoDB): the commands that were not carried out, and why.

A command that was carried out is found in the events of its application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.common.mongo import insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection as Many
    from collections.abc import Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.recruiting.pipeline.jobs import Command, CommandKind
    from chalicelib.recruiting.pipeline.rules import Refusal

KEPT_SECONDS = 90 * 24 * 60 * 60


class RefusalRepository:
    """Reads and writes refusals. They are deleted after 90 days."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._refusals: Collection[dict[str, Any]] = database["command_refusals"]

    def create_indexes(self) -> None:
        """Create the index. Calling it again changes nothing."""
        self._refusals.create_index("at", expireAfterSeconds=KEPT_SECONDS, name="kept_90_days")

    def insert(self, refusals: Sequence[dict[str, Any]]) -> None:
        """Store refusals in one write, except those that are stored."""
        insert_missing(self._refusals, refusals)

    def find_reasons(self, command_ids: Many[str]) -> dict[str, str]:
        """Return the reasons of refused commands, by command id."""
        found = self._refusals.find({"_id": {"$in": sorted(command_ids)}}, {"reason": 1})
        return {one["_id"]: one["reason"] for one in found}

    def find(self, employer_id: str, application_id: str, command_id: str) -> dict[str, Any] | None:
        """Return the refusal of a command for an application of an employer, or None."""
        return self._refusals.find_one(
            {"_id": command_id, "employer_id": employer_id, "application_id": application_id}
        )


def new_refusal(kind: CommandKind, command: Command, reason: Refusal, stage: str) -> dict[str, Any]:
    """Return a refusal as it is stored.

    Args:
        kind: what the command should have done.
        command: the command.
        reason: why it was not carried out.
        stage: the stage in which the application was; empty if it was deleted.
    """
    return {
        "_id": command.command_id,
        "employer_id": command.employer_id,
        "posting_id": command.posting_id,
        "application_id": command.application_id,
        "kind": kind.value,
        "reason": reason.value,
        "stage": stage,
        "at": times.now(),
    }
