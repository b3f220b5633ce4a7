"""Accounts in MongoDB: who there is. What is done with them stands in the modules beside it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from chalicelib.auth.errors import AccountNotFound
from chalicelib.auth.fields import normalize_email
from chalicelib.auth.models import Account, Caller, Role
from chalicelib.common.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection
    from pymongo.database import Database

# As in the database: with "_id", the password's hash and the second factor.
AccountDocument = dict[str, Any]


class EmailTakenError(Exception):
    """Another account has this address."""


class AccountRepository:
    """The accounts of a stage."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._accounts: Collection[dict[str, Any]] = database["accounts"]
        self._clock = clock

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._accounts.create_index("email", unique=True)

    def create(self, email: str, name: str, password_hash: str) -> AccountDocument:
        """Create a candidate's account.

        Raises:
            EmailTakenError: the address has one.
        """
        document = {
            "_id": new_id(),
            "email": email,
            "name": name,
            "role": Role.CANDIDATE.value,
            "password": password_hash,
            "created_at": self._clock(),
        }
        try:
            self._accounts.insert_one(document)
        except DuplicateKeyError:
            # Not chained: the driver's error names the address.
            raise EmailTakenError from None
        return document

    def find_by_email(self, email: str) -> AccountDocument | None:
        """The account of an address."""
        return self._accounts.find_one({"email": normalize_email(email)})

    def get(self, account_id: str) -> AccountDocument:
        """An account.

        Raises:
            AccountNotFound: there is none with this id, or no longer.
        """
        found = self._accounts.find_one({"_id": account_id})
        if found is None:
            raise AccountNotFound
        return found

    def set_password(self, account: AccountDocument, new_hash: str) -> bool:
        """Replace a password's hash. Returns False if password or address changed meanwhile."""
        done = self._accounts.update_one(_as_it_was(account), {"$set": {"password": new_hash}})
        return bool(done.matched_count)

    def set_email(self, account: AccountDocument, email: str) -> bool:
        """Change an address. Returns False if password or address changed meanwhile.

        Raises:
            EmailTakenError: another account has it.
        """
        try:
            done = self._accounts.update_one(_as_it_was(account), {"$set": {"email": email}})
        except DuplicateKeyError:
            raise EmailTakenError from None
        return bool(done.matched_count)

    def set_role(self, account_id: str, role: Role, employer_id: str | None) -> None:
        """Change what an account is; ``employer_id`` is whose member a recruiter is.

        Raises:
            AccountNotFound: there is none with this id.
        """
        change: Any = {"$set": {"role": role.value}, "$unset": {"employer_id": ""}}
        if employer_id is not None:
            change = {"$set": {"role": role.value, "employer_id": employer_id}}
        if not self._accounts.update_one({"_id": account_id}, change).matched_count:
            raise AccountNotFound

    def delete(self, account_id: str) -> None:
        """Delete an account."""
        self._accounts.delete_one({"_id": account_id})


def _as_it_was(account: AccountDocument) -> dict[str, Any]:
    return {name: account[name] for name in ("_id", "email", "password")}


def has_second_factor(account: AccountDocument) -> bool:
    """Whether an account has a second factor that was confirmed."""
    return bool(account.get("second_factor", {}).get("on"))


def credentials_fingerprint(account: AccountDocument) -> str:
    """Of what an account is opened with: another password, or second factor, is another text."""
    secret = account["second_factor"]["secret"] if has_second_factor(account) else ""
    text = f"{account['password']} {secret}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def to_caller(account: AccountDocument, session_id: str) -> Caller:
    """What an access token says of an account."""
    return Caller(account["_id"], Role(account["role"]), session_id, account.get("employer_id"))


def to_account(account: AccountDocument) -> Account:
    """What may be shown of an account."""
    return Account(
        id=account["_id"],
        email=account["email"],
        name=account["name"],
        role=Role(account["role"]),
        created_at=account["created_at"],
        second_factor=has_second_factor(account),
        employer_id=account.get("employer_id"),
    )
