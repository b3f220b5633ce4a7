"""Receipts: what a candidate gets for an application, signed, so that it proves something."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from chalicelib.recruiting.applications.errors import ReceiptNotFound

if TYPE_CHECKING:
    from chalicelib.auth.credentials.derived_keys import DerivedKey
    from chalicelib.queue import AcceptedJob


class Receipt(msgspec.Struct, frozen=True):
    """The answer to an accepted application.

    ``position`` is its place in the candidate's lane. ``repeat`` says that they had applied for
    this posting before: what was sent now is not taken, and the rest tells of the application that
    stands. ``receipt`` proves to anyone who asks us that this application was accepted then,
    whatever else may have been lost.
    """

    id: str
    posting_id: str
    status: str
    accepted_at: datetime
    position: int
    repeat: bool
    receipt: str


class Proven(msgspec.Struct, frozen=True):
    """What a receipt proves."""

    id: str
    posting_id: str
    accepted_at: datetime


class Receipts:
    """Signs receipts, and tells which are ours. Nothing is stored."""

    def __init__(self, key: DerivedKey) -> None:
        self._key = key

    def sign(self, posting_id: str, accepted: AcceptedJob, *, repeat: bool) -> Receipt:
        """The receipt of an accepted application, for what was sent now or for a repeat of it."""
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

    def check(self, receipt: str) -> Proven:
        """What a receipt proves.

        Raises:
            ReceiptNotFound: we did not sign it.
        """
        text = self._key.read(receipt)
        if text is None:
            raise ReceiptNotFound
        application_id, posting_id, milliseconds = text.split(".")
        accepted_at = datetime.fromtimestamp(int(milliseconds) / 1000, tz=UTC)
        return Proven(application_id, posting_id, accepted_at)
