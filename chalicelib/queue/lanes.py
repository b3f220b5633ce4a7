"""Lanes: one FIFO for each owner, on RQ's data in Redis.

This is the side of the protocol that an API uses; ``chalicelib.queue.worker`` has the other one.
The protocol itself is in the Lua files in ``scripts``; read ``prelude.lua`` first. Each method is
one round trip to Redis.
"""

from __future__ import annotations

import secrets
from itertools import batched
from typing import TYPE_CHECKING, Any

from chalicelib.queue.errors import JobNotAccepted
from chalicelib.queue.limits import Limits
from chalicelib.queue.models import (
    AcceptedJob,
    AcceptRequest,
    LaneContents,
    Wake,
    encode_closing_time,
)
from chalicelib.queue.owner_calls import execute_for_owner
from chalicelib.queue.replies import (
    ACCEPT_FIELDS,
    JOB_STATE_FIELDS,
    decode_accept,
    decode_job_state,
    decode_names,
    decode_positions,
    with_wake,
)
from chalicelib.queue.rq.keys import RedisKeys, configured_prefix, lane_name
from chalicelib.queue.scripts import ACCEPT, ERASE, LANE_CONTENTS, POSITION, REQUEST_DRAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from redis import Redis
    from redis.cluster import RedisCluster

    from chalicelib.queue.models import JobPosition, JobState
    from chalicelib.queue.rq.job import ClaimedJob

# How many requests one call of accept.lua handles.
_PAGE = 200


