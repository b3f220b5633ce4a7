"""Reports what a rule of retention will erase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.recruiting.erasure.models import (
    AnnouncedErasure,
    AnnouncedPosting,
    RetentionPlan,
)

if TYPE_CHECKING:
    from chalicelib.recruiting.erasure.retention_repository import RetentionRepository
    from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository


class RetentionService:
    """Reports plans.

    Args:
        retention: the batches.
        pipelines: the postings.
    """

    def __init__(
        self, retention: RetentionRepository, pipelines: PostingPipelineRepository
    ) -> None:
        self._retention = retention
        self._pipelines = pipelines

    def get(self, employer_id: str) -> RetentionPlan:
        """Return the rule of an employer, and what it will erase."""
        days = self._retention.find_days(employer_id)
        announced = []
        for batch in self._retention.find_batches(employer_id) if days else ():
            if counts := self._retention.count(batch.id):
                pipelines = self._pipelines.find_many(counts)
                postings = [
                    AnnouncedPosting(one, pipelines[one].title if one in pipelines else "", count)
                    for one, count in sorted(counts.items())
                ]
                total = sum(counts.values())
                announced.append(
                    AnnouncedErasure(total, batch.erases_from, batch.erases_until, postings)
                )
        return RetentionPlan(days, announced)
