"""Lanes: one FIFO for each owner, served in turn, on RQ's own data.

The protocol is in the Lua files beside this one; start with ``prelude.lua`` (where a lane may be).
Each method here is one round trip to Redis.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import batched, repeat
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from chalicelib.queue.limits import Limits
from chalicelib.queue.rq.job import ClaimedJob, NewJob, accepted_time
from chalicelib.queue.rq.keys import Keys, configured_prefix, lane_name
from chalicelib.queue.scripts import ACCEPT, CLAIM, LANE, POSITION, RENEW, SETTLE
from chalicelib.queue.worker.outcomes import Outcome, Retry, Taken, packed_outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redis import Redis
    from redis.cluster import RedisCluster

# The fields of a job's hash that are read of one that nobody holds.
_LOOKED_AT = ("origin", "data", "attempts", "meta", "created_at", "status")


class NotAccepted(Exception):
    """A job was not taken: nothing was written."""


class UnknownGate(NotAccepted):
    """What the job is for is not known to be open."""


class ClosedGate(NotAccepted):
    """What the job is for closed at ``closed_at``."""

    def __init__(self, closed_at: datetime) -> None:
        super().__init__(f"closed at {closed_at.isoformat()}")
        self.closed_at = closed_at


class KeyReused(NotAccepted):
    """The idempotency key was used for another request."""


class LaneFull(NotAccepted):
    """As many jobs wait in the lane as may.

    ``wake`` is a drain that must be woken, or None: the lane may be full because none came.
    """

    def __init__(self, wake: Wake | None = None) -> None:
        super().__init__("as many jobs wait in this lane as may")
        self.wake = wake


class UnpackableOutcomes(Exception):
    """Outcomes that cannot be written down; nothing was settled. ``errors`` has why, by job id."""

    def __init__(self, errors: dict[str, Exception]) -> None:
        super().__init__(f"the outcomes of {len(errors)} jobs cannot be written down")
        self.errors = errors


class RateExceeded(NotAccepted):
    """The lane took as many jobs lately as it may; from ``again_at`` on it takes another."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"another from {again_at.isoformat()} on")
        self.again_at = again_at


class Wake(msgspec.Struct, frozen=True):
    """A drain that is to be woken, already counted as running under this id."""

    kind: str
    shard: int
    drain_id: str


class Request(msgspec.Struct, frozen=True):
    """A job to be accepted into the lane of an owner.

    Args:
        owner: whose lane.
        job: the job.
        gate: what must be open.
        once: what the owner may have accepted only once.
        key: an idempotency key, chosen by the client for this one request.
        fingerprint: of the request (no spaces); the same key with another one is refused.
        frees: a ``once`` that is forgotten in the step that accepts the job, if one of these jobs
            took it: the owner may have it accepted anew, behind this job. Such a job is not counted
            for the rates, and no rate refuses it.
        replaces: ``ClaimedJob.created_at`` of a job of this id: if that one is done, or a dead
            letter, this one is taken in its place, as a new one.
    """

    owner: str
    job: NewJob
    gate: str | None = None
    once: str | None = None
    key: str | None = None
    fingerprint: str = "-"
    frees: Taken | None = None
    replaces: bytes = b""


class Accepted(msgspec.Struct, frozen=True):
    """The answer to an accepted job.

    ``position`` is its place in its own lane at that time, 1 for the head (0 if that is no longer
    known). ``repeat`` says that an earlier call had accepted it: the rest is then as that call was
    answered. ``is_other`` says that another job stands in its place, which took the same ``once``
    or id before; not so when an earlier call had the same key, since that was this very request.
    ``wake`` is a drain that must be woken, or None if enough are running; of several jobs accepted
    together, the first carries it, or a LaneFull if none was accepted.
    """

    job_id: str
    accepted_at: datetime
    position: int
    repeat: bool
    is_other: bool
    wake: Wake | None = None


class ClaimedLane(msgspec.Struct, frozen=True):
    """A lane leased to a drain, with the jobs at its head, oldest first.

    ``crashes`` is how many leases of it in a row, up to this one, ran out without being settled.
    Of such a lane the first job only is claimed; after the second time, nothing else with it.
    """

    name: str
    jobs: tuple[ClaimedJob, ...]
    crashes: int = 0


