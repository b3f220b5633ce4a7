"""Errors of privacy notices."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class NoticeNotFound(DomainError):
    """No privacy notice has this id."""
