"""The end-to-end tests' own stack; see tests/deployment.py."""

from tests.deployment import database, deployed, join, lanes, loopback_only, publish

__all__ = ["database", "deployed", "join", "lanes", "loopback_only", "publish"]
