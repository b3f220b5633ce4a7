"""What became of a job: the answers of a handler."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.queue.job import NewJob, UnreadableJob

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue.job import ClaimedJob


class FollowUp(msgspec.Struct, frozen=True):
    """A job queued in the same step in which the one before it is settled, in the same shard."""

    kind: str
    owner: str
    job: NewJob

    def packed(self) -> tuple[str, str, str, bytes, bytes, str, int]:
        """The follow-up as settle.lua takes it: kind, lane, and the job."""
        return self.kind, f"{self.kind}:{self.owner}", *self.job.packed()


class Done(msgspec.Struct, frozen=True):
    """The job's effects are stored. ``result`` (a JSON value) is kept where RQ looks for it."""

    result: Any = None
    follow_ups: tuple[FollowUp, ...] = ()


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


def packed_outcome(outcome: Outcome) -> tuple[str, str | bytes]:
    """Verdict and text of an outcome as settle.lua takes them."""
    if isinstance(outcome, Done):
        if outcome.result is None:
            return "done", ""
        # RQ keeps the return value as base64 of the serialized value (rq.results.Result).
        return "done", base64.b64encode(msgspec.json.encode(outcome.result))
    if isinstance(outcome, Retry):
        return "retry", f"{max(0, round((outcome.delay or 0) * 1000))} {int(outcome.counts)}"
    return "dead", base64.b64encode(zlib.compress(outcome.reason.encode()))
