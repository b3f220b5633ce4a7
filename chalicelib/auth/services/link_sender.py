"""Having links mailed, within limits that nobody can use against the owner of a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.auth.services.account_emails import LinkEmail

if TYPE_CHECKING:
    from chalicelib.auth.credentials.email_links import EmailLinkRepository, LinkPurpose
    from chalicelib.auth.models import Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.services.account_emails import Post


@dataclass(frozen=True, slots=True)
class LinkSender:
    """Has links mailed."""

    links: EmailLinkRepository
    limits: AuthRateLimits
    post: Post

    def count_request(self, purpose: LinkPurpose, email: str, visitor: Visitor) -> None:
        """Count what one visitor asks for, first of all.

        Raises:
            TooMany: this visitor asked so often, for this mailbox or for any.
        """
        self.limits.take(
            mail_visitor=f"{purpose} {email} {visitor.address}", mail_address=visitor.address
        )

    def send(self, purpose: LinkPurpose, email: str, **about: Any) -> None:
        """Have a link mailed.

        Not if very many of the kind went to this mailbox within the hour, whoever asked for them.
        That is not told, for others' asking must not get in the owner's way: they have a good link.
        """
        if self.limits.try_take(mail_account=f"{purpose} {email}"):
            self.post(LinkEmail(self.links.create(purpose, email, **about)), email)
