"""The command that runs the demo."""

import sys

import click

from infrastructure.cli.options import stack_option
from infrastructure.local.demo import run
from infrastructure.local.stack import Stack


@click.command("demo")
@stack_option
def command(stack: Stack) -> int:
    """Start the local stack, deploy to it, and follow six applications through it."""
    try:
        run.run_demo(stack)
    except KeyboardInterrupt:
        print("Stopped. The servers still run: `make down` stops them.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:
        print(run.failure(error), file=sys.stderr)
        return 1
    return 0
