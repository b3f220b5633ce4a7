"""Repository of privacy notices (MongoDB): all versions of each employer, which never change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo.errors import DuplicateKeyError

from chalicelib.common import times
from chalicelib.recruiting.consents.models import PrivacyNotice

if TYPE_CHECKING:
    from collections.abc import Collection as Many
    from datetime import datetime

    from pymongo.collection import Collection
    from pymongo.database import Database


class StoredNotice(NamedTuple):
    """A version of a notice, and who wrote it when."""

    notice: PrivacyNotice
    changed_at: datetime
    changed_by: str


class NoticeRepository:
    """Reads and adds privacy notices. The ``_id`` is that of the employer, with the version."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._notices: Collection[dict[str, Any]] = database["privacy_notices"]

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._notices.create_index([("employer_id", 1), ("version", -1)], name="of_an_employer")

    def find(self, notice_id: str) -> PrivacyNotice | None:
        """Return a notice, or None."""
        found = self._notices.find_one({"_id": notice_id})
        return _read(found).notice if found else None

    def find_newest(self, employer_id: str) -> StoredNotice | None:
        """Return the newest notice of an employer, or None if it has none."""
        found = self._notices.find({"employer_id": employer_id}).sort("version", -1).limit(1)
        return next(map(_read, found), None)

    def find_known(self, notice_ids: Many[str]) -> set[str]:
        """Return those of these ids that notices have."""
        found = self._notices.find({"_id": {"$in": sorted(notice_ids)}}, {"_id": 1})
        return {one["_id"] for one in found}

    def add(
        self, employer_id: str, version: int, text: str, changed_by: str
    ) -> StoredNotice | None:
        """Add a version. Return None if the employer has this version already."""
        document = {
            "_id": notice_id_of(employer_id, version),
            "employer_id": employer_id,
            "version": version,
            "text": text,
            "changed_at": times.to_stored_time(times.now()),
            "changed_by": changed_by,
        }
        try:
            self._notices.insert_one(document)
        except DuplicateKeyError:
            return None
        return _read(document)


def notice_id_of(employer_id: str, version: int) -> str:
    """Return the id of a version of an employer's notice."""
    return f"{employer_id}-{version}"


def is_of_employer(notice_id: str, employer_id: str) -> bool:
    """Return whether an id has the form of the ids of an employer's notices."""
    owner, _, version = notice_id.rpartition("-")
    return owner == employer_id and version.isdecimal()


def _read(document: dict[str, Any]) -> StoredNotice:
    notice = PrivacyNotice(
        document["_id"], document["text"], document["employer_id"], document["version"]
    )
    return StoredNotice(notice, document["changed_at"], document["changed_by"])
