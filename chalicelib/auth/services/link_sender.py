"""LinkSender: e-mails links. Its rate limits cannot be used to block the owner of a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.services.account_emails import LinkEmail

if TYPE_CHECKING:
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.models import Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.notifications.outbox import MailOutbox


@dataclass(frozen=True, slots=True)
class LinkSender:
    """Creates links and queues the e-mails that contain them."""

    links: EmailLinkRepository
    limits: AuthRateLimits
    outbox: MailOutbox

    def count_request(self, purpose: LinkPurpose, email: str, visitor: Visitor) -> None:
        """Count the request of a visitor. Call this before all other work.

        Raises:
            TooManyRequests: this visitor requested too many links, for this mailbox or in total.
        """
        self.limits.take(
            mail_visitor=f"{purpose} {email} {visitor.address}", mail_address=visitor.address
        )

    def send(self, purpose: LinkPurpose, email: str) -> None:
        """Queue an e-mail with a new link.

        If the mailbox received very many links of this purpose within the hour, from any visitor,
        nothing is sent and nothing is raised. Requests of strangers must not block the owner, who
        already has valid links.
        """
        if self._may_send(purpose, email):
            self._send(purpose, email)

    def send_registration(self, email: str, **details: str) -> None:
        """Queue an e-mail with a link that completes a registration.

        Above the limit of ``send`` the registration is stored without an e-mail, because every
        link that the mailbox already has can complete it.

        Args:
            email: the address.
            details: what the account is created from.
        """
        if self._may_send(LinkPurpose.REGISTER, email):
            self._send(LinkPurpose.REGISTER, email, **details)
        else:
            self.links.create_unsent(LinkPurpose.REGISTER, email, **details)

    def send_email_change(
        self, email: str, visitor: Visitor, *, account_id: str, credentials: str
    ) -> None:
        """Queue an e-mail with a link that makes this the address of an account.

        The limit counts by account and not by mailbox. Only the account that asked can use such a
        link, so a mailbox that strangers have filled with links has no valid one for its owner.

        Raises:
            TooManyRequests: this visitor or this account requested too many links.
        """
        purpose = LinkPurpose.CHANGE_EMAIL
        self.limits.take(
            mail_visitor=f"{purpose} {email} {visitor.address}",
            mail_address=visitor.address,
            mail_account=f"{purpose} {account_id}",
        )
        self._send(purpose, email, account_id=account_id, credentials=credentials)

    def _may_send(self, purpose: LinkPurpose, email: str) -> bool:
        return self.limits.try_take(mail_account=f"{purpose} {email}")

    def _send(self, purpose: LinkPurpose, email: str, **details: Any) -> None:
        link_id = self.links.create(purpose, email, **details)
        self.outbox.enqueue(LinkEmail(link_id), email)
