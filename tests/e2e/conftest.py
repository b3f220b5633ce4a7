"""The deployed stack; see tests/support/deployment.py."""

from tests.support.deployment import (
    database,
    deployed,
    join,
    lanes,
    loopback_only,
    publish,
    register,
)

__all__ = ["database", "deployed", "join", "lanes", "loopback_only", "publish", "register"]
