"""Makes recruiters of earlier versions members of their employers.

An account of those versions had the role recruiter and named its employer. Now it is a candidate
with a membership.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.recruiting.employers.models import MemberRole

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.employers.repository import EmployerRepository


@dataclass(frozen=True, slots=True)
class RecruiterMigration:
    """Migrates the accounts. It may run at any time, repeatedly and in several processes."""

    accounts: AccountRepository
    employers: EmployerRepository
    memberships: MembershipRepository
    audit_log: AuditLog

    def run(self) -> int:
        """Migrate all accounts of earlier versions. Return how many there were.

        The account changes last, so an interrupted migration starts again with it.
        """
        former = self.accounts.find_former_recruiters()
        for account_id, employer_id in former:
            if employer_id:
                self.employers.create_former(employer_id)
                if self.memberships.add(account_id, employer_id, MemberRole.RECRUITER):
                    self.audit_log.record("member_migrated", account_id, employer_id=employer_id)
            self.accounts.remove_former_employer(account_id)
        return len(former)