class Claim(msgspec.Struct, frozen=True):
    """What a drain holds.

    ``next_due`` (seconds from now) is when a lane held back or leased may be ready, ``stay``
    whether the drain still counts as running although it got nothing, ``leased`` whether any lane
    of the kind is leased, this drain's own ones too. ``wake`` are other drains that are to be
    woken.
    """

    token: int
    lanes: tuple[ClaimedLane, ...]
    next_due: float | None = None
    stay: bool = False
    leased: bool = False
    wake: tuple[Wake, ...] = ()

    @property
    def jobs(self) -> list[ClaimedJob]:
        """The jobs of all lanes, those of one lane in order."""
        return [job for lane in self.lanes for job in lane.jobs]


class Settled(msgspec.Struct, frozen=True):
    """The answer to settle: lanes lost to a newer lease, and drains to be woken."""

    stale: tuple[str, ...]
    wake: tuple[Wake, ...]


class Place(msgspec.Struct, frozen=True):
    """Where a job waits.

    ``position`` is its place in its own lane (from 1), ``ahead`` how many jobs of all lanes are
    served before it, ``seconds`` about how long until it is served. It is None before anything was
    measured, and while what the handler needs is down, whose end nobody knows. ``wake`` is a drain
    to be woken: the job waits and none was running.
    """

    state: Literal["waiting", "leased", "delayed"]
    position: int
    ahead: int
    seconds: float | None
    wake: Wake | None


class Look(msgspec.Struct, frozen=True):
    """A job, and whether it is done, or a dead letter. One that is neither is in its lane."""

    job: ClaimedJob
    done: bool
    dead: bool


class Standing(msgspec.Struct, frozen=True):
    """What a lane has that is not done: the ids of its jobs, oldest first, and of its dead letters.

    The dead letters stand in the order in which they are forgotten.
    """

    waiting: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()


