"""Suppressions (MongoDB): addresses that get no e-mail, because one bounced or was reported.

An address is stored as a keyed hash, so that the collection names nobody. Who has the key can only
ask whether an address is in it. A bounce is forgotten after some time. A complaint is kept also
when the account is deleted, because who reported our e-mails wants none.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from chalicelib.common import times
from chalicelib.notifications.models import Suppression, SuppressionReason

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pymongo.collection import Collection
    from pymongo.database import Database

# A mailbox may exist again. SES forgets a bounce of other accounts after two weeks.
BOUNCE_LASTS = timedelta(days=30)


class SuppressionRepository:
    """Stores suppressions.

    Args:
        database: the database.
        sign: returns the keyed hash of a text.
    """

    def __init__(self, database: Database[dict[str, Any]], sign: Callable[[str], str]) -> None:
        self._suppressions: Collection[dict[str, Any]] = database["mail_suppressions"]
        self._sign = sign

    def create_indexes(self) -> None:
        """Create the index by which MongoDB deletes old bounces; safe to repeat."""
        self._suppressions.create_index("expires_at", expireAfterSeconds=0)

    def key_of(self, address: str) -> str:
        """Return the keyed hash of an address: 43 letters, digits, ``-`` and ``_``."""
        return self._sign(address.strip().lower())

    def find(self, address: str) -> Suppression | None:
        """Return the suppression of an address, or None if it gets e-mails."""
        found = self._suppressions.find_one(
            {"_id": self.key_of(address), "ended_at": {"$exists": False}}
        )
        if found is None:
            return None
        reason = SuppressionReason(found["reason"])
        can_retry = reason is SuppressionReason.BOUNCE and not found.get("retried", False)
        return Suppression(reason, found["at"], can_retry)

    def add(self, key: str, reason: SuppressionReason, sent_at: datetime) -> bool:
        """Suppress an address. Return whether it got e-mails before.

        Args:
            key: the keyed hash of the address.
            reason: the reason. A complaint replaces a bounce, and not the other way round.
            sent_at: when the e-mail was sent. Nothing happens if the suppression was ended since.
        """
        now = times.now()
        fields: dict[str, Any] = {"reason": reason.value, "at": now}
        removed = {"ended_at": ""}
        if reason is SuppressionReason.BOUNCE:
            fields["expires_at"] = now + BOUNCE_LASTS
        else:
            removed["expires_at"] = ""
        try:
            self._suppressions.insert_one({"_id": key, **fields})
        except DuplicateKeyError:
            pass
        else:
            return True
        change = {"$set": fields, "$unset": removed}
        again = self._suppressions.update_one({"_id": key, "ended_at": {"$lt": sent_at}}, change)
        if not again.matched_count and reason is SuppressionReason.COMPLAINT:
            active = {"reason": SuppressionReason.BOUNCE.value, "ended_at": {"$exists": False}}
            self._suppressions.update_one({"_id": key, **active}, change)
        return bool(again.matched_count)

    def retry(self, address: str) -> bool:
        """End the suppression of an address that bounced once. Return whether that was possible.

        The document stays until it expires, so that a second bounce cannot be ended.
        """
        return self._end(
            {
                "_id": self.key_of(address),
                "reason": SuppressionReason.BOUNCE.value,
                "retried": {"$ne": True},
                "ended_at": {"$exists": False},
            },
            retried=True,
        )

    def end(self, address: str) -> bool:
        """End any suppression of an address, for an operator. Return whether there was one."""
        return self._end({"_id": self.key_of(address), "ended_at": {"$exists": False}})

    def _end(self, query: dict[str, Any], *, retried: bool = False) -> bool:
        now = times.now()
        fields: dict[str, Any] = {"ended_at": now, "expires_at": now + BOUNCE_LASTS}
        if retried:
            fields["retried"] = True
        return bool(self._suppressions.update_one(query, {"$set": fields}).matched_count)
