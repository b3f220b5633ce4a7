"""The base of all errors that a command reports to its user."""

from chalicelib.commands.errors import CommandError

__all__ = ["CommandError"]
