"""Versions of stored documents, by which a change is refused if another one came first."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.common.errors import VersionConflict


class ExpectedVersions(msgspec.Struct, frozen=True):
    """The versions that a client has seen of the document that it wants to change.

    Args:
        versions: the versions; None if the client wants to change the document in any version.
    """

    versions: frozenset[int] | None

    def includes(self, version: int) -> bool:
        """Return whether the change may be made to this version."""
        return self.versions is None or version in self.versions

    def require(self, version: int) -> None:
        """Check that the change may be made to this version.

        Raises:
            VersionConflict: the client has seen none of it.
        """
        if not self.includes(version):
            raise VersionConflict("Somebody else has changed it.")

    def to_filter(self) -> dict[str, Any]:
        """Return a MongoDB filter, so that one write compares the version and makes the change."""
        return {} if self.versions is None else {"version": {"$in": sorted(self.versions)}}


ANY_VERSION = ExpectedVersions(None)
