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
