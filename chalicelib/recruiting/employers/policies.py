"""The policy of routes for members of the employer that the path names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chalicelib.auth.errors import Forbidden, SessionExpired, Unauthenticated
from chalicelib.auth.models import Role
from chalicelib.auth.routes.policies import only
from chalicelib.common.errors import TooManyRequests
from chalicelib.recruiting.employers.errors import EmployerNotFound
from chalicelib.recruiting.employers.models import MemberRole

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.common.errors import DomainError
    from chalicelib.recruiting.employers.models import Member

# Administrators see accounts, never applicants, so an administrator cannot act as a member.
_ACCOUNT = only(Role.CANDIDATE, on="")
# The rate limits of each request of a member that can change something.
CHANGES = ("change.account", "change.employer")
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class MemberPolicy:
    """Allows members of the employer of the path parameter ``{employer_id}``, in certain roles.

    The services of the blueprint must have ``member_access``. The view gets the member as
    ``caller`` and must put ``caller.employer_id`` into every query.

    Args:
        roles: the roles that are allowed.
        on: the data that the route gives access to, in words, such as "postings of the employer".
        limits: the rate limits that count a request that can change something.
    """

    roles: frozenset[str]
    on: str
    limits: tuple[str, ...] = CHANGES

    def with_limits(self, *limits: str) -> MemberPolicy:
        """Return the policy with other rate limits."""
        return replace(self, limits=limits)

    @property
    def change_errors(self) -> tuple[type[DomainError], ...]:
        """The errors of ``authorize`` for requests that can change something only."""
        return (TooManyRequests,) if self.limits else ()

    @property
    def errors(self) -> tuple[type[DomainError], ...]:
        """The errors of ``authorize``."""
        return (Unauthenticated, SessionExpired, Forbidden, EmployerNotFound)

    def authorize(
        self,
        request: Request,
        verify_token: Callable[[str], Caller],
        services: Callable[[], Any],
    ) -> Member:
        """Return the member who sent a request.

        Raises:
            Unauthenticated: the token is missing, invalid or expired.
            SessionExpired: the session has ended, and the request can change something.
            EmployerNotFound: the employer does not exist, or the caller is not a member.
            Forbidden: the caller is a member in another role, or an administrator.
            TooManyRequests: a rate limit is reached.
        """
        caller = _ACCOUNT.authorize(request, verify_token)
        employer_id: str = (request.uri_params or {})["employer_id"]
        is_change = request.method not in _READS
        access = services().member_access
        member: Member = access.require(caller, employer_id, self.roles, is_change=is_change)
        if is_change and self.limits:
            access.count_change(member, self.limits)
        return member


def members(*roles: MemberRole, on: str) -> MemberPolicy:
    """Return the policy for members with one of these roles."""
    return MemberPolicy(frozenset(role.value for role in roles), on)


def any_member(on: str) -> MemberPolicy:
    """Return the policy for all members of the employer."""
    return members(*MemberRole, on=on)
