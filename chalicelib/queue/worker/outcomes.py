"""What became of a job: the answers of a handler."""

from __future__ import annotations

import base64
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.queue.rq.job import NewJob, UnreadableJob, is_job_id
from chalicelib.queue.rq.keys import lane_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue.rq.job import ClaimedJob

LONGEST_DELAY_SECONDS = timedelta(days=366).total_seconds()


class Taken(msgspec.Struct, frozen=True):
    """A ``once`` that one of these jobs took, should it be one of them."""

    once: str
    by: tuple[str, ...]

    def packed(self) -> str:
        """As the scripts take it.

        Raises:
            ValueError: an id is none.
        """
        if not all(map(is_job_id, self.by)):
            raise ValueError(f"not all of these are ids of jobs: {self.by!r}")
        return f"{' '.join(self.by)}:{self.once}"


class FollowUp(msgspec.Struct, frozen=True):
    """A job queued in the same step in which the one before it is settled, in the same shard."""

    kind: str
    owner: str
    job: NewJob

    def packed(self) -> tuple[str, bytes, str, bytes, bytes, bytes, int]:
        """The follow-up as settle.lua takes it: kind, lane, and the job."""
        if not self.kind or ":" in self.kind:
            raise ValueError(f"the kind of lanes is a word without a colon, not {self.kind!r}")
        return self.kind, lane_name(self.kind, self.owner).encode(), *self.job.packed()


class Done(msgspec.Struct, frozen=True):
    """The job's effects are stored. ``result`` (a JSON value) is kept where RQ looks for it.

    ``effect`` is a word for logs and metrics, where it is another one than that of most jobs.
    ``frees`` is a ``once`` that the owner of the lane may have accepted anew from now on.
    """

    result: Any = None
    follow_ups: tuple[FollowUp, ...] = ()
    effect: str = ""
    frees: Taken | None = None


class Retry(msgspec.Struct, frozen=True):
    """Try again later; the jobs behind it in the lane wait for it.

    ``delay`` (seconds) is by default the lanes' back-off. ``counts`` says whether this used up one
    of the job's attempts.
    """

    reason: str = ""
    delay: float | None = None
    counts: bool = True


class Dead(msgspec.Struct, frozen=True):
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


class PackedOutcome(NamedTuple):
    """An outcome as settle.lua takes it."""

    verdict: str
    text: str | bytes
    follow_ups: Sequence[tuple[str | bytes | int, ...]] = ()


def packed_outcome(outcome: Outcome) -> PackedOutcome:
    """Pack an outcome.

    Raises:
        Exception: a handler gave what is no outcome, or one that cannot be written down. What it
            holds is anybody's, so this may be any exception.
    """
    if isinstance(outcome, Done):
        follow_ups = [follow_up.packed() for follow_up in outcome.follow_ups]
        text = b""
        if outcome.result is not None:
            # RQ keeps the return value as base64 of the serialized value (rq.results.Result).
            text = base64.b64encode(msgspec.json.encode(outcome.result))
        if outcome.frees:
            text += b" " + outcome.frees.packed().encode()
        return PackedOutcome("done", text, follow_ups)
    if isinstance(outcome, Retry):
        delay = outcome.delay or 0
        if not delay <= LONGEST_DELAY_SECONDS:
            raise ValueError(f"a retry is delayed by a year at most, not by {delay} s")
        return PackedOutcome("retry", f"{max(0, round(delay * 1000))} {int(bool(outcome.counts))}")
    if isinstance(outcome, Dead):
        reason = outcome.reason.encode(errors="backslashreplace")
        return PackedOutcome("dead", base64.b64encode(zlib.compress(reason)))
    raise TypeError(f"a handler's outcome is Done, Retry or Dead, not {type(outcome).__name__}")
