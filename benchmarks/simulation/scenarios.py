"""The scenarios of the scale plan, and two that were measured, to see how well it fits."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from benchmarks.cost.model import USAGE
from benchmarks.simulation.parameters import Burst, Parameters, measured, this_machine


@dataclass(frozen=True)
class Scenario:
    """A burst on an installation.

    Args:
        name: Its name in the table.
        parameters: The installation.
        burst: The burst.
        measured: When the last application was stored in reality; empty if it was not tried.
    """

    name: str
    parameters: Parameters
    burst: Burst
    measured: str = ""


def scenarios() -> list[Scenario]:
    """Return the scenarios of the scale plan."""
    delivered = replace(measured(), shards=64, emails_a_second=14)
    prepared = replace(
        measured(),
        shards=64,
        primaries=8,
        requests_a_second=20_000,
        concurrency=3_000,
        mongodb_a_second=20_000,
        emails_a_second=1_000,
    )
    return [
        Scenario("100 a second for 10 minutes, small set-up", delivered, Burst(100, 600)),
        Scenario("1,000 a second for a minute, small set-up", delivered, Burst(1_000, 60)),
        Scenario("10,000 a second for a minute, small set-up", delivered, Burst(10_000, 60)),
        Scenario("10,000 a second for a minute, prepared", prepared, Burst(10_000, 60)),
        Scenario(
            "the same, and MongoDB is down from 20 s to 50 s",
            prepared,
            Burst(10_000, 60, mongodb_stops=20, mongodb_returns=50),
        ),
        Scenario(
            "the same without an outage, with 4 primaries",
            replace(prepared, primaries=4),
            Burst(10_000, 60),
        ),
    ]


def validations() -> list[Scenario]:
    """Return the scenarios that were measured."""
    usage = json.loads(USAGE.read_text())
    number = usage["applications"]["at_once"]
    at_once = replace(
        this_machine(), api_seconds=0.0, redis_accept=0.0, requests_a_second=1e9, cores=1
    )
    seconds = usage["draining"]["seconds"]
    return [
        Scenario(
            f"{number:,} waiting, drained by one process",
            at_once,
            Burst(number * 10, 0.1),
            f"{seconds:.0f} s",
        ),
        # The deadline was 10 s before the end, in the middle of the outage.
        Scenario(
            "4,552 people within 110 s, MongoDB down from 100 s to 120 s",
            replace(at_once, mongodb_wait=0.05),
            Burst(4552 / 110, 110, mongodb_stops=100, mongodb_returns=120),
            "at most 139 s",
        ),
    ]
