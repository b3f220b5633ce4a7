"""Repository of profiles (MongoDB): one document for each candidate who has stored one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from pymongo.errors import DuplicateKeyError

from chalicelib.recruiting.profiles.models import Profile

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database


class ProfileRepository:
    """Reads and writes profiles. The id of a profile is that of its account."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._profiles: Collection[dict[str, Any]] = database["profiles"]

    def get(self, account_id: str) -> Profile:
        """Return the profile of an account, or an empty one with the version 0."""
        found = self._profiles.find_one({"_id": account_id})
        return Profile() if found is None else msgspec.convert(found, Profile)

    def replace(self, account_id: str, profile: Profile, version: int) -> bool:
        """Store a profile in place of one with a version; 0 if there is none.

        Returns:
            False if another request has stored or deleted one meanwhile.
        """
        try:
            written = self._profiles.replace_one(
                {"_id": account_id, "version": version},
                msgspec.to_builtins(profile),
                upsert=not version,
            )
        except DuplicateKeyError:
            return False
        return bool(written.matched_count or written.upserted_id)

    def delete(self, account_id: str) -> None:
        """Delete the profile of an account in any version, if there is one."""
        self._profiles.delete_one({"_id": account_id})

    def delete_version(self, account_id: str, version: int) -> bool:
        """Delete the profile of an account. Return False if it does not have this version."""
        return bool(
            self._profiles.delete_one({"_id": account_id, "version": version}).deleted_count
        )
