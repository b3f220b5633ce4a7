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


@dataclass(frozen=True, slots=True)
class Keys:
    """The key names of one shard. ``kind`` is a family of lanes (``applications``, ``mail``)."""

    prefix: str

    # RQ's keys.

    def job(self, job_id: str) -> str:
        """Hash of one job."""
        return f"{self.prefix}:job:{job_id}"

    # The lanes' keys.

    def ring(self, kind: str) -> str:
        """Sorted set of the lanes ready to be served, scored by turn."""
        return f"{self.prefix}:ring:{kind}"

    def delayed(self, kind: str) -> str:
        """Sorted set of the lanes held back by a retry, scored by when they are due (ms)."""
        return f"{self.prefix}:delayed:{kind}"

    def drains(self, kind: str) -> str:
        """Sorted set of the running drains, scored by when they count as dead (ms)."""
        return f"{self.prefix}:drains:{kind}"

    def gates(self) -> str:
        """Hash of what is open to be accepted: gate id to closing time (ms, 0 for never)."""
        return f"{self.prefix}:gates"
