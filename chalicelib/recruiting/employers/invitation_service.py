"""InvitationService: owners invite people by e-mail, who accept and become members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.auth.errors import Forbidden, LinkExpired
from chalicelib.auth.fields import parse_email
from chalicelib.recruiting.employers.errors import (
    AlreadyMember,
    InvitationExpired,
    InvitationForAnotherAddress,
    InvitationRevoked,
    InvitationUsed,
)
from chalicelib.recruiting.employers.invitation_email import InvitationEmail
from chalicelib.recruiting.employers.invitation_models import Invitations, InvitationState
from chalicelib.recruiting.employers.models import Membership

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.models import Caller, Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.common.errors import DomainError
    from chalicelib.notifications.outbox import MailOutbox
    from chalicelib.recruiting.employers.invitation_email import InvitationTokens
    from chalicelib.recruiting.employers.invitation_models import Invitation, InvitationDraft
    from chalicelib.recruiting.employers.invitations import InvitationRepository, StoredInvitation
    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.employers.models import Member


@dataclass(frozen=True, slots=True)
class InvitationService:
    """Creates, lists, revokes and accepts invitations."""

    invitations: InvitationRepository
    memberships: MembershipRepository
    accounts: AccountRepository
    sessions: SessionRepository
    tokens: InvitationTokens
    limits: AuthRateLimits
    outbox: MailOutbox
    audit_log: AuditLog

    def invite(self, owner: Member, draft: InvitationDraft, visitor: Visitor) -> Invitation:
        """Send an invitation. It replaces an earlier one to the same address.

        Whether the address has an account makes no difference, unless it is a member's.

        Raises:
            InvalidField: no e-mail can be sent to the address.
            AlreadyMember: a member has this address.
            TooManyRequests: too many invitations by this visitor or account, or to this mailbox.
            Forbidden: the caller is no longer an owner.
        """
        email = parse_email(draft.email)
        account = self.accounts.find_by_email(email)
        if account and self.memberships.find(account["_id"], owner.employer_id):
            raise AlreadyMember("A member of the employer has this address.")
        self.limits.take(
            mail_visitor=f"invitation {email} {visitor.address}",
            mail_address=visitor.address,
            mail_account=f"invitation by {owner.account_id}",
        )
        self.limits.take(mail_account=f"invitation {email}")
        made = self.invitations.create(owner.employer_id, email, draft.role, owner.account_id)
        if made is None:
            raise Forbidden("You are no longer an owner of this employer.")
        self._record("invited", owner.account_id, owner.employer_id, made.id)
        self.outbox.enqueue(InvitationEmail(owner.employer_id, made.id), email)
        return made

    def list(self, owner: Member) -> Invitations:
        """Return the latest invitations of an employer, newest first."""
        return Invitations(self.invitations.find_all(owner.employer_id))

    def revoke(self, owner: Member, invitation_id: str) -> None:
        """Revoke an invitation.

        Raises:
            InvitationNotFound: the employer has no such invitation.
            InvitationUsed: it was accepted.
        """
        self.invitations.revoke(owner.employer_id, invitation_id)
        self._record("invitation_revoked", owner.account_id, owner.employer_id, invitation_id)

    def accept(self, caller: Caller, token: str) -> Membership:
        """Make the caller a member. The account that accepted may repeat the request.

        Nothing about the employer is revealed to an account with another address.

        Raises:
            SessionExpired: the session of the caller has ended.
            LinkExpired: the token is not genuine, or the invitation was deleted.
            InvitationForAnotherAddress: the account has another address.
            InvitationExpired, InvitationRevoked, InvitationUsed: it cannot be used any more.
        """
        self.sessions.require_active(caller)
        ids = self.tokens.read(token)
        one = self.invitations.find(*ids) if ids else None
        if one is None:
            raise LinkExpired
        if self.accounts.get(caller.account_id)["email"] != one.invitation.email:
            raise InvitationForAnotherAddress(
                "Log in with the account of the address that got the invitation, or ask for an "
                "invitation to your address."
            )
        if self.invitations.accept(one, caller.account_id):
            self._record(
                "invitation_accepted", caller.account_id, one.employer_id, one.invitation.id
            )
        for membership in self.memberships.find_employers(caller.account_id):
            if membership.employer_id == one.employer_id:
                return membership
        raise self._refusal(one)

    def _refusal(self, one: StoredInvitation) -> DomainError:
        """Return the reason for which an invitation cannot be used."""
        ask = "Ask the person who invited you for a new invitation."
        now = self.invitations.find(one.employer_id, one.invitation.id) or one
        match now.invitation.state:
            case InvitationState.REVOKED:
                return InvitationRevoked(f"The invitation was withdrawn or replaced. {ask}")
            case InvitationState.ACCEPTED:
                return InvitationUsed(f"The invitation was accepted before. {ask}")
        return InvitationExpired(f"The invitation has expired. {ask}")

    def _record(self, event: str, account_id: str, employer_id: str, invitation_id: str) -> None:
        self.audit_log.record(
            event, account_id, employer_id=employer_id, invitation_id=invitation_id
        )
