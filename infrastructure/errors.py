"""The base of the errors that a command of a developer reports to its user."""

import click


class CommandError(click.ClickException):
    """A command cannot do what the user asked.

    The message is one sentence: it says why, and what the user can do. The commands of operators
    have a class of their own, because they are packaged without this folder, and because the
    deployment of a project must not import `chalicelib`: it would get that of the project.
    """
