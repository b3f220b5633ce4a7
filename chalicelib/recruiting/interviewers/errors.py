"""Errors of assignments."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class MemberWithoutAccess(DomainError):
    """The member may not see the applications for the posting."""


class TooManyInterviewers(DomainError):
    """The application has as many interviewers as it can have, or was changed too often."""
