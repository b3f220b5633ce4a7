"""Finds the applications that a member of an employer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.common.ids import is_id
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.recruiting.applications.assigned_applications import (
        AssignedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.pipeline.postings import PostingPipeline, PostingPipelineRepository


class Viewer(NamedTuple):
    """A member of an employer.

    Args:
        employer_id: the employer.
        account_id: the account of the member.
        only_team: whether the member sees only postings whose team they are in.
        assigned_to: the membership of an interviewer, who sees only the applications that are
            assigned to it; None for the other roles.
    """

    employer_id: str
    account_id: str
    only_team: bool
    assigned_to: str | None = None

    @property
    def may_hire(self) -> bool:
        """Whether the member may hire and take back a hire. Hiring managers only propose one."""
        return self.sees_all

    @property
    def sees_all(self) -> bool:
        """Whether the member sees all applications to the employer."""
        return self.assigned_to is None and not self.only_team

    @property
    def sees_contact_details(self) -> bool:
        """Whether the member sees the addresses of candidates."""
        return self.assigned_to is None

    def may_see(self, pipeline: PostingPipeline) -> bool:
        """Return whether the member may see the applications for a posting."""
        return pipeline.employer_id == self.employer_id and (
            not self.only_team or self.account_id in pipeline.team
        )


def viewer_of(member: Member) -> Viewer:
    """Return a member as the viewer of applications."""
    only_team = member.role is MemberRole.HIRING_MANAGER
    assigned_to = member.membership if member.role is MemberRole.INTERVIEWER else None
    return Viewer(member.employer_id, member.account_id, only_team, assigned_to)


class Applicant(NamedTuple):
    """A stored application and its posting."""

    document: dict[str, Any]
    pipeline: PostingPipeline


class ApplicantFinder:
    """Finds applications for members of employers."""

    def __init__(
        self,
        applications: ApplicationRepository,
        pipelines: PostingPipelineRepository,
        assigned: AssignedApplicationRepository,
    ) -> None:
        self._applications = applications
        self._pipelines = pipelines
        self._assigned = assigned

    def find(self, viewer: Viewer, application_id: str) -> Applicant:
        """Return an application.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
        """
        if not is_id(application_id):
            raise ApplicantNotFound
        if viewer.assigned_to is None:
            document = self._applications.find_of_employer(viewer.employer_id, application_id)
        else:
            document = self._assigned.find(viewer.employer_id, viewer.assigned_to, application_id)
        if document is None:
            raise ApplicantNotFound
        posting_id = document["posting_id"]
        pipeline = self.find_postings(viewer, [posting_id]).get(posting_id)
        if pipeline is None:
            raise ApplicantNotFound
        return Applicant(document, pipeline)

    def find_posting(self, viewer: Viewer, posting_id: str) -> PostingPipeline:
        """Return the posting of applications.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
        """
        pipeline = self.find_postings(viewer, [posting_id]).get(posting_id)
        if pipeline is None:
            raise PostingNotFound
        return pipeline

    def find_postings(
        self, viewer: Viewer, posting_ids: Iterable[str]
    ) -> dict[str, PostingPipeline]:
        """Return those of the postings whose applications the member may see, by id.

        An interviewer sees the postings of assigned applications.
        """
        if viewer.assigned_to is not None:
            posting_ids = self._assigned.find_postings(
                viewer.employer_id, viewer.assigned_to, posting_ids
            )
        found = self._pipelines.find_many(posting_ids)
        return {one: pipeline for one, pipeline in found.items() if viewer.may_see(pipeline)}
