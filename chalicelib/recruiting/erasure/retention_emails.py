"""The e-mail to owners about applications that their rule of retention will erase.

It is a due item, so it is sent once, and the mail ledger says when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.notifications.models import Email
from chalicelib.recruiting.due.repository import DueItem

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Recipient
    from chalicelib.recruiting.addresses import Addresses
    from chalicelib.recruiting.employers.repository import EmployerRepository
    from chalicelib.recruiting.erasure.retention_repository import RetentionRepository
    from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository

# The kind of the due items.
ANNOUNCEMENT = "retention_email"


class RetentionNotice(msgspec.Struct, frozen=True, tag="retention"):
    """An e-mail to an owner about a batch."""

    batch_id: str
    account_id: str


def announcement_item(batch_id: str, account_id: str, now: datetime) -> DueItem:
    """Return the due item of the e-mail to an owner."""
    data = {"batch_id": batch_id, "account_id": account_id}
    return DueItem(ANNOUNCEMENT, f"retention-email-{batch_id}-{account_id}", now, account_id, data)


class RetentionComposer:
    """Composes e-mails about batches, in the mail worker.

    Args:
        retention: the batches.
        accounts: the accounts of the owners.
        employers: the employers.
        pipelines: the postings.
        addresses: the addresses of the web client.
    """

    content_type = RetentionNotice

    def __init__(
        self,
        retention: RetentionRepository,
        accounts: AccountRepository,
        employers: EmployerRepository,
        pipelines: PostingPipelineRepository,
        addresses: Addresses,
    ) -> None:
        self._retention = retention
        self._accounts = accounts
        self._employers = employers
        self._pipelines = pipelines
        self._addresses = addresses

    def compose(self, content: RetentionNotice, recipient: Recipient | None, /) -> Email | None:
        """Return the e-mail, or None if the owner has no account any more."""
        account_id = content.account_id
        owner = self._accounts.find_recipients([account_id]).get(account_id)
        batch = self._retention.find_batch(content.batch_id)
        if owner is None or batch is None:
            return None
        pipelines = self._pipelines.find_many(batch.counts)
        values = {
            "employer": self._employers.get(batch.employer_id).name,
            "total": sum(batch.counts.values()),
            "erases_from": batch.erases_from,
            "postings": [
                {"title": pipelines[one].title if one in pipelines else "", "count": count}
                for one, count in sorted(batch.counts.items())
            ],
            "url": self._addresses.retention(batch.employer_id),
        }
        return Email(owner, "retention", values)
