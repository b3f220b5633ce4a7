"""The error of the local stack."""

from infrastructure.errors import CommandError


class StackError(CommandError):
    """The stack cannot do what was asked; the message says why and what to do about it."""
