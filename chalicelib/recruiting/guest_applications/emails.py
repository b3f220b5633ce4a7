"""The e-mail with the link that sends a guest application, and the token in the link.

The token is the id of the guest application with a signature, which the mail worker adds when it
writes the e-mail. Neither the queue nor the database holds it. The e-mail contains nothing that was
typed with the address, because anyone could have typed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.notifications.models import Email, Recipient

if TYPE_CHECKING:
    from chalicelib.recruiting.addresses import Addresses
    from chalicelib.recruiting.guest_applications.repository import (
        GuestApplication,
        GuestApplicationRepository,
    )


class GuestApplicationEmail(msgspec.Struct, frozen=True, tag="guest_application"):
    """An e-mail with a link, to the address that the guest application stores."""

    guest_application_id: str


class GuestApplicationTokens:
    """Signs and reads the tokens of links.

    Args:
        secret: the secret that signs links.
    """

    def __init__(self, secret: str) -> None:
        self._key = DerivedKey(secret, "link guest-application")

    def issue(self, one: GuestApplication) -> str:
        """Return the token of a guest application."""
        return self._key.token(one.id)

    def read(self, token: str) -> str | None:
        """Return the id of the guest application, or None if the token is not genuine."""
        return self._key.read(token)


class GuestApplicationComposer:
    """Composes e-mails with links, in the mail worker.

    Args:
        guests: the guest applications.
        tokens: signs the links.
        addresses: the addresses of the web client.
    """

    content_type = GuestApplicationEmail

    def __init__(
        self,
        guests: GuestApplicationRepository,
        tokens: GuestApplicationTokens,
        addresses: Addresses,
    ) -> None:
        self._guests = guests
        self._tokens = tokens
        self._addresses = addresses

    def compose(
        self, content: GuestApplicationEmail, recipient: Recipient | None, /
    ) -> Email | None:
        """Return the e-mail, or None if the link is not to be sent, has expired or was followed.

        It is the same whether or not the address has an account.
        """
        one = self._guests.find(content.guest_application_id)
        if one is None or one.receipt is not None:
            return None
        closes_at = one.closes_at
        return Email(
            Recipient(one.email, ""),
            "guest_application",
            {
                "title": one.posting.title,
                "employer": one.posting.employer,
                "expires_at": one.expires_at,
                "closes_at": closes_at if closes_at and closes_at < one.expires_at else None,
                "url": self._addresses.confirm_application(one.posting.id, self._tokens.issue(one)),
            },
        )
