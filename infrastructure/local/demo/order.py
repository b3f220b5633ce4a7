"""Whether a candidate's applications were handled in the order they were accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from infrastructure.local.demo.errors import DemoError


@dataclass(frozen=True)
class Times:
    """When an application was accepted and stored, and when its mail was sent, by MongoDB."""

    accepted: datetime
    stored: datetime
    mailed: datetime


def check_order(name: str, ids: Sequence[str], times: Mapping[str, Times]) -> None:
    """Checks that no later application overtook an earlier one; `ids` are in the order sent.

    What was stored by one write has one time; the mails, sent one by one, have each their own.

    Raises:
        DemoError: one was overtaken.
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
                    f"{name}'s applications were {step} in another order than they were sent:"
                    " see `make logs`."
                )


def writes(ids: Sequence[str], times: Mapping[str, Times]) -> int:
    """How many writes stored the applications: those of one write have one time."""
    return len({times[id_].stored for id_ in ids})
