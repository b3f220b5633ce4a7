"""LinkSender: e-mails links. Its rate limits cannot be used to block the owner of a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.auth.services.account_emails import LinkEmail

if TYPE_CHECKING:
    from chalicelib.auth.credentials.email_links import EmailLinkRepository, LinkPurpose
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

    def send(self, purpose: LinkPurpose, email: str, **details: Any) -> None:
        """Queue an e-mail with a new link.

        If the mailbox received very many links of this purpose within the hour, from any visitor,
        nothing is sent and nothing is raised. Requests of strangers must not block the owner, who
        already has valid links.
        """
        if self.limits.try_take(mail_account=f"{purpose} {email}"):
            link_id = self.links.create(purpose, email, **details)
            self.outbox.enqueue(LinkEmail(link_id), email)
