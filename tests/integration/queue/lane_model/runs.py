"""Run the steps of a state machine: as many as wanted, or until one fails."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Iterable, Sequence

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.queue.lane_model.protocol import Protocol

STEPS_OF_AN_EXAMPLE = 50

type Machine = type[Protocol]


def run(machine: Machine, seed_number: int, steps: int, phases: Sequence[Phase]) -> None:
    """Run about so many steps, and more to shrink a failure if the phases have that."""
    run_state_machine_as_test(
        seed(seed_number)(machine),
        settings=settings(
            max_examples=-(-steps // STEPS_OF_AN_EXAMPLE),
            # One more, because hypothesis counts the initialization as a step.
            stateful_step_count=STEPS_OF_AN_EXAMPLE + 1,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.normal,
            phases=phases,
        ),
    )


def run_steps(machine: Machine, steps: int, variable: str) -> None:
    """Run steps: the same ones in each run, or, if the variable is set, so many random ones."""
    configured = os.environ.get(variable)
    wanted = int(configured or steps)
    first_seed = secrets.randbelow(2**32) if configured else 0
    machine.steps = 0
    # Hypothesis may end an example early, and skips repeated ones, so run again for missing steps.
    for run_number in itertools.count():
        run(machine, first_seed + run_number, wanted - machine.steps, tuple(Phase))
        if machine.steps >= wanted:
            break
    print(f"{machine.steps} steps, from seed {first_seed} on")
    assert machine.steps >= wanted


def run_some_seeds(machine: Machine, steps: int, seeds: Iterable[int]) -> None:
    """Run the steps of several seeds, without shrinking, until one fails.

    Hypothesis draws other steps when the code changes, so one seed may miss a rare mistake.
    """
    machine.steps = 0
    for seed_number in seeds:
        run(machine, seed_number, steps, [Phase.generate])
