"""The base of all errors that a command reports to its user."""


class CommandError(Exception):
    """A command cannot do what the user asked.

    The message is one sentence: it says why, and what the user can do.
    """
