"""Two-sided model: candidates and recruiters change the same applications while workers die.

``HIRELANE_TWO_SIDED_STEPS=10000`` runs that many steps, as ``make nightly`` does.
"""

from __future__ import annotations

import os
import secrets

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.bootstrap.container import Container
from tests.integration.recruiting.pipelines import publish_for_employer
from tests.integration.recruiting.two_sided.bulk import TwoSidedWithBulk
from tests.support.lanes import RecordingWaker

STEPS_OF_AN_EXAMPLE = 40


def test_state_is_that_of_the_last_valid_command(parts: Container) -> None:
    configured = os.environ.get("HIRELANE_TWO_SIDED_STEPS")
    steps = int(configured or 200)
    first_seed = secrets.randbelow(2**32) if configured else 0
    parts.override(waker=RecordingWaker())
    TwoSidedWithBulk.parts = parts
    TwoSidedWithBulk.postings = tuple(publish_for_employer(parts, emails=True) for _ in range(2))
    print(f"seed {first_seed}")
    run_state_machine_as_test(
        seed(first_seed)(TwoSidedWithBulk),
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
