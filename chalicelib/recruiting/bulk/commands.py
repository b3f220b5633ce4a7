"""The commands of a bulk operation. Their ids are derived from operation and application."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from chalicelib.recruiting.bulk.models import MoveAction
from chalicelib.recruiting.pipeline.applicants import Viewer
from chalicelib.recruiting.pipeline.command_service import new_command
from chalicelib.recruiting.pipeline.jobs import CommandKind, CommandRequest

if TYPE_CHECKING:
    from chalicelib.recruiting.bulk.documents import Item, StoredOperation
    from chalicelib.recruiting.bulk.models import Action
    from chalicelib.recruiting.pipeline.jobs import Command
    from chalicelib.recruiting.pipeline.postings import PostingPipeline


def command_kind(action: Action) -> CommandKind:
    """Return the kind of the commands of an action."""
    return CommandKind.MOVE if isinstance(action, MoveAction) else CommandKind.REJECT


def command_id(operation_id: str, application_id: str) -> str:
    """Return the id of the command for an application (a UUID version 5, RFC 9562)."""
    return str(uuid.uuid5(uuid.UUID(operation_id), application_id))


def make_command(
    operation: StoredOperation, item: Item, candidate_id: str, name: str, pipeline: PostingPipeline
) -> Command:
    """Return the command for an application of an operation.

    Args:
        operation: the operation.
        item: the application.
        candidate_id: its candidate.
        name: the name of the candidate, which the e-mail may contain.
        pipeline: the posting.
    """
    if operation.plan:
        plan = msgspec.structs.replace(operation.plan, expected_stage=item.expected_stage)
        request = plan.command(pipeline, name)
    else:
        stage = getattr(operation.action, "stage", "")
        request = CommandRequest(CommandKind.MOVE, item.expected_stage, stage)
    document = {
        "_id": item.application_id,
        "candidate_id": candidate_id,
        "posting_id": operation.posting_id,
    }
    viewer = Viewer(operation.employer_id, operation.actor, only_team=False)
    return msgspec.structs.replace(
        new_command(viewer, document, request),
        command_id=command_id(operation.id, item.application_id),
    )
