"""A simulated candidate who applies and withdraws, on real stores.

A plan is a list of random steps. ``Simulation`` carries them out and records the answers of the
API. ``Simulation.settle_down`` lets all jobs finish, and checks the promises (promises.py).
"""

# ruff: noqa: S311 - the random numbers protect nothing

from __future__ import annotations

import random
from collections import Counter

from chalicelib.bootstrap.container import Container
from tests.integration.recruiting.candidate_simulation.candidate_steps import CandidateSteps
from tests.integration.recruiting.candidate_simulation.plan import Step
from tests.integration.recruiting.candidate_simulation.promises import PromiseChecker
from tests.integration.recruiting.candidate_simulation.store_steps import StoreSteps
from tests.integration.recruiting.candidate_simulation.worker_steps import WorkerSteps
from tests.integration.recruiting.equations import COLLECTIONS, check_equation


class Simulation(CandidateSteps, WorkerSteps, StoreSteps):
    """A simulation with one candidate and two postings."""

    def settle_down(self, pick: int) -> None:
        """Let all jobs finish, and check the stores."""
        shuffler = random.Random(pick)
        for _ in range(20):
            self._expire_leases()
            self.do(Step("work"))
            dead = [one.id for one in self.dead_letters.newest()]
            if not dead:
                break
            if pick % 3 == 0:
                self.do(Step("redrive_all"))
            else:
                self.do(Step("redrive", shuffler.randrange(100)))
                if pick % 3 == 1:
                    continue
                self.do(Step("work"))
        self.do(Step("read"))
        PromiseChecker(self).check()
        if not self.memory_losses:
            sent = Counter(one.posting for one in self.applications.values())
            for posting in self.postings:
                check_equation(self.parts, posting, accepted=sent[posting])


def simulate(parts: Container, steps: list[Step], every: int = 25, pick: int = 0) -> Simulation:
    """Carry out a plan on empty stores, and check the stores after some steps and at the end."""
    parts.redis.flushall()
    for name in ("applications", "accounts", "postings", *COLLECTIONS):
        parts.database[name].delete_many({})
    parts.equation.checker.begin()
    run = Simulation(parts)
    for number, step in enumerate(steps, 1):
        run.do(step)
        if number % every == 0:
            run.settle_down(pick + number)
    run.settle_down(pick)
    return run
