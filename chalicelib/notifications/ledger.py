"""Mail ledger (MongoDB): when each e-mail was sent.

The ledger makes sending idempotent: the id of an e-mail is derived from what the e-mail is about,
so a repeated job finds the entry of the first one. It holds ids and times, but no addresses.
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
    """Records which e-mails were sent."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._mails: Collection[dict[str, Any]] = database["mail_ledger"]

    def begin(self, mail_ids: Sequence[str]) -> set[str]:
        """Record that these e-mails are about to be sent. Return the ids of those sent before."""
        now = datetime.now(UTC)
        entries = [{"_id": mail_id, "begun_at": now} for mail_id in mail_ids]
        refused = insert_missing(self._mails, entries)
        return set(self.find_sent(entry["_id"] for entry in refused)) if refused else set()

    def finish(self, mail_id: str, message_id: str) -> None:
        """Record that an e-mail was handed to SES, with the message id from SES."""
        self._mails.update_one(
            {"_id": mail_id},
            {"$set": {"sent_at": datetime.now(UTC), "message_id": message_id}},
        )

    def find_sent(self, mail_ids: Iterable[str]) -> dict[str, datetime]:
        """Return when e-mails were sent, by id, without those that were not sent."""
        found = self._mails.find(
            {"_id": {"$in": list(mail_ids)}, "sent_at": {"$exists": True}}, {"sent_at": 1}
        )
        return {mail["_id"]: mail["sent_at"] for mail in found}
