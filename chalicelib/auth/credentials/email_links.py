"""Links that are mailed: each for one purpose, good once and for a limited time.

What a link is for stands in MongoDB under the link's id. What is mailed is the id with a signature,
made by the mail worker when it writes the mail: neither the queue nor the database ever holds it,
so who can read those can follow no link.
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
    """What a link is good for."""

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
    """A link that was followed, or may be. ``email`` is whose mailbox it went to."""

    id: str
    purpose: LinkPurpose
    email: str
    about: dict[str, Any]


class EmailLinkRepository:
    """The links of a stage."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        secret: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._links: Collection[dict[str, Any]] = database["mail_links"]
        self._keys = {purpose: DerivedKey(secret, f"link {purpose}") for purpose in LinkPurpose}
        self._clock = clock

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._links.create_index("expires_at", expireAfterSeconds=0)
        self._links.create_index("email")
        self._links.create_index("about.account_id", sparse=True)

    def create(self, purpose: LinkPurpose, email: str, **about: Any) -> str:
        """Make a link to be mailed to an address. Returns its id."""
        now = self._clock()
        link_id = new_id()
        self._links.insert_one(
            {
                "_id": link_id,
                "purpose": purpose.value,
                "email": email,
                "about": about,
                "created_at": now,
                "expires_at": now + LIFETIMES[purpose],
            }
        )
        return link_id

    def sign(self, link: EmailLink) -> str:
        """What stands in the mail."""
        return self._keys[link.purpose].token(link.id)

    def find(self, link_id: str) -> EmailLink | None:
        """The link of this id, unless it was used or is over."""
        found = self._links.find_one({"_id": link_id, "expires_at": {"$gt": self._clock()}})
        if found is None:
            return None
        return EmailLink(
            found["_id"], LinkPurpose(found["purpose"]), found["email"], found["about"]
        )

    def get_by_token(self, purpose: LinkPurpose, token: str) -> EmailLink:
        """The link of a token, not yet used up.

        Raises:
            LinkExpired: it is none of ours for this purpose, was used, or is too old.
        """
        link_id = self._keys[purpose].read(token)
        link = self.find(link_id) if link_id else None
        if link is None or link.purpose is not purpose:
            raise LinkExpired
        return link

    def consume(self, link: EmailLink) -> None:
        """Use a link up. Of several at the same time one succeeds.

        Raises:
            LinkExpired: someone else did so meanwhile.
        """
        if not self._links.delete_one({"_id": link.id}).deleted_count:
            raise LinkExpired

    def delete_for(self, email: str, account_id: str) -> None:
        """Make all links worthless that went to an address, or are about an account."""
        self._links.delete_many({"$or": [{"email": email}, {"about.account_id": account_id}]})
