"""The commands `up`, `down`, `status`, `logs`, `url` and `env`."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.layout import DEFAULT_DIRECTORY
from infrastructure.local.stack.ports import Ports
from infrastructure.local.stack.stack import Stack
from infrastructure.local.stack.status import table

NOT_ALL_RUNNING = 3


def add_directory_option(parser: argparse.ArgumentParser) -> None:
    """Adds --dir, which says whose stack is meant."""
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path(os.environ.get("HIRELANE_STACK_DIR") or DEFAULT_DIRECTORY),
        help="the stack's directory (HIRELANE_STACK_DIR; default: .local/stack)",
    )


def say(line: str) -> None:
    """Prints a line at once, also into a pipe."""
    print(line, flush=True)


def up(stack: Stack, options: argparse.Namespace) -> int:
    """Start what does not run; say nothing to do when all of it does."""
    was_running = stack.is_running("localstack")
    lines: list[str] = []

    def progress(line: str) -> None:
        lines.append(line)
        say(line)

    stack.up(progress)
    if not lines:
        say("The stack is up already.")
    if not was_running and any(stack.layout.deployments()):
        say("LocalStack is new: the functions are not deployed any more until `make deploy`.")
    return 0


def down(stack: Stack, options: argparse.Namespace) -> int:
    """Stop all of it; what Valkey and SecantusDB hold stays on disk."""
    stack.down(say)
    return 0


def status(stack: Stack, options: argparse.Namespace) -> int:
    """Tell what runs; exit code 3 when not all of it does."""
    from infrastructure.local.stack.functions import function_names

    statuses = stack.status()
    # Of LocalStack alone: the table tells of the others even, and then most, when they are dead.
    functions = [
        name
        for status in statuses
        if status.name == "localstack" and status.is_running
        for name in function_names(f"http://{status.address}")
    ]
    if options.json:
        services = [asdict(status) for status in statuses]
        say(json.dumps({"services": services, "functions": functions}, indent=2))
    else:
        say(table(statuses))
        for number, name in enumerate(functions):
            say(f"{'functions' if number == 0 else '':<10}  {name}")
    return 0 if all(status.is_running for status in statuses) else NOT_ALL_RUNNING


def url(stack: Stack, options: argparse.Namespace) -> int:
    """Print the base URL of the deployed API."""
    from infrastructure.local.stack.functions import api_url

    say(api_url(stack))
    return 0


def env(stack: Stack, options: argparse.Namespace) -> int:
    """Print shell exports with which other programs reach the stack."""
    for name, value in stack.endpoints().environment().items():
        say(f"export {name}={shlex.quote(value)}")
    return 0


def logs(stack: Stack, options: argparse.Namespace) -> int:
    """Show what the functions log, all together."""
    from infrastructure.local.stack import function_logs, server_logs

    if options.servers:
        server_logs.show(stack.layout, options.service, follow=options.follow)
    else:
        since = function_logs.seconds(options.since)
        function_logs.show(
            stack.endpoint("localstack"),
            function=options.service,
            since=since,
            follow=options.follow,
        )
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line; `run` of the result is the command's function."""
    parser = argparse.ArgumentParser(prog="stack", description="The local stack of Hirelane.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run in (up, down, status, logs, url, env):
        command = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        add_directory_option(command)
        if run is status:
            command.add_argument("--json", action="store_true", help="for programs")
        if run is logs:
            command.add_argument("--service", help="only this function (or server)")
            command.add_argument("--since", default="10m", help="start so long ago: 30s, 10m, 2h")
            command.add_argument(
                "--no-follow", dest="follow", action="store_false", help="end at the last line"
            )
            command.add_argument(
                "--servers", action="store_true", help="the servers' own logs instead"
            )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = parse(arguments)
    try:
        code: int = options.run(Stack(options.dir, Ports.from_environment()), options)
        return code
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the pipe, `head` for one, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
