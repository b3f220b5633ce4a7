"""Refusal repository (MongoDB): the commands that were not carried out, and why.

A command that was carried out is found in the events of its application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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


class StoredRefusal(NamedTuple):
    """Why a command was not carried out, and how many events the application had then."""

    reason: str
    version: int


class RefusalRepository:
    """Reads and writes refusals. They are deleted after 90 days."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._refusals: Collection[dict[str, Any]] = database["command_refusals"]

    def create_indexes(self) -> None:
        """Create the index. Calling it again changes nothing."""
        self._refusals.create_index("at", expireAfterSeconds=KEPT_SECONDS, name="kept_90_days")

    def delete(self, command_ids: Many[str]) -> None:
        """Delete the refusals of commands."""
        if command_ids:
            self._refusals.delete_many({"_id": {"$in": sorted(command_ids)}})

    def insert(self, refusals: Sequence[dict[str, Any]]) -> None:
        """Store refusals in one write, except those that are stored."""
        insert_missing(self._refusals, refusals)

    def find_many(self, command_ids: Many[str]) -> dict[str, StoredRefusal]:
        """Return the refusals of commands, by command id."""
        query, fields = {"_id": {"$in": sorted(command_ids)}}, {"reason": 1, "version": 1}
        # Earlier versions stored no version.
        return {
            one["_id"]: StoredRefusal(one["reason"], one.get("version", 0))
            for one in self._refusals.find(query, fields)
        }

    def find_reasons(self, command_ids: Many[str]) -> dict[str, str]:
        """Return the reasons of refused commands, by command id."""
        return {one: refusal.reason for one, refusal in self.find_many(command_ids).items()}

    def find(self, employer_id: str, application_id: str, command_id: str) -> dict[str, Any] | None:
        """Return the refusal of a command for an application of an employer, or None."""
        return self._refusals.find_one(
            {"_id": command_id, "employer_id": employer_id, "application_id": application_id}
        )


def new_refusal(
    kind: CommandKind, command: Command, reason: Refusal, stage: str, version: int
) -> dict[str, Any]:
    """Return a refusal as it is stored.

    Args:
        kind: what the command should have done.
        command: the command.
        reason: why it was not carried out.
        stage: the stage in which the application was; empty if it was deleted.
        version: how many events the application had.
    """
    return {
        "_id": command.command_id,
        "employer_id": command.employer_id,
        "posting_id": command.posting_id,
        "application_id": command.application_id,
        "kind": kind.value,
        "reason": reason.value,
        "stage": stage,
        "version": version,
        "at": times.now(),
    }
