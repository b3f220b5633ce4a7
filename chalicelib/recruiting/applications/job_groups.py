"""Groups of jobs of candidates' lanes that are handled together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from chalicelib.queue import UnreadableJob
from chalicelib.queue.worker import Dead
from chalicelib.recruiting.applications.jobs import STORE, WITHDRAW

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome


def split_by_function(
    jobs: Sequence[ClaimedJob],
) -> tuple[dict[str, list[ClaimedJob]], dict[str, Outcome]]:
    """Return the jobs by their function, and Dead for each job whose function is not ours."""
    by_function: dict[str, list[ClaimedJob]] = {STORE: [], WITHDRAW: []}
    dead: dict[str, Outcome] = {}
    for job in jobs:
        try:
            function = job.function
        except UnreadableJob as error:
            dead[job.id] = Dead(f"UnreadableJob: {error}")
            continue
        if function in by_function:
            by_function[function].append(job)
        else:
            dead[job.id] = Dead(f"no handler for the function {function}")
    return by_function, dead


def group_by_function(
    jobs: Sequence[ClaimedJob], withdrawals: Container[str]
) -> Iterator[list[ClaimedJob]]:
    """Split jobs into groups of one function, which keep the order of each lane."""
    groups: defaultdict[int, list[ClaimedJob]] = defaultdict(list)
    last_group: dict[str, int] = {}
    for job in jobs:
        # Applications are in groups with even numbers, withdrawals in groups with odd ones.
        number = last_group.get(job.lane, 0)
        number += number % 2 != (job.id in withdrawals)
        last_group[job.lane] = number
        groups[number].append(job)
    return (groups[number] for number in sorted(groups))
