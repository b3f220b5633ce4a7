"""Who someone is to Hirelane, as their access token says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What an account is to Hirelane."""

    CANDIDATE = "candidate"
    RECRUITER = "recruiter"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling. ``employer_id`` is whose member a recruiter is."""

    account_id: str
    role: Role
    session_id: str
    employer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose request it is: where on the network, and device and place in words.

    ``address`` is what is counted by: of IPv6 the first 64 bits, since each customer has at least
    those to choose from.
    """

    address: str
    device: str
    place: str


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account as its owner and admins see it."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    second_factor: bool
    employer_id: str | None = None
