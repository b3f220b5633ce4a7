"""The commands of the local stack: up, down, status, logs, url, env, mail and delete."""

import json
import shlex
import time
from dataclasses import asdict

import click

from infrastructure.cli.options import stack_option
from infrastructure.local.stack import Stack, StackError
from infrastructure.local.stack.status import table

NOT_ALL_RUNNING = 3


@click.group("stack")
def command() -> None:
    """Start, inspect and stop the local stack."""


@command.command()
@stack_option
def up(stack: Stack) -> None:
    """Start the servers that do not run."""
    was_running = stack.is_running("localstack")
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        click.echo(line)

    stack.up(report)
    if not lines:
        click.echo("The stack is already running.")
    if not was_running and any(stack.layout.deployments()):
        click.echo("LocalStack was restarted and lost its functions: run `make deploy`.")


@command.command()
@stack_option
def down(stack: Stack) -> None:
    """Stop the servers; their data and the files of candidates stay on disk."""
    if stack.is_running("localstack"):
        _save_files(stack)
    stack.down(click.echo)


def _save_files(stack: Stack) -> None:
    """Copy the files of candidates out of LocalStack. Report a failure, because `down` goes on."""
    from botocore.exceptions import BotoCoreError, ClientError

    from infrastructure.local.deploy.files_bucket import BUCKET, save_files
    from infrastructure.local.stack.aws import QUICK, session

    s3 = session().client("s3", endpoint_url=stack.endpoint("localstack"), config=QUICK)
    try:
        save_files(s3, stack.layout.files)
    except s3.exceptions.NoSuchBucket:
        return  # Nothing was deployed.
    except (BotoCoreError, ClientError) as error:
        click.echo(f"The files in {BUCKET} were not copied, and are lost: {error}")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@stack_option
def status(stack: Stack, *, as_json: bool) -> int:
    """Show the state of each server; exit with 3 when one does not run."""
    from infrastructure.local.stack.functions import function_names

    statuses = stack.status()
    # Ask LocalStack alone, so that the table appears even when the other servers are dead.
    functions = [
        name
        for status in statuses
        if status.name == "localstack" and status.is_running
        for name in function_names(f"http://{status.address}")
    ]
    if as_json:
        services = [asdict(status) for status in statuses]
        click.echo(json.dumps({"services": services, "functions": functions}, indent=2))
    else:
        click.echo(table(statuses))
        for number, name in enumerate(functions):
            click.echo(f"{'functions' if number == 0 else '':<10}  {name}")
    return 0 if all(status.is_running for status in statuses) else NOT_ALL_RUNNING


@command.command()
@click.option("--service", metavar="NAME", help="Show only this function (or server).")
@click.option("--since", default="10m", help="Start this long ago: 30s, 10m, 2h (default: 10m).")
@click.option("--no-follow", is_flag=True, help="Stop at the last line.")
@click.option("--servers", is_flag=True, help="Show the logs of the servers instead.")
@stack_option
def logs(stack: Stack, *, service: str | None, since: str, no_follow: bool, servers: bool) -> None:
    """Show the logs of all functions together."""
    from infrastructure.local.stack import function_logs, server_logs

    if servers:
        server_logs.show(stack.layout, service, follow=not no_follow)
        return
    function_logs.show(
        stack.endpoint("localstack"),
        function=service,
        since=function_logs.seconds(since),
        follow=not no_follow,
    )


@command.command()
@stack_option
def url(stack: Stack) -> None:
    """Print the base URL of the deployed API."""
    from infrastructure.local.stack.functions import api_url

    click.echo(api_url(stack))


@command.command()
@stack_option
def env(stack: Stack) -> None:
    """Print shell exports that let other programs reach the stack."""
    for name, value in stack.endpoints().environment().items():
        click.echo(f"export {name}={shlex.quote(value)}")


@command.command()
@click.argument("email", envvar="EMAIL")
@stack_option
def mail(stack: Stack, *, email: str) -> None:
    """Print the e-mails that the local stack sent to EMAIL."""
    from chalicelib.auth.fields import normalize_email
    from infrastructure.local.mailbox import mails_to

    address = normalize_email(email)
    try:
        found = mails_to(stack.endpoints(), [address])[address]
    except OSError:
        raise StackError("LocalStack does not answer: see `make status`.") from None
    if not found:
        raise StackError(f"No e-mail was sent to {email} since LocalStack started.")
    for message in found:
        text = message.get_body(("plain",))
        click.echo(f"Subject: {message['Subject']}\n")
        click.echo(f"{text.get_content().rstrip() if text else '(no text)'}\n")


@command.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@stack_option
def delete(stack: Stack, *, projects: tuple[str, ...]) -> None:
    """Delete deployed projects, by default all of them."""
    from infrastructure.local.deploy.deployment import delete as delete_projects

    began = time.monotonic()
    delete_projects(stack, projects, click.echo)
    click.echo(f"Deleted in {time.monotonic() - began:.1f} s.")
