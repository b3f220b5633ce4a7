"""Steps of workers, which may stall or be killed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from chalicelib.queue.worker import Claim, Dead, Retry
from tests.integration.recruiting.candidate_simulation.plan import Step
from tests.integration.recruiting.candidate_simulation.state import SimulationState
from tests.integration.recruiting.candidates import drain_applications, settle
from tests.integration.recruiting.killer import Killed, killer_database
from tests.support.job_handler import make_job_handler


class WorkerSteps(SimulationState):
    """What workers do."""

    def do_work(self, step: Step) -> None:
        self._work(lambda: drain_applications(self.parts))

    def do_work_some(self, step: Step) -> None:
        """A worker handles the first jobs of a claim, and returns the others."""

        def handle_some() -> None:
            held = self.leases.claim("drain")
            jobs = held.jobs[: 1 + step.which % 3]
            outcomes = self.parts.recruiting.job_handler.handle(jobs)
            self._settle(held, [*outcomes, *[Retry("by the test", 0, counts=False)] * 99])

        self._work(handle_some)

    def do_dead_letter(self, step: Step) -> None:
        """One of the first jobs is dead-lettered; the jobs before it are handled."""

        def dead_letter() -> None:
            held = self.leases.claim("drain")
            index = step.more % 3 if step.more > 3 else 0
            outcomes = self.parts.recruiting.job_handler.handle(held.jobs[:index])
            if len(held.jobs) > index:
                self._record_dead_letter(held.jobs[index].id)
            others = [Retry("-", 0, counts=False)] * 99
            self._settle(held, [*outcomes, Dead("by the test"), *others])

        self._work(dead_letter)

    def _settle(self, held: Claim, outcomes: list[Any]) -> None:
        if held.lanes:
            settle(self.parts, held, outcomes)

    def do_kill(self, step: Step) -> None:
        """A worker is killed before one of its writes, or before it settles."""
        held = self.leases.claim("drain")
        handler = make_job_handler(killer_database(self.parts.database, step.which % 5))
        with suppress(Killed, RuntimeError):
            handler.handle(held.jobs)
        self._expire_leases()

    def do_stall(self, step: Step) -> None:
        """A worker stalls until its lease has expired, and then continues."""
        held = self.leases.claim("stalled")
        self._expire_leases()
        for other in step.meanwhile:
            self.do(other)
        with suppress(RuntimeError):
            self._work(
                lambda: self._settle(held, self.parts.recruiting.job_handler.handle(held.jobs))
            )