class Lanes:
    """The lanes of one kind in one shard.

    Args:
        redis: a client of the server or the cluster.
        kind: what the lanes are of; a word.
        limits: the numbers of the protocol.
        prefix: of all keys, with the shard's hash tag.
        shard: the number of the shard.
        followed_by: the kinds of the jobs that follow these, whose drains are looked after too.
    """

    def __init__(
        self,
        redis: Redis | RedisCluster,
        kind: str,
        *,
        limits: Limits | None = None,
        prefix: str | None = None,
        shard: int = 0,
        followed_by: tuple[str, ...] = (),
    ) -> None:
        if not kind or ":" in kind:
            raise ValueError(f"the kind of lanes is a word without a colon, not {kind!r}")
        self.redis: Any = redis
        self.kind = kind
        self.limits = limits or Limits()
        self.keys = Keys(prefix or configured_prefix())
        self.shard = shard
        self.followed_by = followed_by
        self.ring = self.keys.ring(kind)
        self._scope = (self.keys.prefix, kind)
        self._rates = self.limits.packed_rates()

    def lane(self, owner: str) -> str:
        """The name of an owner's lane, which is also the name of its RQ queue."""
        return lane_name(self.kind, owner)

    def accept(
        self,
        owner: str,
        job: NewJob,
        *,
        gate: str | None = None,
        once: str | None = None,
        key: str | None = None,
        fingerprint: str = "-",
        frees: Taken | None = None,
        replaces: bytes = b"",
    ) -> Accepted:
        """Take a job into the lane of ``owner``; see Request for the arguments.

        Calling again with the same key, the same ``once`` or the same job id answers with the first
        job and writes nothing.

        Raises:
            NotAccepted: one of its kinds.
            redis.exceptions.RedisError: it is not known whether the job was taken; call again.
        """
        request = Request(owner, job, gate, once, key, fingerprint, frees, replaces)
        [answer] = self.accept_many([request])
        if isinstance(answer, NotAccepted):
            raise answer
        return answer

    def accept_many(self, requests: Sequence[Request]) -> list[Accepted | NotAccepted]:
        """Take many jobs in one round trip. Each is accepted, or not, for itself."""
        limits = self.limits
        wake = self.new_drain()
        arguments: list[Any] = [
            *self._scope,
            *self._drain_arguments(wake),
            limits.once_kept,
            limits.key_kept,
            limits.lane_length,
            self._rates,
        ]
        for request in requests:
            arguments.append(lane_name(self.kind, request.owner))
            arguments += request.job.packed()
            arguments += (request.gate or "", request.once or "")
            arguments += (request.key or "", request.fingerprint)
            arguments += (request.frees.packed() if request.frees else "", request.replaces)
        reply = ACCEPT(self.redis, self.ring, *arguments)
        answers = [_answer(reply[at : at + 5]) for at in range(1, len(reply), 5)]
        return _telling(answers, wake) if reply[0] else answers

    def claim(self, drain_id: str) -> Claim:
        """Lease ready lanes to a drain and read the jobs at their heads."""
        limits = self.limits
        another = self.new_drain()
        next_due_ms, stay, leased, kinds, token, lanes = CLAIM(
            self.redis,
            self.ring,
            *self._scope,
            drain_id,
            limits.batch,
            limits.jobs_per_lane,
            round(limits.lease * 1000),
            round(limits.start_grace * 1000),
            round(limits.stay * 1000),
            limits.drains,
            limits.lanes_per_drain,
            another.drain_id,
            round(limits.turn * 1000),
            *self.followed_by,
        )
        return Claim(
            token=token,
            lanes=tuple(map(_claimed_lane, lanes)),
            next_due=next_due_ms / 1000 if next_due_ms >= 0 else None,
            stay=bool(stay),
            leased=bool(leased),
            wake=self._wakes(another, kinds),
        )

    def settle(
        self,
        claim: Claim,
        outcomes: Sequence[Sequence[Outcome]],
        *,
        seconds: float | None = None,
    ) -> Settled:
        """End a claim.

        Args:
            claim: what the drain holds.
            outcomes: for each of its lanes those of its jobs, in order. Jobs without an outcome
                stay at the heads of their lanes.
            seconds: what the claim's handling took, for the estimates.

        Raises:
            UnpackableOutcomes: nothing was settled.
        """
        limits = self.limits
        wake = self.new_drain()
        settling, follow_ups = _packed(claim, outcomes)
        stale, kinds = SETTLE(
            self.redis,
            self.ring,
            *self._scope,
            claim.token,
            _pace(outcomes, seconds),
            limits.result_kept,
            limits.dead_letter_kept,
            *self._drain_arguments(wake),
            len(claim.lanes),
            *settling,
            *follow_ups,
        )
        return Settled(
            stale=tuple(name.decode() for name in stale),
            wake=self._wakes(wake, kinds),
        )

    def renew(self, drain_id: str, claim: Claim) -> tuple[str, ...]:
        """Keep the lanes of a claim for another lease. Returns those that were lost."""
        limits = self.limits
        lost = RENEW(
            self.redis,
            self.ring,
            *self._scope,
            drain_id,
            claim.token,
            round(limits.lease * 1000),
            *(lane.name for lane in claim.lanes),
        )
        return tuple(name.decode() for name in lost)

    def retire(self, drain_id: str) -> None:
        """Take a drain that stops, or did not start, off the list of running ones."""
        self.redis.zrem(self.keys.drains(self.kind), drain_id)

    def open_gate(self, gate: str, closes_at: datetime | None = None) -> None:
        """Let jobs for ``gate`` in until ``closes_at``, or without an end."""
        closes_ms = 0 if closes_at is None else round(closes_at.timestamp() * 1000)
        self.redis.hset(self.keys.gates(), gate, str(closes_ms))

    def find(self, job_id: str) -> ClaimedJob | None:
        """A job that is queued or was settled lately, or None."""
        [found] = self.find_many([job_id])
        return found.job if found else None

    def find_many(self, job_ids: Sequence[str]) -> list[Look | None]:
        """Jobs that are queued or were settled lately, None for each of which nothing is known."""
        with self.redis.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.hmget(self.keys.job(job_id), *_LOOKED_AT)
            return list(map(_look, job_ids, pipe.execute()))

    def standing(self, owner: str) -> Standing:
        """What the lane of an owner has that is not done."""
        waiting, dead = LANE(self.redis, self.ring, *self._scope, self.lane(owner))
        return Standing(*(tuple(job_id.decode() for job_id in ids) for ids in (waiting, dead)))

    def place(self, job_id: str) -> Place | None:
        """Where a job waits, or None if it is in no lane of this kind."""
        return self.places([job_id]).get(job_id)

    def places(self, job_ids: Sequence[str]) -> dict[str, Place]:
        """Where jobs of one owner wait; those that do not are left out.

        A drain to be woken stands in the first of them.
        """
        wake = self.new_drain()
        wanted, *reply = POSITION(
            self.redis,
            self.ring,
            *self._scope,
            self.limits.batch,
            self.limits.jobs_per_lane,
            *self._drain_arguments(wake),
            *job_ids,
        )
        places: dict[str, Place] = {}
        for job_id, (state, position, ahead, until_ms) in zip(
            job_ids, batched(reply, 4), strict=True
        ):
            if state != b"none":
                places[job_id] = Place(
                    state=state.decode(),
                    position=position,
                    ahead=ahead,
                    seconds=until_ms / 1000 if until_ms >= 0 else None,
                    wake=wake if wanted and not places else None,
                )
        return places

    def new_drain(self) -> Wake:
        """A drain of these lanes under a new id; it counts as running once a script says so."""
        return Wake(self.kind, self.shard, f"{random.getrandbits(64):016x}")

    def _wakes(self, wake: Wake, kinds: Sequence[bytes]) -> tuple[Wake, ...]:
        return tuple(Wake(kind.decode(), self.shard, wake.drain_id) for kind in kinds)

    def _drain_arguments(self, wake: Wake) -> tuple[str, int, int, int]:
        limits = self.limits
        grace_ms = round(limits.start_grace * 1000)
        return wake.drain_id, limits.drains, limits.lanes_per_drain, grace_ms


