"""Steps of operators and of time: dead letters, expiry, and the loss of Redis's memory."""

from __future__ import annotations

from tests.integration.recruiting.candidate_simulation.plan import Step
from tests.integration.recruiting.candidate_simulation.state import SimulationState


class StoreSteps(SimulationState):
    """What operators do, and what happens to the data in Redis."""

    def do_redrive(self, step: Step) -> None:
        ids = [one.id for one in self.dead_letters.newest()]
        if ids:
            self._note(f": {ids[step.which % len(ids)]}")
            self.dead_letters.redrive([ids[step.which % len(ids)]])

    def do_redrive_all(self, step: Step) -> None:
        self.dead_letters.redrive_all()

    def do_discard(self, step: Step) -> None:
        ids = [one.id for one in self.dead_letters.newest()]
        if ids:
            one = ids[step.which % len(ids)]
            self._note(f": {one}")
            self.dead_letters.discard([one])
            self._record_loss([one])

    def do_forget(self, step: Step) -> None:
        """Thirty days pass: deduplication keys, idempotency keys and results expire."""
        self._forget("once:applications:*", "key:*")
        self._forget_results()
        self.memory_losses.append(self.tick())

    def do_forget_results(self, step: Step) -> None:
        """A day passes: idempotency keys and results expire."""
        self._forget("key:*")
        self._forget_results()

    def _forget(self, *patterns: str) -> None:
        for pattern in patterns:
            for key in self.redis.scan_iter("{hl0}:" + pattern):
                self.redis.delete(key)
        self.answers.clear()

    def _forget_results(self) -> None:
        lane = self.lanes.lane_name(self.candidate)
        for job in self.redis.zrange("{hl0}:finished:" + lane, 0, -1):
            self.redis.delete(self.lanes.keys.job(job.decode()))
        self.redis.delete("{hl0}:finished:" + lane)

    def do_flush(self, step: Step) -> None:
        """Redis loses its memory, with the waiting jobs."""
        contents = self.lanes.contents(self.candidate)
        self._record_loss([*contents.waiting, *contents.dead])
        self.redis.flushall()
        self.answers.clear()
        self.memory_losses.append(self.tick())

    def do_flush_idle(self, step: Step) -> None:
        """Redis loses its memory while no job waits."""
        contents = self.lanes.contents(self.candidate)
        if not contents.waiting and not contents.dead:
            self.do_flush(step)
