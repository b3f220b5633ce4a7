"""E-mails about accounts: the requests that the API queues, and their content.

The API queues an e-mail without checking whether the address has an account. The mail worker checks
that, and decides what to write to whom. So the API answers in the same way and in the same time for
every address.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.notifications.models import Email, Recipient

if TYPE_CHECKING:
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.credentials.email_links import EmailLink, EmailLinkRepository


class AccountEvent(StrEnum):
    """Changes of which an owner is notified."""

    EMAIL_CHANGE_ASKED = "email_change_asked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    EMAIL_CHANGED = "email_changed"
    EMAIL_RETRIED = "email_retried"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    DELETED = "account_deleted"


class LinkEmail(msgspec.Struct, frozen=True, tag="account_link"):
    """An e-mail with a link, to the address that the link stores."""

    link_id: str


class AccountNotice(msgspec.Struct, frozen=True, tag="account_notice"):
    """An e-mail that notifies an owner of an event."""

    event: AccountEvent
    email: str
    name: str


_TEMPLATES = {
    LinkPurpose.REGISTER: "account_confirm",
    LinkPurpose.RESET_PASSWORD: "account_reset_password",
    LinkPurpose.CHANGE_EMAIL: "account_change_email",
}


class AccountNoticeComposer:
    """Composes notices, in the mail worker."""

    content_type = AccountNotice

    def compose(self, content: AccountNotice, recipient: Recipient | None, /) -> Email:
        """Return a notice, for the address in its content: the account may have changed."""
        return Email(
            Recipient(content.email, content.name),
            "account_notice",
            {"event": content.event.value},
            keeps_job=content.event is not AccountEvent.DELETED,
        )


class LinkEmailComposer:
    """Composes e-mails with links, in the mail worker.

    Args:
        accounts: the accounts.
        links: the links that the e-mails contain.
        public_url: where the web client is.
    """

    content_type = LinkEmail

    def __init__(
        self, accounts: AccountRepository, links: EmailLinkRepository, public_url: str
    ) -> None:
        self._accounts = accounts
        self._links = links
        self._public_url = public_url.rstrip("/")

    def compose(self, content: LinkEmail, recipient: Recipient | None, /) -> Email | None:
        """Return an e-mail, or None if it has no recipient.

        It has no recipient if its link is used or expired, or if someone requested a password reset
        for an address without an account.
        """
        link = self._links.find(content.link_id)
        if link is None:
            return None
        account = self._accounts.find_by_email(link.email)
        if link.purpose is LinkPurpose.RESET_PASSWORD:
            return self._with_link(link, account["name"]) if account else None
        if account:
            # Only the reader of this mailbox learns that the address has an account.
            return Email(
                Recipient(link.email, account["name"]), "account_exists", {"url": self._public_url}
            )
        # Leave out the name: anyone could have typed it, and nobody has confirmed the mailbox yet.
        return self._with_link(link, "")

    def _with_link(self, link: EmailLink, name: str) -> Email:
        # The token is in the fragment, so neither logs nor the Referer header contain it.
        url = f"{self._public_url}/#/{link.purpose.value}/{self._links.sign(link)}"
        return Email(Recipient(link.email, name), _TEMPLATES[link.purpose], {"url": url})
