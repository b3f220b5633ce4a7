"""Models of invitations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.auth.fields import Email, Token
from chalicelib.recruiting.employers.models import MemberRole


class InvitationState(StrEnum):
    """What has happened to an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


class InvitationDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new invitation: the address that gets it, and the role that it gives."""

    email: Email
    role: MemberRole


class Invitation(msgspec.Struct, frozen=True):
    """An invitation, as the owners of the employer see it."""

    id: str
    email: str
    role: MemberRole
    state: InvitationState
    created_at: datetime
    expires_at: datetime


class Invitations(msgspec.Struct, frozen=True):
    """The latest invitations of an employer, newest first."""

    invitations: list[Invitation]


class InvitationAcceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of an e-mailed invitation."""

    token: Token
