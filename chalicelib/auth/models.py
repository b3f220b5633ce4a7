"""Who someone is to Hirelane, as their access token says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
