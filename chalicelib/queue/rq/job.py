"""Jobs as RQ stores them.

The data of a job is the JSON list ``[function, null, args, kwargs]`` (``rq.job.Job`` with
``rq.serializers.JSONSerializer``). RQ compresses it with zlib and reads it with and without
compression; here short data stays uncompressed, because compressing it costs more than it saves.
"""

from __future__ import annotations

import re
import zlib
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from chalicelib.queue.errors import UnreadableJob

_COMPRESS_FROM_BYTES = 1024
_MAX_DATA_BYTES = 4 * 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]+")


# Of a sampled trace, https://www.w3.org/TR/trace-context/: version, trace, parent, flags.
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


class _Meta(msgspec.Struct, omit_defaults=True):
    correlation_id: str = ""
    traceparent: str = ""


# Module-level, because building a decoder takes ten times as long as using it.
_CALL = msgspec.json.Decoder(tuple[str, None, list[Any], dict[str, Any]])
_FUNCTION = msgspec.json.Decoder(tuple[str, msgspec.Raw, msgspec.Raw, msgspec.Raw])
_META = msgspec.json.Decoder(_Meta)
_DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError)


class NewJob(msgspec.Struct, frozen=True):
    """A job to be queued.

    Args:
        id: letters, digits, ``_`` and ``-``, as RQ requires. An id is accepted once.
        function: the dotted name of the function to call.
        kwargs: its keyword arguments, JSON values.
        description: a text for RQ's tools.
        correlation_id: ties together the log lines of one request; stored in RQ's ``meta``.
        timeout: seconds that a stock ``rq worker`` lets the job run.
    """

    id: str
    function: str
    kwargs: dict[str, Any]
    description: str
    correlation_id: str = ""
    timeout: int = 60

    def encode(self, traceparent: str = "") -> tuple[str, bytes, bytes, bytes, int]:
        """Return the job as the scripts read it: id, data, meta, description, timeout.

        Args:
            traceparent: the trace of which the job is a part (W3C Trace Context); empty for none.

        Raises:
            ValueError: the id is invalid, the arguments are too large, or one is not JSON.
            TypeError: an argument is not JSON.
        """
        if not is_job_id(self.id):
            raise ValueError(f"a job id has only letters, digits, _ and -, unlike {self.id!r}")
        data = msgspec.json.encode((self.function, None, (), self.kwargs))
        if len(data) > _MAX_DATA_BYTES:
            raise ValueError(f"the arguments of job {self.id} are too large")
        if len(data) >= _COMPRESS_FROM_BYTES:
            data = zlib.compress(data, 1)
        meta = b""
        if self.correlation_id or traceparent:
            meta = msgspec.json.encode(_Meta(self.correlation_id, traceparent))
        description = self.description.encode(errors="backslashreplace")
        return self.id, data, meta, description, int(self.timeout)


class ClaimedJob(msgspec.Struct, frozen=True):
    """A job as it is stored.

    Args:
        id: the id of the job.
        lane: the name of its lane.
        data: RQ's data: function and arguments.
        attempts: how many attempts failed so far.
        meta: RQ's meta data.
        created_at: when it was accepted, as RQ writes it.
    """

    id: str
    lane: str
    data: bytes
    attempts: int = 0
    meta: bytes = b""
    created_at: bytes = b""

    @property
    def owner(self) -> str:
        """The owner of the job's lane."""
        return self.lane.partition(":")[2]

    @property
    def accepted_at(self) -> datetime:
        """When Redis accepted the job, in whole milliseconds, as MongoDB stores times.

        Raises:
            UnreadableJob: the stored time is missing or invalid.
        """
        return parse_created_at(self.created_at)

    @property
    def correlation_id(self) -> str:
        """The correlation id of the request; empty for a job that another program queued."""
        return self._meta.correlation_id

    @property
    def traceparent(self) -> str:
        """The sampled trace of which the job is a part (W3C Trace Context); empty for none."""
        # Most jobs are in no trace.
        if b"traceparent" not in self.meta:
            return ""
        traceparent = self._meta.traceparent
        return traceparent if _TRACEPARENT.fullmatch(traceparent) else ""

    @property
    def span_id(self) -> str:
        """The id of this attempt in its trace, which nothing needs to store."""
        return blake2b(f"{self.id}/{self.attempts}".encode(), digest_size=8).hexdigest()

    @property
    def child_traceparent(self) -> str:
        """The trace for the jobs that follow this one; empty for none."""
        traceparent = self.traceparent
        return f"00-{traceparent.split('-')[1]}-{self.span_id}-01" if traceparent else ""

    @property
    def _meta(self) -> _Meta:
        try:
            return _META.decode(self.meta)
        except _DECODE_ERRORS:
            return _Meta()

    @property
    def function(self) -> str:
        """The dotted name of the job's function. The arguments are not decoded.

        Raises:
            UnreadableJob: the data is not RQ's JSON.
        """
        return self._decode(_FUNCTION)[0]

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments of the job. Data is never unpickled.

        Raises:
            UnreadableJob: the data is not RQ's JSON.
        """
        return self._decode(_CALL)[3]

    def _decode[T](self, decoder: msgspec.json.Decoder[T]) -> T:
        data = self.data if self.data.startswith(b"[") else self._decompress()
        try:
            return decoder.decode(data)
        except _DECODE_ERRORS as error:
            raise UnreadableJob(f"the data of job {self.id} is not RQ's JSON") from error

    def _decompress(self) -> bytes:
        try:
            decompressor = zlib.decompressobj()
            data = decompressor.decompress(self.data, _MAX_DATA_BYTES)
        except zlib.error:
            return self.data
        if not decompressor.eof:
            raise UnreadableJob(f"the data of job {self.id} is truncated or too large")
        return data


def is_job_id(text: str) -> bool:
    """Return whether a text has the form of a job id."""
    return _ID.fullmatch(text) is not None


def parse_created_at(created_at: bytes) -> datetime:
    """Return RQ's ``created_at``, truncated to milliseconds.

    Raises:
        UnreadableJob: the text is not a time.
    """
    try:
        at = datetime.fromisoformat(created_at.decode())
    except ValueError as error:
        raise UnreadableJob("the job has no valid created_at") from error
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
