"""Rules of the pipeline: what a command does with an application in its present state."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.recruiting.pipeline.jobs import CommandKind
from chalicelib.recruiting.postings.stages import StageKind

if TYPE_CHECKING:
    from chalicelib.recruiting.pipeline.jobs import Command
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.postings.stages import Stage

# An application with more changes than this is no honest one, and its document would not stop
# growing.
MAX_EVENTS = 1000


class Refusal(StrEnum):
    """Why a command was not carried out."""

    WITHDRAWN = "withdrawn"
    STAGE_CHANGED = "stage_changed"
    UNKNOWN_STAGE = "unknown_stage"
    SAME_STAGE = "same_stage"
    ALREADY_DECIDED = "already_decided"
    NOT_DECIDED = "not_decided"
    TOO_MANY_CHANGES = "too_many_changes"
    APPLICATION_DELETED = "application_deleted"
    ACCOUNT_DELETED = "account_deleted"


class Transition(NamedTuple):
    """The kind of the event, and the stage that the application enters, or stays in."""

    kind: str
    stage: Stage


class PipelineState(NamedTuple):
    """The state of an application that commands depend on.

    Args:
        stage: the id of its stage.
        withdrawn: whether the candidate withdrew it.
        decided_in: the id of the stage in which it was rejected or hired; empty if it never was.
        version: how many events it has.
    """

    stage: str
    withdrawn: bool
    decided_in: str
    version: int

    def enter(self, transition: Transition) -> PipelineState:
        """Return the state after a transition."""
        is_decision = transition.stage.kind is not StageKind.OPEN
        return self._replace(
            stage=transition.stage.id,
            decided_in=self.stage if is_decision else self.decided_in,
            version=self.version + 1,
        )


def decide(
    kind: CommandKind, command: Command, state: PipelineState, pipeline: PostingPipeline
) -> Transition | Refusal:
    """Return what a command does with an application, or why it does nothing."""
    if state.withdrawn:
        return Refusal.WITHDRAWN
    if command.expected_stage != state.stage:
        return Refusal.STAGE_CHANGED
    if state.version >= MAX_EVENTS:
        return Refusal.TOO_MANY_CHANGES
    is_decided = pipeline.kind_of(state.stage) is not StageKind.OPEN
    if kind is CommandKind.REINSTATE:
        if not is_decided:
            return Refusal.NOT_DECIDED
        former = pipeline.find_stage(state.decided_in)
        if former is None or former.kind is not StageKind.OPEN:
            former = pipeline.first_stage
        return Transition("reinstated", former)
    if is_decided:
        return Refusal.ALREADY_DECIDED
    if kind is CommandKind.REJECT:
        return Transition("rejected", pipeline.stage_of_kind(StageKind.REJECTED))
    if kind is CommandKind.HIRE:
        return Transition("hired", pipeline.stage_of_kind(StageKind.HIRED))
    if kind is CommandKind.PROPOSE_HIRE:
        present = pipeline.find_stage(state.stage)
        return Transition("hire_proposed", present) if present else Refusal.UNKNOWN_STAGE
    target = pipeline.find_stage(command.stage)
    if target is None or target.kind is not StageKind.OPEN:
        return Refusal.UNKNOWN_STAGE
    return Refusal.SAME_STAGE if target.id == state.stage else Transition("moved", target)


def state_of(document: dict[str, Any], events: list[dict[str, Any]]) -> PipelineState:
    """Return the state of an application, from its document and its events."""
    decisions = (one for one in reversed(events) if one["kind"] in ("rejected", "hired"))
    decision = next(decisions, None)
    return PipelineState(
        document["stage"],
        "withdrawn_at" in document,
        decision["data"]["from"] if decision else "",
        len(events),
    )
