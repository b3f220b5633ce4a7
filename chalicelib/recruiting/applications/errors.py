"""Errors of applications and receipts."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class ApplicationNotFound(DomainError):
    """The candidate has no application with this id."""


class ReceiptNotFound(DomainError):
    """The signature of the receipt is not ours."""


class IdempotencyKeyReused(DomainError):
    """The candidate used this idempotency key for another request."""
