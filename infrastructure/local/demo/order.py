"""Check that the applications of a candidate kept their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from infrastructure.local.demo.errors import DemoError


@dataclass(frozen=True)
class Times:
    """The times in MongoDB at which an application was accepted, stored and confirmed."""

    accepted: datetime
    stored: datetime
    mailed: datetime


def check_order(name: str, ids: Sequence[str], times: Mapping[str, Times]) -> None:
    """Check that no application overtook an earlier one.

    Applications stored by one write have the same time. E-mails are sent one by one, so each has a
    time of its own.

    Args:
        name: The name of the candidate.
        ids: The ids of the applications, in the order in which they were sent.
        times: The times of the applications, by id.

    Raises:
        DemoError: An application was overtaken.
    """
    in_order = [times[id_] for id_ in ids]
    for earlier, later in pairwise(in_order):
        for step, was_overtaken in (
            ("accepted", later.accepted < earlier.accepted),
            ("stored", later.stored < earlier.stored),
            ("mailed", later.mailed < earlier.mailed),
        ):
            if was_overtaken:
                raise DemoError(
                    f"{name}'s applications were {step} in a different order than they were sent:"
                    " see `make logs`."
                )


def writes(ids: Sequence[str], times: Mapping[str, Times]) -> int:
    """Return how many writes stored the applications; those of one write have the same time."""
    return len({times[id_].stored for id_ in ids})
