"""Probes of the stores: each writes and reads, because a store that only reads answers a ping.

Redis refuses writes while it is full, is a replica or has too few replicas; MongoDB while it has no
primary or no space. Requests fail then, although both answer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pymongo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.database import Database
    from redis import Redis

# A probe leaves its last write behind, in Redis for this long.
_KEPT_SECONDS = 60


def probe_redis(redis: Redis, prefixes: Sequence[str]) -> None:
    """Write and read a key on each server that holds keys with one of these prefixes.

    Raises:
        redis.exceptions.RedisError, redis.exceptions.RedisClusterException: a server cannot be
            reached, or refuses the write or the read.
    """
    client: Any = redis
    for key in _keys_by_server(client, [f"{prefix}:readiness" for prefix in prefixes]):
        client.set(key, datetime.now(UTC).isoformat(), ex=_KEPT_SECONDS)
        client.get(key)


def probe_mongodb(database: Database[dict[str, Any]], seconds: float) -> None:
    """Write and read a document.

    Args:
        database: the database.
        seconds: the time for both.

    Raises:
        pymongo.errors.PyMongoError: the server cannot be reached, or refuses the write or the read.
    """
    collection = database["readiness"]
    with pymongo.timeout(seconds):
        collection.update_one(
            {"_id": "readiness"}, {"$set": {"written_at": datetime.now(UTC)}}, upsert=True
        )
        collection.find_one({"_id": "readiness"})


def _keys_by_server(client: Any, keys: Sequence[str]) -> Sequence[str]:
    """Return one of the keys for each server."""
    if not hasattr(client, "get_node_from_key"):
        return keys[:1]
    return list({client.get_node_from_key(key).name: key for key in keys}.values())
