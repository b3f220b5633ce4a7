"""Mail ledger (MongoDB): which e-mails were begun, and when each was sent.

The ledger makes sending idempotent: the id of an e-mail is derived from what the e-mail is about,
so a repeated job finds the entry of the first one. It holds ids and times, but no addresses.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from chalicelib.common import times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database


class MailLedger:
    """Records which e-mails were begun and sent."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._mails: Collection[dict[str, Any]] = database["mail_ledger"]

    def find(self, mail_ids: Iterable[str]) -> dict[str, bool]:
        """Return the e-mails that were begun, each with whether it is known to be sent."""
        found = self._mails.find({"_id": {"$in": list(mail_ids)}}, {"sent_at": 1})
        return {mail["_id"]: "sent_at" in mail for mail in found}

    def begin(self, mail_id: str) -> bool:
        """Record that an e-mail is about to be sent. Return False if it was begun before."""
        try:
            self._mails.insert_one({"_id": mail_id, "begun_at": times.now()})
        except DuplicateKeyError:
            return False
        return True

    def cancel(self, mail_id: str) -> None:
        """Forget an e-mail that was begun, because SES refused it."""
        self._mails.delete_one({"_id": mail_id, "sent_at": {"$exists": False}})

    def finish(self, mail_id: str, message_id: str) -> None:
        """Record that an e-mail was handed to SES, with the message id from SES."""
        self._mails.update_one(
            {"_id": mail_id},
            {"$set": {"sent_at": times.now(), "message_id": message_id}},
        )

    def find_sent(self, mail_ids: Iterable[str]) -> dict[str, datetime]:
        """Return when e-mails were sent, by id, without those that were not sent."""
        found = self._mails.find(
            {"_id": {"$in": list(mail_ids)}, "sent_at": {"$exists": True}}, {"sent_at": 1}
        )
        return {mail["_id"]: mail["sent_at"] for mail in found}
