"""Values that callers pass to the queue and get back from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from chalicelib.queue.rq.job import ClaimedJob, NewJob, is_job_id
from chalicelib.queue.rq.keys import lane_name

if TYPE_CHECKING:
    from chalicelib.queue.limits import Sender

# For accept.lua: a gate whose log does not get the id of a job, and any version of its subject.
_UNLOGGED, _ANY = "?", "*"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Wake(msgspec.Struct, frozen=True):
    """A drain that the caller must start. The queue already counts it as running.

    It is also the event of the worker function, so its field names are part of the deployment.
    ``replacements`` counts the drains that died one after the other, before this one replaced them.
    """

    kind: str
    shard: int
    drain_id: str
    replacements: int = 0


class Waker(Protocol):
    """Starts drains."""

    def wake(self, wake: Wake, /) -> None:
        """Start a drain, for instance by an asynchronous invocation of the worker function."""


class DeduplicationRelease(msgspec.Struct, frozen=True):
    """A request to forget a deduplication key, if one of these jobs holds it."""

    deduplication_key: str
    job_ids: tuple[str, ...]

    def encode(self) -> str:
        """Return the release as the scripts read it: ``<job ids> ...:<deduplication key>``.

        Raises:
            ValueError: one of the job ids is not valid.
        """
        if not all(map(is_job_id, self.job_ids)):
            raise ValueError(f"not all of these are job ids: {self.job_ids!r}")
        return f"{' '.join(self.job_ids)}:{self.deduplication_key}"


class AcceptRequest(msgspec.Struct, frozen=True):
    """A job to be accepted into the lane of an owner.

    Args:
        owner: the owner of the lane.
        job: the job.
        gate: id of a gate that must be open, or None.
        is_logged: whether the log of the gate gets the id of the job.
        deduplication_key: a text under which the owner can have only one job accepted.
        idempotency_key: a key that the client chose for this request. A repeated request with the
            same key gets the answer of the first one.
        fingerprint: a digest of the request, without spaces. The same idempotency key with another
            fingerprint is refused.
        releases: a deduplication key to forget in the step that accepts the job, so that the owner
            can have a new job accepted under it, behind this one. Rate limits neither count nor
            refuse a job that releases a key.
        replaces: the ``created_at`` of a finished or dead-lettered job with the same id, which this
            job replaces. Without it, a known job id is a duplicate.
        credential: the id of the credential with which the request was authorized, such as a
            session. ``Lanes.revoke`` makes accept refuse it.
        uses_reserve: somebody else than the owner sends the job. Rates neither count nor refuse it,
            and a full lane accepts it as long as its reserve lasts (``Limits.reserve``).
        gate_version: the version of the subject of the gate on which the job is based; empty if
            it is based on none; None if any version will do.
        sender: who sends the job, if this is not the owner. Its rate counts the job.
    """

    owner: str
    job: NewJob
    gate: str | None = None
    is_logged: bool = True
    deduplication_key: str | None = None
    idempotency_key: str | None = None
    fingerprint: str = "-"
    releases: DeduplicationRelease | None = None
    replaces: bytes = b""
    credential: str = ""
    uses_reserve: bool = False
    gate_version: str | None = ""
    sender: Sender | None = None

    def encode(self, kind: str, reserve: int, traceparent: str) -> tuple[str | bytes | int, ...]:
        """Return the request as accept.lua reads it, for a lane of a kind with a reserve.

        It is part of the trace ``traceparent``, or of none if that is empty.

        Raises:
            ValueError, TypeError: the owner, the job or the release cannot be encoded.
        """
        return (
            lane_name(kind, self.owner),
            *self.job.encode(traceparent),
            f"{'' if self.is_logged else _UNLOGGED}{self.gate}" if self.gate else "",
            self.deduplication_key or "",
            self.idempotency_key or "",
            self.fingerprint,
            self.releases.encode() if self.releases else "",
            self.replaces,
            self.credential,
            reserve if self.uses_reserve else "",
            _ANY if self.gate_version is None else self.gate_version,
            self.sender.encode() if self.sender else "",
        )


class AcceptedJob(msgspec.Struct, frozen=True):
    """The answer to an accepted request.

    Args:
        job_id: the job that was accepted, now or by an earlier request.
        accepted_at: when it was accepted, in milliseconds.
        position: its position in its own lane at that time, from 1; 0 if that is unknown.
        repeated: an earlier request had accepted the job, and the other fields are of its answer.
        is_duplicate: another request accepted the job, with the same deduplication key or job id.
            False if the earlier request had the same idempotency key, because that is this request.
        wake: a drain to be woken, or None if enough drains run. Of several jobs accepted in one
            round trip the first one carries it, or a LaneFull if none was accepted.
        number: the number of the job in the log of its gate, from 1; 0 if that is unknown.
        log_head: what ``Logs.publish_head`` had stored for that log then; empty for a duplicate.
    """

    job_id: str
    accepted_at: datetime
    position: int
    repeated: bool
    is_duplicate: bool
    wake: Wake | None = None
    number: int = 0
    log_head: str = ""


class JobPosition(msgspec.Struct, frozen=True):
    """The position of a job that waits.

    Args:
        state: the state of the job's lane.
        position: the position in the job's own lane, from 1.
        ahead: how many jobs of all lanes are served before it.
        seconds: the estimated time until it is served. None until a batch was measured, and while
            a store that the handler needs is down.
        wake: a drain to be woken, because the job waits and no drain runs; or None.
    """

    state: Literal["waiting", "leased", "delayed"]
    position: int
    ahead: int
    seconds: float | None
    wake: Wake | None


class JobState(msgspec.Struct, frozen=True):
    """A stored job. If it is neither done nor dead, it is in its lane."""

    job: ClaimedJob
    done: bool
    dead: bool


class LaneContents(msgspec.Struct, frozen=True):
    """The ids of the jobs of a lane that are not done.

    Args:
        waiting: the jobs in the lane, oldest first.
        dead: the lane's dead letters, in the order in which they expire.
        described: those of both that have the requested description.
    """

    waiting: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    described: tuple[str, ...] = ()


class ClaimedLane(msgspec.Struct, frozen=True):
    """A lane leased to a drain.

    Args:
        name: the name of the lane.
        jobs: the jobs at its head, oldest first.
        crashes: how many leases of the lane in a row expired without a settle, up to this one. If
            there is any, only the first job is claimed; from the second on, no other lane with it.
    """

    name: str
    jobs: tuple[ClaimedJob, ...]
    crashes: int = 0


class Claim(msgspec.Struct, frozen=True):
    """The lanes that a drain got.

    Args:
        token: the fencing token, which settle and renew check.
        lanes: the leased lanes; empty if no lane was ready.
        next_due: seconds until a delayed or leased lane may be ready, or None.
        stay: the drain still counts as running although it got nothing, and should claim again.
        any_leased: some lane of the kind is leased, possibly to this drain.
        wakes: other drains to be woken.
    """

    token: int
    lanes: tuple[ClaimedLane, ...]
    next_due: float | None = None
    stay: bool = False
    any_leased: bool = False
    wakes: tuple[Wake, ...] = ()

    @property
    def jobs(self) -> list[ClaimedJob]:
        """The jobs of all lanes; those of one lane are in order."""
        return [job for lane in self.lanes for job in lane.jobs]


class SettleResult(msgspec.Struct, frozen=True):
    """The answer to a settle: the lanes whose token was stale, and drains to be woken."""

    stale: tuple[str, ...]
    wakes: tuple[Wake, ...]


def encode_closing_time(closes_at: datetime | None) -> str:
    """Return the closing time of a gate as Redis keeps it: Unix time in ms, "0" for never.

    1970-01-01Z is "-0", which the scripts compare as the number 0.

    Args:
        closes_at: rounded down to milliseconds; a time without a time zone is UTC.
    """
    if closes_at is None:
        return "0"
    in_utc = closes_at if closes_at.tzinfo else closes_at.replace(tzinfo=UTC)
    return str((in_utc - _EPOCH) // timedelta(milliseconds=1) or "-0")
