"""Jobs of employers' commands, in the lanes of candidates: their functions, ids and arguments.

All three are stored in Redis, so they must stay readable for jobs of earlier versions.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from chalicelib.recruiting.pipeline.postings import PostingPipeline

_PREFIX = "command-"


class CommandKind(StrEnum):
    """What an employer's command does with an application."""

    MOVE = "move"
    REJECT = "reject"
    REINSTATE = "reinstate"
    HIRE = "hire"
    PROPOSE_HIRE = "propose_hire"


FUNCTIONS = {kind: f"chalicelib.jobs.{kind.value}_application" for kind in CommandKind}
FUNCTIONS[CommandKind.PROPOSE_HIRE] = "chalicelib.jobs.propose_hire"
KINDS = {function: kind for kind, function in FUNCTIONS.items()}


class RejectionEmail(msgspec.Struct, frozen=True):
    """The e-mail of a rejection.

    Args:
        message: the text of the employer; empty for Hirelane's own text.
        delay_minutes: how long after the rejection it is sent.
        title: the title of the posting, as the e-mail shows it; empty if an earlier version stored
            the e-mail.
        employer: the name of the employer, likewise.
    """

    message: str = ""
    delay_minutes: int = 0
    title: str = ""
    employer: str = ""

    def complete(self, pipeline: PostingPipeline) -> RejectionEmail:
        """Return the e-mail; with the present title and employer if it has none."""
        if self.title:
            return self
        return msgspec.structs.replace(self, title=pipeline.title, employer=pipeline.employer)


class CommandRequest(msgspec.Struct, frozen=True):
    """A command of a member; the fields are those of ``Command``."""

    kind: CommandKind
    expected_stage: str
    stage: str = ""
    reason: str = ""
    email: RejectionEmail | None = None
    reason_id: str = ""


class Command(msgspec.Struct, frozen=True):
    """The arguments of a job that carries out a command.

    Args:
        command_id: the id of the command.
        employer_id: the employer whose member sent it.
        actor: the account of that member.
        candidate_id: the candidate, who owns the lane.
        posting_id: the posting of the application.
        application_id: the application.
        expected_stage: the stage in which the member saw the application.
        stage: the stage to move to; empty for other commands.
        reason: why the employer rejects, in words, for its members only.
        email: the e-mail of a rejection, or None for none.
        reason_id: the id of the reason; empty for none.
    """

    command_id: str
    employer_id: str
    actor: str
    candidate_id: str
    posting_id: str
    application_id: str
    expected_stage: str
    stage: str = ""
    reason: str = ""
    email: RejectionEmail | None = None
    reason_id: str = ""


def command_job_id(command_id: str) -> str:
    """Return the id of the job of a command. It is no bare id, as that of an application is."""
    return f"{_PREFIX}{command_id}"


def command_id_of(job_id: str) -> str:
    """Return the id of the command of a job."""
    return job_id.removeprefix(_PREFIX)
