"""The parts of the pipeline: employers' commands, and the e-mails that follow from them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from email.message import EmailMessage

    from chalicelib.notifications.models import Email
    from chalicelib.recruiting.due.repository import DueRepository
    from chalicelib.recruiting.due.sweeper import DueSweeper
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder
    from chalicelib.recruiting.pipeline.command_processor import CommandProcessor
    from chalicelib.recruiting.pipeline.command_service import CommandService
    from chalicelib.recruiting.pipeline.email_previews import EmailPreviewer
    from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository
    from chalicelib.recruiting.pipeline.refusals import RefusalRepository
    from chalicelib.recruiting.pipeline.rejection_planner import RejectionPlanner
    from chalicelib.recruiting.pipeline.rejection_service import RejectionService
    from chalicelib.recruiting.sweep_progress import SweepProgressRepository

# How long one sweep may queue due work, before it drains lanes.
SWEEP_SECONDS = 10.0


class PipelineContainer(DomainContainer):
    """The API uses the services; the applications worker uses the processor and the sweeper."""

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self.refusals.create_indexes()
        self.due.create_indexes()

    @property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def pipelines(self) -> PostingPipelineRepository:
        from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository

        return PostingPipelineRepository(self._container.database)

    @cached_property
    def refusals(self) -> RefusalRepository:
        from chalicelib.recruiting.pipeline.refusals import RefusalRepository

        return RefusalRepository(self._container.database)

    @cached_property
    def due(self) -> DueRepository:
        from chalicelib.recruiting.due.repository import DueRepository

        return DueRepository(self._container.database)

    @cached_property
    def sweep_progress(self) -> SweepProgressRepository:
        from chalicelib.recruiting.sweep_progress import SweepProgressRepository

        return SweepProgressRepository(self._container.database)

    @cached_property
    def command_processor(self) -> CommandProcessor:
        from chalicelib.recruiting.pipeline.command_processor import CommandProcessor

        container = self._container
        return CommandProcessor(
            container.recruiting.applications,
            self.refusals,
            self.due,
            container.notifications.ledger,
        )

    @cached_property
    def applicants(self) -> ApplicantFinder:
        from chalicelib.recruiting.pipeline.applicants import ApplicantFinder

        container = self._container
        return ApplicantFinder(
            container.recruiting.applications, self.pipelines, container.interviewers.assigned
        )

    @cached_property
    def command_service(self) -> CommandService:
        from chalicelib.recruiting.pipeline.command_service import CommandService

        recruiting = self._container.recruiting
        rate = self._container.auth.read_limits()["command.account"]
        return CommandService(
            self.applicants, recruiting.job_queue, recruiting.lanes, self.refusals, rate
        )

    @cached_property
    def rejection_service(self) -> RejectionService:
        from chalicelib.recruiting.pipeline.rejection_service import RejectionService

        container = self._container
        return RejectionService(
            self.applicants,
            container.auth.accounts,
            container.notifications.ledger,
            self.due,
            self.rejection_planner,
            self.email_previewer,
        )

    @cached_property
    def email_previewer(self) -> EmailPreviewer:
        from chalicelib.recruiting.pipeline.email_previews import EmailPreviewer

        return EmailPreviewer(self._container.auth.accounts, self._render)

    @cached_property
    def rejection_planner(self) -> RejectionPlanner:
        from chalicelib.recruiting.pipeline.rejection_planner import RejectionPlanner

        container = self._container
        return RejectionPlanner(container.rejections.settings, container.employers.employers)

    def _render(self, mail: Email) -> EmailMessage:
        # Only a preview needs the templates, so only it pays for loading them.
        from chalicelib.notifications.renderer import render

        return render(mail, self._container.settings.environment.mail_sender)

    @cached_property
    def due_sweeper(self) -> DueSweeper:
        from chalicelib.recruiting.due.mail_jobs import mail_jobs_of
        from chalicelib.recruiting.due.sweeper import DueQueue, DueSweeper
        from chalicelib.recruiting.erasure.retention_emails import ANNOUNCEMENT, RetentionNotice
        from chalicelib.recruiting.interviewers.emails import ASSIGNMENT, AssignmentEmail
        from chalicelib.recruiting.pipeline.emails import REJECTION, RejectionNotice

        lanes, waker = self._container.notifications.lanes, self._container.waker
        jobs = {
            REJECTION: mail_jobs_of(RejectionNotice, "send the rejection of an application"),
            ASSIGNMENT: mail_jobs_of(AssignmentEmail, "send an assignment"),
            ANNOUNCEMENT: mail_jobs_of(RetentionNotice, "send what retention will erase"),
        }
        queues = {kind: DueQueue(lanes, make_job) for kind, make_job in jobs.items()}
        return DueSweeper(self.due, queues, waker)

    def sweep_due(self) -> int:
        """Queue the work that is due. Return how many jobs there were."""
        return self.due_sweeper.sweep(SWEEP_SECONDS)
