"""What admins do with accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts.repository import to_account
from chalicelib.auth.errors import AccountNotFound, Forbidden, SessionExpired
from chalicelib.auth.fields import EmployerId
from chalicelib.auth.models import Account, Role
from chalicelib.common.errors import InvalidField

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.models import Caller
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository


class RoleGrant(msgspec.Struct, forbid_unknown_fields=True):
    """What an account is to be; a recruiter is a member of an employer, nobody else is."""

    role: Role
    employer_id: EmployerId | None = None


@dataclass(frozen=True, slots=True)
class AdministrationService:
    """Find accounts, and say what they are."""

    accounts: AccountRepository
    sessions: SessionRepository
    audit: AuditLog

    def find(self, caller: Caller, email: str) -> Account:
        """The account of an address.

        Raises:
            AccountNotFound: it has none.
            SessionExpired, Forbidden: the caller is no admin any more.
        """
        self._still_admin(caller)
        account = self.accounts.find_by_email(email)
        if account is None:
            raise AccountNotFound
        return to_account(account)

    def grant(self, caller: Caller, account_id: str, grant: RoleGrant) -> Account:
        """Change what an account is, and end its sessions, which were of another role.

        Raises:
            AccountNotFound: there is none with this id.
            InvalidField: a recruiter without an employer, or someone else with one.
            SessionExpired, Forbidden: the caller is no admin any more.
        """
        self._still_admin(caller)
        if (grant.role is Role.RECRUITER) != (grant.employer_id is not None):
            raise InvalidField("employer_id", "A recruiter has an employer, nobody else has.")
        self.accounts.set_role(account_id, grant.role, grant.employer_id)
        self.sessions.end_all(account_id)
        self.audit.record("role_granted", account_id, role=grant.role.value, by=caller.account_id)
        return to_account(self.accounts.get(account_id))

    def _still_admin(self, caller: Caller) -> None:
        """A token says what was so up to ten minutes ago: not enough for who may do so much."""
        if not self.sessions.is_active(caller.account_id, caller.session_id):
            raise SessionExpired
        if self.accounts.get(caller.account_id)["role"] != Role.ADMIN:
            raise Forbidden("You are no admin any more.")
