"""The entry point of the command line: its groups of commands, and how it reports errors."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import override

import click

from infrastructure.cli.terminal import printable
from infrastructure.errors import CommandError

PROGRAM = "python -m infrastructure"
INTERRUPTED = 130

# The module and the one-line help of each command. The modules are imported when they are
# needed, because each brings other libraries: `stack url` must not wait for all of them.
COMMANDS = {
    "stack": ("infrastructure.cli.stack", "Start, inspect and stop the local stack."),
    "deploy": ("infrastructure.cli.deploy", "Deploy the Chalice projects."),
    "aws": ("infrastructure.cli.aws", "Deploy stages with CloudFormation, and remove them."),
    "package": ("infrastructure.cli.package", "Build the deployment packages."),
    "demo": ("infrastructure.cli.demo", "Start, deploy and try everything."),
    "queue": ("infrastructure.cli.queue", "Inspect and repair the queue."),
    "equation": ("infrastructure.cli.equation", "Account for the applications of a posting."),
    "proofs": ("infrastructure.cli.proofs", "Check receipts, and that no application is gone."),
    "accounts": ("infrastructure.cli.accounts", "Change roles and signing keys."),
    "release": ("infrastructure.cli.release", "Prepare a release."),
    "routes": ("infrastructure.cli.routes", "Write which module declares each route."),
    "lock": ("infrastructure.cli.lock", "Update or check the lock files of packages."),
}


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is used."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run and operate Hirelane."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The command line without the program's name; by default that of this process.

    Returns:
        The exit code: 0 done, 1 failed, 2 the command line is wrong, 130 interrupted. A command
        can return another one.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        # Not `cli.main()`: that reports errors in several lines, and a closed pipe as a failure.
        with cli.make_context(PROGRAM, list(words)) as context:
            code = cli.invoke(context)
        # Flush here: a reader that closed the pipe must not be noticed only when Python exits.
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        print(_usage_message(error), file=sys.stderr)
        return error.exit_code
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the pipe, for instance `head`, needs no more lines.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _usage_message(error: click.UsageError) -> str:
    """Return one line that names the mistake in the command line."""
    is_missing = isinstance(error, click.exceptions.NoArgsIsHelpError)
    message = "Missing command." if is_missing else printable(error.format_message())
    if not message.endswith((".", "?")):
        message += "."
    context = error.ctx
    if context is None:
        return message
    if isinstance(context.command, click.Group):
        names = ", ".join(context.command.list_commands(context))
        message = f"{message} The commands are: {names}."
    return f"{message} For help: {context.command_path} --help"
