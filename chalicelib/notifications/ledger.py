"""Mail ledger (MongoDB): which e-mails were begun, and when each was sent.

The ledger makes sending idempotent: the id of an e-mail is derived from what the e-mail is about,
so a repeated job finds the entry of the first one. It holds ids and times, but no addresses.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo.errors import DuplicateKeyError

from chalicelib.common import times
from chalicelib.common.mongo import insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database


class LedgerEntry(NamedTuple):
    """An e-mail that was begun; the message id from SES is None until SES has answered."""

    begun_at: datetime
    message_id: str | None


class MailLedger:
    """Records which e-mails were begun and sent."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._mails: Collection[dict[str, Any]] = database["mail_ledger"]

    def find(self, mail_ids: Iterable[str]) -> dict[str, bool]:
        """Return the e-mails that were begun, each with whether nothing is left to do for it."""
        query = {"_id": {"$in": list(mail_ids)}}
        found = self._mails.find(query, {"sent_at": 1, "withheld_at": 1})
        return {mail["_id"]: "sent_at" in mail or "withheld_at" in mail for mail in found}

    def withhold(self, mail_ids: Iterable[str]) -> list[str]:
        """Record that e-mails must not be sent. Return the ids of those that were begun before.

        The mail worker begins an e-mail under the same unique id, so either the e-mail is withheld
        for good, or it was begun.
        """
        entries = [{"_id": mail_id, "withheld_at": times.now()} for mail_id in set(mail_ids)]
        known = [entry["_id"] for entry in insert_missing(self._mails, entries)]
        found = self._mails.find(
            {"_id": {"$in": known}, "withheld_at": {"$exists": False}}, {"_id": 1}
        )
        return [mail["_id"] for mail in found] if known else []

    def find_states(self, mail_ids: Iterable[str]) -> dict[str, str]:
        """Return ``begun`` or ``withheld`` by id, without e-mails that are neither."""
        ids = list(mail_ids)
        found = self._mails.find({"_id": {"$in": ids}}, {"withheld_at": 1}) if ids else ()
        return {mail["_id"]: "withheld" if "withheld_at" in mail else "begun" for mail in found}

    def begin(self, mail_id: str) -> bool:
        """Record that an e-mail is about to be sent. Return False if it was begun before."""
        try:
            self._mails.insert_one({"_id": mail_id, "begun_at": times.now()})
        except DuplicateKeyError:
            return False
        return True

    def find_begun(self, mail_id: str) -> LedgerEntry | None:
        """Return the entry of an e-mail, or None if it was never begun."""
        found = self._mails.find_one({"_id": mail_id, "begun_at": {"$exists": True}})
        return LedgerEntry(found["begun_at"], found.get("message_id")) if found else None

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
