"""Errors of bulk operations."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class OperationNotFound(DomainError):
    """The employer has no bulk operation with this id."""


class SelectionChanged(DomainError):
    """The request would change other applications than its preview showed."""
