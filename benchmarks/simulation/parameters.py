"""The numbers behind a simulation: measured ones, quotas of AWS, and assumptions."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from benchmarks.cost.model import MB_OF_A_CORE, SES_SECONDS, STORE_WAIT_SECONDS, USAGE


@dataclass(frozen=True)
class Parameters:
    """What is simulated; times in seconds.

    Args:
        redis_accept: Time of a primary's processor for an accept.
        redis_drain: The same for storing an application and sending its e-mail.
        store_wait: How long a script waits for the durable log.
        api_seconds: Time of an API environment for a request that applies.
        worker_seconds: Processor time of the workers for an application.
        mongodb_a_second: Documents that MongoDB stores in a second.
        mongodb_wait: Latency of an insert.
        primaries: Primaries of the cluster.
        shards: Shards (``HIRELANE_SHARDS``), spread evenly over the primaries.
        max_drains: Drains of a shard at once (``Limits.max_drains``).
        start: How long an environment takes to start.
        environments_a_second: New environments of a function in a second.
        concurrency: Environments of the account.
        requests_a_second: What API Gateway lets through.
        emails_a_second: What SES accepts.
        cores: Processors that all functions share; 0 for one for each, as on Lambda.
    """

    redis_accept: float
    redis_drain: float
    api_seconds: float
    worker_seconds: float
    store_wait: float = STORE_WAIT_SECONDS
    mongodb_a_second: float = 5_000.0
    mongodb_wait: float = 0.01
    primaries: int = 1
    shards: int = 1
    max_drains: int = 4
    lanes_per_drain: int = 50
    batch: int = 100
    start: float = 1.0
    environments_a_second: float = 100.0
    concurrency: int = 1_000
    requests_a_second: float = 10_000.0
    emails_a_second: float = 14.0
    email_seconds: float = SES_SECONDS
    retry: float = 5.0
    cores: int = 0


@dataclass(frozen=True)
class Burst:
    """Requests that arrive at a constant rate, and an outage of MongoDB."""

    a_second: float
    seconds: float
    mongodb_stops: float = 0.0
    mongodb_returns: float = 0.0


def measured() -> Parameters:
    """Return what one application costs on Lambda, by the measured use (benchmarks/cost)."""
    usage = json.loads(USAGE.read_text())
    accepting, draining = usage["accepting"], usage["draining"]
    share = 1024 / MB_OF_A_CORE
    return Parameters(
        redis_accept=accepting["redis_cpu_us"] / 1e6,
        redis_drain=draining["redis_cpu_us"] / 1e6,
        api_seconds=accepting["process_cpu_us"] / 1e6 / share + STORE_WAIT_SECONDS,
        worker_seconds=draining["process_cpu_us"] / 1e6 / share,
    )


def this_machine() -> Parameters:
    """Return the same without Lambda: one process on one core, with local stores."""
    usage = json.loads(USAGE.read_text())
    accepting, draining = usage["accepting"], usage["draining"]
    return replace(
        measured(),
        api_seconds=accepting["process_cpu_us"] / 1e6,
        worker_seconds=draining["process_cpu_us"] / 1e6,
        store_wait=0.001,
        start=0.0,
        environments_a_second=1e6,
        emails_a_second=1e6,
        mongodb_a_second=1e6,
        cores=1,
    )
