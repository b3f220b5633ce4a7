"""Models of accounts and of the people who send requests."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.notifications.models import Suppression


class Role(StrEnum):
    """Role of an account; it decides which routes the account may call."""

    CANDIDATE = "candidate"
    ADMIN = "admin"


# The role that earlier versions gave to members of an employer. Accounts have it until the
# migration (recruiting/employers/migration.py), and access tokens until they expire.
FORMER_RECRUITER = "recruiter"


def read_role(stored: str) -> Role:
    """Return the role of a stored account or of an access token.

    Raises:
        ValueError: there is no such role.
    """
    return Role.CANDIDATE if stored == FORMER_RECRUITER else Role(stored)


class Caller(msgspec.Struct, frozen=True):
    """Account and session that an access token names.

    Args:
        account_id: the account.
        role: its role when the token was issued.
        session_id: the session for which the token was issued.
    """

    account_id: str
    role: Role
    session_id: str


class Visitor(msgspec.Struct, frozen=True):
    """Origin of a request, with or without an account.

    Args:
        address: the network address that rate limits count. Of an IPv6 address it is the first
            64 bits, because every customer of a provider can use at least that many addresses.
        device: description of browser and system, for the owner of an account.
        place: description of the network or city, for the owner of an account.
    """

    address: str
    device: str
    place: str


class Account(msgspec.Struct, frozen=True):
    """An account as its owner and administrators see it.

    An account that was created by a guest application has no password until its owner sets one.
    ``email_problem`` says why the address gets no e-mail; only the owner sees it.
    """

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    second_factor: bool
    has_password: bool
    email_problem: Suppression | None = None


class SigningKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An Ed25519 key that signs access tokens, or one that signs receipts.

    Args:
        kid: the id of the key.
        private_key: the private key (PKCS 8, PEM).
        retired_at: when a new key replaced this one, in seconds of Unix time.
    """

    kid: Annotated[str, msgspec.Meta(min_length=1)]
    private_key: Annotated[str, msgspec.Meta(min_length=1)]
    retired_at: float | None = None
