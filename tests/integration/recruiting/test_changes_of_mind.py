"""Candidates who change their minds, by chance; see minds.py for what is promised to them.

``HIRELANE_MIND_SEEDS=1000`` carries out as many plans of each kind.
"""

from __future__ import annotations

import os

import pytest

from chalicelib.bootstrap.container import Services
from tests.integration.recruiting.minds import carry_out, plan

SEEDS = int(os.environ.get("HIRELANE_MIND_SEEDS", "25"))
# What only an operator, or the loss of a store, brings about.
FAULTS = ("give_up", "forget", "flush", "flush_idle", "discard", "withdraw_without_mongodb")


@pytest.fixture(autouse=True)
def nobody_is_woken(parts: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan says who works, and when."""
    monkeypatch.setattr(parts.accepting, "_wake", lambda wake: None)
    vars(parts)["wake"] = lambda wake: None


def test_workers_are_killed_and_stall_and_calls_overlap(parts: Services) -> None:
    for seed in range(SEEDS):
        carry_out(parts, plan(seed, 40, without=FAULTS), pick=seed)


def test_jobs_are_given_up_and_the_queue_forgets(parts: Services) -> None:
    for seed in range(SEEDS):
        carry_out(parts, plan(seed, 25), pick=seed)
