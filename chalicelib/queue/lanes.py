"""Lanes: one FIFO for each owner, served in turn, on RQ's own data.

The protocol is in ``prelude.lua`` (where a lane may be), ``accept.lua``, ``claim.lua`` and
``settle.lua``; each method here is one round trip to Redis.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.queue.job import ClaimedJob, NewJob, Outcome, packed_outcome
from chalicelib.queue.keys import Keys, configured_prefix
from chalicelib.queue.scripts import ACCEPT, CLAIM, SETTLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis import Redis

DAY = 24 * 60 * 60


class NotAccepted(Exception):
    """A job was not taken: nothing was written."""


class UnknownGate(NotAccepted):
    """What the job is for is not known to be open."""


class ClosedGate(NotAccepted):
    """What the job is for closed at ``closed_at``."""

    def __init__(self, closed_at: datetime) -> None:
        super().__init__(f"closed at {closed_at.isoformat()}")
        self.closed_at = closed_at


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to an accepted job.

    ``position`` is its place in its own lane at that time, 1 for the head. ``repeat`` says that an
    earlier call had accepted it: the rest is then as that call was answered. ``wake`` is the id
    with which a drain must be woken, or None if enough are running.
    """

    job_id: str
    accepted_at: datetime
    position: int
    repeat: bool
    wake: str | None


@dataclass(frozen=True, slots=True)
class ClaimedLane:
    """A lane leased to a drain, with the jobs at its head, oldest first."""

    name: str
    token: int
    jobs: tuple[ClaimedJob, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a drain holds. ``next_due`` (seconds from now) is when a held back lane may be ready."""

    lanes: tuple[ClaimedLane, ...]
    next_due: float | None

    @property
    def jobs(self) -> list[ClaimedJob]:
        """The jobs of all lanes, those of one lane in order."""
        return [job for lane in self.lanes for job in lane.jobs]


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer to settle: lanes lost to a newer lease, and drains to wake by kind."""

    stale: tuple[str, ...]
    wake: dict[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of the protocol. Times in seconds.

    ``drains`` is the most that run at once for a kind, one for each ``lanes_per_drain`` ready
    lanes; ``start_grace`` is how long a drain that was woken, or claimed, counts as running before
    another is woken in its place.
    """

    drains: int = 4
    lanes_per_drain: int = 50
    jobs_per_lane: int = 10
    lease: float = 15.0
    start_grace: float = 5.0
    result_kept: int = DAY
    dead_letter_kept: int = 365 * DAY
    once_kept: int = 30 * DAY


class Lanes:
    """The lanes of one kind in one shard."""

    def __init__(
        self, redis: Redis, kind: str, *, limits: Limits | None = None, prefix: str | None = None
    ) -> None:
        self.redis = redis
        self.kind = kind
        self.limits = limits or Limits()
        self.keys = Keys(prefix or configured_prefix())
        self._ring = self.keys.ring(kind)

    def lane(self, owner: str) -> str:
        """The name of an owner's lane, which is also the name of its RQ queue."""
        return f"{self.kind}:{owner}"

    def accept(
        self, owner: str, job: NewJob, *, gate: str | None = None, once: str | None = None
    ) -> Accepted:
        """Take a job into the lane of ``owner``.

        Calling again with the same ``once`` answers with the first job and writes nothing.

        Raises:
            UnknownGate, ClosedGate: the gate does not let it in.
            redis.exceptions.RedisError: it is not known whether the job was taken; call again.
        """
        wake = token_hex(8)
        status, job_id, at_ms, position, wanted = ACCEPT(
            self.redis,
            self._ring,
            self.keys.prefix,
            self.kind,
            self.lane(owner),
            msgspec.msgpack.encode(job.packed(data_from_end=0)),
            gate or "",
            once or "",
            self.limits.once_kept,
            wake,
            *self._drain_arguments(),
            job.data(),
        )
        match status:
            case b"unknown":
                raise UnknownGate(f"no gate {gate}")
            case b"closed":
                raise ClosedGate(_from_ms(at_ms))
        return Accepted(
            job_id=job_id.decode(),
            accepted_at=_from_ms(at_ms),
            position=position,
            repeat=status == b"repeat",
            wake=wake if wanted else None,
        )

    def claim(self, drain_id: str) -> Claim:
        """Lease ready lanes to a drain and read the jobs at their heads."""
        now_ms, next_due_ms, lanes = CLAIM(
            self.redis,
            self._ring,
            self.keys.prefix,
            self.kind,
            drain_id,
            self.limits.lanes_per_drain,
            self.limits.jobs_per_lane,
            round(self.limits.lease * 1000),
            round(self.limits.start_grace * 1000),
        )
        return Claim(
            lanes=tuple(_claimed_lane(*lane) for lane in lanes),
            next_due=max(0.0, (next_due_ms - now_ms) / 1000) if next_due_ms else None,
        )

    def settle(self, lanes: Sequence[tuple[ClaimedLane, Sequence[Outcome]]]) -> Settled:
        """End a claim. Jobs without an outcome stay at the heads of their lanes."""
        wake = token_hex(8)
        blobs: deque[bytes] = deque()
        packed = [
            [
                lane.name,
                lane.token,
                [
                    packed_outcome(job.id, outcome, blobs)
                    for job, outcome in zip(lane.jobs, outcomes, strict=False)
                ],
            ]
            for lane, outcomes in lanes
        ]
        stale, kinds = SETTLE(
            self.redis,
            self._ring,
            self.keys.prefix,
            self.kind,
            msgspec.msgpack.encode(packed),
            self.limits.result_kept,
            self.limits.dead_letter_kept,
            wake,
            *self._drain_arguments(),
            *blobs,
        )
        return Settled(
            stale=tuple(name.decode() for name in stale),
            wake={kind.decode(): wake for kind in kinds},
        )

    def retire(self, drain_id: str) -> None:
        """Take a drain that stops before its lanes are empty off the list of running ones."""
        self.redis.zrem(self.keys.drains(self.kind), drain_id)

    def open_gate(self, gate: str, closes_at: datetime | None = None) -> None:
        """Let jobs for ``gate`` in until ``closes_at``, or without an end."""
        closes_ms = 0 if closes_at is None else round(closes_at.timestamp() * 1000)
        self.redis.hset(self.keys.gates(), gate, str(closes_ms))

    def waiting(self, job_id: str) -> ClaimedJob | None:
        """A job that is queued or was settled lately, or None."""
        fields: Any = self.redis.hmget(
            self.keys.job(job_id), "origin", "data", "attempts", "meta", "created_at"
        )
        lane, data, attempts, meta, created_at = fields
        if lane is None or data is None:
            return None
        return ClaimedJob(
            id=job_id,
            lane=lane.decode(),
            data=data,
            attempts=int(attempts or 0),
            meta=meta or b"",
            created_at=created_at or b"",
        )

    def _drain_arguments(self) -> tuple[int, int, int]:
        limits = self.limits
        return limits.drains, limits.lanes_per_drain, round(limits.start_grace * 1000)


def _from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def _claimed_lane(name: bytes, token: int, jobs: list[Any]) -> ClaimedLane:
    lane = name.decode()
    return ClaimedLane(
        name=lane,
        token=token,
        jobs=tuple(
            ClaimedJob(job_id.decode(), lane, data, attempts, meta, created_at)
            for job_id, data, attempts, meta, created_at in jobs
        ),
    )
