"""MemberAccess: decides at each request whether an account may act for an employer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.auth.errors import Forbidden
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import count
from chalicelib.queue import REDIS_ERRORS
from chalicelib.recruiting.employers.errors import EmployerNotFound
from chalicelib.recruiting.employers.models import Member

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from chalicelib.auth.models import Caller
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.recruiting.employers.memberships import MembershipRepository


@dataclass(frozen=True, slots=True)
class MemberAccess:
    """Looks memberships up as they are now, so that a removed member loses access at once."""

    memberships: MembershipRepository
    sessions: SessionRepository
    limits: AuthRateLimits

    def require(
        self, caller: Caller, employer_id: str, roles: AbstractSet[str], *, is_change: bool
    ) -> Member:
        """Return a caller as a member of an employer.

        Args:
            caller: the account and session of the access token.
            employer_id: the employer that the path names.
            roles: the roles that are allowed.
            is_change: whether the request can change something. Then the session must not have
                ended since the access token was issued.

        Raises:
            SessionExpired: the session has ended.
            EmployerNotFound: the employer does not exist, or the caller is not a member.
            Forbidden: the caller is a member in another role.
        """
        if is_change:
            self.sessions.require_active(caller)
        found = self.memberships.find(caller.account_id, employer_id)
        if found is None:
            raise EmployerNotFound
        if found.role not in roles:
            names = " and ".join(sorted(role.replace("_", " ") for role in roles))
            raise Forbidden(f"This is for members with the role {names}.")
        return Member(
            caller.account_id, caller.session_id, employer_id, found.role, found.membership
        )

    def count_change(self, member: Member, limits: Sequence[str]) -> None:
        """Count a request of a member that can change something, with one round trip to Redis.

        While Redis is down, changes are not limited: members can work without it, and the limits
        protect no secret.

        Args:
            member: the member.
            limits: the names of the limits, which count by account or by employer.

        Raises:
            TooManyRequests: a limit is reached.
        """
        subjects = {
            name.replace(".", "_"): member.account_id
            if name.endswith(".account")
            else member.employer_id
            for name in limits
        }
        try:
            self.limits.take(**subjects)
        except TooManyRequests as error:
            raise TooManyRequests("Too many changes.", error.retry_after) from error
        except REDIS_ERRORS:
            count("changes_not_limited")
