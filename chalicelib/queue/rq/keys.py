"""Names of the Redis keys that Python uses. The scripts build the same names (see README.md).

RQ's names follow rq 3.0 (``rq.queue``, ``rq.job``, ``rq.registry``, ``rq.results``). Their prefix
comes from the environment variable ``RQ_KEY_PREFIX``, as in RQ. The default is a hash tag,
``{hl0}``, so that all keys of a shard are in one slot of a cluster.
"""

from __future__ import annotations

import os

import msgspec

DEFAULT_PREFIX = "{hl0}"


def configured_prefix() -> str:
    """Return the key prefix of this process: ``RQ_KEY_PREFIX``, or ``{hl0}``."""
    return os.environ.get("RQ_KEY_PREFIX", DEFAULT_PREFIX)


def shard_prefix(first: str, shard: int) -> str:
    """Return the prefix of a shard: with ``{hl0}`` for shard 0, shard 3 has ``{hl3}``.

    Args:
        first: the prefix of shard 0.
        shard: the number of the shard.

    Raises:
        ValueError: the shard is not the first and ``first`` does not end in ``0}``.
    """
    if shard == 0:
        return first
    if not first.endswith("0}"):
        raise ValueError(f"with several shards the first key prefix ends in 0}}, unlike {first}")
    return f"{first.removesuffix('0}')}{shard}}}"


def lane_name(kind: str, owner: str) -> str:
    """Return the name of an owner's lane.

    Raises:
        ValueError: the owner is empty or has a colon, with which two owners could share a key.
    """
    if not owner or ":" in owner:
        raise ValueError(f"the owner of a lane is a text without a colon, not {owner!r}")
    return f"{kind}:{owner}"


class RedisKeys(msgspec.Struct, frozen=True):
    """The key names of one shard. ``kind`` is the kind of the lanes, for instance ``mail``."""

    prefix: str

    # Keys of RQ.

    def job(self, job_id: str) -> str:
        """Hash: one job."""
        return f"{self.prefix}:job:{job_id}"

    def queues(self) -> str:
        """Set: the keys of all queues that have jobs."""
        return f"{self.prefix}:queues"

    def queue(self, lane: str) -> str:
        """List: the job ids of a lane."""
        return f"{self.prefix}:queue:{lane}"

    def finished(self, lane: str) -> str:
        """Sorted set: the finished jobs of a lane, by when their results expire (s)."""
        return f"{self.prefix}:finished:{lane}"

    def failed(self, lane: str) -> str:
        """Sorted set: the dead letters of a lane, by when they expire (s)."""
        return f"{self.prefix}:failed:{lane}"

    def results(self, job_id: str) -> str:
        """Stream: the results of a job."""
        return f"{self.prefix}:results:{job_id}"

    # Keys of the lanes.

    def ring(self, kind: str) -> str:
        """Sorted set: the lanes ready to be served, by turn."""
        return f"{self.prefix}:ring:{kind}"

    def leases(self, kind: str) -> str:
        """Sorted set: the leased lanes, by when the lease expires (ms)."""
        return f"{self.prefix}:leases:{kind}"

    def delayed(self, kind: str) -> str:
        """Sorted set: the lanes delayed by a retry, by when they are due (ms)."""
        return f"{self.prefix}:delayed:{kind}"

    def crashes(self, kind: str) -> str:
        """Hash: suspect lanes to how many leases of each in a row expired without a settle."""
        return f"{self.prefix}:crashes:{kind}"

    def dead(self, kind: str) -> str:
        """Sorted set: the ids of dead letters, by when they became dead letters (ms)."""
        return f"{self.prefix}:dead:{kind}"

    def drains(self, kind: str) -> str:
        """Sorted set: the running drains, by when they stop counting as running (ms)."""
        return f"{self.prefix}:drains:{kind}"

    def shard(self) -> str:
        """Hash: the number of shards, and what operators have paused (see ``admin``)."""
        return f"{self.prefix}:shard"

    def gates(self) -> str:
        """Hash: gate ids to when each closes (ms, 0 for never, negative if it was closed then)."""
        return f"{self.prefix}:gates"

    def gate_fences(self) -> str:
        """Hash: gate ids to the fence of the newest change of each."""
        return f"{self.prefix}:gate_fences"

    def gate_versions(self) -> str:
        """Hash: gate ids to the versions of their subjects that jobs must be based on."""
        return f"{self.prefix}:gate_versions"

    def gate_rates(self) -> str:
        """Hash: gate ids to the rates of their groups, ``<count>/<ms>:<group>``."""
        return f"{self.prefix}:gate_rates"

    def gate_rules(self, gate: str, version: str) -> str:
        """String: what jobs must satisfy that are based on a version of the subject of a gate."""
        return f"{self.prefix}:rules:{gate}:{version}"

    def logs(self) -> str:
        """Set: the names of the logs with entries."""
        return f"{self.prefix}:logs"

    def log(self, name: str) -> str:
        """List: the entries of a log."""
        return f"{self.prefix}:log:{name}"

    def log_offsets(self) -> str:
        """Hash: names of logs to how many entries of each were trimmed, and heads of logs."""
        return f"{self.prefix}:log_offsets"

    def revocation(self, lane: str, credential: str = "") -> str:
        """String: exists while a credential of the lane's owner, or every one, is revoked."""
        return f"{self.prefix}:revoked:{lane}" + (f":{credential}" if credential else "")

    def sweep(self, kind: str) -> str:
        """String, in shard 0: the shard with which the next sweep begins to reconcile."""
        return f"{self.prefix}:sweep:{kind}"

    def reconciler(self, kind: str) -> str:
        """String: the progress of the reconciler, as JSON."""
        return f"{self.prefix}:reconciler:{kind}"
