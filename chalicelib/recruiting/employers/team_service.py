"""TeamService: owners manage the members of an employer, and members leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.auth.errors import AccountInUse
from chalicelib.recruiting.employers.errors import EmployerNotFound, LastOwner, MemberNotFound
from chalicelib.recruiting.employers.models import MemberRole, Team, TeamMember

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.models import Caller
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.recruiting.employers.departures import Departure
    from chalicelib.recruiting.employers.invitations import InvitationRepository
    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.employers.models import Member, Membership


@dataclass(frozen=True, slots=True)
class TeamService:
    """Lists, changes and removes members.

    Args:
        has_published: returns whether an employer has a published posting.
        on_departure: called with each departure of a member. It must not fail.
    """

    memberships: MembershipRepository
    invitations: InvitationRepository
    accounts: AccountRepository
    sessions: SessionRepository
    audit_log: AuditLog
    has_published: Callable[[str], bool]
    on_departure: Callable[[Departure], None]

    def list_members(self, member: Member) -> Team:
        """Return the members of the employer of a member.

        A member whose account is just being deleted is left out.
        """
        stored = self.memberships.find_all(member.employer_id)
        people = self.accounts.find_recipients({one.account_id for one in stored})
        return Team(
            [
                TeamMember(
                    one.account_id,
                    people[one.account_id].name,
                    people[one.account_id].email,
                    one.role,
                    one.since,
                )
                for one in stored
                if one.account_id in people
            ]
        )

    def change_role(self, owner: Member, account_id: str, role: MemberRole) -> Team:
        """Change the role of a member. Return all members.

        Raises:
            Forbidden: the caller is no longer an owner.
            MemberNotFound: the account is not a member.
            LastOwner: the member is the only owner, and the new role is another one.
        """
        employer_id = owner.employer_id
        self.memberships.set_role(account_id, employer_id, role, by=owner.account_id)
        self.audit_log.record(
            "member_role_changed",
            account_id,
            employer_id=employer_id,
            role=role.value,
            by=owner.account_id,
        )
        return self.list_members(owner)

    def remove(self, owner: Member, account_id: str) -> None:
        """Remove a member, who has no access from now on and cannot return by an old invitation.

        Raises:
            Forbidden: the caller is no longer an owner.
            MemberNotFound: the account is not a member.
            LastOwner: the member is the only owner.
        """
        employer_id = owner.employer_id
        for recipient in self.accounts.find_recipients({account_id}).values():
            self.invitations.revoke_open(employer_id, recipient.email)
        departure = self.memberships.remove(account_id, employer_id, by=owner.account_id)
        self.on_departure(departure)
        self.audit_log.record(
            "member_removed", account_id, employer_id=employer_id, by=owner.account_id
        )

    def leave(self, caller: Caller, employer_id: str) -> None:
        """Remove the caller from an employer.

        Raises:
            SessionExpired: the session of the caller has ended.
            EmployerNotFound: the caller is not a member.
            LastOwner: the caller is the only owner.
        """
        self.sessions.require_active(caller)
        try:
            departure = self.memberships.remove(
                caller.account_id, employer_id, by=caller.account_id
            )
        except MemberNotFound:
            raise EmployerNotFound from None
        self.on_departure(departure)
        self.audit_log.record("member_left", caller.account_id, employer_id=employer_id)

    def leave_all(self, account_id: str) -> None:
        """Remove an account from all employers, and invitations to it: it is being deleted.

        An employer whose only member leaves stays, without members.

        Raises:
            AccountInUse: the account is the only owner of an employer with other members, or the
                only member of one with published postings. It has left none, unless another owner
                left at the same time.
        """
        employers = self.memberships.find_employers(account_id)
        for membership in employers:
            self._require_replaceable(account_id, membership)
        for membership in employers:
            employer_id = membership.employer_id
            try:
                departure = self.memberships.remove_for_deletion(account_id, employer_id)
            except MemberNotFound:
                continue
            except LastOwner:
                raise _only_owner(membership) from None
            self.on_departure(departure)
            self.audit_log.record("member_left", account_id, employer_id=employer_id)
        for recipient in self.accounts.find_recipients({account_id}).values():
            self.invitations.delete_for(recipient.email)

    def _require_replaceable(self, account_id: str, membership: Membership) -> None:
        """Check that an employer can do without an account.

        Raises:
            AccountInUse: see ``leave_all``.
        """
        stored = self.memberships.find_all(membership.employer_id)
        others = [one for one in stored if one.account_id != account_id]
        if not others:
            # Nobody could read the applications for a posting.
            if self.has_published(membership.employer_id):
                raise AccountInUse(
                    f"You are the only member of {membership.name}, which has published postings. "
                    "Close them, or invite another owner. Then delete your account."
                )
        elif membership.role is MemberRole.OWNER and all(
            one.role is not MemberRole.OWNER for one in others
        ):
            raise _only_owner(membership)


def _only_owner(membership: Membership) -> AccountInUse:
    return AccountInUse(
        f"You are the only owner of {membership.name}. Make another member an owner, or remove the "
        "other members. Then delete your account."
    )
