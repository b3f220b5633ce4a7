"""The simulation of bursts loses nothing, repeats itself, and is what the page shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.simulation.parameters import Burst, Parameters
from benchmarks.simulation.report import BEGIN, tables
from benchmarks.simulation.scenarios import validations
from benchmarks.simulation.simulate import simulate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
PARAMETERS = Parameters(
    redis_accept=0.0002, redis_drain=0.0003, api_seconds=0.01, worker_seconds=0.005, shards=4
)


def test_each_accepted_application_is_stored() -> None:
    for burst in (Burst(50, 5), Burst(50, 5, mongodb_stops=1, mongodb_returns=4)):
        result = simulate(PARAMETERS, burst)
        assert result.offered == result.accepted == result.stored == 250
        assert result.refused == 0
        assert simulate(PARAMETERS, burst) == result


def test_overloaded_primary_refuses_and_loses_nothing() -> None:
    slow = replace(PARAMETERS, redis_accept=0.002, emails_a_second=1000)
    result = simulate(slow, Burst(1000, 3))
    assert result.refused > 0
    assert result.accepted == result.stored == 3000
    assert 0.9 < result.busiest_primary <= 1.0


def test_outage_delays_and_more_shards_help() -> None:
    usual = simulate(PARAMETERS, Burst(300, 10))
    outage = simulate(PARAMETERS, Burst(300, 10, mongodb_stops=5, mongodb_returns=10))
    assert outage.drained_after > usual.drained_after
    one = replace(PARAMETERS, shards=1, worker_seconds=0.02)
    few, many = (simulate(replace(one, shards=n), Burst(300, 10)) for n in (1, 8))
    assert many.oldest_wait < few.oldest_wait


def test_page_shows_the_simulated_times() -> None:
    results = [(one, simulate(one.parameters, one.burst)) for one in validations()]
    measured, _, _ = tables(results).partition("\n\n")
    assert measured in PAGE.read_text().partition(BEGIN)[2]
