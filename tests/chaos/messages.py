"""What the fleet, its nursery and its workers say to each other: lines of JSON over pipes.

All times are of the machine's one monotonic clock, so those of different processes compare.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from chalicelib.queue import Limits

Point = Literal[
    "claimed",  # after a claim, before any work
    "written",  # after MongoDB acknowledged the write, before the handler went on
    "handled",  # after the handler returned, before the claim was settled
    "settled",  # after the settling, before the next claim
    "renewing",  # in the keeper's thread, before it renews the leases of a slow handler
    "renewed",  # in the keeper's thread, after that
    "waking",  # when another drain is to be woken, before it was
    "woken",  # when another drain was woken
]
POINTS: tuple[Point, ...] = (
    "claimed",
    "written",
    "handled",
    "settled",
    "renewing",
    "renewed",
    "waking",
    "woken",
)


class Settings(msgspec.Struct, frozen=True):
    """What all workers of a fleet have in common.

    The file ``fate`` holds the point at which one of them is to die (0 for none, else from 1): the
    first that comes to it and removes the file ``ticket``. ``work_seconds`` is how long a batch
    takes, beside storing it.
    """

    redis_url: str
    mongodb_uri: str
    limits: Limits
    fate: str
    ticket: str
    log: str
    work_seconds: float = 0.0


class Spawn(msgspec.Struct, frozen=True, tag="spawn"):
    """To the nursery: start a worker, which serves as this drain, or sweeps first."""

    number: int
    drain_id: str
    sweep: bool = False


class Kill(msgspec.Struct, frozen=True, tag="kill"):
    """To the nursery: SIGKILL to a worker, if it still runs."""

    number: int


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """To the nursery: SIGSTOP to a worker, or SIGCONT."""

    number: int
    go_on: bool = False


class Claimed(msgspec.Struct, frozen=True, tag="claimed"):
    """From a worker: it holds these lanes."""

    number: int
    token: int
    lanes: tuple[str, ...]
    at: float


class Dying(msgspec.Struct, frozen=True, tag="dying"):
    """From a worker that kills itself at a point, or from the nursery that kills it now."""

    number: int
    at: float


class Asked(msgspec.Struct, frozen=True, tag="asked"):
    """From a worker: a drain of these lanes is to be woken under this id."""

    kind: str
    drain_id: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """From the nursery: a worker ended. The status is as in subprocess: -9 for SIGKILL."""

    number: int
    status: int


Order = Spawn | Kill | Stop
Event = Claimed | Dying | Asked | Ended

GAVE_UP = 3  # the exit status of a worker whose drain gave up because Redis did not answer
