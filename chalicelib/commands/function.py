"""Run commands of operators in the function `ops`, which reaches the stores of a deployment stage.

An operator needs no right but to invoke this function. Each run is recorded before it starts: in
the function's log and in the audit log. Lambda does not tell a function who invoked it, so the
record has the name that the operator's machine sent, and the id of the request, under which
CloudTrail has the identity that AWS verified.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.commands.function_connections import FunctionConnections
from chalicelib.commands.lazy_group import LazyGroup
from chalicelib.commands.runner import run_command
from chalicelib.common.observability import count
from chalicelib.common.outages import store_errors

if TYPE_CHECKING:
    from chalicelib.bootstrap.container import Container

PROGRAM = "make ops"
# Lambda returns at most 6 MB, and JSON may need six bytes for a character.
MOST_CHARACTERS = 400_000
_CUT = "\n(The output was longer, and the rest is cut.)\n"
# Ids, names of commands and options. Neither an address nor a sentence.
_RECORDED = re.compile(r"[\w{}.:=-]{1,128}")

COMMANDS = LazyGroup(
    modules={
        "queue": ("chalicelib.commands.queue", "Inspect, repair and pause the queue."),
        "accounts": ("chalicelib.commands.accounts", "Change roles and signing keys."),
        "equation": ("chalicelib.commands.equation", "Account for applications of a posting."),
        "proofs": ("chalicelib.commands.proofs", "Check that no application is gone."),
    },
    name=PROGRAM,
    help="Operate a deployment stage.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": 80},
)


class Request(msgspec.Struct, frozen=True):
    """The event of the function.

    Args:
        arguments: the command line, for instance ``["queue", "show"]``.
        caller: who runs it, as the operator's machine says.
    """

    arguments: list[str]
    caller: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What a command printed to both streams, and its exit code."""

    output: str
    errors: str
    code: int


def run(container: Container, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run a command and return what it printed.

    Args:
        container: the container of the function.
        event: the event (``Request``).
        context: Lambda's context of the invocation.
    """
    request = msgspec.convert(event, Request)
    request_id = str(context.aws_request_id)
    _record(container, request, request_id)
    output, errors = io.StringIO(), io.StringIO()
    connect = partial(
        FunctionConnections, container, lambda: context.get_remaining_time_in_millis() / 1000
    )
    try:
        with redirect_stdout(output), redirect_stderr(errors):
            code = run_command(COMMANDS, PROGRAM, request.arguments, connect)
    except Exception as error:
        # Reported only after the streams are restored, because the log is the standard output.
        # Only the type, because the text may contain personal data.
        name = type(error).__name__
        errors.write(f"The command failed with {name}; see request {request_id} in the log.\n")
        code = 1
        container.logger.error("operator command failed", error=name, exc_info=error)
        if isinstance(error, store_errors()):
            container.recovery.on_outage()
    container.logger.info("operator command ended", request_id=request_id, code=code)
    return msgspec.to_builtins(Answer(_limited(output), _limited(errors), code))  # type: ignore[no-any-return]


def _record(container: Container, request: Request, request_id: str) -> None:
    """Record a run. Continue without MongoDB, because the command may be the remedy."""
    entry = {
        "command": " ".join(map(_recorded, request.arguments)),
        "caller": request.caller,
        "request_id": request_id,
    }
    container.logger.info("operator command", extra=entry)
    count("operator_command")
    try:
        container.auth.audit_log.record("operator_command", "", **entry)
    except store_errors() as error:
        count("operator_command_not_recorded")
        container.logger.error("operator command not recorded", error=type(error).__name__)


def _recorded(argument: str) -> str:
    """Return an argument, or ``…`` in place of an address or a text that somebody wrote."""
    return argument if _RECORDED.fullmatch(argument) else "…"


def _limited(stream: io.StringIO) -> str:
    text = stream.getvalue()
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + _CUT
