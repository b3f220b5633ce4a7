"""StoreScanner: finds texts in everything that MongoDB, Redis and the bucket hold."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from chalicelib.bootstrap.container import Container
from tests.support.files import BUCKET, keys

_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class StoreScanner:
    """Finds texts, whatever the case, also in compressed values.

    Args:
        parts: the container whose stores are read.
        texts: the texts. The id of an account is found in its binary form, too.
    """

    def __init__(self, parts: Container, *texts: str) -> None:
        self._parts = parts
        self._wanted = [text.casefold().encode() for text in texts]
        for text in texts:
            if re.fullmatch(r"[0-9a-f-]{36}", text):
                self._wanted.append(UUID(text).bytes)

    def places(self) -> set[str]:
        """Return the collections, the Redis keys and the objects that hold one of the texts."""
        everything = (*self._of_mongodb(), *self._of_redis(), *self._of_bucket())
        return {place for place, value in everything if self.holds(value)}

    def holds(self, value: Any) -> bool:
        """Return whether a value holds one of the texts."""
        return any(text in form for text in self._wanted for form in _forms(value))

    def _of_mongodb(self) -> Iterator[tuple[str, Any]]:
        database = self._parts.database
        for name in database.list_collection_names():
            yield from ((name, document) for document in database[name].find())

    def _of_redis(self) -> Iterator[tuple[str, Any]]:
        redis: Any = self._parts.redis
        for key in redis.scan_iter("*"):
            name = key.decode()
            yield name, key
            match redis.type(key).decode():
                case "string":
                    yield name, redis.get(key)
                case "hash":
                    yield name, redis.hgetall(key)
                case "list":
                    yield name, redis.lrange(key, 0, -1)
                case "set":
                    yield name, redis.smembers(key)
                case "zset":
                    yield name, redis.zrange(key, 0, -1)
                case "stream":
                    yield name, redis.xrange(key)
                case kind:
                    raise AssertionError(f"No code reads keys of type {kind}.")

    def _of_bucket(self) -> Iterator[tuple[str, Any]]:
        for key in keys(self._parts):
            found = self._parts.files.s3.get_object(Bucket=BUCKET, Key=key)
            yield key, (key, found["Metadata"], found["Body"].read())


def _forms(value: Any) -> Iterator[bytes]:
    """Yield all texts in a value, as they are and without compression."""
    match value:
        case dict():
            for name, one in value.items():
                yield from _forms(name)
                yield from _forms(one)
        case list() | tuple() | set():
            for one in value:
                yield from _forms(one)
        case bytes():
            yield from (value, value.lower())
            yield from (plain.lower() for plain in _decoded(value))
        case str():
            yield from (value.casefold().encode(), value.lower().encode())
            yield from (plain.lower() for plain in _decoded(value.encode()))
        case _:
            yield repr(value).casefold().encode()


def _decoded(value: bytes) -> Iterator[bytes]:
    candidates = [value]
    try:
        candidates.append(base64.b64decode(value.translate(_URL_SAFE), validate=True))
        yield candidates[-1]
    except binascii.Error:
        pass
    for one in candidates:
        try:
            yield zlib.decompress(one)
        except zlib.error:
            continue
