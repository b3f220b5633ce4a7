"""E-mailed links: each has one purpose and works once, for a limited time.

MongoDB stores the purpose of a link under the link's id. The e-mail contains the id with a
signature, which the mail worker adds when it writes the e-mail. Neither the queue nor the database
ever holds the signature, so nobody who reads those can use a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.errors import LinkExpired
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
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
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
        now = self._clock()
        link_id = new_id()
        self._links.insert_one(
            {
                "_id": link_id,
                "purpose": purpose.value,
                "email": email,
                "about": details,
                "created_at": now,
                "expires_at": now + LIFETIMES[purpose],
            }
        )
        return link_id

    def sign(self, link: EmailLink) -> str:
        """Return the token that the e-mail contains: the id with a signature."""
        return self._keys[link.purpose].token(link.id)

    def find(self, link_id: str) -> EmailLink | None:
        """Return a link, or None if it is unknown, used or expired."""
        found = self._links.find_one({"_id": link_id, "expires_at": {"$gt": self._clock()}})
        if found is None:
            return None
        return EmailLink(
            found["_id"], LinkPurpose(found["purpose"]), found["email"], found["about"]
        )

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
