"""The ledger: what was sent to whom and when, one document for each mail.

It makes sending idempotent: a mail's id is derived from what it is about, so a job done twice finds
its earlier self. Addresses are not kept, only ids.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.common.mongo import insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database


class MailLedger:
    """The mail ledger of a stage."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._mails: Collection[dict[str, Any]] = database["mail_ledger"]

    def begin(self, mail_ids: Sequence[str]) -> set[str]:
        """Note that these mails are about to be sent. Returns those that already were."""
        now = datetime.now(UTC)
        entries = [{"_id": mail_id, "begun_at": now} for mail_id in mail_ids]
        refused = insert_missing(self._mails, entries)
        return set(self.sent(entry["_id"] for entry in refused)) if refused else set()

    def finish(self, mail_id: str, message_id: str) -> None:
        """Note that a mail was handed over, and the id it was given."""
        self._mails.update_one(
            {"_id": mail_id},
            {"$set": {"sent_at": datetime.now(UTC), "message_id": message_id}},
        )

    def sent(self, mail_ids: Iterable[str]) -> dict[str, datetime]:
        """When each of these mails was sent; those not sent are left out."""
        found = self._mails.find(
            {"_id": {"$in": list(mail_ids)}, "sent_at": {"$exists": True}}, {"sent_at": 1}
        )
        return {mail["_id"]: mail["sent_at"] for mail in found}
