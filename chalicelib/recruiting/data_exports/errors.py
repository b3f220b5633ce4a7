"""Errors of exports."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class ExportNotFound(DomainError):
    """The account has no export with this id."""
