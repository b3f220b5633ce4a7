"""The handler of candidates' lanes on a database, which may fail or kill its client."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.notifications.ledger import MailLedger
from chalicelib.recruiting.amendments.processor import AmendmentProcessor
from chalicelib.recruiting.amendments.revisions import RevisionRepository
from chalicelib.recruiting.applicant_index.block_repository import BlockRepository
from chalicelib.recruiting.applicant_index.indexer import ApplicantIndexer
from chalicelib.recruiting.applicant_index.waiting_repository import WaitingRepository
from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
from chalicelib.recruiting.applications.removed_applications import RemovedApplicationRepository
from chalicelib.recruiting.applications.repository import ApplicationRepository
from chalicelib.recruiting.bulk.repository import OperationRepository
from chalicelib.recruiting.consents.checker import NoticeChecker
from chalicelib.recruiting.consents.repository import NoticeRepository
from chalicelib.recruiting.due.repository import DueRepository
from chalicelib.recruiting.erasure.application_eraser import ApplicationEraser
from chalicelib.recruiting.erasure.holds import HoldRepository
from chalicelib.recruiting.erasure.processor import ErasureProcessor
from chalicelib.recruiting.guest_applications.repository import GuestApplicationRepository
from chalicelib.recruiting.pipeline.command_processor import CommandProcessor
from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository
from chalicelib.recruiting.pipeline.refusals import RefusalRepository


def make_job_handler(
    database: Database[dict[str, Any]], applications: ApplicationRepository | None = None
) -> ApplicationJobHandler:
    """Return a handler, which erases nothing outside the database.

    Args:
        database: the database.
        applications: the applications, if they are not those of the database.
    """
    applications = applications or ApplicationRepository(database)
    accounts, removed = AccountRepository(database), RemovedApplicationRepository(database)
    return ApplicationJobHandler(
        applications,
        accounts,
        PostingPipelineRepository(database),
        CommandProcessor(
            applications,
            RefusalRepository(database),
            DueRepository(database),
            MailLedger(database),
        ),
        AmendmentProcessor(applications, RevisionRepository(database), removed),
        ErasureProcessor(
            applications,
            ApplicationEraser(
                applications,
                ApplicantIndexer(WaitingRepository(database), BlockRepository(database), accounts),
                OperationRepository(database),
                HoldRepository(database),
                removed,
            ),
            RevisionRepository(database),
            DueRepository(database),
            GuestApplicationRepository(database),
            HoldRepository(database),
            lambda candidate_id, application_ids: None,
            lambda candidate_id, file_ids: None,
        ),
        removed,
        NoticeChecker(NoticeRepository(database)),
    )