class Lanes:
    """The lanes of one kind in one shard.

    Args:
        redis: a client of the server or the cluster.
        kind: the kind of the jobs, a word without a colon.
        limits: the settings of the protocol.
        prefix: the prefix of all keys, with the shard's hash tag.
        shard: the number of the shard.
        shards: how many shards there are; None if the caller does not choose shards by owner.
        followed_by: the kinds of the jobs that follow these; their drains are woken too.
        trace_context: returns the trace of the current request (W3C Trace Context), or "".
    """

    def __init__(
        self,
        redis: Redis | RedisCluster,
        kind: str,
        *,
        limits: Limits | None = None,
        prefix: str | None = None,
        shard: int = 0,
        shards: int | None = None,
        followed_by: tuple[str, ...] = (),
        trace_context: Callable[[], str] | None = None,
    ) -> None:
        if not kind or ":" in kind:
            raise ValueError(f"the kind of lanes is a word without a colon, not {kind!r}")
        self.redis: Any = redis
        self.kind = kind
        self.limits = limits or Limits()
        self.keys = RedisKeys(prefix or configured_prefix())
        self.shard = shard
        self.shards = shards
        self.followed_by = followed_by
        self._trace_context = trace_context
        self.ring = self.keys.ring(kind)
        # The first arguments of every script.
        self.scope = (self.keys.prefix, kind)
        # The first arguments of scripts about one owner (check_shards.lua).
        self.owner_scope = (*self.scope, shards or "")

    def lane_name(self, owner: str) -> str:
        """Return the name of an owner's lane, which is also the name of its RQ queue."""
        return lane_name(self.kind, owner)

    def accept(self, request: AcceptRequest) -> AcceptedJob:
        """Accept a job into the lane of its owner.

        A repeated request, with the same idempotency key, deduplication key or job id, writes
        nothing and gets the answer of the first one.

        Raises:
            JobNotAccepted: one of its subclasses says why.
            redis.exceptions.RedisError: the job may or may not be accepted; repeat the request.
        """
        [answer] = self._accept_page((request,))
        if isinstance(answer, JobNotAccepted):
            raise answer
        return answer

    def accept_many(self, requests: Sequence[AcceptRequest]) -> list[AcceptedJob | JobNotAccepted]:
        """Accept jobs. The refusal of one does not affect the others.

        There is one round trip for each 200 requests, because Redis serves nobody else while a
        script runs.
        """
        answers: list[AcceptedJob | JobNotAccepted] = []
        for page in batched(requests, _PAGE):
            answers += self._accept_page(page)
        return answers

    def _accept_page(self, requests: Sequence[AcceptRequest]) -> list[AcceptedJob | JobNotAccepted]:
        limits = self.limits
        wake = self.new_drain()
        traceparent = self._trace_context() if self._trace_context else ""
        arguments: list[Any] = [
            *self.scope,
            *self.drain_arguments(wake),
            *limits.accept_arguments,
            self.shards or "",
        ]
        for request in requests:
            arguments += request.encode(self.kind, limits.reserve, traceparent)
        reply = ACCEPT.run(self.redis, self.ring, *arguments)
        rows = batched(reply[1:], ACCEPT_FIELDS)
        answers = [decode_accept(row) for row in rows]
        return with_wake(answers, wake) if reply[0] else answers

    def retire(self, drain_id: str) -> None:
        """Stop counting a drain as running, because it stopped or did not start."""
        self.redis.zrem(self.keys.drains(self.kind), drain_id)

    def open_gate(self, gate: str, closes_at: datetime | None = None) -> None:
        """Accept jobs for a gate until ``closes_at``, or without an end.

        Args:
            gate: the id of the gate.
            closes_at: rounded down to milliseconds; a time without a time zone is UTC.
        """
        self.redis.hset(self.keys.gates(), gate, encode_closing_time(closes_at))

    def revoke(self, owner: str, credentials: Sequence[str], seconds: int) -> None:
        """Refuse requests of an owner that were authorized with these credentials.

        Args:
            owner: the owner.
            credentials: the ids of the credentials; an empty id stands for every credential.
            seconds: how long to refuse them: at least until they have expired.

        Raises:
            OtherNumberOfShards: the requests of the owner may arrive in another shard.
        """
        lane = self.lane_name(owner)
        with self.redis.pipeline(transaction=False) as pipe:
            for credential in credentials:
                pipe.set(self.keys.revocation(lane, credential), "", ex=seconds)
            execute_for_owner(self, pipe)

    def is_revoked(self, owner: str, credential: str) -> bool:
        """Return whether a credential of an owner, or every one, was revoked.

        Requests to accept a job need not ask, because they are refused in the same round trip.
        """
        lane = self.lane_name(owner)
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.exists(*(self.keys.revocation(lane, one) for one in ("", credential)))
            [found] = execute_for_owner(self, pipe)
        return bool(found)

    def erase(self, owner: str) -> int:
        """Delete the jobs of an owner for good, waiting, dead and finished ones, and their keys.

        A drain that holds the lane cannot settle its jobs afterwards. It may still handle them.

        Returns:
            How many jobs were deleted.
        """
        arguments = self.lane_name(owner), self.limits.rate_windows
        total = 0
        while erased := ERASE.run(self.redis, self.ring, *self.owner_scope, *arguments):
            total += int(erased)
        return total

    def find(self, job_id: str) -> ClaimedJob | None:
        """Return a job that waits or was settled lately, or None."""
        [found] = self.find_many([job_id])
        return found.job if found else None

    def find_many(self, job_ids: Sequence[str]) -> list[JobState | None]:
        """Return jobs that wait or were settled lately, with None in the place of unknown ones."""
        with self.redis.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.hmget(self.keys.job(job_id), *JOB_STATE_FIELDS)
            return list(map(decode_job_state, job_ids, pipe.execute()))

    def contents(self, owner: str, description: str = "") -> LaneContents:
        """Return the ids of the jobs of an owner that are not done.

        Args:
            owner: the owner of the lane.
            description: also return which of them have this description.
        """
        lane = self.lane_name(owner)
        lists = LANE_CONTENTS.run(self.redis, self.ring, *self.owner_scope, lane, description)
        return LaneContents(*map(decode_names, lists))

    def position(self, job_id: str) -> JobPosition | None:
        """Return the position of a job, or None if it is in no lane of this kind."""
        return self.positions([job_id]).get(job_id)

    def positions(self, job_ids: Sequence[str]) -> dict[str, JobPosition]:
        """Return the positions of jobs of one owner, by job id, without those that do not wait.

        If a drain is to be woken, the first position carries it.
        """
        wake = self.new_drain()
        reply = POSITION.run(
            self.redis,
            self.ring,
            *self.scope,
            self.limits.batch_size,
            self.limits.jobs_per_lane,
            *self.drain_arguments(wake),
            *job_ids,
        )
        return decode_positions(job_ids, reply, wake)

    def new_drain(self) -> Wake:
        """Return a drain with a new id. It counts as running once a script registered it."""
        return Wake(self.kind, self.shard, secrets.token_hex(8))

    def request_drain(self) -> Wake | None:
        """Return a drain to be woken, or None if the running drains suffice for the ready lanes."""
        wake = self.new_drain()
        arguments = self.drain_arguments(wake)
        return wake if REQUEST_DRAIN.run(self.redis, self.ring, *self.scope, *arguments) else None

    def drain_arguments(self, wake: Wake) -> tuple[str, ...]:
        """Return the arguments by which a script registers a drain, if one is needed."""
        return wake.drain_id, *self.limits.drain_arguments