def _look(job_id: str, fields: Sequence[bytes | None]) -> Look | None:
    lane, data, attempts, meta, created_at, status = fields
    if lane is None or data is None:
        return None
    job = ClaimedJob(
        id=job_id,
        lane=lane.decode(),
        data=data,
        attempts=int(attempts or 0),
        meta=meta or b"",
        created_at=created_at or b"",
    )
    return Look(job, done=status == b"finished", dead=status == b"failed")


def _from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def _telling(answers: list[Accepted | NotAccepted], wake: Wake) -> list[Accepted | NotAccepted]:
    """The answers, the first that can do so with the drain to be woken."""
    for at, answer in enumerate(answers):
        if isinstance(answer, Accepted):
            answers[at] = msgspec.structs.replace(answer, wake=wake)
            return answers
    for answer in answers:
        if isinstance(answer, LaneFull):
            answer.wake = wake
            break
    return answers


def _packed(claim: Claim, outcomes: Sequence[Sequence[Outcome]]) -> tuple[list[Any], list[Any]]:
    """The outcomes and the follow-up jobs as settle.lua takes them."""
    settling: list[Any] = []
    follow_ups: list[Any] = []
    errors: dict[str, Exception] = {}
    for lane, of_lane in zip(claim.lanes, outcomes, strict=True):
        settling += (lane.name, min(len(lane.jobs), len(of_lane)))
        for job, outcome in zip(lane.jobs, of_lane, strict=False):
            try:
                packed = packed_outcome(outcome)
            except Exception as error:
                errors[job.id] = error
                continue
            settling += (job.id, packed.verdict, packed.text)
            for follow_up in packed.follow_ups:
                follow_ups.append(job.id)
                follow_ups += follow_up
    if errors:
        raise UnpackableOutcomes(errors)
    return settling, follow_ups


def _pace(outcomes: Sequence[Sequence[Outcome]], seconds: float | None) -> str:
    """What a job took (ms) as settle.lua takes it: '' if that is not known, '?' in an outage."""
    jobs = sum(map(len, outcomes))
    # Nothing was done and nothing is wrong with the jobs.
    if jobs and all(_waits_for_a_store(outcome) for of_lane in outcomes for outcome in of_lane):
        return "?"
    return f"{seconds * 1000 / jobs:.3f}" if seconds and jobs else ""


def _waits_for_a_store(outcome: Outcome) -> bool:
    return isinstance(outcome, Retry) and not outcome.counts and bool(outcome.delay)


def _answer(reply: list[Any]) -> Accepted | NotAccepted:
    status, job_id, at, position, replayed = reply
    match status:
        case b"accepted" | b"repeat" | b"known":
            accepted_at = _from_ms(at) if isinstance(at, int) else accepted_time(at)
            is_other = status != b"accepted"
            repeat = bool(replayed) or is_other
            return Accepted(job_id.decode(), accepted_at, position, repeat, is_other)
        case b"closed":
            return ClosedGate(_from_ms(int(at)))
        case b"limited":
            return RateExceeded(_from_ms(int(at)))
        case b"full":
            return LaneFull()
        case b"mismatch":
            return KeyReused("this key was used for another request")
        case _:
            return UnknownGate("no such gate")


def _claimed_lane(row: list[Any]) -> ClaimedLane:
    lane = row[0].decode()
    jobs = map(
        ClaimedJob,
        [job_id.decode() for job_id in row[2::5]],
        repeat(lane),
        row[3::5],
        [int(attempts) if attempts else 0 for attempts in row[4::5]],
        _texts(row[5::5]),
        _texts(row[6::5]),
    )
    return ClaimedLane(lane, tuple(jobs), row[1])


def _texts(fields: list[bytes | None]) -> Iterator[bytes]:
    return (field or b"" for field in fields)
