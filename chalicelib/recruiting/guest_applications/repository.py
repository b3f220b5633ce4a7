"""Repository of guest applications (MongoDB).

A document holds what an unknown person typed, so it is deleted when its link expires. The content
is deleted as soon as the application is accepted; the receipt stays until the link expires.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.models import ApplicationDraft, PostingReference, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database

LIFETIME = timedelta(hours=24)
# The most applications of one address that wait for their links to be followed. More than 20 links
# an hour are not sent, and a visitor can ask for 5, so that many strangers are needed to displace
# one.
MAX_PENDING = 50


class GuestApplication(NamedTuple):
    """A guest application whose link has not expired.

    Args:
        id: its id, and that of its link.
        email: the address that gets the link.
        name: the name that was typed; empty once the application is accepted.
        posting: the posting.
        closes_at: when the posting was to close, as the application was typed.
        draft: the application; None once it is accepted.
        expires_at: when the link and all of this expire.
        application_id: the id that the application has, or will have; empty if the link was not
            followed.
        receipt: the receipt of the application; None until it is accepted.
    """

    id: str
    email: str
    name: str
    posting: PostingReference
    closes_at: datetime | None
    draft: ApplicationDraft | None
    expires_at: datetime
    application_id: str
    receipt: Receipt | None


class GuestApplicationRepository:
    """Reads and writes guest applications.

    Args:
        database: the database of the deployment stage.
        clock: returns the current time.
    """

    def __init__(
        self, database: Database[dict[str, Any]], clock: Callable[[], datetime] = times.now
    ) -> None:
        self._guests: Collection[dict[str, Any]] = database["guest_applications"]
        self._clock = clock

    def create_indexes(self) -> None:
        """Create the indexes, unless they exist."""
        self._guests.create_index("expires_at", expireAfterSeconds=0)
        self._guests.create_index([("email", 1), ("_id", -1)], sparse=True)
        self._guests.create_index("account_id", sparse=True)

    def create(
        self,
        email: str,
        name: str,
        posting: PostingReference,
        closes_at: datetime | None,
        draft: ApplicationDraft,
        *,
        sent: bool,
    ) -> tuple[str, datetime]:
        """Store an application, in place of the oldest one beyond the maximum of its address.

        Args:
            email: the address that gets the link.
            name: the name that was typed.
            posting: the posting.
            closes_at: when the posting closes, or None.
            draft: the application.
            sent: whether its link will be sent. If not, nothing personal is stored.

        Returns:
            Its id, and when it expires.
        """
        guest_id, now = new_id(), times.to_stored_time(self._clock())
        expires_at = now + LIFETIME
        document: dict[str, Any] = {"_id": guest_id, "created_at": now, "expires_at": expires_at}
        if sent:
            document |= {
                "email": email,
                "name": name,
                "posting": msgspec.to_builtins(posting),
                "closes_at": closes_at,
                "draft": msgspec.to_builtins(draft),
            }
        self._guests.insert_one(document)
        pending = {"email": email, "draft": {"$exists": True}}
        old = self._guests.find(pending, {"_id": 1}).sort("_id", -1).skip(MAX_PENDING)
        if old_ids := [one["_id"] for one in old]:
            self._guests.delete_many({"_id": {"$in": old_ids}})
        return guest_id, expires_at

    def find(self, guest_id: str) -> GuestApplication | None:
        """Return a guest application, or None if it is unknown, expired or not to be sent."""
        query = {"_id": guest_id, "expires_at": {"$gt": self._clock()}}
        found = self._guests.find_one({**query, "email": {"$exists": True}})
        return None if found is None else _read(found)

    def reserve_application_id(self, guest_id: str) -> str | None:
        """Return the id for the application: the same in each call.

        Returns:
            None if the guest application was deleted meanwhile.
        """
        self._guests.update_one(
            {"_id": guest_id, "application_id": {"$exists": False}},
            {"$set": {"application_id": new_id()}},
        )
        found = self._guests.find_one({"_id": guest_id}, {"application_id": 1})
        return None if found is None else found["application_id"]

    def complete(self, guest_id: str, account_id: str, receipt: Receipt) -> Receipt:
        """Store the receipt in place of the content. Return the receipt that was stored first."""
        stored = {"account_id": account_id, "receipt": msgspec.to_builtins(receipt)}
        done = self._guests.update_one(
            {"_id": guest_id, "receipt": {"$exists": False}},
            {"$set": stored, "$unset": {"draft": "", "name": ""}},
        )
        first = None if done.matched_count else self.find(guest_id)
        return first.receipt if first and first.receipt else receipt

    def delete_of_applications(
        self, account_id: str, email: str, application_ids: Iterable[str]
    ) -> None:
        """Delete the guest applications of an account that led to some applications."""
        led = {"application_id": {"$in": sorted(application_ids)}}
        self._guests.delete_many({"account_id": account_id, **led})
        # One whose receipt is not stored yet has no account.
        self._guests.delete_many({"email": email, **led})

    def delete_for(self, email: str | None, account_id: str) -> None:
        """Delete the guest applications of an account, and of its address if that is known."""
        self._guests.delete_many({"account_id": account_id})
        if email is not None:
            self._guests.delete_many({"email": email})


def _read(document: dict[str, Any]) -> GuestApplication:
    draft, receipt = document.get("draft"), document.get("receipt")
    return GuestApplication(
        document["_id"],
        document["email"],
        document.get("name", ""),
        msgspec.convert(document["posting"], PostingReference),
        document["closes_at"],
        None if draft is None else msgspec.convert(draft, ApplicationDraft),
        document["expires_at"],
        document.get("application_id", ""),
        None if receipt is None else msgspec.convert(receipt, Receipt),
    )
