"""The commands `deploy` and `delete`."""

import argparse
import sys
import time
from collections.abc import Sequence

from infrastructure.local.deploy.deployment import delete, deploy
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.projects import PROJECTS
from infrastructure.local.stack import Ports, Stack, StackError
from infrastructure.local.stack.cli import add_directory_option, say
from infrastructure.local.stack.functions import api_url


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="deploy", description="Deploy the projects to the local stack, or delete them from it."
    )
    parser.add_argument("action", nargs="?", default="deploy", choices=["deploy", "delete"])
    parser.add_argument(
        "projects", nargs="*", metavar="project", help=f"of {', '.join(PROJECTS)}; default: all"
    )
    add_directory_option(parser)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = parse(arguments)
    stack = Stack(options.dir, Ports.from_environment())
    began = time.monotonic()
    try:
        if options.action == "deploy":
            deploy(stack, options.projects, say)
            say(f"Deployed in {time.monotonic() - began:.1f} s: {api_url(stack)}")
        else:
            delete(stack, options.projects, say)
            say(f"Deleted in {time.monotonic() - began:.1f} s.")
    except (DeployError, StackError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
