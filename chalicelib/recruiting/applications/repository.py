"""Application repository (MongoDB)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne

from chalicelib.common.mongo import insert_missing
from chalicelib.recruiting.applications.contents import CONTENT_FIELDS, READ_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection as Many
    from collections.abc import Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.recruiting.applications.events import ApplicationChange

# Aliases of early versions do not have the time when they were accepted.
_UNKNOWN_TIME = datetime.min.replace(tzinfo=UTC)
_TIMES = ("stored_at", "withdrawn_at")
# All fields but the texts of candidates and members, which no change of an application needs.
WITHOUT_TEXTS = dict.fromkeys((*CONTENT_FIELDS, *READ_FIELDS, "notes"), 0)
# They may be a megabyte, and few readers need them.
WITHOUT_FILE_TEXTS = dict.fromkeys(READ_FIELDS, 0)


@dataclass(slots=True)
class Receipts:
    """The receipts that lead to an application.

    Args:
        application: its document without its content and its events; None if it is not stored.
        accepted: the ids of the application and of its aliases, each with the time when it was
            accepted.
    """

    application: dict[str, Any] | None = None
    accepted: dict[str, datetime] = field(default_factory=dict)


def applications_collection(database: Database[dict[str, Any]]) -> Collection[dict[str, Any]]:
    """Return the collection of applications and aliases."""
    return database["applications"]


class ApplicationRepository:
    """Reads and writes applications and their aliases.

    An alias has ``duplicate_of``, the id of another application. It represents a receipt that was
    issued for an application which was stored already, and leads to that application. A withdrawn
    application has ``withdrawn_at``. If it lacks ``stored_at``, it is a tombstone: it was withdrawn
    before it was stored, and will not be stored.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._applications.create_index(
            [("candidate_id", 1), ("posting_id", 1)],
            unique=True,
            partialFilterExpression={"active": True},
            name="one_active_application",
        )
        self._applications.create_index(
            [("candidate_id", 1), ("_id", -1)], name="applications_of_a_candidate"
        )

    def insert(self, documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Insert documents in one write.

        Returns:
            The documents that were refused, because their id exists, or because the candidate has
            an active application for the posting.

        Raises:
            pymongo.errors.PyMongoError: some documents may have been inserted.
        """
        return insert_missing(self._applications, documents)

    def find(self, candidate_id: str, application_id: str) -> dict[str, Any] | None:
        """Return an application of a candidate; for the id of an alias, the one it leads to."""
        query = {"_id": application_id, "candidate_id": candidate_id}
        stored = self._applications.find_one(query, WITHOUT_FILE_TEXTS)
        if stored and "duplicate_of" in stored:
            original = {**query, "_id": stored["duplicate_of"]}
            return self._applications.find_one(original, WITHOUT_FILE_TEXTS)
        return stored

    def find_active_id(self, candidate_id: str, posting_id: str) -> str | None:
        """Return the id of a candidate's active application for a posting, or None."""
        found = self._applications.find_one(
            {"candidate_id": candidate_id, "posting_id": posting_id, "active": True}, {"_id": 1}
        )
        return found["_id"] if found else None

    def find_outcomes(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return ``duplicate_of`` and ``withdrawn_at`` of the documents with these ids, by id."""
        found = self._applications.find(
            {"_id": {"$in": list(ids)}}, {"duplicate_of": 1, "withdrawn_at": 1}
        )
        return {document["_id"]: document for document in found}

    def find_alias_ids(self, candidate_id: str, application_id: str) -> list[str]:
        """Return the ids of the aliases that lead to an application of a candidate."""
        found = self._applications.find(
            {"candidate_id": candidate_id, "duplicate_of": application_id}, {"_id": 1}
        )
        return [alias["_id"] for alias in found]

    def find_newest(
        self,
        candidate_id: str,
        *,
        before: str,
        posting_id: str,
        count: int,
        known: Sequence[str],
    ) -> list[dict[str, Any]]:
        """Return the newest applications of a candidate, newest first.

        Args:
            candidate_id: the candidate.
            before: return only applications with smaller ids; empty for no bound.
            posting_id: return only applications for this posting; empty for all postings.
            count: return at least this many, if they exist.
            known: also return what is stored under these ids, even aliases.
        """
        query: dict[str, Any] = {"candidate_id": candidate_id}
        if before:
            query["_id"] = {"$lt": before}
        own: dict[str, Any] = {"duplicate_of": {"$exists": False}}
        if posting_id:
            own["posting_id"] = posting_id
        query |= {"$or": [own, {"_id": {"$in": list(known)}}]} if known else own
        found = self._applications.find(query, WITHOUT_FILE_TEXTS)
        return list(found.sort("_id", -1).limit(count + len(known)))

    def find_stored_ids(self, ids: Many[str]) -> set[str]:
        """Return the given ids under which an application or an alias is stored."""
        return set(self.resolve_ids(ids)) if ids else set()

    def resolve_ids(self, ids: Many[str]) -> dict[str, str]:
        """Return the stored ones of these ids, each with the application id that it leads to."""
        found = self._applications.find({"_id": {"$in": sorted(ids)}}, {"duplicate_of": 1})
        return {one["_id"]: one.get("duplicate_of", one["_id"]) for one in found}

    def find_receipts(
        self, candidate_ids: Many[str], application_ids: Many[str]
    ) -> dict[str, Receipts]:
        """Return the receipts that lead to applications of these candidates, by application id."""
        if not application_ids:
            return {}
        ids = {"$in": sorted(application_ids)}
        found = self._applications.find(
            {
                "candidate_id": {"$in": sorted(candidate_ids)},
                "$or": [{"_id": ids}, {"duplicate_of": ids}],
            },
            dict.fromkeys(("duplicate_of", "accepted_at", *_TIMES, "version"), 1),
        )
        receipts: dict[str, Receipts] = {}
        for one in found:
            of_target = receipts.setdefault(one.get("duplicate_of", one["_id"]), Receipts())
            of_target.accepted[one["_id"]] = one.get("accepted_at", _UNKNOWN_TIME)
            if "duplicate_of" not in one:
                of_target.application = one
        return receipts

    def find_of_employer(self, employer_id: str, application_id: str) -> dict[str, Any] | None:
        """Return an application for a posting of an employer, if it is stored."""
        query = {"_id": application_id, "employer_id": employer_id, "stored_at": {"$exists": True}}
        return self._applications.find_one(query, WITHOUT_FILE_TEXTS)

    def find_many_for_change(
        self, application_ids: Many[str], *, content: bool = False
    ) -> dict[str, dict[str, Any]]:
        """Return applications by id, without notes; with what the candidates sent on request."""
        found = self._applications.find(
            {"_id": {"$in": sorted(application_ids)}, "duplicate_of": {"$exists": False}},
            {"notes": 0, **WITHOUT_FILE_TEXTS} if content else WITHOUT_TEXTS,
        )
        return {one["_id"]: one for one in found}

    def save_changes(self, changes: Sequence[ApplicationChange]) -> None:
        """Save changes of different applications in one write.

        Raises:
            RuntimeError: an application has changed since it was read, so its change was not saved.
            pymongo.errors.PyMongoError: some changes may be saved.
        """
        if not changes:
            return
        updates = [UpdateOne(*change.to_update()) for change in changes]
        saved = self._applications.bulk_write(updates, ordered=False)
        if saved.matched_count < len(updates):
            raise RuntimeError("another worker changed an application meanwhile")

    def find_candidates(self, application_ids: Many[str]) -> dict[str, str]:
        """Return the candidates of the stored ones of these applications, by application id."""
        found = self._applications.find(
            {"_id": {"$in": sorted(application_ids)}}, {"candidate_id": 1}
        )
        return {one["_id"]: one["candidate_id"] for one in found}

    def find_owners(self, candidate_ids: Many[str]) -> set[str]:
        """Return those of these candidates who have applications or aliases."""
        if not candidate_ids:
            return set()
        query = {"candidate_id": {"$in": sorted(candidate_ids)}}
        return set(self._applications.distinct("candidate_id", query))

    def find_owners_after(self, candidate_id: str, count: int) -> list[str]:
        """Return the candidates of the next ``count`` applications, in the order of their ids.

        Args:
            candidate_id: return only candidates with greater ids; empty for no bound.
            count: how many applications to read. A candidate appears once for each of theirs.
        """
        query = {"candidate_id": {"$gt": candidate_id}}
        found = self._applications.find(query, {"candidate_id": 1})
        return [one["candidate_id"] for one in found.sort("candidate_id", 1).limit(count)]

    def find_postings_of(self, candidate_id: str) -> dict[str, str]:
        """Return all applications and aliases of a candidate: the ids of the postings, by id."""
        query = {"candidate_id": candidate_id}
        fields = {"posting_id": 1, "duplicate_of": 1}
        found = {one["_id"]: one for one in self._applications.find(query, fields)}
        # An alias of an earlier version has no posting.
        originals = {one: found.get(doc.get("duplicate_of"), doc) for one, doc in found.items()}
        return {
            one: doc.get("posting_id") or originals[one].get("posting_id", "")
            for one, doc in found.items()
        }

    def delete(self, candidate_id: str, ids: Many[str]) -> None:
        """Delete applications and aliases of a candidate.

        Jobs that still wait in the candidate's lane are not stored, if the account is deleted too.
        """
        query = {"_id": {"$in": sorted(ids)}, "candidate_id": candidate_id}
        self._applications.delete_many(query)
