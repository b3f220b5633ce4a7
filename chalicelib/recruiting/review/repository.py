"""Applicant repository (MongoDB): applications as the members of an employer read them."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.assigned_applications import assigned_filter
from chalicelib.recruiting.applications.contents import BURST, CONTENT_FIELDS, mark_filter
from chalicelib.recruiting.applications.id_windows import find_newest
from chalicelib.recruiting.applications.repository import applications_collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pymongo.database import Database

# A document of MongoDB has at most 16 MB; notes must leave room for the rest.
MAX_NOTES = 500
_LISTED = dict.fromkeys(
    (
        "candidate_id",
        "posting_id",
        "stage",
        "entered_at",
        "accepted_at",
        "withdrawn_at",
        "amended_at",
        "rating",
        "knock_outs",
        BURST,
        "scorecards.author_id",
    ),
    1,
)
_CONTENT = dict.fromkeys(CONTENT_FIELDS, 1)
# Applications for postings that no employer manages are not in the indexes. A query by employer
# implies that the field exists, but the local server uses the indexes only with this comparison.
_MANAGED = {"employer_id": {"$gte": ""}}
_MARKED = {"marks": {"$gte": ""}}
_IN_BURST = {BURST: {"$gte": 1}}
# The fields of each index between those of the scope and the id, and which applications it has.
_INDEXES = {
    "applicants_by_posting": ((), _MANAGED),
    "applicants_by_stage": (("stage",), _MANAGED),
    "applicants_by_mark": (("marks",), _MARKED),
    "applicants_by_mark_in_stage": (("stage", "marks"), _MARKED),
    "applicants_in_bursts": ((), _IN_BURST),
    "applicants_in_bursts_in_stage": (("stage",), _IN_BURST),
}
_REPLACED_INDEXES = ("applicants", "applicants_in_a_stage")


class PostingScope(NamedTuple):
    """The applications for one posting of one employer."""

    employer_id: str
    posting_id: str

    def filter(self, *, withdrawn: bool = False) -> dict[str, Any]:
        """Return the filter of its applications: the withdrawn ones, or the others.

        It has the fields of an index and no others. Aliases and tombstones are not active either,
        but they have no employer.
        """
        return {**self._asdict(), "active": not withdrawn}


class ApplicantRepository:
    """Reads applications, and the notes about them, for the members of an employer.

    The notes are in the document of the application, so they are deleted with it.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        existing = self._applications.index_information()
        for name in _REPLACED_INDEXES:
            if name in existing:
                self._applications.drop_index(name)
        for name, (between, contents) in _INDEXES.items():
            fields = ("employer_id", "posting_id", "active", *between)
            self._applications.create_index(
                [(field, 1) for field in (*fields, "_id")],
                partialFilterExpression=contents,
                name=name,
            )

    def page(
        self,
        scope: PostingScope,
        *,
        stage: str | None,
        mark: str | None,
        withdrawn: bool,
        before: str,
        count: int,
        content: bool = False,
        edges: Iterable[str] = (),
    ) -> list[dict[str, Any]]:
        """Return the newest applications, newest first.

        Args:
            scope: the posting.
            stage: return only applications in this stage; None for all stages.
            mark: return only applications with this mark; None for all.
            withdrawn: return the withdrawn applications instead of the others.
            before: return only applications with smaller ids; empty for no bound.
            count: return at most this many.
            content: whether to read what the candidates wrote.
            edges: ids with at most some thousand applications between them, if known.
        """
        fields = listed_fields(content=content)
        query = {**scope.filter(withdrawn=withdrawn), **list_filter(stage, mark)}

        def find(ids: dict[str, str], most: int) -> list[dict[str, Any]]:
            found = self._applications.find({**query, "_id": ids}, fields)
            return list(found.sort("_id", -1).limit(most))

        # No application is older than its posting.
        return find_newest(find, before=before, since=scope.posting_id, count=count, edges=edges)

    def find_many(
        self,
        scope: PostingScope,
        application_ids: Iterable[str],
        *,
        stage: str | None,
        mark: str | None,
        withdrawn: bool,
        content: bool = False,
    ) -> list[dict[str, Any]]:
        """Return the given applications that the list contains, newest first; see ``page``."""
        fields = listed_fields(content=content)
        query = {"_id": {"$in": list(application_ids)}, **scope.filter(withdrawn=withdrawn)}
        found = self._applications.find({**query, **list_filter(stage, mark)}, fields)
        return sorted(found, key=itemgetter("_id"), reverse=True)

    def add_note(
        self,
        employer_id: str,
        application_id: str,
        author_id: str,
        text: str,
        assigned_to: str | None = None,
    ) -> dict[str, Any] | None:
        """Add a note to an application; return it, or None if there are too many.

        Args:
            employer_id: the employer.
            application_id: the application.
            author_id: the member.
            text: the note.
            assigned_to: the membership to which the application must be assigned, if any.
        """
        note = {"id": new_id(), "author_id": author_id, "text": text, "at": times.now()}
        added = self._applications.update_one(
            {
                "_id": application_id,
                "employer_id": employer_id,
                f"notes.{MAX_NOTES - 1}": {"$exists": False},
                **assigned_filter(assigned_to),
            },
            {"$push": {"notes": note}},
        )
        return note if added.matched_count else None

    def delete_note(
        self, employer_id: str, application_id: str, author_id: str, note_id: str
    ) -> bool:
        """Delete a note of its author. Return whether there was one."""
        own = {"id": note_id, "author_id": author_id}
        deleted = self._applications.update_one(
            {"_id": application_id, "employer_id": employer_id, "notes": {"$elemMatch": own}},
            {"$pull": {"notes": own}},
        )
        return bool(deleted.matched_count)


def list_filter(stage: str | None, mark: str | None) -> dict[str, Any]:
    """Return the filter of a list by stage and mark; None for all."""
    in_stage = {} if stage is None else {"stage": stage}
    return in_stage if mark is None else in_stage | mark_filter(mark)


def listed_fields(*, content: bool) -> dict[str, int]:
    """Return the fields of an application that a list reads.

    Args:
        content: whether to read what the candidates wrote.
    """
    return _LISTED | _CONTENT if content else _LISTED


def notes_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the stored notes about an application, oldest first."""
    return list(document.get("notes", ()))
