"""Bulk operations and the parts of their lists, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from chalicelib.recruiting.bulk.models import Action
from chalicelib.recruiting.pipeline.rejection_planner import RejectionPlan

# How an application of an operation ended: the number of its event, or why it was not changed.
Ending = int | str


class Item(NamedTuple):
    """An application of an operation, and the stage in which it was selected."""

    application_id: str
    expected_stage: str


class StoredOperation(msgspec.Struct, frozen=True):
    """A bulk operation as it is stored.

    Args:
        id: its id.
        employer_id: the employer.
        posting_id: the posting of the applications.
        actor: the account of the member.
        action: what to do with the applications.
        plan: the rejection, with the employer's settings when it was accepted; None for a move.
        total: how many applications it has.
        created_at: when it was accepted.
        correlation_id: the correlation id of its request.
        request_key: the idempotency key of the request, with employer and account.
        fingerprint: the digest of that request.
        active: whether the sweep must continue it.
        emails_cancelled: whether the e-mails of the rejections were cancelled.
        results: the counts of the endings when the operation finished.
        finished_at: when it finished.
    """

    id: str
    employer_id: str
    posting_id: str
    actor: str
    action: Action
    plan: RejectionPlan | None
    total: int
    created_at: datetime
    correlation_id: str
    request_key: str | None = None
    fingerprint: str = ""
    active: bool = True
    emails_cancelled: bool = False
    results: dict[str, int] | None = None
    finished_at: datetime | None = None

    @property
    def has_emails(self) -> bool:
        """Whether candidates get an e-mail."""
        return self.plan is not None and self.plan.email is not None


class Chunk(msgspec.Struct, frozen=True):
    """A part of the list of an operation.

    Args:
        id: its id.
        items: the applications.
        unsent: the applications whose commands no lane has accepted yet.
        endings: how applications ended, by id.
    """

    id: str
    items: list[Item]
    unsent: list[str]
    endings: dict[str, Ending]
