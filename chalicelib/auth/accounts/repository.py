"""Account repository (MongoDB)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from chalicelib.auth.errors import AccountNotFound
from chalicelib.auth.fields import normalize_email
from chalicelib.auth.models import FORMER_RECRUITER, Account, Caller, Role, read_role
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.notifications.models import Recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Collection as Many

    from pymongo.collection import Collection
    from pymongo.database import Database

# An account as MongoDB stores it, with its "_id", password hash and second factor.
AccountDocument = dict[str, Any]


class EmailTakenError(Exception):
    """Another account has this e-mail address."""


class AccountRepository:
    """Reads and writes accounts.

    Args:
        database: the database of the deployment stage.
        clock: returns the current time.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        clock: Callable[[], datetime] = times.now,
    ) -> None:
        self._accounts: Collection[dict[str, Any]] = database["accounts"]
        self._clock = clock

    def create_indexes(self) -> None:
        """Create the indexes, unless they exist."""
        self._accounts.create_index("email", unique=True)

    def create(self, email: str, name: str, password_hash: str | None) -> AccountDocument:
        """Create the account of a candidate; without a hash nobody can log in with a password.

        Raises:
            EmailTakenError: another account has this address.
        """
        document = {
            "_id": new_id(),
            "email": email,
            "name": name,
            "role": Role.CANDIDATE.value,
            "password": password_hash,
            "created_at": times.to_stored_time(self._clock()),
        }
        try:
            self._accounts.insert_one(document)
        except DuplicateKeyError:
            # Do not chain: the driver's error contains the address.
            raise EmailTakenError from None
        return document

    def find_by_email(self, email: str) -> AccountDocument | None:
        """Return the account with this address, or None."""
        return self._accounts.find_one({"email": normalize_email(email)})

    def get(self, account_id: str) -> AccountDocument:
        """Return an account.

        Raises:
            AccountNotFound: no account has this id.
        """
        found = self._accounts.find_one({"_id": account_id})
        if found is None:
            raise AccountNotFound
        return found

    def set_password(self, account: AccountDocument, new_hash: str) -> bool:
        """Replace the password hash.

        Returns:
            False if the password or the address has changed since ``account`` was read; then
            nothing is written.
        """
        done = self._accounts.update_one(_unchanged(account), {"$set": {"password": new_hash}})
        return bool(done.matched_count)

    def set_email(self, account: AccountDocument, email: str) -> bool:
        """Replace the e-mail address.

        Returns:
            False if the password or the address has changed since ``account`` was read; then
            nothing is written.

        Raises:
            EmailTakenError: another account has this address.
        """
        try:
            done = self._accounts.update_one(_unchanged(account), {"$set": {"email": email}})
        except DuplicateKeyError:
            raise EmailTakenError from None
        return bool(done.matched_count)

    def set_role(self, account_id: str, role: Role) -> None:
        """Change the role.

        Raises:
            AccountNotFound: no account has this id.
        """
        change = {"$set": {"role": role.value}}
        if not self._accounts.update_one({"_id": account_id}, change).matched_count:
            raise AccountNotFound

    def find_former_recruiters(self) -> list[tuple[str, str | None]]:
        """Return the accounts of earlier versions that name an employer, or have its role.

        Returns:
            For each account its id and the employer; None if it names none.
        """
        former = {"$or": [{"role": FORMER_RECRUITER}, {"employer_id": {"$exists": True}}]}
        found = self._accounts.find(former, {"employer_id": 1})
        return [(one["_id"], one.get("employer_id")) for one in found]

    def remove_former_employer(self, account_id: str) -> None:
        """Make a recruiter of an earlier version a candidate, and forget the employer."""
        one: dict[str, Any] = {"_id": account_id}
        self._accounts.update_one(
            {**one, "role": FORMER_RECRUITER}, {"$set": {"role": Role.CANDIDATE.value}}
        )
        self._accounts.update_one(one, {"$unset": {"employer_id": ""}})

    def propose_second_factor(self, account_id: str, encrypted_secret: str) -> None:
        """Store a second factor that is not enabled yet, in place of an earlier proposal.

        An enabled second factor stays as it is.
        """
        proposal = {"on": False, "secret": encrypted_secret, "last_step": 0}
        self._accounts.update_one(
            {"_id": account_id, "second_factor.on": {"$ne": True}},
            {"$set": {"second_factor": proposal}},
        )

    def enable_second_factor(
        self, account: AccountDocument, step: int, recovery_hashes: Sequence[str]
    ) -> bool:
        """Enable the proposed second factor.

        Args:
            account: the account with the proposal, as it was read.
            step: the time step of the first code. It cannot be used again.
            recovery_hashes: hashes of the recovery codes.

        Returns:
            False if the proposal was replaced or enabled since ``account`` was read.
        """
        done = self._accounts.update_one(
            {
                "_id": account["_id"],
                "second_factor.on": False,
                "second_factor.secret": account["second_factor"]["secret"],
            },
            {
                "$set": {
                    "second_factor.on": True,
                    "second_factor.last_step": step,
                    "second_factor.recovery": list(recovery_hashes),
                }
            },
        )
        return bool(done.matched_count)

    def use_recovery_code(self, account_id: str, code_hash: str) -> bool:
        """Remove a recovery code. Return False if the account has no such code."""
        done = self._accounts.update_one(
            {"_id": account_id, "second_factor.recovery": code_hash},
            {"$pull": {"second_factor.recovery": code_hash}},
        )
        return bool(done.matched_count)

    def use_time_step(self, account_id: str, step: int) -> bool:
        """Record the time step of a code. Return False if this or a later step was used before."""
        done = self._accounts.update_one(
            {"_id": account_id, "second_factor.last_step": {"$lt": step}},
            {"$set": {"second_factor.last_step": step}},
        )
        return bool(done.matched_count)

    def remove_second_factor(self, account_id: str) -> None:
        """Remove the second factor, enabled or proposed."""
        self._accounts.update_one({"_id": account_id}, {"$unset": {"second_factor": ""}})

    def delete(self, account_id: str) -> None:
        """Delete an account."""
        self._accounts.delete_one({"_id": account_id})

    def find_recipients(self, account_ids: Many[str]) -> dict[str, Recipient]:
        """Return the names and addresses of accounts by id, without accounts that do not exist."""
        if not account_ids:
            return {}
        found = self._accounts.find({"_id": {"$in": sorted(account_ids)}}, {"name": 1, "email": 1})
        return {one["_id"]: Recipient(one["email"], one["name"]) for one in found}


def _unchanged(account: AccountDocument) -> dict[str, Any]:
    """Return a filter that matches the account while address and password are the same."""
    return {name: account[name] for name in ("_id", "email", "password")}


def has_second_factor(account: AccountDocument) -> bool:
    """Return whether the account has an enabled second factor."""
    return bool(account.get("second_factor", {}).get("on"))


def credentials_fingerprint(account: AccountDocument) -> str:
    """Return a hash that changes with the password and with the second factor."""
    secret = account["second_factor"]["secret"] if has_second_factor(account) else ""
    text = f"{account['password']} {secret}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def to_caller(account: AccountDocument, session_id: str) -> Caller:
    """Return the caller that an access token for this account and session names."""
    return Caller(account["_id"], read_role(account["role"]), session_id)


def to_account(account: AccountDocument) -> Account:
    """Return the part of a stored account that its owner and administrators may see."""
    return Account(
        id=account["_id"],
        email=account["email"],
        name=account["name"],
        role=read_role(account["role"]),
        created_at=account["created_at"],
        second_factor=has_second_factor(account),
        has_password=account["password"] is not None,
    )
