"""The searchable texts of all listed postings in the memory of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository


class SearchIndex:
    """The searchable texts of this process. Nothing is read before the first search.

    A search looks for its terms in each text. That takes as long for a rare term as for a common
    one, and needs no word boundaries, which many scripts do not write.

    Args:
        repository: reads the catalogue.
    """

    def __init__(self, repository: CatalogueRepository) -> None:
        self._repository = repository
        self._versions: Mapping[str, str] = {}
        self._parts: dict[str, dict[str, str]] = {}
        self._texts: dict[str, str] = {}

    def texts(self, versions: Mapping[str, str]) -> Mapping[str, str]:
        """Return the searchable texts by posting id.

        Args:
            versions: the present version of each part of the catalogue. Changed parts are read.

        Raises:
            pymongo.errors.PyMongoError: MongoDB cannot be reached.
        """
        if versions != self._versions:
            changed = [one for one in versions if versions[one] != self._versions.get(one)]
            parts = {**self._parts, **self._repository.find_texts(changed)}
            self._parts = {one: parts[one] for one in versions if one in parts}
            self._versions = dict(versions)
            self._texts = {}
            for part in self._parts.values():
                self._texts.update(part)
        return self._texts
