"""The error of a deployment."""

from infrastructure.errors import CommandError


class DeployError(CommandError):
    """The deployment failed; the message says why and what to do about it."""
