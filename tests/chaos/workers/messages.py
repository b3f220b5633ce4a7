"""Messages between the fleet, its forker and its workers: lines of JSON over pipes.

All times come from the machine's one monotonic clock, so that times of different processes can be
compared.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from chalicelib.queue import Limits

Point = Literal[
    "claimed",  # after a claim, before any work
    "written",  # after MongoDB acknowledged the write, before the handler continues
    "handled",  # after the handler returned, before the claim was settled
    "settled",  # after the claim was settled, before the next claim
    "renewing",  # in the lease keeper's thread, before it renews the leases of a slow handler
    "renewed",  # in the lease keeper's thread, after that
    "waking",  # before another drain is woken
    "woken",  # after another drain was woken
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
    """The settings that all workers of a fleet share.

    ``kill_point_file`` holds the number of the point at which one worker kills itself (0 for none,
    else from 1). The first worker that reaches the point and removes ``ticket_file`` does so.
    ``work_seconds`` is how long a batch takes beside storing it.
    """

    redis_url: str
    mongodb_uri: str
    limits: Limits
    kill_point_file: str
    ticket_file: str
    log_file: str
    work_seconds: float = 0.0


class Spawn(msgspec.Struct, frozen=True, tag="spawn"):
    """Order to the forker: start a worker, which serves as this drain, or sweeps first."""

    number: int
    drain_id: str
    sweep: bool = False


class Kill(msgspec.Struct, frozen=True, tag="kill"):
    """Order to the forker: send SIGKILL to a worker if it still runs."""

    number: int


class Pause(msgspec.Struct, frozen=True, tag="pause"):
    """Order to the forker: send SIGSTOP to a worker, or SIGCONT."""

    number: int
    resume: bool = False


class Claimed(msgspec.Struct, frozen=True, tag="claimed"):
    """Event of a worker: it holds these lanes."""

    number: int
    token: int
    lanes: tuple[str, ...]
    at: float


class Killed(msgspec.Struct, frozen=True, tag="killed"):
    """Event of a worker that is about to kill itself, or of the forker that kills it."""

    number: int
    at: float


class WakeRequested(msgspec.Struct, frozen=True, tag="wake_requested"):
    """Event of a worker: a drain of this kind of lanes must be woken under this id."""

    kind: str
    drain_id: str


class Exited(msgspec.Struct, frozen=True, tag="exited"):
    """Event of the forker: a worker exited. The status is that of subprocess: -9 for SIGKILL."""

    number: int
    status: int


Order = Spawn | Kill | Pause
Event = Claimed | Killed | WakeRequested | Exited

REDIS_UNREACHABLE = 3  # the exit status of a worker whose drain ended because Redis did not answer
