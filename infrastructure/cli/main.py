"""The entry point of the command line: its groups of commands, and how it reports errors."""

import os
import sys
from collections.abc import Sequence

from chalicelib.commands.connections import ConnectionOptions, Connections
from chalicelib.commands.lazy_group import LazyGroup
from chalicelib.commands.runner import run_command

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
    "queue": ("chalicelib.commands.queue", "Inspect and repair the queue."),
    "equation": ("chalicelib.commands.equation", "Account for the applications of a posting."),
    "proofs": ("infrastructure.cli.proofs", "Check receipts, and that no application is gone."),
    "accounts": ("chalicelib.commands.accounts", "Change roles and signing keys."),
    "release": ("infrastructure.cli.release", "Prepare a release."),
    "routes": ("infrastructure.cli.routes", "Write which module declares each route."),
    "ops": ("infrastructure.cli.ops", "Run a command in a deployment stage."),
    "lock": ("infrastructure.cli.lock", "Update or check the lock files of packages."),
}


cli = LazyGroup(
    modules=COMMANDS,
    name=PROGRAM,
    help="Run and operate Hirelane.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
        # Flush here: a reader that closed the pipe must not be noticed only when Python exits.
        return run_command(cli, PROGRAM, words, connect, sys.stdout.flush)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the pipe, for instance `head`, needs no more lines.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def connect(options: ConnectionOptions) -> Connections:
    """Return the connections of a command; imported here, because few commands need them."""
    from infrastructure.cli.connections import LocalConnections

    return LocalConnections(options)
