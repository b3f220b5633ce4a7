"""Errors of employers and their members."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class EmployerNotFound(DomainError):
    """No employer has this id, or the caller is not a member of it."""


class MemberNotFound(DomainError):
    """The account is not a member of the employer."""


class SlugTaken(DomainError):
    """Another employer has this slug."""


class LastOwner(DomainError):
    """The change would leave the employer without an owner."""


class AlreadyMember(DomainError):
    """The invited address belongs to a member of the employer."""


class InvitationNotFound(DomainError):
    """The employer has no invitation with this id."""


class InvitationForAnotherAddress(DomainError):
    """The account that accepts has another address than the invitation."""


class InvitationExpired(DomainError):
    """The invitation was not accepted in time."""


class InvitationRevoked(DomainError):
    """An owner revoked the invitation, or sent a newer one to the address."""


class InvitationUsed(DomainError):
    """The invitation was accepted before."""
