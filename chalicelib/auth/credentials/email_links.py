"""E-mailed links: each has one purpose and works once, for a limited time.

MongoDB stores the purpose of a link under the link's id. The e-mail contains the id with a
signature, which the mail worker adds when it writes the e-mail. Neither the queue nor the database
ever holds the signature, so nobody who reads those can use a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.errors import LinkExpired
from chalicelib.common import times
from chalicelib.common.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection
    from pymongo.database import Database


class LinkPurpose(StrEnum):
    """The action that a link allows."""

    REGISTER = "register"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a name
    CHANGE_EMAIL = "change-email"


LIFETIMES = {
    LinkPurpose.REGISTER: timedelta(hours=24),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.CHANGE_EMAIL: timedelta(hours=24),
}


# The most links to one address whose details a request compares. More than 20 links an hour are not
# sent, and a visitor can ask for 5, so that many strangers are needed to displace one.
MAX_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class EmailLink:
    """A link that can still be used.

    Args:
        id: its id.
        purpose: the action that it allows.
        email: the address it was sent to.
        details: further data that its purpose needs.
    """

    id: str
    purpose: LinkPurpose
    email: str
    details: dict[str, Any]


class EmailLinkRepository:
    """Creates, signs and deletes links.

    Args:
        database: the database of the deployment stage.
        secret: the secret that signs links.
        clock: returns the current time.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        secret: str,
        clock: Callable[[], datetime] = times.now,
    ) -> None:
        self._links: Collection[dict[str, Any]] = database["mail_links"]
        self._keys = {purpose: DerivedKey(secret, f"link {purpose}") for purpose in LinkPurpose}
        self._clock = clock

    def create_indexes(self) -> None:
        """Create the indexes, unless they exist."""
        self._links.create_index("expires_at", expireAfterSeconds=0)
        self._links.create_index("email")
        self._links.create_index("about.account_id", sparse=True)

    def create(self, purpose: LinkPurpose, email: str, **details: Any) -> str:
        """Store a link that will be sent to an address. Return its id."""
        document = self._document(purpose, email, details)
        self._links.insert_one(document)
        return str(document["_id"])

    def create_unsent(self, purpose: LinkPurpose, email: str, **details: Any) -> None:
        """Store a link that will not be sent, because its details count for the sent ones too.

        Of those for one address, the newest ``MAX_CANDIDATES`` are kept.
        """
        unsent = {"email": email, "purpose": purpose.value, "unsent": True}
        self._links.insert_one(self._document(purpose, email, details) | unsent)
        old = self._links.find(unsent, {"_id": 1}).sort("_id", -1).skip(MAX_CANDIDATES)
        if old_ids := [one["_id"] for one in old]:
            self._links.delete_many({"_id": {"$in": old_ids}})

    def _document(
        self, purpose: LinkPurpose, email: str, details: dict[str, Any]
    ) -> dict[str, Any]:
        now = self._clock()
        return {
            "_id": new_id(),
            "purpose": purpose.value,
            "email": email,
            "about": details,
            "created_at": now,
            "expires_at": now + LIFETIMES[purpose],
        }

    def sign(self, link: EmailLink) -> str:
        """Return the token that the e-mail contains: the id with a signature."""
        return self._keys[link.purpose].token(link.id)

    def find(self, link_id: str) -> EmailLink | None:
        """Return a link, or None if it is unknown, used or expired."""
        found = self._links.find_one({"_id": link_id, "expires_at": {"$gt": self._clock()}})
        return None if found is None else _link(found)

    def find_newest(self, purpose: LinkPurpose, email: str) -> list[EmailLink]:
        """Return the newest links to an address, sent or not, at most ``MAX_CANDIDATES``."""
        query = {"email": email, "purpose": purpose.value, "expires_at": {"$gt": self._clock()}}
        newest = self._links.find(query).sort("_id", -1).limit(MAX_CANDIDATES)
        return list(map(_link, newest))

    def get_by_token(self, purpose: LinkPurpose, token: str) -> EmailLink:
        """Return the link of a token.

        Raises:
            LinkExpired: the token is invalid or of another purpose, or the link is used or expired.
        """
        link_id = self._keys[purpose].read(token)
        link = self.find(link_id) if link_id else None
        if link is None or link.purpose is not purpose:
            raise LinkExpired
        return link

    def consume(self, link: EmailLink) -> None:
        """Use a link, so that it works no more. Of several simultaneous calls one succeeds.

        Raises:
            LinkExpired: another call has used it.
        """
        if not self._links.delete_one({"_id": link.id}).deleted_count:
            raise LinkExpired

    def delete_for(self, email: str, account_id: str) -> None:
        """Delete all links that were sent to an address or concern an account."""
        self._links.delete_many({"$or": [{"email": email}, {"about.account_id": account_id}]})


def _link(document: dict[str, Any]) -> EmailLink:
    return EmailLink(
        document["_id"], LinkPurpose(document["purpose"]), document["email"], document["about"]
    )
