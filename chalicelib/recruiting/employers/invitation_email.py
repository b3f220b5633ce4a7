"""The e-mail with an invitation, and the token in its link.

The token is the ids of employer and invitation with a signature, which the mail worker adds when it
writes the e-mail. Neither the queue nor the database holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.notifications.models import Email, Recipient
from chalicelib.recruiting.employers.invitation_models import InvitationState

if TYPE_CHECKING:
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.employers.invitations import InvitationRepository, StoredInvitation


class InvitationEmail(msgspec.Struct, frozen=True, tag="invitation"):
    """An e-mail with an invitation, to the address that the invitation stores."""

    employer_id: str
    invitation_id: str


class InvitationTokens:
    """Signs and reads the tokens of invitations.

    Args:
        secret: the secret that signs links.
    """

    def __init__(self, secret: str) -> None:
        self._key = DerivedKey(secret, "link invitation")

    def issue(self, one: StoredInvitation) -> str:
        """Return the token of an invitation."""
        return self._key.token(f"{one.employer_id}.{one.invitation.id}")

    def read(self, token: str) -> tuple[str, str] | None:
        """Return the ids of employer and invitation, or None if the token is not genuine."""
        text = self._key.read(token)
        if text is None:
            return None
        employer_id, _, invitation_id = text.partition(".")
        return employer_id, invitation_id


class InvitationComposer:
    """Composes e-mails with invitations, in the mail worker.

    Args:
        invitations: the invitations.
        accounts: the accounts of the owners who invite.
        tokens: signs the links.
        public_url: where the web client is.
    """

    content_type = InvitationEmail

    def __init__(
        self,
        invitations: InvitationRepository,
        accounts: AccountRepository,
        tokens: InvitationTokens,
        public_url: str,
    ) -> None:
        self._invitations = invitations
        self._accounts = accounts
        self._tokens = tokens
        self._public_url = public_url.rstrip("/")

    def compose(self, content: InvitationEmail, recipient: Recipient | None, /) -> Email | None:
        """Return an e-mail, or None if the invitation was revoked, used or has expired."""
        one = self._invitations.find(content.employer_id, content.invitation_id)
        if one is None or one.invitation.state is not InvitationState.OPEN:
            return None
        inviter = self._accounts.find_recipients({one.invited_by}).get(one.invited_by)
        # The token is in the fragment, so neither logs nor the Referer header contain it.
        url = f"{self._public_url}/#/accept-invitation/{self._tokens.issue(one)}"
        return Email(
            Recipient(one.invitation.email, ""),
            "invitation",
            {
                "employer": one.employer,
                "inviter": inviter.name if inviter else one.employer,
                "role": one.invitation.role.value.replace("_", " "),
                "expires_at": one.invitation.expires_at,
                "url": url,
            },
        )
