"""Errors of the domains. They know nothing of HTTP: ``chalicelib.http.problems`` maps them."""

from __future__ import annotations


class DomainError(Exception):
    """A request that a domain refuses.

    Args:
        detail: what happened, as a sentence for the caller. It must not hold secrets.
    """

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidField(DomainError):
    """A field of the body or a parameter of the query is missing or has an invalid value.

    Args:
        field: its name; empty if the body as a whole is invalid.
        reason: why the value is invalid.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class VersionConflict(DomainError):
    """The document has changed since the caller read it. Nothing was written."""


class TooManyRequests(DomainError):
    """The caller reached a rate limit.

    Args:
        reason: which attempts were too many, as a sentence.
        retry_after: seconds to wait before the next attempt.
    """

    def __init__(self, reason: str, retry_after: int) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__(f"{reason} Try again in {_duration(self.retry_after)}.")


def _duration(seconds: int) -> str:
    """Return a duration in words, rounded up to its largest unit."""
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds > length:
            return f"{-(-seconds // length)} {unit}s"
    return "1 second" if seconds == 1 else f"{seconds} seconds"
