"""EmployerService: accounts create employers, and members read and change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.employers.models import Memberships
from chalicelib.recruiting.employers.slugs import derive_slug
from chalicelib.recruiting.texts import clean_line, clean_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.models import Caller
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.employers.models import (
        Employer,
        EmployerChange,
        EmployerDraft,
        Member,
    )
    from chalicelib.recruiting.employers.repository import EmployerRepository

_SHORTEST_SLUG = 2


@dataclass(frozen=True, slots=True)
class EmployerService:
    """Creates, reads and changes employers.

    Args:
        employers, memberships, sessions, limits, audit_log: the stores.
        update_postings: called with the id of an employer whose postings have former values of
            it, such as its name. It must not fail.
    """

    employers: EmployerRepository
    memberships: MembershipRepository
    sessions: SessionRepository
    limits: AuthRateLimits
    audit_log: AuditLog
    update_postings: Callable[[str], None]

    def create(self, caller: Caller, draft: EmployerDraft) -> Employer:
        """Create an employer that the caller owns.

        Raises:
            SessionExpired: the session of the caller has ended.
            InvalidField: no slug can be derived from the name.
            SlugTaken: another employer has the slug.
            TooManyRequests: the account created many employers today.
        """
        self.sessions.require_active(caller)
        name = clean_line(draft.name)
        slug = draft.slug or derive_slug(name)
        if len(slug) < _SHORTEST_SLUG:
            raise InvalidField("slug", "Choose an address: the name has too few Latin letters.")
        self.limits.take(employer_account=caller.account_id)
        employer = self.employers.create(slug, name, clean_text(draft.about), caller.account_id)
        self.audit_log.record("employer_created", caller.account_id, employer_id=employer.id)
        return employer

    def get(self, member: Member) -> Employer:
        """Return the employer of a member.

        Raises:
            EmployerNotFound: it was deleted meanwhile.
        """
        return self.employers.get(member.employer_id)

    def change(self, member: Member, change: EmployerChange, seen: ExpectedVersions) -> Employer:
        """Change the employer of a member.

        Raises:
            SlugTaken: another employer has the slug, or had it lately.
            VersionConflict: somebody else has changed it.
            EmployerNotFound: it was deleted meanwhile.
        """
        values: dict[str, Any] = {}
        if change.name is not msgspec.UNSET:
            values["name"] = clean_line(change.name)
        if change.slug is not msgspec.UNSET:
            values["slug"] = change.slug
        if change.about is not msgspec.UNSET:
            values["about"] = clean_text(change.about)
        if change.rejection_delay_minutes is not msgspec.UNSET:
            values["rejection_delay_minutes"] = change.rejection_delay_minutes
        if change.application_limit is not msgspec.UNSET:
            values["application_limit"] = msgspec.to_builtins(change.application_limit)
        if change.retention_days is not msgspec.UNSET:
            values["retention_days"] = change.retention_days
        if not values:
            raise InvalidField(
                "", "Send a name, a slug, a text, a delay, a limit or a number of days."
            )
        changed, is_renamed = self.employers.change(member.employer_id, values, seen)
        self.audit_log.record("employer_changed", member.account_id, employer_id=changed.id)
        if is_renamed:
            self.update_postings(changed.id)
        return changed

    def list_memberships(self, caller: Caller) -> Memberships:
        """Return the employers that the caller is a member of."""
        return Memberships(self.memberships.find_employers(caller.account_id))
