"""Repository of waiting applications (MongoDB): those whose block lacks them or their last change.

The field ``block`` of an application is the number of the block that has it, or will have it, and
never changes. The field ``indexed`` is true while that block has its present state. Each change of
the application removes it in the same write. ``words_version`` grows with each file whose words
were read, and ``indexed_words`` is the version that the block has. ``text_changed`` is true while
the block may have the words of an earlier revision.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo import UpdateMany

from chalicelib.recruiting.applications.contents import FILE_WORDS
from chalicelib.recruiting.applications.id_windows import find_newest
from chalicelib.recruiting.applications.repository import applications_collection

if TYPE_CHECKING:
    from collections.abc import Collection as Many
    from collections.abc import Iterable

    from pymongo.database import Database

    Document = dict[str, Any]

_STATE = dict.fromkeys(
    (
        *("stage", "active", "version", "block"),
        *("words_version", "indexed_words", "text_changed"),
    ),
    1,
)
_TEXT = dict.fromkeys(("candidate_id", "cover_letter", "files.id", FILE_WORDS), 1)
_MANAGED = {"employer_id": {"$gte": ""}}
# The local server compares each document with each id of a list, so long lists are slow there.
_LIST = 100


class WaitingPostings(NamedTuple):
    """A page of the employers with waiting applications, the newest employers first.

    Args:
        postings: the postings with many waiting applications, each with its employer.
        before: the oldest employer of the page, if there are more; otherwise empty.
        read: how many waiting applications were read.
    """

    postings: list[tuple[str, str]]
    before: str
    read: int


class Place(NamedTuple):
    """The block of an application."""

    posting_id: str
    block: int
    application_id: str


class WaitingRepository:
    """Reads waiting applications, and records which ones are indexed."""

    def __init__(self, database: Database[Document]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the index. Calling it again changes nothing."""
        self._applications.create_index(
            [(name, 1) for name in ("indexed", "employer_id", "posting_id", "_id")],
            partialFilterExpression=_MANAGED,
            name="applicants_waiting_for_index",
        )

    def find_postings(self, at_least: int, *, before: str, count: int) -> WaitingPostings:
        """Return postings with at least this many waiting applications.

        Args:
            at_least: how many applications must wait.
            before: read only employers with smaller ids; empty for no bound.
            count: read about this many waiting applications, in the order of their employers.
        """

        def find(employers: dict[str, str], most: int) -> list[Document]:
            query = {"indexed": None, "employer_id": {"$gte": "", **employers}}
            found = self._applications.find(query, {"employer_id": 1, "posting_id": 1})
            return list(found.sort([("employer_id", -1), ("posting_id", -1)]).limit(most))

        # The ids of employers begin with their time, as those of applications do.
        found = find_newest(find, before=before, since="", count=count)
        waiting = Counter((one["employer_id"], one["posting_id"]) for one in found)
        postings = [one for one, number in waiting.items() if number >= at_least]
        if len(found) < count:
            return WaitingPostings(postings, "", len(found))
        # There may be more of the last employer. If they hide a posting, count them.
        last = found[-1]["employer_id"]
        if all(employer != last for employer, _ in postings):
            postings += self._count_of_employer(last, at_least)
        return WaitingPostings(postings, last, len(found))

    def _count_of_employer(self, employer_id: str, at_least: int) -> list[tuple[str, str]]:
        # The local server uses the index only with a range.
        own = {"indexed": None, "employer_id": employer_id, "posting_id": {"$gte": ""}}
        groups = self._applications.aggregate(
            [
                {"$match": own},
                {"$group": {"_id": "$posting_id", "count": {"$sum": 1}}},
                {"$match": {"count": {"$gte": at_least}}},
            ]
        )
        return [(employer_id, group["_id"]) for group in groups]

    def find_newest(
        self, employer_id: str, posting_id: str, *, before: str, count: int, text: bool = False
    ) -> list[Document]:
        """Return the newest waiting applications, newest first.

        Args:
            employer_id: the employer.
            posting_id: the posting.
            before: return only applications with smaller ids; empty for no bound.
            count: return at most this many.
            text: whether to read the cover letters, too.
        """
        own = {"indexed": None, "employer_id": employer_id, "posting_id": posting_id}
        fields = _STATE | _TEXT if text else _STATE

        def find(ids: dict[str, str], most: int) -> list[Document]:
            found = self._applications.find({**own, "_id": ids}, fields)
            return list(found.sort("_id", -1).limit(most))

        return find_newest(find, before=before, since=posting_id, count=count)

    def find_all(self, employer_id: str, posting_id: str) -> list[Document]:
        """Return all waiting applications for a posting."""
        own = {"indexed": None, "employer_id": employer_id, "posting_id": posting_id}
        return list(self._applications.find({**own, "_id": {"$lt": "g"}}, _STATE))

    def read(self, application_ids: Many[str], *, text: bool = False) -> list[Document]:
        """Return the given applications that still belong to an employer."""
        fields = _STATE | _TEXT if text else _STATE
        return [
            one
            for page in batched(sorted(application_ids), _LIST)
            for one in self._applications.find({"_id": {"$in": list(page)}, **_MANAGED}, fields)
        ]

    def assign(self, application_ids: Many[str], block: int) -> None:
        """Assign a block to the given applications that have none."""
        new = {"$set": {"block": block}}
        self._update(
            UpdateMany({"_id": {"$in": list(page)}, **_MANAGED, "block": None}, new)
            for page in batched(sorted(application_ids), _LIST)
        )

    def set_indexed(self, documents: Iterable[Document]) -> None:
        """Mark applications as indexed, unless they have changed since they were read."""
        by_version: dict[tuple[int | None, int | None], list[str]] = defaultdict(list)
        for one in documents:
            by_version[one.get("version"), one.get("words_version")].append(one["_id"])
        self._update(
            UpdateMany(
                {"_id": {"$in": list(page)}, "version": version, "words_version": words},
                {
                    "$set": {"indexed": True} | ({"indexed_words": words} if words else {}),
                    "$unset": {"text_changed": ""},
                },
            )
            for (version, words), ids in by_version.items()
            for page in batched(ids, _LIST)
        )

    def _update(self, updates: Iterable[UpdateMany]) -> None:
        """Update many applications in one command; on the local server, faster than one by one."""
        if wanted := list(updates):
            self._applications.bulk_write(wanted, ordered=False)

    def withdraw_from_employers(
        self, candidate_id: str, application_ids: Many[str]
    ) -> Iterable[Place]:
        """Hide applications of a candidate from employers. Return those that have blocks."""
        own = {"candidate_id": candidate_id, "_id": {"$in": sorted(application_ids)}}
        self._applications.update_many(own, {"$unset": {"employer_id": ""}})
        found = self._applications.find(own, {"posting_id": 1, "block": 1})
        return [
            Place(one["posting_id"], one["block"], one["_id"]) for one in found if "block" in one
        ]
