"""What postings need to know of their employer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.errors import InvalidField

if TYPE_CHECKING:
    from collections.abc import Collection

    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.employers.repository import EmployerRepository


class EmployerLookup:
    """Looks up employers and their members."""

    def __init__(self, employers: EmployerRepository, memberships: MembershipRepository) -> None:
        self._employers = employers
        self._memberships = memberships

    def fields(self, employer_id: str) -> dict[str, Any]:
        """Return the fields that a posting has from its employer, for readers and for its gate.

        Raises:
            EmployerNotFound: no employer has this id.
        """
        employer = self._employers.get(employer_id)
        return {
            "employer": employer.name,
            "employer_slug": employer.slug,
            "application_limit": msgspec.to_builtins(employer.application_limit),
        }

    def check_team(self, employer_id: str, team: Collection[str]) -> None:
        """Check that all accounts of a team are members of the employer.

        Raises:
            InvalidField: one is not.
        """
        if team:
            members = {member.account_id for member in self._memberships.find_all(employer_id)}
            if not members.issuperset(team):
                raise InvalidField("team", "Choose members of the employer")
