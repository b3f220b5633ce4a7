"""The commands that deploy stages with CloudFormation, to AWS or to LocalStack."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.aws.canary import Canary
from infrastructure.aws.deployment import Deployment
from infrastructure.aws.releases import Releases
from infrastructure.aws.removal import Removal
from infrastructure.aws.smoke import smoke
from infrastructure.aws.stages import load_stage
from infrastructure.aws.target import Target
from infrastructure.aws.values import Values
from infrastructure.aws.web_bucket import WebBucket
from infrastructure.cli.options import stack_option
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.stack import Stack

LONGEST_REASON = 600


@click.group("aws")
def command() -> None:
    """Deploy stages with CloudFormation, and remove them."""


@contextmanager
def _readable_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"AWS refused: {_short(str(error))}") from error


def _short(text: str) -> str:
    """Return the ends of a long text: the errors of AWS repeat what was sent."""
    return text if len(text) <= LONGEST_REASON else f"{text[:200]} ... {text[-300:]}"


def target_options(run: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose a stage and a target, and pass the command the target."""

    @wraps(run)
    def chosen(stack: Stack, *, stage: str, localstack: bool, **options: Any) -> Any:
        deployment_stage = load_stage(stage)
        with _readable_errors():
            if localstack:
                target = Target.localstack(deployment_stage, stack.up(click.echo))
            else:
                target = Target.from_environment(deployment_stage)
            return run(target, **options)

    decorated: Callable[..., Any] = click.option(
        "--stage", envvar="STAGE", required=True, help="The deployment stage (STAGE)."
    )(chosen)
    decorated = click.option(
        "--localstack", is_flag=True, help="Use the local stack, and start it first."
    )(decorated)
    return stack_option(decorated)


@command.command("bootstrap")
@target_options
def bootstrap(target: Target) -> None:
    """Create what the first deployment needs.

    Without MONGODB_URI it asks for the URI of MongoDB.
    """
    uri = os.environ.get("MONGODB_URI", "")
    if not uri and not target.is_localstack and sys.stdin.isatty():
        uri = click.prompt("URI of MongoDB (empty: keep it)", default="", hide_input=True)
    Deployment(target, click.echo).bootstrap("" if target.is_localstack else uri)


@command.command()
@click.argument("parts", nargs=-1, metavar="[PART]...")
@click.option(
    "--canary",
    "canary_text",
    metavar="SHARE/TIME",
    help="Give new versions a share of the requests first, such as 10%/5m.",
)
@click.option("--replace-data", is_flag=True, help="Let stores, buckets and secrets be replaced.")
@target_options
def deploy(
    target: Target, *, parts: tuple[str, ...], canary_text: str | None, replace_data: bool
) -> None:
    """Deploy all parts of a stage, or those named."""
    canary = Canary.parse(canary_text) if canary_text else None
    Deployment(target, click.echo, canary, replaces_data=replace_data).run(parts)


@command.command("smoke")
@target_options
def smoke_command(target: Target) -> None:
    """Check a deployed stage from outside."""
    smoke(target, Deployment(target, click.echo).public_url(), click.echo)


@command.command()
@target_options
def rollback(target: Target) -> None:
    """Run the code of the previous deployment again.

    Its environment variables and its web client come back, too. Data, network and secrets stay.
    """
    release = Releases(target).roll_back()
    if release is None:
        click.echo(f"Nothing was done: {target.stage.name} has no deployment with other code yet.")
        return
    if release.web:
        WebBucket(target, Values(target).all(), click.echo).publish(release.web)
    click.echo(f"{target.stage.name} runs the deployment of {release.at} again.")


@command.command()
@click.option("--data", is_flag=True, help="Delete stores, files and secrets, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@target_options
def destroy(target: Target, *, data: bool, yes: bool) -> None:
    """Remove a stage, but keep its data.

    The network, the store, files and secrets stay without --data.
    """
    removal = Removal(target, with_data=data)
    for line in removal.describe():
        click.echo(line)
    name = target.stage.name
    if not yes and click.prompt(f"Type {name} to continue", default="") != name:
        raise DeployError("Nothing was deleted.")
    removal.run(click.echo)


@command.command()
@target_options
def settings(target: Target) -> None:
    """Write the settings of a stage, for Chalice.

    They are in copies of the projects in .local/aws/<stage>/projects, in which `chalice package`
    and `chalice deploy` work, and in the secrets of the stage, if these and the store are deployed.
    """
    for folder in Deployment(target, click.echo).write_settings():
        click.echo(str(folder))


@command.command()
@target_options
def url(target: Target) -> None:
    """Print the URL of a deployed stage."""
    click.echo(Deployment(target, click.echo).public_url())


@command.command("check")
def check_command() -> None:
    """Lint all templates and policies, without an account."""
    # Imported here: no other command packages projects without deploying them.
    from infrastructure.aws.checks import check

    check()
