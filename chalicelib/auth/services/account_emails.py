"""Mails about accounts: what the API asks for, and what the mail worker makes of it.

The API asks for a letter without looking who there is; the worker looks, and writes to whoever it
concerns, or to nobody. So the API answers the same, in the same time, for any address.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from chalicelib.auth.credentials.email_links import LinkPurpose

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.auth.credentials.email_links import EmailLink, EmailLinkRepository


class AccountEvent(StrEnum):
    """What an owner is told of their account."""

    EMAIL_CHANGE_ASKED = "email_change_asked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    DELETED = "account_deleted"


class LinkEmail(msgspec.Struct, frozen=True, tag="account_link"):
    """A letter with a link; it goes where the link says."""

    link_id: str


class AccountNotice(msgspec.Struct, frozen=True, tag="account_notice"):
    """A letter that something was done."""

    event: AccountEvent
    email: str
    name: str


AccountEmail = LinkEmail | AccountNotice


class Written(msgspec.Struct, frozen=True):
    """A letter as it is sent: to whom, by which template, with which words."""

    email: str
    name: str
    template: str
    words: dict[str, Any]


_TEMPLATES = {
    LinkPurpose.REGISTER: "account_confirm",
    LinkPurpose.RESET_PASSWORD: "account_reset_password",
    LinkPurpose.CHANGE_EMAIL: "account_change_email",
}


class Post(Protocol):
    """Takes letters to be sent soon."""

    def __call__(self, letter: AccountEmail, owner: str, /) -> None:
        """Queue a letter. Those of one ``owner`` are sent in their order."""


class AccountEmailComposer:
    """Writes the letters, in the mail worker."""

    def __init__(
        self, database: Database[dict[str, Any]], links: EmailLinkRepository, public_url: str
    ) -> None:
        self._accounts: Collection[dict[str, Any]] = database["accounts"]
        self._links = links
        self._public_url = public_url.rstrip("/")

    def compose(self, letter: AccountEmail) -> Written | None:
        """What to send, or None if there is nobody to write to."""
        if isinstance(letter, AccountNotice):
            return Written(
                letter.email, letter.name, "account_notice", {"event": letter.event.value}
            )
        link = self._links.find(letter.link_id)
        if link is None:
            return None
        account = self._accounts.find_one({"email": link.email}, {"name": 1})
        if link.purpose is LinkPurpose.RESET_PASSWORD:
            return self._with_link(link, account["name"]) if account else None
        if account:
            # Only whoever reads this mailbox is told that it has an account already.
            return Written(link.email, account["name"], "account_exists", {"url": self._public_url})
        # No name, since nobody knows yet whose mailbox it is: it may say anything to a stranger.
        return self._with_link(link, "")

    def _with_link(self, link: EmailLink, name: str) -> Written:
        # Behind "#", where neither logs nor the Referer header see it.
        url = f"{self._public_url}/#/{link.purpose.value}/{self._links.sign(link)}"
        return Written(link.email, name, _TEMPLATES[link.purpose], {"url": url})
