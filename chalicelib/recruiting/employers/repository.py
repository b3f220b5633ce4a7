"""Employer repository (MongoDB).

The members of an employer are part of its document, so that one write can compare and change all
of them (docs/adr/0025). ``MembershipRepository`` reads and writes them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from chalicelib.common import times
from chalicelib.common.errors import VersionConflict
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.errors import EmployerNotFound, SlugTaken
from chalicelib.recruiting.employers.models import DEFAULT_DELAY_MINUTES, Employer, MemberRole
from chalicelib.recruiting.employers.slugs import derive_slug

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.common.versions import ExpectedVersions

_WITHOUT_MEMBERS = {"members": 0, "departures": 0}
# A former slug leads to the employer, and nobody else can have it. This many are kept.
_MOST_SLUGS = 10
_DELAY = "rejection_delay_minutes"
# Postings have copies of these fields (``EmployerLookup``).
_IN_POSTINGS = ("name", "slug", "application_limit")


def employers_collection(database: Database[dict[str, Any]]) -> Collection[dict[str, Any]]:
    """Return the collection of employers."""
    return database["employers"]


class EmployerRepository:
    """Reads and writes employers.

    ``slug`` is the present slug of an employer. ``slugs`` has it too, as the first one, and then
    the former ones. ``renamed_at`` is there until all postings have the present name, slug and
    application limit.

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
        for document in self._employers.find({"slugs": {"$exists": False}}, {"slug": 1}):
            # Earlier versions of the code stored one slug.
            same = {"_id": document["_id"], "slugs": {"$exists": False}}
            self._employers.update_one(same, {"$set": {"slugs": [document["slug"]]}})
        self._employers.create_index(
            "slugs",
            unique=True,
            partialFilterExpression={"slugs": {"$exists": True}},
            name="one_employer_for_each_slug",
        )
        self._employers.create_index("renamed_at", sparse=True, name="renamed")
        self._employers.create_index("members.account_id")
        self._employers.create_index("departures.membership", sparse=True, name="departed")

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
            "slugs": [slug],
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
            raise _slug_taken(slug)
        return _employer(found)

    def create_former(self, employer_id: str) -> None:
        """Create an employer that accounts of earlier versions name, unless it exists.

        It has no members yet. Its id was chosen by an administrator, so it becomes the name.
        """
        now = times.to_stored_time(self._clock())
        # The second slug is only for an id that gives none, or one that is taken.
        wanted = derive_slug(employer_id) or "employer"
        for slug in (wanted, f"{wanted[:20].rstrip('-')}-{new_id()}"):
            values = {"slug": slug, "slugs": [slug], "name": employer_id, "about": "", "version": 1}
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
        """Return the employer that has this slug now, or else the one that had it, or None."""
        for field in ("slug", "slugs"):
            found = self._employers.find_one({field: slug}, _WITHOUT_MEMBERS)
            if found is not None:
                return _employer(found)
        return None

    def get_rejection_delay(self, employer_id: str) -> int:
        """Return after how many minutes the e-mail of a rejection is sent by default.

        Raises:
            EmployerNotFound: no employer has this id.
        """
        found = self._employers.find_one({"_id": employer_id}, {_DELAY: 1})
        if found is None:
            raise EmployerNotFound
        return _delay(found)

    def change(
        self, employer_id: str, values: dict[str, Any], seen: ExpectedVersions
    ) -> tuple[Employer, bool]:
        """Change an employer.

        Args:
            employer_id: the employer.
            values: the new values of fields of ``EmployerChange``, as MongoDB stores them.
            seen: the versions to which the change may be made.

        Returns:
            The employer, and whether one of the values is another that its postings have too.

        Raises:
            EmployerNotFound: no employer has this id.
            SlugTaken: the slug is one of another employer.
            VersionConflict: it has another version.
        """
        while True:
            former = self._employers.find_one(
                {"_id": employer_id, **seen.to_filter()}, _WITHOUT_MEMBERS
            )
            if former is None:
                self.get(employer_id)
                raise VersionConflict("Somebody else has changed the employer. Read it again.")
            is_renamed = any(
                name in values and values[name] != former.get(name) for name in _IN_POSTINGS
            )
            changed = self._update(former, values, is_renamed=is_renamed)
            if changed is not None:
                return changed, is_renamed

    def _update(
        self, former: dict[str, Any], values: dict[str, Any], *, is_renamed: bool
    ) -> Employer | None:
        """Change an employer, unless somebody else has changed it since it was read."""
        fields: dict[str, Any] = dict(values)
        if is_renamed:
            slug = values.get("slug", former["slug"])
            known = former.get("slugs", [former["slug"]])
            fields["slugs"] = [slug, *(one for one in known if one != slug)][:_MOST_SLUGS]
            fields["renamed_at"] = times.to_stored_time(self._clock())
        try:
            found = self._employers.find_one_and_update(
                {"_id": former["_id"], "version": former["version"]},
                {"$set": fields, "$inc": {"version": 1}},
                _WITHOUT_MEMBERS,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError as error:
            raise _slug_taken(values["slug"]) from error
        return None if found is None else _employer(found)

    def find_renamed(self) -> dict[str, datetime]:
        """Return when employers were renamed, by id, if postings may have the former names."""
        found = self._employers.find({"renamed_at": {"$exists": True}}, {"renamed_at": 1})
        return {employer["_id"]: employer["renamed_at"] for employer in found}

    def finish_renaming(self, employer_id: str, renamed_at: datetime) -> None:
        """Record that all postings have the names of an employer, unless it was renamed again."""
        same = {"_id": employer_id, "renamed_at": renamed_at}
        self._employers.update_one(same, {"$unset": {"renamed_at": ""}})


def _slug_taken(slug: str) -> SlugTaken:
    return SlugTaken(f"The address {slug!r} belongs to another employer. Choose another.")


def _employer(document: dict[str, Any]) -> Employer:
    shown = {**document, "id": document["_id"], _DELAY: _delay(document)}
    return msgspec.convert(shown, Employer)


def _delay(document: dict[str, Any]) -> int:
    # Employers of earlier versions have none.
    delay: int = document.get(_DELAY, DEFAULT_DELAY_MINUTES)
    return delay
