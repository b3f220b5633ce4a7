"""Outcomes: a handler returns one for each job."""

from __future__ import annotations

import base64
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.queue.errors import UnreadableJob
from chalicelib.queue.models import DeduplicationRelease
from chalicelib.queue.rq.job import NewJob
from chalicelib.queue.rq.keys import lane_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue.rq.job import ClaimedJob

MAX_DELAY_SECONDS = timedelta(days=366).total_seconds()


class FollowUp(msgspec.Struct, frozen=True):
    """A job that is queued in the step that settles the job before it, in the same shard."""

    kind: str
    owner: str
    job: NewJob

    def encode(self, traceparent: str) -> tuple[str, bytes, str, bytes, bytes, bytes, int]:
        """Return the follow-up as settle.lua reads it: kind, lane, and the job.

        Args:
            traceparent: the trace of the job before it; empty for none.

        Raises:
            ValueError, TypeError: the kind, the owner or the job cannot be encoded.
        """
        if not self.kind or ":" in self.kind:
            raise ValueError(f"the kind of lanes is a word without a colon, not {self.kind!r}")
        return self.kind, lane_name(self.kind, self.owner).encode(), *self.job.encode(traceparent)


class Done(msgspec.Struct, frozen=True):
    """The effects of the job are stored.

    Args:
        result: a JSON value, kept where RQ looks for it.
        follow_ups: jobs to queue.
        effect: a word for logs and metrics; empty for the usual effect of the handler.
        releases: a deduplication key to forget, so that the owner can have a new job accepted
            under it.
        keeps_job: whether job and result can be read for some time (``Limits.result_ttl``).
            Otherwise they are deleted, because they hold personal data.
    """

    result: Any = None
    follow_ups: tuple[FollowUp, ...] = ()
    effect: str = ""
    releases: DeduplicationRelease | None = None
    keeps_job: bool = True


class Retry(msgspec.Struct, frozen=True):
    """The job must be tried again; the jobs behind it in its lane wait for it.

    Args:
        reason: the cause, for logs.
        delay: seconds until the next attempt, or None for the back-off of the lanes' limits.
        counts: whether this attempt counts towards ``Limits.max_attempts``.
    """

    reason: str = ""
    delay: float | None = None
    counts: bool = True


class Dead(msgspec.Struct, frozen=True):
    """The job can never succeed. It becomes a dead letter, and its lane continues."""

    reason: str


class Skip(msgspec.Struct, frozen=True):
    """The handler did not start the job, because its deadline passed.

    The job and those behind it stay in their lane, which is ready at once for the next drain.
    """


Outcome = Done | Retry | Dead | Skip


def read_arguments[T](
    jobs: Sequence[ClaimedJob], model: type[T]
) -> tuple[dict[str, T], dict[str, Outcome]]:
    """Convert the arguments of jobs to a model.

    Returns:
        The arguments by job id, and Dead for each job whose arguments do not fit the model.
    """
    arguments: dict[str, T] = {}
    unreadable: dict[str, Outcome] = {}
    for job in jobs:
        try:
            arguments[job.id] = msgspec.convert(job.kwargs(), model)
        except (UnreadableJob, msgspec.ValidationError) as error:
            unreadable[job.id] = Dead(f"{type(error).__name__}: {error}")
    return arguments, unreadable


class EncodedOutcome(NamedTuple):
    """An outcome as settle.lua reads it."""

    verdict: str
    text: str | bytes
    follow_ups: Sequence[tuple[str | bytes | int, ...]] = ()


def encode_outcome(outcome: Outcome, traceparent: str = "") -> EncodedOutcome:
    """Return an outcome as settle.lua reads it.

    Args:
        outcome: the outcome.
        traceparent: the trace for the jobs that follow; empty for none.

    Raises:
        Exception: the handler returned something else than an outcome, or an outcome that cannot be
            encoded. Its values come from the handler, so this may be any exception.
    """
    if isinstance(outcome, Done):
        follow_ups = [follow_up.encode(traceparent) for follow_up in outcome.follow_ups]
        text = b""
        if outcome.result is not None:
            # RQ keeps the return value as base64 of the serialized value (rq.results.Result).
            text = base64.b64encode(msgspec.json.encode(outcome.result))
        if outcome.releases:
            text += b" " + outcome.releases.encode().encode()
        return EncodedOutcome("done" if outcome.keeps_job else "forget", text, follow_ups)
    if isinstance(outcome, Retry):
        delay = outcome.delay or 0
        if not delay <= MAX_DELAY_SECONDS:
            raise ValueError(f"the delay of a retry is at most 366 days, not {delay} s")
        return EncodedOutcome("retry", f"{max(0, round(delay * 1000))} {int(bool(outcome.counts))}")
    if isinstance(outcome, Dead):
        reason = outcome.reason.encode(errors="backslashreplace")
        return EncodedOutcome("dead", base64.b64encode(zlib.compress(reason)))
    raise TypeError(f"the outcome to store is Done, Retry or Dead, not {type(outcome).__name__}")
