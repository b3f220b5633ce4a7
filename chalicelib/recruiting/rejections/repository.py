"""Repository of the settings for rejections (MongoDB): one document for each employer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from pymongo.errors import DuplicateKeyError

from chalicelib.recruiting.rejections.models import RejectionSettings

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database


class RejectionSettingsRepository:
    """Reads and writes the settings of employers for rejections."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._settings: Collection[dict[str, Any]] = database["rejection_settings"]

    def get(self, employer_id: str) -> RejectionSettings:
        """Return the settings of an employer, or the defaults."""
        found = self._settings.find_one({"_id": employer_id})
        return RejectionSettings() if found is None else msgspec.convert(found, RejectionSettings)

    def replace(self, employer_id: str, settings: RejectionSettings) -> bool:
        """Replace the settings if they still have the revision that was read.

        Args:
            employer_id: the employer.
            settings: the new settings, with the revision that was read.

        Returns:
            False if somebody else has written them meanwhile.
        """
        new = msgspec.structs.replace(settings, revision=settings.revision + 1)
        try:
            written = self._settings.replace_one(
                {"_id": employer_id, "revision": settings.revision},
                msgspec.to_builtins(new),
                upsert=not settings.revision,
            )
        except DuplicateKeyError:
            return False
        return bool(written.matched_count or written.upserted_id)
