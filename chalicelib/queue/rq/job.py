"""What goes into a lane and what comes out of it.

A job's data is RQ's: the JSON list ``[function, null, args, kwargs]`` (``rq.job.Job`` with
``rq.serializers.JSONSerializer``). RQ compresses it with zlib and reads it either way; short data
stays plain here, since compressing it costs more than it saves.
"""

from __future__ import annotations

import re
import zlib
from datetime import datetime
from typing import Any

import msgspec

_COMPRESS_FROM_BYTES = 1024
_DATA_LIMIT_BYTES = 4 * 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]+")


class _Meta(msgspec.Struct):
    correlation_id: str = ""


# Made once: to build a decoder costs ten times as much as to use it.
_CALL = msgspec.json.Decoder(tuple[str, None, list[Any], dict[str, Any]])
_META = msgspec.json.Decoder(_Meta)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)


class UnreadableJob(Exception):
    """The data of a job is not the JSON that RQ's JSON serializer writes (a pickle, for one)."""


class NewJob(msgspec.Struct, frozen=True):
    """A job to be queued: call ``function`` (a dotted name) with ``kwargs`` (JSON values).

    The id has letters, digits, ``_`` and ``-``, as RQ wants it; a job of the same id is accepted
    once. ``timeout`` (seconds) and ``description`` are for RQ's tools and a stock ``rq worker``.
    The correlation id, kept in RQ's ``meta``, ties the logs of all that belongs to one request.
    """

    id: str
    function: str
    kwargs: dict[str, Any]
    description: str
    correlation_id: str = ""
    timeout: int = 60

    def packed(self) -> tuple[str, bytes, bytes, bytes, int]:
        """The job as the scripts take it: id, data, meta, description, timeout.

        Raises:
            ValueError: the id is none, or the arguments are too large.
            TypeError, ValueError: an argument is no JSON value.
        """
        if not is_job_id(self.id):
            raise ValueError(f"the id of a job has letters, digits, _ and -, not {self.id!r}")
        data = msgspec.json.encode((self.function, None, (), self.kwargs))
        if len(data) > _DATA_LIMIT_BYTES:
            raise ValueError(f"the arguments of job {self.id} are too large to be read again")
        if len(data) >= _COMPRESS_FROM_BYTES:
            data = zlib.compress(data, 1)
        meta = msgspec.json.encode(_Meta(self.correlation_id)) if self.correlation_id else b""
        description = self.description.encode(errors="backslashreplace")
        return self.id, data, meta, description, int(self.timeout)


class ClaimedJob(msgspec.Struct, frozen=True):
    """A job that a drain holds by a lease. ``attempts`` counts its earlier, failed attempts."""

    id: str
    lane: str
    data: bytes
    attempts: int = 0
    meta: bytes = b""
    created_at: bytes = b""

    @property
    def owner(self) -> str:
        """Whose lane it is in."""
        return self.lane.partition(":")[2]

    @property
    def accepted_at(self) -> datetime:
        """When Redis accepted it, cut to milliseconds as the answer to accept and MongoDB are.

        Raises:
            UnreadableJob: it does not say so.
        """
        return accepted_time(self.created_at)

    @property
    def correlation_id(self) -> str:
        """The id given at accept, or an empty text for a job that another program queued."""
        try:
            return _META.decode(self.meta).correlation_id
        except _UNREADABLE:
            return ""

    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments of the job.

        Raises:
            UnreadableJob: the data is not RQ's JSON. It is never unpickled.
        """
        data = self.data
        if not data.startswith(b"["):
            data = self._decompressed()
        try:
            return _CALL.decode(data)[3]
        except _UNREADABLE as error:
            raise UnreadableJob(f"job {self.id}: its data is not RQ's JSON") from error

    def _decompressed(self) -> bytes:
        try:
            decompressor = zlib.decompressobj()
            data = decompressor.decompress(self.data, _DATA_LIMIT_BYTES)
        except zlib.error:
            return self.data
        if not decompressor.eof:
            raise UnreadableJob(f"job {self.id}: its data is cut short or too large")
        return data


def is_job_id(text: str) -> bool:
    """Whether a text has the form of a job's id."""
    return _ID.fullmatch(text) is not None


def accepted_time(created_at: bytes) -> datetime:
    """A time of RQ's, cut to milliseconds.

    Raises:
        UnreadableJob: it is none.
    """
    try:
        at = datetime.fromisoformat(created_at.decode())
    except ValueError as error:
        raise UnreadableJob("the job does not say when it was accepted") from error
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
