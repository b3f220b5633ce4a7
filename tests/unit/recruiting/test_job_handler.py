"""The handler of candidates' lanes: jobs by function, and applications that change meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import pytest

from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.common.ids import new_id
from chalicelib.notifications.models import Recipient
from chalicelib.queue import ClaimedJob, NewJob
from chalicelib.queue.worker import Dead, Done, Skip
from chalicelib.recruiting.amendments.processor import AmendmentProcessor
from chalicelib.recruiting.applications.events import ApplicationChange
from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
from chalicelib.recruiting.applications.jobs import STORE, WITHDRAW, Application, Withdrawal
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.applications.removed_applications import RemovedApplicationRepository
from chalicelib.recruiting.applications.repository import ApplicationRepository, Receipts
from chalicelib.recruiting.consents.checker import NoticeChecker
from chalicelib.recruiting.erasure.processor import ErasureProcessor
from chalicelib.recruiting.pipeline.command_processor import CommandProcessor
from chalicelib.recruiting.pipeline.jobs import Command
from chalicelib.recruiting.pipeline.postings import PostingPipeline, PostingPipelineRepository
from chalicelib.recruiting.pipeline.rules import Refusal

ID = "01a2115b-1f2c-7e44-8d6f-0123456789ab"
CREATED_AT = b"2026-11-24T17:05:00.123000Z"


class FakeApplications(ApplicationRepository):
    """An application repository that refuses all documents, or none."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.inserted: list[dict[str, Any]] = []
        self.withdrawn: set[str] = set()

    def insert(self, documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.refuses:
            return list(documents)
        self.inserted += documents
        return []

    def find_outcomes(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        return {}

    def find_active_id(self, candidate_id: str, posting_id: str) -> str | None:
        return None

    def resolve_ids(self, ids: Collection[str]) -> dict[str, str]:
        return {one["_id"]: one["_id"] for one in self.inserted if one["_id"] in ids}

    def find_receipts(
        self, candidate_ids: Collection[str], application_ids: Collection[str]
    ) -> dict[str, Receipts]:
        return {one["_id"]: Receipts(one) for one in self.inserted}

    def save_changes(self, changes: Sequence[ApplicationChange]) -> None:
        self.withdrawn |= {change.application_id for change in changes}


class FakeAccounts(AccountRepository):
    """An account repository that knows every account."""

    def __init__(self) -> None:
        pass

    def find_recipients(self, account_ids: Collection[str]) -> dict[str, Recipient]:
        return {one: Recipient(f"{one}@example.com", "Ada") for one in account_ids}


class FakePostings(PostingPipelineRepository):
    """A repository without postings."""

    def __init__(self) -> None:
        pass

    def find_many(self, posting_ids: Iterable[str]) -> dict[str, PostingPipeline]:
        return {}


class NoCommands(CommandProcessor):
    """A processor for batches without commands."""

    def __init__(self) -> None:
        pass

    def refuse(
        self, jobs: Sequence[ClaimedJob], commands: Mapping[str, Command], reason: Refusal
    ) -> dict[str, Done]:
        assert not jobs
        return {}


class NoAmendments(AmendmentProcessor):
    """A processor for batches without amendments."""

    def __init__(self) -> None:
        pass


class NoRemovals(RemovedApplicationRepository):
    """A repository for batches whose accounts exist."""

    def __init__(self) -> None:
        pass

    def add_erased(self, postings: Mapping[str, str]) -> None:
        assert not postings

    def find_erased(self, ids: Iterable[str]) -> set[str]:
        return set()


class NoErasures(ErasureProcessor):
    """A processor for batches without erasures."""

    def __init__(self) -> None:
        pass


class NoNotices(NoticeChecker):
    """A checker for batches in which nobody agrees to a notice."""

    def __init__(self) -> None:
        pass


def handler(applications: FakeApplications) -> ApplicationJobHandler:
    return ApplicationJobHandler(
        applications,
        FakeAccounts(),
        FakePostings(),
        NoCommands(),
        NoAmendments(),
        NoErasures(),
        NoRemovals(),
        NoNotices(),
    )


def job(function: str, arguments: msgspec.Struct, job_id: str = "") -> ClaimedJob:
    job_id = job_id or new_id()
    _, data, *_ = NewJob(job_id, function, msgspec.to_builtins(arguments), "a job").encode()
    return ClaimedJob(job_id, "applications:ada", data, created_at=CREATED_AT)


def application() -> Application:
    return Application("ada", "posting", ApplicationDraft("Hello"))


@pytest.mark.parametrize("job_id", [ID, f"withdraw-{ID}"])
def test_function_decides_what_a_job_does(job_id: str) -> None:
    """The id of a job does not decide."""
    applications = FakeApplications()
    store = job(STORE, application(), job_id)
    assert handler(applications).handle([store]) == [Done()]
    [document] = applications.inserted
    withdrawal = Withdrawal("ada", job_id, "posting", document["accepted_at"])
    [outcome] = handler(applications).handle([job(WITHDRAW, withdrawal)])
    assert isinstance(outcome, Done)
    assert outcome.effect == "withdrawn"
    assert applications.withdrawn == {job_id}


@pytest.mark.parametrize("function", ["chalicelib.jobs.send_mail", "os.system", ""])
def test_unknown_function_is_dead_lettered_alone(function: str) -> None:
    applications = FakeApplications()
    [unknown, stored] = handler(applications).handle(
        [job(function, application()), job(STORE, application())]
    )
    assert unknown == Dead(f"no handler for the function {function}")
    assert isinstance(stored, Done)
    assert len(applications.inserted) == 1


def test_application_withdrawn_meanwhile_fails_the_attempt() -> None:
    """The insert was refused, but the application that refused it is not active any more."""
    with pytest.raises(RuntimeError, match="withdrawn meanwhile"):
        handler(FakeApplications(refuses=True)).handle([job(STORE, application())])


def test_jobs_after_the_deadline_are_skipped() -> None:
    applications = FakeApplications()
    jobs = [job(STORE, application()), job("unknown", application())]
    outcomes = handler(applications).handle(jobs, 0.0)
    assert outcomes == [Skip(), Dead("no handler for the function unknown")]
    assert applications.inserted == []
