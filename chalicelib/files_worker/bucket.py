"""The bucket of files, as the function of files reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK = 262_144


class BucketReader:
    """Reads objects of the bucket."""

    def __init__(self, name: str, client: Callable[[], Any]) -> None:
        self._name = name
        self._client = client

    def read(self, key: str) -> Iterator[bytes] | None:
        """Return the content of an object in chunks, or None if there is no such object.

        Raises:
            botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: S3 failed.
        """
        client = self._client()
        try:
            found = client.get_object(Bucket=self._name, Key=key)
        except client.exceptions.NoSuchKey:
            return None
        chunks: Iterator[bytes] = found["Body"].iter_chunks(_CHUNK)
        return chunks
