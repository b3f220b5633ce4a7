"""Selections: the applications that a bulk operation changes, and those that it leaves alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id
from chalicelib.recruiting.applicant_index.reader import SearchQuery
from chalicelib.recruiting.applications.contents import filter_mark, mark_filter
from chalicelib.recruiting.applications.repository import applications_collection
from chalicelib.recruiting.bulk.commands import command_kind
from chalicelib.recruiting.bulk.documents import Item
from chalicelib.recruiting.pipeline.jobs import Command
from chalicelib.recruiting.pipeline.rules import PipelineState, Refusal, decide
from chalicelib.recruiting.postings.search import MAX_TERMS
from chalicelib.recruiting.postings.search_text import search_terms
from chalicelib.recruiting.postings.stages import StageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymongo.database import Database

    from chalicelib.recruiting.applicant_index.reader import ApplicantIndex
    from chalicelib.recruiting.bulk.models import Action, OperationDraft, SelectionQuery
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.pipeline.rejection_planner import RejectionPlan

# How many applications one operation may change.
MAX_SELECTED = 20_000
# How many applications one search finds, and one query by ids reads.
_PAGE = 1000
_READ = dict.fromkeys(("candidate_id", "stage", "version", "withdrawn_at"), 1)


class Exclusion(NamedTuple):
    """An application that an operation leaves alone. ``candidate_id`` is empty if it is deleted."""

    application_id: str
    candidate_id: str
    reason: Refusal


@dataclass(slots=True)
class Selection:
    """The applications that an operation changes, newest first, and those that it leaves alone.

    ``candidates`` has the candidate of each application that is changed, by application id.
    """

    items: list[Item] = field(default_factory=list)
    candidates: dict[str, str] = field(default_factory=dict)
    excluded: list[Exclusion] = field(default_factory=list)

    def digest(self, action: Action, plan: RejectionPlan | None, words: Sequence[str]) -> str:
        """Return a digest of all that an operation would do.

        Args:
            action: the action. Of a move, the digest covers the stage.
            plan: the plan of a rejection, which the digest covers completely; None for a move.
            words: what the e-mails of a move say; empty if there are none.
        """
        target = getattr(action, "stage", "")
        covered = msgspec.json.encode((command_kind(action), target, words, plan, self.items))
        return hashlib.blake2b(covered, digest_size=16).hexdigest()

    @property
    def newest(self) -> str:
        """The id of the newest selected application, changed or not; empty if there is none."""
        items = (one.application_id for one in self.items)
        return max((*items, *(one.application_id for one in self.excluded)), default="")


class SelectionReader:
    """Reads the applications that an operation would change."""

    def __init__(self, database: Database[dict[str, Any]], index: ApplicantIndex) -> None:
        self._applications = applications_collection(database)
        self._index = index

    def read(self, pipeline: PostingPipeline, draft: OperationDraft) -> Selection:
        """Return the selection of an operation, by the rules of single commands.

        Raises:
            InvalidField: a field of the draft is invalid, or the query selects too many.
        """
        kind, stage = command_kind(draft.action), getattr(draft.action, "stage", "")
        target = pipeline.find_stage(stage) if stage else None
        if stage and (target is None or target.kind is not StageKind.OPEN):
            raise InvalidField("action.stage", "The posting has no open stage with this id")
        selection = Selection()
        for document, expected in self._find(pipeline, draft):
            if "stage" not in document:
                excluded = Exclusion(document["_id"], "", Refusal.APPLICATION_DELETED)
                selection.excluded.append(excluded)
                continue
            item = Item(document["_id"], expected or document["stage"])
            state = PipelineState(
                document["stage"], "withdrawn_at" in document, "", document.get("version", 0)
            )
            command = Command("", "", "", "", "", item.application_id, item.expected_stage, stage)
            decision = decide(kind, command, state, pipeline)
            if isinstance(decision, Refusal):
                excluded = Exclusion(document["_id"], document["candidate_id"], decision)
                selection.excluded.append(excluded)
            else:
                selection.items.append(item)
                selection.candidates[item.application_id] = document["candidate_id"]
        return selection

    def _find(
        self, pipeline: PostingPipeline, draft: OperationDraft
    ) -> Iterable[tuple[dict[str, Any], str]]:
        """Return the selected applications, each with the stage in which the member saw it."""
        own: dict[str, Any] = {"employer_id": pipeline.employer_id, "posting_id": pipeline.id}
        if (draft.applications is None) is (draft.query is None):
            raise InvalidField("", "Expected either 'applications' or 'query'")
        if draft.applications is not None:
            expected = {one.id: one.expected_stage for one in draft.applications}
            ids = {"$in": sorted(one for one in expected if is_id(one))}
            query = {**own, "_id": ids, "stored_at": {"$exists": True}}
            found = {one["_id"]: one for one in self._applications.find(query, _READ)}
            ordered = sorted(expected, reverse=True)
            return [(found.get(one, {"_id": one}), expected[one]) for one in ordered]
        assert draft.query is not None  # noqa: S101
        query = {**own, "active": True}
        if draft.query.stage:
            query["stage"] = draft.query.stage
        if mark := filter_mark(draft.query.flag, draft.query.answer, "query.answer"):
            query |= mark_filter(mark)
        newest = draft.query.newest
        if draft.query.q.strip():
            matching = self._search(pipeline, draft.query)
            return [
                (one, "")
                for page in batched((one for one in matching if one <= (newest or one)), _PAGE)
                for one in self._read({**query, "_id": {"$in": list(page)}})
            ]
        if newest:
            query["_id"] = {"$lte": newest}
        return [(one, "") for one in self._read(query)]

    def _read(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._applications.find(query, _READ).sort("_id", -1).limit(MAX_SELECTED + 1)
        return _check_size(list(found))

    def _search(self, pipeline: PostingPipeline, query: SelectionQuery) -> list[str]:
        """Return the ids of the applications that match the words of a query, newest first."""
        terms = search_terms(query.q)
        if not terms:
            raise InvalidField("query.q", "Search for words: no terms would select everybody")
        if len(terms) > MAX_TERMS:
            raise InvalidField("query.q", f"Search for at most {MAX_TERMS} words")
        employer_id = pipeline.employer_id or ""
        ids: list[str] = []
        before: str | None = ""
        while before is not None:
            matches = self._index.search(
                SearchQuery(employer_id, pipeline.id, terms, query.stage, False, before, most=_PAGE)
            )
            ids = _check_size(ids + matches.ids)
            before = matches.before
        return ids


def _check_size[T](found: list[T]) -> list[T]:
    if len(found) > MAX_SELECTED:
        raise InvalidField("query", f"It selects more than {MAX_SELECTED} applications")
    return found
