"""Repository of the postings of employers (MongoDB). Each method reads or writes those of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.recruiting.postings.documents import DRAFT, Document, version_of
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.postings.repository import postings_collection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

# What the list of an employer does not show.
_NOT_LISTED = {"description": False, "stages": False}


class EmployerPostingRepository:
    """Reads and writes the postings of employers, drafts too.

    ``team_member`` limits a method to postings that have this account in their team.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._postings: Collection[dict[str, Any]] = postings_collection(database)

    def insert(self, document: Document) -> None:
        """Insert a new posting."""
        self._postings.insert_one(dict(document))

    def find(
        self, employer_id: str, posting_id: str, team_member: str | None = None
    ) -> dict[str, Any]:
        """Return the document of a posting.

        Raises:
            PostingNotFound: the employer has no such posting.
        """
        wanted = {"_id": posting_id, "employer_id": employer_id}
        document = self._postings.find_one({**wanted, **_team(team_member)})
        if document is None:
            raise PostingNotFound
        return document

    def find_page(
        self,
        employer_id: str,
        *,
        states: Sequence[str],
        team_member: str | None,
        before: str,
        count: int,
    ) -> list[dict[str, Any]]:
        """Return the newest postings of an employer, newest first.

        Args:
            employer_id: the employer.
            states: only postings in these states; empty for all.
            team_member: only postings that have this account in their team.
            before: only postings with smaller ids; empty for no bound.
            count: how many to return.
        """
        wanted: dict[str, Any] = {"employer_id": employer_id, **_team(team_member)}
        if states:
            wanted["state"] = {"$in": list(states)}
        if before:
            wanted["_id"] = {"$lt": before}
        return list(self._postings.find(wanted, _NOT_LISTED).sort("_id", -1).limit(count))

    def has_published(self, employer_id: str) -> bool:
        """Return whether an employer has a published posting."""
        wanted = {"employer_id": employer_id, "state": "published"}
        return self._postings.find_one(wanted, {"_id": 1}) is not None

    def update(self, document: Document, fields: Mapping[str, Any]) -> dict[str, Any] | None:
        """Change a posting if nobody has changed it since its document was read.

        Args:
            document: the posting as it was read.
            fields: the new values.

        Returns:
            The new document, or None if somebody else changed or deleted the posting.
        """
        changes = {**fields, "version": version_of(document) + 1, "changed_at": times.now()}
        done = self._postings.update_one(_same_version(document), {"$set": changes})
        return {**document, **changes} if done.matched_count else None

    def delete_draft(self, document: Document) -> bool:
        """Delete a draft, unless somebody has changed or published it. Return whether it was."""
        wanted = {**_same_version(document), "state": DRAFT}
        return bool(self._postings.delete_one(wanted).deleted_count)


def _team(team_member: str | None) -> dict[str, str]:
    return {} if team_member is None else {"team": team_member}


def _same_version(document: Document) -> dict[str, Any]:
    return {
        "_id": document["_id"],
        "employer_id": document["employer_id"],
        "version": document["version"],
    }
