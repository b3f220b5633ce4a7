"""AdministrationService: administrators find accounts and change their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts.repository import to_account
from chalicelib.auth.errors import AccountNotFound, Forbidden
from chalicelib.auth.models import Role

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.models import Account, Caller
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository


class RoleGrant(msgspec.Struct, forbid_unknown_fields=True):
    """New role of an account."""

    role: Role


@dataclass(frozen=True, slots=True)
class AdministrationService:
    """Finds accounts and changes their roles."""

    accounts: AccountRepository
    sessions: SessionRepository
    audit_log: AuditLog

    def find(self, caller: Caller, email: str) -> Account:
        """Return the account with an address.

        Raises:
            AccountNotFound: no account has this address.
            SessionExpired, Forbidden: the caller is no longer an administrator.
        """
        self._require_admin(caller)
        account = self.accounts.find_by_email(email)
        if account is None:
            raise AccountNotFound
        return to_account(account)

    def grant(self, caller: Caller, account_id: str, grant: RoleGrant) -> Account:
        """Change the role of an account and end its sessions, which have the old role.

        Raises:
            AccountNotFound: no account has this id.
            SessionExpired, Forbidden: the caller is no longer an administrator.
        """
        self._require_admin(caller)
        self.accounts.set_role(account_id, grant.role)
        self.sessions.end_all(account_id)
        self.audit_log.record(
            "role_granted", account_id, role=grant.role.value, by=caller.account_id
        )
        return to_account(self.accounts.get(account_id))

    def _require_admin(self, caller: Caller) -> None:
        """Check the stored role, because the access token may be ten minutes old."""
        self.sessions.require_active(caller)
        if self.accounts.get(caller.account_id)["role"] != Role.ADMIN:
            raise Forbidden("Your account is no longer an administrator.")
