"""Names of the keys in Redis that Python touches; the scripts build all of them (see README.md).

RQ's names follow rq 3.0 (``rq.queue``, ``rq.job``, ``rq.registry``, ``rq.results``), with its
prefix from the environment variable ``RQ_KEY_PREFIX`` exactly as RQ reads it. The prefix of
Hirelane is a hash tag, ``{hl0}``, so that every key of a shard lives in one slot of a cluster.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

DEFAULT_PREFIX = "{hl0}"


def configured_prefix() -> str:
    """The key prefix of this process: ``RQ_KEY_PREFIX``, or ``{hl0}``."""
    return os.environ.get("RQ_KEY_PREFIX", DEFAULT_PREFIX)


def shard_prefix(first: str, shard: int) -> str:
    """The prefix of a shard, from that of shard 0: ``{hl0}`` becomes ``{hl3}``.

    Raises:
        ValueError: there are several shards and the prefix does not end in ``0}``.
    """
    if shard == 0:
        return first
    if not first.endswith("0}"):
        raise ValueError(f"the key prefix of the first of several shards ends in 0}}, not {first}")
    return f"{first.removesuffix('0}')}{shard}}}"


def lane_name(kind: str, owner: str) -> str:
    """The name of an owner's lane.

    Raises:
        ValueError: the owner has a colon, and so could share a key with another.
    """
    if not owner or ":" in owner:
        raise ValueError(f"the owner of a lane is a text without a colon, not {owner!r}")
    return f"{kind}:{owner}"


@dataclass(frozen=True, slots=True)
class Keys:
    """The key names of one shard. ``kind`` is a family of lanes (``applications``, ``mail``)."""

    prefix: str

    # RQ's keys.

    def job(self, job_id: str) -> str:
        """Hash of one job."""
        return f"{self.prefix}:job:{job_id}"

    def queues(self) -> str:
        """Set of the keys of all queues that have jobs."""
        return f"{self.prefix}:queues"

    def queue(self, lane: str) -> str:
        """List of a lane's job ids."""
        return f"{self.prefix}:queue:{lane}"

    def results(self, job_id: str) -> str:
        """Stream of a job's results."""
        return f"{self.prefix}:results:{job_id}"

    # The lanes' keys.

    def ring(self, kind: str) -> str:
        """Sorted set of the lanes ready to be served, scored by turn."""
        return f"{self.prefix}:ring:{kind}"

    def leases(self, kind: str) -> str:
        """Sorted set of the leased lanes, scored by when the lease is over (ms)."""
        return f"{self.prefix}:leases:{kind}"

    def delayed(self, kind: str) -> str:
        """Sorted set of the lanes held back by a retry, scored by when they are due (ms)."""
        return f"{self.prefix}:delayed:{kind}"

    def crashes(self, kind: str) -> str:
        """Hash of the suspect lanes: how many leases of each in a row ran out unsettled."""
        return f"{self.prefix}:crashes:{kind}"

    def dead(self, kind: str) -> str:
        """Sorted set of the ids of dead letters, scored by when they were given up (ms)."""
        return f"{self.prefix}:dead:{kind}"

    def drains(self, kind: str) -> str:
        """Sorted set of the running drains, scored by when they count as dead (ms)."""
        return f"{self.prefix}:drains:{kind}"

    def gates(self) -> str:
        """Hash of what is open to be accepted: gate id to closing time (ms, 0 for never)."""
        return f"{self.prefix}:gates"

    def reconciler(self, kind: str) -> str:
        """String: how far the reconciler has come, as JSON."""
        return f"{self.prefix}:reconciler:{kind}"
