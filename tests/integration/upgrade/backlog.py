"""Load the data that an earlier version left in Redis and MongoDB.

The file holds all keys of Redis, all collections of MongoDB, and the receipts, tokens and
passwords that people received from that version. The code before the modules moved (the file names
the commit) wrote it through its own API and workers. Later code must never write it anew.

Deadlines are relative (``$s_from_now``, ``$ms_from_now``, ``$date_in_s``), so that nothing has
expired when a test loads them. All other times are those of the recording.
"""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo.database import Database
from redis import Redis

FILE = Path(__file__).with_name("backlog-before-layout.json")


def read_backlog() -> dict[str, Any]:
    """Return the content of the file."""
    content: dict[str, Any] = json.loads(FILE.read_text())
    return content


def load_redis(entries: list[dict[str, Any]], redis: Redis) -> None:
    """Write the recorded keys, with their types and times to live."""
    now = time.time()
    for entry in entries:
        key, value = entry["key"], entry["value"]
        match entry["type"]:
            case "string":
                redis.set(key, _decode(value, now))
            case "hash":
                redis.hset(key, mapping={name: _decode(one, now) for name, one in value.items()})
            case "list":
                redis.rpush(key, *[_decode(one, now) for one in value])
            case "set":
                redis.sadd(key, *[_decode(one, now) for one in value])
            case "zset":
                redis.zadd(
                    key, {_decode(member, now): _decode(score, now) for member, score in value}
                )
            case "stream":
                for entry_id, fields in value:
                    redis.xadd(key, fields, id=entry_id)
        if "expires_in_s" in entry:
            redis.expire(key, entry["expires_in_s"])


def load_mongodb(collections: dict[str, Any], database: Database[dict[str, Any]]) -> None:
    """Replace all collections by the recorded ones, with the indexes of that version."""
    now = time.time()
    for name in database.list_collection_names():
        database.drop_collection(name)
    for name, collection in collections.items():
        for index in collection["indexes"]:
            options = dict(index)
            keys = [(field, direction) for field, direction in options.pop("keys")]
            database[name].create_index(keys, **options)
        database[name].insert_many([_decode(one, now) for one in collection["documents"]])


def _decode(value: Any, now: float) -> Any:
    match value:
        case {"$base64": text}:
            return base64.b64decode(text)
        case {"$date": text}:
            return datetime.fromisoformat(text)
        case {"$date_in_s": seconds}:
            return datetime.fromtimestamp(now + seconds, tz=UTC)
        case {"$s_from_now": seconds}:
            return now + seconds
        case {"$ms_from_now": milliseconds}:
            return round(now * 1000 + milliseconds)
        case dict():
            return {name: _decode(one, now) for name, one in value.items()}
        case list():
            return [_decode(one, now) for one in value]
        case _:
            return value
