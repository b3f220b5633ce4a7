"""Groups of jobs of candidates' lanes that are handled together."""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from typing import TYPE_CHECKING

from chalicelib.queue import UnreadableJob
from chalicelib.queue.worker import Dead
from chalicelib.recruiting.applications.jobs import AMEND, STORE, WITHDRAW
from chalicelib.recruiting.erasure.jobs import ERASE
from chalicelib.recruiting.pipeline.jobs import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome


class JobGroup(IntEnum):
    """The jobs that one processor handles together."""

    APPLICATIONS = 0
    WITHDRAWALS = 1
    COMMANDS = 2
    AMENDMENTS = 3
    ERASURES = 4


_GROUPS = {
    STORE: JobGroup.APPLICATIONS,
    WITHDRAW: JobGroup.WITHDRAWALS,
    AMEND: JobGroup.AMENDMENTS,
    ERASE: JobGroup.ERASURES,
    **dict.fromkeys(KINDS, JobGroup.COMMANDS),
}


def split_by_group(
    jobs: Sequence[ClaimedJob],
) -> tuple[dict[JobGroup, list[ClaimedJob]], dict[str, Outcome]]:
    """Return the jobs by their group, and Dead for each job whose function is not ours."""
    by_group: dict[JobGroup, list[ClaimedJob]] = {group: [] for group in JobGroup}
    dead: dict[str, Outcome] = {}
    for job in jobs:
        try:
            function = job.function
        except UnreadableJob as error:
            dead[job.id] = Dead(f"UnreadableJob: {error}")
            continue
        if function in _GROUPS:
            by_group[_GROUPS[function]].append(job)
        else:
            dead[job.id] = Dead(f"no handler for the function {function}")
    return by_group, dead


def ordered_groups(
    jobs: Sequence[ClaimedJob], group_of: Mapping[str, JobGroup]
) -> Iterator[tuple[JobGroup, list[ClaimedJob]]]:
    """Split jobs into groups, which keep the order of each lane.

    Args:
        jobs: the jobs.
        group_of: the group of each job, by job id.
    """
    batches: defaultdict[int, list[ClaimedJob]] = defaultdict(list)
    last: dict[str, int] = {}
    for job in jobs:
        # The remainder of the number of a batch is its group.
        number = last.get(job.lane, 0)
        number += (group_of[job.id] - number) % len(JobGroup)
        last[job.lane] = number
        batches[number].append(job)
    return ((JobGroup(number % len(JobGroup)), batches[number]) for number in sorted(batches))
