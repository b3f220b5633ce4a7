"""Running our jobs under a stock ``rq worker``, one at a time, with the same handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.queue.worker.outcomes import Dead, Done, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.queue.lanes import Lanes
    from chalicelib.queue.shards import Shards
    from chalicelib.queue.worker.drain import Handler
    from chalicelib.queue.worker.outcomes import FollowUp


class JobFailed(Exception):
    """The handler gave the job up or wants it tried again, which RQ's worker is told this way."""


def run_current_job(handler: Handler, lanes: Callable[[str], Shards]) -> Any:
    """Do the job that RQ's worker is running. Called by the function that the job names.

    RQ's worker takes a job off its lane before it is done and settles it itself, so the promises of
    the lanes do not hold for it; it is there for looking into things by hand. Follow-up jobs are
    accepted after the job's effects, not in one step with them.

    Args:
        handler: the handler of the job's lanes.
        lanes: gives the lanes of a kind, for this job and its follow-ups.

    Raises:
        JobFailed: the outcome was not Done, or the job is gone.
    """
    from rq import get_current_job

    job = get_current_job()
    if job is None:
        raise RuntimeError("this function is called by an RQ worker")
    kind, _, owner = job.origin.partition(":")
    claimed = lanes(kind).of(owner).find(job.id)
    if claimed is None:
        raise JobFailed("the job is gone from Redis")
    [outcome] = handler([claimed])
    match outcome:
        case Done(result, follow_ups):
            for follow_up in follow_ups:
                _accept(lanes(follow_up.kind).of(follow_up.owner), follow_up)
            return result
        case Retry(reason) | Dead(reason):
            raise JobFailed(reason)


def _accept(lanes: Lanes, follow_up: FollowUp) -> None:
    wake = lanes.accept(follow_up.owner, follow_up.job).wake
    if wake:
        # Nobody here can wake it; the next accept, or the schedule, does.
        lanes.retire(wake.drain_id)
