"""The expected state of applications, which workers change in the order of the lanes."""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from dataclasses import dataclass, field

OPEN = ("new", "review", "interview")


@dataclass
class Expected:
    """An application as it must be after all jobs."""

    id: str
    candidate: str
    posting: str
    stage: str = "new"
    kinds: list[str] = field(default_factory=lambda: ["accepted", "stored"])
    decided_in: str = ""

    @property
    def withdrawn(self) -> bool:
        return "withdrawn" in self.kinds

    def carry_out(self, kind: str, expected_stage: str, stage: str) -> str:
        """Carry out a command. Return why not, or an empty text."""
        if self.withdrawn:
            return "withdrawn"
        if expected_stage != self.stage:
            return "stage_changed"
        decided = self.stage not in OPEN
        if decided != (kind == "reinstate"):
            return "already_decided" if decided else "not_decided"
        if kind == "move" and stage == self.stage:
            return "same_stage"
        if kind == "move" and stage not in OPEN:
            return "unknown_stage"
        if kind == "reinstate":
            self._enter("reinstated", self.decided_in)
        elif kind == "move":
            self._enter("moved", stage)
        else:
            self.decided_in = self.stage
            self._enter(*(("rejected",) * 2 if kind == "reject" else ("hired",) * 2))
        return ""

    def _enter(self, kind: str, stage: str) -> None:
        self.kinds.append(kind)
        self.stage = stage


@dataclass
class Sent:
    """A command or a withdrawal that was accepted; ``kind`` is empty for a withdrawal."""

    application: str
    command: str = ""
    kind: str = ""
    expected_stage: str = ""
    stage: str = ""


@dataclass
class Model:
    """All applications, the accepted jobs that are not carried out, and the answers to commands."""

    applications: dict[str, Expected] = field(default_factory=dict)
    waiting: deque[Sent] = field(default_factory=deque)
    answers: dict[str, str] = field(default_factory=dict)

    def predict(self, application: Expected) -> Expected:
        """Return an application as it will be after everything that waits."""
        future = deepcopy(application)
        for sent in self.waiting:
            if sent.application == application.id:
                if sent.kind:
                    future.carry_out(sent.kind, sent.expected_stage, sent.stage)
                else:
                    future.kinds.append("withdrawn")
        return future

    def carry_out_all(self) -> None:
        """Carry out everything that waits."""
        while self.waiting:
            sent = self.waiting.popleft()
            application = self.applications[sent.application]
            if sent.kind:
                self.answers[sent.command] = application.carry_out(
                    sent.kind, sent.expected_stage, sent.stage
                )
            elif not application.withdrawn:
                application.kinds.append("withdrawn")
