"""The command that deploys the Chalice projects."""

import time

import click

from infrastructure.cli.options import stack_option
from infrastructure.local.deploy.deployment import deploy
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.watch import watch
from infrastructure.local.stack import Stack
from infrastructure.local.stack.functions import api_url


@click.command("deploy")
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--stage", envvar="STAGE", default="local", help="The deployment stage (STAGE).")
@click.option("--watch", "watched", is_flag=True, help="Then use saved files at once.")
@stack_option
def command(stack: Stack, *, projects: tuple[str, ...], stage: str, watched: bool) -> None:
    """Start the local stack and deploy the projects, by default all of them.

    The projects are api, applications, files and mail.
    """
    if stage != "local":
        raise DeployError(
            "This command deploys to the local stack:"
            f" run `python -m infrastructure aws deploy --stage {stage}`."
        )
    stack.up(click.echo)
    began = time.monotonic()
    deploy(stack, projects, click.echo)
    click.echo(f"Deployed in {time.monotonic() - began:.1f} s: {api_url(stack)}")
    if watched:
        watch(stack, click.echo, projects)
