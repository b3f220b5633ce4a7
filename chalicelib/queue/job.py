"""What goes into a lane and what comes out of it.

A job's data is RQ's: the JSON list ``[function, null, args, kwargs]`` (``rq.job.Job`` with
``rq.serializers.JSONSerializer``). RQ compresses it with zlib and reads it either way; short data
stays plain here, since compressing it costs more than it saves.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence

_COMPRESS_FROM_BYTES = 1024
_DATA_LIMIT_BYTES = 4 * 1024 * 1024


class _Meta(msgspec.Struct):
    correlation_id: str = ""


class UnreadableJob(Exception):
    """The data of a job is not the JSON that RQ's JSON serializer writes (a pickle, for one)."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be queued: call ``function`` (a dotted name) with ``kwargs`` (JSON values).

    ``timeout`` (seconds) and ``description`` are for RQ's tools and a stock ``rq worker``. The
    correlation id, kept in RQ's ``meta``, ties the logs of all that belongs to one request.
    """

    id: str
    function: str
    kwargs: dict[str, Any]
    description: str
    correlation_id: str = ""
    timeout: int = 60

    def data(self) -> bytes:
        """What RQ calls and with which arguments."""
        data = msgspec.json.encode([self.function, None, [], self.kwargs])
        return zlib.compress(data, 1) if len(data) >= _COMPRESS_FROM_BYTES else data

    def packed(self, data_from_end: int) -> dict[str, Any]:
        """The rest of the job as the Lua scripts take it, and where they find its data."""
        return {
            "id": self.id,
            "data": data_from_end,
            "meta": msgspec.json.encode({"correlation_id": self.correlation_id}).decode(),
            "description": self.description,
            "timeout": self.timeout,
        }


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that a drain holds by a lease. ``attempts`` counts its earlier, failed attempts."""

    id: str
    lane: str
    data: bytes
    attempts: int = 0
    meta: bytes = b""
    created_at: bytes = b""

    @property
    def accepted_at(self) -> datetime:
        """When Redis accepted it, cut to milliseconds as the answer to accept and MongoDB are."""
        at = datetime.fromisoformat(self.created_at.decode())
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    @property
    def correlation_id(self) -> str:
        """The id given at accept, or an empty text for a job that another program queued."""
        try:
            return msgspec.json.decode(self.meta, type=_Meta).correlation_id
        except msgspec.MsgspecError:
            return ""

    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments of the job.

        Raises:
            UnreadableJob: the data is not RQ's JSON. It is never unpickled.
        """
        try:
            decompressor = zlib.decompressobj()
            data = decompressor.decompress(self.data, _DATA_LIMIT_BYTES)
            if not decompressor.eof:
                raise UnreadableJob(f"job {self.id}: its data is cut short or too large")
        except zlib.error:
            data = self.data
        try:
            call = msgspec.json.decode(data, type=tuple[str, None, list[Any], dict[str, Any]])
        except msgspec.MsgspecError as error:
            raise UnreadableJob(f"job {self.id}: its data is not RQ's JSON") from error
        return call[3]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A job queued in the same step in which the one before it is settled."""

    kind: str
    owner: str
    job: NewJob


@dataclass(frozen=True, slots=True)
class Done:
    """The job's effects are stored. ``result`` (a JSON value) is kept where RQ looks for it."""

    result: Any = None
    follow_ups: tuple[FollowUp, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after ``delay`` seconds; the jobs behind it in the lane wait for it.

    ``counts`` says whether this used up one of the job's attempts.
    """

    delay: float
    reason: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Dead:
    """The job can never succeed. It goes to RQ's failed registry, its lane goes on."""

    reason: str


Outcome = Done | Retry | Dead


def read_arguments[T](
    jobs: Sequence[ClaimedJob], model: type[T]
) -> tuple[dict[str, T], dict[str, Outcome]]:
    """The arguments of jobs as a model, by job id; and Dead for each whose data is not that."""
    arguments: dict[str, T] = {}
    unreadable: dict[str, Outcome] = {}
    for job in jobs:
        try:
            arguments[job.id] = msgspec.convert(job.kwargs(), model)
        except (UnreadableJob, msgspec.ValidationError) as error:
            unreadable[job.id] = Dead(f"{type(error).__name__}: {error}")
    return arguments, unreadable


def packed_outcome(job_id: str, outcome: Outcome, blobs: deque[bytes]) -> list[Any]:
    """An outcome as settle.lua takes it; the data of its follow-ups are put before the blobs."""
    match outcome:
        case Done():
            # RQ keeps the return value as base64 of the serialized value (rq.results.Result).
            result = (
                ""
                if outcome.result is None
                else base64.b64encode(msgspec.json.encode(outcome.result)).decode()
            )
            follow_ups = []
            for follow_up in outcome.follow_ups:
                packed = follow_up.job.packed(len(blobs))
                blobs.appendleft(follow_up.job.data())
                follow_ups.append([follow_up.kind, f"{follow_up.kind}:{follow_up.owner}", packed])
            return [job_id, "done", result, follow_ups]
        case Retry():
            return [job_id, "retry", max(0, round(outcome.delay * 1000)), int(outcome.counts)]
        case Dead():
            text = base64.b64encode(zlib.compress(outcome.reason.encode())).decode()
            return [job_id, "dead", text]
