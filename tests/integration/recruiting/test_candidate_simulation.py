"""Random plans of applications and withdrawals; candidate_simulation/promises.py has the promises.

``HIRELANE_SIMULATIONS=1000`` runs 1000 plans of each kind.
"""

from __future__ import annotations

import os

import pytest

from chalicelib.bootstrap.container import Container
from tests.integration.recruiting.candidate_simulation.plan import random_plan
from tests.integration.recruiting.candidate_simulation.simulation import simulate
from tests.support.lanes import RecordingWaker

SEEDS = int(os.environ.get("HIRELANE_SIMULATIONS", "12"))
# Only an operator, or the loss of a store, causes these.
FAULTS = ("dead_letter", "forget", "flush", "flush_idle", "discard", "withdraw_without_mongodb")


@pytest.fixture(autouse=True)
def without_drains(parts: Container) -> None:
    """Wake no drain, because the plan decides when a worker runs."""
    parts.override(waker=RecordingWaker())


def test_promises_hold_when_workers_die_and_calls_overlap(parts: Container) -> None:
    for seed in range(SEEDS):
        simulate(parts, random_plan(seed, 40, without=FAULTS), pick=seed)


def test_promises_hold_after_dead_letters_and_memory_loss(parts: Container) -> None:
    for seed in range(SEEDS):
        simulate(parts, random_plan(seed, 25), pick=seed)
