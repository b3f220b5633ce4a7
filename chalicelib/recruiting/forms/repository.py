"""Form repository (MongoDB): the versions of the forms of postings, which never change."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common import times
from chalicelib.common.mongo import insert_missing
from chalicelib.recruiting.forms.models import ApplyRules, Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database


class FormVersion(msgspec.Struct, frozen=True):
    """A version of a form as it is stored."""

    posting_id: str
    version: int
    employer_id: str
    questions: tuple[Question, ...]
    changed_at: datetime
    changed_by: str = ""

    def to_rules(self) -> ApplyRules:
        """Return what applications must satisfy."""
        return ApplyRules(self.version, self.employer_id, self.questions)


class FormRepository:
    """Reads and writes versions of forms. The ``_id`` is that of the posting, with the version.

    The posting names its present version. Others may be left of members who were too late.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._forms: Collection[dict[str, Any]] = database["forms"]

    def add(
        self, employer_id: str, posting_id: str, questions: Sequence[Question], changed_by: str
    ) -> FormVersion:
        """Store a new version, with a greater number than every other one."""
        while True:
            form = FormVersion(
                posting_id,
                self._newest(posting_id) + 1,
                employer_id,
                tuple(questions),
                times.now(),
                changed_by,
            )
            document = msgspec.to_builtins(form) | {
                "_id": _form_id(posting_id, form.version),
                "changed_at": form.changed_at,
            }
            if not insert_missing(self._forms, [document]):
                return form

    def find(self, posting_id: str, version: int) -> FormVersion | None:
        """Return a version of the form of a posting, or None."""
        found = self._forms.find_one({"_id": _form_id(posting_id, version)})
        return msgspec.convert(found, FormVersion) if found else None

    def find_all(self, posting_id: str) -> list[FormVersion]:
        """Return all versions of the form of a posting, oldest first."""
        found = self._forms.find(_all_of(posting_id)).sort("_id", 1)
        return [msgspec.convert(one, FormVersion) for one in found]

    def delete(self, posting_id: str, version: int) -> None:
        """Delete a version that nobody can have answered."""
        self._forms.delete_one({"_id": _form_id(posting_id, version)})

    def delete_all(self, posting_id: str) -> None:
        """Delete all versions of a posting that was never published."""
        self._forms.delete_many(_all_of(posting_id))

    def _newest(self, posting_id: str) -> int:
        found = self._forms.find(_all_of(posting_id), {"version": 1}).sort("_id", -1).limit(1)
        return max((one["version"] for one in found), default=0)


def _form_id(posting_id: str, version: int) -> str:
    # With leading zeros, so that the order of the ids is that of the versions.
    return f"{posting_id}:{version:010d}"


def _all_of(posting_id: str) -> dict[str, Any]:
    # The semicolon follows the colon in the order of characters.
    return {"_id": {"$gt": f"{posting_id}:", "$lt": f"{posting_id};"}}
