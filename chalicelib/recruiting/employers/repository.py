"""Employer repository (MongoDB).

The members of an employer are part of its document, so that one write can compare and change all
of them (docs/adr/0025). ``MembershipRepository`` reads and writes them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from chalicelib.common import times
from chalicelib.common.errors import VersionConflict
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.errors import EmployerNotFound, SlugTaken
from chalicelib.recruiting.employers.models import Employer, MemberRole
from chalicelib.recruiting.employers.slugs import derive_slug

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.common.versions import ExpectedVersions

_WITHOUT_MEMBERS = {"members": 0}


def employers_collection(database: Database[dict[str, Any]]) -> Collection[dict[str, Any]]:
    """Return the collection of employers."""
    return database["employers"]


class EmployerRepository:
    """Reads and writes employers.

    Args:
        database: the database of the deployment stage.
        clock: returns the current time.
    """

    def __init__(
        self, database: Database[dict[str, Any]], clock: Callable[[], datetime] = times.now
    ) -> None:
        self._employers = employers_collection(database)
        self._clock = clock

    def create_indexes(self) -> None:
        """Create the indexes, unless they exist."""
        self._employers.create_index("slug", unique=True)
        self._employers.create_index("members.account_id")

    def create(self, slug: str, name: str, about: str, owner_id: str) -> Employer:
        """Create an employer with its first owner.

        An owner who repeats the request, with the same slug and name, gets the employer that the
        first one created, because the answer to it may have been lost.

        Raises:
            SlugTaken: another employer has this slug.
        """
        now = times.to_stored_time(self._clock())
        owner = {"account_id": owner_id, "role": MemberRole.OWNER.value, "since": now}
        document = {
            "_id": new_id(),
            "slug": slug,
            "name": name,
            "about": about,
            "version": 1,
            "created_at": now,
            "members": [owner],
        }
        try:
            self._employers.insert_one(document)
        except DuplicateKeyError:
            return self._find_created(slug, name, owner_id)
        return _employer(document)

    def _find_created(self, slug: str, name: str, owner_id: str) -> Employer:
        same_owner = {"$elemMatch": {"account_id": owner_id, "role": MemberRole.OWNER.value}}
        query = {"slug": slug, "name": name, "members": same_owner}
        found = self._employers.find_one(query, _WITHOUT_MEMBERS)
        if found is None:
            raise SlugTaken(f"The address {slug!r} belongs to another employer. Choose another.")
        return _employer(found)

    def create_former(self, employer_id: str) -> None:
        """Create an employer that accounts of earlier versions name, unless it exists.

        It has no members yet. Its id was chosen by an administrator, so it becomes the name.
        """
        now = times.to_stored_time(self._clock())
        # The second slug is only for an id that gives none, or one that is taken.
        wanted = derive_slug(employer_id) or "employer"
        for slug in (wanted, f"{wanted[:20].rstrip('-')}-{new_id()}"):
            values = {"slug": slug, "name": employer_id, "about": "", "version": 1}
            document = {**values, "created_at": now, "members": []}
            try:
                self._employers.update_one(
                    {"_id": employer_id}, {"$setOnInsert": document}, upsert=True
                )
            except DuplicateKeyError:
                continue
            return

    def get(self, employer_id: str) -> Employer:
        """Return an employer.

        Raises:
            EmployerNotFound: no employer has this id.
        """
        found = self._employers.find_one({"_id": employer_id}, _WITHOUT_MEMBERS)
        if found is None:
            raise EmployerNotFound
        return _employer(found)

    def find_by_slug(self, slug: str) -> Employer | None:
        """Return the employer with this slug, or None."""
        found = self._employers.find_one({"slug": slug}, _WITHOUT_MEMBERS)
        return None if found is None else _employer(found)

    def change(self, employer_id: str, values: dict[str, str], seen: ExpectedVersions) -> Employer:
        """Change the name or the text of an employer.

        Args:
            employer_id: the employer.
            values: the new values of ``name`` and ``about``.
            seen: the versions to which the change may be made.

        Raises:
            EmployerNotFound: no employer has this id.
            VersionConflict: it has another version.
        """
        found = self._employers.find_one_and_update(
            {"_id": employer_id, **seen.to_filter()},
            {"$set": values, "$inc": {"version": 1}},
            _WITHOUT_MEMBERS,
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            self.get(employer_id)
            raise VersionConflict("Somebody else has changed the employer. Read it again.")
        return _employer(found)


def _employer(document: dict[str, Any]) -> Employer:
    return Employer(
        id=document["_id"],
        slug=document["slug"],
        name=document["name"],
        about=document["about"],
        version=document["version"],
        created_at=document["created_at"],
    )
