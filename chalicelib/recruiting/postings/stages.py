"""Stages of the pipeline of a posting."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import msgspec

from chalicelib.auth.fields import Name
from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_STAGES = 20
StageId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9-]{1,36}$(?!\n)",
        description="An id of at most 36 small letters, digits and dashes",
    ),
]


class StageKind(StrEnum):
    """What a stage means for an application: it is open, or it ended in one of two ways."""

    OPEN = "open"
    HIRED = "hired"
    REJECTED = "rejected"


class Stage(msgspec.Struct, frozen=True):
    """A stage of the pipeline. The candidate sees ``candidate_words`` in place of the name.

    ``emails`` says whether candidates get an e-mail when their applications enter the stage. The
    e-mail of a rejection is a matter of each rejection.
    """

    id: str
    name: str
    candidate_words: str
    kind: StageKind
    emails: bool = False


class StageDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stage as a member writes it. A stage without an id is a new one."""

    name: Name
    candidate_words: Name
    kind: StageKind
    id: StageId | None = None
    emails: bool = False


# What every new posting starts with. Applications enter the first stage.
DEFAULT_STAGES = (
    Stage("new", "New", "Received", StageKind.OPEN),
    Stage("review", "Review", "In review", StageKind.OPEN),
    Stage("interview", "Interview", "Interviews", StageKind.OPEN),
    Stage("offer", "Offer", "Final decision", StageKind.OPEN),
    Stage("hired", "Hired", "Hired", StageKind.HIRED),
    Stage("rejected", "Rejected", "Not selected", StageKind.REJECTED),
)


def make_stages(
    drafts: Sequence[StageDraft], present: Sequence[Stage], *, in_use: bool
) -> tuple[Stage, ...]:
    """Return the stages that a member wrote, each with an id.

    Args:
        drafts: the wanted stages in their order.
        present: the stages that the posting has now.
        in_use: whether applications may be in the present stages, so that all must stay.

    Raises:
        InvalidField: the stages are not a pipeline.
    """
    # Imported here, because a cold start needs the models alone.
    from chalicelib.recruiting.texts import clean_line

    stages = tuple(
        Stage(
            one.id or new_id(),
            clean_line(one.name),
            clean_line(one.candidate_words),
            one.kind,
            one.emails,
        )
        for one in drafts
    )
    _check_pipeline(stages)
    kinds = {one.id: one.kind for one in stages}
    if in_use and any(kinds.get(one.id) is not one.kind for one in present):
        raise InvalidField(
            "stages", "Keep all stages and their kinds, because applications may be in them"
        )
    return stages


def _check_pipeline(stages: Sequence[Stage]) -> None:
    if len({one.id for one in stages}) < len(stages):
        raise InvalidField("stages", "Give each stage an id of its own")
    if stages[0].kind is not StageKind.OPEN:
        raise InvalidField("stages", "Begin with a stage of the kind open")
    for kind in (StageKind.HIRED, StageKind.REJECTED):
        if sum(one.kind is kind for one in stages) != 1:
            raise InvalidField("stages", f"Give one stage the kind {kind.value}")
