"""Membership repository (MongoDB): who is a member of which employer, in which role.

The members are in the document of their employer. Every change of a role compares all members in
the same write, so an employer that has an owner keeps one, whatever happens at the same time.
The write that removes a member also records the departure (``departures``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from chalicelib.auth.errors import Forbidden
from chalicelib.common import times
from chalicelib.recruiting.employers.departures import Departure
from chalicelib.recruiting.employers.errors import LastOwner, MemberNotFound
from chalicelib.recruiting.employers.models import MemberRole, Membership
from chalicelib.recruiting.employers.repository import employers_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

_OWNER = MemberRole.OWNER.value


class StoredMember(NamedTuple):
    """A member of an employer, without name and address, which the account has."""

    account_id: str
    role: MemberRole
    since: datetime

    @property
    def membership(self) -> str:
        """The id of the membership."""
        return f"{self.account_id}:{round(self.since.timestamp() * 1000)}"


class MembershipRepository:
    """Reads and writes the members of employers.

    Args:
        database: the database of the deployment stage.
        clock: returns the current time.
    """

    def __init__(
        self, database: Database[dict[str, Any]], clock: Callable[[], datetime] = times.now
    ) -> None:
        self._employers = employers_collection(database)
        self._clock = clock

    def find(self, account_id: str, employer_id: str) -> StoredMember | None:
        """Return a member as it is now; None if the account is none, or the employer unknown."""
        found = self._employers.find_one(
            {"_id": employer_id, "members.account_id": account_id}, {"members.$": 1}
        )
        return None if found is None else _member(found["members"][0])

    def find_all(self, employer_id: str) -> list[StoredMember]:
        """Return the members of an employer, in the order in which they joined."""
        found = self._employers.find_one({"_id": employer_id}, {"members": 1})
        return [] if found is None else list(map(_member, found["members"]))

    def find_employers(self, account_id: str) -> list[Membership]:
        """Return the employers that an account is a member of, by name."""
        found = self._employers.find(
            {"members.account_id": account_id}, {"slug": 1, "name": 1, "members.$": 1}
        )
        memberships = []
        for employer in found:
            member = _member(employer["members"][0])
            memberships.append(
                Membership(
                    employer["_id"], employer["slug"], employer["name"], member.role, member.since
                )
            )
        return sorted(memberships, key=lambda one: (one.name.casefold(), one.employer_id))

    def add(self, account_id: str, employer_id: str, role: MemberRole) -> bool:
        """Make an account a member. Return False if it is one, or the employer does not exist."""
        now = times.to_stored_time(self._clock())
        member = {"account_id": account_id, "role": role.value, "since": now}
        done = self._employers.update_one(
            {"_id": employer_id, "members.account_id": {"$ne": account_id}},
            {"$push": {"members": member}},
        )
        return bool(done.matched_count)

    def appoint_owner(self, account_id: str, employer_id: str) -> None:
        """Make an account an owner, whether or not it is a member; for operators."""
        if not self.add(account_id, employer_id, MemberRole.OWNER):
            self._employers.update_one(
                {"_id": employer_id},
                {"$set": {"members.$[one].role": _OWNER}},
                array_filters=[{"one.account_id": account_id}],
            )

    def set_role(self, account_id: str, employer_id: str, role: MemberRole, by: str) -> None:
        """Change the role of a member.

        Args:
            account_id: the member.
            employer_id: the employer.
            role: the new role.
            by: the account of the owner who makes the change.

        Raises:
            Forbidden: ``by`` is not an owner, for instance no longer.
            MemberNotFound: the account is not a member.
            LastOwner: the member is the only owner, and the new role is another one.
        """
        allowed = [_is_owner(by)]
        if role is not MemberRole.OWNER:
            allowed.append(_leaves_an_owner(account_id))
        done = self._employers.update_one(
            {"_id": employer_id, "members.account_id": account_id, "$and": allowed},
            {"$set": {"members.$[one].role": role.value}},
            array_filters=[{"one.account_id": account_id}],
        )
        if not done.matched_count:
            self._explain_refusal(account_id, employer_id, by)

    def remove(self, account_id: str, employer_id: str, by: str) -> Departure:
        """Remove a member. Return the departure, which is also stored.

        Args:
            account_id: the member.
            employer_id: the employer.
            by: the account of the owner who makes the change, or the member itself.

        Raises:
            Forbidden: ``by`` is neither an owner nor the member.
            MemberNotFound: the account is not a member.
            LastOwner: the member is the only owner.
        """
        owner = None if by == account_id else by
        allowed = [_leaves_an_owner(account_id), *([_is_owner(owner)] if owner else [])]
        return self._remove(account_id, employer_id, allowed, owner)

    def remove_for_deletion(self, account_id: str, employer_id: str) -> Departure:
        """Remove a member whose account is being deleted; unlike ``remove``, also the only member.

        Raises:
            MemberNotFound: the account is not a member.
            LastOwner: the member is the only owner, and there are other members.
        """
        is_alone = {"members": {"$size": 1}}
        allowed = {"$or": [is_alone, _leaves_an_owner(account_id)]}
        return self._remove(account_id, employer_id, [allowed], None)

    def _remove(
        self, account_id: str, employer_id: str, allowed: list[dict[str, Any]], owner: str | None
    ) -> Departure:
        while True:
            member = self.find(account_id, employer_id)
            if member is None:
                self._explain_refusal(account_id, employer_id, owner)
            same = {"members": {"$elemMatch": {"account_id": account_id, "since": member.since}}}
            departure = Departure(
                employer_id,
                account_id,
                member.membership,
                owner or account_id,
                times.to_stored_time(self._clock()),
            )
            done = self._employers.update_one(
                {"_id": employer_id, "$and": [same, *allowed]},
                {
                    "$pull": {"members": {"account_id": account_id}},
                    "$push": {"departures": departure.to_document()},
                },
            )
            if done.matched_count:
                return departure
            if self.find(account_id, employer_id) == member:
                self._explain_refusal(account_id, employer_id, owner)

    def _explain_refusal(self, account_id: str, employer_id: str, owner: str | None) -> NoReturn:
        """Raise the reason for which a change matched no employer.

        Args:
            account_id: the member to change.
            employer_id: the employer.
            owner: the account that must be an owner to make the change; None if no account must.

        Raises:
            Forbidden, MemberNotFound, LastOwner: see the callers.
        """
        actor = self.find(owner, employer_id) if owner else None
        if owner and (actor is None or actor.role is not MemberRole.OWNER):
            raise Forbidden("You are no longer an owner of this employer.")
        if self.find(account_id, employer_id) is None:
            raise MemberNotFound("This account is not a member of the employer.")
        raise LastOwner("An employer needs an owner. Make another member an owner first.")


def _is_owner(account_id: str) -> dict[str, Any]:
    """Return a filter: the account is an owner."""
    return {"members": {"$elemMatch": {"account_id": account_id, "role": _OWNER}}}


def _leaves_an_owner(account_id: str) -> dict[str, Any]:
    """Return a filter: the member is no owner, or there is another owner."""
    is_no_owner = {"account_id": account_id, "role": {"$ne": _OWNER}}
    other_owner = {"account_id": {"$ne": account_id}, "role": _OWNER}
    return {
        "$or": [
            {"members": {"$elemMatch": is_no_owner}},
            {"members": {"$elemMatch": other_owner}},
        ]
    }


def _member(stored: dict[str, Any]) -> StoredMember:
    return StoredMember(stored["account_id"], MemberRole(stored["role"]), stored["since"])
