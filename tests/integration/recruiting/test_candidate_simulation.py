"""Random simulations of a candidate; candidate_simulation.py lists the promises that they check.

``HIRELANE_SIMULATIONS=1000`` runs as many plans of each kind.
"""

from __future__ import annotations

import os

import pytest

from chalicelib.bootstrap.container import Services
from tests.integration.recruiting.candidate_simulation import random_plan, simulate
from tests.support.lanes import RecordingWaker

SEEDS = int(os.environ.get("HIRELANE_SIMULATIONS", "25"))
# Steps that only an operator or a lost store causes.
FAULTS = ("dead_letter", "forget", "flush", "flush_idle", "discard", "withdraw_without_mongodb")


@pytest.fixture(autouse=True)
def no_worker_is_woken(parts: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wake no worker: the plan says when one works."""
    monkeypatch.setattr(parts.accepting, "_waker", RecordingWaker())
    vars(parts)["waker"] = RecordingWaker()


def test_promises_hold_while_workers_are_killed_and_stall(parts: Services) -> None:
    for seed in range(SEEDS):
        simulate(parts, random_plan(seed, 40, without=FAULTS), pick=seed)


def test_promises_hold_while_jobs_and_queue_data_are_lost(parts: Services) -> None:
    for seed in range(SEEDS):
        simulate(parts, random_plan(seed, 25), pick=seed)
