"""Invitation repository (MongoDB).

The invitations are in the document of their employer, like its members. So accepting one is a
single write: it uses the invitation up and adds the member.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.errors import InvitationNotFound, InvitationUsed
from chalicelib.recruiting.employers.invitation_models import Invitation, InvitationState
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.repository import employers_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

LIFETIME = timedelta(days=7)
# An employer keeps its latest invitations, also used and expired ones, to explain what happened to
# them. A later one displaces the oldest.
MAX_KEPT = 200
_OWNER = MemberRole.OWNER.value
_OPEN, _REVOKED = InvitationState.OPEN.value, InvitationState.REVOKED.value


class StoredInvitation(NamedTuple):
    """An invitation with the employer that it belongs to.

    Args:
        invitation: the invitation, as its owners see it.
        employer_id: the employer.
        employer: the name of the employer.
        invited_by: the account of the owner who invited.
        accepted_by: the account that accepted; empty if none did.
    """

    invitation: Invitation
    employer_id: str
    employer: str
    invited_by: str
    accepted_by: str


class InvitationRepository:
    """Reads and writes invitations.

    Args:
        database: the database of the deployment stage.
        clock: returns the current time.
    """

    def __init__(
        self, database: Database[dict[str, Any]], clock: Callable[[], datetime] = times.now
    ) -> None:
        self._employers = employers_collection(database)
        self._clock = clock

    def create_indexes(self) -> None:
        """Create the index, unless it exists."""
        self._employers.create_index("invitations.address", sparse=True)

    def create(
        self, employer_id: str, address: str, role: MemberRole, invited_by: str
    ) -> Invitation | None:
        """Store an invitation, in place of earlier ones to the same address.

        Returns:
            None if ``invited_by`` is not an owner of the employer any more.
        """
        now = times.to_stored_time(self._clock())
        stored = {
            "id": new_id(),
            "address": address,
            "role": role.value,
            "state": _OPEN,
            "invited_by": invited_by,
            "created_at": now,
            "expires_at": now + LIFETIME,
        }
        self.revoke_open(employer_id, address)
        owner = {"$elemMatch": {"account_id": invited_by, "role": _OWNER}}
        done = self._employers.update_one(
            {"_id": employer_id, "members": owner},
            {"$push": {"invitations": {"$each": [stored], "$slice": -MAX_KEPT}}},
        )
        return self._invitation(stored, {invited_by}) if done.matched_count else None

    def find_all(self, employer_id: str) -> list[Invitation]:
        """Return the latest invitations of an employer, newest first."""
        employer = self._employers.find_one({"_id": employer_id}, {"invitations": 1, "members": 1})
        if employer is None:
            return []
        stored = reversed(employer.get("invitations", []))
        return [self._invitation(one, _owners(employer)) for one in stored]

    def find(self, employer_id: str, invitation_id: str) -> StoredInvitation | None:
        """Return an invitation of an employer in any state, or None."""
        employer = self._employers.find_one(
            {"_id": employer_id, "invitations.id": invitation_id},
            {"name": 1, "members": 1, "invitations": {"$elemMatch": {"id": invitation_id}}},
        )
        if employer is None:
            return None
        [stored] = employer["invitations"]
        return StoredInvitation(
            self._invitation(stored, _owners(employer)),
            employer_id,
            employer["name"],
            stored["invited_by"],
            stored.get("accepted_by", ""),
        )

    def revoke_open(self, employer_id: str, address: str) -> None:
        """Revoke the open invitations of an employer to an address."""
        self._employers.update_one(
            {"_id": employer_id, "invitations.address": address},
            {"$set": {"invitations.$[one].state": _REVOKED}},
            array_filters=[{"one.address": address, "one.state": _OPEN}],
        )

    def revoke(self, employer_id: str, invitation_id: str) -> None:
        """Revoke an invitation. Revoking it again, or after it expired, changes nothing more.

        Raises:
            InvitationNotFound: the employer has no such invitation.
            InvitationUsed: it was accepted.
        """
        revocable = {"id": invitation_id, "state": {"$in": [_OPEN, _REVOKED]}}
        done = self._employers.update_one(
            {"_id": employer_id, "invitations": {"$elemMatch": revocable}},
            {"$set": {"invitations.$[one].state": _REVOKED}},
            array_filters=[{"one.id": invitation_id}],
        )
        if not done.matched_count:
            if self.find(employer_id, invitation_id) is None:
                raise InvitationNotFound("The employer has no such invitation.")
            raise InvitationUsed("The invitation was accepted. Remove the member instead.")

    def accept(self, one: StoredInvitation, account_id: str) -> bool:
        """Use an invitation up and make an account a member, in one write.

        Who invited must still be an owner. Otherwise an owner who expects to be removed could
        return by an invitation to another address.

        Returns:
            False if the invitation cannot be used any more, or the account is a member; then
            nothing is written.
        """
        now = times.to_stored_time(self._clock())
        usable = {"id": one.invitation.id, "state": _OPEN, "expires_at": {"$gt": now}}
        role = one.invitation.role.value
        done = self._employers.update_one(
            {
                "_id": one.employer_id,
                "invitations": {"$elemMatch": usable},
                "$and": [
                    {"members.account_id": {"$ne": account_id}},
                    {"members": {"$elemMatch": {"account_id": one.invited_by, "role": _OWNER}}},
                ],
            },
            {
                "$push": {"members": {"account_id": account_id, "role": role, "since": now}},
                "$set": {
                    "invitations.$[one].state": InvitationState.ACCEPTED.value,
                    "invitations.$[one].accepted_by": account_id,
                },
            },
            array_filters=[{"one.id": one.invitation.id}],
        )
        return bool(done.matched_count)

    def delete_for(self, address: str) -> None:
        """Delete all invitations to an address."""
        self._employers.update_many(
            {"invitations.address": address}, {"$pull": {"invitations": {"address": address}}}
        )

    def _invitation(self, stored: dict[str, Any], owners: set[str]) -> Invitation:
        state = InvitationState(stored["state"])
        if state is InvitationState.OPEN:
            if stored["expires_at"] <= self._clock():
                state = InvitationState.EXPIRED
            elif stored["invited_by"] not in owners:
                state = InvitationState.REVOKED
        return Invitation(
            stored["id"],
            stored["address"],
            MemberRole(stored["role"]),
            state,
            stored["created_at"],
            stored["expires_at"],
        )


def _owners(employer: dict[str, Any]) -> set[str]:
    return {one["account_id"] for one in employer["members"] if one["role"] == _OWNER}
