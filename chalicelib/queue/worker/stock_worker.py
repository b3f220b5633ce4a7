"""Run a job under a stock ``rq worker``, one at a time, with the same handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.queue.errors import JobFailed
from chalicelib.queue.models import AcceptRequest
from chalicelib.queue.worker.outcomes import Dead, Done, Retry, Skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.queue.lanes import Lanes
    from chalicelib.queue.shards import Shards
    from chalicelib.queue.worker.outcomes import FollowUp
    from chalicelib.queue.worker.protocols import Handler


def run_current_job(handler: Handler, lanes: Callable[[str], Shards]) -> Any:
    """Handle the job that RQ's worker is running. The function that the job names calls this.

    RQ's worker takes a job off its lane before the job is done and records the result itself, so
    the guarantees of the lanes do not hold. It is there for debugging by hand. Follow-up jobs are
    accepted after the effects of the job, not in one step with them.

    Args:
        handler: the handler of the job's lanes.
        lanes: returns the lanes of a kind, for this job and its follow-ups.

    Raises:
        JobFailed: the outcome is a retry or a dead letter, or the job is not in Redis any more.
    """
    from rq import get_current_job

    job = get_current_job()
    if job is None:
        raise RuntimeError("this function is called by an RQ worker")
    kind, _, owner = job.origin.partition(":")
    claimed = lanes(kind).of(owner).find(job.id)
    if claimed is None:
        raise JobFailed("the job is not in Redis any more")
    [outcome] = handler.handle([claimed])
    match outcome:
        case Done(result, follow_ups):
            for follow_up in follow_ups:
                _accept(lanes(follow_up.kind).of(follow_up.owner), follow_up)
            return result
        case Retry(reason) | Dead(reason):
            raise JobFailed(reason)
        case Skip():
            raise JobFailed("the handler did not start the job")


def _accept(lanes: Lanes, follow_up: FollowUp) -> None:
    wake = lanes.accept(AcceptRequest(follow_up.owner, follow_up.job)).wake
    if wake:
        # There is no waker here. The next accept or the schedule wakes a drain.
        lanes.retire(wake.drain_id)
