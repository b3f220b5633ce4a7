"""Postings in the memory of a process, for the page of one posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository
    from chalicelib.recruiting.postings.models import Posting

# With descriptions of 5,000 characters, 5 MB.
MAX_POSTINGS = 1000


class PostingCache:
    """Postings of this process, each as current as its last publication.

    Each use reads one version from the catalogue. The posting is read only if that changed.

    Args:
        catalogue: reads the versions.
        find: returns a posting by its id, from MongoDB.
    """

    def __init__(self, catalogue: CatalogueRepository, find: Callable[[str], Posting]) -> None:
        self._catalogue = catalogue
        self._find = find
        self._known: dict[str, tuple[str, Posting]] = {}

    def get(self, posting_id: str) -> Posting:
        """Return a posting.

        Raises:
            PostingNotFound: no posting has this id.
            pymongo.errors.PyMongoError: MongoDB cannot be reached.
        """
        # Read before the posting, so that a later publication has another version.
        version = self._catalogue.find_version(posting_id)
        known_version, posting = self._known.pop(posting_id, (None, None))
        if posting is None or version != known_version:
            posting = self._find(posting_id)
        if version is not None:
            if len(self._known) >= MAX_POSTINGS:
                # Each use moves a posting to the end, so the first one was unused for longest.
                del self._known[next(iter(self._known))]
            self._known[posting_id] = (version, posting)
        return posting
