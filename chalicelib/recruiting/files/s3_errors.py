"""Errors of S3: outages, and objects that are missing or exist."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.recruiting.files.errors import FilesUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MISSING = {"404", "NoSuchKey", "NotFound"}
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}


@contextmanager
def s3_outages() -> Iterator[None]:
    """Turn an error of S3 into FilesUnavailable."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise FilesUnavailable("The store of files cannot be reached.") from error


def or_none(operation: Callable[..., dict[str, Any]], **names: Any) -> dict[str, Any] | None:
    """Return what an operation on an object answers, or None if there is no such object."""
    try:
        return operation(**names)
    except ClientError as error:
        if _code(error) in _MISSING:
            return None
        raise


def is_taken(error: ClientError) -> bool:
    """Return whether an object was not written because there is one with its key."""
    return _code(error) in _TAKEN


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
