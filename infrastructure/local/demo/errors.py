"""Errors of the demo."""

from infrastructure.errors import CommandError


class DemoError(CommandError):
    """The demo cannot continue; the message is one sentence that says what to do."""


class RefusedError(DemoError):
    """The API refused a request."""
