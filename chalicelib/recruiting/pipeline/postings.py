"""Postings as the pipeline needs them: employer, stages and team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.recruiting.postings.repository import postings_collection
from chalicelib.recruiting.postings.stages import DEFAULT_STAGES, Stage, StageKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymongo.database import Database


class PostingPipeline(msgspec.Struct, frozen=True):
    """The employer, stages and team of a posting.

    ``employer_id`` is None for a posting that no employer manages; its applications have no stages.
    """

    id: str
    title: str
    employer: str
    employer_id: str | None = None
    employer_slug: str | None = None
    stages: tuple[Stage, ...] = DEFAULT_STAGES
    team: tuple[str, ...] = ()

    @property
    def first_stage(self) -> Stage:
        """The stage that new applications enter."""
        return self.stages[0]

    def find_stage(self, stage_id: str) -> Stage | None:
        """Return a stage by its id, or None."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def kind_of(self, stage_id: str) -> StageKind:
        """Return the kind of a stage; a stage that was removed is open."""
        stage = self.find_stage(stage_id)
        return stage.kind if stage else StageKind.OPEN

    def stage_of_kind(self, kind: StageKind) -> Stage:
        """Return the first stage of a kind."""
        return next(stage for stage in (*self.stages, *DEFAULT_STAGES) if stage.kind is kind)


class PostingPipelineRepository:
    """Reads the pipelines of postings."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._postings = postings_collection(database)

    def find_many(self, posting_ids: Iterable[str]) -> dict[str, PostingPipeline]:
        """Return pipelines by the id of the posting, without those that do not exist."""
        fields = dict.fromkeys(PostingPipeline.__struct_fields__, 1)
        found = self._postings.find({"_id": {"$in": sorted(set(posting_ids))}}, fields)
        return {
            one["_id"]: msgspec.convert({**one, "id": one["_id"]}, PostingPipeline) for one in found
        }
