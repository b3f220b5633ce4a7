"""How Redis fails."""

from __future__ import annotations

from redis.exceptions import RedisClusterException, RedisError

# The client of a cluster that cannot be reached raises what is no RedisError.
REDIS_ERRORS = (RedisError, RedisClusterException)
