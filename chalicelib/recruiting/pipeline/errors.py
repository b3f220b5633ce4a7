"""Errors of the commands of employers."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class ApplicantNotFound(DomainError):
    """The employer has no application with this id that the member may see."""


class CommandNotFound(DomainError):
    """The application has no command with this id."""


class NoEmailToCancel(DomainError):
    """No e-mail of a rejection is planned, or it was sent already."""
