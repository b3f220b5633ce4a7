"""The base of the errors that a command of an operator reports to its user."""

import click


class CommandError(click.ClickException):
    """A command cannot do what the operator asked.

    The message is one sentence: it says why, and what the operator can do.
    """
