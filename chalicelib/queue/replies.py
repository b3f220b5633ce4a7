"""Decode the answers of the Lua scripts."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import batched, repeat
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.queue.errors import (
    CredentialRevoked,
    GateChanged,
    GateClosed,
    GroupRateExceeded,
    IdempotencyKeyConflict,
    IntakePaused,
    JobNotAccepted,
    LaneFull,
    RateLimitExceeded,
    UnknownGate,
)
from chalicelib.queue.limits import GroupRate
from chalicelib.queue.models import (
    AcceptedJob,
    Claim,
    ClaimedLane,
    JobPosition,
    JobState,
    Wake,
)
from chalicelib.queue.rq.job import ClaimedJob, parse_created_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# How many values accept.lua returns for each job.
ACCEPT_FIELDS = 7
# The fields of a job's hash that ``decode_job_state`` reads.
JOB_STATE_FIELDS = ("origin", "data", "attempts", "meta", "created_at", "status")


def decode_accept(reply: Sequence[Any]) -> AcceptedJob | JobNotAccepted:
    """Return accept.lua's answer to one request, which has ``ACCEPT_FIELDS`` values."""
    status, job_id, at, position, replayed, number, head = reply
    match status:
        case b"accepted" | b"repeat" | b"known":
            accepted_at = _from_ms(at) if isinstance(at, int) else parse_created_at(at)
            is_duplicate = status != b"accepted"
            repeated = bool(replayed) or is_duplicate
            return AcceptedJob(
                job_id.decode(),
                accepted_at,
                position,
                repeated,
                is_duplicate,
                number=number,
                log_head=head.decode(),
            )
        case b"closed":
            return GateClosed(_from_ms(int(at)))
        case b"changed":
            return GateChanged("the subject of the gate has another version")
        case b"limited":
            return RateLimitExceeded(_from_ms(int(at)))
        case b"group_limited":
            return GroupRateExceeded(_from_ms(int(at)), GroupRate.decode(head.decode()))
        case b"paused":
            return IntakePaused(_from_ms(int(at)))
        case b"full":
            return LaneFull()
        case b"revoked":
            return CredentialRevoked("the credential was revoked")
        case b"mismatch":
            return IdempotencyKeyConflict("the key was used for a different request")
        case _:
            return UnknownGate("the gate does not exist")


def with_wake(
    answers: list[AcceptedJob | JobNotAccepted], wake: Wake
) -> list[AcceptedJob | JobNotAccepted]:
    """Put the drain to be woken into the first accepted answer, or else the first LaneFull."""
    for index, answer in enumerate(answers):
        if isinstance(answer, AcceptedJob):
            answers[index] = msgspec.structs.replace(answer, wake=wake)
            return answers
    for answer in answers:
        if isinstance(answer, LaneFull):
            answer.wake = wake
            break
    return answers


def decode_job_state(job_id: str, fields: Sequence[bytes | None]) -> JobState | None:
    """Return a job from the ``JOB_STATE_FIELDS`` of its hash, or None if there is none."""
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
    return JobState(job, done=status == b"finished", dead=status == b"failed")


def decode_positions(
    job_ids: Sequence[str], reply: Sequence[Any], wake: Wake
) -> dict[str, JobPosition]:
    """Return position.lua's answer by job id; ``wake`` is the drain it may have registered."""
    is_registered, *rows = reply
    positions: dict[str, JobPosition] = {}
    for job_id, (state, position, ahead, wait_ms) in zip(job_ids, batched(rows, 4), strict=True):
        if state != b"none":
            positions[job_id] = JobPosition(
                state=state.decode(),
                position=position,
                ahead=ahead,
                seconds=wait_ms / 1000 if wait_ms >= 0 else None,
                wake=wake if is_registered and not positions else None,
            )
    return positions


def decode_claim(reply: Sequence[Any], wake: Wake) -> Claim:
    """Return claim.lua's answer; ``wake`` is the drain it may have registered."""
    next_due_ms, stay, any_leased, kinds, token, lanes = reply
    return Claim(
        token=token,
        lanes=tuple(map(_claimed_lane, lanes)),
        next_due=next_due_ms / 1000 if next_due_ms >= 0 else None,
        stay=bool(stay),
        any_leased=bool(any_leased),
        wakes=decode_wakes(kinds, wake),
    )


def decode_wakes(kinds: Sequence[bytes], wake: Wake) -> tuple[Wake, ...]:
    """Return the drains that a script registered, one for each kind, all under one id."""
    return tuple(Wake(kind.decode(), wake.shard, wake.drain_id) for kind in kinds)


def decode_names(names: Sequence[bytes]) -> tuple[str, ...]:
    """Return job ids or lane names as texts."""
    return tuple(name.decode() for name in names)


def _from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def _claimed_lane(row: list[Any]) -> ClaimedLane:
    # The row is: name, crashes, then id, data, attempts, meta, created_at of each job.
    lane = row[0].decode()
    jobs = map(
        ClaimedJob,
        [job_id.decode() for job_id in row[2::5]],
        repeat(lane),
        row[3::5],
        [int(attempts) if attempts else 0 for attempts in row[4::5]],
        _or_empty(row[5::5]),
        _or_empty(row[6::5]),
    )
    return ClaimedLane(lane, tuple(jobs), row[1])


def _or_empty(fields: list[bytes | None]) -> Iterator[bytes]:
    return (field or b"" for field in fields)
