"""The command `ops`: run a command of operators in the function `ops` of a deployment stage."""

import getpass
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import boto3
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.aws.functions import ALIAS
from infrastructure.aws.stages import load_stage
from infrastructure.cli.options import stack_option
from infrastructure.errors import CommandError
from infrastructure.local.stack import Stack
from infrastructure.local.stack.aws import DIRECT, QUICK, session

# The function runs for up to 900 s.
WAIT = Config(
    connect_timeout=10, read_timeout=930, retries={"total_max_attempts": 1}, tcp_keepalive=True
)
# The first words of commands after which something is gone, refused or allowed.
ASKED = (
    ("accounts",),
    ("queue", "discard"),
    ("queue", "pause"),
    ("queue", "pause-drains"),
    ("queue", "set-shards"),
)
ASKED_OPTIONS = frozenset({"--acknowledge"})


@click.command(
    "ops", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option("--stage", envvar="STAGE", default="local", help="The deployment stage (STAGE).")
@click.option("--yes", is_flag=True, help="Do not ask before a command that cannot be taken back.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="COMMAND [ARGUMENT]...")
@stack_option
def command(stack: Stack, *, stage: str, yes: bool, words: tuple[str, ...]) -> int:
    """Run COMMAND in a deployment stage, for instance `queue show`.

    It runs in the function `ops` of the stage, beside the stores. Without a COMMAND, it lists
    the commands. You need the right to invoke the function, and no other.
    """
    if is_asked(words) and not yes:
        confirm(stage, words)
    is_local = stage == "local"
    aws = session() if is_local else _session(stage)
    endpoint = stack.endpoint("localstack") if is_local else None
    config = DIRECT.merge(WAIT) if endpoint else WAIT
    try:
        request = {"arguments": list(words) or ["--help"], "caller": find_caller(aws, endpoint)}
        client = aws.client("lambda", endpoint_url=endpoint, config=config)
        answer = invoke(client, f"hirelane-ops-{stage}-run", request)
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"The function of operators cannot be invoked: {error}") from error
    click.echo(answer["output"], nl=False)
    click.echo(answer["errors"], nl=False, err=True)
    return int(answer["code"])


def is_asked(words: Sequence[str]) -> bool:
    """Return whether the operator must confirm a command."""
    if {"--help", "-h"} & set(words):
        return False
    starts = any(tuple(words[: len(one)]) == one for one in ASKED)
    return starts or bool(ASKED_OPTIONS & set(words))


def confirm(stage: str, words: Sequence[str]) -> None:
    """Ask the operator to type the name of the deployment stage.

    Raises:
        CommandError: they did not, or there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise CommandError("This command must be confirmed: add --yes before it.")
    click.echo(f"This runs in the deployment stage {stage}: {' '.join(words)}", err=True)
    if click.prompt(f"Type {stage} to go on", err=True, default="", show_default=False) != stage:
        raise CommandError("Nothing was done.")


def find_caller(aws: boto3.Session, endpoint: str | None) -> str:
    """Return who runs the command: the identity in AWS, and the user of this machine."""
    config = QUICK if endpoint else Config(connect_timeout=5, read_timeout=5)
    sts = aws.client("sts", endpoint_url=endpoint, config=config)
    return f"{sts.get_caller_identity()['Arn']} ({getpass.getuser()})"


def invoke(client: Any, name: str, request: dict[str, Any]) -> dict[str, Any]:
    """Invoke the function, and return its answer.

    By the alias, or without one where `chalice deploy` made none.

    Raises:
        CommandError: the function failed.
    """
    payload = json.dumps(request).encode()
    try:
        reply = client.invoke(FunctionName=name, Qualifier=ALIAS, Payload=payload)
    except client.exceptions.ResourceNotFoundException:
        reply = client.invoke(FunctionName=name, Payload=payload)
    answer: dict[str, Any] = json.loads(reply["Payload"].read())
    if "FunctionError" in reply:
        reason = answer.get("errorMessage") or answer.get("errorType") or "no reason"
        raise CommandError(f"{name} failed: {reason}")
    return answer


def _session(stage: str) -> boto3.Session:
    """Return a session with the operator's credentials, in the region of the stage."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return boto3.Session(region_name=region or load_stage(stage).file.region)
