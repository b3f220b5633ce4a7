"""Errors of erasures."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class LegalHold(DomainError):
    """The employer keeps the application for a legal claim, so it cannot be erased now."""
