"""Two-sided model: candidates, recruiters and operators work while workers and the store fail.

``HIRELANE_TWO_SIDED_STEPS=10000`` runs that many steps, as ``make nightly`` does.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.bootstrap.container import Container
from chalicelib.queue import Shards
from chalicelib.recruiting.applicant_index import indexer
from chalicelib.recruiting.bulk import progress
from chalicelib.recruiting.postings import gate_reconciler
from tests.integration.recruiting.pipelines import publish_for_employer
from tests.integration.recruiting.two_sided.operators import TwoSidedWithOperators
from tests.support.lanes import RecordingWaker

STEPS_OF_AN_EXAMPLE = 40


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing that is in flight, because nothing is, and index every application."""
    monkeypatch.setattr(gate_reconciler, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "_USUAL_WAIT", timedelta())
    monkeypatch.setattr(indexer, "LEAST_WAITING", 1)


def test_state_is_that_of_the_last_valid_command(parts: Container) -> None:
    configured = os.environ.get("HIRELANE_TWO_SIDED_STEPS")
    steps = int(configured or 200)
    first_seed = secrets.randbelow(2**32) if configured else 0
    parts.override(waker=RecordingWaker())
    # The rate limits would refuse most amendments.
    parts.recruiting.override(lanes=Shards(parts.redis, "applications"))
    TwoSidedWithOperators.parts = parts
    TwoSidedWithOperators.postings = tuple(
        publish_for_employer(parts, emails=True) for _ in range(2)
    )
    print(f"seed {first_seed}")
    run_state_machine_as_test(
        seed(first_seed)(TwoSidedWithOperators),
        settings=settings(
            max_examples=-(-steps // STEPS_OF_AN_EXAMPLE),
            stateful_step_count=STEPS_OF_AN_EXAMPLE,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            # Shrinking a failure takes minutes.
            phases=[Phase.generate],
        ),
    )
    print(dict(sorted(TwoSidedWithOperators.seen.items())))
