"""The end-to-end tests' own stack; see tests/support/deployment.py."""

from tests.support.deployment import database, deployed, join, lanes, loopback_only, publish

__all__ = ["database", "deployed", "join", "lanes", "loopback_only", "publish"]
