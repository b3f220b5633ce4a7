"""The commands of a bulk operation. Their ids are derived from operation and application."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from chalicelib.recruiting.bulk.models import MoveAction
from chalicelib.recruiting.pipeline.jobs import Command, CommandKind, RejectionEmail

if TYPE_CHECKING:
    from chalicelib.recruiting.bulk.models import Action
    from chalicelib.recruiting.bulk.repository import Item, StoredOperation


def command_kind(action: Action) -> CommandKind:
    """Return what the commands of an action do."""
    return CommandKind.MOVE if isinstance(action, MoveAction) else CommandKind.REJECT


def command_id(operation_id: str, application_id: str) -> str:
    """Return the id of the command for an application (a UUID version 5, RFC 9562)."""
    return str(uuid.uuid5(uuid.UUID(operation_id), application_id))


def make_command(
    action: Action, item: Item, candidate_id: str, operation: StoredOperation | None = None
) -> Command:
    """Return the command for an application of an operation.

    Args:
        action: what to do with the application.
        item: the application.
        candidate_id: its candidate.
        operation: the operation; None for a preview, whose commands are never sent.
    """
    stage, reason, email = "", "", None
    if isinstance(action, MoveAction):
        stage = action.stage
    else:
        reason = action.reason
        if action.send_email and not (operation and operation.emails_cancelled):
            email = RejectionEmail(action.message, action.send_after_minutes)
    return Command(
        command_id=command_id(operation.id, item.application_id) if operation else "",
        employer_id=operation.employer_id if operation else "",
        actor=operation.actor if operation else "",
        candidate_id=candidate_id,
        posting_id=operation.posting_id if operation else "",
        application_id=item.application_id,
        expected_stage=item.expected_stage,
        stage=stage,
        reason=reason,
        email=email,
    )
