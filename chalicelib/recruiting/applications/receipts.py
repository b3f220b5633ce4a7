"""Signed receipts, which prove that an application was accepted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.recruiting.applications.errors import ReceiptNotFound
from chalicelib.recruiting.applications.models import Receipt, VerifiedReceipt

if TYPE_CHECKING:
    from chalicelib.auth.credentials.derived_keys import DerivedKey
    from chalicelib.queue import AcceptedJob


class ReceiptService:
    """Issues and verifies receipts. Nothing is stored."""

    def __init__(self, key: DerivedKey) -> None:
        self._key = key

    def issue(self, posting_id: str, accepted: AcceptedJob, *, repeat: bool) -> Receipt:
        """Return the receipt of an accepted application.

        Args:
            posting_id: the posting of the application.
            accepted: the queue's answer.
            repeat: whether the candidate had applied for the posting before.
        """
        milliseconds = round(accepted.accepted_at.timestamp() * 1000)
        return Receipt(
            id=accepted.job_id,
            posting_id=posting_id,
            status="accepted",
            accepted_at=accepted.accepted_at,
            position=accepted.position,
            repeat=repeat,
            receipt=self._key.token(f"{accepted.job_id}.{posting_id}.{milliseconds}"),
        )

    def verify(self, receipt: str) -> VerifiedReceipt:
        """Return the content of a receipt.

        Raises:
            ReceiptNotFound: the signature is not ours.
        """
        text = self._key.read(receipt)
        if text is None:
            raise ReceiptNotFound
        application_id, posting_id, milliseconds = text.split(".")
        accepted_at = datetime.fromtimestamp(int(milliseconds) / 1000, tz=UTC)
        return VerifiedReceipt(application_id, posting_id, accepted_at)
