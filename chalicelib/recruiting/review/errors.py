"""Errors of notes about applicants, and of scorecards."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class NoteNotFound(DomainError):
    """The application has no such note of the caller."""


class TooManyNotes(DomainError):
    """The application has as many notes as it can have."""


class TooManyScorecards(DomainError):
    """The application has as many scorecards as it can have."""
