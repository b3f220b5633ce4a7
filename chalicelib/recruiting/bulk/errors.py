"""Errors of bulk operations."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class OperationNotFound(DomainError):
    """The employer has no bulk operation with this id."""


class SelectionChanged(DomainError):
    """The request would do something else than its preview showed."""
