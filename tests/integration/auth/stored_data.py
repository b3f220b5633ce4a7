"""Reads what MongoDB and Redis hold."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.bootstrap.container import Container
from tests.integration.auth.people import EMAIL


def newest_link_token(parts: Container, purpose: LinkPurpose, email: str = EMAIL) -> str:
    """Return the token of the newest link of a purpose to an address."""
    query = {"email": email, "purpose": purpose.value}
    newest = list(parts.database["mail_links"].find(query).sort("_id", -1).limit(1))
    link = parts.auth.email_links.find(newest[0]["_id"])
    assert link is not None
    return parts.auth.email_links.sign(link)


def audit_events(parts: Container) -> list[dict[str, Any]]:
    """Return the audit events, oldest first, without ids and times."""
    found = parts.database["account_events"].find().sort("_id", 1)
    return [{key: event[key] for key in event if key not in ("_id", "at")} for event in found]


def audit_event_names(parts: Container) -> list[str]:
    return [event["event"] for event in audit_events(parts)]


def dump_stores(parts: Container) -> Iterator[str]:
    """Yield the contents of MongoDB and Redis as text, compressed values also in plain."""
    for name in parts.database.list_collection_names():
        for document in parts.database[name].find():
            yield repr(document)
    redis: Any = parts.redis
    for key in redis.scan_iter("*"):
        yield repr(key)
        yield repr(redis.dump(key))
        match redis.type(key).decode():
            case "string":
                yield repr(redis.get(key))
            case "hash":
                yield repr(redis.hgetall(key))
                for value in redis.hgetall(key).values():
                    yield _decompressed(value)
            case "list":
                yield repr(redis.lrange(key, 0, -1))
            case "set":
                yield repr(redis.smembers(key))
            case "zset":
                yield repr(redis.zrange(key, 0, -1, withscores=True))
            case "stream":
                yield repr(redis.xrange(key))
            case kind:
                raise AssertionError(f"No code reads keys of type {kind}.")


def _decompressed(value: bytes) -> str:
    try:
        return zlib.decompress(value).decode()
    except (zlib.error, UnicodeDecodeError):
        return ""
