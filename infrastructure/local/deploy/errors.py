"""The one error of a local deployment."""


class DeployError(Exception):
    """The deployment did not succeed; the message says why and what to do about it."""
