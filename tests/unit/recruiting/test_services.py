"""Services: requests that are refused before or after a store was read."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pytest

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.bootstrap.recruiting import RecruitingContainer
from chalicelib.common.ids import new_id
from chalicelib.queue import AcceptedJob, AcceptRequest, UnknownGate
from chalicelib.recruiting.applications.apply_service import ApplyService
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.applications.status_service import ApplicationStatusService
from chalicelib.recruiting.files.tokens import FileTokenService
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.services import RecruitingServices


class GatelessJobQueue:
    """A job queue that knows no gate."""

    def __init__(self) -> None:
        self.requests: list[AcceptRequest] = []

    def accept(self, request: AcceptRequest, idempotency: object) -> AcceptedJob:
        self.requests.append(request)
        raise UnknownGate


class FakePostings:
    """A posting repository that counts reopened gates."""

    def __init__(self) -> None:
        self.reopened: list[str] = []

    def reopen(self, posting_id: str) -> None:
        self.reopened.append(posting_id)


def test_gate_that_stays_unknown_is_not_found() -> None:
    job_queue: Any = GatelessJobQueue()
    postings: Any = FakePostings()
    receipts: Any = None
    file_tokens = FileTokenService(DerivedKey("secret", "file"))
    rules: Any = None
    service = ApplyService(job_queue, lambda: postings, receipts, rules, file_tokens)
    posting_id = new_id()
    with pytest.raises(PostingNotFound):
        service.apply("ada", posting_id, ApplicationDraft(), "-")
    assert postings.reopened == [posting_id]
    first, second = job_queue.requests
    assert first == second
    assert (first.owner, first.gate, first.deduplication_key) == ("ada", posting_id, posting_id)


@pytest.mark.parametrize(
    "application_id", ["", "nonsense", "withdraw-01a2115b-1f2c-7e44-8d6f-0123456789ab"]
)
def test_status_of_an_invalid_id_reads_no_store(application_id: str) -> None:
    none: Any = None
    with pytest.raises(ApplicationNotFound):
        ApplicationStatusService(none, none, none, none).get("ada", application_id)


def test_container_has_every_part_that_the_routes_use() -> None:
    parts = [name for name, part in vars(RecruitingServices).items() if isinstance(part, property)]
    assert "apply_service" in parts
    for name in parts:
        assert isinstance(getattr(RecruitingContainer, name), cached_property), name
