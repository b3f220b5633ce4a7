"""Accepts jobs into candidates' lanes, and explains refusals to candidates."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING

import msgspec

from chalicelib import queue
from chalicelib.auth.errors import SessionExpired
from chalicelib.common.errors import DomainError, TooManyRequests
from chalicelib.common.ids import new_id
from chalicelib.queue import (
    AcceptedJob,
    AcceptRequest,
    CredentialRevoked,
    GateChanged,
    GateClosed,
    GroupRateExceeded,
    IdempotencyKeyConflict,
    JobNotAccepted,
    LaneFull,
    NewJob,
    RateLimitExceeded,
    UnknownGate,
)
from chalicelib.recruiting.applications.errors import (
    FormChanged,
    IdempotencyKeyReused,
    IntakePaused,
)
from chalicelib.recruiting.postings.errors import PostingClosed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.queue import Rate, Shards, Waker

FULL_LANE_RETRY_SECONDS = 5
READ_FORM_AGAIN = "Read the form again, and answer its present version."
NOTHING_SENT = "Nothing was sent. Accepted applications are safe."


class ApplicationJobQueue:
    """Accepts jobs with one round trip to Redis each, and wakes a drain if one is needed."""

    def __init__(self, lanes: Shards, waker: Waker) -> None:
        self._lanes = lanes
        self._waker = waker

    def accept(self, request: AcceptRequest, idempotency: IdempotencyKey | None) -> AcceptedJob:
        """Accept a job into the lane of a candidate.

        Args:
            request: the job; its owner is the candidate.
            idempotency: the idempotency key of the HTTP request, if it has one.

        Raises:
            UnknownGate: the queue does not know the gate.
            GroupRateExceeded: the group of the gate accepts no more jobs of the candidate now.
            SessionExpired: the credential of the request was revoked.
            PostingClosed, FormChanged, IntakePaused, IdempotencyKeyReused, TooManyRequests: the job
                was not accepted.
            redis.exceptions.RedisError: the job may or may not be accepted; repeat the call.
        """
        if idempotency:
            request = msgspec.structs.replace(
                request, idempotency_key=idempotency.key, fingerprint=idempotency.fingerprint
            )
        lanes = self._lanes.of(request.owner)
        try:
            accepted = lanes.accept(request)
        except (UnknownGate, GroupRateExceeded):
            raise
        except JobNotAccepted as refusal:
            if isinstance(refusal, LaneFull) and refusal.wake:
                # The lane is full because no drain runs.
                self._waker.wake(refusal.wake)
            if request.sender:
                error = _domain_error(refusal, [request.sender.rate], "change")
            else:
                error = _domain_error(refusal, lanes.limits.rates)
            raise error from refusal
        if accepted.wake:
            self._waker.wake(accepted.wake)
        return accepted

    def find_answer(self, owner: str, idempotency: IdempotencyKey) -> AcceptedJob | None:
        """Return the answer to an earlier request of somebody else than the owner, or None.

        Args:
            owner: the owner of the lane.
            idempotency: the idempotency key of both requests.

        Raises:
            IdempotencyKeyReused: the key was used for another request.
            redis.exceptions.RedisError: the answer cannot be read.
        """
        # accept.lua replays an answer before it looks at the gate, and no gate has this id.
        job = NewJob(new_id(), "", {}, "", "")
        try:
            return self.accept(AcceptRequest(owner, job, gate="-", uses_reserve=True), idempotency)
        except UnknownGate:
            return None

    def accept_many(self, requests: Sequence[AcceptRequest]) -> list[bool]:
        """Accept jobs, each into the lane of its owner. Return for each whether it was accepted.

        A job whose id is known counts as accepted.

        Raises:
            redis.exceptions.RedisError: some jobs may be accepted; repeat the call.
        """
        by_shard: defaultdict[int, list[int]] = defaultdict(list)
        for index, request in enumerate(requests):
            by_shard[self._lanes.of(request.owner).shard].append(index)
        accepted = [False] * len(requests)
        for shard, indexes in by_shard.items():
            answers = self._lanes[shard].accept_many([requests[index] for index in indexes])
            for index, answer in zip(indexes, answers, strict=True):
                accepted[index] = isinstance(answer, AcceptedJob)
                if isinstance(answer, AcceptedJob | LaneFull) and answer.wake:
                    self._waker.wake(answer.wake)
        return accepted


def _domain_error(
    refusal: JobNotAccepted, rates: Sequence[Rate], noun: str = "application"
) -> DomainError:
    match refusal:
        case GateClosed(closed_at=closed_at):
            return PostingClosed(f"It closed at {closed_at.isoformat()}.")
        case GateChanged():
            return FormChanged(READ_FORM_AGAIN)
        case CredentialRevoked():
            return SessionExpired()
        case queue.IntakePaused():
            return IntakePaused(NOTHING_SENT)
        case IdempotencyKeyConflict():
            return IdempotencyKeyReused("Choose a new key for a new request.")
        case RateLimitExceeded(retry_at=retry_at):
            seconds = ceil((retry_at - datetime.now(UTC)).total_seconds())
            return TooManyRequests(
                f"We accept at most {describe_rates(rates, noun)}.", retry_after=seconds
            )
        case _:  # LaneFull is the only other refusal.
            return TooManyRequests(
                "Your earlier applications are not stored yet.", FULL_LANE_RETRY_SECONDS
            )


def describe_rates(rates: Sequence[Rate], noun: str = "application") -> str:
    """Return rate limits in words, such as "10 applications in 5 minutes, 100 in a day"."""
    first, *others = rates
    return ", ".join([first.describe(noun), *(rate.describe() for rate in others)])
