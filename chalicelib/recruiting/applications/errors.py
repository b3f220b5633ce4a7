"""Errors of applications and receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping


class ApplicationNotFound(DomainError):
    """The candidate has no application with this id."""


class AccountCannotApply(DomainError):
    """A guest application names the address of an administrator, who cannot apply."""


class AmendmentRefused(DomainError):
    """The application can no longer be changed."""


class RevisionNotFound(DomainError):
    """The application has no revision with this number."""


class ReceiptNotFound(DomainError):
    """The signature of the receipt is not ours."""


class ProofNotReady(DomainError):
    """No published head of the accepted log has the application yet."""


class FormChanged(DomainError):
    """The application answers another version of the form than the posting has now."""


class ApplicationLimitReached(DomainError):
    """The employer accepts no more applications of the candidate for some time."""


class InvalidAnswers(DomainError):
    """Some answers to the form are missing or invalid.

    Args:
        problems: why each field is invalid, by the name of the field.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("Nothing was sent. Correct these answers and send the application again.")
        self.problems = dict(problems)


class IntakePaused(DomainError):
    """An operator has paused the intake of new applications. Nothing was written."""

    retry_after = 60


class IdempotencyKeyReused(DomainError):
    """The candidate used this idempotency key for another request."""
