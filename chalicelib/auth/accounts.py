"""Accounts in MongoDB: register, and log in with a password."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from pymongo.errors import DuplicateKeyError

from chalicelib.auth.passwords import (
    LONGEST,
    SHORTEST,
    hash_password,
    needs_rehash,
    password_matches,
)
from chalicelib.auth.tokens import Caller, Role
from chalicelib.errors import EmailTaken, WrongCredentials
from chalicelib.identifiers import new_id

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

# What can stand unquoted in a mail's header (dot-atom, RFC 5322) at a domain name of two labels or
# more; SES takes no others. Whether mail arrives is not for a pattern to say. "$" alone would let a
# line break follow.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
Email = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+$(?!\n)",
        max_length=254,
    ),
]
# A name is shown in mail and pages: no control characters, so it cannot break a header.
Name = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)", max_length=200
    ),
]
Password = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """What someone sends to register."""

    email: Email
    name: Name
    password: Password


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """What someone sends to log in. Its limits are wide, so that an answer tells nothing."""

    email: Annotated[str, msgspec.Meta(max_length=254)]
    password: Annotated[str, msgspec.Meta(max_length=LONGEST)]


class Account(msgspec.Struct, frozen=True):
    """An account as its owner sees it."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime


class Accounts:
    """The accounts of a stage."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._accounts: Collection[dict[str, Any]] = database["accounts"]

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._accounts.create_index("email", unique=True)

    def register(self, registration: Registration) -> Account:
        """Create an account.

        Raises:
            EmailTaken: the address has one.
        """
        account = Account(
            id=new_id(),
            email=_normal(registration.email),
            name=registration.name.strip(),
            role=Role.CANDIDATE,
            created_at=datetime.now(UTC),
        )
        document = msgspec.to_builtins(account, builtin_types=(datetime,))
        document["_id"] = document.pop("id")
        document["password"] = hash_password(registration.password)
        try:
            self._accounts.insert_one(document)
        except DuplicateKeyError:
            # Not chained: the driver's error names the address.
            raise EmailTaken("Log in, or use another address.") from None
        return account

    def log_in(self, credentials: Credentials) -> Caller:
        """Check a password.

        Raises:
            WrongCredentials: no such account or not its password, which of them is not told.
        """
        found = self._accounts.find_one({"email": _normal(credentials.email)})
        stored = found["password"] if found else None
        if not password_matches(stored, credentials.password) or not found:
            raise WrongCredentials
        if needs_rehash(found["password"]):
            self._accounts.update_one(
                {"_id": found["_id"], "password": found["password"]},
                {"$set": {"password": hash_password(credentials.password)}},
            )
        return Caller(account_id=found["_id"], role=Role(found["role"]))


def _normal(email: str) -> str:
    return email.strip().lower()
